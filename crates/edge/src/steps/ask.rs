//! What an origin is asked, and which origin of a group is.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html>.

use frontgate_edge_rules::failover::{Failover, PrimaryOutcome, failover};
use frontgate_edge_rules::origin_request::{OriginRequestInput, Validators, origin_request};
use frontgate_edge_rules::pitfalls::{raw_path_elsewhere, redirects_to_itself};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, Response};

use crate::exchange::Exchange;
use crate::origins::{OriginCall, OriginFailure, Origins};
use crate::serve::{Asked, Edge};

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
            let Some(primary) = outcome(&answer).filter(|_| !has_failed_over) else { return answer };
            match failover(asked.behavior, asked.head, has_body, primary) {
                Failover::To(group, fact) => {
                    x.trace.note(fact);
                    asked.origin = &group.secondary;
                    has_failed_over = true;
                }
                Failover::No(fact) => {
                    fact.into_iter().for_each(|fact| x.trace.note(fact));
                    return answer;
                }
            }
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
    ) -> Result<Response, OriginFailure> {
        let Asked { distribution, behavior, origin, head, path } = *asked;
        let input = OriginRequestInput {
            distribution,
            behavior,
            origin,
            head,
            path,
            request_id: x.request_id.as_str(),
            via_host: &self.pop.via_host,
            condition,
            unconditional,
        };
        if behavior.viewer_request.is_none() {
            let elsewhere = raw_path_elsewhere(distribution, behavior, head.target.path());
            elsewhere.into_iter().for_each(|fact| x.trace.note(fact));
        }
        let request = origin_request(&input, &mut x.trace);
        let asked_securely = request.secure;
        if explains {
            x.origin_request = Some(Box::new(request.clone()));
        }
        let call = OriginCall {
            distribution,
            origin,
            signed: request.signed,
            request,
            viewer: head,
            body,
            now: x.now,
            request_id: x.request_id,
        };
        match self.origins.fetch(call, &mut x.trace).await {
            Ok(response) => {
                x.trace.note(Fact::of(FactKind::OriginStatus).value(u32::from(response.status)));
                let fact =
                    redirects_to_itself(origin, head, asked_securely, response.status, &response.headers);
                fact.into_iter().for_each(|fact| x.trace.note(fact));
                Ok(response)
            }
            Err(failure) => {
                x.trace.note(failure.fact(origin));
                Err(failure)
            }
        }
    }
}

/// What an answer, or none, means for failover; nothing where the viewer is to blame.
fn outcome(answer: &Result<Response, OriginFailure>) -> Option<PrimaryOutcome> {
    Some(match answer {
        Ok(response) => PrimaryOutcome::Answered(response.status),
        Err(OriginFailure::BadRequestBody) => return None,
        Err(OriginFailure::Closed | OriginFailure::InvalidResponse) => PrimaryOutcome::Broken,
        Err(
            OriginFailure::Connect
            | OriginFailure::ConnectTimeout
            | OriginFailure::Dns
            | OriginFailure::Tls(_),
        ) => PrimaryOutcome::NotConnected,
        Err(OriginFailure::ReadTimeout) => PrimaryOutcome::TimedOut,
    })
}
