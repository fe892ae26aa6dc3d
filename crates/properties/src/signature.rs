//! Signatures of version 4: the head of a request, then its body.
//!
//! Whatever a request says of its signature is read or refused, and never believed, as nobody has our secret. Signed with
//! it, in the header or as a presigned URL, the same request is accepted, and with another path, query, method or body it
//! is not. The canonical request loses nothing of the path and of the parameters.

use frontgate_aws::sigv4::{
    ChunkChain, Claim, CredentialScope, EMPTY_PAYLOAD_SHA256, Expected, PathRule, Refusal, Request,
    SigningKey, UNSIGNED_PAYLOAD, canonical_request, string_to_sign,
};
use frontgate_aws::{hex, percent_decode, percent_encode, sha256};
use frontgate_net::Limits;
use frontgate_net::reading::read_request_head;

pub(crate) fn check(input: &[u8]) {
    let Ok(Some((head, end))) = read_request_head(input, &Limits::default()) else { return };
    let body = &input[end..];
    let fields: Vec<(&str, &[u8])> = head.headers.iter().collect();
    let sent = Request {
        method: head.method.as_str(),
        path: head.target.path(),
        query: head.target.query().unwrap_or_default(),
        headers: &fields,
    };
    for rule in [PathRule::S3, PathRule::OTHERS] {
        is_not_believed(&sent, rule, body);
        nothing_is_lost(&sent, rule);
        is_accepted_in_the_header(&sent, rule, body);
    }
    is_accepted_in_the_query(&sent);
    chunks_hang_together(body);
}

fn is_not_believed(sent: &Request<'_>, rule: PathRule, body: &[u8]) {
    let scope = CredentialScope::of(sent);
    let Ok(Some(claim)) = Claim::read(sent) else { return };
    let expected = Expected { payload_hash: &hex(&sha256(body)), ..expected(rule) };
    if claim.check(sent, &expected).is_ok() {
        assert!(scope.is_some_and(|scope| scope.service == SERVICE && scope.region == REGION));
    }
    let found = claim.verify(sent, &expected, SECRET);
    assert!(matches!(found, Err(Refusal::Mismatch { .. })), "{sent:?}: {found:?}");
}

/// Path and parameters of the canonical request are those that were sent, in the one way to write them.
fn nothing_is_lost(sent: &Request<'_>, rule: PathRule) {
    let canonical = canonical_request(sent, rule, &["host"], EMPTY_PAYLOAD_SHA256);
    let mut lines = canonical.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (method, path, query) = (line(), line(), line());
    assert_eq!(method, sent.method);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
    assert!(path.starts_with('/') || !sent.path.starts_with('/'), "{path}");
    assert!(path.bytes().all(|byte| is_plain(byte) || byte == b'/'), "{path}");
    assert!(query.bytes().all(|byte| is_plain(byte) || b"=&".contains(&byte)), "{query}");
    if rule == PathRule::S3 && !sent.path.is_empty() {
        assert_eq!(percent_decode(path), percent_decode(sent.path));
    }
    let mut naive: Vec<(Vec<u8>, Vec<u8>)> = pairs(&sent.query.replace('+', "%20"));
    naive.retain(|(name, _)| name != b"X-Amz-Signature");
    let mut found = pairs(query);
    found.sort();
    naive.sort();
    assert_eq!(found, naive, "{} {query}", sent.query);
    let again = Request { path, query, ..*sent };
    if rule == PathRule::S3 {
        assert_eq!(canonical_request(&again, rule, &["host"], EMPTY_PAYLOAD_SHA256), canonical);
    }
}

fn pairs(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (percent_decode(name), percent_decode(value)))
        .collect()
}

fn is_accepted_in_the_header(sent: &Request<'_>, rule: PathRule, body: &[u8]) {
    let hash = hex(&sha256(body));
    let mut fields = without_signature(sent);
    fields.push(("X-Amz-Date", TIME.as_bytes()));
    let mut names: Vec<String> = fields.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let request = Request { headers: &fields, ..*sent };
    let canonical = canonical_request(&request, rule, &names, &hash);
    let signature = key().sign(&string_to_sign(TIME, SCOPE, &canonical));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{SCOPE}, SignedHeaders={}, Signature={signature}",
        names.join(";")
    );
    let mut signed = fields.clone();
    signed.push(("Authorization", authorization.as_bytes()));
    let request = Request { headers: &signed, ..*sent };
    let expected = Expected { payload_hash: &hash, ..expected(rule) };
    assert_eq!(judged(&request, &expected), Ok(true), "{request:?}");
    let other_hash = Expected { payload_hash: UNSIGNED_PAYLOAD, ..expected };
    assert_eq!(judged(&request, &other_hash), Ok(false), "another body");
    nothing_else_is_accepted(&request, &expected);
}

