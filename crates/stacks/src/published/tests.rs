use std::time::Duration;

use super::*;

fn function(code: Code, timeout: u64) -> Function {
    Function {
        name: "f".into(),
        arn: "arn:aws:lambda:us-east-1:123456789012:function:f".into(),
        region: "us-east-1".into(),
        handler: "index.handler".into(),
        runtime: "nodejs22.x".into(),
        code,
        layers: Vec::new(),
        timeout: Duration::from_secs(timeout),
        memory_size_mb: 128,
        ephemeral_storage_mb: 512,
        log_group: None,
        allows_recursion: false,
        environment: Vec::new(),
        reserved_concurrency: None,
        role: "".into(),
        credentials: None,
        permissions: Vec::new(),
        place: PlaceId(1),
    }
}

fn inline(text: &str) -> Function {
    function(Code::Inline(text.to_owned()), 3)
}

fn folder() -> Function {
    function(Code::Folder("src".into()), 3)
}

fn resource(logical_id: &str) -> VersionResource {
    VersionResource { logical_id: logical_id.to_owned(), properties: (None, None) }
}

fn how(is_named_by_code: bool, is_retained: bool) -> Publication {
    Publication { is_named_by_code, is_retained, place: PlaceId(2) }
}

/// One deployment: the versions that resources publish, each with the function as it is then.
fn deploy(
    published: &mut Published,
    versions: &[(&str, Publication, &Function, u8)],
    named: &[u32],
) -> (Vec<Result<u32, Unchanged>>, Vec<u32>) {
    published.begin();
    let numbers = versions
        .iter()
        .map(|(id, how, now, fingerprint)| {
            published.publish(resource(id), *how, now, Some([*fingerprint; 32]))
        })
        .collect();
    let kept = published.end(&[inline("")], |_, number| named.contains(&number));
    let deployed = versions.last().map_or(0, |version| version.3);
    published.learn(|_, _| Some([deployed; 32]));
    (numbers, kept.iter().map(|version| version.number).collect())
}

#[test]
fn a_resource_publishes_once() {
    let mut published = Published::default();
    let plain = how(false, false);
    assert_eq!(deploy(&mut published, &[("V", plain, &inline("1"), 0)], &[]), (vec![Ok(1)], vec![1]));
    assert_eq!(
        deploy(&mut published, &[("V", plain, &inline("2"), 0)], &[]),
        (vec![Ok(1)], vec![1]),
        "an edit"
    );
    let versions = published.end(&[inline("2")], |_, _| false);
    assert_eq!(
        (&versions[0].function.code, versions[0].function.place),
        (&Code::Inline("1".to_owned()), PlaceId(2))
    );
    assert_eq!(
        deploy(&mut published, &[("W", plain, &inline("2"), 0)], &[]),
        (vec![Ok(2)], vec![2]),
        "replaced"
    );
    let both = [("W", plain, &inline("2"), 0), ("X", plain, &inline("2"), 0)];
    assert_eq!(deploy(&mut published, &both, &[]).0, [Ok(2), Err(Unchanged(2))]);
    let slower = function(Code::Inline("2".to_owned()), 4);
    let both = [("W", plain, &slower, 0), ("X", plain, &slower, 0)];
    assert_eq!(deploy(&mut published, &both, &[]), (vec![Ok(2), Ok(3)], vec![2, 3]), "settings count, too");
    assert_eq!(deploy(&mut published, &[], &[2]), (vec![], vec![2]), "an alias holds it");
    assert_eq!(deploy(&mut published, &[], &[]), (vec![], vec![]));
    assert_eq!(
        deploy(&mut published, &[("V", plain, &inline("2"), 0)], &[]).0,
        [Ok(4)],
        "no number comes twice"
    );
}

#[test]
fn a_new_description_is_a_new_resource() {
    let mut published = Published::default();
    let described = |text: &str| VersionResource {
        logical_id: "V".to_owned(),
        properties: (Some(text.to_owned()), None),
    };
    assert_eq!(published.publish(described("a"), how(false, false), &inline("1"), None), Ok(1));
    published.begin();
    assert_eq!(published.publish(described("b"), how(false, false), &inline("1"), None), Err(Unchanged(1)));
    assert_eq!(published.publish(described("b"), how(false, false), &inline("2"), None), Ok(2));
}

#[test]
fn sam_publishes_other_code_and_retains_what_was() {
    let mut published = Published::default();
    let sam = how(true, true);
    assert_eq!(deploy(&mut published, &[("V", sam, &folder(), 1)], &[]), (vec![Ok(1)], vec![1]));
    assert_eq!(deploy(&mut published, &[("V", sam, &folder(), 1)], &[]), (vec![Ok(1)], vec![1]), "no edit");
    assert_eq!(
        deploy(&mut published, &[("V", sam, &folder(), 2)], &[]),
        (vec![Ok(2)], vec![1, 2]),
        "an edit"
    );
    let reverted = deploy(&mut published, &[("V", sam, &folder(), 1)], &[]);
    assert_eq!(reverted, (vec![Ok(3)], vec![1, 2, 3]), "the edit is taken back");
    for fingerprint in 2..40 {
        deploy(&mut published, &[("V", sam, &folder(), fingerprint)], &[1]);
    }
    let numbers = published.numbers("f");
    assert_eq!((numbers.len(), numbers[0], numbers[1]), (RETAINED_VERSIONS_MAX + 2, 1, 21));
    published.end(&[], |_, _| true);
    assert_eq!(published.numbers("f"), Vec::<u32>::new(), "the function has gone");
}

#[test]
fn provisioned_environments_of_a_version_and_its_aliases_add_up() {
    let mut published = Published::default();
    assert_eq!(published.publish(resource("V"), how(false, false), &inline("1"), None), Ok(1));
    published.provision("f", 1, 2);
    published.provision("f", 1, 3);
    published.provision("f", 2, 7);
    assert_eq!(published.provisioned("f", 1), 5);
    assert_eq!(published.end(&[inline("1")], |_, _| false)[0].provisioned_concurrency, 5);
    published.begin();
    assert_eq!(published.provisioned("f", 1), 0);
}
