//! What the functions of a behavior make of a request and of an answer.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-functions.html>. Inferred, as
//! no page says it: a function of the viewer response sees the answer without the response headers policy, which is
//! applied behind it; and a response that a function generated gets the policy, too.

use std::sync::Arc;

use bytes::Bytes;
use frontgate_cloudfront_functions_rules::event::Prepared;
use frontgate_cloudfront_functions_rules::{
    ChangedRequest, ChangedResponse, Event, Failure, FunctionResult, RequestView, ResponseView,
};
use frontgate_edge_rules::errors::ErrorPage;
use frontgate_edge_rules::viewer::effective_path;
use frontgate_edge_rules::viewer_function::{behavior_with_origin, changed_head, cloudfront_headers};
use frontgate_edge_rules::{Behavior, Distribution, EdgeFunction, ViewerFunction};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, Headers, ReasonPhrase, RequestHead, Response, reason_phrase};

use crate::exchange::{ChangedByFunction, Exchange, XCache};
use crate::origins::Origins;
use crate::pages::http_date;
use crate::serve::{Asked, Edge};
use crate::steps::deliver::{Bare, Found, dress, seal};
use crate::viewer_functions::FunctionFailure;

/// A request that a function let on.
struct LetOn {
    head: RequestHead,
    /// The behavior with another origin, where the function asked for one.
    behavior: Option<Behavior>,
}

impl<O: Origins> Edge<O> {
    /// The answer to a request whose behavior has a function for the viewer request.
    pub(crate) async fn serve_by_function(
        &self,
        asked: &Asked<'_>,
        function: &EdgeFunction,
        body: Body,
        x: &mut Exchange,
    ) -> Response {
        let let_on = match function {
            EdgeFunction::CloudFront(function) => {
                self.viewer_request(asked, function, x).map(|let_on| (let_on, body))
            }
            EdgeFunction::Lambda(function) => {
                let let_on = self.lambda_viewer_request(asked, function, body, x).await;
                let_on.map(|(head, body)| (LetOn { head, behavior: None }, body))
            }
        };
        let (let_on, body) = match let_on {
            Ok(let_on) => let_on,
            Err(response) => return *response,
        };
        let changed = let_on.behavior.as_ref();
        let origin = changed.map(|behavior| behavior.origin.clone());
        let group = changed.and_then(|behavior| behavior.origin_group.as_ref());
        let secondary = group.map(|group| group.secondary.clone());
        x.changed_request =
            Some(Box::new(ChangedByFunction { head: let_on.head.clone(), origin, secondary }));
        let Asked { distribution, behavior, .. } = *asked;
        let behavior = let_on.behavior.as_ref().unwrap_or(behavior);
        let (path, root_object) = effective_path(distribution, &let_on.head);
        root_object.into_iter().for_each(|fact| x.trace.note(fact));
        let asked = Asked::of(distribution, behavior, &let_on.head, &path);
        let found = match self.fresh(&asked, x) {
            Some(kept) => Found::Kept(kept),
            None => self.find(&asked, body, x).await,
        };
        self.answer(&asked, found, x).await
    }

    /// Calls the function; the answer where the request ends here.
    fn viewer_request(
        &self,
        asked: &Asked<'_>,
        function: &Arc<ViewerFunction>,
        x: &mut Exchange,
    ) -> Result<LetOn, Box<Response>> {
        let Asked { distribution, behavior, head, .. } = *asked;
        let event = prepare(asked, None, x);
        let outcome = self.functions.call(function, &event, x.request_id);
        let ran = Fact::of(FactKind::ViewerRequestFunction).value(outcome.compute_utilization);
        x.trace.note(ran.at(function.place));
        let change = match outcome.result {
            Ok(FunctionResult::Request(change)) => change,
            Ok(FunctionResult::Response(generated)) => {
                return Err(self.generated(asked, function, *generated, x).into());
            }
            Err(failure) => return Err(self.function_failed(function, &failure, x).into()),
        };
        note_changes(&change, behavior, &event, x);
        let behavior =
            match change.origin.as_ref().map(|origin| behavior_with_origin(distribution, behavior, origin)) {
                None => None,
                Some(Ok(changed)) => {
                    x.trace.note(Fact::of(FactKind::FunctionChangedOrigin).at(changed.origin.place));
                    Some(changed)
                }
                Some(Err(error)) => {
                    let failure = FunctionFailure::Invalid(Failure::InvalidValue(error));
                    return Err(self.function_failed(function, &failure, x).into());
                }
            };
        Ok(LetOn { head: changed_head(head, &change), behavior })
    }

    /// The answer that a function gave instead of CloudFront; no custom error response stands for it.
    fn generated(
        &self,
        asked: &Asked<'_>,
        function: &ViewerFunction,
        generated: ChangedResponse,
        x: &mut Exchange,
    ) -> Response {
        let status = u32::from(generated.status);
        x.trace.note(Fact::of(FactKind::FunctionGeneratedResponse).value(status).at(function.place));
        x.result = XCache::FunctionGeneratedResponse;
        let mut response = Response::new(generated.status);
        response.reason = reason(generated.description.as_deref(), generated.status);
        response.headers.append("Server", b"CloudFront");
        response.headers.append("Date", http_date(x.now).as_bytes());
        for (name, value) in &generated.headers.unwrap_or_default() {
            match name {
                "Server" | "Date" => response.headers.set(name, value),
                _ if is_framing(name) => {}
                _ => response.headers.append(name, value),
            }
        }
        if let Some(body) = generated.body {
            response.body = Bytes::from(body).into();
        }
        dress(asked, &mut response.headers);
        seal(&self.pop, asked, response, None, x)
    }

