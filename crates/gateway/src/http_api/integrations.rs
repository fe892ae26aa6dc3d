//! Calls the integration of a route and makes its answer: a function, or another HTTP server.

use std::time::Duration;

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::InvocationType;
use frontgate_gateway_rules::http_api::event::function_event;
use frontgate_gateway_rules::http_api::expression::Values;
use frontgate_gateway_rules::http_api::parameters::{ResponseChange, change_response, outgoing};
use frontgate_gateway_rules::http_api::proxy::{proxy_answer, proxy_call};
use frontgate_gateway_rules::http_api::response::read_function_response;
use frontgate_gateway_rules::http_api::{Backend, HttpError, HttpIntegration, HttpRequest, PayloadFormat};
use frontgate_message::{Body, Response};

use super::rights::{self, Callee};
use super::{HttpApiCall, Refusal};
use crate::{FunctionCall, FunctionOutcome, Functions, HttpFailure, HttpIntegrations, PAYLOAD_LENGTH_MAX};

/// Calls the integration of the route.
pub(super) async fn call(
    call: &HttpApiCall<'_>,
    request: &HttpRequest<'_>,
    payload: Bytes,
    functions: &impl Functions,
    http: &impl HttpIntegrations,
    trace: &mut Trace,
) -> Result<Response, Refusal> {
    let x = Exchange { request, integration: &request.route.integration, payload };
    let response = match &x.integration.backend {
        Backend::Function { function, payload_format, credentials } => {
            let Some((arn, name)) = function.with(&request.stage.variables) else {
                trace.note(x.fact(FactKind::StageNamesNoFunction));
                return Err(HttpError::InternalServerError.into());
            };
            trace.note(x.fact(FactKind::IntegrationLambda));
            let source_arn = request.api.source_arn(request.stage, &request.route.key);
            let (credentials, place) = (credentials.as_ref(), x.integration.place);
            let callee = Callee { arn: &arn, source_arn: &source_arn, credentials, place };
            rights::check(call, request, &callee, trace)?;
            x.function(call, (&arn, &name), *payload_format, functions, trace).await?
        }
        Backend::Http { uri, method } => x.http(uri, method, http, trace).await?,
    };
    trace.note(x.fact(FactKind::IntegrationAnswered).value(response.status.into()));
    x.changed(response, trace).await
}

/// What the integrations know of a request.
struct Exchange<'a> {
    request: &'a HttpRequest<'a>,
    integration: &'a HttpIntegration,
    payload: Bytes,
}

impl Exchange<'_> {
    fn fact(&self, kind: FactKind) -> Fact {
        Fact::of(kind).at(self.integration.place)
    }

    fn values(&self) -> Values<'_> {
        Values { request: self.request, request_body: &self.payload, response: None }
    }

    fn within(&self) -> Duration {
        Duration::from_millis(self.integration.timeout_milliseconds.into())
    }

    fn refuse(&self, kind: FactKind, error: HttpError, trace: &mut Trace) -> Refusal {
        let fact = self.fact(kind);
        let timed_out = kind == FactKind::HttpApiTimedOut;
        trace.note(if timed_out { fact.value(self.integration.timeout_milliseconds) } else { fact });
        error.into()
    }

    async fn function(
        &self,
        call: &HttpApiCall<'_>,
        (arn, name): (&str, &str),
        format: PayloadFormat,
        functions: &impl Functions,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let outgoing = outgoing(&self.integration.request_parameters, &self.values());
        let invocation = FunctionCall {
            function_name: name,
            function_arn: arn,
            event: function_event(self.request, &outgoing, &self.payload, format).into(),
            invocation_type: InvocationType::RequestResponse,
            request_id: call.request_id,
            trace_id: self.request.trace_id,
            timeout_milliseconds: self.integration.timeout_milliseconds,
        };
        let invoked = tokio::time::timeout(self.within(), functions.invoke(invocation, trace)).await;
        let failed = HttpError::InternalServerError;
        match invoked {
            Err(_) => Err(self.refuse(FactKind::HttpApiTimedOut, HttpError::ServiceUnavailable, trace)),
            Ok(FunctionOutcome::Payload(payload)) => read_function_response(&payload, format)
                .map_err(|_| self.refuse(FactKind::HttpApiMalformedResponse, failed, trace)),
            Ok(FunctionOutcome::FunctionError(_)) => {
                Err(self.refuse(FactKind::HttpApiFunctionError, failed, trace))
            }
            Ok(FunctionOutcome::Throttled) => {
                Err(self.refuse(FactKind::FunctionUnavailable, HttpError::ServiceUnavailable, trace))
            }
            Ok(FunctionOutcome::NotFound | FunctionOutcome::Unavailable(_)) => {
                Err(self.refuse(FactKind::FunctionUnavailable, failed, trace))
            }
        }
    }

    async fn http(
        &self,
        uri: &str,
        method: &str,
        http: &impl HttpIntegrations,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        trace.note(self.fact(FactKind::IntegrationHttp));
        let outgoing = outgoing(&self.integration.request_parameters, &self.values());
        let sent = proxy_call(self.request, uri, method, outgoing, self.payload.clone());
        match tokio::time::timeout(self.within(), http.send(sent, trace)).await {
            Err(_) => Err(self.refuse(FactKind::HttpApiTimedOut, HttpError::ServiceUnavailable, trace)),
            Ok(Ok(answer)) => Ok(proxy_answer(answer)),
            Ok(Err(HttpFailure::InvalidEndpoint(_) | HttpFailure::Network(_))) => {
                Err(self.refuse(FactKind::HttpApiBackendFailed, HttpError::ServiceUnavailable, trace))
            }
        }
    }

    /// The answer with the response parameters for its status; its body is read only where one of them wants it.
    async fn changed(&self, mut response: Response, trace: &mut Trace) -> Result<Response, Refusal> {
        let rows = &self.integration.response_parameters;
        let Some(row) = rows.iter().find(|row| row.status == response.status) else { return Ok(response) };
        let body = if row.changes.iter().any(ResponseChange::reads_body) {
            let body = std::mem::replace(&mut response.body, Body::Empty);
            let collected = tokio::time::timeout(self.within(), body.collect(PAYLOAD_LENGTH_MAX)).await;
            let Ok(Ok(body)) = collected else {
                let error = HttpError::ServiceUnavailable;
                return Err(self.refuse(FactKind::HttpApiBackendFailed, error, trace));
            };
            response.body = body.clone().into();
            body
        } else {
            Bytes::new()
        };
        let headers = response.headers.clone();
        let values = Values { response: Some((&headers, &body)), ..self.values() };
        change_response(&row.changes, &values, &mut response);
        Ok(response)
    }
}
