//! What the Lambda@Edge functions of viewer events make of a request and of an answer.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-cloudfront-trigger-events.html>.

use std::sync::Arc;

use bytes::Bytes;
use frontgate_edge_rules::errors::ErrorPage;
use frontgate_edge_rules::lambda_edge::{
    ChangedLambdaRequest, EventRequest, EventResponse, LambdaEvent, LambdaResponse, LambdaResult,
    PreparedEvent, Trigger,
};
use frontgate_edge_rules::viewer_function::changed_target;
use frontgate_edge_rules::{Behavior, LambdaFunction};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{Body, Headers, RequestHead, Response};

use crate::exchange::{Exchange, XCache};
use crate::origins::Origins;
use crate::pages::http_date;
use crate::serve::{Asked, Edge};
use crate::steps::deliver::{Bare, Found, dress, seal};
use crate::steps::lambda_call::{
    LambdaError, PeekedBody, apply_answer, note_answer_changes, peek_body, without_framing,
};
use crate::steps::viewer_function::reason;

impl<O: Origins> Edge<O> {
    /// Calls the function of the viewer request: the request that goes on with its body, or the answer where it ends
    /// here.
    pub(crate) async fn lambda_viewer_request(
        &self,
        asked: &Asked<'_>,
        function: &Arc<LambdaFunction>,
        body: Body,
        x: &mut Exchange,
    ) -> Result<(RequestHead, Body), Box<Response>> {
        let trigger = Trigger::ViewerRequest;
        let Ok((peeked, body)) = peek_body(body, function, trigger, x).await else {
            x.trace.note(Fact::of(FactKind::ViewerBodyBroken));
            return Err(self.refuse(ErrorPage::BadRequest, 400, x).into());
        };
        let event = viewer_event(trigger, asked, peeked.as_ref(), None, x);
        match self.call_lambda(asked, function, &event, x).await {
            Ok(LambdaResult::Request(change)) => {
                note_request_changes(&change, asked.behavior, &mut x.trace);
                let (head, replaced) = changed_request(asked.head, *change);
                Ok((head, replaced.unwrap_or(body)))
            }
            Ok(LambdaResult::Response(generated)) => {
                let status = u32::from(generated.status);
                x.trace
                    .note(Fact::of(FactKind::LambdaEdgeGeneratedResponse).value(status).at(function.place));
                x.result = XCache::LambdaGeneratedResponse;
                let mut response = generated_response(*generated, x);
                dress(asked, &mut response.headers);
                Err(seal(&self.pop, asked, response, None, x).into())
            }
            Err(LambdaError { status, page }) => Err(self.refuse_as(x.result, page, status, x).into()),
        }
    }

    /// The answer to a viewer where the behavior has a function for the viewer response.
    pub(crate) async fn deliver_by_lambda(
        &self,
        asked: &Asked<'_>,
        function: &Arc<LambdaFunction>,
        found: Found,
        x: &mut Exchange,
    ) -> Response {
        let mut bare = Bare::compose(asked, found, x);
        if let Some(age) = bare.age {
            // A function sees it among the others; where it leaves it alone it goes to its place at the end.
            bare.response.headers.append("Age", age.to_string().as_bytes());
        }
        let event = viewer_event(Trigger::ViewerResponse, asked, None, Some(&bare.response), x);
        let called = self.call_lambda(asked, function, &event, x).await;
        let keeps_body = matches!(&called, Ok(LambdaResult::Response(changed)) if changed.body.is_none());
        if !keeps_body {
            bare.body_is_replaced();
        }
        let Bare { mut response, age, .. } = bare;
        match called {
            Ok(LambdaResult::Response(changed)) => {
                note_answer_changes(&changed, response.status, x);
                apply_answer(*changed, &mut response);
            }
            Ok(LambdaResult::Request(_)) => {}
            Err(LambdaError { status, page }) => return self.refuse_as(x.result, page, status, x),
        }
        let age = age.filter(|age| response.headers.first("Age") == Some(age.to_string().as_bytes()));
        if age.is_some() {
            response.headers.remove("Age");
        }
        dress(asked, &mut response.headers);
        seal(&self.pop, asked, response, age, x)
    }
}

fn viewer_event(
    trigger: Trigger,
    asked: &Asked<'_>,
    body: Option<&PeekedBody>,
    response: Option<&Response>,
    x: &Exchange,
) -> PreparedEvent {
    let Asked { distribution, head, .. } = *asked;
    let event = LambdaEvent {
        trigger,
        distribution_domain_name: &distribution.domain_name,
        distribution_id: &distribution.id,
        request_id: x.request_id.as_str(),
        client_ip: head.connection.peer.ip().to_canonical(),
        request: EventRequest {
            method: head.method.as_str(),
            uri: head.target.path(),
            query: head.target.query().unwrap_or(""),
            headers: &head.headers,
            body: body.map(PeekedBody::event_body),
            origin: None,
        },
        response: response.map(|response| EventResponse {
            status: response.status,
            headers: &response.headers,
            content_length: response.content_length_of_omitted_body.or_else(|| response.body.length()),
        }),
    };
    event.prepare()
}

/// Notes what a function changed of a request.
pub(crate) fn note_request_changes(change: &ChangedLambdaRequest, behavior: &Behavior, trace: &mut Trace) {
    if change.uri.is_some() {
        trace.note(Fact::of(FactKind::LambdaEdgeChangedUri).at(behavior.place));
    }
    if change.query.is_some() {
        trace.note(Fact::of(FactKind::LambdaEdgeChangedQuery));
    }
    if let Some(left) = change.changed_headers {
        trace.note(Fact::of(FactKind::LambdaEdgeChangedHeaders).value(left));
    }
    if let Some(body) = &change.body {
        let bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
        trace.note(Fact::of(FactKind::LambdaEdgeReplacedBody).value(bytes));
    }
}

/// The request as the function left it, and the body that it put in place.
fn changed_request(head: &RequestHead, change: ChangedLambdaRequest) -> (RequestHead, Option<Body>) {
    let mut changed = head.clone();
    changed.headers = change.headers;
    let target = changed_target(&head.target, change.uri.as_deref(), change.query.as_deref());
    changed.target = target.unwrap_or(changed.target);
    if let Some(body) = &change.body {
        frame_anew(&mut changed.headers, body);
    }
    (changed, change.body.map(|body| Body::from(Bytes::from(body))))
}

/// What the viewer said of the length of its own body does not hold for the one that a function put in its place.
pub(crate) fn frame_anew(headers: &mut Headers, body: &[u8]) {
    headers.remove("Transfer-Encoding");
    if headers.contains("Content-Length") {
        headers.set("Content-Length", body.len().to_string().as_bytes());
    }
}

/// The answer that a function gave instead of CloudFront or an origin.
pub(crate) fn generated_response(generated: LambdaResponse, x: &Exchange) -> Response {
    let mut response = Response::new(generated.status);
    response.reason = reason(generated.description.as_deref(), generated.status);
    response.headers.append("Server", b"CloudFront");
    response.headers.append("Date", http_date(x.now).as_bytes());
    for (name, value) in &without_framing(&generated.headers) {
        match name {
            "Server" | "Date" => response.headers.set(name, value),
            _ => response.headers.append(name, value),
        }
    }
    if let Some(body) = generated.body {
        response.body = Bytes::from(body).into();
    }
    response
}
