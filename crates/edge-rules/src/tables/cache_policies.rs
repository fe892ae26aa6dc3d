//! The managed cache policies.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>.

use std::sync::Arc;

use frontgate_aws::Source;

use crate::config::{CachePolicy, Selection};

/// One managed cache policy.
#[derive(Clone, Copy, Debug)]
pub struct ManagedCachePolicy {
    /// Its id.
    pub id: &'static str,
    /// Its name without `Managed-`.
    pub name: &'static str,
    /// Minimum, maximum and default TTL in seconds.
    pub ttls: (u64, u64, u64),
    /// The headers in the key.
    pub headers: &'static [&'static str],
    /// All cookies are in the key; else none.
    pub all_cookies: bool,
    /// The query parameters in the key.
    pub query_strings: ManagedQueryStrings,
    /// `EnableAcceptEncodingGzip`
    pub gzip: bool,
    /// `EnableAcceptEncodingBrotli`
    pub brotli: bool,
    /// Where it was learnt.
    pub source: Source,
}

/// The query parameters in the key of a managed cache policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedQueryStrings {
    /// None.
    None,
    /// These.
    Allow(&'static [&'static str]),
    /// All.
    All,
}

/// The managed cache policy with that id.
#[must_use]
pub fn find(id: &str) -> Option<Arc<CachePolicy>> {
    MANAGED_CACHE_POLICIES
        .iter()
        .find(|row| row.id.eq_ignore_ascii_case(id))
        .map(|row| Arc::new(row.compile()))
}

/// Name and id of every one.
#[must_use]
pub fn names() -> Vec<(&'static str, &'static str)> {
    MANAGED_CACHE_POLICIES.iter().map(|row| (row.name, row.id)).collect()
}

/// Name and id of the managed cache policy that somebody who wrote `asked` most likely meant.
#[must_use]
pub fn nearest(asked: &str) -> Option<(&'static str, &'static str)> {
    super::nearest(asked, MANAGED_CACHE_POLICIES.iter().map(|row| (row.name, row.id)))
}

impl ManagedCachePolicy {
    /// The policy as the edge reads it.
    #[must_use]
    pub fn compile(&self) -> CachePolicy {
        let (min_ttl, max_ttl, default_ttl) = self.ttls;
        CachePolicy {
            id: self.id.into(),
            name: self.name.into(),
            min_ttl,
            max_ttl,
            default_ttl,
            headers: self.headers.iter().map(|name| (*name).into()).collect(),
            cookies: if self.all_cookies { Selection::All } else { Selection::None },
            query_strings: match self.query_strings {
                ManagedQueryStrings::None => Selection::None,
                ManagedQueryStrings::Allow(names) => {
                    Selection::Allow(names.iter().map(|name| (*name).into()).collect())
                }
                ManagedQueryStrings::All => Selection::All,
            },
            gzip: self.gzip,
            brotli: self.brotli,
            source: Some(self.source),
        }
    }
}

const PAGE: Source = Source::Documented("using-managed-cache-policies");

const DAY: u64 = 86_400;

const YEAR: u64 = 31_536_000;

const METHOD_OVERRIDES: &[&str] =
    &["Host", "Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];

/// Every managed cache policy whose id is published, by name.
pub const MANAGED_CACHE_POLICIES: &[ManagedCachePolicy] = &[
    ManagedCachePolicy {
        id: "2e54312d-136d-493c-8eb9-b001f22f67d2",
        name: "Amplify",
        ttls: (2, 600, 2),
        headers: &["Authorization", "CloudFront-Viewer-Country", "Host"],
        all_cookies: true,
        query_strings: ManagedQueryStrings::All,
        gzip: true,
        brotli: true,
        source: PAGE,
    },
    ManagedCachePolicy {
        id: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        name: "CachingDisabled",
        ttls: (0, 0, 0),
        headers: &[],
        all_cookies: false,
        query_strings: ManagedQueryStrings::None,
        gzip: false,
        brotli: false,
        source: PAGE,
    },
    ManagedCachePolicy {
        id: "658327ea-f89d-4fab-a63d-7e88639e58f6",
        name: "CachingOptimized",
        ttls: (1, YEAR, DAY),
        headers: &[],
        all_cookies: false,
        query_strings: ManagedQueryStrings::None,
        gzip: true,
        brotli: true,
        source: PAGE,
    },
    ManagedCachePolicy {
        id: "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
        name: "CachingOptimizedForUncompressedObjects",
        ttls: (1, YEAR, DAY),
        headers: &[],
        all_cookies: false,
        query_strings: ManagedQueryStrings::None,
        gzip: false,
        brotli: false,
        source: PAGE,
    },
    ManagedCachePolicy {
        id: "08627262-05a9-4f76-9ded-b50ca2e3a84f",
        name: "Elemental-MediaPackage",
        ttls: (0, YEAR, DAY),
        headers: &["Origin"],
        all_cookies: false,
        query_strings: ManagedQueryStrings::Allow(&["aws.manifestfilter", "start", "end", "m"]),
        gzip: true,
        brotli: false,
        source: PAGE,
    },
    ManagedCachePolicy {
        id: "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
        name: "UseOriginCacheControlHeaders",
        ttls: (0, YEAR, 0),
        headers: METHOD_OVERRIDES,
        all_cookies: true,
        query_strings: ManagedQueryStrings::None,
        gzip: true,
        brotli: true,
        source: PAGE,
    },
    ManagedCachePolicy {
        id: "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
        name: "UseOriginCacheControlHeaders-QueryStrings",
        ttls: (0, YEAR, 0),
        headers: METHOD_OVERRIDES,
        all_cookies: true,
        query_strings: ManagedQueryStrings::All,
        gzip: true,
        brotli: true,
        source: PAGE,
    },
];
