//! Who may do what: the matrix of 403 and 404.

use frontgate_explain::FactKind;
use serde_json::{Value, json};

use super::{CLOUDFRONT, DISTRIBUTION, Fixture, allow};
use crate::Caller;

fn oac(distribution: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"AWS:SourceArn": distribution}}})
}

fn list(principal: Value) -> Value {
    allow(principal, "s3:ListBucket", &["arn:aws:s3:::b"])
}

fn check(
    name: &str,
    statements: &[Value],
    caller: Caller<'_>,
    target: &str,
    expected: (u16, &str, FactKind),
    prepare: impl Fn(&mut Fixture),
) {
    let mut fixture = Fixture::with(statements);
    fixture.file("index.html", "<h1>hello</h1>");
    prepare(&mut fixture);
    let answer = fixture.ask(caller, "GET", target, &[], &[]);
    assert_eq!((answer.response.status, answer.element("Code").as_str()), (expected.0, expected.1), "{name}");
    assert!(answer.facts.contains(&expected.2), "{name}: {:?}", answer.facts);
    let head = fixture.ask(caller, "HEAD", target, &[], &[]);
    assert_eq!((head.response.status, head.body.len()), (expected.0, 0), "HEAD {name}");
}

#[test]
fn the_bucket_policy_decides() {
    let service = || json!({"Service": "cloudfront.amazonaws.com"});
    let tls_only = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
    let oai = json!({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E74"});
    let public = || allow(json!("*"), "s3:GetObject", &["arn:aws:s3:::b/*"]);
    let from_office = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}});
    let found = (200, "", FactKind::ObjectFound);
    let no_match = (403, "AccessDenied", FactKind::BucketPolicyNoMatch);
    let same = |_: &mut Fixture| {};

    check(
        "no policy",
        &[],
        CLOUDFRONT,
        "/index.html",
        (403, "AccessDenied", FactKind::BucketPolicyMissing),
        same,
    );
    check("oac", &[oac(DISTRIBUTION)], CLOUDFRONT, "/index.html", found, same);
    check(
        "another distribution",
        &[oac("arn:aws:cloudfront::1:distribution/E0")],
        CLOUDFRONT,
        "/index.html",
        no_match,
        same,
    );
    check("no oac", &[oac(DISTRIBUTION)], Caller::CloudFrontUnsigned, "/index.html", no_match, same);
    check(
        "missing",
        &[oac(DISTRIBUTION)],
        CLOUDFRONT,
        "/x",
        (403, "AccessDenied", FactKind::KeyMissing403),
        same,
    );
    check(
        "missing, may list",
        &[oac(DISTRIBUTION), list(service())],
        CLOUDFRONT,
        "/x",
        (404, "NoSuchKey", FactKind::KeyMissing404),
        same,
    );
    check("missing, no read", &[list(service())], CLOUDFRONT, "/x", no_match, same);
    check(
        "denied",
        &[oac(DISTRIBUTION), tls_only],
        CLOUDFRONT,
        "/index.html",
        (403, "AccessDenied", FactKind::BucketPolicyDenied),
        same,
    );
    check(
        "oai",
        &[allow(oai.clone(), "s3:GetObject", &["arn:aws:s3:::b/*"])],
        Caller::OriginAccessIdentity("E74"),
        "/index.html",
        found,
        same,
    );
    check(
        "other oai",
        &[allow(oai, "s3:GetObject", &["arn:aws:s3:::b/*"])],
        Caller::OriginAccessIdentity("E75"),
        "/index.html",
        no_match,
        same,
    );
    check("list without right", &[oac(DISTRIBUTION)], CLOUDFRONT, "/", no_match, same);
    check("list", &[list(service())], CLOUDFRONT, "/", (200, "", FactKind::ObjectsListed), same);
    check(
        "public, blocked",
        &[public()],
        Caller::Anonymous,
        "/index.html",
        (403, "AccessDenied", FactKind::PublicAccessBlocked),
        same,
    );
    check("public, blocked, but a service", &[public()], CLOUDFRONT, "/index.html", found, same);
    let unblock = |fixture: &mut Fixture| fixture.bucket.public_access_block.restrict_public_buckets = false;
    check("public", &[public()], Caller::Anonymous, "/index.html", found, unblock);
    check("public without oac", &[public()], Caller::CloudFrontUnsigned, "/index.html", found, unblock);
    check("by address", std::slice::from_ref(&from_office), Caller::Anonymous, "/index.html", found, same);
    check(
        "by address of CloudFront",
        &[from_office],
        Caller::CloudFrontUnsigned,
        "/index.html",
        no_match,
        same,
    );
}

#[test]
fn a_bucket_that_is_not_there() {
    let fixture = Fixture::open();
    let mut trace = frontgate_explain::Trace::new();
    let head = super::head("GET", "/x", &[]);
    let response = fixture.objects.no_such_bucket("gone", &head, super::now(), &mut trace);
    assert_eq!(response.status, 404);
    assert!(trace.first(FactKind::BucketUnknown).is_some());
}

#[test]
fn what_is_wrong_with_the_folder_is_for_the_operator() {
    let mut fixture = Fixture::open();
    fixture.bucket.folder = Some(fixture.folder.join("gone"));
    let answer = fixture.get("/index.html");
    assert_eq!((answer.response.status, answer.element("Code").as_str()), (500, "InternalError"));
    assert!(!answer.text().contains("gone"), "the viewer must not see a path");
    assert!(fixture.log().contains("gone"), "{}", fixture.log());
    assert!(answer.facts.contains(&FactKind::ObjectUnreadable));

    fixture.bucket.folder = None;
    assert_eq!(fixture.get("/index.html").response.status, 404, "a bucket without a folder is empty");
}

#[test]
fn a_refusal_is_explained_by_its_policy() {
    let cloudfront = || json!({"Service": "cloudfront.amazonaws.com"});
    let fixture = Fixture::with(&[
        oac("arn:aws:cloudfront::123456789012:distribution/E0"),
        allow(json!({"AWS": "123456789012"}), "s3:GetObject", &["arn:aws:s3:::b/*"]),
        allow(cloudfront(), "s3:PutObject", &["arn:aws:s3:::b/*"]),
        allow(cloudfront(), "s3:GetObject", &["arn:aws:s3:::b/other/*"]),
    ]);
    let answer = fixture.get("/index.html");
    assert_eq!(
        answer.facts,
        [
            FactKind::BucketPolicyNoMatch,
            FactKind::S3StatementCondition,
            FactKind::S3StatementPrincipal,
            FactKind::S3StatementAction,
            FactKind::S3StatementResource
        ]
    );
}
