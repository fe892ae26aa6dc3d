//! What a read answers: headers, conditions, ranges, long files, and what is no object.

use std::fs;

use frontgate_explain::FactKind;

use super::{CLOUDFRONT, Fixture};
use crate::Caller;

const MD5_OF_HELLO: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

#[test]
fn header_fields_of_an_object() {
    let fixture = Fixture::open();
    fixture.file("a/page.html", "hello");
    let answer = fixture.get("/a/page.html");
    assert_eq!((answer.response.status, answer.text().as_str()), (200, "hello"));
    let names: Vec<&str> = answer.response.headers.iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "x-amz-id-2",
            "x-amz-request-id",
            "Date",
            "Last-Modified",
            "ETag",
            "x-amz-server-side-encryption",
            "Accept-Ranges",
            "Content-Type",
            "Server"
        ]
    );
    for (name, expected) in [
        ("Date", "Tue, 03 Feb 2026 04:05:06 GMT"),
        ("Last-Modified", "Mon, 14 Jul 2025 08:00:00 GMT"),
        ("ETag", MD5_OF_HELLO),
        ("x-amz-server-side-encryption", "AES256"),
        ("Content-Type", "text/html"),
        ("Server", "AmazonS3"),
    ] {
        assert_eq!(answer.header(name), expected, "{name}");
    }
    assert_eq!((answer.header("x-amz-request-id").len(), answer.header("x-amz-id-2").len()), (16, 76));
    assert_ne!(answer.header("x-amz-request-id"), fixture.get("/a/page.html").header("x-amz-request-id"));

    let head = fixture.ask(CLOUDFRONT, "HEAD", "/a/page.html", &[], &[]);
    assert_eq!((head.header("ETag"), head.response.content_length_of_omitted_body), (MD5_OF_HELLO, Some(5)));
}

#[test]
fn an_edit_is_the_next_answer() {
    let fixture = Fixture::open();
    fixture.file("x.txt", "hello");
    assert_eq!(fixture.get("/x.txt").header("ETag"), MD5_OF_HELLO);
    assert_eq!(fixture.get("/x.txt").header("ETag"), MD5_OF_HELLO, "from what is known");
    // Same length, same time of modification: as an editor may leave it within one tick of a clock.
    fixture.file("x.txt", "jello");
    let answer = fixture.get("/x.txt");
    assert_eq!(answer.text(), "jello");
    if cfg!(unix) {
        assert_ne!(answer.header("ETag"), MD5_OF_HELLO);
    }
    fs::remove_file(fixture.folder.join("x.txt")).expect("the file was there");
    assert_eq!(fixture.get("/x.txt").response.status, 404);
}

#[test]
fn conditions_and_ranges() {
    let fixture = Fixture::open();
    fixture.file("x.txt", "0123456789").file("empty", "");
    for (target, headers, status, body, content_range, fact) in [
        ("/x.txt", ("Range", "bytes=2-4"), 206, "234", "bytes 2-4/10", FactKind::ObjectRangeServed),
        ("/x.txt", ("Range", "bytes=-2"), 206, "89", "bytes 8-9/10", FactKind::ObjectRangeServed),
        ("/x.txt", ("Range", "bytes=0-1,3-4"), 200, "0123456789", "", FactKind::ObjectFound),
        ("/x.txt", ("If-None-Match", "*"), 304, "", "", FactKind::ObjectNotModified),
        (
            "/x.txt",
            ("If-Modified-Since", "Mon, 14 Jul 2025 08:00:00 GMT"),
            304,
            "",
            "",
            FactKind::ObjectNotModified,
        ),
        ("/empty", ("Range", "x"), 200, "", "", FactKind::ObjectFound),
    ] {
        let answer = fixture.ask(CLOUDFRONT, "GET", target, &[headers], &[]);
        assert_eq!((answer.response.status, answer.text().as_str()), (status, body), "{headers:?}");
        assert_eq!(answer.header("Content-Range"), content_range, "{headers:?}");
        assert!(answer.facts.contains(&fact), "{headers:?}: {:?}", answer.facts);
    }
    let answer = fixture.ask(CLOUDFRONT, "GET", "/x.txt", &[("Range", "bytes=10-")], &[]);
    assert_eq!((answer.response.status, answer.element("Code").as_str()), (416, "InvalidRange"));
    assert_eq!(
        (answer.element("RangeRequested"), answer.element("ActualObjectSize")),
        ("bytes=10-".into(), "10".into())
    );
    let answer = fixture.ask(CLOUDFRONT, "GET", "/x.txt", &[("If-Match", "\"no\"")], &[]);
    assert_eq!((answer.response.status, answer.element("Condition").as_str()), (412, "If-Match"));
    let head = fixture.ask(CLOUDFRONT, "HEAD", "/x.txt", &[("Range", "bytes=2-4")], &[]);
    assert_eq!((head.response.status, head.response.content_length_of_omitted_body), (206, Some(3)));
}

