//! Which behavior serves a request, and is the request let in?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html>
//! and "using HTTPS between viewers and CloudFront".

use std::borrow::Cow;

use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Method, RequestHead, Scheme, Version};

use crate::config::{AllowedMethods, Behavior, Distribution, ViewerProtocolPolicy};
use crate::errors::ErrorPage;
use crate::paths::{normalized_path, path_pattern_matches};

/// The behavior that serves a path, and why.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'a> {
    /// The behavior.
    pub behavior: &'a Behavior,
    /// Why that one.
    pub fact: Fact,
    /// The path that was compared is not the raw path (`PathNormalized`).
    pub normalized: bool,
}

/// What becomes of a request at the door of a behavior.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It goes on.
    Pass,
    /// It is sent to https; [`redirect_location`] says where.
    Redirect {
        /// 301 or 307.
        status: u16,
        /// Why.
        fact: Fact,
    },
    /// It is refused.
    Refuse {
        /// The status.
        status: u16,
        /// The page.
        page: ErrorPage,
        /// Why.
        fact: Fact,
    },
}

/// The first behavior in order whose path pattern matches, else the default behavior.
#[must_use]
pub fn choose_behavior<'a>(distribution: &'a Distribution, path: &str) -> Chosen<'a> {
    let compared = normalized_path(path);
    let normalized = matches!(compared, Cow::Owned(_));
    let matching = distribution.behaviors.iter().find(|behavior| {
        behavior.path_pattern.as_deref().is_none_or(|pattern| path_pattern_matches(pattern, &compared))
    });
    let (behavior, kind) = match matching {
        Some(behavior) => (behavior, FactKind::BehaviorMatched),
        None => (&distribution.default_behavior, FactKind::BehaviorDefault),
    };
    Chosen { behavior, fact: Fact::of(kind).at(behavior.place), normalized }
}

/// Viewer protocol policy, then allowed methods, then "no body with GET and HEAD".
#[must_use]
pub fn admit(behavior: &Behavior, head: &RequestHead, has_body: bool) -> Admission {
    if head.scheme() == Scheme::Http
        && let Some(verdict) = admit_plain_http(behavior, head)
    {
        return verdict;
    }
    if !behavior.allowed_methods.contains(&head.method) {
        let fact = Fact::of(FactKind::MethodNotAllowed).at(behavior.allowed_methods_place);
        return Admission::Refuse { status: 403, page: ErrorPage::MethodNotAllowed, fact };
    }
    if has_body && head.method.is_get_or_head() {
        let fact = Fact::of(FactKind::GetWithBody);
        return Admission::Refuse { status: 403, page: ErrorPage::BadRequest, fact };
    }
    Admission::Pass
}

/// The path that is looked up: the default root object for exactly `/`, else the path as sent.
#[must_use]
pub fn effective_path<'a>(
    distribution: &'a Distribution,
    head: &'a RequestHead,
) -> (Cow<'a, str>, Option<Fact>) {
    let path = head.target.path();
    match &distribution.default_root_object {
        Some(object) if matches!(path, "" | "/") && !object.is_empty() => {
            let fact = Fact::of(FactKind::DefaultRootObject).at(distribution.default_root_object_place);
            (Cow::Owned(format!("/{object}")), Some(fact))
        }
        _ if path.is_empty() => (Cow::Borrowed("/"), None),
        _ => (Cow::Borrowed(path), None),
    }
}

/// Where a redirect to https leads: the same host, path and query. A viewer that named a port is led to `https_port`,
/// since ours are seldom 80 and 443; one that named none is answered as by CloudFront.
#[must_use]
pub fn redirect_location(head: &RequestHead, https_port: u16) -> String {
    let target = head.target.as_str();
    let names_port = head.headers.first_text("host").is_some_and(|host| host.len() > head.host.len());
    if https_port == 443 || !names_port {
        format!("https://{}{target}", head.host)
    } else {
        format!("https://{}:{https_port}{target}", head.host)
    }
}

impl AllowedMethods {
    /// Whether the method is let through.
    #[must_use]
    pub fn contains(self, method: &Method) -> bool {
        match method {
            Method::Get | Method::Head => true,
            Method::Options => self != Self::GetHead,
            Method::Delete | Method::Patch | Method::Post | Method::Put => self == Self::All,
            Method::Connect | Method::Trace | Method::Other(_) => false,
        }
    }
}

fn admit_plain_http(behavior: &Behavior, head: &RequestHead) -> Option<Admission> {
    let place = behavior.viewer_protocol_place;
    let refusal = Admission::Refuse {
        status: 403,
        page: ErrorPage::BadRequest,
        fact: Fact::of(FactKind::HttpsOnly).at(place),
    };
    let redirect = |status: u16| Admission::Redirect {
        status,
        fact: Fact::of(FactKind::RedirectToHttps).value(u32::from(status)).at(place),
    };
    match behavior.viewer_protocol_policy {
        ViewerProtocolPolicy::AllowAll => None,
        ViewerProtocolPolicy::HttpsOnly => Some(refusal),
        ViewerProtocolPolicy::RedirectToHttps if head.method.is_get_or_head() => Some(redirect(301)),
        ViewerProtocolPolicy::RedirectToHttps if head.version >= Version::Http11 => Some(redirect(307)),
        ViewerProtocolPolicy::RedirectToHttps => Some(refusal),
    }
}

#[cfg(test)]
mod tests;
