//! Lists of a folder.

use super::Fixture;

#[test]
fn both_lists() {
    let fixture = Fixture::open();
    for name in ["index.html", "img/a.png", "img/b&c.png", "img/x/d.png", ".well-known/z", "é.txt"] {
        fixture.file(name, name);
    }
    std::fs::create_dir_all(fixture.folder.join("hollow/folder")).expect("an empty folder");
    let answer = fixture.get("/?list-type=2");
    let keys = [".well-known/z", "img/a.png", "img/b&amp;c.png", "img/x/d.png", "index.html", "é.txt"];
    assert_eq!(answer.elements("Key"), keys, "in the order of their bytes, without folders");
    assert_eq!((answer.element("KeyCount").as_str(), answer.element("IsTruncated").as_str()), ("6", "false"));
    assert_eq!(answer.element("LastModified"), "2025-07-14T08:00:00.000Z");
    assert_eq!(answer.element("ETag").len(), "&quot;&quot;".len() + 32);
    assert_eq!(answer.header("Content-Type"), "application/xml");
    assert!(answer.text().starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult \
         xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><Prefix></Prefix>"
    ));

    let answer = fixture.get("/?list-type=2&prefix=img/&delimiter=/");
    assert_eq!(answer.elements("Key"), ["img/a.png", "img/b&amp;c.png"]);
    assert!(answer.text().contains("<CommonPrefixes><Prefix>img/x/</Prefix></CommonPrefixes>"));
    let answer = fixture.get("/?prefix=im&encoding-type=url&max-keys=2&delimiter=c");
    assert_eq!(
        (answer.element("Key"), answer.element("NextMarker")),
        ("img/a.png".into(), "img/b%26c".into())
    );
    assert!(fixture.get("/").text().contains("<Owner><ID>"), "the first list has owners");
    assert!(fixture.get("/?list-type=2&prefix=none/").elements("Key").is_empty());
}

#[test]
fn pages_follow_each_other() {
    let fixture = Fixture::open();
    for number in 0..7 {
        fixture.file(&format!("d{}/k{number}", number / 2), "x");
    }
    for (parameters, element) in [("max-keys=2", "Key"), ("max-keys=1&delimiter=/", "Prefix")] {
        let (mut seen, mut token) = (Vec::new(), String::new());
        for _ in 0..10 {
            let answer = fixture.get(&format!("/?list-type=2&{parameters}{token}"));
            seen.extend(answer.elements(element).into_iter().filter(|text| !text.is_empty()));
            if answer.element("IsTruncated") == "false" {
                break;
            }
            token = format!(
                "&continuation-token={}",
                answer.element("NextContinuationToken").replace('+', "%2B")
            );
        }
        let expected: Vec<String> = match element {
            "Key" => (0..7).map(|number| format!("d{}/k{number}", number / 2)).collect(),
            _ => (0..4).map(|number| format!("d{number}/")).collect(),
        };
        assert_eq!(seen, expected, "{parameters}");
    }
    assert_eq!(
        fixture.get("/?marker=d1/k2&delimiter=").elements("Key"),
        ["d1/k3", "d2/k4", "d2/k5", "d3/k6"]
    );
    assert_eq!(fixture.get("/?list-type=2&start-after=d2/k5").elements("Key"), ["d3/k6"]);
}

#[test]
fn wrong_parameters() {
    let fixture = Fixture::open();
    for (target, argument) in [
        ("/?max-keys=x", "max-keys"),
        ("/?max-keys=-1", "maxKeys"),
        ("/?max-keys=99999999999", "max-keys"),
        ("/?list-type=2&continuation-token=x", "continuation-token"),
        ("/?list-type=3", "list-type"),
        ("/?encoding-type=json", "encoding-type"),
    ] {
        let answer = fixture.get(target);
        assert_eq!(
            (answer.response.status, answer.element("Code").as_str()),
            (400, "InvalidArgument"),
            "{target}"
        );
        assert_eq!(answer.element("ArgumentName"), argument, "{target}");
    }
    assert_eq!(fixture.get("/?max-keys=5000").element("MaxKeys"), "1000");
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_only() {
    use std::os::unix::fs::symlink;
    let fixture = Fixture::open();
    fixture.file("a/1", "x");
    symlink(fixture.folder.join("a"), fixture.folder.join("b")).expect("a link");
    symlink(&fixture.folder, fixture.folder.join("a/up")).expect("a link");
    symlink("/etc", fixture.folder.join("etc")).expect("a link");
    symlink("nowhere", fixture.folder.join("dangling")).expect("a link");
    assert_eq!(fixture.get("/").elements("Key"), ["a/1", "b/1"]);
}
