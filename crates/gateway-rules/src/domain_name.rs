//! Which API, stage and path does a request to a custom domain name mean?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html>

use std::borrow::Cow;

use frontgate_explain::{Fact, FactKind, PlaceId};
use frontgate_message::Headers;

use crate::config::EndpointType;
use crate::mutual_tls::MutualTls;

/// A custom domain name.
#[derive(Clone, Debug)]
pub struct DomainName {
    /// The name, such as `api.example.com`, or `*.example.com`.
    pub name: Box<str>,
    /// The name that DNS leads it to: `d-….execute-api.REGION.amazonaws.com`, or `d….cloudfront.net`.
    pub target: Box<str>,
    /// Where it is entered.
    pub endpoint: EndpointType,
    /// The names of its certificate, where they are known here.
    pub certificate_names: Vec<Box<str>>,
    /// Whether its security policy lets viewers speak TLS 1.2.
    pub tls_1_2: bool,
    /// Whom its clients must be known to, where they have to show certificates.
    pub mutual_tls: Option<MutualTls>,
    /// What directs its requests.
    pub routing_mode: RoutingMode,
    /// Its routing rules, by their priority.
    pub rules: Vec<RoutingRule>,
    /// Its API mappings.
    pub mappings: Vec<ApiMapping>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// `RoutingMode`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoutingMode {
    /// `API_MAPPING_ONLY`
    ApiMappingOnly,
    /// `ROUTING_RULE_ONLY`
    RoutingRuleOnly,
    /// `ROUTING_RULE_THEN_API_MAPPING`
    RoutingRuleThenApiMapping,
}

/// An API behind a custom domain name, by its index in the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MappedApi {
    /// An HTTP API.
    Http(usize),
    /// A REST API.
    Rest(usize),
}

/// An API mapping: a base path and the API behind it.
#[derive(Clone, Debug)]
pub struct ApiMapping {
    /// The base path without slashes around it; empty takes what no other takes.
    pub base_path: Box<str>,
    /// The API.
    pub api: MappedApi,
    /// The stage; without one the caller names it behind the base path.
    pub stage: Option<Box<str>>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// A routing rule: conditions, all of which must hold, and the API that is then called.
#[derive(Clone, Debug)]
pub struct RoutingRule {
    /// Rules are tried from the lowest on.
    pub priority: u32,
    /// Headers that must match.
    pub headers: Vec<HeaderCondition>,
    /// The base path that must match, without slashes around it.
    pub base_path: Option<Box<str>>,
    /// The API.
    pub api: MappedApi,
    /// Its stage.
    pub stage: Box<str>,
    /// Whether the base path is taken off before the API sees the path.
    pub strip_base_path: bool,
    /// The place of the resource.
    pub place: PlaceId,
}

/// A header and what its value must be like: `value`, `value*`, `*value` or `*value*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderCondition {
    /// The name of the header.
    pub name: Box<str>,
    /// The value, perhaps with an asterisk at its ends.
    pub value_glob: Box<str>,
}

/// What a request to a custom domain name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen<'a> {
    /// The API.
    pub api: MappedApi,
    /// The stage; `None` where the path names it.
    pub stage: Option<&'a str>,
    /// The base path that was taken off, without slashes around it.
    pub base_path: &'a str,
    /// The rest of the path, with its slash.
    pub path: Cow<'a, str>,
    /// Header names reach the integration in lower case.
    pub lower_header_names: bool,
    /// What chose it.
    pub because: Fact,
}

impl DomainName {
    /// Whether a Host is this name; the asterisk of a wildcard stands for one label.
    #[must_use]
    pub fn is(&self, host: &str) -> bool {
        match self.name.strip_prefix("*.") {
            Some(rest) => {
                host.split_once('.').is_some_and(|(first, parent)| !first.is_empty() && parent == rest)
            }
            None => *self.name == *host,
        }
    }

    /// Whether a mapping or a rule leads to that API.
    #[must_use]
    pub fn leads_to(&self, api: MappedApi) -> bool {
        self.mappings.iter().any(|mapping| mapping.api == api)
            || self.rules.iter().any(|rule| rule.api == api)
    }