#[test]
fn long_files_are_streamed() {
    let fixture = Fixture::open();
    let content: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    fixture.file("long.bin", &content);
    let answer = fixture.get("/long.bin");
    assert!(answer.body == content, "every byte");
    let part = fixture.ask(CLOUDFRONT, "GET", "/long.bin", &[("Range", "bytes=1000000-2999998")], &[]);
    assert_eq!(part.header("Content-Range"), "bytes 1000000-2999998/3000000");
    assert!(part.body == content[1_000_000..2_999_999], "every byte of the part");
    assert_eq!(part.header("ETag"), answer.header("ETag"));
}

#[test]
fn a_file_that_shrinks_breaks_the_body() {
    let fixture = Fixture::open();
    fixture.file("long.bin", vec![7; 2_000_000]);
    let head = super::head("GET", "/long.bin", &[]);
    let call = fixture.call(CLOUDFRONT, &head);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let mut trace = frontgate_explain::Trace::new();
        let response = fixture.objects.serve(&call, frontgate_message::Body::Empty, &mut trace).await;
        assert_eq!(response.body.length(), Some(2_000_000));
        fixture.file("long.bin", "short");
        let error = response.body.collect(usize::MAX).await.expect_err("a broken body");
        assert_eq!(error, frontgate_message::BodyError::Truncated);
    });
}

#[test]
fn nothing_outside_of_the_folder_is_an_object() {
    let fixture = Fixture::open();
    fixture.file("dir/index.html", "x").file("a b/é.txt", "x");
    let outside = fixture.folder.with_extension("outside");
    fs::create_dir_all(&outside).expect("a folder outside");
    fs::write(outside.join("secret"), "secret").expect("a file outside");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.join("secret"), fixture.folder.join("link")).expect("a link");
        std::os::unix::fs::symlink(&outside, fixture.folder.join("links")).expect("a link");
        std::os::unix::fs::symlink("dir/index.html", fixture.folder.join("inside")).expect("a link");
        std::os::unix::fs::symlink("loop", fixture.folder.join("loop")).expect("a link");
        assert_eq!(fixture.get("/inside").response.status, 200, "a link that stays inside is a file");
    }
    let outside_name = outside.file_name().and_then(|name| name.to_str()).expect("a name");
    let climbing = format!("/../{outside_name}/secret");
    let climbing_encoded = format!("/%2e%2e%2f{outside_name}/secret");
    let climbing_back = format!("/dir/../../{outside_name}/secret");
    let absolute = format!("/{}", outside.join("secret").display());
    for target in [
        climbing.as_str(),
        &climbing_encoded,
        &climbing_back,
        &absolute,
        "/link",
        "/links/secret",
        "/dir",
        "/dir/",
        "/dir//index.html",
        "/dir/index.html/",
        "/dir/index.html/x",
        "/DIR/index.html/none",
        "/%00",
        "/a\\b",
    ] {
        let answer = fixture.get(target);
        assert_eq!((answer.response.status, answer.element("Code").as_str()), (404, "NoSuchKey"), "{target}");
    }
    assert_eq!(fixture.get("/a%20b/%C3%A9.txt").response.status, 200);
    assert_eq!(fixture.get("/%FF").element("Code"), "InvalidURI");
    assert_eq!(fixture.get(&format!("/{}", "k".repeat(1100))).element("Code"), "KeyTooLongError");
    assert_eq!(
        fixture.get(&format!("/{}", "k".repeat(1000))).element("Code"),
        "NoSuchKey",
        "too long for a file name"
    );
    assert!(fixture.log().is_empty() || cfg!(not(unix)), "{}", fixture.log());
    fs::remove_dir_all(&outside).expect("the folder was there");
}

