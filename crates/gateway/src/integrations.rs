//! Calls the integration of a method and makes its answer: Lambda, MOCK and HTTP, the first and the last as proxies, too.

mod lambda;
mod rights;
mod s3;

use std::time::Duration;

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::config::ResponseTransferMode;
use frontgate_gateway_rules::content_handling::{NotBase64, convert_request, convert_response};
use frontgate_gateway_rules::execution_log::Endpoint;
use frontgate_gateway_rules::http_integration::{custom_call, proxy_answer, proxy_call};
use frontgate_gateway_rules::mapping::{Overrides, RenderError};
use frontgate_gateway_rules::transform::{self, IntegrationRequest, TransformError};
use frontgate_gateway_rules::{
    BackendAnswer, GatewayError, GatewayResponseType, HttpCall, Integration, IntegrationKind, Method,
    RequestContext, Variables, mock,
};
use frontgate_message::{Body, BodyError, Headers, Response};
use tokio::time::Instant;

use crate::answer::{Refusal, Said, refuse};
use crate::execution_log::Observed;
use crate::streamed::within;
use crate::{Call, Functions, HttpFailure, HttpIntegrations, ObjectStorage};

/// An answer, with the trace that its integration was called in.
pub struct Answered {
    /// The answer.
    pub response: Response,
    /// The value of `X-Amzn-Trace-Id`; none where no integration was called.
    pub trace_id: Option<String>,
    /// What was refused, where it is no answer of the integration.
    pub said: Option<Said>,
}

/// What the integrations know of a request.
pub struct Exchange<'a> {
    /// The request.
    pub request: &'a RequestContext<'a>,
    /// The method.
    pub method: &'a Method,
    /// The body of the request.
    pub payload: Bytes,
    /// What the execution log wants to know.
    pub observed: &'a Observed,
}

/// Calls the integration of the method.
pub async fn call(
    call: &Call<'_>,
    exchange: Exchange<'_>,
    functions: &impl Functions,
    http: &(impl HttpIntegrations + ObjectStorage),
    trace: &mut Trace,
) -> Result<Answered, Refusal> {
    let x = exchange.converted(trace)?;
    let (request, method) = (x.request, x.method);
    let called = |outcome| {
        let (response, said) = answered(outcome);
        Answered { response, trace_id: Some(request.trace_id.to_owned()), said }
    };
    match &method.integration.kind {
        IntegrationKind::Mock => Ok(Answered { response: x.mock(trace)?, trace_id: None, said: None }),
        IntegrationKind::Lambda(function) => {
            let function = x.callable(call, function, FactKind::IntegrationLambdaCustom, trace)?;
            Ok(called(x.lambda(call, &function, functions, trace).await))
        }
        IntegrationKind::LambdaProxy(function) => {
            let function = x.callable(call, function, FactKind::IntegrationLambda, trace)?;
            let answered = match method.integration.transfer_mode {
                ResponseTransferMode::Buffered => x.lambda_proxy(call, &function, functions, trace).await,
                ResponseTransferMode::Stream => x.lambda_stream(call, &function, functions, trace).await,
            };
            Ok(called(answered))
        }
        IntegrationKind::HttpProxy { uri } => {
            trace.note(x.fact(FactKind::IntegrationHttp));
            let sent = proxy_call(x.integration(), uri, &x.variables(None), x.payload.clone());
            Ok(called(x.http_proxy(sent, http, trace).await))
        }
        IntegrationKind::Http { uri } => {
            let made = x.integration_request(trace)?;
            trace.note(x.fact(FactKind::IntegrationHttp));
            let overrides = made.overrides.clone();
            let sent = custom_call(x.integration(), uri, &x.variables(None), made);
            Ok(called(x.http(sent, &overrides, http, trace).await))
        }
        IntegrationKind::S3(target) => Ok(called(x.s3(call, target, http, trace).await)),
    }
}

/// What is answered, and what it says where it is a refusal.
pub fn answered(outcome: Result<Response, Refusal>) -> (Response, Option<Said>) {
    match outcome {
        Ok(response) => (response, None),
        Err(Refusal(response, said)) => (*response, Some(said)),
    }
}

