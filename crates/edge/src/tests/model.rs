//! A naive model of CloudFront's cache, written from its documentation and RFC 9111 without a look at the rules of this
//! house: one map, one viewer at a time. It foretells what a viewer gets and what the origin is asked.

use std::collections::HashMap;

use self::parts::Parts;
use super::stage::START;

mod parts;

/// What of the query string or the cookies is in the key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Keyed {
    Nothing,
    /// The parameter or cookie `u`.
    U,
    All,
}

/// The settings of the one behavior that there is.
#[derive(Clone, Debug)]
pub(super) struct Config {
    /// `ForwardedValues` in place of a cache policy.
    pub(super) legacy: bool,
    pub(super) min_ttl: u64,
    pub(super) max_ttl: u64,
    pub(super) default_ttl: u64,
    pub(super) query: Keyed,
    pub(super) cookies: Keyed,
    pub(super) language_keyed: bool,
    pub(super) options_cached: bool,
    /// An origin request policy that forwards all that the viewer sends.
    pub(super) forwards_all: bool,
    /// `ErrorCachingMinTTL` by status.
    pub(super) error_seconds: Vec<(u16, u64)>,
}

/// What a viewer asks.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// Parameters and cookies, `name=value`.
    pub(super) query: Vec<&'static str>,
    pub(super) cookies: Vec<&'static str>,
    pub(super) language: Option<&'static str>,
    pub(super) authorized: bool,
    /// The entity tag of `If-None-Match`, the day of `If-Modified-Since`.
    pub(super) none_match: Option<u64>,
    pub(super) modified_since: Option<u64>,
    pub(super) range: Option<&'static str>,
    pub(super) if_range: Option<Version>,
}

/// What the origin says beside the body; times in unix seconds, `last_modified` in days.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) cache_control: Option<CacheControl>,
    pub(super) expires: Option<u64>,
    pub(super) date: Option<u64>,
    pub(super) etag: Option<u64>,
    pub(super) last_modified: Option<u64>,
    pub(super) vary_star: bool,
    pub(super) set_cookie: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CacheControl {
    pub(super) max_age: Option<u64>,
    pub(super) s_maxage: Option<u64>,
    pub(super) no_cache: bool,
    pub(super) no_store: bool,
    pub(super) private: bool,
    pub(super) public: bool,
    pub(super) must_revalidate: bool,
    pub(super) stale_if_error: Option<u64>,
    pub(super) stale_while_revalidate: Option<u64>,
    /// `no-cache="Set-Cookie"`
    pub(super) cookie_not_kept: bool,
}

