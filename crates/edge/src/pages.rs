//! What the edge answers on its own: refusals, failures, redirects to https.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use frontgate_edge_rules::delivery::append_edge_headers;
use frontgate_edge_rules::errors::{ErrorPage, error_page, redirect_page};
use frontgate_edge_rules::viewer::redirect_location;
use frontgate_message::{Body, Headers, Method, RequestHead, Response};

use crate::exchange::{Exchange, XCache};
use crate::serve::Edge;

/// Where the edge stands: what it says about itself in the headers of every answer.
#[derive(Clone, Debug)]
pub struct PointOfPresence {
    /// `X-Amz-Cf-Pop`, such as `SEA73-P1`.
    pub name: Box<str>,
    /// The name in `Via`, such as `0123456789abcdef0123456789abcdef.cloudfront.net`.
    pub via_host: Box<str>,
    /// The port of https, where viewers are redirected to; known once the listeners are bound.
    pub https_port: Arc<AtomicU16>,
}

impl<O> Edge<O> {
    /// CloudFront's page for a request that is refused before it belongs to a distribution, or at its door.
    pub fn refuse(&self, page: ErrorPage, status: u16, x: &mut Exchange) -> Response {
        self.refuse_as(XCache::Error, page, status, x)
    }

    pub(crate) fn refuse_as(
        &self,
        result: XCache,
        page: ErrorPage,
        status: u16,
        x: &mut Exchange,
    ) -> Response {
        x.result = result;
        let mut response = page_response(status, page, x);
        append_identity(&self.pop, &mut response.headers, None, x);
        response
    }

    pub(crate) fn redirect(&self, status: u16, head: &RequestHead, x: &mut Exchange) -> Response {
        x.result = XCache::Redirect;
        let mut response = own_response(status, "text/html", redirect_page(status), x.now);
        let location = redirect_location(head, self.pop.https_port.load(Ordering::Relaxed));
        response.headers.append("Location", location.as_bytes());
        append_identity(&self.pop, &mut response.headers, None, x);
        omit_body_for_head(&mut response, &head.method);
        response
    }
}

/// One of CloudFront's pages, without the headers that say who sent it.
pub(crate) fn page_response(status: u16, page: ErrorPage, x: &Exchange) -> Response {
    let (content_type, body) = error_page(page, status, x.request_id.as_str());
    own_response(status, content_type, body, x.now)
}

/// `X-Cache`, `Via`, `X-Amz-Cf-Pop`, `X-Amz-Cf-Id` and `Age`.
pub(crate) fn append_identity(pop: &PointOfPresence, headers: &mut Headers, age: Option<u64>, x: &Exchange) {
    append_edge_headers(headers, x.result.as_str(), &pop.via_host, &pop.name, x.request_id.as_str(), age);
}

/// An answer to a HEAD request has no body, but says how long it would be.
pub(crate) fn omit_body_for_head(response: &mut Response, method: &Method) {
    if *method == Method::Head && response.content_length_of_omitted_body.is_none() {
        response.content_length_of_omitted_body = response.body.length();
        response.body = Body::Empty;
    }
}

/// The value of `Date`.
pub(crate) fn http_date(now: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(now.min(LAST_DATE)))
}

/// The last second of the year 9999: later dates have no HTTP form.
const LAST_DATE: u64 = 253_402_300_799;

fn own_response(status: u16, content_type: &str, body: String, now: u64) -> Response {
    let mut response = Response::new(status);
    response.headers.append("Server", b"CloudFront");
    response.headers.append("Date", http_date(now).as_bytes());
    response.headers.append("Content-Type", content_type.as_bytes());
    response.body = Bytes::from(body).into();
    response
}
