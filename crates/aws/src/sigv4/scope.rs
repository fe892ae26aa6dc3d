//! For which service and region was a request signed? What its credential says, before anything of it is believed.

use super::Request;
use crate::encoding::percent_decode;

/// The scope of a credential: `AKID/DAY/REGION/SERVICE/aws4_request` without its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialScope {
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The name of the service in signatures, such as `s3`.
    pub service: String,
}

impl CredentialScope {
    /// The scope that a request claims, in its header or in its query; `None` where it claims none that can be read.
    #[must_use]
    pub fn of(request: &Request<'_>) -> Option<Self> {
        match request.header("authorization") {
            Some(header) => {
                let header = String::from_utf8_lossy(header);
                let (_, parameters) = header.trim().split_once(' ')?;
                let named = |pair: &str| pair.trim().strip_prefix("Credential=").map(Self::of_credential);
                parameters.split(',').find_map(named)?
            }
            None => {
                let named = |pair: &str| {
                    let credential = percent_decode(pair.strip_prefix("X-Amz-Credential=")?);
                    Some(Self::of_credential(&String::from_utf8_lossy(&credential)))
                };
                request.query.split('&').find_map(named)?
            }
        }
    }

    fn of_credential(credential: &str) -> Option<Self> {
        // An access key may have slashes, so the parts are counted from the end.
        let mut parts = credential.trim_end_matches('/').rsplit('/').skip(1);
        let (service, region) = (parts.next()?, parts.next()?);
        parts.next()?;
        Some(Self { region: region.to_owned(), service: service.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::{CredentialScope, Request};

    #[test]
    fn the_scope_is_read_where_the_signature_stands() {
        let s3 = Some(("eu-west-1", "s3"));
        for (authorization, query, expected) in [
            ("AWS4-HMAC-SHA256 Credential=AK/20260304/eu-west-1/s3/aws4_request, SignedHeaders=host", "", s3),
            ("AWS4-HMAC-SHA256 SignedHeaders=host,Credential=AK/20260304/eu-west-1/s3/aws4_request", "", s3),
            ("AWS4-HMAC-SHA256 Credential=AK", "", None),
            ("Bearer a.b.c", "X-Amz-Credential=AK%2F20260304%2Feu-west-1%2Fs3%2Faws4_request", None),
            ("", "a=b&X-Amz-Credential=AK%2F20260304%2Feu-west-1%2Fs3%2Faws4_request&c", s3),
            ("", "X-Amz-Credential=AK/20260304/eu-west-1/s3/aws4_request", s3),
            ("", "X-Amz-Credential=AK", None),
            ("", "", None),
        ] {
            let headers: &[(&str, &[u8])] =
                if authorization.is_empty() { &[] } else { &[("Authorization", authorization.as_bytes())] };
            let request = Request { method: "GET", path: "/", query, headers };
            let found = CredentialScope::of(&request);
            let found = found.as_ref().map(|scope| (scope.region.as_str(), scope.service.as_str()));
            assert_eq!(found, expected, "{authorization} {query}");
        }
    }
}
