//! The line against a naive model of CloudFront's cache: random settings, viewers, origins and times, thousands of rounds.
//! A round that fails prints its seed; `MODEL_SEED=… cargo test -p frontgate-edge differential` plays that one alone.

use std::fmt::Write;
use std::sync::Arc;

use frontgate_edge_rules::{
    AllowedMethods, CustomErrorResponse, Distribution, ForwardedHeaders, ForwardedValues, KeySettings,
    OriginRequestHeaders, OriginRequestPolicy, Selection,
};
use frontgate_explain::PlaceId;

use super::fixture::{all_viewer_except_host, cache_policy, distribution};
use super::model::{Asked, CacheControl, Config, Fetch, Forecast, Keyed, Model, Named, Plan, Said, Version};
use super::stage::{START, Script, Seen, ask, edge, run};
use crate::Edge;
use crate::pages::http_date;

const ROUNDS: u64 = 3000;
const REQUESTS_PER_ROUND: u64 = 40;

#[test]
fn the_line_does_what_the_model_foretells() {
    let alone = std::env::var("MODEL_SEED").ok().map(|seed| seed.parse::<u64>().expect("a number"));
    let seeds = alone.map_or(1..ROUNDS + 1, |seed| seed..seed + 1);
    run(async {
        for seed in seeds {
            play_round(seed).await;
        }
    });
}

async fn play_round(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let config = dice.config();
    let (edge, distribution) = (edge(), distribution_of(&config));
    let (mut model, mut now) = (Model::default(), START);
    let mut story = format!("MODEL_SEED={seed}\n{config:?}\n");
    for request in 0..REQUESTS_PER_ROUND {
        now += dice.one_of(&[0, 0, 1, 2, 5, 10, 11, 60]);
        let (asked, plan) = (dice.asked(), dice.plan(now, request));
        let (forecast, fetch) = model.serve(&config, &asked, &plan, now);
        let (viewer, origin) =
            (viewer_line(&asked, now), fetch.as_ref().map(|fetch| origin_line(fetch, &plan)));
        let _ = writeln!(story, "{viewer}\n    origin: {origin:?}\n    {forecast:?}");
        let is_after = fetch.is_some_and(|fetch| fetch.is_after_answer);
        let (seen, complaint) = serve(&edge, &distribution, &viewer, origin, is_after).await;
        assert_eq!(complaint, "", "{story}");
        assert_eq!(seen_as(&seen, &forecast), forecast, "{story}");
    }
}

/// What the viewer sees, and what is wrong with what the origin saw.
async fn serve(
    edge: &Edge<Script>,
    distribution: &Distribution,
    viewer: &str,
    origin: Option<String>,
    is_after_answer: bool,
) -> (Seen, String) {
    let origin = origin.unwrap_or_default();
    if !is_after_answer {
        edge.origins().says(&origin);
    }
    let (mut x, seen) = ask(edge, distribution, viewer).await;
    match x.refresh.take() {
        Some(refresh) if is_after_answer => {
            edge.origins().says(&origin);
            edge.refresh(distribution, *refresh, &mut x).await;
        }
        Some(_) => return (seen, "it is fetched anew after the answer".to_owned()),
        None if is_after_answer => return (seen, "it is not fetched anew".to_owned()),
        None => {}
    }
    (seen, edge.origins().complaint())
}

fn seen_as(seen: &Seen, forecast: &Forecast) -> Forecast {
    let body = seen.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned());
    Forecast {
        status: seen.status,
        result: seen.result,
        body: forecast.body.as_ref().map(|_| body.unwrap_or_else(|error| format!("{error:?}"))),
        age: seen.headers.first_text("Age").and_then(|age| age.parse().ok()),
        set_cookie: seen.headers.contains("Set-Cookie"),
    }
}

fn distribution_of(config: &Config) -> Distribution {
    let mut whole = distribution();
    let place = PlaceId::NONE;
    let selection = |keyed: Keyed| match keyed {
        Keyed::Nothing => Selection::None,
        Keyed::U => Selection::Allow(vec!["u".into()]),
        Keyed::All => Selection::All,
    };
    let language: Vec<Box<str>> = if config.language_keyed { vec!["X-Language".into()] } else { vec![] };
    let Config { min_ttl, max_ttl, default_ttl, .. } = *config;
    let behavior = &mut whole.default_behavior;
    behavior.key = if config.legacy {
        KeySettings::Legacy(Arc::new(ForwardedValues {
            query_string: config.query != Keyed::Nothing,
            query_string_cache_keys: if config.query == Keyed::U { vec!["u".into()] } else { vec![] },
            cookies: selection(config.cookies),
            headers: if language.is_empty() {
                ForwardedHeaders::None
            } else {
                ForwardedHeaders::Allow(language)
            },
            min_ttl,
            max_ttl,
            default_ttl,
            place,
            headers_place: place,
        }))
    } else {
        let mut policy = cache_policy(min_ttl);
        (policy.max_ttl, policy.default_ttl, policy.headers) = (max_ttl, default_ttl, language);
        (policy.cookies, policy.query_strings) = (selection(config.cookies), selection(config.query));
        KeySettings::Policy { policy: Arc::new(policy), place }
    };
    behavior.origin_request_policy = config.forwards_all.then(|| {
        let headers = OriginRequestHeaders::AllViewer;
        Arc::new(OriginRequestPolicy { headers, ..(*all_viewer_except_host()).clone() })
    });
    behavior.allowed_methods = AllowedMethods::All;
    behavior.options_cached = config.options_cached;
    whole.behaviors.clear();
    let rows = config.error_seconds.iter();
    whole.error_responses = rows
        .map(|&(error_code, caching_min_ttl)| CustomErrorResponse {
            error_code,
            page: None,
            caching_min_ttl,
            place,
        })
        .collect();
    whole
}

