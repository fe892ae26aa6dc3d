//! Which payloads are compressed and decompressed: `minimumCompressionSize`.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html>

use frontgate_message::{Headers, Response};

use crate::deployment::Deployment;

/// A content coding of API Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentCoding {
    /// `deflate`, in the zlib format
    Deflate,
    /// `gzip`
    Gzip,
}

impl ContentCoding {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Deflate => "deflate",
            Self::Gzip => "gzip",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Gzip, Self::Deflate].into_iter().find(|coding| coding.name().eq_ignore_ascii_case(name))
    }
}

/// The coding to compress an answer with: the API compresses, the payload is large enough and not coded yet, and the
/// client accepts it. Of those that the client accepts the one with the highest weight counts, then the first.
#[must_use]
pub fn coding_of_response(
    deployment: &Deployment,
    request: &Headers,
    response: &Response,
) -> Option<ContentCoding> {
    let size_min = deployment.minimum_compression_size?;
    let length = response.body.length()?;
    if length == 0 || length < u64::from(size_min) || response.headers.contains("Content-Encoding") {
        return None;
    }
    let accept = request.joined("Accept-Encoding")?;
    let mut best: Option<(ContentCoding, f32)> = None;
    for entry in String::from_utf8_lossy(&accept).split(',') {
        let mut parts = entry.split(';').map(str::trim);
        let coding = parts.next().and_then(|name| {
            if name == "*" { Some(ContentCoding::Gzip) } else { ContentCoding::from_name(name) }
        });
        let weight =
            parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
        if let Some(coding) = coding.filter(|_| weight > 0.0 && best.is_none_or(|(_, other)| weight > other))
        {
            best = Some((coding, weight));
        }
    }
    best.map(|(coding, _)| coding)
}

/// The coding to undo in the payload of a request to an API that compresses.
#[must_use]
pub fn coding_of_request(deployment: &Deployment, request: &Headers) -> Option<ContentCoding> {
    deployment.minimum_compression_size?;
    ContentCoding::from_name(request.first_text("Content-Encoding")?.trim())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use frontgate_message::{Headers, Response};

    use super::{ContentCoding, coding_of_response};
    use crate::fixture;

    #[test]
    fn only_large_payloads_for_those_who_accept_are_compressed() {
        use ContentCoding::{Deflate, Gzip};
        for (size_min, accept, coded, expected) in [
            (Some(3), "gzip, deflate, br", false, Some(Gzip)),
            (Some(3), "deflate", false, Some(Deflate)),
            (Some(3), "gzip;q=0.5, deflate", false, Some(Deflate)),
            (Some(3), "gzip;q=0", false, None),
            (Some(3), "*", false, Some(Gzip)),
            (Some(3), "br", false, None),
            (Some(3), "gzip", true, None),
            (Some(6), "gzip", false, None),
            (Some(0), "gzip", false, Some(Gzip)),
            (None, "gzip", false, None),
        ] {
            let mut api = fixture::api(&fixture::document(&["/x"]));
            let deployment = fixture::deployment_mut(&mut api);
            deployment.minimum_compression_size = size_min;
            let mut response = Response::new(200).with_body(Bytes::from_static(b"12345"));
            if coded {
                response = response.with_header("Content-Encoding", "br");
            }
            let request = Headers::from_iter([("Accept-Encoding", accept)]);
            assert_eq!(
                coding_of_response(deployment, &request, &response),
                expected,
                "{size_min:?} {accept}"
            );
        }
    }
}
