//! Requests that somebody signed: what a right signature may do, each way to get one wrong, and bodies in chunks.

use std::fs;
use std::sync::Arc;

use frontgate_aws::sigv4::{
    ChunkChain, PathRule, Request, SigningKey, UNSIGNED_PAYLOAD, canonical_request, string_to_sign,
};
use frontgate_aws::{hex, percent_encode, sha256};
use frontgate_explain::{FactKind, PlaceId};
use frontgate_iam::{
    AccessKey, AttachedPolicy, Identities, Identity, IdentityKind, Policy, PolicyKind, RoleSessions,
};
use serde_json::{Value, json};

use super::{Answer, Fixture, allow};
use crate::Caller;

/// The time of the fixture: 2026-02-03T04:05:06Z.
const STAMP: &str = "20260203T040506Z";
const NOW: u64 = 1_770_091_506;
const HOST: &str = "b.s3.us-east-1.amazonaws.com";
const SCOPE: &str = "20260203/us-east-1/s3/aws4_request";

/// The account's root, the user `ann` who may what `statements` say, and a role with a session.
fn identities(statements: &[Value]) -> Identities {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    let policies = |statements: &[Value]| {
        let parsed = Policy::parse_as(&document, PolicyKind::Identity).ok();
        let attached = parsed.map(|policy| AttachedPolicy {
            name: "own".into(),
            policy: Arc::new(policy),
            place: PlaceId(7),
        });
        attached.into_iter().take(statements.len()).collect::<Vec<_>>()
    };
    let identity = |kind, name: &str, arn: &str, policies| Identity {
        kind,
        name: name.into(),
        arn: arn.into(),
        unique_id: "AIDAEXAMPLE".into(),
        policies,
        boundary: None,
        trust: None,
        place: PlaceId(6),
    };
    let key = |id: &str, token: Option<&str>, session: Option<&str>, identity| AccessKey {
        id: id.into(),
        secret: format!("secret of {id}").into(),
        session_token: token.map(Into::into),
        session_name: session.map(Into::into),
        active: true,
        identity,
    };
    Identities {
        all: vec![
            identity(IdentityKind::Root, "root", "arn:aws:iam::123456789012:root", vec![]),
            identity(IdentityKind::User, "ann", "arn:aws:iam::123456789012:user/ann", policies(statements)),
            identity(IdentityKind::Role, "guest", "arn:aws:iam::123456789012:role/guest", vec![]),
        ],
        access_keys: vec![
            key("AKIAROOT", None, None, 0),
            key("AKIAANN", None, None, 1),
            key("ASIAGUEST", Some("the token"), Some("me"), 2),
        ],
        role_sessions: vec![guest_sessions()],
    }
}

/// What opens sessions of the role `guest`.
fn guest_sessions() -> RoleSessions {
    RoleSessions {
        identity: 2,
        session_name: "me".into(),
        id_start: "ASIASESSIONS".into(),
        secret: "this machine's".into(),
        duration_seconds_max: 3600,
    }
}

fn fixture(own: &[Value], of_bucket: &[Value]) -> Fixture {
    let mut fixture = Fixture::with(of_bucket);
    fixture.file("a b/index.html", "hello");
    fixture.identities = identities(own);
    fixture
}

/// What a client sends, signed in the header.
#[derive(Clone)]
struct Client<'a> {
    key: &'a str,
    /// `None`: the one that belongs to the keys of the fixture.
    secret: Option<&'a str>,
    token: Option<&'a str>,
    method: &'a str,
    target: &'a str,
    hash: String,
    scope: &'a str,
    stamp: &'a str,
    more: Vec<(&'a str, String)>,
}

impl<'a> Client<'a> {
    fn get(target: &'a str) -> Self {
        Self {
            key: "AKIAANN",
            secret: None,
            token: None,
            method: "GET",
            target,
            hash: hex(&sha256(b"")),
            scope: SCOPE,
            stamp: STAMP,
            more: Vec::new(),
        }
    }

    fn put(target: &'a str, hash: &str) -> Self {
        Self { method: "PUT", hash: hash.to_owned(), ..Self::get(target) }
    }

    fn signing_key(&self) -> SigningKey {
        let secret = self.secret.map_or_else(|| format!("secret of {}", self.key), str::to_owned);
        SigningKey::derive(&secret, &self.scope[..8], "us-east-1", "s3")
    }

