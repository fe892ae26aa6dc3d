//! What an origin is asked, and which origin of a group is.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html>.

use std::time::Duration;

use frontgate_edge_rules::Origin;
use frontgate_edge_rules::failover::{Failover, PrimaryOutcome, answer_attempts, failover};
use frontgate_edge_rules::origin_request::{OriginRequest, OriginRequestInput, Validators};
use frontgate_edge_rules::parts::contradicts_its_length;
use frontgate_edge_rules::pitfalls::{raw_path_elsewhere, redirects_to_itself};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{Body, Method, Response};

use crate::exchange::Exchange;
use crate::origins::{OriginCall, OriginFailure, Origins};
use crate::serve::{Asked, Edge};
use crate::steps::deadline::in_time;
use crate::steps::lambda_origin::{LetThrough, ToOrigin};

impl<O: Origins> Edge<O> {
    /// Asks the origin; where it fails and belongs to a group, the secondary one, which `asked` names from then on.
    pub(crate) async fn fetch(
        &self,
        asked: &mut Asked<'_>,
        condition: Option<Validators<'_>>,
        unconditional: bool,
        body: Body,
        x: &mut Exchange,
    ) -> Result<Response, OriginFailure> {
        // The page of a custom error response is a second origin request: the one that led to it is explained.
        let explains = x.origin_request.is_none();
        let has_body = body.length() != Some(0);
        let (mut body, mut has_failed_over) = (body, false);
        loop {
            let sent = std::mem::replace(&mut body, Body::Empty);
            let answer = self.ask(asked, condition, unconditional, sent, explains, x).await;
            let Some(primary) = outcome(&answer).filter(|_| !has_failed_over) else {
                return self.passed_on(asked, answer?, x).await;
            };
            match failover(asked.behavior, asked.head, has_body, primary) {
                Failover::To(group, fact) => {
                    x.trace.note(fact);
                    asked.origin = &group.secondary;
                    has_failed_over = true;
                }
                Failover::No(fact) => {
                    fact.into_iter().for_each(|fact| x.trace.note(fact));
                    return self.passed_on(asked, answer?, x).await;
                }
            }
        }
    }

    /// The answer of an origin, as the function for it leaves it.
    async fn passed_on(
        &self,
        asked: &Asked<'_>,
        answer: Answered,
        x: &mut Exchange,
    ) -> Result<Response, OriginFailure> {
        let Answered { response, way, .. } = answer;
        match (&asked.behavior.origin_response, way) {
            (Some(function), Some(way)) if response.status != 101 => {
                let way = (&way.0, &way.1);
                Box::pin(self.lambda_origin_response(asked, function, way, response, x)).await
            }
            _ => Ok(response),
        }
    }

    /// Asks one origin.
    async fn ask(
        &self,
        asked: &Asked<'_>,
        condition: Option<Validators<'_>>,
        unconditional: bool,
        body: Body,
        explains: bool,
        x: &mut Exchange,
    ) -> Result<Answered, OriginFailure> {
        let Asked { distribution, behavior, origin, head, path } = *asked;
        let request_id = x.request_id;
        let input = OriginRequestInput {
            distribution,
            behavior,
            origin,
            head,
            path,
            request_id: request_id.as_str(),
            via_host: &self.pop.via_host,
            condition,
            unconditional,
        };
        if behavior.viewer_request.is_none() {
            let elsewhere = raw_path_elsewhere(distribution, behavior, head.target.path());
            elsewhere.into_iter().for_each(|fact| x.trace.note(fact));
        }
        let ToOrigin { request, origin: changed_origin, body, bare } = match &behavior.origin_request {
            None => ToOrigin::plain(&input, body, x),
            Some(function) => {
                match Box::pin(self.lambda_origin_request(asked, &input, function, body, x)).await? {
                    LetThrough::Asked(to_origin) => *to_origin,
                    LetThrough::Answered(response) => return Ok(Answered::by_function(response)),
                }
            }
        };
        let origin = changed_origin.as_ref().unwrap_or(origin);
        let mut unexplained = None;
        let kept = if explains { &mut x.origin_request } else { &mut unexplained };
        let request: &OriginRequest = kept.insert(Box::new(request));
        let call = OriginCall {
            distribution,
            origin,
            signed: request.signed,
            request,
            viewer: head,
            body,
            now: x.now,
            request_id,
        };
        let trace = &mut x.trace;
        let answer = match origin.response_completion_timeout_seconds {
            None => self.fetch_patiently(call, trace).await,
            Some(seconds) => {
                let limit = Duration::from_secs(u64::from(seconds));
                Box::pin(in_time(limit, self.fetch_patiently(call, trace))).await
            }
        };
        match answer {
            Ok(response) if is_contradictory(&response, &head.method) => {
                let failure = OriginFailure::ContentRangeLength;
                x.trace.note(failure.fact(origin));
                Err(failure)
            }
            Ok(response) => {
                x.trace.note(Fact::of(FactKind::OriginStatus).value(u32::from(response.status)));
                let fact =
                    redirects_to_itself(origin, head, request.secure, response.status, &response.headers);
                fact.into_iter().for_each(|fact| x.trace.note(fact));
                let way = bare.map(|bare| Box::new((origin.clone(), bare)));
                Ok(Answered { response, way, by_function: false })
            }
            Err(failure) => {
                x.trace.note(failure.fact(origin));
                Err(failure)
            }
        }
    }
}

