//! `AWS::CloudFront::ResponseHeadersPolicy`: headers that are set on and removed from answers.

use std::sync::Arc;

use frontgate_edge_rules::{Cors, HeaderToSet, ResponseHeadersPolicy, validate};
use frontgate_template::ResourceNode;

use super::cloudfront_selection::boxed;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a response headers policy.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::uuid("response headers policy", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("Id", &id).with("LastModifiedTime", "");
    properties.require("ResponseHeadersPolicyConfig");
    let Some(config) = properties.object("ResponseHeadersPolicyConfig") else { return made };
    let name = config.required_text("Name");
    config.accept(&["Comment"]);
    let policy = ResponseHeadersPolicy {
        id: id.as_str().into(),
        name: name.map_or_else(|| node.logical_id.as_str().into(), |name| name.value.as_ref().into()),
        cors: config.object("CorsConfig").map(|cors| cors_of(&cors)),
        security: config
            .object("SecurityHeadersConfig")
            .map_or_else(Vec::new, |security| security_of(&security)),
        custom: config.object("CustomHeadersConfig").map_or_else(Vec::new, |custom| custom_of(&custom)),
        remove: config.object("RemoveHeadersConfig").map_or_else(Vec::new, |remove| removed(&remove)),
        server_timing_rate: config
            .object("ServerTimingHeadersConfig")
            .and_then(|timing| server_timing(&timing)),
        source: None,
    };
    for violation in validate::response_headers_policy(&policy) {
        let message = format!("{}: {}: {}", node.logical_id, violation.code, violation.message);
        config.problems().error(config.span(), message, violation.code, "");
    }
    config.finish();
    maker.resources.response_headers_policies.push(Arc::new(policy));
    made
}

fn cors_of(cors: &Object<'_>) -> Cors {
    for name in [
        "AccessControlAllowCredentials",
        "AccessControlAllowHeaders",
        "AccessControlAllowMethods",
        "AccessControlAllowOrigins",
        "OriginOverride",
    ] {
        cors.require(name);
    }
    let items = |name: &'static str| {
        cors.object(name).map_or_else(Vec::new, |list| {
            list.require("Items");
            let items = boxed(&list.texts("Items"));
            list.finish();
            items
        })
    };
    let mut allow_methods = items("AccessControlAllowMethods");
    if allow_methods.iter().any(|method| &**method == "ALL") {
        allow_methods = ALL_METHODS.iter().map(|method| (*method).into()).collect();
    }
    let policy = Cors {
        allow_credentials: cors.flag("AccessControlAllowCredentials").unwrap_or(false),
        allow_headers: items("AccessControlAllowHeaders"),
        allow_methods,
        allow_origins: items("AccessControlAllowOrigins"),
        expose_headers: items("AccessControlExposeHeaders"),
        max_age_seconds: cors
            .number("AccessControlMaxAgeSec", 0..=u64::from(u32::MAX))
            .and_then(|seconds| u32::try_from(seconds).ok()),
        origin_override: cors.flag("OriginOverride").unwrap_or(false),
    };
    cors.finish();
    policy
}

fn security_of(security: &Object<'_>) -> Vec<HeaderToSet> {
    let mut list = Vec::new();
    let mut add = |name: &str, value: String, part: &Object<'_>| {
        part.require("Override");
        let origin_override = part.flag("Override").unwrap_or(false);
        part.finish();
        list.push(HeaderToSet { name: name.into(), value: value.into(), origin_override });
    };
    if let Some(part) = security.object("XSSProtection") {
        part.require("Protection");
        let on = part.flag("Protection").unwrap_or(false);
        let mut value = if on { "1" } else { "0" }.to_owned();
        if part.flag("ModeBlock").unwrap_or(false) {
            value.push_str("; mode=block");
        }
        if let Some(report) = part.text("ReportUri") {
            value.push_str(&format!("; report={}", report.value));
        }
        add("X-XSS-Protection", value, &part);
    }
    if let Some(part) = security.object("FrameOptions") {
        part.require("FrameOption");
        let value =
            part.choice("FrameOption", &[("DENY", "DENY"), ("SAMEORIGIN", "SAMEORIGIN")]).unwrap_or("DENY");
        add("X-Frame-Options", value.to_owned(), &part);
    }
    if let Some(part) = security.object("ReferrerPolicy") {
        let value =
            part.required_text("ReferrerPolicy").map_or_else(String::new, |text| text.value.into_owned());
        add("Referrer-Policy", value, &part);
    }
    if let Some(part) = security.object("ContentSecurityPolicy") {
        let value =
            part.required_text("ContentSecurityPolicy").map_or_else(String::new, |t| t.value.into_owned());
        add("Content-Security-Policy", value, &part);
    }
    if let Some(part) = security.object("ContentTypeOptions") {
        add("X-Content-Type-Options", "nosniff".to_owned(), &part);
    }
    if let Some(part) = security.object("StrictTransportSecurity") {
        part.require("AccessControlMaxAgeSec");
        let seconds = part.number("AccessControlMaxAgeSec", 0..=u64::from(u32::MAX)).unwrap_or(0);
        let mut value = format!("max-age={seconds}");
        if part.flag("IncludeSubdomains").unwrap_or(false) {
            value.push_str("; includeSubDomains");
        }
        if part.flag("Preload").unwrap_or(false) {
            value.push_str("; preload");
        }
        add("Strict-Transport-Security", value, &part);
    }
    security.finish();
    list
}

fn custom_of(custom: &Object<'_>) -> Vec<HeaderToSet> {
    custom.require("Items");
    let mut list = Vec::new();
    for item in custom.objects("Items") {
        item.require("Override");
        item.require("Value");
        let name = item.required_text("Header");
        let value = item.text("Value");
        let origin_override = item.flag("Override").unwrap_or(false);
        item.finish();
        if let (Some(name), Some(value)) = (name, value) {
            list.push(HeaderToSet {
                name: name.value.as_ref().into(),
                value: value.value.as_ref().into(),
                origin_override,
            });
        }
    }
    custom.finish();
    list
}

fn removed(remove: &Object<'_>) -> Vec<Box<str>> {
    remove.require("Items");
    let mut list = Vec::new();
    for item in remove.objects("Items") {
        if let Some(name) = item.required_text("Header") {
            list.push(name.value.as_ref().into());
        }
        item.finish();
    }
    remove.finish();
    list
}

fn server_timing(timing: &Object<'_>) -> Option<f64> {
    timing.require("Enabled");
    let enabled = timing.flag("Enabled").unwrap_or(false);
    let rate = timing.node("SamplingRate").map_or(0.0, |node| node.as_f64().unwrap_or(f64::NAN));
    if !(0.0..=100.0).contains(&rate) {
        let message = format!("{}.SamplingRate is not between 0 and 100", timing.path());
        timing.problems().error(
            timing.span_of("SamplingRate"),
            message,
            "out of bounds",
            "Use a percentage.",
        );
    }
    timing.finish();
    enabled.then_some(rate)
}

const ALL_METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
