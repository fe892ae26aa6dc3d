use std::sync::Arc;

use super::{Fate, cookie_fate, forwards_cookies, header_fate, query_fate};
use crate::config::{ForwardedHeaders, OriginRequestHeaders, Selection};
use crate::fixture::{
    behavior, cache_policy, legacy_key, legacy_values, names, origin_request_policy, policy_key,
};

fn letter(fate: Fate) -> char {
    match fate {
        Fate::Keyed => 'K',
        Fate::ForwardedOnly => 'F',
        Fate::Dropped => '-',
        Fate::TakenOut => '!',
    }
}

/// Every cell of AWS's matrix for the names a, b, c, d; the cache policy lists a and b, the origin request policy b and c.
#[test]
fn the_merge_matrix() {
    let key = [
        Selection::None,
        Selection::All,
        Selection::Allow(names(&["a", "b"])),
        Selection::AllExcept(names(&["a", "b"])),
    ];
    let origin = [
        Selection::None,
        Selection::All,
        Selection::Allow(names(&["b", "c"])),
        Selection::AllExcept(names(&["b", "c"])),
    ];
    let cells = [
        ["----", "FFFF", "-FF-", "F--F"],
        ["KKKK", "KKKK", "KKKK", "KKKK"],
        ["KK--", "KKFF", "KKF-", "KK-F"],
        ["--KK", "FFKK", "-FKK", "---K"],
    ];
    for (row, by_key) in key.iter().enumerate() {
        for (column, by_origin) in origin.iter().enumerate() {
            let mut policy = cache_policy();
            policy.query_strings = by_key.clone();
            policy.cookies = by_key.clone();
            let mut own = behavior(policy_key(policy));
            let mut toward_origin = origin_request_policy();
            toward_origin.query_strings = by_origin.clone();
            toward_origin.cookies = by_origin.clone();
            own.origin_request_policy = Some(Arc::new(toward_origin));
            let found = |fate: &dyn Fn(&str) -> Fate| ["a", "b", "c", "d"].map(fate).map(letter);
            let expected: Vec<char> = cells[row][column].chars().collect();
            assert_eq!(
                found(&|name| query_fate(&own, name)).as_slice(),
                expected,
                "{by_key:?} × {by_origin:?}"
            );
            assert_eq!(found(&|name| cookie_fate(&own, name.as_bytes())).as_slice(), expected);
            let none = *by_key == Selection::None && *by_origin == Selection::None;
            assert_eq!(forwards_cookies(&own), !none);
            if *by_origin == Selection::None {
                own.origin_request_policy = None;
                assert_eq!(found(&|name| query_fate(&own, name)).as_slice(), expected);
            }
        }
    }
}

#[test]
fn headers_of_every_kind_of_policy() {
    // a is in the cache policy, b in the list of the origin request policy.
    let rows = [
        (OriginRequestHeaders::None, "K--"),
        (OriginRequestHeaders::Allow(names(&["B"])), "KF-"),
        (OriginRequestHeaders::AllViewer, "KFF"),
        (OriginRequestHeaders::AllExcept(names(&["B"])), "K-F"),
    ];
    for (headers, expected) in rows {
        let mut own = behavior(policy_key(crate::CachePolicy { headers: names(&["A"]), ..cache_policy() }));
        own.origin_request_policy =
            Some(Arc::new(crate::OriginRequestPolicy { headers, ..origin_request_policy() }));
        let found: String = ["a", "b", "c"].map(|name| letter(header_fate(&own, name))).iter().collect();
        assert_eq!(found, expected);
    }
    let rows = [
        (ForwardedHeaders::None, "--"),
        (ForwardedHeaders::Allow(names(&["A"])), "K-"),
        (ForwardedHeaders::All, "FF"),
    ];
    for (headers, expected) in rows {
        let own = behavior(legacy_key(crate::ForwardedValues { headers, ..legacy_values() }));
        let found: String = ["a", "b"].map(|name| letter(header_fate(&own, name))).iter().collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn the_legacy_settings() {
    let rows: [(bool, &[&str], &str); 4] =
        [(false, &[], "--"), (true, &[], "KK"), (true, &["a"], "KF"), (false, &["a"], "--")];
    for (query_string, keys, expected) in rows {
        let mut values = legacy_values();
        values.query_string = query_string;
        values.query_string_cache_keys = names(keys);
        let own = behavior(legacy_key(values));
        let found: String = ["a", "b"].map(|name| letter(query_fate(&own, name))).iter().collect();
        assert_eq!(found, expected, "{query_string} {keys:?}");
    }
    let mut values = legacy_values();
    values.cookies = Selection::Allow(names(&["session*", "x?"]));
    let own = behavior(legacy_key(values));
    for (name, expected) in [("session-1", 'K'), ("Session", '-'), ("x1", 'K'), ("x", '-')] {
        assert_eq!(letter(cookie_fate(&own, name.as_bytes())), expected, "{name}");
    }
    assert!(forwards_cookies(&own));
}
