//! Calls the function of an integration: as a proxy (`AWS_PROXY`), or with what the mapping templates make (`AWS`).
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integrations.html>

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::event::{EventBody, proxy_event};
use frontgate_gateway_rules::execution_log::function_endpoint;
use frontgate_gateway_rules::http_integration::custom_call;
use frontgate_gateway_rules::lambda_function::selection_text;
use frontgate_gateway_rules::mapping::Overrides;
use frontgate_gateway_rules::proxy_response::{self, BodyEncoding, read_proxy_response};
use frontgate_gateway_rules::stream_head::{
    STREAM_HEAD_LENGTH_MAX, StreamFormat, StreamHead, read_stream_head,
};
use frontgate_gateway_rules::{
    BackendAnswer, GatewayError, GatewayResponseType, InvocationType, LambdaFunction, gateway_responses,
};
use frontgate_message::{Headers, Response};

use super::Exchange;
use crate::answer::Refusal;
use crate::streamed::{HeadFailure, read_head};
use crate::{Call, FunctionCall, FunctionOutcome, Functions, StreamOutcome};

/// A function that may be called.
pub(super) struct Callable<'a> {
    arn: Cow<'a, str>,
    name: Cow<'a, str>,
}

/// What comes of an invocation, where there is one.
enum Invoked {
    /// What the function returned.
    Payload(Bytes),
    /// The function failed; the error as JSON.
    FunctionError(Bytes),
}