fn viewer_line(asked: &Asked, now: u64) -> String {
    let Asked { method, path, query, .. } = asked;
    let mut line = format!("{} {method} {path}", now - START);
    if !query.is_empty() {
        let _ = write!(line, "?{}", query.join("&"));
    }
    let header = |name: &str, value: Option<String>| value.map(|value| format!(" | {name}: {value}"));
    let cookies = Some(asked.cookies.join("; ")).filter(|cookies| !cookies.is_empty());
    let headers = [
        header("Cookie", cookies),
        header("X-Language", asked.language.map(str::to_owned)),
        header("Authorization", asked.authorized.then(|| "me".to_owned())),
        header("If-None-Match", asked.none_match.map(tag)),
        header("If-Modified-Since", asked.modified_since.map(day)),
        header("Range", asked.range.map(str::to_owned)),
        header("If-Range", asked.if_range.map(version)),
    ];
    line.extend(headers.into_iter().flatten());
    line
}

/// What the origin must see, and what it says.
fn origin_line(fetch: &Fetch, plan: &Plan) -> String {
    let wanted = |name: &str, value: Option<String>| match value {
        Some(value) => format!("{name}: {value}"),
        None => format!("-{name}"),
    };
    let mut line = fetch.conditions.map_or_else(String::new, |(etag, modified)| {
        let (etag, modified) = (etag.map(tag), modified.map(day));
        let version = wanted("If-Range", fetch.if_range.map(version));
        let range = wanted("Range", fetch.range.clone());
        let (etag, modified) = (wanted("If-None-Match", etag), wanted("If-Modified-Since", modified));
        format!("{etag} | {modified} | {range} | {version} => ")
    });
    if let Some((failure, _)) = plan.failure {
        line.push_str(failure);
        return line;
    }
    let status = match fetch.part {
        Some(_) => 206,
        None if fetch.is_confirmed => 304,
        None if fetch.is_beyond => 416,
        None => plan.status,
    };
    let _ = write!(line, "{status}");
    if let Some((first, last)) = fetch.part {
        let _ = write!(line, " | Content-Range: bytes {first}-{last}/{}", plan.body.len());
    }
    let Said { expires, date, etag, last_modified, vary_star, set_cookie, .. } = plan.said;
    let header = |name: &str, value: Option<String>| value.map(|value| format!(" | {name}: {value}"));
    let headers = [
        header("Cache-Control", plan.said.cache_control.as_ref().map(cache_control)),
        header("Expires", expires.map(http_date)),
        header("Date", date.map(http_date)),
        header("Age", plan.age.map(|age| age.to_string())),
        header("ETag", etag.map(tag)),
        header("Last-Modified", last_modified.map(day)),
        header("Vary", vary_star.then(|| "*".to_owned())),
        header("Set-Cookie", set_cookie.then(|| "s=1".to_owned())),
        header("Location", plan.location.map(|(location, _)| location.to_owned())),
    ];
    line.extend(headers.into_iter().flatten());
    let body = fetch.part.map_or(&plan.body[..], |(first, last)| &plan.body[first..=last]);
    if !fetch.is_confirmed {
        let _ = write!(line, " >> {body}");
    }
    line
}

