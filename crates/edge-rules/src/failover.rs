//! Does a request go on to the other origin of its group, and why?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html>.

use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Headers, Method, RequestHead};

use crate::config::{Behavior, Origin, OriginGroup, Upstream};

/// What came of asking the primary origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrimaryOutcome {
    /// It answered with that status.
    Answered(u16),
    /// Its answer broke off or breaks HTTP. CloudFront answers 502 then, so that it counts as 502 (inferred).
    Broken,
    /// No connection could be made: counts as 503.
    NotConnected,
    /// Its answer took too long: counts as 504.
    TimedOut,
}

/// Whether the secondary origin is asked.
#[derive(Clone, Copy, Debug)]
pub enum Failover<'a> {
    /// It is, the one of this group.
    To(&'a OriginGroup, Fact),
    /// It is not; the fact says why where that is worth saying.
    No(Option<Fact>),
}

/// How many times CloudFront asks an origin that sends nothing within its response timeout: GET and HEAD as often as
/// `ConnectionAttempts` says, other methods once. What answers in process is never late; a handshake of `WebSocket` is
/// made once (inferred).
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html>, "Response timeout")
#[must_use]
pub fn answer_attempts(origin: &Origin, method: &Method, headers: &Headers) -> u32 {
    let is_remote = matches!(origin.upstream, Upstream::Custom { .. });
    if is_remote && method.is_get_or_head() && !headers.contains("Upgrade") {
        origin.connection_attempts.max(1)
    } else {
        1
    }
}

/// Decides by what the primary origin did; `has_body`: the viewer's request has one, which cannot be sent twice.
#[must_use]
pub fn failover<'a>(
    behavior: &'a Behavior,
    head: &RequestHead,
    has_body: bool,
    primary: PrimaryOutcome,
) -> Failover<'a> {
    let Some(group) = behavior.origin_group.as_deref() else { return Failover::No(None) };
    let code = primary.code();
    if code < 400 {
        return Failover::No(None);
    }
    let fact = |kind| Fact::of(kind).value(u32::from(code)).at(group.failover_criteria_place);
    let answered = matches!(primary, PrimaryOutcome::Answered(_));
    if !group.status_codes.contains(&code) {
        let kind = if answered { FactKind::NotFailedOver } else { FactKind::NotFailedOverWithoutAnswer };
        return Failover::No(Some(fact(kind)));
    }
    let repeatable = match head.method {
        Method::Get | Method::Head => true,
        Method::Options => behavior.options_cached,
        _ => false,
    };
    if !repeatable || has_body {
        return Failover::No(Some(fact(FactKind::NotFailedOverMethod)));
    }
    let kind = if answered { FactKind::FailedOver } else { FactKind::FailedOverWithoutAnswer };
    Failover::To(group, fact(kind))
}

impl PrimaryOutcome {
    /// The failover status code that must be listed for it.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Answered(status) => status,
            Self::Broken => 502,
            Self::NotConnected => 503,
            Self::TimedOut => 504,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Failover, PrimaryOutcome, failover};
    use crate::config::{Behavior, OriginGroup};
    use crate::fixture::{behavior, cache_policy, head, origin, place, policy_key};
    use frontgate_explain::FactKind;
    use frontgate_message::Method;

    fn with_group(status_codes: &[u16], options_cached: bool) -> Behavior {
        let group = OriginGroup {
            id: "group".into(),
            secondary: Arc::new(origin()),
            status_codes: status_codes.to_vec(),
            failover_criteria_place: place::FAILOVER_CRITERIA,
        };
        Behavior {
            origin_group: Some(Arc::new(group)),
            options_cached,
            ..behavior(policy_key(cache_policy()))
        }
    }

    #[test]
    fn the_secondary_origin_is_asked_for_the_listed_codes_and_methods() {
        use FactKind::{
            FailedOver, FailedOverWithoutAnswer, NotFailedOver, NotFailedOverMethod,
            NotFailedOverWithoutAnswer,
        };
        use Method::{Get, Head, Options, Post};
        use PrimaryOutcome::{Answered, Broken, NotConnected, TimedOut};
        let rows = [
            (&[500, 404][..], Get, Answered(404), Ok(FailedOver)),
            (&[500, 404], Head, Answered(500), Ok(FailedOver)),
            (&[500], Get, Answered(404), Err(Some(NotFailedOver))),
            (&[500], Get, Answered(200), Err(None)),
            (&[500], Get, Answered(304), Err(None)),
            (&[503], Get, NotConnected, Ok(FailedOverWithoutAnswer)),
            (&[500, 502, 504], Get, NotConnected, Err(Some(NotFailedOverWithoutAnswer))),
            (&[504], Get, TimedOut, Ok(FailedOverWithoutAnswer)),
            (&[500, 502, 503], Get, TimedOut, Err(Some(NotFailedOverWithoutAnswer))),
            (&[502], Get, Broken, Ok(FailedOverWithoutAnswer)),
            (&[500], Options, Answered(500), Err(Some(NotFailedOverMethod))),
            (&[500], Post, Answered(500), Err(Some(NotFailedOverMethod))),
        ];
        for (codes, method, outcome, expected) in rows {
            let own = with_group(codes, false);
            let request = head(method.clone(), "/", &[]);
            let found = match failover(&own, &request, false, outcome) {
                Failover::To(_, fact) => Ok(fact),
                Failover::No(fact) => Err(fact),
            };
            let kinds = found.map(|fact| fact.kind).map_err(|fact| fact.map(|fact| fact.kind));
            assert_eq!(kinds, expected, "{codes:?} {method} {outcome:?}");
            for fact in found.ok().into_iter().chain(found.err().flatten()) {
                assert_eq!(fact.value, u32::from(outcome.code()));
                assert_eq!(fact.place, place::FAILOVER_CRITERIA);
            }
        }
    }

    #[test]
    fn options_fails_over_where_it_is_cached_and_has_no_body() {
        let request = head(Method::Options, "/", &[]);
        let own = with_group(&[500], true);
        for (has_body, expected) in [(false, true), (true, false)] {
            let found = failover(&own, &request, has_body, PrimaryOutcome::Answered(500));
            assert_eq!(matches!(found, Failover::To(..)), expected, "{has_body}");
        }
        let alone = behavior(policy_key(cache_policy()));
        let found = failover(&alone, &request, false, PrimaryOutcome::Answered(500));
        assert!(matches!(found, Failover::No(None)));
    }
}