impl Exchange<'_> {
    /// The function, if it may be called at all: with POST, and with a right to it.
    pub(super) fn callable<'a>(
        &self,
        call: &Call<'_>,
        function: &'a LambdaFunction,
        kind: FactKind,
        trace: &mut Trace,
    ) -> Result<Callable<'a>, Refusal> {
        trace.note(self.fact(kind));
        if &*self.integration().http_method != "POST" {
            trace.note(self.fact(FactKind::IntegrationMethodNotPost));
            return Err(self.misconfigured());
        }
        let Some((arn, name)) = function.in_release(self.request.release) else {
            trace.note(self.fact(FactKind::StageNamesNoFunction));
            return Err(self.misconfigured());
        };
        self.check_rights(call, &arn, trace)?;
        Ok(Callable { arn, name })
    }

    /// The answer of a Lambda proxy integration.
    pub(super) async fn lambda_proxy(
        &self,
        call: &Call<'_>,
        function: &Callable<'_>,
        functions: &impl Functions,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let invocation_type = InvocationType::RequestResponse;
        match self.invoke(call, function, self.proxied(trace), invocation_type, functions, trace).await? {
            Invoked::Payload(payload) => Ok(self.proxy_response(&payload, trace)),
            Invoked::FunctionError(_) => {
                trace.note(self.fact(FactKind::FunctionErrorToBadGateway));
                Ok(self.bad_gateway())
            }
        }
    }

    /// The answer of a Lambda proxy integration whose response transfer mode is STREAM.
    pub(super) async fn lambda_stream(
        &self,
        call: &Call<'_>,
        function: &Callable<'_>,
        functions: &impl Functions,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let deadline = self.deadline();
        let event = self.proxied(trace);
        self.observe(function, &event);
        let invocation = self.invocation(call, function, event, InvocationType::RequestResponse);
        let answered = tokio::time::timeout_at(deadline, async {
            match functions.invoke_with_response_stream(invocation, trace).await {
                StreamOutcome::Stream { body, .. } => Ok(read_head(body, StreamFormat::RestApi).await),
                StreamOutcome::None(outcome) => Err(outcome),
            }
        });
        let answered = answered.await;
        match answered {
            Err(_) => Err(self.timed_out(trace)),
            Ok(Ok(Ok(response))) => {
                trace.note(self.fact(FactKind::IntegrationAnswered).value(response.status.into()));
                Ok(self.streaming(response, deadline, trace))
            }
            // "API Gateway invokes your Lambda function and return a 500 error response."
            Ok(Ok(Err(HeadFailure::Malformed))) => {
                let within = u32::try_from(STREAM_HEAD_LENGTH_MAX).unwrap_or(u32::MAX);
                trace.note(self.fact(FactKind::StreamHeadMissing).value(within));
                Err(self.misconfigured())
            }
            Ok(Ok(Err(HeadFailure::Failed)) | Err(FunctionOutcome::FunctionError(_))) => {
                trace.note(self.fact(FactKind::FunctionErrorToStream));
                Err(self.misconfigured())
            }
            Ok(Err(_)) => {
                trace.note(self.fact(FactKind::FunctionUnavailable));
                Err(self.misconfigured())
            }
        }
    }

    /// The answer of a Lambda integration of type `AWS`: Lambda's own answer, through the integration responses.
    pub(super) async fn lambda(
        &self,
        call: &Call<'_>,
        function: &Callable<'_>,
        functions: &impl Functions,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let made = self.integration_request(trace)?;
        let overrides = made.overrides.clone();
        // Of the request to Lambda only the header fields and the body matter.
        let sent = custom_call(self.integration(), "", &self.variables(None), made);
        let event = self.event(sent.body, trace)?;
        match InvocationType::of_headers(&sent.headers) {
            Some(InvocationType::RequestResponse) => {}
            Some(InvocationType::DryRun) => {
                return self.lambda_answer(204, Bytes::new(), false, &overrides, trace);
            }
            Some(kind @ InvocationType::Event) => {
                trace.note(self.fact(FactKind::FunctionCalledAsEvent));
                self.invoke(call, function, event, kind, functions, trace).await?;
                return self.lambda_answer(202, Bytes::new(), false, &overrides, trace);
            }
            None => {
                trace.note(self.fact(FactKind::InvocationTypeUnknown));
                return self.lambda_answer(400, UNKNOWN_TYPE.into(), false, &overrides, trace);
            }
        }
        let kind = InvocationType::RequestResponse;
        match self.invoke(call, function, event, kind, functions, trace).await? {
            Invoked::Payload(payload) => self.lambda_answer(200, payload, false, &overrides, trace),
            Invoked::FunctionError(error) => self.lambda_answer(200, error, true, &overrides, trace),
        }
    }

    /// The event of a Lambda proxy integration.
    fn proxied(&self, trace: &mut Trace) -> Bytes {
        let (event, how) = proxy_event(self.request, &self.payload);
        if how == EventBody::DamagedText {
            trace.note(Fact::of(FactKind::BodyNotText));
        }
        event.into()
    }

    /// The event of an invocation; Lambda takes nothing for `{}`, and JSON only.
    fn event(&self, body: Bytes, trace: &mut Trace) -> Result<Bytes, Refusal> {
        if body.is_empty() {
            return Ok(Bytes::from_static(b"{}"));
        }
        if serde_json::from_slice::<serde_json::Value>(&body).is_ok() {
            return Ok(body);
        }
        trace.note(self.fact(FactKind::EventNotJson));
        let error = GatewayError::of(GatewayResponseType::Default4xx).status(400);
        Err(self.refuse(&error.message("Could not parse request body into json")))
    }

    fn lambda_answer(
        &self,
        status: u16,
        payload: Bytes,
        failed: bool,
        overrides: &Overrides,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let mut headers = Headers::from_iter([("Content-Type", "application/json")]);
        if failed {
            headers.append("X-Amz-Function-Error", b"Unhandled");
        }
        let text = selection_text(&payload, status);
        let answer = BackendAnswer { status, headers: &headers, body: &payload };
        let (response, has_pattern) = self.method_response(answer, &text, overrides, trace)?;
        if failed && !has_pattern {
            trace.note(self.fact(FactKind::FunctionErrorNotSelected).value(response.status.into()));
        }
        Ok(response)
    }

    async fn invoke(
        &self,
        call: &Call<'_>,
        function: &Callable<'_>,
        event: Bytes,
        invocation_type: InvocationType,
        functions: &impl Functions,
        trace: &mut Trace,
    ) -> Result<Invoked, Refusal> {
        self.observe(function, &event);
        let invocation = self.invocation(call, function, event, invocation_type);
        let invoked = functions.invoke(invocation, trace);
        let within = Duration::from_millis(self.integration().timeout_milliseconds.into());
        let Ok(outcome) = tokio::time::timeout(within, invoked).await else {
            return Err(self.timed_out(trace));
        };
        match outcome {
            FunctionOutcome::Payload(payload) => {
                self.observed.answered(200, &Headers::new(), &payload);
                Ok(Invoked::Payload(payload))
            }
            FunctionOutcome::FunctionError(error) => {
                let headers = Headers::from_iter([("X-Amz-Function-Error", "Unhandled")]);
                self.observed.answered(200, &headers, &error);
                Ok(Invoked::FunctionError(error))
            }
            FunctionOutcome::NotFound | FunctionOutcome::Throttled | FunctionOutcome::Unavailable(_) => {
                trace.note(self.fact(FactKind::FunctionUnavailable));
                Err(self.misconfigured())
            }
        }
    }

    /// Notes what the function is asked, where the execution log wants to know.
    fn observe(&self, function: &Callable<'_>, event: &Bytes) {
        let request = self.request;
        self.observed.sent(|| {
            let path = request.resource.map_or("", |resource| &resource.path);
            let source_arn = request.api.source_arn(request.stage, &self.method.http_method, path);
            function_endpoint(request, &source_arn, &function.arn, event.clone())
        });
    }

    fn invocation<'a>(
        &'a self,
        call: &Call<'a>,
        function: &'a Callable<'_>,
        event: Bytes,
        invocation_type: InvocationType,
    ) -> FunctionCall<'a> {
        FunctionCall {
            function_name: &function.name,
            function_arn: &function.arn,
            event,
            invocation_type,
            request_id: call.request_id,
            trace_id: self.request.trace_id,
            timeout_milliseconds: self.integration().timeout_milliseconds,
        }
    }

    fn proxy_response(&self, payload: &[u8], trace: &mut Trace) -> Response {
        if let StreamHead::Complete { response, .. } = read_stream_head(payload, StreamFormat::RestApi) {
            // "API Gateway returns the HTTP headers and status code but not the response body."
            trace.note(self.fact(FactKind::StreamedToBuffered));
            trace.note(self.fact(FactKind::IntegrationAnswered).value(response.status.into()));
            return response;
        }
        let api = self.request.api;
        let accept = self.request.headers.first_text("Accept");
        let Ok(answer) =
            read_proxy_response(payload, accept, &self.request.release.deployment.binary_media_types)
        else {
            trace.note(self.fact(FactKind::MalformedProxyResponse));
            return self.bad_gateway();
        };
        match answer.encoding {
            BodyEncoding::Text => {}
            BodyEncoding::Decoded => trace.note(Fact::of(FactKind::BinaryDecoded).at(api.place)),
            BodyEncoding::NotDecoded => trace.note(Fact::of(FactKind::BinaryNotDecoded).at(api.place)),
        }
        trace.note(self.fact(FactKind::IntegrationAnswered).value(answer.response.status.into()));
        answer.response
    }

    /// The 502 of a function that failed or returned rubbish; an API may customize it as `DEFAULT_5XX`.
    fn bad_gateway(&self) -> Response {
        let kind = GatewayResponseType::IntegrationFailure;
        if gateway_responses::is_customized(self.request, kind, 502) {
            let error = GatewayError::of(kind).status(502).message("Internal server error");
            return *self.refuse(&error).0;
        }
        proxy_response::malformed_answer()
    }
}

/// What Lambda says of an invocation type that it does not know.
const UNKNOWN_TYPE: &str = r#"{"message":"1 validation error detected: Value at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"}"#;
