//! What API Gateway says of an `Authorization` header that is no signature, where no route was found.
//!
//! Recorded texts of `IncompleteSignatureException`; signatures themselves are verified for AWS_IAM methods only.

use frontgate_aws::sigv4::{Claim, Refusal, Request};
use frontgate_message::Headers;

/// The message about the `Authorization` header; `None` if there is none, or if it has all parts of a signature.
#[must_use]
pub fn incomplete_signature(headers: &Headers) -> Option<String> {
    let fields: Vec<(&str, &[u8])> = headers.iter().collect();
    let request = Request { method: "GET", path: "/", query: "", headers: &fields };
    let refusal = Claim::read(&request).err()?;
    matches!(refusal, Refusal::Incomplete { .. } | Refusal::NotKeyValue(_)).then(|| refusal.to_string())
}

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;

    use super::incomplete_signature;

    #[test]
    fn only_what_is_missing_is_listed() {
        const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c";
        for (fields, expected) in [
            (&[][..], None),
            (&[("Authorization", "Bearer a.b.c")], Some("Invalid key=value pair (missing equal-sign)")),
            (&[("Authorization", "token")], Some("Invalid key=value pair (missing equal-sign)")),
            (
                &[("authorization", "Basic dXNlcg==")],
                Some(
                    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature'",
                ),
            ),
            (&[("Authorization", SIGNATURE)], Some("Authorization header requires existence of either a")),
            (&[("Authorization", SIGNATURE), ("X-Amz-Date", "20260101T000000Z")], None),
        ] {
            let found = incomplete_signature(&Headers::from_iter(fields.iter().copied()));
            match expected {
                None => assert_eq!(found, None, "{fields:?}"),
                Some(start) => {
                    assert!(found.as_deref().is_some_and(|text| text.starts_with(start)), "{found:?}")
                }
            }
        }
    }
}
