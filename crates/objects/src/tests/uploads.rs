//! Multipart uploads and copies.

use std::fs;

use frontgate_explain::FactKind;

use super::{Answer, CLOUDFRONT, Fixture, allow};

fn ask(fixture: &Fixture, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    fixture.ask(CLOUDFRONT, method, target, headers, body)
}

fn complete(parts: &[(u32, &str)]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|(number, tag)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"))
        .collect();
    format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts.concat())
}

/// The names in the folder itself.
fn names(fixture: &Fixture) -> Vec<String> {
    let entries = fs::read_dir(&fixture.folder).expect("the folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn parts_become_one_object() {
    let fixture = Fixture::open();
    let created = ask(&fixture, "POST", "/big.bin?uploads", &[("x-amz-checksum-algorithm", "CRC32")], b"");
    let id = created.element("UploadId");
    assert_eq!((created.response.status, id.len()), (200, 64), "{}", created.text());
    let large = vec![b'a'; 5 << 20];
    let part = |number: u32, bytes: &[u8]| {
        let target = format!("/big.bin?partNumber={number}&uploadId={id}");
        ask(&fixture, "PUT", &target, &[], bytes).header("ETag").to_owned()
    };
    let (first, other, last) = (part(1, &large), part(2, b"replaced"), part(3, b"end"));
    let second = part(2, b"short");
    assert_ne!(second, other);
    assert_eq!(ask(&fixture, "GET", "/big.bin", &[], b"").response.status, 404, "no object yet");
    assert_eq!(ask(&fixture, "GET", "/?list-type=2", &[], b"").element("KeyCount"), "0");
    let target = format!("/big.bin?uploadId={id}");
    for (body, status, code) in [
        ("<a", 400, "MalformedXML".to_owned()),
        (&complete(&[]), 400, "MalformedXML".to_owned()),
        (&complete(&[(3, &last), (1, &first)]), 400, "InvalidPartOrder".to_owned()),
        (&complete(&[(1, &first), (4, &last)]), 400, "InvalidPart".to_owned()),
        (&complete(&[(1, &first), (2, &other)]), 400, "InvalidPart".to_owned()),
        (&complete(&[(2, &second), (3, &last)]), 400, "EntityTooSmall".to_owned()),
    ] {
        let answer = ask(&fixture, "POST", &target, &[], body.as_bytes());
        assert_eq!((answer.response.status, answer.element("Code")), (status, code), "{body}");
    }
    let tag = first.replace('"', "&quot;");
    let done = ask(&fixture, "POST", &target, &[], complete(&[(1, &tag), (3, &last)]).as_bytes());
    assert_eq!(done.response.status, 200, "{}", done.text());
    assert!(done.element("ETag").ends_with("-2&quot;"), "{}", done.text());
    assert!(done.facts.contains(&FactKind::ObjectWritten));
    let read = ask(&fixture, "GET", "/big.bin", &[("Range", "bytes=5242879-")], b"");
    assert_eq!((read.text().as_str(), read.header("ETag").ends_with("-2\"")), ("aend", true));
    assert_eq!(names(&fixture), ["big.bin"], "no part is left over");
    assert_eq!(ask(&fixture, "POST", &target, &[], b"").element("Code"), "MalformedXML");
    let again = ask(&fixture, "POST", &target, &[], complete(&[(1, &first)]).as_bytes());
    assert_eq!((again.response.status, again.element("UploadId")), (404, id.clone()));
}

#[test]
fn an_upload_that_ends_early_leaves_nothing() {
    let fixture = Fixture::open();
    let id = ask(&fixture, "POST", "/a?uploads", &[], b"").element("UploadId");
    let target = format!("/a?partNumber=1&uploadId={id}");
    assert_eq!(ask(&fixture, "PUT", &target, &[], b"part").response.status, 200);
    assert_eq!(names(&fixture).len(), 1);
    for (method, target, status) in [
        ("PUT", format!("/b?partNumber=1&uploadId={id}"), 404),
        ("PUT", format!("/a?partNumber=0&uploadId={id}"), 400),
        ("PUT", format!("/a?partNumber=10001&uploadId={id}"), 400),
        ("GET", format!("/a?uploadId={id}"), 501),
        ("DELETE", "/a?uploadId=none".to_owned(), 404),
        ("DELETE", format!("/a?uploadId={id}"), 204),
        ("DELETE", format!("/a?uploadId={id}"), 404),
    ] {
        let answer = ask(&fixture, method, &target, &[], b"x");
        assert_eq!(answer.response.status, status, "{method} {target}: {}", answer.text());
    }
    assert!(names(&fixture).is_empty());
    let refused = ask(&fixture, "POST", "/a?uploads", &[("x-amz-meta-a", "b")], b"");
    assert_eq!(refused.element("Header"), "x-amz-meta-a");
}

#[test]
fn a_copy_needs_the_right_to_read_and_to_write() {
    let fixture = Fixture::open();
    fixture.file("a b.txt", "text");
    for (source, target, status, code) in [
        ("/b/a%20b.txt", "/c.txt", 200, ""),
        ("b/a%20b.txt", "/d/e.txt", 200, ""),
        ("b/a%20b.txt", "/a%20b.txt", 400, "InvalidRequest"),
        ("b/a%20b.txt", "/c.png", 501, "NotImplemented"),
        ("b/none.txt", "/c.txt", 404, "NoSuchKey"),
        ("other/a.txt", "/c.txt", 404, "NoSuchBucket"),
        ("b", "/c.txt", 400, "InvalidArgument"),
        ("b/a%20b.txt?versionId=1", "/c.txt", 501, "NotImplemented"),
    ] {
        let answer = ask(&fixture, "PUT", target, &[("x-amz-copy-source", source)], b"");
        let found = (answer.response.status, answer.element("Code"));
        assert_eq!((found.0, found.1.as_str()), (status, code), "{source}: {}", answer.text());
    }
    for (condition, value, status) in [
        ("x-amz-copy-source-if-match", "\"1cb251ec0d568de6a929b520c4aed8d1\"", 200),
        ("x-amz-copy-source-if-match", "\"other\"", 412),
        ("x-amz-copy-source-if-none-match", "\"1cb251ec0d568de6a929b520c4aed8d1\"", 412),
        ("x-amz-copy-source-if-unmodified-since", "Wed, 21 Oct 2015 07:28:00 GMT", 412),
    ] {
        let headers = [("x-amz-copy-source", "b/a%20b.txt"), (condition, value)];
        let answer = ask(&fixture, "PUT", "/c.txt", &headers, b"");
        assert_eq!(answer.response.status, status, "{condition}: {}", answer.text());
    }
    assert_eq!(fs::read(fixture.folder.join("d/e.txt")).expect("the copy"), b"text");
    let service = serde_json::json!({"Service": "cloudfront.amazonaws.com"});
    let writes = Fixture::with(&[allow(service, "s3:PutObject", &["arn:aws:s3:::b/*"])]);
    writes.file("a.txt", "text");
    let answer = ask(&writes, "PUT", "/c.txt", &[("x-amz-copy-source", "b/a.txt")], b"");
    assert_eq!(answer.element("Code"), "AccessDenied");
}

#[test]
fn a_part_is_copied_out_of_another_object() {
    let fixture = Fixture::open();
    fixture.file("source.bin", "0123456789");
    let id = ask(&fixture, "POST", "/joined.bin?uploads", &[], b"").element("UploadId");
    let target = format!("/joined.bin?partNumber=1&uploadId={id}");
    for (range, status, code) in [
        ("bytes=2-10", 400, "InvalidArgument"),
        ("bytes=5-4", 400, "InvalidArgument"),
        ("2-4", 400, "InvalidArgument"),
        ("bytes=2-4", 200, ""),
    ] {
        let headers = [("x-amz-copy-source", "/b/source.bin"), ("x-amz-copy-source-range", range)];
        let answer = ask(&fixture, "PUT", &target, &headers, b"");
        let found = (answer.response.status, answer.element("Code"));
        assert_eq!((found.0, found.1.as_str()), (status, code), "{range}: {}", answer.text());
        if status == 200 {
            let body = complete(&[(1, &answer.element("ETag"))]);
            let done = ask(&fixture, "POST", &format!("/joined.bin?uploadId={id}"), &[], body.as_bytes());
            assert_eq!(done.response.status, 200, "{}", done.text());
        }
    }
    assert_eq!(ask(&fixture, "GET", "/joined.bin", &[], b"").text(), "234");
}

#[test]
fn many_keys_are_deleted_and_each_needs_the_right() {
    let service = serde_json::json!({"Service": "cloudfront.amazonaws.com"});
    let fixture = Fixture::with(&[allow(service, "s3:DeleteObject", &["arn:aws:s3:::b/open/*"])]);
    fixture.file("open/a&b", "1").file("closed/c", "2");
    let body = "<Delete><Object><Key>open/a&amp;b</Key></Object><Object><Key>open/none</Key></Object>\
                <Object><Key>closed/c</Key></Object></Delete>";
    let crc = "x-amz-checksum-crc32";
    for (headers, code) in [
        (vec![], "InvalidRequest"),
        (vec![("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg==")], "BadDigest"),
        (vec![(crc, "AAAAAA==")], "BadDigest"),
    ] {
        let answer = ask(&fixture, "POST", "/?delete", &headers, body.as_bytes());
        assert_eq!(answer.element("Code"), code, "{headers:?}: {}", answer.text());
    }
    let mut checksum = crate::checksum::Checksum::new(crate::checksum::Algorithm::Crc32);
    checksum.update(body.as_bytes());
    let answer = ask(&fixture, "POST", "/?delete", &[(crc, &checksum.value())], body.as_bytes());
    assert_eq!(answer.response.status, 200, "{}", answer.text());
    assert_eq!(answer.elements("Key"), ["open/a&amp;b", "open/none", "closed/c"]);
    assert_eq!(answer.elements("Code"), ["AccessDenied"]);
    assert!(!fixture.folder.join("open/a&b").exists() && fixture.folder.join("closed/c").exists());
}
