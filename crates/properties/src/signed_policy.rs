//! Signed URLs and cookies. The first line is the query of a request, the second its `Cookie`; what follows is a custom
//! policy.
//!
//! Nobody is let in by query and cookies alone, since no signature in them is one of our key. The policy is signed with
//! that key: then a viewer is let in only where the naive reading lets it in, and never once a bit of it is changed.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use frontgate_aws::{base64_decode, base64_encode};
use frontgate_edge_rules::signed::{Memory, Refusal, TrustedKeys, judge};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Headers, RequestHead};
use serde_json::Value;

use crate::fixture::{HOST, VIEWER, behavior, distribution, get};
use crate::wildcards::naive_match;

pub(crate) fn check(input: &[u8]) {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (query, cookie, policy) = (line(), line(), line());
    // A target is ASCII without spaces: the server has seen to that.
    let query: String = query
        .iter()
        .filter(|byte| byte.is_ascii_graphic() && **byte != b'#')
        .map(|byte| char::from(*byte))
        .collect();
    let mut headers = Headers::new();
    headers.append("Cookie", cookie);
    let judged = ask(&get(&format!("{PATH}?{query}"), headers));
    assert!(judged.is_err(), "let in without a signature: {judged:?}");

    if policy.len() > POLICY_BYTES_MAX {
        return;
    }
    let signature = sign(policy);
    let judged = ask(&get(&signed_target(policy, &signature), Headers::new()));
    if let Ok(fact) = &judged {
        assert_eq!(fact.kind, FactKind::SignedUrl);
        naive_allows(policy);
    }
    let cookies = format!(
        "CloudFront-Policy={}; CloudFront-Signature={}; CloudFront-Key-Pair-Id={}; CloudFront-Hash-Algorithm=SHA256",
        url_safe(policy),
        url_safe(&signature),
        key_id()
    );
    let by_cookie = ask(&get(PATH, Headers::from_iter([("Cookie", cookies.as_str())])));
    assert_eq!(by_cookie.is_ok(), judged.is_ok(), "cookies: {by_cookie:?}, URL: {judged:?}");
    for at in [0, policy.len() / 2, policy.len().saturating_sub(1)] {
        let mut changed = policy.to_vec();
        if let Some(byte) = changed.get_mut(at) {
            *byte ^= 1;
            let judged = ask(&get(&signed_target(&changed, &signature), Headers::new()));
            assert!(judged.is_err(), "let in by a changed policy: {judged:?}");
        }
    }
}

fn ask(head: &RequestHead) -> Result<Fact, Refusal> {
    judge(keys(), distribution(), head, NOW, &mut Memory::default())
}

fn signed_target(policy: &[u8], signature: &[u8]) -> String {
    let (policy, signature) = (url_safe(policy), url_safe(signature));
    format!("{PATH}?Policy={policy}&Signature={signature}&Key-Pair-Id={}&Hash-Algorithm=SHA256", key_id())
}

fn keys() -> &'static TrustedKeys {
    behavior(0).trusted_keys.as_ref().expect("the first behavior trusts a key")
}

fn key_id() -> &'static str {
    &keys().keys[0].id
}

/// The key of the secret number 0x0101…01, whose public key is in `template.yaml`.
fn sign(text: &[u8]) -> Vec<u8> {
    static KEY: LazyLock<EcdsaKeyPair> = LazyLock::new(|| {
        let public = base64_decode(PUBLIC_KEY).expect("it is base64");
        let point = &public[public.len() - POINT_BYTES..];
        EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_ASN1_SIGNING, &[1; 32], point)
            .expect("the two belong together")
    });
    KEY.sign(&SystemRandom::new(), text).expect("it is signed").as_ref().to_vec()
}

fn url_safe(bytes: &[u8]) -> String {
    base64_encode(bytes).replace('+', "-").replace('=', "_").replace('/', "~")
}

/// What must hold for whoever is let in: it is a policy for this URL, this viewer and this time.
fn naive_allows(policy: &[u8]) {
    let policy: Value = serde_json::from_slice(policy).expect("a policy is JSON");
    let statement = match &policy["Statement"] {
        Value::Array(list) if list.len() == 1 => &list[0],
        other => other,
    };
    let condition = &statement["Condition"];
    assert!(condition["DateLessThan"]["AWS:EpochTime"].as_u64().is_some_and(|end| NOW < end), "{policy}");
    if let Some(begin) = condition.get("DateGreaterThan") {
        assert!(begin["AWS:EpochTime"].as_u64().is_some_and(|begin| NOW > begin), "{policy}");
    }
    if let Some(address) = condition.get("IpAddress") {
        let network = address["AWS:SourceIp"].as_str().expect("an address");
        let (network, bits) = network.split_once('/').unwrap_or((network, "32"));
        let network: Ipv4Addr = network.parse().expect("an IPv4 address");
        let shift = 32 - bits.parse::<u32>().expect("a number of bits");
        let of = |address: Ipv4Addr| u64::from(address.to_bits()) >> shift;
        assert_eq!(of(network), of(VIEWER), "{policy}");
    }
    if let Some(resource) = statement.get("Resource") {
        // AWS compares section by section; over the whole URL wildcards reach at least as far.
        let resource = resource.as_str().expect("a text").to_ascii_lowercase().replace("\\?", "?");
        let url = format!("https://{HOST}{PATH}");
        let is_one = [url.clone(), format!("{url}?")]
            .iter()
            .any(|url| naive_match(resource.as_bytes(), url.as_bytes()));
        assert!(is_one, "{resource} is not {url}");
    }
}

const PATH: &str = "/signed/film.mp4";
const NOW: u64 = 1_700_000_000;
/// What stands in `template.yaml`.
const PUBLIC_KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb/A7lJJBzh2t1DUZ5pYOCoW0GmmgXDKBA6orzhWUyhY8T3U6Vb8B3FP2wLDH7ueLQMb/fSWpbiKCuYnO9xwUSg==";
/// An uncompressed point of P-256.
const POINT_BYTES: usize = 65;
/// A URL has no more room.
const POLICY_BYTES_MAX: usize = 4_096;
