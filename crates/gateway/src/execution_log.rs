//! What the execution log of a stage is told of a request: what its integration was asked and answered, and the lines.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use frontgate_explain::Fact;
use frontgate_gateway_rules::execution_log::{
    Answer, Endpoint, EndpointAnswer, Execution, Reached, lines, log_group,
};
use frontgate_gateway_rules::method_settings::{LoggingLevel, MethodSetting};
use frontgate_gateway_rules::{RequestContext, Route};
use frontgate_message::{Body, Headers};

use crate::Call;
use crate::integrations::Answered;

/// What is seen of an integration, where somebody wants to know.
#[derive(Default)]
pub struct Observed {
    is_wanted: Cell<bool>,
    payload: RefCell<Bytes>,
    authorizer: RefCell<Option<Box<Endpoint>>>,
    endpoint: RefCell<Option<Box<Endpoint>>>,
}

impl Observed {
    /// Observes from here on what is done for a method with that setting.
    pub fn begin(&self, setting: Option<&MethodSetting>) {
        self.is_wanted.set(setting.is_some_and(|setting| setting.logging_level > LoggingLevel::Off));
    }

    /// The body of the request.
    pub fn payload(&self, payload: &Bytes) {
        if self.is_wanted.get() {
            self.payload.replace(payload.clone());
        }
    }

    /// The function of an authorizer is asked.
    pub fn sent_to_authorizer(&self, endpoint: impl FnOnce() -> Endpoint) {
        if self.is_wanted.get() {
            self.authorizer.replace(Some(Box::new(endpoint())));
        }
    }

    /// The function of an authorizer has answered.
    pub fn authorizer_answered(&self, body: &Bytes) {
        if let Some(endpoint) = self.authorizer.borrow_mut().as_mut() {
            let answer = EndpointAnswer { status: 200, headers: Headers::new(), body: body.clone() };
            endpoint.answered = Some(answer);
        }
    }

    /// The integration is asked.
    pub fn sent(&self, endpoint: impl FnOnce() -> Endpoint) {
        if self.is_wanted.get() {
            self.endpoint.replace(Some(Box::new(endpoint())));
        }
    }

    /// The integration has answered; its body may be missing yet.
    pub fn answered(&self, status: u16, headers: &Headers, body: &Bytes) {
        if let Some(endpoint) = self.endpoint.borrow_mut().as_mut() {
            let answer = EndpointAnswer { status, headers: headers.clone(), body: body.clone() };
            endpoint.answered = Some(answer);
        }
    }

    /// The body of the answer is there.
    pub fn body(&self, body: &Bytes) {
        if let Some(answer) = self.endpoint.borrow_mut().as_mut().and_then(|seen| seen.answered.as_mut()) {
            answer.body = body.clone();
        }
    }
}

/// How a request ended.
pub struct Ended<'a> {
    /// The answer.
    pub answered: &'a Answered,
    /// How far the request came.
    pub reached: Reached,
    /// How long the integration took.
    pub integration_milliseconds: Option<u64>,
    /// The facts that were noted for it.
    pub facts: &'a [Fact],
}

/// Hands the lines of a request over, where its method has an execution log.
pub fn write(
    call: &Call<'_>,
    request: &RequestContext<'_>,
    route: Option<&Route<'_>>,
    observed: &Observed,
    ended: &Ended<'_>,
) {
    let Some(route) = route else { return };
    let Some(setting) = request.stage.setting(route.resource, route.method) else { return };
    if setting.logging_level == LoggingLevel::Off {
        return;
    }
    let response = &ended.answered.response;
    // A body that is streamed is not known here.
    let body = match &response.body {
        Body::Full(bytes) => bytes.clone(),
        Body::Empty | Body::Stream(_) | Body::Tunnel(_) => Bytes::new(),
    };
    let said = ended.answered.said.as_ref();
    let group = log_group(request);
    let lines = lines(&Execution {
        request,
        resource: route.resource,
        method: route.method,
        setting,
        facts: ended.facts,
        reached: ended.reached,
        payload: &observed.payload.borrow(),
        authorizer: observed.authorizer.borrow().as_deref(),
        endpoint: observed.endpoint.borrow().as_deref(),
        integration_latency_milliseconds: ended.integration_milliseconds.unwrap_or_default(),
        answer: Answer { status: response.status, headers: &response.headers, body: &body },
        error: said.map(|said| (said.kind, said.message.as_deref())),
        validation: said.and_then(|said| said.validation.as_deref()),
    });
    let groups: Vec<String> = request.release.log_groups(&group).collect();
    for line in lines {
        for group in &groups {
            (call.access_log)(group, line.clone());
        }
    }
}
