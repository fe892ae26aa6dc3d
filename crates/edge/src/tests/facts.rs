//! Every answer has its reasons.

use frontgate_explain::FactKind;

use super::fixture::{distribution, with_error_response};
use super::stage::{ask, edge, run};

#[test]
fn decisions_are_noted() {
    use FactKind::{
        BehaviorDefault, BehaviorMatched, CachePolicyApplied, CachingDisabled, CompressedBr,
        DefaultRootObject, ErrorKept, ErrorPage, ErrorPageFailed, Expired, Hit, LifetimeFromMaxAge,
        MethodNotCached, Miss, NotModified, NotStoredNoStore, NotStoredTooLarge, OriginChosen,
        OriginDnsFailed, OriginStatus, PathNormalized, RangeServed, RedirectToHttps,
        ResponseHeadersPolicyApplied, Revalidated, StaleServed,
    };
    let plain = "200 | Cache-Control: max-age=9 | ETag: \"v\" >> x";
    let distribution = distribution();
    check(
        &distribution,
        &[("0 GET /", plain)],
        &[
            (BehaviorDefault, 0),
            (DefaultRootObject, 0),
            (CachePolicyApplied, 0),
            (Miss, 0),
            (OriginChosen, 0),
            (OriginStatus, 200),
            (LifetimeFromMaxAge, 9),
        ],
    );
    check(&distribution, &[("0 GET /a", plain), ("4 GET /a", "")], &[(CachePolicyApplied, 0), (Hit, 4)]);
    check(
        &distribution,
        &[("0 GET /a", plain), ("4 GET /a | If-None-Match: \"v\"", "")],
        &[(Hit, 4), (NotModified, 0)],
    );
    check(
        &distribution,
        &[("0 GET /a", plain), ("4 GET /a | Range: bytes=0-0", "")],
        &[(Hit, 4), (RangeServed, 0)],
    );
    check(
        &distribution,
        &[("0 GET /a", plain), ("12 GET /a", "304")],
        &[(Expired, 3), (OriginStatus, 304), (Revalidated, 0)],
    );
    check(&distribution, &[("0 GET /a", plain), ("12 GET /a", "500")], &[(Expired, 3), (StaleServed, 500)]);
    check(&distribution, &[("0 GET /a", "200 | Cache-Control: no-store")], &[(NotStoredNoStore, 0)]);
    check(&distribution, &[("0 GET /a", "200 >> zx200000")], &[(NotStoredTooLarge, 0)]);
    check(
        &distribution,
        &[("0 POST /uncached//a", "200")],
        &[(BehaviorMatched, 0), (PathNormalized, 0), (CachingDisabled, 0)],
    );
    check(&distribution, &[("0S POST /secure/a", "200")], &[(CachePolicyApplied, 0), (MethodNotCached, 0)]);
    check(&distribution, &[("0 GET /secure/a", "")], &[(RedirectToHttps, 301)]);
    check(
        &distribution,
        &[("0 GET /dressed/a", "!Dns")],
        &[(OriginDnsFailed, 0), (ErrorKept, 10), (ResponseHeadersPolicyApplied, 0)],
    );
    check(
        &distribution,
        &[("0 GET /packed/a | Accept-Encoding: br", "200 | Content-Type: text/css >> ax2000")],
        &[(CompressedBr, 0)],
    );
    let distribution = with_error_response(404, Some(("/pages/a", 200)), 5);
    check(
        &distribution,
        &[("0 GET /a", "404\n503")],
        &[(ErrorKept, 5), (ErrorPage, 404), (BehaviorMatched, 0), (ErrorPageFailed, 503)],
    );
}

/// Asserts that the last answer of the dialogue has these facts in this order, others between them.
fn check(
    distribution: &frontgate_edge_rules::Distribution,
    dialogue: &[(&str, &str)],
    facts: &[(FactKind, u32)],
) {
    run(async {
        let edge = edge();
        let mut seen = Vec::new();
        for (viewer, origin) in dialogue {
            edge.origins().says(origin);
            let (x, _) = ask(&edge, distribution, viewer).await;
            seen = x.trace.facts().iter().map(|fact| (fact.kind, fact.value)).collect();
        }
        let mut rest = seen.iter();
        for fact in facts {
            assert!(rest.any(|one| one == fact), "{dialogue:?}: no {fact:?} in {seen:?}");
        }
    });
}
