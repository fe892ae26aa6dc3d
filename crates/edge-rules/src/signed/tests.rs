use std::net::IpAddr;
use std::sync::Arc;

use frontgate_aws::{base64_decode, base64_encode};
use frontgate_explain::{FactKind, PlaceId, Trace};
use frontgate_message::{Connection, Method, RequestHead};

use super::{HashAlgorithm, Memory, PublicKey, PublicKeyError, Refusal, TrustedKeys, judge};
use crate::config::{Behavior, KeySettings};
use crate::errors::ErrorPage;
use crate::fixture::{behavior, distribution, head, plain};
use crate::key::describe_cache_key;
use crate::origin_request::{OriginRequestInput, origin_request};
use crate::tables::cache_policies;

const NOW: u64 = 1_700_000_000;
const FILM: &str = "https://www.example.com/film.mp4";

/// The public keys of the secret numbers 0x0101…01 and 0x0202…02, and one of RSA.
const OWN: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb/A7lJJBzh2t1DUZ5pYOCoW0Gmmg
XDKBA6orzhWUyhY8T3U6Vb8B3FP2wLDH7ueLQMb/fSWpbiKCuYnO9xwUSg==
-----END PUBLIC KEY-----
";
const SECOND: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVQ9HEAPz35fD31Bqx5f2ch+xoft7
j2+D0iRJimXIjiQTYJPXAS5QmnNxXL0LAKPMD/S1wBs/+hlqsfsycDa45g==
-----END PUBLIC KEY-----";
const RSA: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq4zZCSdbEa1Q66hUNqg+
zCGKleKSG8uUkdkiQyOUl60JyRJ4x0Rdaw0bMMnJbdj/G62mashlHTjF8XBOPXmL
k4UVsW3blIWajsjTn3QLzl0lpQjhJJBSioLNwhPjO0UrfyyUvrIc/FlWUtPDAotz
dhLRMygYkwpK6d8JiJl2her8hSRLeuluHB7xyY0Xwqtg64GY8f9Y0z0U6TTzRUjO
wA2Y+YKbBPG184rQdZpABAqPod4UA2Li6Vp8UGLywoAuxXs691gORcV5Mx/eeqb+
+ap5NP3Vont6P9tQqlAxsGvn5nFqaZCGeY41/d2hCf5JutWyjonbyVYeELiVC9JR
QQIDAQAB
-----END PUBLIC KEY-----
";
const EC: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEK03VbDik3p2sf6dTO7MX/7NXlaZS
PB6cLcz61298JsklR/dA+pnN+hxqHjVC9oLSNoqdgky78wnsshfxJHvxpw==
-----END PUBLIC KEY-----
";

fn keys() -> TrustedKeys {
    let rows = [("KOWN", OWN), ("KSECOND", SECOND), ("KRSA", RSA), ("KEC", EC)];
    let key = |(id, pem)| Arc::new(PublicKey::parse(id, pem, PlaceId(20)).expect("a good key"));
    TrustedKeys { keys: rows.map(key).into(), place: PlaceId(21) }
}

/// The signature of `text` with the first key. `signatures.txt` has one line for each text that is signed here:
/// `openssl dgst -sha256 -sign`, with the private key of the secret number.
fn sign(text: &str) -> &'static str {
    let lines = include_str!("signatures.txt").lines().filter_map(|line| line.split_once(' '));
    let mut signatures = lines.filter(|(_, signed)| signed.replace("\\n", "\n") == text);
    signatures
        .next()
        .map(|(signature, _)| signature)
        .unwrap_or_else(|| panic!("not in signatures.txt: {text}"))
}

fn url_safe(bytes: &[u8]) -> String {
    base64_encode(bytes).replace('+', "-").replace('=', "_").replace('/', "~")
}

fn canned(url: &str, expires: u64) -> String {
    let policy = super::policy::canned_policy(url, expires);
    format!("Expires={expires}&Signature={}&Key-Pair-Id=KOWN&Hash-Algorithm=SHA256", sign(&policy))
}

fn custom(policy: &str) -> String {
    let (encoded, signature) = (url_safe(policy.as_bytes()), sign(policy));
    format!("Policy={encoded}&Signature={signature}&Key-Pair-Id=KOWN&Hash-Algorithm=SHA256")
}

