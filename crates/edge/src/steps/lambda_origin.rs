//! What the Lambda@Edge functions of origin events make of a request to an origin and of its answer.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html>. Inferred,
//! as no page says it: failover looks at the status of the origin, before the function of the origin response.

use std::sync::Arc;

use bytes::Bytes;
use frontgate_edge_rules::lambda_edge::{
    ChangedLambdaRequest, EventRequest, EventResponse, LambdaEvent, LambdaOrigin, LambdaResult,
    PreparedEvent, Trigger, bare_origin, bare_request, bucket_of_host, dressed_request, split_target,
};
use frontgate_edge_rules::origin_request::{OriginRequest, OriginRequestInput, origin_request};
use frontgate_edge_rules::{LambdaFunction, Origin};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{Body, Response};

use crate::exchange::{Exchange, XCache};
use crate::origins::{OriginFailure, Origins};
use crate::serve::{Asked, Edge};
use crate::steps::deliver::unshare;
use crate::steps::lambda_call::{PeekedBody, apply_answer, note_answer_changes, peek_body};
use crate::steps::lambda_viewer::{frame_anew, generated_response, note_request_changes};

/// What a function of the origin request wants.
pub(crate) enum LetThrough {
    /// The origin is asked.
    Asked(Box<ToOrigin>),
    /// The function answered.
    Answered(Response),
}

/// A request on its way to an origin.
pub(crate) struct ToOrigin {
    pub(crate) request: OriginRequest,
    /// The origin, where it is not the configured one.
    pub(crate) origin: Option<Origin>,
    pub(crate) body: Body,
    /// The request as functions see it, where one sees the answer.
    pub(crate) bare: Option<OriginRequest>,
}

impl ToOrigin {
    /// A request to the configured origin that no function sees on its way.
    pub(crate) fn plain(input: &OriginRequestInput<'_>, body: Body, x: &mut Exchange) -> Self {
        let sees_answer = input.behavior.origin_response.is_some();
        let bare = sees_answer.then(|| bare(input));
        Self { request: origin_request(input, &mut x.trace), origin: None, body, bare }
    }
}

impl<O: Origins> Edge<O> {
    /// Calls the function of the origin request.
    pub(crate) async fn lambda_origin_request(
        &self,
        asked: &Asked<'_>,
        input: &OriginRequestInput<'_>,
        function: &Arc<LambdaFunction>,
        body: Body,
        x: &mut Exchange,
    ) -> Result<LetThrough, OriginFailure> {
        self.origins.resolve(input.origin).await.inspect_err(|failure| {
            // "If CloudFront can't resolve the domain name, your Lambda@Edge function will not invoke."
            x.trace.note(failure.fact(input.origin));
            x.trace.note(Fact::of(FactKind::LambdaEdgeNotCalled).at(function.place));
        })?;
        let trigger = Trigger::OriginRequest;
        let bare = bare(input);
        let peeked = peek_body(body, function, trigger, x).await;
        let (peeked, body) = peeked.map_err(|_| {
            x.trace.note(OriginFailure::BadRequestBody.fact(input.origin));
            OriginFailure::BadRequestBody
        })?;
        let event = origin_event(trigger, asked, input.origin, &bare, peeked.as_ref(), None, x);
        let change = match self.call_lambda(asked, function, &event, x).await? {
            LambdaResult::Request(change) => *change,
            LambdaResult::Response(generated) => {
                let status = u32::from(generated.status);
                x.trace
                    .note(Fact::of(FactKind::LambdaEdgeGeneratedResponse).value(status).at(function.place));
                if let Some(function) = &asked.behavior.origin_response {
                    x.trace.note(Fact::of(FactKind::LambdaEdgeOriginResponseSkipped).at(function.place));
                }
                x.result = XCache::LambdaGeneratedResponse;
                return Ok(LetThrough::Answered(generated_response(*generated, x)));
            }
        };
        note_request_changes(&change, asked.behavior, &mut x.trace);
        let to_origin = self.changed_way(asked, input, function, (bare, body), change, x)?;
        Ok(LetThrough::Asked(Box::new(to_origin)))
    }

