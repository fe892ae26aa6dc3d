//! What a viewer and an API see of the CloudFront distribution that API Gateway has in front of an edge-optimized endpoint.
//!
//! It caches nothing, passes everything on, and tells the API what CloudFront knows of the viewer. What it adds is recorded: the
//! header fields of answers (`test_invocation_trace_id`), and those of requests in many a function's event.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html>

use std::net::IpAddr;
use std::sync::Arc;

use frontgate_edge_rules::cloudfront_headers::write_cloudfront_header;
use frontgate_edge_rules::delivery::append_edge_headers;
use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway::EndpointType;
use frontgate_message::{Body, RequestHead, Response};
use frontgate_snapshot::{Answerer, Snapshot};

use crate::edge_names::{POP, VIA_HOST};

/// The place of the API or the custom domain name that is asked, where it is edge-optimized.
pub fn asked(snapshot: &Snapshot, head: &RequestHead) -> Option<PlaceId> {
    let answerer = snapshot.hosts.find(&head.host).map(|found| found.answerer);
    let domain = snapshot.domain_name(&head.host).or(match answerer {
        Some(Answerer::DomainName(index)) => snapshot.domain_names.get(index),
        _ => None,
    });
    let (endpoint, place) = match (domain, answerer) {
        (Some(domain), _) => (domain.endpoint, domain.place),
        (None, Some(Answerer::Api(index))) => {
            let api = snapshot.apis.get(index)?;
            (api.endpoint, api.place)
        }
        (None, _) => return None,
    };
    (endpoint == EndpointType::Edge).then_some(place)
}

/// Whether its CloudFront lets a request through to API Gateway at all: a GET or HEAD has no body.
pub fn refuses(snapshot: &Snapshot, head: &RequestHead, body: &Body, trace: &mut Trace) -> bool {
    if matches!(body, Body::Empty) || !head.method.is_get_or_head() {
        return false;
    }
    let Some(place) = asked(snapshot, head) else { return false };
    trace.note(Fact::of(FactKind::EdgeEndpoint).at(place));
    trace.note(Fact::of(FactKind::GetWithBody));
    true
}

/// The request as API Gateway gets it from its CloudFront. The address of the viewer stays that of the connection.
pub fn toward_api(head: &RequestHead, cloudfront_id: &str) -> RequestHead {
    let mut headers = head.headers.clone();
    let own = format!("{} {VIA_HOST} (CloudFront)", head.version.number());
    let via = match head.headers.joined("Via") {
        Some(before) => [before.as_slice(), b", ", own.as_bytes()].concat(),
        None => own.into_bytes(),
    };
    headers.set("Via", &via);
    headers.set("X-Amz-Cf-Id", cloudfront_id.as_bytes());
    for name in TOLD {
        let mut value = Vec::new();
        // What the viewer says under such a name does not count.
        headers.remove(name);
        if write_cloudfront_header(name, head, &mut value) {
            headers.set(name, &value);
        }
    }
    RequestHead {
        method: head.method.clone(),
        target: head.target.clone(),
        version: head.version,
        host: head.host.clone(),
        headers,
        connection: Arc::clone(&head.connection),
        for_error_of: None,
    }
}

/// The address that its CloudFront has for API Gateway.
pub fn address(head: &RequestHead) -> IpAddr {
    head.connection.local.ip()
}

/// Adds what its CloudFront adds to an answer of API Gateway.
pub fn toward_viewer(mut response: Response, cloudfront_id: &str) -> Response {
    let x_cache = if response.status >= 400 { "Error from cloudfront" } else { "Miss from cloudfront" };
    append_edge_headers(&mut response.headers, x_cache, VIA_HOST, POP, cloudfront_id, None);
    response
}

/// The header fields that tell an API of its viewer (recorded: events of edge-optimized APIs).
const TOLD: [&str; 7] = [
    "CloudFront-Forwarded-Proto",
    "CloudFront-Is-Desktop-Viewer",
    "CloudFront-Is-Mobile-Viewer",
    "CloudFront-Is-SmartTV-Viewer",
    "CloudFront-Is-Tablet-Viewer",
    "CloudFront-Viewer-ASN",
    "CloudFront-Viewer-Country",
];
