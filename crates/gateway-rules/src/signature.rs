//! What API Gateway says of an `Authorization` header that is no signature, where no route was found.
//!
//! Recorded texts of `IncompleteSignatureException`; signatures themselves are verified for AWS_IAM methods only.

use frontgate_aws::{base64_encode, sha256};
use frontgate_message::Headers;

/// The message about the `Authorization` header; `None` if there is none, or if it has all parts of a signature.
#[must_use]
pub fn incomplete_signature(headers: &Headers) -> Option<String> {
    let authorization = headers.first("Authorization")?;
    let hash = base64_encode(&sha256(authorization));
    let text = String::from_utf8_lossy(authorization);
    let parameters = text.trim().split_once(' ').map_or("", |(_, parameters)| parameters);
    let pairs: Vec<&str> = parameters.split(',').map(str::trim).filter(|pair| !pair.is_empty()).collect();
    if pairs.is_empty() || pairs.iter().any(|pair| !pair.contains('=')) {
        return Some(format!(
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded \
             with Base64): '{hash}'."
        ));
    }
    let has = |name: &str| pairs.iter().any(|pair| pair.split('=').next() == Some(name));
    let mut missing: Vec<String> = ["Credential", "Signature", "SignedHeaders"]
        .into_iter()
        .filter(|name| !has(name))
        .map(|name| format!("Authorization header requires '{name}' parameter. "))
        .collect();
    if !headers.contains("X-Amz-Date") && !headers.contains("Date") {
        missing.push(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                .to_owned(),
        );
    }
    (!missing.is_empty()).then(|| {
        format!("{}(Hashed with SHA-256 and encoded with Base64) Authorization={hash}", missing.concat())
    })
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