impl<O: Origins> Edge<O> {
    /// Asks an origin, and asks it again where it sent nothing in time and nothing is changed by asking.
    async fn fetch_patiently(
        &self,
        call: OriginCall<'_>,
        trace: &mut Trace,
    ) -> Result<Response, OriginFailure> {
        let attempts = answer_attempts(call.origin, &call.request.method, &call.request.headers);
        if attempts == 1 {
            return self.origins.fetch(call, trace).await;
        }
        let OriginCall { distribution, origin, viewer, now, request_id, signed, request, mut body } = call;
        for _ in 1..attempts {
            let body = std::mem::replace(&mut body, Body::Empty);
            let call = OriginCall { distribution, origin, viewer, now, request_id, signed, request, body };
            match self.origins.fetch(call, trace).await {
                Err(OriginFailure::ReadTimeout) => {}
                answer => return answer,
            }
        }
        trace.note(Fact::of(FactKind::OriginAskedAgain).value(attempts).at(origin.place));
        let call = OriginCall { distribution, origin, viewer, now, request_id, signed, request, body };
        self.origins.fetch(call, trace).await
    }
}

/// Whether the origin sent a part of another length than it says.
fn is_contradictory(response: &Response, method: &Method) -> bool {
    response.status == 206
        && *method == Method::Get
        && response
            .header_text("Content-Range")
            .zip(response.body.length())
            .is_some_and(|(range, length)| contradicts_its_length(range, length))
}

/// An answer on its way from an origin.
struct Answered {
    response: Response,
    /// Who was asked, and what, as the function for the answer sees it.
    way: Option<Box<(Origin, OriginRequest)>>,
    /// A function gave it, no origin.
    by_function: bool,
}

impl Answered {
    fn by_function(response: Response) -> Self {
        Self { response, way: None, by_function: true }
    }
}

/// What an answer, or none, means for failover; nothing where no origin is to blame.
fn outcome(answer: &Result<Answered, OriginFailure>) -> Option<PrimaryOutcome> {
    Some(match answer {
        Ok(answer) if answer.by_function => return None,
        Ok(answer) => PrimaryOutcome::Answered(answer.response.status),
        Err(OriginFailure::BadRequestBody | OriginFailure::Function(..)) => return None,
        Err(
            OriginFailure::Closed
            | OriginFailure::HeadTooLarge
            | OriginFailure::InvalidResponse
            | OriginFailure::ContentRangeLength,
        ) => PrimaryOutcome::Broken,
        Err(
            OriginFailure::Connect
            | OriginFailure::ConnectTimeout
            | OriginFailure::Dns
            | OriginFailure::Tls(_),
        ) => PrimaryOutcome::NotConnected,
        Err(OriginFailure::ReadTimeout | OriginFailure::CompletionTimeout) => PrimaryOutcome::TimedOut,
    })
}
