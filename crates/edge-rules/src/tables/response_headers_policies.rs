//! The managed response headers policies.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html>.

use std::sync::Arc;

use frontgate_aws::Source;

use crate::config::{Cors, HeaderToSet, ResponseHeadersPolicy};

/// One managed response headers policy.
#[derive(Clone, Copy, Debug)]
pub struct ManagedResponseHeadersPolicy {
    /// Its id.
    pub id: &'static str,
    /// Its name without `Managed-`.
    pub name: &'static str,
    /// Its CORS headers.
    pub cors: ManagedCors,
    /// It sets the security headers.
    pub security: bool,
    /// Where it was learnt.
    pub source: Source,
}

/// The CORS headers of a managed response headers policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedCors {
    /// None.
    None,
    /// Every origin.
    Simple,
    /// Every origin and method, every header exposed.
    WithPreflight,
}

/// The managed response headers policy with that id.
#[must_use]
pub fn find(id: &str) -> Option<Arc<ResponseHeadersPolicy>> {
    MANAGED_RESPONSE_HEADERS_POLICIES
        .iter()
        .find(|row| row.id.eq_ignore_ascii_case(id))
        .map(|row| Arc::new(row.compile()))
}

/// Name and id of every one.
#[must_use]
pub fn names() -> Vec<(&'static str, &'static str)> {
    MANAGED_RESPONSE_HEADERS_POLICIES.iter().map(|row| (row.name, row.id)).collect()
}

/// Name and id of the managed response headers policy that somebody who wrote `asked` most likely meant.
#[must_use]
pub fn nearest(asked: &str) -> Option<(&'static str, &'static str)> {
    super::nearest(asked, MANAGED_RESPONSE_HEADERS_POLICIES.iter().map(|row| (row.name, row.id)))
}

impl ManagedResponseHeadersPolicy {
    /// The policy as the edge reads it.
    #[must_use]
    pub fn compile(&self) -> ResponseHeadersPolicy {
        let every_origin = Cors { allow_origins: vec!["*".into()], ..Cors::default() };
        ResponseHeadersPolicy {
            id: self.id.into(),
            name: self.name.into(),
            cors: match self.cors {
                ManagedCors::None => None,
                ManagedCors::Simple => Some(every_origin),
                ManagedCors::WithPreflight => Some(Cors {
                    allow_methods: METHODS.iter().map(|method| (*method).into()).collect(),
                    expose_headers: vec!["*".into()],
                    ..every_origin
                }),
            },
            security: if self.security { security_headers() } else { Vec::new() },
            source: Some(self.source),
            ..ResponseHeadersPolicy::default()
        }
    }
}

fn security_headers() -> Vec<HeaderToSet> {
    SECURITY_HEADERS
        .iter()
        .map(|(name, value, origin_override)| HeaderToSet {
            name: (*name).into(),
            value: (*value).into(),
            origin_override: *origin_override,
        })
        .collect()
}

const PAGE: Source = Source::Documented("using-managed-response-headers-policies");

/// What `AccessControlAllowMethods: ALL` stands for.
pub const METHODS: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Name, value, and whether it beats the origin's.
const SECURITY_HEADERS: &[(&str, &str, bool)] = &[
    ("X-XSS-Protection", "1; mode=block", false),
    ("X-Frame-Options", "SAMEORIGIN", false),
    ("Referrer-Policy", "strict-origin-when-cross-origin", false),
    ("X-Content-Type-Options", "nosniff", true),
    ("Strict-Transport-Security", "max-age=31536000", false),
];

/// Every managed response headers policy, by name.
pub const MANAGED_RESPONSE_HEADERS_POLICIES: &[ManagedResponseHeadersPolicy] = &[
    ManagedResponseHeadersPolicy {
        id: "e61eb60c-9c35-4d20-a928-2b84e02af89c",
        name: "CORS-and-SecurityHeadersPolicy",
        cors: ManagedCors::Simple,
        security: true,
        source: PAGE,
    },
    ManagedResponseHeadersPolicy {
        id: "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
        name: "CORS-With-Preflight",
        cors: ManagedCors::WithPreflight,
        security: false,
        source: PAGE,
    },
    ManagedResponseHeadersPolicy {
        id: "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
        name: "CORS-with-preflight-and-SecurityHeadersPolicy",
        cors: ManagedCors::WithPreflight,
        security: true,
        source: PAGE,
    },
    ManagedResponseHeadersPolicy {
        id: "67f7725c-6f97-4210-82d7-5512b31e9d03",
        name: "SecurityHeadersPolicy",
        cors: ManagedCors::None,
        security: true,
        source: PAGE,
    },
    ManagedResponseHeadersPolicy {
        id: "60669652-455b-4ae9-85a4-c4c02393f86c",
        name: "SimpleCORS",
        cors: ManagedCors::Simple,
        security: false,
        source: PAGE,
    },
];
