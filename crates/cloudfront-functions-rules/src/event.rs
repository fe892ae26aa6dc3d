//! The event that a function gets.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html>.

use std::fmt::Write as _;
use std::net::IpAddr;

use frontgate_message::{Headers, Target, reason_phrase};
use serde_json::Value;

use crate::cookies::{query_parameters, request_cookies, response_cookies};
use crate::fields::{FieldValue, Fields, text_of, write_string};
use crate::restrictions::is_disallowed;

/// When a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// `viewer-request`
    ViewerRequest,
    /// `viewer-response`
    ViewerResponse,
}

/// What is told to a function.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The domain name of the distribution, such as `d111111abcdef8.cloudfront.net`.
    pub distribution_domain_name: &'a str,
    /// The id of the distribution.
    pub distribution_id: &'a str,
    /// The `X-Amz-Cf-Id` of the request.
    pub request_id: &'a str,
    /// The address of the viewer.
    pub viewer_ip: IpAddr,
    /// The request.
    pub request: RequestView<'a>,
    /// The response; with it the event is a `viewer-response`.
    pub response: Option<ResponseView<'a>>,
}

/// A request as a function may see it.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'a> {
    /// The method.
    pub method: &'a str,
    /// Path and query, raw.
    pub target: &'a Target,
    /// The headers of the viewer.
    pub headers: &'a Headers,
    /// The `CloudFront-*` headers that CloudFront adds; those of the viewer are not shown.
    pub cloudfront_headers: &'a Headers,
}

/// A response as a function may see it.
#[derive(Clone, Copy, Debug)]
pub struct ResponseView<'a> {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: &'a Headers,
    /// The length of the body, where it is known.
    pub content_length: Option<u64>,
}

/// An event in the form in which the engine gets it, and what its result is compared with.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The event as JSON.
    pub json: String,
    /// The raw query, for `request.rawQueryString()`.
    pub raw_query: Option<String>,
    /// The event's type.
    pub event_type: EventType,
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) parameters: Fields,
    pub(crate) headers: Fields,
    pub(crate) cookies: Fields,
    pub(crate) response_headers: Fields,
    pub(crate) response_cookies: Fields,
}

impl EventType {
    /// The word of `eventType` and of `FunctionAssociations`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ViewerRequest => "viewer-request",
            Self::ViewerResponse => "viewer-response",
        }
    }
}

impl Event<'_> {
    /// The event type.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        if self.response.is_some() { EventType::ViewerResponse } else { EventType::ViewerRequest }
    }

    /// Makes the event.
    #[must_use]
    pub fn prepare(&self) -> Prepared {
        let request = &self.request;
        let parameters = query_parameters(request.target.query().unwrap_or(""));
        let cookies = request_cookies(request.headers);
        let is_shown = |name: &str| name != "cookie" && !name.starts_with("cloudfront-");
        let mut headers = header_fields(request.headers, is_shown);
        headers.0.extend(header_fields(request.cloudfront_headers, |_| true).0);
        let (mut response_headers, mut cookies_set) = (Fields::default(), Fields::default());
        if let Some(response) = &self.response {
            response_headers = header_fields(response.headers, |name| name != "set-cookie");
            if let Some(length) = response.content_length
                && response_headers.find("content-length").is_none()
            {
                response_headers.push("content-length".to_owned(), FieldValue::plain(length.to_string()));
            }
            cookies_set = response_cookies(response.headers);
        }
        let path = request.target.path();
        let mut prepared = Prepared {
            json: String::with_capacity(EVENT_BYTES),
            raw_query: request.target.query().map(str::to_owned),
            event_type: self.event_type(),
            method: request.method.to_owned(),
            uri: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            parameters,
            headers,
            cookies,
            response_headers,
            response_cookies: cookies_set,
        };
        self.write(&mut prepared);
        prepared
    }

    fn write(&self, prepared: &mut Prepared) {
        let mut out = std::mem::take(&mut prepared.json);
        out.push_str("{\"version\":\"1.0\",\"context\":{\"distributionDomainName\":");
        write_string(self.distribution_domain_name, &mut out);
        out.push_str(",\"distributionId\":");
        write_string(self.distribution_id, &mut out);
        out.push_str(",\"eventType\":");
        write_string(prepared.event_type.as_str(), &mut out);
        out.push_str(",\"requestId\":");
        write_string(self.request_id, &mut out);
        // Writing to a String cannot fail.
        let _ = write!(out, "}},\"viewer\":{{\"ip\":\"{}\"}},\"request\":{{\"method\":", self.viewer_ip);
        write_string(&prepared.method, &mut out);
        out.push_str(",\"uri\":");
        write_string(&prepared.uri, &mut out);
        for (name, fields) in [
            ("querystring", &prepared.parameters),
            ("headers", &prepared.headers),
            ("cookies", &prepared.cookies),
        ] {
            let _ = write!(out, ",\"{name}\":");
            fields.write(&mut out);
        }
        out.push('}');
        if let Some(response) = &self.response {
            let _ = write!(
                out,
                ",\"response\":{{\"statusCode\":{},\"statusDescription\":\"{}\",\"headers\":",
                response.status,
                reason_phrase(response.status)
            );
            prepared.response_headers.write(&mut out);
            out.push_str(",\"cookies\":");
            prepared.response_cookies.write(&mut out);
            out.push('}');
        }
        out.push('}');
        prepared.json = out;
    }
}

impl Prepared {
    /// How many headers of the request a function sees.
    #[must_use]
    pub fn header_count(&self) -> usize {
        self.headers.0.len()
    }

    /// An event that somebody wrote, as `test-function` takes it.
    ///
    /// # Errors
    /// Says what is missing or of the wrong type.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let event: Value =
            serde_json::from_str(text).map_err(|error| format!("the event is no JSON: {error}"))?;
        let request = event.get("request").ok_or("the event has no request")?;
        let text_in = |object: &Value, name: &str| -> Result<String, String> {
            let text = object.get(name).and_then(Value::as_str);
            text.map(str::to_owned).ok_or_else(|| format!("{name} of the event is no string"))
        };
        let fields_in = |object: &Value, name: &str| match object.get(name) {
            None => Ok(Fields::default()),
            Some(fields) => Fields::read(fields, &format!("event.{name}"), None),
        };
        let event_type = match event.pointer("/context/eventType").and_then(Value::as_str) {
            Some("viewer-request") => EventType::ViewerRequest,
            Some("viewer-response") => EventType::ViewerResponse,
            _ => {
                return Err(
                    "context.eventType of the event is neither viewer-request nor viewer-response".into()
                );
            }
        };
        let response = event.get("response").filter(|_| event_type == EventType::ViewerResponse);
        let none = Value::Object(serde_json::Map::new());
        let response = response.unwrap_or(&none);
        let parameters = fields_in(request, "querystring")?;
        let query = crate::cookies::query_of(&parameters);
        Ok(Self {
            json: text.to_owned(),
            raw_query: (!query.is_empty()).then_some(query),
            event_type,
            method: text_in(request, "method")?,
            uri: text_in(request, "uri")?,
            parameters,
            headers: fields_in(request, "headers")?,
            cookies: fields_in(request, "cookies")?,
            response_headers: fields_in(response, "headers")?,
            response_cookies: fields_in(response, "cookies")?,
        })
    }
}

/// What an ordinary event takes, so that its text grows seldom.
const EVENT_BYTES: usize = 2_048;

fn header_fields(headers: &Headers, is_shown: impl Fn(&str) -> bool) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if is_shown(&name) && !is_disallowed(&name) {
            fields.push(name, FieldValue::plain(text_of(value)));
        }
    }
    fields
}
