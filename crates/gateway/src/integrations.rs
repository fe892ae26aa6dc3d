//! Calls the integration of a method and makes its answer: Lambda proxy, MOCK, HTTP and HTTP proxy.

use std::time::Duration;

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::event::{EventBody, proxy_event};
use frontgate_gateway_rules::http_integration::{custom_call, proxy_answer, proxy_call};
use frontgate_gateway_rules::mapping::{Overrides, RenderError};
use frontgate_gateway_rules::proxy_response::{self, BodyEncoding, read_proxy_response};
use frontgate_gateway_rules::transform::{self, IntegrationRequest, TransformError};
use frontgate_gateway_rules::{
    BackendAnswer, GatewayError, GatewayResponseType, HttpCall, Integration, IntegrationKind, Method,
    RequestContext, Variables, gateway_responses, mock,
};
use frontgate_message::{BodyError, Headers, Response};

use crate::answer::{Refusal, refuse};
use crate::{Call, FunctionCall, FunctionOutcome, Functions, HttpFailure, HttpIntegrations, Permission};

/// An answer, with the trace that its integration was called in.
pub struct Answered {
    /// The answer.
    pub response: Response,
    /// The value of `X-Amzn-Trace-Id`; none where no integration was called.
    pub trace_id: Option<String>,
}

/// What the integrations know of a request.
struct Exchange<'a> {
    request: &'a RequestContext<'a>,
    method: &'a Method,
    payload: Bytes,
}

/// Calls the integration of the method.
pub async fn call(
    call: &Call<'_>,
    request: &RequestContext<'_>,
    method: &Method,
    payload: Bytes,
    functions: &impl Functions,
    http: &impl HttpIntegrations,
    trace: &mut Trace,
) -> Result<Answered, Refusal> {
    let x = Exchange { request, method, payload };
    let called = |response| Answered { response, trace_id: Some(request.trace_id.to_owned()) };
    match &method.integration.kind {
        IntegrationKind::Mock => Ok(Answered { response: x.mock(trace)?, trace_id: None }),
        IntegrationKind::LambdaProxy { function_arn, function_name } => {
            x.check_lambda(call, function_name, trace)?;
            Ok(called(x.lambda(call, function_arn, function_name, functions, trace).await))
        }
        IntegrationKind::HttpProxy { uri } => {
            trace.note(x.fact(FactKind::IntegrationHttp));
            let sent = proxy_call(x.integration(), uri, &x.variables(None), x.payload.clone());
            Ok(called(match x.send(sent, http, trace).await {
                Ok(answer) => proxy_answer(answer),
                Err(Refusal(response)) => *response,
            }))
        }
        IntegrationKind::Http { uri } => {
            let made = x.integration_request(trace)?;
            trace.note(x.fact(FactKind::IntegrationHttp));
            let overrides = made.overrides.clone();
            let sent = custom_call(x.integration(), uri, &x.variables(None), made);
            Ok(called(match x.http(sent, &overrides, http, trace).await {
                Ok(response) => response,
                Err(Refusal(response)) => *response,
            }))
        }
    }
}