    /// What a request means: the first rule that matches, else the mapping with the longest base path.
    #[must_use]
    pub fn choose<'a>(&'a self, path: &'a str, headers: &Headers) -> Option<Chosen<'a>> {
        let by_rule = || self.rules.iter().find_map(|rule| rule.matches(path, headers));
        match self.routing_mode {
            RoutingMode::ApiMappingOnly => self.mapped(path),
            RoutingMode::RoutingRuleOnly => by_rule(),
            RoutingMode::RoutingRuleThenApiMapping => by_rule().or_else(|| self.mapped(path)),
        }
    }

    /// The HTTP API that says that nothing is found, where only HTTP APIs are mapped; a REST API forbids instead.
    #[must_use]
    pub fn only_http_api(&self) -> Option<usize> {
        let rest = |mapping: &ApiMapping| matches!(mapping.api, MappedApi::Rest(_));
        match self.mappings.first()?.api {
            MappedApi::Http(index) if !self.mappings.iter().any(rest) => Some(index),
            _ => None,
        }
    }

    /// With mappings of several levels the longest prefix counts, else whole segments do.
    fn mapped<'a>(&'a self, path: &'a str) -> Option<Chosen<'a>> {
        let has_levels = self.mappings.iter().any(|mapping| mapping.base_path.contains('/'));
        let fitting = self.mappings.iter().filter_map(|mapping| {
            let rest = without(path, &mapping.base_path, !has_levels)?;
            Some((mapping, rest))
        });
        let (mapping, rest) = fitting.max_by_key(|(mapping, _)| mapping.base_path.len())?;
        Some(Chosen {
            api: mapping.api,
            stage: mapping.stage.as_deref(),
            base_path: &mapping.base_path,
            path: rest,
            lower_header_names: has_levels,
            because: Fact::of(FactKind::ApiMappingChosen).at(mapping.place),
        })
    }
}

impl RoutingRule {
    fn matches<'a>(&'a self, path: &'a str, headers: &Headers) -> Option<Chosen<'a>> {
        let base_path = self.base_path.as_deref().unwrap_or_default();
        let rest = without(path, base_path, true)?;
        if !self.headers.iter().all(|condition| condition.holds(headers)) {
            return None;
        }
        let (base_path, path) =
            if self.strip_base_path { (base_path, rest) } else { ("", Cow::Borrowed(path)) };
        Some(Chosen {
            api: self.api,
            stage: Some(&self.stage),
            base_path,
            path,
            lower_header_names: false,
            because: Fact::of(FactKind::RoutingRuleChosen).at(self.place),
        })
    }
}

impl HeaderCondition {
    /// Names are compared without case, values with it; of several fields one has to match.
    fn holds(&self, headers: &Headers) -> bool {
        let glob = self.value_glob.as_bytes();
        let (any_start, glob) = glob.strip_prefix(b"*").map_or((false, glob), |rest| (true, rest));
        let (any_end, text) = glob.strip_suffix(b"*").map_or((false, glob), |rest| (true, rest));
        headers.all(&self.name).any(|value| match (any_start, any_end) {
            (false, false) => value == text,
            (false, true) => value.starts_with(text),
            (true, false) => value.ends_with(text),
            (true, true) => text.is_empty() || value.windows(text.len()).any(|part| part == text),
        })
    }
}

/// The path behind a base path, with its slash.
fn without<'a>(path: &'a str, base_path: &str, whole_segments: bool) -> Option<Cow<'a, str>> {
    if base_path.is_empty() {
        return Some(Cow::Borrowed(if path.is_empty() { "/" } else { path }));
    }
    let rest = path.strip_prefix('/')?.strip_prefix(base_path)?;
    match rest {
        "" => Some(Cow::Borrowed("/")),
        _ if rest.starts_with('/') => Some(Cow::Borrowed(rest)),
        _ if whole_segments => None,
        _ => Some(Cow::Owned(format!("/{rest}"))),
    }
}

#[cfg(test)]
mod tests {
    use frontgate_explain::PlaceId;
    use frontgate_message::Headers;

    use super::{ApiMapping, DomainName, HeaderCondition, MappedApi, RoutingMode, RoutingRule};
    use crate::config::EndpointType;

