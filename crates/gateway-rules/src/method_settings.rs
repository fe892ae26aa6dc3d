//! `MethodSettings` of a stage: which of them holds for a method, and what it says of caching and of logging.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html>

use frontgate_explain::PlaceId;

use crate::config::{Method, Resource, Stage};

/// What a stage sets for a method, or for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodSetting {
    /// The path of the resource; `/*` is each.
    pub path: Box<str>,
    /// The method; `*` is each.
    pub http_method: Box<str>,
    /// `CachingEnabled`
    pub caching_enabled: bool,
    /// `CacheTtlInSeconds`; 0 keeps nothing.
    pub cache_lifetime_seconds: u32,
    /// Who may demand a new answer with `Cache-Control: max-age=0`.
    pub invalidation: Invalidation,
    /// `LoggingLevel`: what goes into the execution log.
    pub logging_level: LoggingLevel,
    /// `DataTraceEnabled`: header fields and bodies go there, too.
    pub data_trace_enabled: bool,
    /// Its place.
    pub place: PlaceId,
}

/// Who may replace an answer of the stage cache with `Cache-Control: max-age=0`, and what becomes of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invalidation {
    /// Everybody: `requireAuthorizationForCacheControl` is off.
    ByEverybody,
    /// `FAIL_WITH_403`
    FailWith403,
    /// `SUCCEED_WITH_RESPONSE_HEADER`, which holds unless it is changed (recorded: get-stages).
    #[default]
    SucceedWithResponseHeader,
    /// `SUCCEED_WITHOUT_RESPONSE_HEADER`
    SucceedWithoutResponseHeader,
}

/// `LoggingLevel`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LoggingLevel {
    /// `OFF`
    #[default]
    Off,
    /// `ERROR`
    Error,
    /// `INFO`
    Info,
}

/// How long answers are kept unless told otherwise.
pub const CACHE_LIFETIME_SECONDS: u32 = 300;
/// How long they can be kept.
pub const CACHE_LIFETIME_SECONDS_MAX: u32 = 3600;

impl MethodSetting {
    /// A setting that changes nothing.
    #[must_use]
    pub fn of(path: &str, http_method: &str) -> Self {
        Self {
            path: path.into(),
            http_method: http_method.into(),
            caching_enabled: false,
            cache_lifetime_seconds: CACHE_LIFETIME_SECONDS,
            invalidation: Invalidation::default(),
            logging_level: LoggingLevel::default(),
            data_trace_enabled: false,
            place: PlaceId::NONE,
        }
    }

    /// Whether it caches what is asked with that method: one for all methods caches GET only.
    #[must_use]
    pub fn caches(&self, http_method: &str) -> bool {
        self.caching_enabled
            && self.cache_lifetime_seconds > 0
            && (&*self.http_method != "*" || http_method == "GET")
    }
}

impl Stage {
    /// The setting that holds for a method: its own, which replaces the one for all methods as a whole ("changing the
    /// default method-level caching setting doesn't affect that existing setting").
    #[must_use]
    pub fn setting(&self, resource: &Resource, method: &Method) -> Option<&MethodSetting> {
        let rows = self.method_settings.iter();
        let matching =
            rows.filter_map(|row| Some((distance(&row.path, &row.http_method, resource, method)?, row)));
        matching.min_by_key(|(distance, _)| *distance).map(|(_, row)| row)
    }
}

/// How far a row for that path and method is from a method; none where it is not meant.
pub(crate) fn distance(
    path: &str,
    http_method: &str,
    resource: &Resource,
    method: &Method,
) -> Option<(bool, bool)> {
    let is = |written: &str, actual: &str, all: &str| written == actual || written == all;
    let is_meant = is(path, &resource.path, "/*") && is(http_method, &method.http_method, "*");
    is_meant.then_some((path == "/*", http_method == "*"))
}

#[cfg(test)]
mod tests {
    use super::MethodSetting;
    use crate::fixture;

    #[test]
    fn the_closest_setting_holds_as_a_whole() {
        let mut api = fixture::api(&fixture::document(&["/items/{id}", "/orders"]));
        let all = MethodSetting { caching_enabled: true, ..MethodSetting::of("/*", "*") };
        let posts = MethodSetting { caching_enabled: true, ..MethodSetting::of("/orders", "POST") };
        let never =
            MethodSetting { cache_lifetime_seconds: 0, caching_enabled: true, ..MethodSetting::of("/", "*") };
        api.stages[0].method_settings = vec![all.clone(), posts.clone()];
        let rows = fixture::deployment(&api).resources.rows();
        for (path, expected) in [("/items/{id}", &all), ("/orders", &posts)] {
            let resource = rows.iter().find(|row| &*row.path == path).expect("a resource");
            let found = api.stages[0].setting(resource, &resource.methods[0]);
            assert_eq!(found, Some(expected), "{path}");
        }
        for (setting, http_method, caches) in [
            (&all, "GET", true),
            (&all, "POST", false),
            (&posts, "POST", true),
            (&never, "GET", false),
            (&MethodSetting::of("/*", "*"), "GET", false),
        ] {
            assert_eq!(setting.caches(http_method), caches, "{} {http_method}", setting.path);
        }
    }
}
