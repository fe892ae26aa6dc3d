//! The last steps of every answer: refusals as gateway responses, and the header fields that all answers carry.

use frontgate_gateway_rules::{GatewayError, GatewayResponseType, RequestContext, gateway_responses, time};
use frontgate_message::{Body, Method, Response};

use crate::Call;
use crate::integrations::Answered;

/// An answer that API Gateway gives itself instead of the backend.
#[derive(Debug)]
pub struct Refusal(pub Box<Response>, pub Said);

/// What a refusal says, for the access log.
#[derive(Clone, Debug)]
pub struct Said {
    /// Which gateway response it is.
    pub kind: GatewayResponseType,
    /// Its message.
    pub message: Option<Box<str>>,
    /// The faults of a body that no model describes.
    pub validation: Option<Box<str>>,
}

/// The refusal of an error; `request` is there once a stage is found.
pub fn refuse(error: &GatewayError<'_>, request: Option<(&RequestContext<'_>, &[u8])>) -> Refusal {
    let said = Said {
        kind: error.kind,
        message: error.message.map(Into::into),
        validation: error.validation.map(Into::into),
    };
    Refusal(Box::new(gateway_responses::respond(error, request)), said)
}

impl Refusal {
    /// The same refusal, after which the connection is closed.
    pub fn closing(mut self) -> Self {
        self.0.close = true;
        self
    }
}

/// Adds what every answer carries (recorded: `test_invocation_trace_id`).
pub fn finish(answered: Answered, call: &Call<'_>) -> Response {
    let Answered { mut response, trace_id, .. } = answered;
    let headers = &mut response.headers;
    headers.set("Date", time::http_date(call.now_milliseconds).as_bytes());
    headers.set("x-amzn-RequestId", call.request_id.as_bytes());
    headers.set("x-amz-apigw-id", call.extended_request_id.as_bytes());
    if let Some(trace_id) = trace_id {
        headers.set("X-Amzn-Trace-Id", trace_id.as_bytes());
    }
    if call.head.method == Method::Head {
        response.content_length_of_omitted_body = response.body.length();
        response.body = Body::Empty;
    }
    response
}