fn is_accepted_in_the_query(sent: &Request<'_>) {
    if sent.query.contains("X-Amz-") {
        return;
    }
    let fields = without_signature(sent);
    let credential = percent_encode(format!("{ACCESS_KEY}/{SCOPE}").as_bytes(), false);
    let query = format!(
        "{}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={TIME}&X-Amz-Expires=60\
         &X-Amz-SignedHeaders=host",
        sent.query
    );
    let unsigned = Request { query: &query, headers: &fields, ..*sent };
    let canonical = canonical_request(&unsigned, PathRule::S3, &["host"], UNSIGNED_PAYLOAD);
    let signature = key().sign(&string_to_sign(TIME, SCOPE, &canonical));
    let query = format!("{query}&X-Amz-Signature={signature}");
    let request = Request { query: &query, ..unsigned };
    let expected = Expected { payload_hash: UNSIGNED_PAYLOAD, ..expected(PathRule::S3) };
    assert_eq!(judged(&request, &expected), Ok(true), "{request:?}");
    let late = Expected { now: NOW + 61, ..expected };
    assert!(judged(&request, &late).is_err(), "after its end");
    nothing_else_is_accepted(&request, &expected);
}

fn nothing_else_is_accepted(request: &Request<'_>, expected: &Expected<'_>) {
    let (path, query) = (format!("{}x", request.path), format!("{}&zzz=1", request.query));
    for changed in [
        Request { path: &path, ..*request },
        Request { query: &query, ..*request },
        Request { method: "OTHER", ..*request },
    ] {
        assert_eq!(judged(&changed, expected), Ok(false), "{changed:?}");
    }
}

/// Whether the signature is right; an error where it is refused before.
fn judged(request: &Request<'_>, expected: &Expected<'_>) -> Result<bool, Refusal> {
    let claim = Claim::read(request)?.expect("it is signed");
    assert_eq!(claim.access_key(), ACCESS_KEY);
    claim.check(request, expected)?;
    match claim.verify(request, expected, SECRET) {
        Ok(_) => Ok(true),
        Err(Refusal::Mismatch { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

/// The fields of a request with a Host and without what signs.
fn without_signature<'a>(sent: &Request<'a>) -> Vec<(&'a str, &'a [u8])> {
    let signs = |name: &str| {
        ["authorization", "date", "x-amz-date", "x-amz-security-token"]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name))
    };
    let mut fields: Vec<(&str, &[u8])> =
        sent.headers.iter().copied().filter(|(name, _)| !signs(name)).collect();
    if !fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        fields.push(("Host", b"example.com"));
    }
    fields
}

/// The body as one signed chunk, and the empty one behind it.
fn chunks_hang_together(body: &[u8]) {
    let text = |previous: &str, chunk: &[u8]| {
        let hash = hex(&sha256(chunk));
        format!("AWS4-HMAC-SHA256-PAYLOAD\n{TIME}\n{SCOPE}\n{previous}\n{EMPTY_PAYLOAD_SHA256}\n{hash}")
    };
    let seed = "0".repeat(64);
    let first = key().sign(&text(&seed, body));
    let last = key().sign(&text(&first, b""));
    let chain = || ChunkChain::new(key(), TIME, SCOPE, &seed);
    let mut right = chain();
    assert!(right.accepts(body, &first) && right.accepts(b"", &last));
    assert!(!chain().accepts(body, &last) && !chain().accepts(body, ""));
    assert!(!chain().accepts(&[body, b"x"].concat(), &first), "another chunk");
}

fn key() -> SigningKey {
    SigningKey::derive(SECRET, &TIME[..8], REGION, SERVICE)
}

fn expected(path: PathRule) -> Expected<'static> {
    Expected { service: SERVICE, region: REGION, now: NOW, path, payload_hash: EMPTY_PAYLOAD_SHA256 }
}

const ACCESS_KEY: &str = "AKIDPROPERTIES";
const SECRET: &str = "the secret of the properties, which no input has";
const SERVICE: &str = "s3";
const REGION: &str = "eu-west-1";
const SCOPE: &str = "20260304/eu-west-1/s3/aws4_request";
const TIME: &str = "20260304T050607Z";
/// The same time.
const NOW: u64 = 1_772_600_767;