    fn domain(mappings: &[(&str, Option<&str>)]) -> DomainName {
        let mapping = |(api, (base_path, stage)): (usize, &(&str, Option<&str>))| ApiMapping {
            base_path: (*base_path).into(),
            api: MappedApi::Rest(api),
            stage: stage.map(Into::into),
            place: PlaceId::NONE,
        };
        DomainName {
            name: "api.example.com".into(),
            target: "d-1.execute-api.eu-west-1.amazonaws.com".into(),
            endpoint: EndpointType::Regional,
            certificate_names: Vec::new(),
            tls_1_2: true,
            mutual_tls: None,
            routing_mode: RoutingMode::ApiMappingOnly,
            rules: Vec::new(),
            mappings: mappings.iter().enumerate().map(mapping).collect(),
            place: PlaceId::NONE,
        }
    }

    fn check(domain: &DomainName, headers: &Headers, path: &str, expected: Option<(usize, &str)>) {
        let chosen = domain.choose(path, headers).map(|chosen| (chosen.api, chosen.path.into_owned()));
        let expected = expected.map(|(api, path)| (MappedApi::Rest(api), path.to_owned()));
        assert_eq!(chosen, expected, "{path} {headers:?}");
    }

    /// The tables of the page on API mappings.
    #[test]
    fn the_longest_base_path_counts() {
        let levels = domain(&[
            ("", Some("prod")),
            ("orders", Some("prod")),
            ("orders/v1/items", Some("prod")),
            ("orders/v2/items", Some("prod")),
            ("orders/v2/items/categories", Some("prod")),
        ]);
        for (path, expected) in [
            ("/orders", (1, "/")),
            ("/orders/v1/items", (2, "/")),
            ("/orders/v2/items", (3, "/")),
            ("/orders/v1/items/123", (2, "/123")),
            ("/orders/v2/items/categories/5", (4, "/5")),
            ("/customers", (0, "/customers")),
            ("/ordersandmore", (1, "/andmore")),
            ("/", (0, "/")),
        ] {
            check(&levels, &Headers::new(), path, Some(expected));
        }
        let single = domain(&[("", Some("prod")), ("orders", Some("prod"))]);
        check(&single, &Headers::new(), "/ordersandmore", Some((0, "/ordersandmore")));
        check(&single, &Headers::new(), "/orders/", Some((1, "/")));
        check(&domain(&[("orders", None)]), &Headers::new(), "/Orders", None);
        check(&domain(&[]), &Headers::new(), "/", None);
    }

    #[test]
    fn rules_come_first_by_their_priority() {
        let rule = |priority: u32, header: Option<(&str, &str)>, base_path: Option<&str>, strip_base_path| {
            let condition =
                |(name, value): (&str, &str)| HeaderCondition { name: name.into(), value_glob: value.into() };
            RoutingRule {
                priority,
                headers: header.map(condition).into_iter().collect(),
                base_path: base_path.map(Into::into),
                api: MappedApi::Rest(priority as usize),
                stage: "prod".into(),
                strip_base_path,
                place: PlaceId::NONE,
            }
        };
        let mut domain = domain(&[("", None)]);
        domain.rules = vec![
            rule(1, Some(("x-version", "b*")), Some("pets"), true),
            rule(2, Some(("x-version", "*a*")), None, false),
            rule(3, None, Some("dogs/big"), false),
        ];
        domain.routing_mode = RoutingMode::RoutingRuleThenApiMapping;
        for (version, path, expected) in [
            ("beta", "/pets/1", (1, "/1")),
            ("beta", "/pets", (1, "/")),
            ("beta", "/petshop", (2, "/petshop")),
            ("Backup", "/pets", (2, "/pets")),
            ("two", "/dogs/big/x", (3, "/dogs/big/x")),
            ("two", "/dogs", (0, "/dogs")),
        ] {
            check(&domain, &Headers::from_iter([("X-Version", version)]), path, Some(expected));
        }
        domain.routing_mode = RoutingMode::RoutingRuleOnly;
        check(&domain, &Headers::new(), "/dogs", None);
        domain.routing_mode = RoutingMode::ApiMappingOnly;
        check(&domain, &Headers::from_iter([("X-Version", "beta")]), "/pets/1", Some((0, "/pets/1")));
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let mut domain = domain(&[]);
        assert!(domain.is("api.example.com") && !domain.is("b.example.com"));
        domain.name = "*.example.com".into();
        assert!(domain.is("b.example.com") && !domain.is("a.b.example.com") && !domain.is("example.com"));
    }
}
