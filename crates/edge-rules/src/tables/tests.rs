use super::{cache_policies, origin_headers, origin_request_policies, response_headers_policies};

#[test]
fn managed_policies_are_found_by_id_and_guessed_by_name() {
    let policy = cache_policies::find("658327EA-f89d-4fab-a63d-7e88639e58f6").expect("CachingOptimized");
    assert_eq!((policy.min_ttl, policy.max_ttl, policy.default_ttl), (1, 31_536_000, 86_400));
    assert!(cache_policies::find("Managed-CachingOptimized").is_none());
    assert_eq!(cache_policies::names().len(), 7);
    assert_eq!(origin_request_policies::names().len(), 8);
    assert_eq!(response_headers_policies::names().len(), 5);
    let guesses = [
        ("Managed-AllViewerExceptHostHeader", Some("AllViewerExceptHostHeader")),
        ("allviewerexcepthost", Some("AllViewerExceptHostHeader")),
        ("b689b0a8-53d0-40ab-baf2-68738e2966ad", Some("AllViewerExceptHostHeader")),
        ("88de81a8-de41-4bfc-a73-d5de1f3cd023", None),
        ("", None),
    ];
    for (asked, expected) in guesses {
        assert_eq!(origin_request_policies::nearest(asked).map(|(name, _)| name), expected, "{asked}");
    }
}

#[test]
fn tables_are_sorted_and_ids_are_unique() {
    let mut ids: Vec<&str> = Vec::new();
    for names in
        [cache_policies::names(), origin_request_policies::names(), response_headers_policies::names()]
    {
        let lower: Vec<String> = names.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        assert!(lower.is_sorted(), "{lower:?}");
        ids.extend(names.iter().map(|(_, id)| *id));
    }
    for id in &ids {
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    let lower: Vec<String> =
        origin_headers::ORIGIN_HEADERS.iter().map(|row| row.name.to_ascii_lowercase()).collect();
    assert!(lower.is_sorted(), "{lower:?}");
}
