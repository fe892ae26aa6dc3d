//! The walks over query parameters and cookies of an origin request.

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};

use super::headers::default_place;
use super::{Action, OriginRequestInput, Verdict, VerdictKind};
use crate::config::{Behavior, KeySettings};
use crate::cookies::cookies;
use crate::query::{parameter_name, parameters};
use crate::selection::{Fate, cookie_fate, keys_all_cookies, query_fate};

/// Origin path, path and the forwarded part of the query.
pub(super) fn target(input: &OriginRequestInput<'_>, trace: &mut Trace) -> String {
    let origin_path = &input.origin.origin_path;
    let raw = input.head.target.query();
    let mut target =
        String::with_capacity(origin_path.len() + input.path.len() + raw.map_or(0, |q| q.len() + 1));
    target.push_str(origin_path);
    target.push_str(input.path);
    let before_query = target.len();
    let mut counts = Counts::default();
    for parameter in parameters(raw) {
        let fate = query_fate(input.behavior, parameter_name(parameter));
        counts.count(fate);
        if fate.is_forwarded() {
            target.push(if target.len() == before_query { '?' } else { '&' });
            target.push_str(parameter);
        }
    }
    if let (0, true, Some(raw)) = (counts.dropped + counts.taken_out, target.len() > before_query, raw) {
        // Nothing was dropped: the query goes on byte for byte, empty parameters too.
        target.truncate(before_query + 1);
        target.push_str(raw);
    }
    let behavior = input.behavior;
    let rows = [
        (counts.keyed, FactKind::QueryForwardedAndKeyed, behavior.key.place()),
        (counts.forwarded_only, FactKind::QueryForwardedNotKeyed, default_place(behavior)),
        (counts.dropped, FactKind::QueryDropped, default_place(behavior)),
        (counts.taken_out, FactKind::SignaturePartsTakenOut, behavior.place),
    ];
    note_counts(rows, trace);
    target
}

/// Notes how many cookies are forwarded and dropped.
pub(super) fn note_cookies(input: &OriginRequestInput<'_>, trace: &mut Trace) {
    let behavior = input.behavior;
    let mut counts = Counts::default();
    for cookie in cookies(&input.head.headers) {
        counts.count(cookie_fate(behavior, cookie.name));
    }
    let place = if counts.forwarded_only > 0 { default_place(behavior) } else { behavior.key.place() };
    let rows = [
        (counts.keyed + counts.forwarded_only, FactKind::CookiesForwarded, place),
        (counts.dropped, FactKind::CookiesDropped, default_place(behavior)),
        (counts.taken_out, FactKind::SignaturePartsTakenOut, behavior.place),
    ];
    note_counts(rows, trace);
    if counts.keyed > 0 && keys_all_cookies(behavior) {
        trace.note(Fact::of(FactKind::AllCookiesKeyed).value(counts.keyed).at(behavior.key.place()));
    }
}

/// What became of each query parameter.
pub(super) fn describe_query(input: &OriginRequestInput<'_>) -> impl Iterator<Item = Verdict> {
    parameters(input.head.target.query()).map(|parameter| {
        let name = parameter_name(parameter);
        let value = parameter.get(name.len() + 1..).unwrap_or("");
        verdict(input.behavior, VerdictKind::Query, name, value, query_fate(input.behavior, name))
    })
}

/// What became of each cookie.
pub(super) fn describe_cookies(input: &OriginRequestInput<'_>) -> impl Iterator<Item = Verdict> {
    cookies(&input.head.headers).map(|cookie| {
        let name = String::from_utf8_lossy(cookie.name);
        let value = String::from_utf8_lossy(&cookie.pair[cookie.name.len() + 1..]);
        verdict(input.behavior, VerdictKind::Cookie, &name, &value, cookie_fate(input.behavior, cookie.name))
    })
}

#[derive(Default)]
struct Counts {
    keyed: u32,
    forwarded_only: u32,
    dropped: u32,
    taken_out: u32,
}

impl Counts {
    fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Keyed => self.keyed += 1,
            Fate::ForwardedOnly => self.forwarded_only += 1,
            Fate::Dropped => self.dropped += 1,
            Fate::TakenOut => self.taken_out += 1,
        }
    }
}

fn note_counts(rows: impl IntoIterator<Item = (u32, FactKind, PlaceId)>, trace: &mut Trace) {
    for (count, kind, place) in rows {
        if count > 0 {
            trace.note(Fact::of(kind).value(count).at(place));
        }
    }
}

fn verdict(behavior: &Behavior, kind: VerdictKind, name: &str, value: &str, fate: Fate) -> Verdict {
    let legacy = matches!(behavior.key, KeySettings::Legacy(_));
    let (because, place) = match (fate, legacy) {
        (Fate::Keyed, false) => ("the cache policy has it in the key", behavior.key.place()),
        (Fate::Keyed, true) => ("ForwardedValues forwards and keys it", behavior.key.place()),
        (Fate::ForwardedOnly, false) => {
            ("the origin request policy forwards it; it is not in the key", default_place(behavior))
        }
        (Fate::ForwardedOnly, true) => (
            "ForwardedValues forwards the whole query; it is not among QueryStringCacheKeys",
            behavior.key.place(),
        ),
        (Fate::Dropped, _) => ("no setting forwards it", default_place(behavior)),
        (Fate::TakenOut, _) => ("a part of the signature, judged at the edge", behavior.place),
    };
    let dropped = !fate.is_forwarded();
    Verdict {
        kind,
        name: name.to_owned(),
        value: (!dropped).then(|| value.to_owned()),
        action: if dropped { Action::Dropped } else { Action::Kept },
        because,
        place,
    }
}