    /// The answer to a viewer where the behavior has a function for the viewer response.
    pub(crate) async fn deliver_by_function(
        &self,
        asked: &Asked<'_>,
        function: &EdgeFunction,
        found: Found,
        x: &mut Exchange,
    ) -> Response {
        match function {
            EdgeFunction::CloudFront(function) => self.deliver_by_viewer_function(asked, function, found, x),
            EdgeFunction::Lambda(function) => self.deliver_by_lambda(asked, function, found, x).await,
        }
    }

    fn deliver_by_viewer_function(
        &self,
        asked: &Asked<'_>,
        function: &Arc<ViewerFunction>,
        found: Found,
        x: &mut Exchange,
    ) -> Response {
        let mut bare = Bare::compose(asked, found, x);
        let event = prepare(asked, Some(&bare.response), x);
        let outcome = self.functions.call(function, &event, x.request_id);
        let ran = Fact::of(FactKind::ViewerResponseFunction).value(outcome.compute_utilization);
        x.trace.note(ran.at(function.place));
        let needs_body =
            matches!(&outcome.result, Ok(FunctionResult::Response(changed)) if changed.body.is_none());
        if !needs_body {
            bare.body_is_replaced();
        }
        let Bare { mut response, age, .. } = bare;
        match outcome.result {
            Ok(FunctionResult::Response(changed)) => apply(*changed, &mut response),
            Ok(FunctionResult::Request(_)) => {}
            Err(failure) => return self.function_failed(function, &failure, x),
        }
        dress(asked, &mut response.headers);
        seal(&self.pop, asked, response, age, x)
    }

    fn function_failed(
        &self,
        function: &ViewerFunction,
        failure: &FunctionFailure,
        x: &mut Exchange,
    ) -> Response {
        let (status, page, kind, result) = match failure {
            FunctionFailure::Execution => {
                (503, ErrorPage::FunctionFailed, FactKind::FunctionThrew, XCache::FunctionExecutionError)
            }
            FunctionFailure::NotAccepted => (
                503,
                ErrorPage::FunctionFailed,
                FactKind::FunctionNotAccepted,
                XCache::FunctionExecutionError,
            ),
            FunctionFailure::Invalid(Failure::InvalidValue(_)) => (
                502,
                ErrorPage::FunctionResultInvalid,
                FactKind::FunctionResultInvalid,
                XCache::FunctionValidationError,
            ),
            FunctionFailure::Invalid(Failure::ReadOnlyHeader(_)) => (
                502,
                ErrorPage::FunctionReadOnlyHeader,
                FactKind::FunctionReadOnlyHeader,
                XCache::FunctionValidationError,
            ),
        };
        x.trace.note(Fact::of(kind).at(function.place));
        self.refuse_as(result, page, status, x)
    }
}

/// Notes that an answer is one that no function sees, where the behavior has a function for it.
pub(crate) fn note_skipped(asked: &Asked<'_>, status: u16, x: &mut Exchange) {
    if let Some(function) = &asked.behavior.viewer_response {
        let fact = Fact::of(FactKind::ViewerResponseFunctionSkipped).value(u32::from(status));
        x.trace.note(fact.at(function.place()));
    }
}

fn prepare(asked: &Asked<'_>, response: Option<&Response>, x: &Exchange) -> Prepared {
    let Asked { distribution, behavior, head, .. } = *asked;
    let Distribution { id, domain_name, .. } = distribution;
    let event = Event {
        distribution_domain_name: domain_name,
        distribution_id: id,
        request_id: x.request_id.as_str(),
        viewer_ip: head.connection.peer.ip().to_canonical(),
        request: RequestView {
            method: head.method.as_str(),
            target: &head.target,
            headers: &head.headers,
            cloudfront_headers: &cloudfront_headers(behavior, head),
        },
        response: response.map(|response| ResponseView {
            status: response.status,
            headers: &response.headers,
            content_length: response.content_length_of_omitted_body.or_else(|| response.body.length()),
        }),
    };
    event.prepare()
}

fn note_changes(change: &ChangedRequest, behavior: &Behavior, event: &Prepared, x: &mut Exchange) {
    if change.uri.is_some() {
        x.trace.note(Fact::of(FactKind::FunctionChangedUri).at(behavior.place));
    }
    if change.query.is_some() {
        x.trace.note(Fact::of(FactKind::FunctionChangedQuery));
    }
    if change.headers.is_some() {
        let seen = u32::try_from(event.header_count()).unwrap_or(u32::MAX);
        x.trace.note(Fact::of(FactKind::FunctionChangedHeaders).value(seen));
    }
    if change.cookie.is_some() {
        x.trace.note(Fact::of(FactKind::FunctionChangedCookies));
    }
}

fn apply(changed: ChangedResponse, response: &mut Response) {
    // The words of the event belong to the status of the event.
    let description = changed.description.filter(|text| text != reason_phrase(response.status));
    response.status = changed.status;
    response.reason = reason(description.as_deref(), changed.status);
    if let Some(headers) = changed.headers {
        let mut kept = Headers::new();
        for (name, value) in headers.iter().filter(|(name, _)| !is_framing(name)) {
            kept.append(name, value);
        }
        response.headers = kept;
    }
    if let Some(body) = changed.body {
        response.body = Bytes::from(body).into();
        response.content_length_of_omitted_body = None;
    }
}

/// The `statusDescription` of a function as a reason phrase; what a line cannot hold is left out.
pub(crate) fn reason(description: Option<&str>, status: u16) -> Option<Box<ReasonPhrase>> {
    description.and_then(|text| ReasonPhrase::parse(text, status)).map(Box::new)
}

/// What the connection writes itself.
fn is_framing(name: &str) -> bool {
    name.eq_ignore_ascii_case("Content-Length") || name.eq_ignore_ascii_case("Transfer-Encoding")
}
