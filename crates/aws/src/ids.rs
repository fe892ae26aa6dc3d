//! Identifiers in AWS's shapes, made from a name: the same template gets the same names at every start, so that a
//! URL in a browser's history and a bookmark stay good.

use crate::encoding::sha256;

/// The account that everything lives in.
pub const ACCOUNT_ID: &str = "123456789012";

/// The partition that everything lives in.
pub const PARTITION: &str = "aws";

/// The domain suffix of that partition.
pub const URL_SUFFIX: &str = "amazonaws.com";

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &[u8] = b"0123456789abcdef";

/// A distribution's id, such as `E2QWRUHAPOMQZL`: `E` and thirteen letters or digits.
#[must_use]
pub fn distribution_id(seed: &str) -> String {
    format!("E{}", letters("distribution", seed, UPPER, 13))
}

/// A distribution's domain name, such as `d111111abcdef8.cloudfront.net`.
#[must_use]
pub fn distribution_domain(seed: &str) -> String {
    format!("d{}.cloudfront.net", letters("distribution domain", seed, LOWER, 13))
}

/// The id of an origin access control, a policy or a key of CloudFront, which have the shape of a distribution's.
#[must_use]
pub fn cloudfront_id(kind: &str, seed: &str) -> String {
    format!("E{}", letters(kind, seed, UPPER, 13))
}

/// The id of a public key of CloudFront, such as `K2JCJMDEHXQW5F`: `K` and thirteen letters or digits.
#[must_use]
pub fn public_key_id(seed: &str) -> String {
    format!("K{}", letters("public key", seed, UPPER, 13))
}

/// The id of an invalidation, such as `I2J0I21PCUYOIK`: `I` and thirteen letters or digits.
#[must_use]
pub fn invalidation_id(seed: &str) -> String {
    format!("I{}", letters("invalidation", seed, UPPER, 13))
}

/// The id of a REST API: ten lower-case letters or digits.
#[must_use]
pub fn rest_api_id(seed: &str) -> String {
    letters("rest api", seed, LOWER, 10)
}

/// The first label of a regional custom domain name's target, such as `d-1a2b3c4d5e`.
#[must_use]
pub fn gateway_domain_id(seed: &str) -> String {
    format!("d-{}", letters("gateway domain", seed, LOWER, 10))
}

/// The id of a function URL: 32 lower-case letters or digits.
#[must_use]
pub fn function_url_id(seed: &str) -> String {
    letters("function url", seed, LOWER, 32)
}

/// The id of a resource, deployment or model of a REST API: six lower-case letters or digits.
#[must_use]
pub fn api_part_id(kind: &str, seed: &str) -> String {
    letters(kind, seed, LOWER, 6)
}

/// The id of a hosted zone of Route 53, such as `Z05831021E2XVJS0O1T7N`.
#[must_use]
pub fn hosted_zone_id(seed: &str) -> String {
    format!("Z{}", letters("hosted zone", seed, UPPER, 20))
}

/// The four name servers that Route 53 gives to a hosted zone, one under each of its domains.
#[must_use]
pub fn name_servers(seed: &str) -> [String; 4] {
    let digest = sha256(format!("frontgate\nname servers\n{seed}").as_bytes());
    std::array::from_fn(|index| {
        let number = index * 512 + usize::from(digest[index]) * 2 + usize::from(digest[index + 4] & 1);
        let domain = ["com", "net", "org", "co.uk"][index];
        format!("ns-{number}.awsdns-{:02}.{domain}", digest[index + 8] % 64)
    })
}

/// The suffix that CloudFormation puts behind a generated physical name, such as `1A2B3C4D5E6F7`.
#[must_use]
pub fn name_suffix(seed: &str) -> String {
    letters("physical name", seed, UPPER, 12)
}

/// The canonical user id of S3 for an account or an origin access identity: 64 hexadecimal digits.
#[must_use]
pub fn canonical_user_id(seed: &str) -> String {
    crate::hex(&sha256(format!("frontgate\ncanonical user\n{seed}").as_bytes()))
}

/// A UUID made from a name, for stack ids and cache policies.
#[must_use]
pub fn uuid(kind: &str, seed: &str) -> String {
    let h = letters(kind, seed, HEX, 32);
    format!("{}-{}-4{}-a{}-{}", &h[..8], &h[8..12], &h[13..16], &h[17..20], &h[20..])
}

/// Hexadecimal letters made from a name.
#[must_use]
pub fn hexadecimal(kind: &str, seed: &str, length: usize) -> String {
    letters(kind, seed, HEX, length)
}

/// A secret access key, such as `wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY`: forty letters of base64 that only somebody
/// with the seed can make.
#[must_use]
pub fn secret(seed: &[u8], purpose: &str) -> String {
    let mut text = seed.to_vec();
    text.extend_from_slice(b"\nfrontgate\nsecret\n");
    text.extend_from_slice(purpose.as_bytes());
    // Hashed twice, so that no secret can be lengthened into another.
    let digest = sha256(&sha256(&text));
    crate::base64_encode(&digest[..30])
}

fn letters(kind: &str, seed: &str, alphabet: &[u8], length: usize) -> String {
    let digest = sha256(format!("frontgate\n{kind}\n{seed}").as_bytes());
    digest.iter().cycle().take(length).map(|b| alphabet[usize::from(*b) % alphabet.len()] as char).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_same_name_gives_the_same_id() {
        assert_eq!(super::distribution_id("a"), super::distribution_id("a"));
        assert_ne!(super::rest_api_id("a"), super::rest_api_id("b"));
        assert_eq!(super::uuid("stack", "a").len(), 36);
    }
}
