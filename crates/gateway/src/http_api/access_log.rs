//! What the access log of a stage is told of a request once it is answered.

use frontgate_explain::{FactKind, Trace};
use frontgate_gateway_rules::http_api::access_log::{HttpLogged, NO_PERMISSION};
use frontgate_gateway_rules::http_api::{Arrived, Backend, HttpRequest};
use tokio::time::Instant;

use super::{Answer, HttpApiCall, Refusal};
use crate::access_log::milliseconds;

/// How long a request took.
#[derive(Clone, Copy)]
pub(super) struct AccessLog {
    pub(super) started: Instant,
    /// The integration, where one was called.
    pub(super) integration_milliseconds: Option<u64>,
}

impl AccessLog {
    /// A request has come.
    pub(super) fn begin() -> Self {
        Self { started: Instant::now(), integration_milliseconds: None }
    }

    /// Hands the line of a request over, where its stage has an access log.
    pub(super) fn write(
        &self,
        call: &HttpApiCall<'_>,
        arrived: &Arrived<'_>,
        request: Option<&HttpRequest<'_>>,
        answered: &Result<Answer, Refusal>,
        trace: &Trace,
    ) {
        let Some(setting) = &arrived.stage.settings.access_log else { return };
        let (response, error) = match answered {
            Ok(answer) => (&answer.response, None),
            Err(Refusal(response, error)) => (&**response, Some(*error)),
        };
        let status_of = |kind| trace.first(kind).and_then(|fact| u16::try_from(fact.value).ok());
        let backend_status = status_of(FactKind::IntegrationAnswered);
        let is_function = request
            .is_some_and(|request| matches!(request.route.integration.backend, Backend::Function { .. }));
        let failed = [FactKind::HttpApiFunctionError, FactKind::HttpApiMalformedResponse];
        let has_answered = backend_status.is_some() || failed.iter().any(|kind| trace.first(*kind).is_some());
        let logged = HttpLogged {
            arrived: *arrived,
            request,
            base_path: call.through.and_then(|through| through.chosen).map(|chosen| chosen.base_path),
            status: response.status,
            response_length: response.body.length(),
            response_latency_milliseconds: milliseconds(self.started),
            integration_latency_milliseconds: self.integration_milliseconds,
            backend_status,
            // Lambda itself answers 200, whatever becomes of the function.
            service_status: if is_function { has_answered.then_some(200) } else { backend_status },
            integration_error: trace.first(FactKind::LambdaPermissionMissing).map(|_| NO_PERMISSION),
            error,
        };
        (call.access_log)(&setting.log_group, setting.format.line_of(|name| logged.variable(name)));
    }
}
