//! What the model foretells of requests for ranges: objects of which some bytes are known.

use super::{Asked, Config, Fetch, Forecast, Kept, Model, Plan, Said};

/// An object of which some bytes are known.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// The object, but for its body.
    object: Kept,
    bytes: Vec<Option<char>>,
}

/// Requests for ranges, and what becomes of parts.
impl Model {
    pub(super) fn serve_part(
        &mut self,
        config: &Config,
        asked: &Asked,
        key: String,
        range: &str,
        plan: &Plan,
        now: u64,
    ) -> (Forecast, Option<Fetch>) {
        let old = self.parts.get(&key).cloned();
        let is_fresh = old.as_ref().is_some_and(|old| now < old.object.fresh_until);
        let serves = old.as_ref().is_some_and(|old| old.serves(config, asked, range));
        if let Some(old) = old.as_ref().filter(|_| is_fresh && serves) {
            return (old.answer(config, asked, range, "Hit", now), None);
        }
        if old.as_ref().is_some_and(|old| is_fresh && !asked.takes_part_of(&old.object.said)) {
            // The whole of the version that is there.
            return self.serve_whole(config, asked, key, plan, now);
        }
        let gap = old.as_ref().filter(|_| is_fresh).and_then(|old| {
            let (version, gap) = (old.object.said.version()?, old.gap(range)?);
            (Parts::span(range, old.bytes.len()) != Some(gap)).then_some((old, version, gap))
        });
        let mut fetch =
            Fetch { range: Some(range.to_owned()), if_range: asked.if_range, ..Fetch::of_whole() };
        if let Some((_, version, (first, last))) = gap {
            (fetch.range, fetch.if_range) = (Some(format!("bytes={first}-{last}")), Some(version));
        } else if let Some(old) = old.as_ref().filter(|_| serves && config.knows_conditions(asked)) {
            fetch.conditions = Some((old.object.said.etag, old.object.said.last_modified));
        }
        let asks_with_conditions = fetch.conditions.is_some_and(|known| known != (None, None));
        if let Some(mut old) = old.clone().filter(|_| serves) {
            if asks_with_conditions && plan.is_unchanged && plan.failure.is_none() {
                fetch.is_confirmed = true;
                let set_cookie = plan.said.set_cookie && config.forwards_cookies();
                let said = old.object.said.clone().confirmed(&plan.said, set_cookie);
                let kept = config.kept(asked, 200, said.clone(), None, plan.age, now);
                let mut shown = old.clone();
                if let Some(kept) = kept {
                    old.object = kept;
                    shown = old.clone();
                    self.parts.insert(key, old);
                }
                let forecast = shown.answer(config, asked, range, "RefreshHit", now);
                return (Forecast { age: plan.age, ..forecast }, Some(fetch));
            }
            let error =
                plan.failure.map(|(_, status)| status).or((plan.status >= 500).then_some(plan.status));
            if let Some(status) = error.filter(|_| now < old.object.if_error_until) {
                old.object.fresh_until = now + config.error_seconds(status);
                let forecast = old.answer(config, asked, range, "RefreshHit", now);
                self.parts.insert(key, old);
                return (forecast, Some(fetch));
            }
        }
        fetch.part = plan.part(&fetch);
        if let Some((first, last)) = fetch.part {
            let own = Plan { status: 206, ..plan.clone() };
            let forecast = match gap {
                Some((old, ..)) if !plan.is_version_of(old) => {
                    // It should not have sent a part of another version: the viewer's own range is asked for.
                    return (self.pass(config, asked, &own), Some(fetch));
                }
                Some((old, ..)) => self.add(config, asked, &key, range, Some(old), (first, last), plan, now),
                None => self.add(config, asked, &key, range, None, (first, last), plan, now),
            };
            return (forecast, Some(fetch));
        }
        let is_beyond = plan.is_beyond(&fetch);
        fetch.is_beyond = is_beyond;
        if plan.failure.is_none() && plan.status == 200 && !is_beyond {
            self.parts.remove(&key);
        }
        let asked_whole = Asked { range: asked.range.filter(|_| gap.is_some()), ..asked.clone() };
        let plan = if is_beyond { Plan { status: 416, ..plan.clone() } } else { plan.clone() };
        let (forecast, _) = self.fill(config, &asked_whole, key, None, &plan, now);
        (forecast, Some(fetch))
    }

    /// A part that came is added, and the viewer gets what it wants.
    #[expect(clippy::too_many_arguments, reason = "the whole scene")]
    fn add(
        &mut self,
        config: &Config,
        asked: &Asked,
        key: &str,
        range: &str,
        around: Option<&Parts>,
        (first, last): (usize, usize),
        plan: &Plan,
        now: u64,
    ) -> Forecast {
        let mut bytes = around.map_or_else(|| vec![None; plan.body.len()], |around| around.bytes.clone());
        for (at, byte) in plan.body.chars().enumerate().filter(|(at, _)| (first..=last).contains(at)) {
            bytes[at] = Some(byte);
        }
        let mut said = Said { date: plan.said.date.or(Some(now)), ..plan.said.clone() };
        said.set_cookie &= config.forwards_cookies();
        let kept = config.kept(asked, 200, said.clone(), None, plan.age, now);
        let shown = kept.clone().unwrap_or_else(|| Kept::of(200, said.clone(), None, now));
        let shown = Parts { object: Kept { said, ..shown }, bytes: bytes.clone() };
        if let Some(object) = kept {
            let older = self.parts.remove(key).filter(|older| {
                older.bytes.len() == bytes.len() && object.said.is_version_of(&older.object.said)
            });
            if let Some(older) = older {
                for (byte, older) in bytes.iter_mut().zip(older.bytes) {
                    *byte = byte.or(older);
                }
            }
            self.parts.insert(key.to_owned(), Parts { object, bytes });
        }
        let forecast = shown.answer(config, asked, range, "Miss", now);
        Forecast { age: plan.age, ..forecast }
    }