/// What the origin would answer if it were asked now.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The failure and the status of CloudFront's page.
    pub(super) failure: Option<(&'static str, u16)>,
    pub(super) status: u16,
    pub(super) said: Said,
    pub(super) age: Option<u64>,
    /// `Location`, and the path and parameters that it names, where they are of this site.
    pub(super) location: Option<(&'static str, Option<Named>)>,
    /// 304 if it is asked with conditions.
    pub(super) is_unchanged: bool,
    /// It answers ranges with 206.
    pub(super) knows_ranges: bool,
    /// Different in every answer.
    pub(super) body: String,
}

/// A path and its parameters.
pub(super) type Named = (&'static str, &'static [&'static str]);

/// What must happen.
#[derive(Debug, PartialEq)]
pub(super) struct Forecast {
    pub(super) status: u16,
    pub(super) result: &'static str,
    /// `None`: a page of CloudFront's own.
    pub(super) body: Option<String>,
    pub(super) age: Option<u64>,
    pub(super) set_cookie: bool,
}

/// What goes to the origin: the conditions, as far as they are CloudFront's own, and whether a 304 comes back.
#[derive(Debug)]
pub(super) struct Fetch {
    /// The entity tag and the day of the object that is to be confirmed; `None`: the viewer's request as it is.
    pub(super) conditions: Option<(Option<u64>, Option<u64>)>,
    pub(super) is_confirmed: bool,
    /// The viewer is served before.
    pub(super) is_after_answer: bool,
    /// The range that is asked for, in place of the viewer's, and of which version.
    pub(super) range: Option<String>,
    pub(super) if_range: Option<Version>,
    /// The part that comes back with 206.
    pub(super) part: Option<(usize, usize)>,
    /// 416 comes back.
    pub(super) is_beyond: bool,
}

/// What tells versions of an object apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Version {
    Tag(u64),
    Day(u64),
}

#[derive(Clone, Debug)]
struct Kept {
    status: u16,
    said: Said,
    /// `None`: a page of CloudFront's own.
    body: Option<String>,
    stored_at: u64,
    fresh_until: u64,
    origin_age: u64,
    if_error_until: u64,
    while_revalidate_until: u64,
}

struct Life {
    seconds: u64,
    if_error: Option<u64>,
    while_revalidate: u64,
}

/// The cache.
#[derive(Default)]
pub(super) struct Model {
    kept: HashMap<String, Kept>,
    parts: HashMap<String, Parts>,
}

impl Model {
    /// What a request gets at `now`, and what goes to the origin, whose answer would be `plan`.
    pub(super) fn serve(
        &mut self,
        config: &Config,
        asked: &Asked,
        plan: &Plan,
        now: u64,
    ) -> (Forecast, Option<Fetch>) {
        let by_get = asked.method == "GET" || asked.method == "HEAD";
        if config.is_disabled() || !(by_get || asked.method == "OPTIONS" && config.options_cached) {
            let fetch = Fetch { conditions: None, ..Fetch::of_whole() };
            return (self.pass(config, asked, plan), Some(fetch));
        }
        let mut key = config.key(asked);
        if let Some(hit) = self.kept.get(&key).filter(|kept| now < kept.fresh_until) {
            return (hit.answer(config, asked, "Hit", now), None);
        }
        if asked.method == "HEAD" {
            key = format!("HEAD {key}");
        }
        let old = self.kept.get(&key).cloned();
        if asked.method == "GET" {
            let range = asked.range.filter(|range| *range != "bytes=5-2");
            let has_whole = old.as_ref().is_some_and(|old| old.status == 200);
            if let Some(range) = range.filter(|_| !has_whole) {
                let stale =
                    self.parts.get(&key).filter(|old| old.may_be_served_stale(config, asked, range, now));
                let Some(stale) = stale.cloned() else {
                    return self.serve_part(config, asked, key, range, plan, now);
                };
                let (_, fetch) = self.serve_part(config, asked, key, range, plan, now);
                let fetch = fetch.map(|fetch| Fetch { is_after_answer: true, ..fetch });
                return (stale.answer(config, asked, range, "Hit", now), fetch);
            }
        }
        self.serve_whole(config, asked, key, plan, now)
    }

    fn serve_whole(
        &mut self,
        config: &Config,
        asked: &Asked,
        key: String,
        plan: &Plan,
        now: u64,
    ) -> (Forecast, Option<Fetch>) {
        let old = self.kept.get(&key).cloned();
        if asked.method == "GET"
            && old.as_ref().is_none_or(|old| old.status >= 400)
            && let Some(done) = self.serve_in_parts(config, asked, &key, plan, now)
        {
            return done;
        }
        match old {
            Some(hit) if now < hit.fresh_until => (hit.answer(config, asked, "Hit", now), None),
            Some(stale) if now < stale.while_revalidate_until => {
                let forecast = stale.answer(config, asked, "Hit", now);
                let (_, fetch) = self.fill(config, asked, key, Some(stale), plan, now);
                (forecast, Some(Fetch { is_after_answer: true, ..fetch }))
            }
            old => {
                let (forecast, fetch) = self.fill(config, asked, key, old, plan, now);
                (forecast, Some(fetch))
            }
        }
    }

    fn pass(&mut self, config: &Config, asked: &Asked, plan: &Plan) -> Forecast {
        if let Some((_, status)) = plan.failure {
            return Forecast { status, result: "Error", body: None, age: None, set_cookie: false };
        }
        if asked.method != "OPTIONS" && plan.status < 400 && !config.is_disabled() {
            let by_get = Asked { method: "GET", ..asked.clone() };
            self.forget(&config.key(&by_get));
            if let Some((_, Some((path, query)))) = plan.location {
                self.forget(&config.key(&Asked { path, query: query.to_vec(), ..by_get }));
            }
        }
        Forecast {
            status: plan.status,
            result: if plan.status < 400 { "Miss" } else { "Error" },
            body: Some(if asked.method == "HEAD" { String::new() } else { plan.body.clone() }),
            age: plan.age,
            set_cookie: plan.said.set_cookie && config.forwards_cookies(),
        }
    }

    fn forget(&mut self, key: &str) {
        self.kept.remove(&format!("HEAD {key}"));
        self.kept.remove(key);
        self.parts.remove(key);
    }

    fn fill(
        &mut self,
        config: &Config,
        asked: &Asked,
        key: String,
        old: Option<Kept>,
        plan: &Plan,
        now: u64,
    ) -> (Forecast, Fetch) {
        let known = old.as_ref().filter(|old| old.status == 200 && config.knows_conditions(asked));
        let conditions =
            known.map(|old| (old.said.etag, old.said.last_modified)).filter(|known| *known != (None, None));
        let is_confirmed = conditions.is_some() && plan.is_unchanged && plan.failure.is_none();
        let conditions = Some(conditions.unwrap_or_default());
        let fetch = Fetch { conditions, is_confirmed, ..Fetch::of_whole() };
        let error = plan.failure.map(|(_, status)| status).or((plan.status >= 500).then_some(plan.status));
        let mut said = Said { date: plan.said.date.or(Some(now)), ..plan.said.clone() };
        said.set_cookie &= config.forwards_cookies();
        let (status, said, body, result) = match (old, error) {
            (Some(old), _) if is_confirmed => {
                let said = old.said.confirmed(&plan.said, said.set_cookie);
                (old.status, said, old.body, "RefreshHit")
            }
            (Some(mut old), Some(status)) if old.status < 400 && now < old.if_error_until => {
                old.fresh_until = now + config.error_seconds(status);
                let forecast = old.answer(config, asked, "RefreshHit", now);
                self.kept.insert(key, old);
                return (forecast, fetch);
            }
            _ => match plan.failure {
                Some((_, status)) => (status, Said::default(), None, "Miss"),
                None => (plan.status, said, Some(plan.body.clone()), "Miss"),
            },
        };
        let age = plan.age.filter(|_| plan.failure.is_none());
        let kept = config.kept(asked, status, said.clone(), body.clone(), age, now);
        if let (Some(get), Some(_), 200, "Miss") = (key.strip_prefix("HEAD "), &kept, status, result) {
            self.update_by_head(config, asked, get, &said, age, now);
        }
        let shown = Kept { origin_age: age.unwrap_or(0), ..Kept::of(status, said, body, now) };
        let forecast = Forecast { age, ..shown.answer(config, asked, result, now) };
        if let Some(kept) = kept {
            self.kept.insert(key, kept);
        }
        (forecast, fetch)
    }
}

impl Model {
    /// The answer to HEAD that describes the object that is kept for GET makes it good for another lifetime.
    fn update_by_head(
        &mut self,
        config: &Config,
        asked: &Asked,
        key: &str,
        news: &Said,
        age: Option<u64>,
        now: u64,
    ) {
        let Some(old) = self.kept.get(key).filter(|old| old.status == 200 && old.body.is_some()) else {
            return;
        };
        let is_another = |sent: Option<u64>, known| sent.is_some() && sent != known;
        if is_another(news.etag, old.said.etag) || is_another(news.last_modified, old.said.last_modified) {
            return;
        }
        let said = old.said.clone().confirmed(news, news.set_cookie);
        if let Some(kept) = config.kept(asked, 200, said, old.body.clone(), age, now) {
            self.kept.insert(key.to_owned(), kept);
        }
    }
}

impl Fetch {
    fn of_whole() -> Self {
        Self {
            conditions: Some((None, None)),
            is_confirmed: false,
            is_after_answer: false,
            range: None,
            if_range: None,
            part: None,
            is_beyond: false,
        }
    }
}

impl Asked {
    /// `If-Range` does not forbid it.
    fn takes_part_of(&self, said: &Said) -> bool {
        self.if_range.is_none_or(|version| said.is(version))
    }
}

impl Said {
    fn is_version_of(&self, other: &Self) -> bool {
        match (self.etag, other.etag) {
            (Some(one), Some(other)) => one == other,
            _ => self.last_modified.is_some() && self.last_modified == other.last_modified,
        }
    }

    fn is(&self, version: Version) -> bool {
        match version {
            Version::Tag(tag) => self.etag == Some(tag),
            Version::Day(day) => self.last_modified == Some(day),
        }
    }

    fn version(&self) -> Option<Version> {
        self.etag.map(Version::Tag).or(self.last_modified.map(Version::Day))
    }

    /// This with the fields of a 304.
    fn confirmed(self, news: &Self, set_cookie: bool) -> Self {
        Self {
            cache_control: news.cache_control.clone().or(self.cache_control),
            expires: news.expires.or(self.expires),
            date: news.date.or(self.date),
            etag: self.etag,
            last_modified: news.last_modified.or(self.last_modified),
            vary_star: self.vary_star || news.vary_star,
            set_cookie: self.set_cookie || set_cookie,
        }
    }
}

impl Kept {
    fn of(status: u16, said: Said, body: Option<String>, now: u64) -> Self {
        Self {
            status,
            said,
            body,
            stored_at: now,
            fresh_until: now,
            origin_age: 0,
            if_error_until: u64::MAX,
            while_revalidate_until: 0,
        }
    }

    fn answer(&self, config: &Config, asked: &Asked, result: &'static str, now: u64) -> Forecast {
        let mut body = self.body.clone();
        let mut status = self.status;
        if status == 200 && asked.method != "OPTIONS" {
            let is_known = match (asked.none_match, asked.modified_since) {
                (Some(tag), _) => self.said.etag == Some(tag),
                (None, Some(day)) => {
                    let modified = self.said.last_modified.map(start_of_day).or(self.said.date);
                    modified.is_some_and(|modified| modified <= start_of_day(day))
                }
                (None, None) => false,
            };
            if is_known && config.knows_conditions(asked) {
                (status, body) = (304, Some(String::new()));
            } else if asked.method == "GET"
                && let (Some(range), Some(whole)) = (asked.range, &self.body)
            {
                (status, body) = match Parts::span(range, whole.len()) {
                    _ if range == "bytes=5-2" || !asked.takes_part_of(&self.said) => {
                        (200, Some(whole.clone()))
                    }
                    Some((first, last)) => (206, Some(whole[first..=last].to_owned())),
                    None => (416, Some(String::new())),
                };
            }
        }
        if asked.method == "HEAD" {
            body = body.map(|_| String::new());
        }
        let age = now - self.stored_at + self.origin_age;
        Forecast {
            status,
            result: if status < 400 { result } else { "Error" },
            body,
            age: Some(age),
            set_cookie: self.said.set_cookie,
        }
    }
}

/// Day 100 is when all starts.
pub(super) fn start_of_day(number: u64) -> u64 {
    START + 86_400 * number - 86_400 * 100
}

impl Config {
    fn is_disabled(&self) -> bool {
        (self.min_ttl, self.default_ttl, self.max_ttl) == (0, 0, 0)
    }

    fn forwards_cookies(&self) -> bool {
        self.cookies != Keyed::Nothing || self.forwards_all
    }

    fn knows_conditions(&self, asked: &Asked) -> bool {
        !self.forwards_cookies() || asked.cookies.is_empty()
    }

    fn error_seconds(&self, status: u16) -> u64 {
        self.error_seconds.iter().find(|(code, _)| *code == status).map_or(10, |(_, seconds)| *seconds)
    }

    fn key(&self, asked: &Asked) -> String {
        let chosen = |of: Keyed, all: &[&'static str]| match of {
            Keyed::Nothing => vec![],
            Keyed::U => all.iter().copied().filter(|one| one.starts_with("u=")).collect(),
            Keyed::All => all.to_vec(),
        };
        let mut cookies = chosen(self.cookies, &asked.cookies);
        cookies.sort_unstable();
        let language = asked.language.filter(|_| self.language_keyed);
        let options = if asked.method == "OPTIONS" { "OPTIONS " } else { "" };
        format!("{options}{}?{:?} {cookies:?} {language:?}", asked.path, chosen(self.query, &asked.query))
    }

    /// What is kept of an answer, if anything.
    fn kept(
        &self,
        asked: &Asked,
        status: u16,
        said: Said,
        body: Option<String>,
        age: Option<u64>,
        now: u64,
    ) -> Option<Kept> {
        let life = self.life(asked, status, &said, age.unwrap_or(0), now)?;
        let mut kept = Kept::of(status, said, body, now);
        kept.origin_age = age.unwrap_or(0);
        kept.fresh_until = now + life.seconds;
        kept.if_error_until = life.if_error.map_or(u64::MAX, |seconds| kept.fresh_until + seconds);
        kept.while_revalidate_until = kept.fresh_until + life.while_revalidate;
        kept.said.set_cookie &= !kept.said.cache_control.as_ref().is_some_and(|said| said.cookie_not_kept);
        Some(kept)
    }

    /// How long an answer is kept; `None`: not at all.
    fn life(&self, asked: &Asked, status: u16, said: &Said, age: u64, now: u64) -> Option<Life> {
        let none = CacheControl::default();
        let control = said.cache_control.as_ref().unwrap_or(&none);
        let may_be_shared = control.public || control.must_revalidate || control.s_maxage.is_some();
        if asked.authorized && self.forwards_all && self.min_ttl == 0 && !may_be_shared {
            return None;
        }
        let date = said.date.unwrap_or(now);
        let left = match (control.s_maxage.or(control.max_age), said.expires) {
            (Some(seconds), _) => Some(seconds.saturating_sub(age)),
            (None, Some(end)) => {
                Some(end.saturating_sub(date).saturating_sub(age.max(now.saturating_sub(date))))
            }
            (None, None) => None,
        };
        let seconds = if status >= 400 {
            let names_age = control.s_maxage.is_some() || control.max_age.is_some();
            let is_kept = [404, 500, 502, 503, 504].contains(&status) || (status == 403 && names_age);
            let seconds = left.unwrap_or(0).max(self.error_seconds(status)).min(self.max_ttl);
            return is_kept.then(|| control.life(self, seconds)).filter(|_| seconds > 0);
        } else if said.vary_star && self.min_ttl == 0 {
            return None;
        } else if control.no_store || control.private || control.no_cache {
            let can_be_confirmed = said.etag.is_some() || said.last_modified.is_some();
            let is_kept = self.min_ttl > 0 || !(control.no_store || control.private) && can_be_confirmed;
            return is_kept.then(|| control.life(self, self.min_ttl));
        } else {
            left.map_or(self.default_ttl.max(self.min_ttl), |left| left.clamp(self.min_ttl, self.max_ttl))
        };
        Some(control.life(self, seconds))
    }
}

impl CacheControl {
    fn life(&self, config: &Config, seconds: u64) -> Life {
        if self.must_revalidate || (self.no_cache && config.min_ttl == 0) {
            return Life { seconds, if_error: Some(0), while_revalidate: 0 };
        }
        Life {
            seconds,
            if_error: self.stale_if_error.or(self.s_maxage.map(|_| 0)).map(|stale| stale.min(config.max_ttl)),
            while_revalidate: self.stale_while_revalidate.unwrap_or(0).min(config.max_ttl),
        }
    }
}
