//! `AWS::CloudFront::OriginRequestPolicy`: what goes to the origin beside the cache key.

use std::sync::Arc;

use frontgate_edge_rules::{OriginRequestHeaders, OriginRequestPolicy, validate};
use frontgate_template::ResourceNode;

use super::cloudfront_selection::{boxed, selection};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an origin request policy.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::uuid("origin request policy", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("Id", &id).with("LastModifiedTime", "");
    properties.require("OriginRequestPolicyConfig");
    let Some(config) = properties.object("OriginRequestPolicyConfig") else { return made };
    let name = config.required_text("Name");
    config.accept(&["Comment"]);
    for part in ["CookiesConfig", "HeadersConfig", "QueryStringsConfig"] {
        config.require(part);
    }
    let (headers, cloudfront_headers) = headers(config.object("HeadersConfig"));
    let policy = OriginRequestPolicy {
        id: id.as_str().into(),
        name: name.map_or_else(|| node.logical_id.as_str().into(), |name| name.value.as_ref().into()),
        headers,
        cloudfront_headers,
        cookies: selection(config.object("CookiesConfig"), "CookieBehavior", "Cookies"),
        query_strings: selection(config.object("QueryStringsConfig"), "QueryStringBehavior", "QueryStrings"),
        source: None,
    };
    config.finish();
    for violation in validate::origin_request_policy(&policy) {
        let message = format!("{}: {}: {}", node.logical_id, violation.code, violation.message);
        config.problems().error(config.span(), message, violation.code, "");
    }
    maker.resources.origin_request_policies.push(Arc::new(policy));
    made
}

fn headers(config: Option<Object<'_>>) -> (OriginRequestHeaders, Vec<Box<str>>) {
    #[derive(Clone, Copy)]
    enum Behavior {
        None,
        Whitelist,
        AllViewer,
        AllViewerAndCloudFront,
        AllExcept,
    }
    let Some(config) = config else { return (OriginRequestHeaders::None, Vec::new()) };
    config.require("HeaderBehavior");
    let behavior = config.choice(
        "HeaderBehavior",
        &[
            ("none", Behavior::None),
            ("whitelist", Behavior::Whitelist),
            ("allViewer", Behavior::AllViewer),
            ("allViewerAndWhitelistCloudFront", Behavior::AllViewerAndCloudFront),
            ("allExcept", Behavior::AllExcept),
        ],
    );
    let names = boxed(&config.texts("Headers"));
    config.finish();
    let is_cloudfront = |name: &str| name.to_ascii_lowercase().starts_with("cloudfront-");
    match behavior {
        Some(Behavior::Whitelist) => {
            let (cloudfront, viewer) = names.into_iter().partition(|name| is_cloudfront(name));
            (OriginRequestHeaders::Allow(viewer), cloudfront)
        }
        Some(Behavior::AllViewer) => (OriginRequestHeaders::AllViewer, Vec::new()),
        Some(Behavior::AllViewerAndCloudFront) => (OriginRequestHeaders::AllViewer, names),
        Some(Behavior::AllExcept) => (OriginRequestHeaders::AllExcept(names), Vec::new()),
        Some(Behavior::None) | None => (OriginRequestHeaders::None, Vec::new()),
    }
}
