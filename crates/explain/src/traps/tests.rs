use super::{TRAPS, traps_of};
use crate::FactKind::{
    self, AuthorizationDropped, CachingDisabled, ErrorPage, HostForwarded, HostNotMapped,
    IntegrationAnswered, KeyMissing403, LifetimeDefaultTtl, OriginChosen, OriginPathPrepended, OriginStatus,
    QueryDropped, RouteNotFound, StageFound, StageUnknown, VaryNotKeyed,
};
use crate::{Fact, PlaceId, Trace};

/// The traps that facts (a kind, its number and its place) show, with the places that they point to.
fn check(facts: &[(FactKind, u32, u32)], expected: &[(&str, Option<u32>)]) {
    let mut trace = Trace::new();
    for (kind, value, place) in facts {
        let place = if *place == 0 { PlaceId::NONE } else { PlaceId(*place) };
        trace.note(Fact::of(*kind).value(*value).at(place));
    }
    let found: Vec<_> =
        traps_of(&trace).map(|(trap, fact)| (trap.id, fact.map(|fact| fact.place.0))).collect();
    assert_eq!(found, expected, "{facts:?}");
}

#[test]
fn facts_show_traps() {
    check(&[], &[]);
    check(&[(HostForwarded, 0, 7), (HostNotMapped, 0, 0)], &[("host-forwarded-to-apigw", Some(7))]);
    check(&[(HostForwarded, 0, 7)], &[]);
    check(&[(VaryNotKeyed, 1, 7)], &[]);
    check(&[(VaryNotKeyed, 1, 7), (LifetimeDefaultTtl, 60, 0)], &[("vary-ignored", Some(7))]);
}

#[test]
fn the_best_line_is_the_first_that_has_a_place() {
    check(&[(OriginChosen, 0, 3), (StageUnknown, 0, 0)], &[("wrong-origin-path-stage", Some(3))]);
    check(
        &[(OriginChosen, 0, 3), (OriginPathPrepended, 0, 4), (StageUnknown, 0, 0)],
        &[("wrong-origin-path-stage", Some(4))],
    );
    check(&[(StageUnknown, 0, 9)], &[("wrong-origin-path-stage", None)]);
}

#[test]
fn only_own_code_misses_what_did_not_reach_it() {
    let dropped = (AuthorizationDropped, 0, 5);
    let stripped: &[(&str, Option<u32>)] = &[("authorization-stripped", Some(5))];
    check(&[dropped, (StageFound, 0, 0), (IntegrationAnswered, 401, 0), (OriginStatus, 401, 0)], stripped);
    check(&[dropped, (StageFound, 0, 0), (IntegrationAnswered, 200, 0), (OriginStatus, 200, 0)], &[]);
    check(&[dropped, (StageFound, 0, 0), (RouteNotFound, 0, 0), (OriginStatus, 403, 0)], &[]);
    check(&[dropped, (KeyMissing403, 0, 0), (OriginStatus, 403, 0), (ErrorPage, 403, 0)], &[]);
    check(&[dropped, (OriginStatus, 403, 0)], stripped);
    // The page of a custom error response comes from a bucket.
    check(&[dropped, (OriginStatus, 403, 0), (ErrorPage, 403, 0), (FactKind::ObjectFound, 9, 0)], stripped);
    check(&[(QueryDropped, 1, 5), (OriginStatus, 200, 0)], &[("query-strings-dropped", Some(5))]);
    check(
        &[(CachingDisabled, 0, 1), (QueryDropped, 1, 5), (OriginStatus, 200, 0)],
        &[("cachingdisabled-drops-query", Some(5))],
    );
}

#[test]
fn every_trap_has_its_own_name_and_says_something() {
    for (index, trap) in TRAPS.iter().enumerate() {
        assert!(TRAPS[..index].iter().all(|other| other.id != trap.id), "{} is there twice", trap.id);
        assert!(!trap.signs.is_empty(), "{}", trap.id);
        for text in [trap.cause, trap.fix] {
            assert!(text.ends_with('.') && text.len() > 20, "{}: {text}", trap.id);
        }
    }
}