    /// The header fields and the signature.
    fn signed(&self) -> (Vec<(&'a str, String)>, String) {
        let mut fields = vec![
            ("host", HOST.to_owned()),
            ("x-amz-content-sha256", self.hash.clone()),
            ("x-amz-date", self.stamp.to_owned()),
        ];
        fields.extend(self.token.map(|token| ("x-amz-security-token", token.to_owned())));
        fields.extend(self.more.iter().cloned());
        let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        let bytes: Vec<(&str, &[u8])> =
            fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let request = Request { method: self.method, path, query, headers: &bytes };
        let canonical = canonical_request(&request, PathRule::S3, &names, &self.hash);
        let signature = self.signing_key().sign(&string_to_sign(self.stamp, self.scope, &canonical));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={signature}",
            self.key,
            self.scope,
            names.join(";")
        );
        fields.push(("Authorization", authorization));
        (fields, signature)
    }

    fn send(&self, fixture: &Fixture, body: &[u8]) -> Answer {
        self.send_changed(fixture, body, |_| {})
    }

    fn send_changed(
        &self,
        fixture: &Fixture,
        body: &[u8],
        change: impl FnOnce(&mut Vec<(&'a str, String)>),
    ) -> Answer {
        let (mut fields, _) = self.signed();
        change(&mut fields);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fixture.ask(Caller::Anonymous, self.method, self.target, &fields, body)
    }
}

fn may(action: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]})
}

