//! Which answer stands for an error?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/GeneratingCustomErrorResponses.html>.

use frontgate_edge_rules::CustomErrorResponse;
use frontgate_edge_rules::errors::{ConnectionAfter, connection_after_error_page, custom_error_response};
use frontgate_edge_rules::pitfalls::{error_from_cache, error_without_cors, note_about_error};
use frontgate_edge_rules::viewer::choose_behavior;
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, Method, RequestHead, Response, Target};

use crate::exchange::{Exchange, XCache};
use crate::origins::Origins;
use crate::serve::{Asked, Edge};
use crate::steps::deliver::{Found, deliver};

impl<O: Origins> Edge<O> {
    /// The answer where an error was found: the page of its custom error response, or the error itself.
    pub(crate) async fn answer_error(&self, asked: &Asked<'_>, found: Found, x: &mut Exchange) -> Response {
        let status = found.status();
        if x.result == XCache::Hit {
            x.trace.note(error_from_cache(asked.distribution, status));
        }
        note_about_error(asked.distribution, asked.behavior, asked.head.target.path(), &mut x.trace);
        let row = custom_error_response(asked.distribution, status);
        let Some((row, (page, new_status))) = row.and_then(|row| Some((row, row.page.as_ref()?))) else {
            x.result = x.result.or_error();
            let response = deliver(&self.pop, asked, found, None, x);
            if asked.head.is_cross_origin() && response.header_text(ALLOW_ORIGIN).is_none() {
                x.trace.note(error_without_cors(asked.behavior));
            }
            return response;
        };
        x.trace.note(Fact::of(FactKind::ErrorPage).value(u32::from(status)).at(row.place));
        found.let_go();
        let found = self.error_page(asked, row, page, x).await;
        x.result = XCache::Error;
        let status_of_page = if found.status() >= 400 { found.status() } else { *new_status };
        let mut response = deliver(&self.pop, asked, found, Some(status_of_page), x);
        response.close |= connection_after_error_page(status) == ConnectionAfter::Close;
        response
    }

    /// The page, by its own behavior and through the cache. Where that fails the viewer gets the failure.
    async fn error_page(
        &self,
        asked: &Asked<'_>,
        row: &CustomErrorResponse,
        page: &str,
        x: &mut Exchange,
    ) -> Found {
        let head = page_request(asked.head, page);
        let chosen = choose_behavior(asked.distribution, page);
        x.trace.note(chosen.fact);
        let asked = Asked::of(asked.distribution, chosen.behavior, &head, head.target.path());
        let found = match self.fresh(&asked, x) {
            Some(kept) => Found::Kept(kept),
            None => self.find(&asked, Body::Empty, x).await,
        };
        if found.status() >= 400 {
            let status = u32::from(found.status());
            x.trace.note(Fact::of(FactKind::ErrorPageFailed).value(status).at(row.place));
        }
        found
    }
}

const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";

/// A GET request for the page as this viewer would send it, without conditions and without what spoke of a body.
fn page_request(viewer: &RequestHead, page: &str) -> RequestHead {
    let mut head = RequestHead {
        method: Method::Get,
        target: Target::new(page),
        for_error_of: Some(Box::new(viewer.target.clone())),
        ..viewer.clone()
    };
    head.headers.retain(|name, _| !NOT_FOR_THE_PAGE.iter().any(|known| known.eq_ignore_ascii_case(name)));
    head
}

const NOT_FOR_THE_PAGE: &[&str] = &[
    "Content-Encoding",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Expect",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Range",
    "Transfer-Encoding",
    "Upgrade",
];
