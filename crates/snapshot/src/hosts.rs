//! Who answers to a Host: distributions by domain name and alias, APIs by execute-api name, buckets by endpoint.
//!
//! Every name is also answered with `.localhost` behind it, which browsers resolve to this machine by themselves.

use std::collections::HashMap;

use frontgate_explain::{Fact, FactKind, PlaceId};

/// The names of one snapshot.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    exact: HashMap<Box<str>, Found>,
    wildcard: HashMap<Box<str>, Found>,
}

/// Who answers, by index into the snapshot's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answerer {
    /// A distribution.
    Distribution(usize),
    /// A REST API.
    Api(usize),
    /// An HTTP API.
    HttpApi(usize),
    /// A custom domain name of API Gateway, or its target.
    DomainName(usize),
    /// A bucket.
    Bucket(usize),
    /// A function URL.
    FunctionUrl(usize),
    /// The website endpoint of a bucket.
    Website(usize),
}

impl Answerer {
    /// API Gateway answers: its endpoint takes all its names, whichever of them TLS was established for
    /// (`EndpointAccessMode: BASIC`).
    #[must_use]
    pub fn is_gateway(self) -> bool {
        matches!(self, Self::Api(_) | Self::HttpApi(_) | Self::DomainName(_))
    }
}

/// An answerer and why it is the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who answers.
    pub answerer: Answerer,
    /// Which kind of name it was.
    pub fact: Fact,
}

impl Hosts {
    /// Adds a name; `*.` in front takes any first labels. An earlier one stays.
    pub fn add(&mut self, name: &str, answerer: Answerer, kind: FactKind, place: PlaceId) {
        let found = Found { answerer, fact: Fact::of(kind).at(place) };
        let name = name.to_ascii_lowercase();
        match name.strip_prefix("*.") {
            Some(rest) => self.wildcard.entry(rest.into()).or_insert(found),
            None => self.exact.entry(name.into()).or_insert(found),
        };
    }

    /// Who answers to `host` (lower case, without port): the exact name first, then the longest wildcard.
    #[must_use]
    pub fn find(&self, host: &str) -> Option<Found> {
        let host = host.strip_suffix(LOCAL_SUFFIX).unwrap_or(host);
        if let Some(found) = self.exact.get(host) {
            return Some(*found);
        }
        let mut rest = host;
        while let Some((_, parent)) = rest.split_once('.') {
            if let Some(found) = self.wildcard.get(parent) {
                return Some(*found);
            }
            rest = parent;
        }
        None
    }

    /// The names without wildcards, for certificates and for the console.
    pub fn names(&self) -> impl Iterator<Item = (&str, Found)> {
        self.exact.iter().map(|(name, found)| (&**name, *found))
    }
}

/// What stands behind a name that a browser resolves by itself.
pub const LOCAL_SUFFIX: &str = ".localhost";

#[cfg(test)]
mod tests {
    use super::{Answerer, Hosts};
    use frontgate_explain::{FactKind, PlaceId};

    #[test]
    fn the_most_specific_name_wins() {
        let mut hosts = Hosts::default();
        for (index, name) in ["*.example.com", "www.example.com", "*.a.example.com"].into_iter().enumerate() {
            hosts.add(name, Answerer::Distribution(index), FactKind::HostIsAlias, PlaceId::NONE);
        }
        let rows = [
            ("www.example.com", Some(1)),
            ("www.example.com.localhost", Some(1)),
            ("x.example.com", Some(0)),
            ("b.a.example.com", Some(2)),
            ("example.com", None),
            ("localhost", None),
            ("", None),
        ];
        for (host, index) in rows {
            assert_eq!(hosts.find(host).map(|f| f.answerer), index.map(Answerer::Distribution), "{host}");
        }
    }
}
