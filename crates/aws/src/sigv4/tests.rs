//! Signatures that AWS's client makes, each way to break one, and AWS's words about it.

use super::vectors::{ROWS, Row};
use super::{ChunkChain, Claim, Expected, PathRule, Refusal, Request, SigningKey, UNSIGNED_PAYLOAD};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2026-03-04T05:06:07Z, when the rows were signed.
const SIGNED_AT: u64 = 1_772_600_767;

type Fields<'a> = Vec<(&'a str, &'a [u8])>;

fn fields(row: &Row) -> Fields<'static> {
    row.headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect()
}

fn expected(row: &Row, now: u64) -> Expected<'static> {
    let path = if row.service == "s3" { PathRule::S3 } else { PathRule::OTHERS };
    Expected { service: row.service, region: "eu-west-1", now, path, payload_hash: row.payload_hash }
}

fn answer(request: &Request<'_>, expected: &Expected<'_>) -> Result<Option<String>, Refusal> {
    let Some(claim) = Claim::read(request)? else { return Ok(None) };
    claim.check(request, expected)?;
    claim.verify(request, expected, SECRET)?;
    Ok(Some(claim.access_key().to_owned()))
}

#[test]
fn what_the_client_of_aws_signs_is_accepted() {
    for row in ROWS {
        let headers = fields(row);
        let request = Request { method: row.method, path: row.path, query: row.query, headers: &headers };
        let found = answer(&request, &expected(row, SIGNED_AT));
        assert_eq!(found, Ok(Some("AKIDEXAMPLE".to_owned())), "{} {}?{}", row.method, row.path, row.query);
    }
}

#[test]
fn nothing_that_is_signed_can_be_changed() {
    for row in ROWS {
        let headers = fields(row);
        let right = Request { method: row.method, path: row.path, query: row.query, headers: &headers };
        let other_path = format!("{}x", row.path);
        let other_query = format!("{}&zzz=1", row.query);
        let mut other_host = headers.clone();
        other_host[0].1 = b"other.example.com";
        let changed = [
            Request { method: "DELETE", ..right },
            Request { path: &other_path, ..right },
            Request { query: &other_query, ..right },
            Request { headers: &other_host, ..right },
        ];
        for request in changed {
            let found = answer(&request, &expected(row, SIGNED_AT));
            assert!(matches!(found, Err(Refusal::Mismatch { .. })), "{request:?}: {found:?}");
        }
        if row.payload_hash != UNSIGNED_PAYLOAD {
            let other_body = Expected { payload_hash: UNSIGNED_PAYLOAD, ..expected(row, SIGNED_AT) };
            assert!(matches!(answer(&right, &other_body), Err(Refusal::Mismatch { .. })), "{right:?}");
        }
    }
}