impl Exchange<'_> {
    /// The payload as `contentHandling` of the integration wants it; a function proxy makes an event of it instead.
    fn converted(mut self, trace: &mut Trace) -> Result<Self, Refusal> {
        if matches!(self.integration().kind, IntegrationKind::LambdaProxy(_)) {
            return Ok(self);
        }
        let handling = self.integration().content_handling;
        let content_type = self.request.headers.first_text("Content-Type");
        let types = &self.request.release.deployment.binary_media_types;
        match convert_request(handling, types, content_type, self.payload.clone()) {
            Ok(payload) => self.payload = payload,
            Err(NotBase64) => {
                trace.note(self.fact(FactKind::PayloadNotBase64));
                return Err(self.misconfigured());
            }
        }
        Ok(self)
    }

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
            RenderError::Limit(_) => self.fact(FactKind::TemplateLimit).value(refusal.0.status.into()),
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
        let answer = BackendAnswer { status, headers: &headers, body: &[] };
        Ok(self.method_response(answer, &status.to_string(), &made.overrides, trace)?.0)
    }

    /// The method response for an answer of the backend, and whether a pattern that matches `text` chose it.
    fn method_response(
        &self,
        answer: BackendAnswer<'_>,
        text: &str,
        overrides: &Overrides,
        trace: &mut Trace,
    ) -> Result<(Response, bool), Refusal> {
        let Some(chosen) = transform::select(&self.integration().responses, text) else {
            trace.note(self.fact(FactKind::NoIntegrationResponse).value(answer.status.into()));
            return Err(self.misconfigured());
        };
        let body = match self.integration().kind {
            // A MOCK has no content to convert.
            IntegrationKind::Mock => Ok(Bytes::new()),
            _ => convert_response(
                chosen.content_handling,
                &self.request.release.deployment.binary_media_types,
                answer.headers.first_text("Content-Type"),
                self.request.headers.first_text("Accept"),
                Bytes::copy_from_slice(answer.body),
            ),
        };
        let body = body.map_err(|NotBase64| {
            trace.note(Fact::of(FactKind::PayloadNotBase64).at(chosen.place));
            self.misconfigured()
        })?;
        let variables = self.variables(Some(BackendAnswer { body: &body, ..answer }));
        let response = transform::method_response(chosen, &variables, overrides)
            .map_err(|why| self.template_failed(&why, trace))?;
        trace.note(Fact::of(FactKind::IntegrationAnswered).value(response.status.into()).at(chosen.place));
        Ok((response, chosen.selection_pattern.is_some()))
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
        self.observed.sent(|| Endpoint {
            uri: sent.url.clone(),
            headers: sent.headers.clone(),
            body: sent.body.clone(),
            answered: None,
        });
        let answered = {
            let sending = http.send(sent, trace);
            tokio::time::timeout(within, sending).await
        };
        match answered {
            Err(_) => Err(self.timed_out(trace)),
            Ok(Ok(answer)) => {
                trace.note(self.fact(FactKind::IntegrationAnswered).value(answer.status.into()));
                self.observed.answered(answer.status, &answer.headers, &Bytes::new());
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

    /// An HTTP proxy integration, whose answer is passed on whole, or as it comes.
    async fn http_proxy(
        &self,
        sent: HttpCall,
        http: &impl HttpIntegrations,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let deadline = self.deadline();
        let answer = proxy_answer(self.send(sent, http, trace).await?);
        if self.integration().transfer_mode == ResponseTransferMode::Stream {
            return Ok(self.streaming(answer, deadline, trace));
        }
        let Response { body, .. } = answer;
        let body = self.whole(body, deadline, trace).await?;
        Ok(Response { body: body.into(), ..answer })
    }

    /// The answer, whose body is still to come.
    fn streaming(&self, response: Response, deadline: Instant, trace: &mut Trace) -> Response {
        trace.note(self.fact(FactKind::IntegrationStreams));
        let Response { body, .. } = response;
        Response { body: within(body, deadline), ..response }
    }

    /// Until when the integration is waited for.
    fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_millis(self.integration().timeout_milliseconds.into())
    }

    /// The whole body of an HTTP backend's answer.
    async fn whole(&self, body: Body, deadline: Instant, trace: &mut Trace) -> Result<Bytes, Refusal> {
        let collecting = body.collect(crate::serve::PAYLOAD_LENGTH_MAX);
        let Ok(collected) = tokio::time::timeout_at(deadline, collecting).await else {
            return Err(self.timed_out(trace));
        };
        collected.inspect(|body| self.observed.body(body)).map_err(|why| {
            trace.note(self.fact(FactKind::HttpIntegrationFailed).value(504));
            let message = match why {
                BodyError::TooLarge => "Internal server error",
                _ => "Network error communicating with endpoint",
            };
            self.refuse(&GatewayError::of(GatewayResponseType::IntegrationFailure).message(message))
        })
    }

    /// An HTTP integration whose answer goes through the integration responses.
    async fn http(
        &self,
        sent: HttpCall,
        overrides: &Overrides,
        http: &impl HttpIntegrations,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let deadline = self.deadline();
        let answer = self.send(sent, http, trace).await?;
        let mut headers = answer.headers;
        for (name, value) in answer.shared.iter().flat_map(|shared| shared.headers()) {
            headers.append(name, value);
        }
        let body = self.whole(answer.body, deadline, trace).await?;
        let status = answer.status;
        let answer = BackendAnswer { status, headers: &headers, body: &body };
        Ok(self.method_response(answer, &status.to_string(), overrides, trace)?.0)
    }
}
