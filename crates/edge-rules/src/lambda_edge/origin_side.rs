//! A request to an origin in the form in which functions see it: without the path and the custom headers of the origin,
//! which belong to `origin` of the event.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html>.

use frontgate_message::Headers;

use crate::config::{Origin, Upstream};
use crate::origin_request::OriginRequest;
use crate::service_names::bucket_of;

/// The origin without its path and its custom headers, to make the bare request with.
#[must_use]
pub fn bare_origin(origin: &Origin) -> Origin {
    Origin { origin_path: "".into(), custom_headers: Vec::new(), ..origin.clone() }
}

/// The bare request, without the headers that the custom headers of the origin stand in for.
#[must_use]
pub fn bare_request(mut request: OriginRequest, origin: &Origin) -> OriginRequest {
    for (name, _) in &origin.custom_headers {
        request.headers.remove(name);
    }
    request
}

/// Path and query of a bare request.
#[must_use]
pub fn split_target(target: &str) -> (&str, &str) {
    target.split_once('?').unwrap_or((target, ""))
}

/// The request as it is sent to `origin`.
#[must_use]
pub fn dressed_request(bare: OriginRequest, origin: &Origin) -> OriginRequest {
    let mut headers: Headers = bare.headers;
    for (name, value) in &origin.custom_headers {
        headers.append(name, value.as_bytes());
    }
    if !headers.contains("Host") {
        // A function may remove it, and no request goes without.
        headers.append("Host", origin.domain_name.as_bytes());
    }
    let host = headers.first_text("Host").unwrap_or(&origin.domain_name).to_owned();
    OriginRequest { target: format!("{}{}", origin.origin_path, bare.target), headers, host, ..bare }
}

/// The bucket that S3 takes a request to be for: that of the `Host` header, where it names one.
#[must_use]
pub fn bucket_of_host(origin: &Origin, host: &str) -> Option<Origin> {
    let Upstream::S3 { bucket, .. } = &origin.upstream else { return None };
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let named = bucket_of(&host).filter(|named| **named != **bucket)?;
    let mut changed = origin.clone();
    if let Upstream::S3 { bucket, .. } = &mut changed.upstream {
        *bucket = named.into();
    }
    Some(changed)
}
