//! What is no longer true once the origin has done what a method asked for?
//!
//! Authority: RFC 9111 §4.4. CloudFront's documentation is silent: it says how an object is removed on purpose.

use frontgate_edge_rules::key::{key_settings_fact, write_cache_key};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Method, RequestHead};

use crate::exchange::Exchange;
use crate::serve::{Asked, Edge, HEAD_ONLY};

impl<O> Edge<O> {
    /// Removes what is kept for the same request by GET and HEAD, in every coding, where the origin answered an unsafe
    /// method without an error. Whatever else the key has (headers, cookies) is as this viewer sent it.
    pub(crate) fn forget_what_changed(&self, asked: &Asked<'_>, status: u16, x: &mut Exchange) {
        let is_safe =
            matches!(asked.head.method, Method::Get | Method::Head | Method::Options | Method::Trace);
        let is_success = (200..400).contains(&status);
        if is_safe || !is_success || key_settings_fact(asked.behavior).kind == FactKind::CachingDisabled {
            return;
        }
        let mut head = RequestHead { method: Method::Get, ..asked.head.clone() };
        let (mut key, mut removed) = (Vec::new(), 0);
        for codings in CODINGS {
            head.headers.set("Accept-Encoding", codings.as_bytes());
            write_cache_key(&mut key, asked.distribution, asked.behavior, &head, asked.path);
            removed += u32::from(self.cache.remove(&key));
            key.extend_from_slice(HEAD_ONLY);
            removed += u32::from(self.cache.remove(&key));
        }
        if removed > 0 {
            x.trace.note(Fact::of(FactKind::InvalidatedByMethod).value(removed));
        }
    }
}

/// What a cache key can have of `Accept-Encoding`.
const CODINGS: [&str; 4] = ["", "br", "gzip", "br, gzip"];