/// What of [`RIGHT`] is replaced by what, the date that is sent, how long after it, and how AWS's answer begins.
const MISTAKES: &[(&str, &str, Option<&str>, i64, &str)] = &[
    (
        RIGHT,
        "Bearer a.b.c",
        DATE,
        0,
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed",
    ),
    (
        RIGHT,
        "Basic dXNlcg==",
        DATE,
        0,
        "Authorization header requires 'Credential' parameter. Authorization header",
    ),
    (
        "Signature=00",
        "x=y",
        DATE,
        0,
        "Authorization header requires 'Signature' parameter. (Hashed with SHA-256",
    ),
    (
        "",
        "",
        None,
        0,
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed",
    ),
    (
        "",
        "",
        Some("201"),
        0,
        "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/",
    ),
    (
        "",
        "",
        DATE,
        901,
        "Signature expired: 20260304T050607Z is now earlier than 20260304T050608Z (20260304T052108Z - 15",
    ),
    (
        "",
        "",
        DATE,
        -901,
        "Signature not yet current: 20260304T050607Z is still later than 20260304T050606Z (20260304T0",
    ),
    ("host;", "", DATE, 0, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."),
    ("host;", "host;x-other;", DATE, 0, "Authorization header requires existence of 'x-other' header."),
    (
        "SHA256",
        "SHA25",
        DATE,
        0,
        "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ",
    ),
    (
        "/execute-api",
        "",
        DATE,
        0,
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/",
    ),
    ("eu-west-1", "us-east-1", DATE, 0, "Credential should be scoped to a valid region, not 'us-east-1'."),
    ("execute-api", "s3", DATE, 0, "Credential should be scoped to correct service: 'execute-api'."),
    (
        "aws4_request",
        "aws4",
        DATE,
        0,
        "Credential should be scoped with a valid terminator: 'aws4_request', not",
    ),
    (
        "20260304",
        "20260303",
        DATE,
        0,
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260303' != \
         '20260304', from '20260304T050607Z'.",
    ),
    ("", "", DATE, 0, "The request signature we calculated does not match the signature you provided."),
];
const RIGHT: &str = "AWS4-HMAC-SHA256 Credential=AK/20260304/eu-west-1/execute-api/aws4_request, \
                     SignedHeaders=host;x-amz-date, Signature=00";
const DATE: Option<&str> = Some("20260304T050607Z");

#[test]
fn each_mistake_has_the_words_of_aws() {
    for (from, to, date, seconds_later, words) in MISTAKES {
        let authorization = if from.is_empty() { RIGHT.to_owned() } else { RIGHT.replace(from, to) };
        let mut headers: Fields<'_> =
            vec![("Host", b"a.example.com"), ("Authorization", authorization.as_bytes())];
        headers.extend(date.map(|date| ("X-Amz-Date", date.as_bytes())));
        let request = Request { method: "GET", path: "/p", query: "", headers: &headers };
        let now = SIGNED_AT.saturating_add_signed(*seconds_later);
        let found = answer(&request, &expected(&ROWS[0], now));
        let text = found.as_ref().map_or_else(ToString::to_string, |key| format!("{key:?}"));
        assert!(text.starts_with(words), "{authorization}: {text}");
    }
}

#[test]
fn a_presigned_url_says_what_it_lacks_and_ends_when_it_says() {
    let presigned =
        ROWS.iter().find(|row| row.query.contains("X-Amz-Signature")).expect("a row is presigned");
    let headers = fields(presigned);
    let ask = |query: &str, now: u64| {
        let request = Request { method: "GET", path: presigned.path, query, headers: &headers };
        answer(&request, &expected(presigned, now)).map_err(|refusal| refusal.to_string())
    };
    assert_eq!(ask("", SIGNED_AT), Ok(None));
    assert_eq!(
        ask("X-Amz-Signature=1&X-Amz-Algorithm=2&X-Amz-Credential=3", SIGNED_AT),
        Err("AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include \
             'X-Amz-Date'. Re-examine the query-string parameters."
            .to_owned())
    );
    assert!(ask(presigned.query, SIGNED_AT + 3600).is_ok());
    assert!(
        ask(presigned.query, SIGNED_AT + 3601).is_err_and(|text| text.starts_with("Signature expired: "))
    );
    let endless = presigned.query.replace("X-Amz-Expires=3600", "X-Amz-Expires=604801");
    assert!(ask(&endless, SIGNED_AT).is_err_and(|text| text.starts_with("X-Amz-Expires must be")));
}

#[test]
fn the_documented_chunks_follow_each_other() {
    // The example of the page on streaming signatures.
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let key = SigningKey::derive(SECRET, "20130524", "us-east-1", "s3");
    let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    let mut chain = ChunkChain::new(key, "20130524T000000Z", "20130524/us-east-1/s3/aws4_request", seed);
    for (length, signature) in [
        (65_536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ] {
        assert!(!chain.accepts(b"other", signature));
        assert!(chain.accepts(&vec![b'a'; length], signature), "{length}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let pieces = [
        "AWS4-HMAC-SHA256 ",
        "Credential=",
        "//",
        "aws4_request",
        ",",
        "=",
        ";",
        "é",
        "\u{0}",
        "SignedHeaders=",
        "Signature=",
        "20260304T05060",
        "X-Amz-Date",
        "&",
        "%",
        "%C3",
        "X-Amz-Expires=-1",
        "host",
        " ",
    ];
    let mut state = 1_u64;
    for _ in 0..5000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[usize::try_from(state >> 33).unwrap_or(0) % pieces.len()]);
        }
        let headers: Fields<'_> = vec![("authorization", text.as_bytes()), ("date", text.as_bytes())];
        for headers in [&headers[..], &[]] {
            let request = Request { method: "GET", path: &text, query: &text, headers };
            let _ = answer(&request, &expected(&ROWS[0], SIGNED_AT));
        }
    }
}
