//! What the access log of a stage is told of a request once it is answered.

use frontgate_explain::{FactKind, Trace};
use frontgate_gateway_rules::access_log::Logged;
use frontgate_gateway_rules::{IntegrationKind, Method, RequestContext};
use frontgate_message::Response;
use tokio::time::Instant;

use crate::Call;
use crate::answer::Said;

/// How long things took.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The whole.
    pub response_milliseconds: u64,
    /// The integration, where one was called.
    pub integration_milliseconds: Option<u64>,
}

/// Hands the line of a request over, where its stage has an access log.
pub fn write(
    call: &Call<'_>,
    request: &RequestContext<'_>,
    method: Option<&Method>,
    (response, said): (&Response, Option<&Said>),
    times: Times,
    trace: &Trace,
) {
    let Some(setting) = &request.stage.access_log else { return };
    let answered = trace.first(FactKind::IntegrationAnswered);
    let backend_status = answered.and_then(|fact| u16::try_from(fact.value).ok());
    let failed = [FactKind::FunctionErrorToBadGateway, FactKind::MalformedProxyResponse];
    let is_function = method.is_some_and(|method| {
        matches!(method.integration.kind, IntegrationKind::Lambda(_) | IntegrationKind::LambdaProxy(_))
    });
    let service_status = match is_function {
        // Lambda itself answers 200, whatever becomes of the function.
        true => (answered.is_some() || failed.iter().any(|kind| trace.first(*kind).is_some())).then_some(200),
        false => backend_status,
    };
    let line = setting.format.line(&Logged {
        request,
        status: response.status,
        response_length: response.body.length(),
        response_latency_milliseconds: times.response_milliseconds,
        integration_latency_milliseconds: times.integration_milliseconds,
        transfer_mode: method
            .filter(|_| times.integration_milliseconds.is_some())
            .map(|method| method.integration.transfer_mode),
        backend_status,
        service_status,
        error: said.map(|said| (said.kind, said.message.as_deref())),
        validation: said.and_then(|said| said.validation.as_deref()),
    });
    for group in request.release.log_groups(&setting.log_group) {
        (call.access_log)(&group, line.clone());
    }
}

/// Whole milliseconds since then.
pub fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