    /// What a request for the whole gets of kept parts, if any help.
    pub(super) fn serve_in_parts(
        &mut self,
        config: &Config,
        asked: &Asked,
        key: &str,
        plan: &Plan,
        now: u64,
    ) -> Option<(Forecast, Option<Fetch>)> {
        let old = self.parts.get(key).cloned()?;
        let is_known = old.object.answer(config, asked, "Hit", now).status == 304;
        let is_fresh = now < old.object.fresh_until;
        let whole: Option<String> = old.bytes.iter().copied().collect();
        if is_fresh && whole.is_none() && is_known {
            return Some((old.object.answer(config, asked, "Hit", now), None));
        }
        self.parts.remove(key);
        if !is_fresh {
            return None;
        }
        if whole.is_some() {
            let kept = Kept { body: whole, ..old.object };
            let forecast = kept.answer(config, asked, "Hit", now);
            self.kept.insert(key.to_owned(), kept);
            return Some((forecast, None));
        }
        let version = old.object.said.version()?;
        let (first, last) = old.gap("bytes=0-")?;
        let range = Some(format!("bytes={first}-{last}"));
        let mut fetch = Fetch { range, if_range: Some(version), ..Fetch::of_whole() };
        fetch.part = plan.part(&fetch);
        let mut plan = plan.clone();
        if fetch.part.is_some() && plan.is_version_of(&old) {
            let fetched = plan.body.chars().enumerate();
            let byte =
                |(at, byte)| if (first..=last).contains(&at) { byte } else { old.bytes[at].unwrap_or(byte) };
            plan.body = fetched.map(byte).collect();
        }
        if plan.is_beyond(&fetch) {
            (plan.status, fetch.is_beyond) = (416, true);
        }
        let (forecast, _) = self.fill(config, asked, key.to_owned(), None, &plan, now);
        Some((forecast, Some(fetch)))
    }
}

impl Parts {
    /// First and last byte of a range; `None` where it begins past the end.
    pub(super) fn span(range: &str, length: usize) -> Option<(usize, usize)> {
        let (first, last) = range.trim_start_matches("bytes=").split_once('-')?;
        if first.is_empty() {
            return Some((length.saturating_sub(last.parse().ok()?), length - 1));
        }
        let first: usize = first.parse().ok()?;
        (first < length).then(|| (first, last.parse().map_or(length - 1, |last: usize| last.min(length - 1))))
    }

    /// First and last of the missing bytes.
    fn gap(&self, range: &str) -> Option<(usize, usize)> {
        let (first, last) = Self::span(range, self.bytes.len())?;
        let mut missing = (first..=last).filter(|at| self.bytes[*at].is_none());
        let first = missing.next()?;
        Some((first, missing.next_back().unwrap_or(first)))
    }

    pub(super) fn may_be_served_stale(&self, config: &Config, asked: &Asked, range: &str, now: u64) -> bool {
        let time = self.object.fresh_until..self.object.while_revalidate_until;
        time.contains(&now) && self.serves(config, asked, range)
    }

    fn serves(&self, config: &Config, asked: &Asked, range: &str) -> bool {
        let is_known = self.object.answer(config, asked, "Hit", self.object.stored_at).status == 304;
        let wanted = if asked.takes_part_of(&self.object.said) { range } else { "bytes=0-" };
        is_known || self.gap(wanted).is_none()
    }

    pub(super) fn answer(
        &self,
        config: &Config,
        asked: &Asked,
        range: &str,
        result: &'static str,
        now: u64,
    ) -> Forecast {
        let forecast = self.object.answer(config, asked, result, now);
        if forecast.status == 304 {
            return forecast;
        }
        if !asked.takes_part_of(&self.object.said) {
            return Forecast { body: self.bytes.iter().copied().collect(), ..forecast };
        }
        let Some((first, last)) = Self::span(range, self.bytes.len()) else {
            return Forecast { status: 416, result: "Error", body: Some(String::new()), ..forecast };
        };
        let body = self.bytes[first..=last].iter().copied().collect();
        Forecast { status: 206, body, ..forecast }
    }
}

impl Plan {
    /// The part that it sends when it is asked so.
    fn part(&self, fetch: &Fetch) -> Option<(usize, usize)> {
        let is_asked = fetch.if_range.is_none_or(|version| self.said.is(version));
        let range = fetch.range.as_deref().filter(|_| self.sends_parts() && is_asked)?;
        Parts::span(range, self.body.len())
    }

    /// Whether it has no byte of the range.
    fn is_beyond(&self, fetch: &Fetch) -> bool {
        let is_asked = fetch.if_range.is_none_or(|version| self.said.is(version));
        let range = fetch.range.as_deref().filter(|_| self.sends_parts() && is_asked);
        range.is_some_and(|range| Parts::span(range, self.body.len()).is_none())
    }

    fn sends_parts(&self) -> bool {
        self.failure.is_none() && self.status == 200 && self.knows_ranges
    }

    fn is_version_of(&self, old: &Parts) -> bool {
        self.said.is_version_of(&old.object.said) && self.body.len() == old.bytes.len()
    }
}
