//! Writes and deletions that the edge lets through.

use std::fs;

use super::{Answer, CLOUDFRONT, Fixture};

fn put(fixture: &Fixture, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    fixture.ask(CLOUDFRONT, "PUT", target, headers, body.as_bytes())
}

/// The names in the folder itself.
fn names(fixture: &Fixture) -> Vec<String> {
    let entries = fs::read_dir(&fixture.folder).expect("the folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn an_object_is_written_read_and_deleted() {
    let fixture = Fixture::open();
    let answer = put(&fixture, "/new/file.txt", &[("Content-Type", "text/plain")], "hello");
    assert_eq!(
        (answer.response.status, answer.header("ETag")),
        (200, "\"5d41402abc4b2a76b9719d911017c592\"")
    );
    assert_eq!(fs::read(fixture.folder.join("new/file.txt")).expect("the file"), b"hello");
    assert_eq!(names(&fixture), ["new"], "no upload is left over");
    assert_eq!(fixture.get("/new/file.txt").text(), "hello");
    put(&fixture, "/new/file.txt", &[], "second");
    assert_eq!(fixture.get("/new/file.txt").text(), "second");
    for _ in 0..2 {
        let answer = fixture.ask(CLOUDFRONT, "DELETE", "/new/file.txt", &[], &[]);
        assert_eq!((answer.response.status, answer.body.len()), (204, 0), "also when it is gone");
    }
    assert_eq!(fixture.get("/new/file.txt").response.status, 404);
    assert_eq!(fixture.ask(CLOUDFRONT, "DELETE", "/new", &[], &[]).response.status, 204);
    assert_eq!(names(&fixture), ["new"], "a folder is no object");
}

#[test]
fn writes_that_are_refused_leave_nothing() {
    let fixture = Fixture::open();
    fixture.file("file", "x").file("dir/y", "y");
    for (target, headers, status, code, named) in [
        ("/a", ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="), 400, "BadDigest", "CalculatedDigest"),
        ("/a", ("Content-MD5", "x"), 400, "InvalidDigest", "Content-MD5"),
        ("/a", ("x-amz-content-sha256", "00"), 400, "XAmzContentSHA256Mismatch", "S3Computed"),
        (
            "/a",
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            411,
            "MissingContentLength",
            "Content-Length",
        ),
        (
            "/a",
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
            400,
            "InvalidRequest",
            "sha256",
        ),
        ("/a", ("Cache-Control", "no-store"), 501, "NotImplemented", "cache-control"),
        ("/a", ("x-amz-meta-a", "b"), 501, "NotImplemented", "x-amz-meta-a"),
        ("/a.txt", ("Content-Type", "image/png"), 501, "NotImplemented", "content-type"),
        ("/a", ("x-amz-acl", "public-read"), 400, "AccessControlListNotSupported", "ACLs"),
        ("/a", ("If-Match", "\"x\""), 404, "NoSuchKey", "<Key>a</Key>"),
        ("/file", ("If-None-Match", "*"), 412, "PreconditionFailed", "If-None-Match"),
        ("/file", ("If-Match", "\"x\""), 412, "PreconditionFailed", "If-Match"),
        ("/folder/", ("X", "1"), 501, "NotImplemented", "folder/"),
        ("/../escape", ("X", "1"), 501, "NotImplemented", "../escape"),
        ("/file/below", ("X", "1"), 501, "NotImplemented", "file/below"),
        ("/dir", ("X", "1"), 501, "NotImplemented", "dir"),
    ] {
        let answer = put(&fixture, target, &[headers], "new");
        let case = format!("{target} {headers:?}: {}", answer.text());
        assert_eq!((answer.response.status, answer.element("Code").as_str()), (status, code), "{case}");
        assert!(answer.text().contains(named), "{case}");
    }
    assert_eq!(names(&fixture), ["dir", "file"]);
    assert!(!fixture.folder.with_file_name("escape").exists());
    assert_eq!(fixture.get("/file").text(), "x");
}

#[test]
fn preconditions_that_hold() {
    let fixture = Fixture::open();
    assert_eq!(put(&fixture, "/a", &[("If-None-Match", "*")], "hello").response.status, 200);
    let tag = "\"5d41402abc4b2a76b9719d911017c592\"";
    let md5 = "fXk0OsbJcQPb5EzfBZdMVg==";
    let answer = put(&fixture, "/a", &[("If-Match", tag)], "next");
    assert_eq!(answer.response.status, 200, "{}", answer.text());
    assert_eq!(put(&fixture, "/a", &[("Content-MD5", md5)], "next").element("Code"), "BadDigest");
    let right = "XUFAKrxLKna5cZ2REBfFkg==";
    assert_eq!(put(&fixture, "/a", &[("Content-MD5", right)], "hello").response.status, 200);
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_not_written_through() {
    use std::os::unix::fs::symlink;
    let fixture = Fixture::open();
    let outside = fixture.folder.with_extension("outside");
    fs::create_dir_all(&outside).expect("a folder outside");
    fs::write(outside.join("kept"), "kept").expect("a file outside");
    symlink(&outside, fixture.folder.join("out")).expect("a link");
    symlink(outside.join("kept"), fixture.folder.join("file")).expect("a link");
    symlink(outside.join("new"), fixture.folder.join("dangling")).expect("a link");
    assert_eq!(put(&fixture, "/out/x", &[], "x").response.status, 501);
    assert_eq!(put(&fixture, "/dangling/x", &[], "x").response.status, 501);
    assert_eq!(fixture.ask(CLOUDFRONT, "DELETE", "/out/kept", &[], &[]).response.status, 204);
    assert_eq!(put(&fixture, "/file", &[], "mine").response.status, 200, "the link itself is replaced");
    assert_eq!(fs::read(outside.join("kept")).expect("the file outside"), b"kept");
    assert!(!outside.join("x").exists() && !outside.join("new").exists());
    fs::remove_dir_all(&outside).expect("the folder was there");
}

#[test]
fn a_body_that_ends_early_is_no_object() {
    use frontgate_message::{Body, BodyError, Chunks};
    use std::pin::Pin;
    use std::task::{Context, Poll};
    struct Broken(u8);
    impl Chunks for Broken {
        fn poll_chunk(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<bytes::Bytes, BodyError>>> {
            self.0 += 1;
            Poll::Ready(match self.0 {
                1 => Some(Ok(bytes::Bytes::from_static(b"hel"))),
                2 => Some(Err(BodyError::Truncated)),
                _ => None,
            })
        }
    }
    let fixture = Fixture::open();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for (length, code) in [(Some(5), 400), (None, 411)] {
        let head = super::head("PUT", "/a", &[]);
        let call = fixture.call(CLOUDFRONT, &head);
        let mut trace = frontgate_explain::Trace::new();
        let body = Body::stream(length, Broken(0));
        let response = runtime.block_on(fixture.objects.serve(&call, body, &mut trace));
        assert_eq!(response.status, code);
    }
    assert!(names(&fixture).is_empty());
}