fn cache_control(said: &CacheControl) -> String {
    let number = |name: &str, value: Option<u64>| value.map(|value| format!("{name}={value}"));
    let flag = |name: &str, is_set: bool| is_set.then(|| name.to_owned());
    let directives = [
        number("max-age", said.max_age),
        number("S-MaxAge", said.s_maxage),
        flag("no-cache", said.no_cache),
        flag("no-store", said.no_store),
        flag("private", said.private),
        flag("public", said.public),
        flag("must-revalidate", said.must_revalidate),
        number("stale-if-error", said.stale_if_error),
        number("stale-while-revalidate", said.stale_while_revalidate),
        flag("no-cache=\"Set-Cookie\"", said.cookie_not_kept),
    ];
    directives.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn version(version: Version) -> String {
    match version {
        Version::Tag(number) => tag(number),
        Version::Day(number) => day(number),
    }
}

fn tag(number: u64) -> String {
    format!("\"{number}\"")
}

fn day(number: u64) -> String {
    http_date(super::model::start_of_day(number))
}

/// Valid ones, one past the end, and one that does not count.
const RANGES: [&str; 8] =
    ["bytes=2-4", "bytes=0-8", "bytes=3-", "bytes=0-", "bytes=-3", "bytes=12-12", "bytes=5-2", "bytes=900-"];

/// References, and what of this site they name.
const LOCATIONS: [(&str, Option<Named>); 4] = [
    ("/a", Some(("/a", &[]))),
    ("b?u=1", Some(("/b", &["u=1"]))),
    ("http://www.example.com/b", Some(("/b", &[]))),
    ("https://www.example.com/a", None),
];

/// A generator of numbers good enough to shuffle tests (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// True once in `times`.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn sometimes<T: Clone>(&mut self, times: usize, all: &[T]) -> Option<T> {
        self.once_in(times).then(|| self.one_of(all))
    }

    fn config(&mut self) -> Config {
        let ttls = [
            (0, 0, 0),
            (0, 0, 100),
            (0, 20, 100),
            (3, 20, 100),
            (0, 5, 5),
            (10, 10, 10),
            (1, 86_400, 31_536_000),
        ];
        let (min_ttl, default_ttl, max_ttl) = self.one_of(&ttls);
        let legacy = self.once_in(3);
        let keyed = [Keyed::Nothing, Keyed::Nothing, Keyed::U, Keyed::All];
        let error_seconds =
            self.sometimes(2, &[0, 1, 30]).map(|seconds| (self.one_of(&[404, 500, 502, 503]), seconds));
        Config {
            legacy,
            min_ttl,
            max_ttl,
            default_ttl,
            query: self.one_of(&keyed),
            cookies: self.one_of(&keyed),
            language_keyed: self.once_in(2),
            options_cached: self.once_in(2),
            forwards_all: !legacy && self.once_in(3),
            error_seconds: error_seconds.into_iter().collect(),
        }
    }

    fn asked(&mut self) -> Asked {
        let methods = ["GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "HEAD", "OPTIONS", "POST", "DELETE"];
        let queries: [&[&str]; 5] = [&[], &[], &["u=1"], &["u=1", "a=1"], &["a=1", "u=1"]];
        let cookies: [&[&str]; 5] = [&[], &[], &["u=1"], &["u=1", "a=1"], &["a=1", "u=1"]];
        Asked {
            method: self.one_of(&methods),
            path: self.one_of(&["/a", "/b"]),
            query: self.one_of(&queries).to_vec(),
            cookies: self.one_of(&cookies).to_vec(),
            language: self.sometimes(3, &["en", "de"]),
            authorized: self.once_in(8),
            none_match: self.sometimes(5, &[1, 2]),
            modified_since: self.sometimes(5, &[1, 2, 100, 101]),
            range: self.sometimes(3, &RANGES),
            if_range: self.sometimes(6, &[Version::Tag(1), Version::Tag(2), Version::Day(1)]),
        }
    }

    fn plan(&mut self, now: u64, number: u64) -> Plan {
        let failures = [("!Connect", 502), ("!Dns", 502), ("!ReadTimeout", 504)];
        let statuses = [200, 200, 200, 200, 200, 200, 301, 403, 404, 410, 500, 503];
        let times = [now - 5, now, now + 5, now + 50];
        let cache_control = if self.once_in(3) { None } else { Some(self.cache_control()) };
        Plan {
            failure: self.sometimes(8, &failures),
            status: self.one_of(&statuses),
            said: Said {
                cache_control: cache_control.filter(|said| *said != CacheControl::default()),
                expires: self.sometimes(4, &times),
                date: self.sometimes(3, &times),
                etag: self.sometimes(2, &[1, 2]),
                last_modified: self.sometimes(3, &[1, 2]),
                vary_star: self.once_in(12),
                set_cookie: self.once_in(6),
            },
            age: self.sometimes(5, &[1, 4, 90]),
            location: self.sometimes(3, &LOCATIONS),
            is_unchanged: self.once_in(2),
            knows_ranges: self.once_in(2),
            body: format!("the-body-of-{number:02}"),
        }
    }

    fn cache_control(&mut self) -> CacheControl {
        let seconds = [0, 1, 5, 10, 30, 1000];
        CacheControl {
            max_age: self.sometimes(2, &seconds),
            s_maxage: self.sometimes(5, &seconds),
            no_cache: self.once_in(8),
            no_store: self.once_in(12),
            private: self.once_in(12),
            public: self.once_in(5),
            must_revalidate: self.once_in(8),
            stale_if_error: self.sometimes(6, &seconds),
            stale_while_revalidate: self.sometimes(6, &seconds),
            cookie_not_kept: self.once_in(6),
        }
    }
}