    /// The request as the function left it, and the origin that it goes to.
    fn changed_way(
        &self,
        asked: &Asked<'_>,
        input: &OriginRequestInput<'_>,
        function: &Arc<LambdaFunction>,
        (mut bare, body): (OriginRequest, Body),
        change: ChangedLambdaRequest,
        x: &mut Exchange,
    ) -> Result<ToOrigin, OriginFailure> {
        let before = input.origin;
        let mut origin = None;
        if let Some(wanted) = &change.origin {
            let changed =
                wanted.apply(before).map_err(|invalid| self.not_taken(asked, function, invalid, x))?;
            x.trace.note(Fact::of(FactKind::LambdaEdgeChangedOrigin).at(function.place));
            let host_before = bare.headers.first("Host");
            if changed.domain_name != before.domain_name && change.headers.first("Host") == host_before {
                x.trace.note(Fact::of(FactKind::LambdaEdgeKeptHost).at(function.place));
            }
            origin = Some(changed);
        }
        bare.headers = change.headers;
        if let Some(body) = &change.body {
            frame_anew(&mut bare.headers, body);
        }
        if change.uri.is_some() || change.query.is_some() {
            let (path, query) = split_target(&bare.target);
            let path = change.uri.as_deref().unwrap_or(path);
            let query = change.query.as_deref().unwrap_or(query);
            bare.target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        }
        let host = bare.headers.first_text("Host").unwrap_or(&before.domain_name).to_owned();
        if let Some(of_host) = bucket_of_host(origin.as_ref().unwrap_or(before), &host) {
            origin = Some(of_host);
        }
        let asked_origin = origin.as_ref().unwrap_or(before);
        // How it is asked, and whether it is signed for, is that of the origin which is asked; and so are the reasons.
        let again = origin_request(&OriginRequestInput { origin: asked_origin, ..*input }, &mut x.trace);
        (bare.secure, bare.signed) = (again.secure, again.signed);
        Ok(ToOrigin {
            request: dressed_request(bare.clone(), asked_origin),
            body: change.body.map_or(body, |body| Body::from(Bytes::from(body))),
            origin,
            bare: asked.behavior.origin_response.as_ref().map(|_| bare),
        })
    }

    /// Calls the function of the origin response.
    pub(crate) async fn lambda_origin_response(
        &self,
        asked: &Asked<'_>,
        function: &Arc<LambdaFunction>,
        (origin, bare): (&Origin, &OriginRequest),
        mut response: Response,
        x: &mut Exchange,
    ) -> Result<Response, OriginFailure> {
        unshare(&mut response);
        let trigger = Trigger::OriginResponse;
        let event = origin_event(trigger, asked, origin, bare, None, Some(&response), x);
        if let LambdaResult::Response(changed) = self.call_lambda(asked, function, &event, x).await? {
            note_answer_changes(&changed, response.status, x);
            apply_answer(*changed, &mut response);
        }
        Ok(response)
    }
}

/// The request as functions see it.
fn bare(input: &OriginRequestInput<'_>) -> OriginRequest {
    let origin = bare_origin(input.origin);
    let request = origin_request(&OriginRequestInput { origin: &origin, ..*input }, &mut Trace::new());
    bare_request(request, input.origin)
}

fn origin_event(
    trigger: Trigger,
    asked: &Asked<'_>,
    origin: &Origin,
    request: &OriginRequest,
    body: Option<&PeekedBody>,
    response: Option<&Response>,
    x: &Exchange,
) -> PreparedEvent {
    let (uri, query) = split_target(&request.target);
    let event = LambdaEvent {
        trigger,
        distribution_domain_name: &asked.distribution.domain_name,
        distribution_id: &asked.distribution.id,
        request_id: x.request_id.as_str(),
        client_ip: asked.head.connection.peer.ip().to_canonical(),
        request: EventRequest {
            method: request.method.as_str(),
            uri,
            query,
            headers: &request.headers,
            body: body.map(PeekedBody::event_body),
            origin: Some(LambdaOrigin::describe(origin, request.secure)),
        },
        response: response.map(|response| EventResponse {
            status: response.status,
            headers: &response.headers,
            content_length: response.content_length_of_omitted_body.or_else(|| response.body.length()),
        }),
    };
    event.prepare()
}
