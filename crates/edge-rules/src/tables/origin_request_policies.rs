//! The managed origin request policies.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html>.

use std::sync::Arc;

use frontgate_aws::Source;

use crate::config::{OriginRequestHeaders, OriginRequestPolicy, Selection};

/// One managed origin request policy.
#[derive(Clone, Copy, Debug)]
pub struct ManagedOriginRequestPolicy {
    /// Its id.
    pub id: &'static str,
    /// Its name without `Managed-`.
    pub name: &'static str,
    /// The viewer's headers that are forwarded.
    pub headers: ManagedHeaders,
    /// The `CloudFront-*` headers that are added.
    pub cloudfront_headers: &'static [&'static str],
    /// All cookies are forwarded; else none.
    pub all_cookies: bool,
    /// All query parameters are forwarded; else none.
    pub all_query_strings: bool,
    /// Where it was learnt.
    pub source: Source,
}

/// The viewer's headers that a managed origin request policy forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedHeaders {
    /// These.
    Allow(&'static [&'static str]),
    /// All but these.
    AllExcept(&'static [&'static str]),
    /// All.
    AllViewer,
}

/// The managed origin request policy with that id.
#[must_use]
pub fn find(id: &str) -> Option<Arc<OriginRequestPolicy>> {
    MANAGED_ORIGIN_REQUEST_POLICIES
        .iter()
        .find(|row| row.id.eq_ignore_ascii_case(id))
        .map(|row| Arc::new(row.compile()))
}

/// Name and id of every one.
#[must_use]
pub fn names() -> Vec<(&'static str, &'static str)> {
    MANAGED_ORIGIN_REQUEST_POLICIES.iter().map(|row| (row.name, row.id)).collect()
}

/// Name and id of the managed origin request policy that somebody who wrote `asked` most likely meant.
#[must_use]
pub fn nearest(asked: &str) -> Option<(&'static str, &'static str)> {
    super::nearest(asked, MANAGED_ORIGIN_REQUEST_POLICIES.iter().map(|row| (row.name, row.id)))
}

impl ManagedOriginRequestPolicy {
    /// The policy as the edge reads it.
    #[must_use]
    pub fn compile(&self) -> OriginRequestPolicy {
        let boxed = |names: &[&str]| names.iter().map(|name| (*name).into()).collect();
        let all_or_none = |all: bool| if all { Selection::All } else { Selection::None };
        OriginRequestPolicy {
            id: self.id.into(),
            name: self.name.into(),
            headers: match self.headers {
                ManagedHeaders::Allow(names) => OriginRequestHeaders::Allow(boxed(names)),
                ManagedHeaders::AllExcept(names) => OriginRequestHeaders::AllExcept(boxed(names)),
                ManagedHeaders::AllViewer => OriginRequestHeaders::AllViewer,
            },
            cloudfront_headers: boxed(self.cloudfront_headers),
            cookies: all_or_none(self.all_cookies),
            query_strings: all_or_none(self.all_query_strings),
            source: Some(self.source),
        }
    }
}

const PAGE: Source = Source::Documented("using-managed-origin-request-policies");

/// What the policy of June 2022 adds.
const CLOUDFRONT_HEADERS_2022_06: &[&str] = &[
    "CloudFront-Forwarded-Proto",
    "CloudFront-Is-Android-Viewer",
    "CloudFront-Is-Desktop-Viewer",
    "CloudFront-Is-IOS-Viewer",
    "CloudFront-Is-Mobile-Viewer",
    "CloudFront-Is-SmartTV-Viewer",
    "CloudFront-Is-Tablet-Viewer",
    "CloudFront-Viewer-Address",
    "CloudFront-Viewer-ASN",
    "CloudFront-Viewer-City",
    "CloudFront-Viewer-Country",
    "CloudFront-Viewer-Country-Name",
    "CloudFront-Viewer-Country-Region",
    "CloudFront-Viewer-Country-Region-Name",
    "CloudFront-Viewer-Http-Version",
    "CloudFront-Viewer-Latitude",
    "CloudFront-Viewer-Longitude",
    "CloudFront-Viewer-Metro-Code",
    "CloudFront-Viewer-Postal-Code",
    "CloudFront-Viewer-Time-Zone",
    "CloudFront-Viewer-TLS",
];