#[test]
fn what_is_not_done_is_named() {
    let fixture = Fixture::open();
    fixture.file("x.txt", "x");
    for (method, target, headers, status, code, named) in [
        ("GET", "/x.txt?acl", &[][..], 501, "NotImplemented", "GetObjectAcl"),
        ("PUT", "/x.txt?tagging", &[], 501, "NotImplemented", "PutObjectTagging"),
        ("GET", "/?versions", &[], 501, "NotImplemented", "ListObjectVersions"),
        ("GET", "/?policy", &[], 501, "NotImplemented", "GetBucketPolicy"),
        ("GET", "/x.txt?uploadId=a", &[], 501, "NotImplemented", "ListParts"),
        ("GET", "/?uploads", &[], 501, "NotImplemented", "ListMultipartUploads"),
        ("PUT", "/", &[], 501, "NotImplemented", "CreateBucket"),
        (
            "POST",
            "/x.txt",
            &[],
            405,
            "MethodNotAllowed",
            "<Method>POST</Method><ResourceType>OBJECT</ResourceType>",
        ),
        ("PATCH", "/x.txt", &[], 405, "MethodNotAllowed", "<Method>PATCH</Method>"),
        ("POST", "/", &[], 412, "PreconditionFailed", "enclosure-type multipart/form-data"),
        ("OPTIONS", "/x.txt", &[], 400, "BadRequest", "Origin request header needed"),
        (
            "OPTIONS",
            "/x.txt",
            &[("Origin", "https://e.com"), ("Access-Control-Request-Method", "GET")],
            403,
            "AccessForbidden",
            "CORS is not enabled for this bucket",
        ),
    ] {
        let answer = fixture.ask(CLOUDFRONT, method, target, headers, &[]);
        assert_eq!(
            (answer.response.status, answer.element("Code").as_str()),
            (status, code),
            "{method} {target}"
        );
        assert!(answer.text().contains(named), "{method} {target}: {}", answer.text());
    }
    assert_eq!(fixture.ask(CLOUDFRONT, "POST", "/x.txt", &[], &[]).header("Allow"), "HEAD, DELETE, GET, PUT");
}

#[test]
fn overrides_are_for_those_who_sign() {
    let mut fixture = Fixture::with(&[super::allow("*".into(), "s3:GetObject", &["arn:aws:s3:::b/*"])]);
    fixture.bucket.public_access_block.restrict_public_buckets = false;
    fixture.file("x.txt", "x");
    let target = "/x.txt?response-content-type=text%2Fcsv&response-cache-control=no-store";
    let answer = fixture.get(target);
    assert_eq!((answer.header("Content-Type"), answer.header("Cache-Control")), ("text/csv", "no-store"));
    let anonymous = fixture.ask(Caller::Anonymous, "GET", target, &[], &[]);
    assert_eq!(anonymous.element("Code"), "InvalidRequest");
}

#[test]
fn a_prefix_that_alone_keeps_from_the_object() {
    let fixture = Fixture::open();
    fixture.file("img/a.png", "a").file("b.png", "b");
    for (caller, path, expected) in [
        (CLOUDFRONT, "/assets/img/a.png", true),
        (CLOUDFRONT, "/assets/b.png", true),
        (CLOUDFRONT, "/assets/c.png", false),
        (CLOUDFRONT, "/assets/", false),
        (CLOUDFRONT, "/x/../b.png", false),
        (Caller::Anonymous, "/assets/b.png", false),
    ] {
        let answer = fixture.ask(caller, "GET", path, &[], &[]);
        assert!(answer.response.status >= 400, "{path}");
        assert_eq!(answer.facts.contains(&FactKind::KeyWithoutPrefix), expected, "{path}");
    }
}

#[test]
fn cloudfront_signs_for_the_name_of_the_bucket() {
    let fixture = Fixture::open();
    fixture.file("x.txt", "hello");
    let regional = "b.s3.us-east-1.amazonaws.com";
    for (caller, host, status, code) in [
        (CLOUDFRONT, regional, 200, ""),
        (CLOUDFRONT, "b.s3.amazonaws.com", 200, ""),
        (CLOUDFRONT, "b.s3-us-west-2.amazonaws.com", 200, ""),
        (CLOUDFRONT, "www.example.com", 403, "SignatureDoesNotMatch"),
        (CLOUDFRONT, "b.example.com", 403, "SignatureDoesNotMatch"),
        (Caller::OriginAccessIdentity("E1"), "www.example.com", 403, "SignatureDoesNotMatch"),
        (Caller::CloudFrontUnsigned, "www.example.com", 404, "NoSuchBucket"),
        (Caller::CloudFrontUnsigned, regional, 403, "AccessDenied"),
    ] {
        let answer = fixture.ask_host(caller, host, "GET", "/x.txt");
        let found = (answer.response.status, answer.element("Code"));
        assert_eq!(found, (status, code.to_owned()), "{caller:?} {host}");
        let foreign = answer.facts.contains(&FactKind::HostForeignToBucket);
        assert_eq!(foreign, host != regional && status >= 400, "{caller:?} {host}");
    }
}
