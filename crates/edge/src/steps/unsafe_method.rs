//! What is no longer true once the origin has done what a method asked for?
//!
//! Authority: RFC 9111 §4.4. CloudFront's documentation is silent: it says how an object is removed on purpose.

use frontgate_edge_rules::key::{key_settings_fact, write_cache_key};
use frontgate_edge_rules::named_targets::named_targets;
use frontgate_edge_rules::viewer::choose_behavior;
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Headers, Method, RequestHead};

use crate::exchange::Exchange;
use crate::serve::{Asked, Edge, HEAD_ONLY};
use crate::steps::parts::PARTS;

impl<O> Edge<O> {
    /// Removes what is kept for the same request by GET and HEAD, parts included, in every coding, where the origin answered an unsafe
    /// method without an error, and what `Location` and `Content-Location` of the answer name. Whatever else the key has
    /// (headers, cookies) is as this viewer sent it.
    pub(crate) fn forget_what_changed(
        &self,
        asked: &Asked<'_>,
        status: u16,
        answer: &Headers,
        x: &mut Exchange,
    ) {
        let is_safe =
            matches!(asked.head.method, Method::Get | Method::Head | Method::Options | Method::Trace);
        if is_safe || !(200..400).contains(&status) {
            return;
        }
        let mut removed = self.forget(asked);
        for target in named_targets(asked.head, answer) {
            let behavior = choose_behavior(asked.distribution, target.path()).behavior;
            let head = RequestHead { target, ..asked.head.clone() };
            removed += self.forget(&Asked::of(asked.distribution, behavior, &head, head.target.path()));
        }
        if removed > 0 {
            x.trace.note(Fact::of(FactKind::InvalidatedByMethod).value(removed));
        }
    }

    /// Removes what is kept of an object; says how many answers went.
    fn forget(&self, asked: &Asked<'_>) -> u32 {
        if key_settings_fact(asked.behavior).kind == FactKind::CachingDisabled {
            return 0;
        }
        let mut head = RequestHead { method: Method::Get, ..asked.head.clone() };
        let (mut key, mut removed) = (Vec::new(), 0);
        for codings in CODINGS {
            head.headers.set("Accept-Encoding", codings.as_bytes());
            write_cache_key(&mut key, asked.distribution, asked.behavior, &head, asked.path);
            removed += u32::from(self.cache.remove(&key));
            let length = key.len();
            for variant in [HEAD_ONLY, PARTS] {
                key.truncate(length);
                key.extend_from_slice(variant);
                removed += u32::from(self.cache.remove(&key));
            }
        }
        removed
    }
}

/// What a cache key can have of `Accept-Encoding`.
const CODINGS: [&str; 4] = ["", "br", "gzip", "br, gzip"];
