//! `AWS::CloudFront::Distribution`.

use std::sync::Arc;

use frontgate_aws::ids;
use frontgate_edge_rules::cache_tags::{CacheTagConfig, is_header_name};
use frontgate_edge_rules::{CustomErrorResponse, Distribution, Origin, validate};
use frontgate_explain::PlaceId;
use frontgate_template::{ResourceNode, Span};

use super::aws_cloudfront_cachepolicy::TTL_SECONDS_MAX;
use super::cloudfront_viewer_certificate::{self, is_domain_name};
use super::{
    cloudfront_behavior, cloudfront_geo_restriction, cloudfront_logging, cloudfront_origin,
    cloudfront_origin_group, cloudfront_signers,
};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a distribution.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let seed = maker.seed(&node.logical_id);
    let id = ids::distribution_id(&seed);
    let domain_name = ids::distribution_domain(&seed);
    let made = Made::new(&id).with("Id", &id).with("DomainName", &domain_name);
    properties.accept(&["Tags"]);
    properties.require("DistributionConfig");
    let Some(config) = properties.object("DistributionConfig") else { return made };
    let origins = origins(&config, maker);
    let targets = cloudfront_origin_group::targets(&config, origins.clone(), maker);
    config.require("DefaultCacheBehavior");
    let default = config.object("DefaultCacheBehavior");
    let default = default.and_then(|object| cloudfront_behavior::behavior(&object, true, &targets, maker));
    let objects = config.objects("CacheBehaviors");
    let behaviors: Vec<_> = objects
        .iter()
        .filter_map(|object| cloudfront_behavior::behavior(object, false, &targets, maker))
        .collect();
    cloudfront_signers::warn_of_opened(&objects, &behaviors);
    let aliases = aliases(&config, maker);
    let (default_root_object, default_root_object_place) = default_root_object(&config, maker);
    let error_responses = error_responses(&config, maker);
    let cache_tags = cache_tags(&config, maker);
    let geo_restriction = cloudfront_geo_restriction::geo_restriction(&config, maker);
    let enabled = enabled(&config);
    let http2 = http_version(&config);
    let viewer_certificate = cloudfront_viewer_certificate::viewer_certificate(&config, &aliases, maker);
    maker.logging.extend(cloudfront_logging::draft(&config, &id));
    accept_and_refuse(&config);
    config.finish();
    let place = maker.place(node.logical_id_span, format!("the distribution {} ({id})", node.logical_id));
    let Some(default_behavior) = default else { return made };
    let distribution = Distribution {
        arn: format!("arn:aws:cloudfront::{}:distribution/{id}", ids::ACCOUNT_ID).into(),
        id: id.into(),
        logical_id: node.logical_id.as_str().into(),
        domain_name: domain_name.into(),
        aliases,
        enabled,
        is_origin: false,
        default_root_object,
        default_root_object_place,
        origins,
        behaviors,
        default_behavior,
        error_responses,
        cache_tags,
        geo_restriction,
        http2,
        logging: None,
        viewer_certificate,
        place,
    };
    for violation in validate::distribution(&distribution) {
        let message = format!("{}: {}: {}", config.path(), violation.code, violation.message);
        let (span, cure) = place_and_cure(&config, violation.code);
        config.problems().error(span, message, violation.code, cure);
    }
    maker.resources.distributions.push(distribution);
    made
}

/// Where what CloudFront refuses stands, and what to do about it.
fn place_and_cure(config: &Object<'_>, code: &str) -> (Span, &'static str) {
    let (property, cure) = match code {
        "InvalidDefaultRootObject" => (
            "DefaultRootObject",
            "Write index.html: no slash before it, and no characters that a URL must escape.",
        ),
        "InvalidErrorCode" | "InvalidResponseCode" => (
            "CustomErrorResponses",
            "ErrorCode is one of 400, 403, 404, 405, 414, 416, 500, 501, 502, 503 and 504; ResponseCode one of them, or 200.",
        ),
        "TooManyCacheBehaviors" => ("CacheBehaviors", "Put what is alike under one path pattern."),
        "TooManyDistributionCNAMEs" => ("Aliases", "Use a wildcard, such as *.example.com."),
        "TooManyOrigins" => ("Origins", "Remove the origins that no behavior uses."),
        _ => return (config.span(), ""),
    };
    (config.span_of(property), cure)
}

fn origins(config: &Object<'_>, maker: &mut Maker<'_>) -> Vec<Arc<Origin>> {
    config.require("Origins");
    let mut origins: Vec<Arc<Origin>> = Vec::new();
    for object in config.objects("Origins") {
        let Some(origin) = cloudfront_origin::origin(&object, maker) else { continue };
        if origins.iter().any(|other| other.id == origin.id) {
            let message =
                format!("{}.Id: InvalidArgument: the id {} is there twice", object.path(), origin.id);
            object.problems().error(
                object.span_of("Id"),
                message,
                "twice",
                "Give each origin an id of its own.",
            );
        }
        origins.push(origin);
    }
    origins
}

