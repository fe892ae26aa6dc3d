//! `AWS::CloudFront::CachePolicy`: what the cache key is made of, and for how long is kept.

use std::sync::Arc;

use frontgate_edge_rules::{CachePolicy, validate};
use frontgate_template::ResourceNode;

use super::cloudfront_selection::{boxed, selection};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a cache policy.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::uuid("cache policy", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("Id", &id).with("LastModifiedTime", "");
    properties.require("CachePolicyConfig");
    let Some(config) = properties.object("CachePolicyConfig") else { return made };
    let name = config.required_text("Name");
    config.accept(&["Comment"]);
    for ttl in ["DefaultTTL", "MaxTTL", "MinTTL", "ParametersInCacheKeyAndForwardedToOrigin"] {
        config.require(ttl);
    }
    let min_ttl = config.number("MinTTL", 0..=TTL_SECONDS_MAX).unwrap_or(0);
    let default_ttl = config.number("DefaultTTL", 0..=TTL_SECONDS_MAX).unwrap_or(86_400);
    let max_ttl = config.number("MaxTTL", 0..=TTL_SECONDS_MAX).unwrap_or(31_536_000);
    let mut policy = CachePolicy {
        id: id.as_str().into(),
        name: name.map_or_else(|| node.logical_id.as_str().into(), |name| name.value.as_ref().into()),
        min_ttl,
        max_ttl,
        default_ttl,
        headers: Vec::new(),
        cookies: frontgate_edge_rules::Selection::None,
        query_strings: frontgate_edge_rules::Selection::None,
        gzip: false,
        brotli: false,
        source: None,
    };
    if let Some(parameters) = config.object("ParametersInCacheKeyAndForwardedToOrigin") {
        for name in ["CookiesConfig", "EnableAcceptEncodingGzip", "HeadersConfig", "QueryStringsConfig"] {
            parameters.require(name);
        }
        policy.cookies = selection(parameters.object("CookiesConfig"), "CookieBehavior", "Cookies");
        policy.query_strings =
            selection(parameters.object("QueryStringsConfig"), "QueryStringBehavior", "QueryStrings");
        policy.headers = headers(parameters.object("HeadersConfig"));
        policy.gzip = parameters.flag("EnableAcceptEncodingGzip").unwrap_or(false);
        policy.brotli = parameters.flag("EnableAcceptEncodingBrotli").unwrap_or(false);
        parameters.finish();
    }
    config.finish();
    for violation in validate::cache_policy(&policy) {
        let message = format!("{}: {}: {}", node.logical_id, violation.code, violation.message);
        let property = match violation.code {
            "InvalidTTLOrder" => "MinTTL",
            _ => "ParametersInCacheKeyAndForwardedToOrigin",
        };
        config.problems().error(config.span_of(property), message, violation.code, "");
    }
    maker.resources.cache_policies.push(Arc::new(policy));
    made
}

fn headers(config: Option<Object<'_>>) -> Vec<Box<str>> {
    let Some(config) = config else { return Vec::new() };
    config.require("HeaderBehavior");
    let listed = config.choice("HeaderBehavior", &[("none", false), ("whitelist", true)]).unwrap_or(false);
    let names = config.texts("Headers");
    config.finish();
    if listed { boxed(&names) } else { Vec::new() }
}

/// A hundred years, the bound that CloudFront gives `max-age`.
pub const TTL_SECONDS_MAX: u64 = 3_153_600_000;