impl Exchange<'_> {
    fn integration(&self) -> &Integration {
        &self.method.integration
    }

    fn fact(&self, kind: FactKind) -> Fact {
        Fact::of(kind).at(self.integration().place)
    }

    fn variables<'a>(&'a self, integration: Option<BackendAnswer<'a>>) -> Variables<'a> {
        Variables { request: self.request, request_body: &self.payload, integration, error: None }
    }

    fn refuse(&self, error: &GatewayError<'_>) -> Refusal {
        refuse(error, Some((self.request, &self.payload)))
    }

    /// `{"message":"Internal server error"}` with status 500: the API is not configured well.
    fn misconfigured(&self) -> Refusal {
        self.refuse(&GatewayError::of(GatewayResponseType::ApiConfigurationError))
    }

    fn integration_request(&self, trace: &mut Trace) -> Result<IntegrationRequest, Refusal> {
        match transform::integration_request(self.integration(), &self.variables(None)) {
            Ok(made) => Ok(made),
            Err(TransformError::UnsupportedMediaType) => {
                trace.note(self.fact(FactKind::UnsupportedMediaType));
                Err(self.refuse(&GatewayError::of(GatewayResponseType::UnsupportedMediaType)))
            }
            Err(TransformError::Render(why)) => Err(self.template_failed(&why, trace)),
        }
    }

    fn template_failed(&self, why: &RenderError, trace: &mut Trace) -> Refusal {
        let error = match why {
            RenderError::BodyIsNotJson => GatewayError::of(GatewayResponseType::Default4xx)
                .status(400)
                .message("Could not parse request body into json"),
            RenderError::BadPath(_) | RenderError::Limit(_) | RenderError::Thrown { .. } => {
                GatewayError::of(GatewayResponseType::ApiConfigurationError)
            }
        };
        let refusal = self.refuse(&error);
        trace.note(match why {
            RenderError::Thrown { line, .. } => self.fact(FactKind::TemplateThrew).value(*line),
            _ => self.fact(FactKind::TemplateFailed).value(refusal.0.status.into()),
        });
        refusal
    }

    fn mock(&self, trace: &mut Trace) -> Result<Response, Refusal> {
        trace.note(self.fact(FactKind::IntegrationMock));
        let made = self.integration_request(trace)?;
        let Some(status) = mock::status_code(&made.body) else {
            trace.note(self.fact(FactKind::MockNoStatusCode));
            return Err(self.misconfigured());
        };
        let headers = Headers::new();
        self.method_response(BackendAnswer { status, headers: &headers, body: &[] }, &made.overrides, trace)
    }

    /// The method response for an answer of the backend.
    fn method_response(
        &self,
        answer: BackendAnswer<'_>,
        overrides: &Overrides,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let Some(chosen) = transform::select(&self.integration().responses, &answer.status.to_string())
        else {
            trace.note(self.fact(FactKind::NoIntegrationResponse).value(answer.status.into()));
            return Err(self.misconfigured());
        };
        let response = transform::method_response(chosen, &self.variables(Some(answer)), overrides)
            .map_err(|why| self.template_failed(&why, trace))?;
        trace.note(Fact::of(FactKind::IntegrationAnswered).value(response.status.into()).at(chosen.place));
        Ok(response)
    }

    /// Whether the function may be called at all: with POST, and with a permission.
    fn check_lambda(&self, call: &Call<'_>, function_name: &str, trace: &mut Trace) -> Result<(), Refusal> {
        trace.note(self.fact(FactKind::IntegrationLambda));
        if &*self.integration().http_method != "POST" {
            trace.note(self.fact(FactKind::IntegrationMethodNotPost));
            return Err(self.misconfigured());
        }
        let RequestContext { api, stage, resource, .. } = self.request;
        let path = resource.map_or("/", |resource| &resource.path);
        let source_arn = api.source_arn(stage, &self.method.http_method, path);
        match (call.permission)(function_name, &source_arn) {
            Permission::Allowed(place) => {
                trace.note(Fact::of(FactKind::LambdaPermissionFound).at(place));
                Ok(())
            }
            Permission::Missing(place) => {
                trace.note(Fact::of(FactKind::LambdaPermissionMissing).at(place));
                Err(self.misconfigured())
            }
        }
    }

    async fn lambda(
        &self,
        call: &Call<'_>,
        function_arn: &str,
        function_name: &str,
        functions: &impl Functions,
        trace: &mut Trace,
    ) -> Response {
        let (event, how) = proxy_event(self.request, &self.payload);
        if how == EventBody::DamagedText {
            trace.note(Fact::of(FactKind::BodyNotText));
        }
        let timeout_milliseconds = self.integration().timeout_milliseconds;
        let invocation = FunctionCall {
            function_name,
            function_arn,
            event: event.into(),
            request_id: call.request_id,
            trace_id: self.request.trace_id,
            timeout_milliseconds,
        };
        let invoked = functions.invoke(invocation, trace);
        let within = Duration::from_millis(timeout_milliseconds.into());
        let Ok(outcome) = tokio::time::timeout(within, invoked).await else {
            return *self.timed_out(trace).0;
        };
        match outcome {
            FunctionOutcome::Payload(payload) => self.proxy_response(&payload, trace),
            FunctionOutcome::FunctionError(_) => {
                trace.note(self.fact(FactKind::FunctionErrorToBadGateway));
                self.bad_gateway()
            }
            FunctionOutcome::NotFound | FunctionOutcome::Throttled | FunctionOutcome::Unavailable(_) => {
                trace.note(self.fact(FactKind::FunctionUnavailable));
                *self.misconfigured().0
            }
        }
    }

    fn proxy_response(&self, payload: &[u8], trace: &mut Trace) -> Response {
        let api = self.request.api;
        let accept = self.request.headers.first_text("Accept");
        let Ok(answer) = read_proxy_response(payload, accept, &api.binary_media_types) else {
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

    fn timed_out(&self, trace: &mut Trace) -> Refusal {
        let timeout = self.integration().timeout_milliseconds;
        trace.note(self.fact(FactKind::IntegrationTimedOut).value(timeout));
        self.refuse(&GatewayError::of(GatewayResponseType::IntegrationTimeout))
    }

    /// Sends a request to an HTTP backend.
    async fn send(
        &self,
        sent: HttpCall,
        http: &impl HttpIntegrations,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let within = Duration::from_millis(self.integration().timeout_milliseconds.into());
        let answered = {
            let sending = http.send(sent, trace);
            tokio::time::timeout(within, sending).await
        };
        match answered {
            Err(_) => Err(self.timed_out(trace)),
            Ok(Ok(answer)) => {
                trace.note(self.fact(FactKind::IntegrationAnswered).value(answer.status.into()));
                Ok(answer)
            }
            Ok(Err(HttpFailure::InvalidEndpoint(_))) => {
                trace.note(self.fact(FactKind::HttpIntegrationFailed).value(500));
                Err(self.misconfigured())
            }
            Ok(Err(HttpFailure::Network(_))) => {
                trace.note(self.fact(FactKind::HttpIntegrationFailed).value(504));
                Err(self.refuse(&GatewayError::of(GatewayResponseType::IntegrationFailure)))
            }
        }
    }

    /// An HTTP integration whose answer goes through the integration responses.
    async fn http(
        &self,
        sent: HttpCall,
        overrides: &Overrides,
        http: &impl HttpIntegrations,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let answer = self.send(sent, http, trace).await?;
        let mut headers = answer.headers;
        for (name, value) in answer.shared.iter().flat_map(|shared| shared.headers()) {
            headers.append(name, value);
        }
        let within = Duration::from_millis(self.integration().timeout_milliseconds.into());
        let collecting = answer.body.collect(crate::serve::PAYLOAD_LENGTH_MAX);
        let Ok(collected) = tokio::time::timeout(within, collecting).await else {
            return Err(self.timed_out(trace));
        };
        let body = collected.map_err(|why| {
            trace.note(self.fact(FactKind::HttpIntegrationFailed).value(504));
            let message = match why {
                BodyError::TooLarge => "Internal server error",
                _ => "Network error communicating with endpoint",
            };
            self.refuse(&GatewayError::of(GatewayResponseType::IntegrationFailure).message(message))
        })?;
        let answer = BackendAnswer { status: answer.status, headers: &headers, body: &body };
        self.method_response(answer, overrides, trace)
    }
}
