//! The event that a function of Lambda@Edge gets.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html>.

use std::net::IpAddr;

use frontgate_message::{Headers, reason_phrase};
use serde_json::{Map, Value, json};

use super::Trigger;
use super::headers::{Seen, text_of};

/// What is told to a function.
#[derive(Clone, Debug)]
pub struct LambdaEvent<'a> {
    /// When it is called; `response` is there at response triggers.
    pub trigger: Trigger,
    /// The domain name of the distribution.
    pub distribution_domain_name: &'a str,
    /// The id of the distribution.
    pub distribution_id: &'a str,
    /// The `X-Amz-Cf-Id` of the request.
    pub request_id: &'a str,
    /// The address of the viewer.
    pub client_ip: IpAddr,
    /// The request: at viewer triggers the viewer's, at origin triggers that of CloudFront.
    pub request: EventRequest<'a>,
    /// The response.
    pub response: Option<EventResponse<'a>>,
}

/// A request as a function may see it.
#[derive(Clone, Debug)]
pub struct EventRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, without the origin's path before it.
    pub uri: &'a str,
    /// The query string, without the question mark.
    pub query: &'a str,
    /// The headers, `Host` included.
    pub headers: &'a Headers,
    /// The body, with `IncludeBody`.
    pub body: Option<EventBody<'a>>,
    /// The origin, at origin triggers: what [`super::LambdaOrigin::describe`] says.
    pub origin: Option<Value>,
}

/// What of a body a function may see.
#[derive(Clone, Copy, Debug)]
pub struct EventBody<'a> {
    /// Its first bytes.
    pub data: &'a [u8],
    /// There are more.
    pub is_truncated: bool,
}

/// A response as a function may see it.
#[derive(Clone, Copy, Debug)]
pub struct EventResponse<'a> {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: &'a Headers,
    /// The length of the body, where it is known; else the body is chunked.
    pub content_length: Option<u64>,
}

/// An event as the function gets it, and what its result is compared with.
#[derive(Clone, Debug)]
pub struct PreparedEvent {
    /// The event as JSON.
    pub json: String,
    /// When the function is called.
    pub trigger: Trigger,
    pub(super) method: String,
    pub(super) client_ip: String,
    pub(super) uri: String,
    pub(super) query: String,
    pub(super) headers: Seen,
    pub(super) has_body: bool,
    pub(super) origin: Option<Value>,
    pub(super) status: Option<u16>,
    pub(super) response_headers: Seen,
}

impl LambdaEvent<'_> {
    /// Makes the event.
    #[must_use]
    pub fn prepare(self) -> PreparedEvent {
        let headers = Seen::of(self.request.headers, None);
        let client_ip = self.client_ip.to_string();
        let uri = text_of(self.request.uri.as_bytes());
        let mut request = Map::new();
        if let Some(body) = self.request.body {
            let body = json!({
                "action": "read-only",
                "data": frontgate_aws::base64_encode(body.data),
                "encoding": "base64",
                "inputTruncated": body.is_truncated,
            });
            request.insert("body".into(), body);
        }
        request.insert("clientIp".into(), client_ip.as_str().into());
        request.insert("headers".into(), headers.json());
        request.insert("method".into(), self.request.method.into());
        if let Some(origin) = &self.request.origin {
            request.insert("origin".into(), origin.clone());
        }
        request.insert("querystring".into(), self.request.query.into());
        request.insert("uri".into(), uri.as_str().into());
        let mut cf = Map::new();
        cf.insert(
            "config".into(),
            json!({
                "distributionDomainName": self.distribution_domain_name,
                "distributionId": self.distribution_id,
                "eventType": self.trigger.as_str(),
                "requestId": self.request_id,
            }),
        );
        cf.insert("request".into(), Value::Object(request));
        let mut response_headers = Seen::default();
        if let Some(response) = self.response {
            response_headers = Seen::of(response.headers, framing(&response));
            let response = json!({
                "headers": response_headers.json(),
                "status": response.status.to_string(),
                "statusDescription": reason_phrase(response.status),
            });
            cf.insert("response".into(), response);
        }
        PreparedEvent {
            json: json!({"Records": [{"cf": cf}]}).to_string(),
            trigger: self.trigger,
            method: self.request.method.to_owned(),
            client_ip,
            uri,
            query: self.request.query.to_owned(),
            headers,
            has_body: self.request.body.is_some(),
            origin: self.request.origin,
            status: self.response.map(|response| response.status),
            response_headers,
        }
    }
}

/// The field that the connection writes or wrote about the body, of answers that have one.
fn framing(response: &EventResponse<'_>) -> Option<(&'static str, String)> {
    match response.content_length {
        _ if matches!(response.status, 204 | 304) => None,
        Some(length) => Some(("Content-Length", length.to_string())),
        None => Some(("Transfer-Encoding", "chunked".to_owned())),
    }
}