/// Protocol, HTTP version, TLS version, all device types and viewer locations.
const CLOUDFRONT_HEADERS_EXCEPT_HOST: &[&str] = &[
    "CloudFront-Forwarded-Proto",
    "CloudFront-Is-Android-Viewer",
    "CloudFront-Is-Desktop-Viewer",
    "CloudFront-Is-IOS-Viewer",
    "CloudFront-Is-Mobile-Viewer",
    "CloudFront-Is-SmartTV-Viewer",
    "CloudFront-Is-Tablet-Viewer",
    "CloudFront-Viewer-City",
    "CloudFront-Viewer-Country",
    "CloudFront-Viewer-Country-Name",
    "CloudFront-Viewer-Country-Region",
    "CloudFront-Viewer-Country-Region-Name",
    "CloudFront-Viewer-Http-Version",
    "CloudFront-Viewer-Latitude",
    "CloudFront-Viewer-Longitude",
    "CloudFront-Viewer-Metro-Code",
    "CloudFront-Viewer-Postal-Code",
    "CloudFront-Viewer-Time-Zone",
    "CloudFront-Viewer-TLS",
];

/// Every managed origin request policy, by name.
pub const MANAGED_ORIGIN_REQUEST_POLICIES: &[ManagedOriginRequestPolicy] = &[
    ManagedOriginRequestPolicy {
        id: "216adef6-5c7f-47e4-b989-5492eafa07d3",
        name: "AllViewer",
        headers: ManagedHeaders::AllViewer,
        cloudfront_headers: &[],
        all_cookies: true,
        all_query_strings: true,
        source: PAGE,
    },
    ManagedOriginRequestPolicy {
        id: "33f36d7e-f396-46d9-90e0-52428a34d9dc",
        name: "AllViewerAndCloudFrontHeaders-2022-06",
        headers: ManagedHeaders::AllViewer,
        cloudfront_headers: CLOUDFRONT_HEADERS_2022_06,
        all_cookies: true,
        all_query_strings: true,
        source: PAGE,
    },
    ManagedOriginRequestPolicy {
        id: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
        name: "AllViewerExceptHostHeader",
        headers: ManagedHeaders::AllExcept(&["Host"]),
        cloudfront_headers: CLOUDFRONT_HEADERS_EXCEPT_HOST,
        all_cookies: true,
        all_query_strings: true,
        source: PAGE,
    },
    ManagedOriginRequestPolicy {
        id: "59781a5b-3903-41f3-afcb-af62929ccde1",
        name: "CORS-CustomOrigin",
        headers: ManagedHeaders::Allow(&["Origin"]),
        cloudfront_headers: &[],
        all_cookies: false,
        all_query_strings: false,
        source: PAGE,
    },
    ManagedOriginRequestPolicy {
        id: "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
        name: "CORS-S3Origin",
        headers: ManagedHeaders::Allow(&[
            "Origin",
            "Access-Control-Request-Headers",
            "Access-Control-Request-Method",
        ]),
        cloudfront_headers: &[],
        all_cookies: false,
        all_query_strings: false,
        source: PAGE,
    },
    ManagedOriginRequestPolicy {
        id: "775133bc-15f2-49f9-abea-afb2e0bf67d2",
        name: "Elemental-MediaTailor-PersonalizedManifests",
        headers: ManagedHeaders::Allow(&[
            "Origin",
            "Access-Control-Request-Headers",
            "Access-Control-Request-Method",
            "User-Agent",
            "X-Forwarded-For",
        ]),
        cloudfront_headers: &[],
        all_cookies: false,
        all_query_strings: true,
        source: PAGE,
    },
    ManagedOriginRequestPolicy {
        id: "bf0718e1-ba1e-49d1-88b1-f726733018ae",
        name: "HostHeaderOnly",
        headers: ManagedHeaders::Allow(&["Host"]),
        cloudfront_headers: &[],
        all_cookies: false,
        all_query_strings: false,
        source: PAGE,
    },
    ManagedOriginRequestPolicy {
        id: "acba4595-bd28-49b8-b9fe-13317c0390fa",
        name: "UserAgentRefererHeaders",
        headers: ManagedHeaders::Allow(&["User-Agent", "Referer"]),
        cloudfront_headers: &[],
        all_cookies: false,
        all_query_strings: false,
        source: PAGE,
    },
];