fn statement(resource: &str, conditions: &str) -> String {
    format!(r#"{{"Statement":[{{"Resource":"{resource}","Condition":{{{conditions}}}}}]}}"#)
}

fn until(seconds: u64) -> String {
    format!(r#""DateLessThan":{{"AWS:EpochTime":{seconds}}}"#)
}

fn asked(head: &RequestHead) -> Result<FactKind, Refusal> {
    let key = KeySettings::Policy {
        policy: cache_policies::find("658327ea-f89d-4fab-a63d-7e88639e58f6").expect("managed"),
        place: PlaceId::NONE,
    };
    let distribution = distribution(behavior(key));
    let mut memory = Memory::default();
    let first = judge(&keys(), &distribution, head, NOW, &mut memory);
    assert_eq!(judge(&keys(), &distribution, head, NOW, &mut memory), first, "asked again");
    first.map(|fact| fact.kind)
}

#[track_caller]
fn check(head: &RequestHead, expected: Result<FactKind, (ErrorPage, FactKind, Option<FactKind>)>) {
    let found = asked(head).map_err(|r| (r.page, r.fact.kind, r.hint.map(|fact| fact.kind)));
    assert_eq!(found, expected, "{}", head.target.as_str());
}

fn get(target: &str) -> RequestHead {
    head(Method::Get, target, &[("Host", "www.example.com")])
}

fn denied(kind: FactKind) -> Result<FactKind, (ErrorPage, FactKind, Option<FactKind>)> {
    Err((ErrorPage::SignatureDenied, kind, None))
}

fn wrong(hint: Option<FactKind>) -> Result<FactKind, (ErrorPage, FactKind, Option<FactKind>)> {
    Err((ErrorPage::SignatureDenied, FactKind::SignatureWrong, hint))
}

#[test]
fn signatures_of_openssl_are_understood() {
    let rows = [
        (
            "KRSA",
            "",
            "hEavpjGXHbno~Sg4GtHFPzLQYC0fJz-6oHjkHEtGSAIZXJsxlV2xwef9v4l4hcwnLmJ-rzJD4BBiEgHkTdHTg~UKNVdKb-El25RUAX~95qo~Tp10fGE552A4iWYX76rF3dJlEIMutmyFXdHbhZZPnQd3bZsteaVmnyJeJU461JjCXBYuJx32qFgJFHzVbcm37hOAdTHlnK7CWTL57XZYMiL2KUN1BgzrjuuRazM1TpQurihun1xcEmbZnmXL4EEp16oPukd9WZdKGOY159xXhqx~kZmAVSbexv8Iv-~s7M2xHMqE18Z6Mi5HdvJtKWdS2LkMBF17DOmC7nzOytt1UQ__",
        ),
        (
            "KRSA",
            "&Hash-Algorithm=SHA256",
            "lJDP0gThWac~GvAS06ckCiQH0zYn9hwNMJd9Ia-U7XihCbaHW61oe55JZMWPyTeJWV5RNI9o9ijfYafzABDtZ83Rks-jkgW1qI4mJv1xl~UYNKyLUxaF-lOaJu5RvzqTsKaAVqxqj2nsmM2mfsRZlYiEZ-61B8L4Icz5B6lg0KByQu8NLtathVriIaCEdvfJJCQpJ2sk8~-cOHxejkEu-MWd-rPmHqCy4hdJuQs39tkc4SJZt9lLKk8NuLKn3H-97p5Euvhzd1AIhZbtsDxmhEPjDoEN1wI6KklnjB~VXA9ASAvK5H0re7FBKKaMBr-r0j1U-rWiVGalGQhufx~N5Q__",
        ),
        (
            "KEC",
            "&Hash-Algorithm=SHA1",
            "MEUCIQDQ1lZTv4ubFq87W6zu1P5ylu0KhHMnZgpLYjzDAHlSewIgfTqqKvdxGo2N2Lt5TVfeNX~QCiDNk~JVY6GKkA6avoY_",
        ),
        (
            "KEC",
            "&Hash-Algorithm=SHA256",
            "MEQCIB545bAKlYIDzhx3rbnOV-KXauFNcEGhGkEwUw1id3ecAiBQvdcd7DkPiut~U7l-6CuzzHIRJisPrmHYvhTK09FOIA__",
        ),
    ];
    for (key, hash, signature) in rows {
        let target = format!("/film.mp4?Expires=2000000000&Signature={signature}&Key-Pair-Id={key}{hash}");
        check(&get(&target), Ok(FactKind::SignedUrl));
        check(&get(&target.replace('~', "%7E")), Ok(FactKind::SignedUrl));
        let other = if hash.ends_with("256") { "" } else { "&Hash-Algorithm=SHA256" };
        let target = format!("/film.mp4?Expires=2000000000&Signature={signature}&Key-Pair-Id={key}{other}");
        check(&get(&target), wrong(Some(FactKind::SignedWithOtherHash)));
    }
}

#[test]
fn a_canned_policy_is_for_one_url_until_a_time() {
    let good = canned(FILM, NOW + 60);
    let with_size = canned("https://www.example.com/film.mp4?size=1&v=2", NOW + 60);
    check(&get(&format!("/film.mp4?{good}")), Ok(FactKind::SignedUrl));
    check(&get(&format!("/film.mp4?size=1&{with_size}&v=2")), Ok(FactKind::SignedUrl));
    check(&get(&format!("/film.mp4?v=2&size=1&{with_size}")), wrong(None));
    check(&get(&format!("/film.mp4?{good}&v=2")), wrong(Some(FactKind::SignedWithoutQuery)));
    check(&get(&format!("/other.mp4?{good}")), wrong(None));
    check(&plain(get(&format!("/film.mp4?{good}"))), wrong(Some(FactKind::SignedForOtherScheme)));
    let other_name = canned("https://d111111abcdef8.cloudfront.net/film.mp4", NOW + 60);
    check(&get(&format!("/film.mp4?{other_name}")), wrong(Some(FactKind::SignedForOtherHost)));
    let other_key = good.replace("KOWN", "KSECOND");
    check(&get(&format!("/film.mp4?{other_key}")), wrong(Some(FactKind::SignedWithOtherKey)));
    check(&get(&format!("/film.mp4?{}", canned(FILM, NOW))), denied(FactKind::SignatureExpired));
    check(&get(&format!("/film.mp4?{}", canned(FILM, NOW + 1))), Ok(FactKind::SignedUrl));
    let later = good.replace(&(NOW + 60).to_string(), &(NOW + 61).to_string());
    check(&get(&format!("/film.mp4?{later}")), wrong(None));
}

#[test]
fn the_name_under_which_it_is_reached_here_counts_too() {
    let local = |url: &str| {
        let target = format!("/film.mp4?{}", canned(url, NOW + 60));
        let mut head = head(Method::Get, &target, &[("Host", "www.example.com.localhost:8443")]);
        head.host = "www.example.com.localhost".into();
        head
    };
    check(&local(FILM), Ok(FactKind::SignedUrl));
    check(&local("https://www.example.com.localhost:8443/film.mp4"), Ok(FactKind::SignedUrl));
    check(&local("https://www.example.com:8443/film.mp4"), wrong(None));
}

#[test]
fn a_custom_policy_is_kept() {
    let soon = until(NOW + 60);
    let rows = [
        (statement("https://www.example.com/film*", &soon), Ok(FactKind::SignedUrl)),
        (statement("http*://www.example.com/*", &soon), Ok(FactKind::SignedUrl)),
        (statement("https://www.example.com/film.mp?", &soon), Ok(FactKind::SignedUrl)),
        (statement("https://www.example.com/other/*", &soon), denied(FactKind::SignatureOtherResource)),
        (statement("*", &until(NOW)), denied(FactKind::SignatureExpired)),
        (
            statement("*", &format!(r#"{soon},"DateGreaterThan":{{"AWS:EpochTime":{NOW}}}"#)),
            denied(FactKind::SignatureNotYetValid),
        ),
        (
            statement("*", &format!(r#""DateGreaterThan":{{"AWS:EpochTime":{}}},{soon}"#, NOW - 1)),
            Ok(FactKind::SignedUrl),
        ),
        (
            statement("*", &format!(r#"{soon},"IpAddress":{{"AWS:SourceIp":"203.0.113.0/24"}}"#)),
            Ok(FactKind::SignedUrl),
        ),
        (
            statement("*", &format!(r#"{soon},"IpAddress":{{"AWS:SourceIp":"0.0.0.0/0"}}"#)),
            Ok(FactKind::SignedUrl),
        ),
        (
            statement("*", &format!(r#"{soon},"IpAddress":{{"AWS:SourceIp":"203.0.113.8/32"}}"#)),
            denied(FactKind::SignatureOtherAddress),
        ),
        (format!(r#"{{"Statement":[{{"Condition":{{{soon}}}}}]}}"#), Ok(FactKind::SignedUrl)),
        (format!(r#"{{"Statement":{{"Condition":{{{soon}}}}}}}"#), Ok(FactKind::SignedUrl)),
        (format!("{}\n", statement("*", &soon)), Ok(FactKind::SignedUrl)),
    ];
    for (policy, expected) in rows {
        check(&get(&format!("/film.mp4?{}", custom(&policy))), expected);
    }
}

#[test]
fn addresses_of_ipv6_have_no_policy() {
    let policy =
        statement("*", &format!(r#"{},"IpAddress":{{"AWS:SourceIp":"203.0.113.0/24"}}"#, until(NOW + 60)));
    let rows = [
        ("2001:db8::1", denied(FactKind::SignatureOtherAddress)),
        ("::ffff:203.0.113.7", Ok(FactKind::SignedUrl)),
    ];
    for (address, expected) in rows {
        let mut head = get(&format!("/film.mp4?{}", custom(&policy)));
        let mut connection = Connection::clone(&head.connection);
        connection.peer.set_ip(address.parse::<IpAddr>().expect("an address"));
        head.connection = Arc::new(connection);
        check(&head, expected);
    }
}

#[test]
fn what_cannot_be_read_is_refused_by_its_own_name() {
    let malformed = |kind| match kind {
        FactKind::SignatureMissing => Err((ErrorPage::SignatureMissing, kind, None)),
        FactKind::SignatureKeyUnknown => Err((ErrorPage::SignatureKeyUnknown, kind, None)),
        FactKind::SignatureMalformed => Err((ErrorPage::SignatureMalformed, kind, None)),
        _ => Err((ErrorPage::PolicyMalformed, kind, None)),
    };
    let good = canned(FILM, NOW + 60);
    let rows = [
        ("".to_owned(), FactKind::SignatureMissing),
        ("Expires=1".to_owned(), FactKind::SignatureMissing),
        ("Signature=aaaa".to_owned(), FactKind::SignatureMissing),
        (good.replace("KOWN", "KNOBODY"), FactKind::SignatureKeyUnknown),
        (good.replace("KOWN", "kown"), FactKind::SignatureKeyUnknown),
        (good.replace("Signature=", "Signature=%2B"), FactKind::SignatureMalformed),
        ("Expires=1&Key-Pair-Id=KOWN".to_owned(), FactKind::SignatureMalformed),
        ("Expires=1&Key-Pair-Id=KOWN&Signature=".to_owned(), FactKind::SignatureMalformed),
        (good.replace("SHA256", "sha256"), FactKind::SignatureMalformed),
        (good.replace("Expires=", "Expires=x"), FactKind::SignaturePolicyMalformed),
        (good.replace("Expires=", "Expires=+"), FactKind::SignaturePolicyMalformed),
        ("Key-Pair-Id=KOWN&Signature=aaaa".to_owned(), FactKind::SignaturePolicyMalformed),
        (custom("no policy"), FactKind::SignaturePolicyMalformed),
        (custom("{}"), FactKind::SignaturePolicyMalformed),
        (custom(r#"{"Statement":[]}"#), FactKind::SignaturePolicyMalformed),
        (custom(&statement("*", "")), FactKind::SignaturePolicyMalformed),
        (
            custom(&statement("*", r#""DateLessThan":{"AWS:EpochTime":"2000000000"}"#)),
            FactKind::SignaturePolicyMalformed,
        ),
        (
            custom(&statement("*", &format!(r#"{},"StringLike":{{}}"#, until(NOW + 60)))),
            FactKind::SignaturePolicyMalformed,
        ),
        (
            custom(&statement("*", &format!(r#"{},"IpAddress":{{"AWS:SourceIp":"::1"}}"#, until(NOW + 60)))),
            FactKind::SignaturePolicyMalformed,
        ),
    ];
    for (query, kind) in rows {
        check(&get(&format!("/film.mp4?{query}")), malformed(kind));
    }
}

#[test]
fn cookies_count_where_the_url_has_nothing() {
    let cookies = |query: &str| {
        let pairs: Vec<String> = query.split('&').map(|pair| format!("CloudFront-{pair}")).collect();
        format!("a=b; {}", pairs.join("; "))
    };
    let good = cookies(&custom(&statement("https://www.example.com/*", &until(NOW + 60))));
    let for_one_url = cookies(&canned(FILM, NOW + 60));
    let with = |target: &str, cookie: &str| head(Method::Get, target, &[("Cookie", cookie)]);
    check(&with("/film.mp4", &good), Ok(FactKind::SignedCookies));
    check(&with("/film.mp4?Expires=1", &good), Ok(FactKind::SignedCookies));
    check(&with("/film.mp4", &for_one_url), Ok(FactKind::SignedCookies));
    check(&with("/other.mp4", &for_one_url), wrong(None));
    // "CloudFront uses only the signed URL to determine whether to return the file."
    let expired = canned(FILM, NOW);
    check(&with(&format!("/film.mp4?{expired}"), &good), denied(FactKind::SignatureExpired));
    let names = good.replace("CloudFront-", "cloudfront-");
    check(&with("/film.mp4", &names), Err((ErrorPage::SignatureMissing, FactKind::SignatureMissing, None)));
}

#[test]
fn the_parts_of_a_signature_are_neither_keyed_nor_forwarded() {
    let mut legacy = crate::fixture::legacy_values();
    legacy.query_string = true;
    legacy.cookies = crate::config::Selection::All;
    let mut protected = behavior(KeySettings::Legacy(Arc::new(legacy)));
    let query = "size=2&Expires=1&Signature=a&Key-Pair-Id=K&Policy=p&Hash-Algorithm=SHA256&expires=3";
    let cookie = "CloudFront-Policy=p; CloudFront-Signature=s; CloudFront-Key-Pair-Id=K; CloudFront-Expires=1; \
                  CloudFront-Hash-Algorithm=SHA1; CloudFront-Other=o; session=1";
    let head = head(Method::Get, &format!("/film.mp4?{query}"), &[("Cookie", cookie)]);
    let names = |behavior: &Behavior| -> Vec<String> {
        let parts = describe_cache_key(&distribution(behavior.clone()), behavior, &head, "/film.mp4");
        parts.into_iter().skip(2).map(|part| part.name).collect()
    };
    assert_eq!(names(&protected).len(), 7 + 7, "an open behavior has no such parts");
    protected.trusted_keys = Some(Arc::new(keys()));
    assert_eq!(
        names(&protected),
        ["cookie CloudFront-Other", "cookie session", "query size", "query expires"]
    );
    let distribution = distribution(protected.clone());
    let mut trace = Trace::new();
    let input = OriginRequestInput {
        distribution: &distribution,
        behavior: &protected,
        origin: &protected.origin,
        head: &head,
        path: "/film.mp4",
        request_id: "ID",
        via_host: "x.cloudfront.net",
        condition: None,
        unconditional: true,
    };
    let request = origin_request(&input, &mut trace);
    assert!(request.target.ends_with("/film.mp4?size=2&expires=3"), "{}", request.target);
    assert_eq!(request.headers.first_text("Cookie"), Some("CloudFront-Other=o; session=1"));
    let taken_out: Vec<u32> = trace
        .facts()
        .iter()
        .filter(|fact| fact.kind == FactKind::SignaturePartsTakenOut)
        .map(|fact| fact.value)
        .collect();
    assert_eq!(taken_out, [5, 5]);
}

#[test]
fn only_keys_that_cloudfront_takes_are_taken() {
    let other_curve = "-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE
-----END PUBLIC KEY-----";
    let rows = [
        ("", PublicKeyError::NotPem),
        ("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", PublicKeyError::NotPem),
        ("-----BEGIN PUBLIC KEY-----\nMFkw", PublicKeyError::NotPem),
        ("-----BEGIN PUBLIC KEY-----\n***\n-----END PUBLIC KEY-----", PublicKeyError::NotKey),
        ("-----BEGIN PUBLIC KEY-----\naGVsbG8=\n-----END PUBLIC KEY-----", PublicKeyError::NotKey),
        ("-----BEGIN RSA PRIVATE KEY-----\nMFkw\n-----END RSA PRIVATE KEY-----", PublicKeyError::Private),
        ("-----BEGIN CERTIFICATE-----\nMFkw\n-----END CERTIFICATE-----", PublicKeyError::NotPublicKey),
        (other_curve, PublicKeyError::Unsupported),
    ];
    for (pem, expected) in rows {
        assert_eq!(PublicKey::parse("K", pem, PlaceId::NONE).err(), Some(expected), "{pem}");
    }
    let signature = base64_decode("aaaa").expect("base64");
    let key = PublicKey::parse("K", RSA, PlaceId::NONE).expect("a good key");
    assert!(!key.verify(HashAlgorithm::Sha1, b"", &signature));
}