fn set(name: &'static str, value: &str) -> impl FnOnce(&mut Vec<(&str, String)>) {
    let value = value.to_owned();
    move |fields| {
        fields.retain(|(n, _)| *n != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
}

#[test]
fn a_session_signs_until_its_end() {
    let to_guest =
        allow(json!({"AWS": "arn:aws:iam::123456789012:role/guest"}), "s3:GetObject", &["arn:aws:s3:::b/*"]);
    let fixture = fixture(&[], &[to_guest]);
    let (own, other) = (guest_sessions(), RoleSessions { secret: "another".into(), ..guest_sessions() });
    for (name, sessions, end, status, code, fact) in [
        ("now", &own, NOW + 1, 200, "", FactKind::S3Signed),
        ("ended", &own, NOW, 400, "ExpiredToken", FactKind::S3SessionEnded),
        ("of another machine", &other, NOW + 1, 400, "InvalidToken", FactKind::S3AccessKeyUnknown),
    ] {
        let key = sessions.open(end);
        let token = key.session_token.as_deref();
        let client =
            Client { key: &key.id, secret: Some(&key.secret), token, ..Client::get("/a%20b/index.html") };
        let answer = client.send(&fixture, &[]);
        assert_eq!(answer.response.status, status, "{name}: {}", answer.text());
        assert!(answer.facts.contains(&fact), "{name}: {:?}", answer.facts);
        if status != 200 {
            let elements = (answer.element("Code"), answer.element("Token-0"));
            assert_eq!(elements, (code.to_owned(), token.unwrap_or_default().to_owned()), "{name}");
        }
    }
}

#[test]
fn the_policies_of_who_signed_and_of_the_bucket_decide_together() {
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"});
    let to_ann =
        allow(json!({"AWS": "arn:aws:iam::123456789012:user/ann"}), "s3:GetObject", &["arn:aws:s3:::b/*"]);
    let only_old = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": {"StringEquals": {"aws:username": "ann", "s3:authType": "REST-HEADER"}}});
    let ann = Client::get("/a%20b/index.html");
    let root = Client { key: "AKIAROOT", ..ann.clone() };
    let guest = Client { key: "ASIAGUEST", token: Some("the token"), ..ann.clone() };
    let deny = std::slice::from_ref(&deny);
    let to_ann = std::slice::from_ref(&to_ann);
    let to_account = allow(json!({"AWS": "123456789012"}), "s3:GetObject", &["arn:aws:s3:::b/*"]);
    let to_account = std::slice::from_ref(&to_account);
    for (name, client, own, of_bucket, status, fact) in [
        ("own policy", &ann, vec![may("s3:GetObject")], &[][..], 200, FactKind::S3IdentityAllowed),
        ("with conditions", &ann, vec![only_old], &[], 200, FactKind::S3IdentityAllowed),
        ("of the bucket", &ann, vec![], to_ann, 200, FactKind::BucketPolicyAllowed),
        ("of the bucket, the account", &ann, vec![], to_account, 403, FactKind::S3IdentityNotAllowed),
        ("none", &ann, vec![], &[], 403, FactKind::S3IdentityNotAllowed),
        ("another action", &ann, vec![may("s3:PutObject")], &[], 403, FactKind::S3IdentityNotAllowed),
        ("denied", &ann, vec![may("s3:*")], deny, 403, FactKind::BucketPolicyDenied),
        ("the root", &root, vec![], &[], 200, FactKind::S3IdentityAllowed),
        ("the root is denied", &root, vec![], deny, 403, FactKind::BucketPolicyDenied),
        ("a session", &guest, vec![], to_ann, 403, FactKind::S3IdentityNotAllowed),
    ] {
        let answer = client.send(&fixture(&own, of_bucket), &[]);
        assert_eq!(answer.response.status, status, "{name}: {}", answer.text());
        assert!(answer.facts.contains(&fact), "{name}: {:?}", answer.facts);
    }
    let answer = guest.send(&fixture(&[], &[]), &[]);
    assert_eq!(
        answer.element("Message"),
        "User: arn:aws:sts::123456789012:assumed-role/guest/me is not authorized to perform: s3:GetObject on resource: \
         &quot;arn:aws:s3:::b/a b/index.html&quot; because no identity-based policy allows the s3:GetObject action"
    );
}

#[test]
fn a_missing_key_is_403_with_the_missing_right_to_list() {
    let missing = Client::get("/none");
    let answer = missing.send(&fixture(&[may("s3:GetObject")], &[]), &[]);
    assert!(answer.element("Message").contains("is not authorized to perform: s3:ListBucket on resource"));
    let answer = missing.send(&fixture(&[may("s3:*")], &[]), &[]);
    assert_eq!((answer.response.status, answer.element("Code").as_str()), (404, "NoSuchKey"));
}

/// The field, its value, the status, the code and a part of the answer.
type Mistake = (&'static str, String, u16, &'static str, &'static str);

/// Each mistake in a header that was right.
fn mistakes(authorization: &str) -> Vec<Mistake> {
    let changed = |from: &str, to: &str| authorization.replace(from, to);
    vec![
        ("Authorization", "Bearer a".to_owned(), 400, "InvalidArgument", "Unsupported Authorization Type"),
        (
            "Authorization",
            "AWS4-HMAC-SHA256".to_owned(),
            400,
            "InvalidArgument",
            "one and only one ' ' (space)",
        ),
        ("Authorization", "AWS AKIAANN:x".to_owned(), 400, "InvalidRequest", "Please use AWS4-HMAC-SHA256."),
        ("Authorization", changed("HMAC-SHA256", "ECDSA-P256-SHA256"), 501, "NotImplemented", "Version 4A"),
        (
            "Authorization",
            changed(", Signature=", ", Sig="),
            400,
            "AuthorizationHeaderMalformed",
            "three components",
        ),
        ("Authorization", changed("/s3/", "/ec2/"), 400, "AuthorizationHeaderMalformed", "incorrect service"),
        (
            "Authorization",
            changed("us-east-1", "eu-west-1"),
            400,
            "AuthorizationHeaderMalformed",
            "the region 'eu-west-1' is wrong; expecting 'us-east-1'",
        ),
        (
            "Authorization",
            changed("/20260203/", "/2026020/"),
            400,
            "AuthorizationHeaderMalformed",
            "yyyyMMdd",
        ),
        (
            "Authorization",
            changed("/20260203/", "/20260204/"),
            400,
            "AuthorizationHeaderMalformed",
            "Invalid credential date",
        ),
        ("Authorization", changed("AKIAANN", "AKIANOBODY"), 403, "InvalidAccessKeyId", "AKIANOBODY"),
        ("Authorization", changed("AKIAANN", "ASIAGUEST"), 403, "InvalidAccessKeyId", "ASIAGUEST"),
        (
            "Authorization",
            changed("host;", ""),
            403,
            "AccessDenied",
            "<HeadersNotSigned>host</HeadersNotSigned>",
        ),
        (
            "Authorization",
            changed("Signature=", "Signature=0"),
            403,
            "SignatureDoesNotMatch",
            "CanonicalRequestBytes",
        ),
        ("x-amz-date", "20260203T034506Z".to_owned(), 403, "RequestTimeTooSkewed", "900000"),
        ("x-amz-date", "now".to_owned(), 403, "AccessDenied", "valid Date or x-amz-date header"),
        ("x-amz-content-sha256", String::new(), 400, "InvalidRequest", "Missing required header"),
        ("x-amz-content-sha256", "00".to_owned(), 400, "InvalidArgument", "must be UNSIGNED-PAYLOAD"),
        ("x-amz-security-token", "x".to_owned(), 403, "AccessDenied", "x-amz-security-token"),
        ("x-amz-acl", "private".to_owned(), 403, "AccessDenied", "x-amz-acl"),
    ]
}

#[test]
fn each_mistake_in_a_header_has_its_own_words() {
    let fixture = fixture(&[may("s3:*")], &[]);
    let client = Client::get("/a%20b/index.html");
    let (fields, _) = client.signed();
    let authorization = fields.last().expect("a field").1.clone();
    for (name, value, status, code, part) in mistakes(&authorization) {
        let answer = client.send_changed(&fixture, &[], set(name, &value));
        assert_eq!(
            (answer.response.status, answer.element("Code").as_str()),
            (status, code),
            "{name}: {value}: {}",
            answer.text()
        );
        assert!(answer.text().contains(part), "{name}: {value}: {}", answer.text());
    }
    let wrong = Client { key: "ASIAGUEST", token: Some("x"), ..client.clone() };
    let answer = wrong.send(&fixture, &[]);
    assert_eq!((answer.element("Code").as_str(), answer.element("Token-0").as_str()), ("InvalidToken", "x"));
    let twice = Client::get("/a?X-Amz-Algorithm=AWS4-HMAC-SHA256").send(&fixture, &[]);
    assert!(twice.text().contains("Only one auth mechanism allowed"), "{}", twice.text());
    assert!(twice.facts.contains(&FactKind::S3SignedTwice));
}

/// The target of a presigned URL.
fn presigned(method: &str, path: &str, more: &str, stamp: &str, seconds: u32, hash: &str) -> String {
    let credential = percent_encode(format!("AKIAANN/{SCOPE}").as_bytes(), false);
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={stamp}&X-Amz-Expires={seconds}\
         &X-Amz-SignedHeaders=host{more}"
    );
    let headers = [("host", HOST.as_bytes())];
    let request = Request { method, path, query: &query, headers: &headers };
    let canonical = canonical_request(&request, PathRule::S3, &["host"], hash);
    let signature = Client::get(path).signing_key().sign(&string_to_sign(stamp, SCOPE, &canonical));
    format!("{path}?{query}&X-Amz-Signature={signature}")
}

/// Fields and what comes of a URL: the status, the code and a part of the answer.
type BadUrl = (String, Vec<(&'static str, &'static str)>, u16, &'static str, &'static str);

/// Each mistake in a presigned URL that was right.
fn mistakes_of_urls(url: &str) -> Vec<BadUrl> {
    let host = ("host", HOST);
    let old = presigned("GET", "/a%20b/index.html", "", "20260203T040000Z", 60, UNSIGNED_PAYLOAD);
    let unsigned = |name: &str| url.replace(name, "X-Amz-Other");
    vec![
        (old, vec![host], 403, "AccessDenied", "<Expires>2026-02-03T04:01:00Z</Expires>"),
        (url.replace("index", "other"), vec![host], 403, "SignatureDoesNotMatch", "StringToSign"),
        (url.replace("Expires=60", "Expires=61"), vec![host], 403, "SignatureDoesNotMatch", "StringToSign"),
        (
            unsigned("X-Amz-Expires"),
            vec![host],
            400,
            "AuthorizationQueryParametersError",
            "version 4 requires",
        ),
        (
            url.replace("-SHA256", "-SHA1"),
            vec![host],
            400,
            "AuthorizationQueryParametersError",
            "only supports",
        ),
        (
            url.replace("us-east-1", "eu-west-1"),
            vec![host],
            400,
            "AuthorizationQueryParametersError",
            "Error parsing the X-Amz-Credential parameter; the region 'eu-west-1' is wrong",
        ),
        (url.to_owned(), vec![host, ("x-amz-meta-a", "b")], 403, "AccessDenied", "x-amz-meta-a"),
        (url.to_owned(), vec![("host", "other")], 403, "SignatureDoesNotMatch", "host:other"),
        (
            url.to_owned(),
            vec![host, ("Authorization", "AWS4-HMAC-SHA256 a")],
            400,
            "InvalidArgument",
            "Only one auth",
        ),
        (
            "/a?Signature=x&Key-Pair-Id=K".to_owned(),
            vec![host],
            403,
            "AccessDenied",
            "AWSAccessKeyId parameters",
        ),
        (
            "/a?Signature=x&AWSAccessKeyId=K&Expires=1".to_owned(),
            vec![host],
            400,
            "InvalidRequest",
            "AWS4-HMAC-SHA256",
        ),
    ]
}

#[test]
fn a_presigned_url_opens_one_object_for_a_while() {
    let fixture = fixture(&[may("s3:*")], &[]);
    let host = ("host", HOST);
    let get =
        |target: &str, fields: &[(&str, &str)]| fixture.ask(Caller::Anonymous, "GET", target, fields, &[]);
    let url = presigned(
        "GET",
        "/a%20b/index.html",
        "&response-content-type=text%2Fplain",
        STAMP,
        60,
        UNSIGNED_PAYLOAD,
    );
    let answer = get(&url, &[host]);
    assert_eq!(
        (answer.response.status, answer.header("Content-Type")),
        (200, "text/plain"),
        "{}",
        answer.text()
    );
    for (target, fields, status, code, part) in mistakes_of_urls(&url) {
        let answer = get(&target, &fields);
        let found = (answer.response.status, answer.element("Code"));
        assert_eq!((found.0, found.1.as_str()), (status, code), "{target}: {}", answer.text());
        assert!(answer.text().contains(part), "{target}: {}", answer.text());
    }
    let cloudfront = fixture.ask(super::CLOUDFRONT, "GET", &url, &[host], &[]);
    assert!(cloudfront.text().contains("Only one auth mechanism allowed"), "{}", cloudfront.text());
}

#[test]
fn bodies_are_taken_as_they_were_signed() {
    let fixture = fixture(&[may("s3:*")], &[]);
    let right = hex(&sha256(b"hello"));
    let answer = Client::put("/new", &right).send(&fixture, b"hello");
    assert_eq!(answer.response.status, 200, "{}", answer.text());
    let answer = Client::put("/new", &right).send(&fixture, b"other");
    assert_eq!(answer.element("Code"), "XAmzContentSHA256Mismatch");
    assert!(answer.facts.contains(&FactKind::S3PayloadMismatch));
    let mut checked = Client::put("/sum", UNSIGNED_PAYLOAD);
    checked.more = vec![("x-amz-checksum-crc32", "NhCmhg==".to_owned())];
    let answer = checked.send(&fixture, b"hello");
    assert_eq!((answer.response.status, answer.header("x-amz-checksum-crc32")), (200, "NhCmhg=="));
    let answer = checked.send(&fixture, b"hallo");
    assert_eq!(answer.element("Message"), "The CRC32 you specified did not match the calculated checksum.");
    assert!(fs::read(fixture.folder.join("sum")).is_ok_and(|bytes| bytes == b"hello"));
}

#[test]
fn chunks_are_taken_out_of_their_coding() {
    let fixture = fixture(&[may("s3:*")], &[]);
    let chunked = |hash: &str| {
        let mut client = Client::put("/chunked", hash);
        client.more = vec![
            ("content-encoding", "aws-chunked".to_owned()),
            ("x-amz-decoded-content-length", "5".to_owned()),
        ];
        client
    };
    let mut unsigned = chunked("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    unsigned.more.push(("x-amz-trailer", "x-amz-checksum-crc32".to_owned()));
    for (body, code) in [
        ("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", ""),
        ("5\r\nhallo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "BadDigest"),
        ("5\r\nhello\r\n0\r\n\r\n", "MalformedTrailerError"),
        ("4\r\nhell\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "IncompleteBody"),
        ("5\r\nhello\r\n", "IncompleteBody"),
        ("hello", "IncompleteBody"),
    ] {
        let answer = unsigned.send(&fixture, body.as_bytes());
        assert_eq!(answer.element("Code"), code, "{body:?}: {}", answer.text());
    }
    assert_eq!(fs::read(fixture.folder.join("chunked")).expect("the object"), b"hello");

    let signed = chunked("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    let (_, seed) = signed.signed();
    let signature = |previous: &str, data: &[u8]| {
        let text = format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{STAMP}\n{SCOPE}\n{previous}\n{}\n{}",
            hex(&sha256(b"")),
            hex(&sha256(data))
        );
        signed.signing_key().sign(&text)
    };
    let first = signature(&seed, b"hello");
    let last = signature(&first, b"");
    assert!(ChunkChain::new(signed.signing_key(), STAMP, SCOPE, &seed).accepts(b"hello", &first));
    let body = format!("5;chunk-signature={first}\r\nhello\r\n0;chunk-signature={last}\r\n\r\n");
    let answer = signed.send(&fixture, body.as_bytes());
    assert_eq!(answer.response.status, 200, "{}", answer.text());
    let answer = signed.send(&fixture, body.replace("hello", "hallo").as_bytes());
    assert_eq!(answer.element("Code"), "SignatureDoesNotMatch");
    assert!(answer.facts.contains(&FactKind::S3ChunkSignatureMismatch));
}
