//! Requests to the website endpoint.

use std::fmt::Write as _;

use frontgate_explain::FactKind;
use frontgate_explain::{PlaceId, Trace};
use frontgate_message::Body;
use frontgate_snapshot::{PublicAccessBlock, ReplaceKey, RoutingRule, Website, WebsiteContent};
use serde_json::json;

use super::{Answer, Fixture, allow, head};
use crate::Caller;

/// A public bucket with these pages, and an error document where it is named.
fn site(error_document: Option<&str>, routing_rules: Vec<RoutingRule>) -> Fixture {
    let mut fixture = Fixture::with(&[allow(json!("*"), "s3:GetObject", &["arn:aws:s3:::b/*"])]);
    open(&mut fixture);
    fixture.file("index.html", "home").file("docs/index.html", "docs").file("a.html", "a");
    fixture.file("errors/404.html", "not here");
    fixture.bucket.website = Some(Website {
        content: WebsiteContent::Pages {
            index_document: "index.html".into(),
            index_document_place: PlaceId::NONE,
            error_document: error_document.map(Into::into),
            error_document_place: PlaceId::NONE,
            routing_rules,
        },
        place: PlaceId::NONE,
    });
    fixture
}

fn open(fixture: &mut Fixture) {
    fixture.bucket.public_access_block = PublicAccessBlock {
        block_public_acls: false,
        block_public_policy: false,
        ignore_public_acls: false,
        restrict_public_buckets: false,
    };
}

fn ask(fixture: &Fixture, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    let head = head(method, target, headers);
    let call = fixture.call(Caller::Anonymous, &head);
    let mut trace = Trace::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let mut response = fixture.objects.website(&call, &mut trace).await;
        let sent = std::mem::replace(&mut response.body, Body::Empty);
        let body = sent.collect(1 << 20).await.expect("the whole body").to_vec();
        Answer { response, body, facts: trace.facts().iter().map(|fact| fact.kind).collect() }
    })
}

/// Status, location and the first words of the body: of a page of S3's, its code.
fn summary(answer: &Answer) -> String {
    let text = answer.text();
    let mut line = answer.response.status.to_string();
    if !answer.header("Location").is_empty() {
        write!(line, " {}", answer.header("Location")).expect("a string takes it");
    }
    let shown = match text.split_once("<li>Code: ") {
        Some((_, rest)) => rest.split('<').next().unwrap_or_default(),
        None => &text,
    };
    if !shown.is_empty() {
        write!(line, " {shown}").expect("a string takes it");
    }
    line
}

#[test]
fn pages() {
    let plain = site(None, Vec::new());
    for (method, target, expected) in [
        ("GET", "/", "200 home"),
        ("GET", "/docs/", "200 docs"),
        ("GET", "/docs", "302 /docs/ Found"),
        ("GET", "/a.html", "200 a"),
        ("GET", "/a.html?x=1", "200 a"),
        ("GET", "/a.html?acl", "200 a"),
        ("GET", "/missing", "403 AccessDenied"),
        ("GET", "/missing/", "403 AccessDenied"),
        ("POST", "/a.html", "405 MethodNotAllowed"),
        ("PUT", "/a.html", "405 MethodNotAllowed"),
    ] {
        assert_eq!(summary(&ask(&plain, method, target, &[])), expected, "{method} {target}");
    }
    let found = ask(&plain, "GET", "/a.html", &[("Range", "bytes=0-0")]);
    assert_eq!((found.response.status, found.header("Content-Range")), (206, "bytes 0-0/1"));
    let head = ask(&plain, "HEAD", "/missing", &[]);
    assert_eq!((head.response.status, head.header("x-amz-error-code")), (403, "AccessDenied"));
    assert!(head.body.is_empty());
}

#[test]
fn whoever_may_list_learns_that_a_key_is_missing() {
    let mut site = site(Some("errors/404.html"), Vec::new());
    let public = json!("*");
    let listing = Fixture::with(&[
        allow(public.clone(), "s3:GetObject", &["arn:aws:s3:::b/*"]),
        allow(public, "s3:ListBucket", &["arn:aws:s3:::b"]),
    ]);
    site.bucket.policy.clone_from(&listing.bucket.policy);
    let answer = ask(&site, "GET", "/missing", &[("If-None-Match", "*")]);
    assert_eq!(summary(&answer), "404 not here");
    assert_eq!(answer.header("x-amz-error-code"), "NoSuchKey");
    assert_eq!(answer.header("x-amz-error-detail-Key"), "missing");
    assert_eq!(answer.header("Content-Type"), "text/html");
    assert!(answer.facts.contains(&FactKind::WebsiteErrorDocument));
    assert_eq!(summary(&ask(&site, "POST", "/a.html", &[])), "405 not here");
}

#[test]
fn an_error_document_that_is_missing_is_said_in_the_page() {
    let answer = ask(&site(Some("gone.html"), Vec::new()), "GET", "/missing", &[]);
    assert_eq!(summary(&answer), "403 AccessDenied");
    assert!(
        answer
            .text()
            .contains("<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>")
    );
    assert!(answer.facts.contains(&FactKind::WebsiteErrorDocumentFailed));
}

#[test]
fn a_private_bucket_and_one_without_a_website() {
    let mut private = site(None, Vec::new());
    private.bucket.policy = None;
    assert_eq!(summary(&ask(&private, "GET", "/", &[])), "403 AccessDenied");
    let mut none = site(None, Vec::new());
    none.bucket.website = None;
    assert_eq!(summary(&ask(&none, "GET", "/", &[])), "404 NoSuchWebsiteConfiguration");
}

#[test]
fn redirects() {
    let moved = RoutingRule {
        key_prefix: Some("old/".into()),
        replace_key: ReplaceKey::PrefixWith("docs/".into()),
        ..RoutingRule::new(PlaceId::NONE)
    };
    let application = RoutingRule {
        error_code: Some(403),
        replace_key: ReplaceKey::With("index.html".into()),
        status: Some(302),
        ..RoutingRule::new(PlaceId::NONE)
    };
    let mut site = site(None, vec![moved, application]);
    for (target, expected) in [
        ("/old/x", "301 http://b.s3.us-east-1.amazonaws.com/docs/x"),
        ("/nowhere", "302 http://b.s3.us-east-1.amazonaws.com/index.html"),
        ("/a.html", "200 a"),
    ] {
        assert_eq!(summary(&ask(&site, "GET", target, &[])), expected, "{target}");
    }
    site.bucket.website = Some(Website {
        content: WebsiteContent::RedirectAll {
            host_name: "www.example.com".into(),
            protocol: Some("https".into()),
        },
        place: PlaceId::NONE,
    });
    assert_eq!(summary(&ask(&site, "GET", "/x?y", &[])), "301 https://www.example.com/x?y");
}