fn aliases(config: &Object<'_>, maker: &Maker<'_>) -> Vec<Box<str>> {
    let mut aliases: Vec<Box<str>> = Vec::new();
    for alias in config.texts("Aliases") {
        let name = alias.value.to_ascii_lowercase();
        let known = maker.resources.distributions.iter().flat_map(|other| &other.aliases);
        if known.chain(&aliases).any(|other| **other == name) {
            let message = format!(
                "{}.Aliases: CNAMEAlreadyExists: One or more of the CNAMEs you provided are already associated with a \
                 different resource: {name}",
                config.path()
            );
            config.problems().error(alias.span, message, "CNAMEAlreadyExists", "Remove one of them.");
        } else if !is_domain_name(&name) {
            let message = format!("{}.Aliases: InvalidArgument: `{name}` is no domain name", config.path());
            config.problems().error(
                alias.span,
                message,
                "no domain name",
                "Write www.example.com or *.example.com.",
            );
        }
        aliases.push(name.into());
    }
    aliases
}

fn default_root_object(config: &Object<'_>, maker: &mut Maker<'_>) -> (Option<Box<str>>, PlaceId) {
    let Some(text) = config.text("DefaultRootObject").filter(|text| !text.value.is_empty()) else {
        return (None, PlaceId::NONE);
    };
    let place = maker.place(text.span, format!("DefaultRootObject {}", text.value));
    (Some(text.value.as_ref().into()), place)
}

fn error_responses(config: &Object<'_>, maker: &mut Maker<'_>) -> Vec<CustomErrorResponse> {
    let mut list = Vec::new();
    for object in config.objects("CustomErrorResponses") {
        object.require("ErrorCode");
        let error_code = object.number("ErrorCode", 100..=599);
        let response_code = object.number("ResponseCode", 100..=599);
        let page = object.text("ResponsePagePath").filter(|page| !page.value.is_empty());
        let caching_min_ttl = object.number("ErrorCachingMinTTL", 0..=TTL_SECONDS_MAX);
        if page.is_some() != response_code.is_some() {
            let message = format!(
                "{}: InvalidArgument: ResponsePagePath and ResponseCode must be given together",
                object.path()
            );
            object.problems().error(object.span(), message, "one without the other", "Add the other one.");
        }
        object.finish();
        let Some(error_code) = error_code else { continue };
        let narrow = |code: u64| u16::try_from(code).unwrap_or(u16::MAX);
        let page = page.zip(response_code).map(|(page, code)| (page.value.as_ref().into(), narrow(code)));
        let shown = page.as_ref().map_or_else(
            || format!("CustomErrorResponses {error_code}"),
            |(page, code): &(Box<str>, u16)| {
                format!("CustomErrorResponses {error_code} → {page} with {code}")
            },
        );
        list.push(CustomErrorResponse {
            error_code: narrow(error_code),
            page,
            caching_min_ttl: caching_min_ttl.unwrap_or(ERROR_CACHING_MIN_TTL_SECONDS_DEFAULT),
            place: maker.place(object.span(), shown),
        });
    }
    list
}

fn cache_tags(config: &Object<'_>, maker: &mut Maker<'_>) -> Option<CacheTagConfig> {
    let object = config.object("CacheTagConfig")?;
    object.require("HeaderName");
    let name = object.text("HeaderName");
    object.finish();
    let name = name?;
    if !is_header_name(&name.value) {
        let message =
            format!("{}.HeaderName: InvalidArgument: `{}` is no name of a header", object.path(), name.value);
        object.problems().error(name.span, message, "no name of a header", "Write cache-tag, for example.");
        return None;
    }
    let place = maker.place(name.span, format!("CacheTagConfig.HeaderName {}", name.value));
    Some(CacheTagConfig { header_name: name.value.to_ascii_lowercase().into(), place })
}

fn enabled(config: &Object<'_>) -> bool {
    config.require("Enabled");
    config.flag("Enabled").unwrap_or(true)
}

fn http_version(config: &Object<'_>) -> bool {
    let Some(text) = config.text("HttpVersion") else { return false };
    match text.value.to_ascii_lowercase().as_str() {
        "http1.1" => false,
        "http2" => true,
        "http2and3" | "http3" => {
            config.unsupported_value("HttpVersion", &text);
            true
        }
        _ => {
            let message = format!("{}.HttpVersion: `{}` is not a valid value", config.path(), text.value);
            config.problems().error(text.span, message, "unknown", "Use http1.1 or http2.");
            false
        }
    }
}

fn accept_and_refuse(config: &Object<'_>) {
    config.accept(&["Comment", "IPV6Enabled"]);
    // Which edge locations serve changes nothing here; the value must be one all the same.
    config.choice("PriceClass", PRICE_CLASSES);
    config.unsupported(&[
        "AnycastIpListId",
        "CNAMEs",
        "ConnectionFunctionAssociation",
        "ConnectionMode",
        "ContinuousDeploymentPolicyId",
        "CustomOrigin",
        "S3Origin",
        "Staging",
        "TenantConfig",
        "ViewerMtlsConfig",
    ]);
    if let Some(web_acl) = config.text("WebACLId").filter(|text| !text.value.is_empty()) {
        config.unsupported_guard_value("WebACLId", &web_acl);
    }
}

const PRICE_CLASSES: &[(&str, ())] =
    &[("None", ()), ("PriceClass_100", ()), ("PriceClass_200", ()), ("PriceClass_All", ())];

/// The API's default. The CloudFormation schema says 300, the service applies 10 where nothing is given
/// (facts: cloudfront-edge §12; the API reference of `CustomErrorResponse`).
const ERROR_CACHING_MIN_TTL_SECONDS_DEFAULT: u64 = 10;
