//! `CacheBehaviors` and `DefaultCacheBehavior` of a distribution.

use std::sync::Arc;

use frontgate_edge_rules::tables::{cache_policies, origin_request_policies, response_headers_policies};
use frontgate_edge_rules::{
    AllowedMethods, Behavior, ForwardedHeaders, ForwardedValues, KeySettings, Origin, OriginGroup,
    OriginProtocolPolicy, Selection, Upstream, ViewerProtocolPolicy, validate,
};
use frontgate_explain::PlaceId;

use super::aws_cloudfront_cachepolicy::TTL_SECONDS_MAX;
use super::cloudfront_functions::{Associated, associated};
use super::cloudfront_lambda_functions::associate;
use super::cloudfront_origin_group::Targets;
use super::cloudfront_selection::boxed;
use super::cloudfront_signers::trusted_keys;
use crate::maker::Maker;
use crate::properties::Object;

/// Reads one behavior.
pub fn behavior(
    object: &Object<'_>,
    is_default: bool,
    targets: &Targets,
    maker: &mut Maker<'_>,
) -> Option<Behavior> {
    let path_pattern = if is_default { None } else { path_pattern(object) };
    let shown = path_pattern
        .as_ref()
        .map_or_else(|| "DefaultCacheBehavior".to_owned(), |pattern| format!("the cache behavior {pattern}"));
    let place = maker.place(object.span(), shown.as_str());
    let target = target(object, targets);
    let key = key_settings(object, &shown, maker);
    let (origin_request_policy, origin_request_policy_place) = origin_request_policy(object, &shown, maker);
    let (response_headers_policy, response_headers_policy_place) =
        response_headers_policy(object, &shown, maker);
    let (allowed_methods, allowed_methods_place) = allowed_methods(object, &shown, maker);
    let options_cached = options_cached(object);
    object.require("ViewerProtocolPolicy");
    let viewer_protocol_policy = object.choice("ViewerProtocolPolicy", VIEWER_PROTOCOL_POLICIES);
    let viewer_protocol_place =
        maker.place(object.span_of("ViewerProtocolPolicy"), format!("ViewerProtocolPolicy of {shown}"));
    let compress = object.flag("Compress").unwrap_or(false);
    let trusted_keys = trusted_keys(object, &shown, maker);
    let mut functions = associated(object, maker);
    associate(object, &mut functions, maker);
    let Associated { viewer_request, viewer_response, origin_request, origin_response } = functions;
    refuse(object);
    object.finish();
    let (origin, origin_group) = target?;
    let behavior = Behavior {
        path_pattern: path_pattern.map(|pattern| pattern.strip_prefix('/').unwrap_or(&pattern).into()),
        viewer_protocol_policy: viewer_protocol_policy?,
        viewer_protocol_place,
        allowed_methods,
        allowed_methods_place,
        options_cached,
        compress,
        key: key?,
        origin_request_policy,
        origin_request_policy_place,
        response_headers_policy,
        response_headers_policy_place,
        viewer_request,
        viewer_response,
        origin_request,
        origin_response,
        trusted_keys,
        origin,
        origin_group,
        place,
    };
    check(object, &behavior);
    Some(behavior)
}

fn path_pattern(object: &Object<'_>) -> Option<String> {
    let text = object.required_text("PathPattern")?;
    for violation in validate::path_pattern(&text.value) {
        let message = format!("{}.PathPattern: {}: {}", object.path(), violation.code, violation.message);
        object.problems().error(text.span, message, violation.code, "");
    }
    Some(text.value.into_owned())
}

fn target(object: &Object<'_>, targets: &Targets) -> Option<(Arc<Origin>, Option<Arc<OriginGroup>>)> {
    let id = object.required_text("TargetOriginId")?;
    let found = targets.find(&id.value);
    if found.is_none() {
        object.problems().error(
            id.span,
            format!(
                "{}.TargetOriginId: NoSuchOrigin: One or more of your origins or origin groups do not exist.",
                object.path()
            ),
            "no origin and no origin group has this id",
            format!("The origins are: {}.", targets.ids().join(", ")),
        );
    }
    found
}

fn allowed_methods(object: &Object<'_>, shown: &str, maker: &mut Maker<'_>) -> (AllowedMethods, PlaceId) {
    let methods = object.texts("AllowedMethods");
    let place = maker.place(object.span_of("AllowedMethods"), format!("AllowedMethods of {shown}"));
    if methods.is_empty() {
        return (AllowedMethods::GetHead, place);
    }
    let mut names: Vec<&str> = methods.iter().map(|method| method.value.as_ref()).collect();
    names.sort_unstable();
    let set = match names.as_slice() {
        ["GET", "HEAD"] => AllowedMethods::GetHead,
        ["GET", "HEAD", "OPTIONS"] => AllowedMethods::GetHeadOptions,
        ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] => AllowedMethods::All,
        _ => {
            object.problems().error(
                object.span_of("AllowedMethods"),
                format!(
                    "{}.AllowedMethods: InvalidArgument: [{}] is not one of the three sets",
                    object.path(),
                    names.join(", ")
                ),
                "not one of the three sets",
                "Use [GET, HEAD], [GET, HEAD, OPTIONS] or [DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT].",
            );
            AllowedMethods::All
        }
    };
    (set, place)
}

/// Whether answers to OPTIONS are cached.
fn options_cached(object: &Object<'_>) -> bool {
    let methods = object.texts("CachedMethods");
    let names: Vec<&str> = methods.iter().map(|method| method.value.as_ref()).collect();
    if names.is_empty() {
        return false;
    }
    validate::cached_methods(&names).unwrap_or_else(|violation| {
        let message = format!("{}.CachedMethods: {}: {}", object.path(), violation.code, violation.message);
        let cure = "Use [GET, HEAD] or [GET, HEAD, OPTIONS]: answers to other methods are never cached.";
        object.problems().error(object.span_of("CachedMethods"), message, violation.code, cure);
        false
    })
}

fn key_settings(object: &Object<'_>, shown: &str, maker: &mut Maker<'_>) -> Option<KeySettings> {
    let id = object.text("CachePolicyId").filter(|id| !id.value.is_empty());
    let forwarded = object.object("ForwardedValues");
    let min_ttl = object.number("MinTTL", 0..=TTL_SECONDS_MAX);
    let default_ttl = object.number("DefaultTTL", 0..=TTL_SECONDS_MAX);
    let max_ttl = object.number("MaxTTL", 0..=TTL_SECONDS_MAX);
    let Some(id) = id else {
        let Some(forwarded) = forwarded else {
            let message = format!(
                "{}: InvalidArgument: neither CachePolicyId nor ForwardedValues is given",
                object.path()
            );
            let cure = "Add CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6 (CachingOptimized).";
            object.problems().error(object.span(), message, "no cache settings", cure);
            return None;
        };
        // Where only one is given the others follow it (API reference: DefaultTTL and MaxTTL of DefaultCacheBehavior).
        let min_ttl = min_ttl.unwrap_or(0);
        let default_ttl = default_ttl.unwrap_or_else(|| min_ttl.max(86_400).min(max_ttl.unwrap_or(u64::MAX)));
        let max_ttl = max_ttl.unwrap_or_else(|| default_ttl.max(31_536_000));
        let values = legacy(&forwarded, shown, (min_ttl, max_ttl, default_ttl), maker);
        for violation in validate::forwarded_values(&values) {
            let message = format!("{}: {}: {}", object.path(), violation.code, violation.message);
            object.problems().error(forwarded.span(), message, violation.code, "");
        }
        return Some(KeySettings::Legacy(Arc::new(values)));
    };
    if let Some(forwarded) = forwarded {
        // CloudFormation drops ForwardedValues beside a cache policy; the raw API refuses both.
        object.problems().warning(
            forwarded.span(),
            format!(
                "{}: ForwardedValues is ignored because CachePolicyId is given; where CloudFormation does not drop it \
                 CloudFront says: InvalidArgument: The parameter ForwardedValues cannot be used when a cache policy is \
                 associated to the cache behavior.",
                object.path()
            ),
            "ignored",
            "Remove ForwardedValues.",
        );
    }
    for (name, ttl) in [("MinTTL", min_ttl), ("DefaultTTL", default_ttl), ("MaxTTL", max_ttl)] {
        if ttl.is_some() {
            object.problems().warning(
                object.span_of(name),
                format!("{}: {name} is ignored because CachePolicyId is given", object.path()),
                "ignored: the cache policy has TTLs of its own",
                "Remove it, and use a cache policy with the TTLs that you want.",
            );
        }
    }
    let own = maker.resources.cache_policies.iter().find(|policy| *policy.id == *id.value).map(Arc::clone);
    let policy = own.or_else(|| cache_policies::find(&id.value));
    let Some(policy) = policy else {
        unknown_policy(object, "CachePolicyId", "NoSuchCachePolicy", &id, &cache_policies::names());
        return None;
    };
    let place = maker.place(id.span, format!("the cache policy {} of {shown}", policy.name));
    Some(KeySettings::Policy { policy, place })
}

fn legacy(
    object: &Object<'_>,
    shown: &str,
    (min_ttl, max_ttl, default_ttl): (u64, u64, u64),
    maker: &mut Maker<'_>,
) -> ForwardedValues {
    object.require("QueryString");
    let query_string = object.flag("QueryString").unwrap_or(false);
    let query_string_cache_keys = boxed(&object.texts("QueryStringCacheKeys"));
    let names = object.texts("Headers");
    let headers = if names.iter().any(|name| name.value == "*") {
        ForwardedHeaders::All
    } else if names.is_empty() {
        ForwardedHeaders::None
    } else {
        ForwardedHeaders::Allow(boxed(&names))
    };
    let headers_span = names.iter().find(|name| matches!(&*name.value.to_ascii_lowercase(), "*" | "host"));
    let headers_span = headers_span.map_or_else(|| object.span_of("Headers"), |name| name.span);
    let cookies = object.object("Cookies").map_or(Selection::None, |cookies| {
        cookies.require("Forward");
        let names = boxed(&cookies.texts("WhitelistedNames"));
        #[derive(Clone, Copy)]
        enum Forward {
            None,
            Whitelist,
            All,
        }
        let rows = [("none", Forward::None), ("whitelist", Forward::Whitelist), ("all", Forward::All)];
        let forward = cookies.choice("Forward", &rows);
        cookies.finish();
        match forward {
            Some(Forward::All) => Selection::All,
            Some(Forward::Whitelist) => Selection::Allow(names),
            Some(Forward::None) | None => Selection::None,
        }
    });
    object.finish();
    ForwardedValues {
        query_string,
        query_string_cache_keys,
        cookies,
        headers,
        min_ttl,
        max_ttl,
        default_ttl,
        place: maker.place(object.span(), format!("ForwardedValues of {shown}")),
        headers_place: maker.place(headers_span, format!("ForwardedValues.Headers of {shown}")),
    }
}

fn origin_request_policy(
    object: &Object<'_>,
    shown: &str,
    maker: &mut Maker<'_>,
) -> (Option<Arc<frontgate_edge_rules::OriginRequestPolicy>>, PlaceId) {
    let Some(id) = object.text("OriginRequestPolicyId").filter(|id| !id.value.is_empty()) else {
        return (None, PlaceId::NONE);
    };
    if object.node("CachePolicyId").is_none() {
        let message =
            format!("{}: InvalidArgument: OriginRequestPolicyId needs CachePolicyId", object.path());
        object.problems().error(
            id.span,
            message,
            "without a cache policy",
            "Add CachePolicyId, remove ForwardedValues.",
        );
    }
    let own =
        maker.resources.origin_request_policies.iter().find(|policy| *policy.id == *id.value).map(Arc::clone);
    let policy = own.or_else(|| origin_request_policies::find(&id.value));
    let Some(policy) = policy else {
        let names = origin_request_policies::names();
        unknown_policy(object, "OriginRequestPolicyId", "NoSuchOriginRequestPolicy", &id, &names);
        return (None, PlaceId::NONE);
    };
    let place = maker.place(id.span, format!("the origin request policy {} of {shown}", policy.name));
    (Some(policy), place)
}

fn response_headers_policy(
    object: &Object<'_>,
    shown: &str,
    maker: &mut Maker<'_>,
) -> (Option<Arc<frontgate_edge_rules::ResponseHeadersPolicy>>, PlaceId) {
    let Some(id) = object.text("ResponseHeadersPolicyId").filter(|id| !id.value.is_empty()) else {
        return (None, PlaceId::NONE);
    };
    let own = maker
        .resources
        .response_headers_policies
        .iter()
        .find(|policy| *policy.id == *id.value)
        .map(Arc::clone);
    let policy = own.or_else(|| response_headers_policies::find(&id.value));
    let Some(policy) = policy else {
        let names = response_headers_policies::names();
        unknown_policy(object, "ResponseHeadersPolicyId", "NoSuchResponseHeadersPolicy", &id, &names);
        return (None, PlaceId::NONE);
    };
    let place = maker.place(id.span, format!("the response headers policy {} of {shown}", policy.name));
    (Some(policy), place)
}

/// `managed` are pairs of name and id, for the cure.
fn unknown_policy(
    object: &Object<'_>,
    property: &str,
    code: &str,
    id: &crate::properties::Text<'_>,
    managed: &[(&'static str, &'static str)],
) {
    let wanted = id.value.trim_start_matches("Managed-").to_ascii_lowercase();
    let by_name = managed.iter().find(|(name, _)| name.to_ascii_lowercase() == wanted);
    let cure = match by_name {
        Some((name, right)) => format!("The id of Managed-{name} is {right}."),
        None => {
            let rows: Vec<String> = managed.iter().map(|(name, id)| format!("{id} ({name})")).collect();
            format!("Use !Ref to a policy of this template, or a managed one: {}.", rows.join(", "))
        }
    };
    let message =
        format!("{}.{property}: {code}: The specified policy does not exist: {}", object.path(), id.value);
    object.problems().error(id.span, message, "does not exist", cure);
}

fn refuse(object: &Object<'_>) {
    if object.flag("SmoothStreaming") == Some(true) {
        object.unsupported(&["SmoothStreaming"]);
    }
    if let Some(text) = object.text("FieldLevelEncryptionId").filter(|text| !text.value.is_empty()) {
        object.unsupported_value("FieldLevelEncryptionId", &text);
    }
    if let Some(text) = object.text("RealtimeLogConfigArn").filter(|text| !text.value.is_empty()) {
        object.unsupported_value("RealtimeLogConfigArn", &text);
    }
    if let Some(grpc) = object.object("GrpcConfig") {
        if grpc.flag("Enabled") == Some(true) {
            grpc.unsupported(&["Enabled"]);
        }
        grpc.finish();
    }
}

fn check(object: &Object<'_>, behavior: &Behavior) {
    for violation in validate::behavior(behavior) {
        let message = format!("{}: {}: {}", object.path(), violation.code, violation.message);
        object.problems().error(object.span(), message, violation.code, "");
    }
    if behavior.compress && behavior.key.ttls() == (0, 0, 0) {
        object.problems().warning(
            object.span_of("Compress"),
            format!("{}: Compress does nothing where nothing is cached", object.path()),
            "no effect",
            "Remove it, or use a cache policy with TTLs above 0 and EnableAcceptEncodingGzip and Brotli.",
        );
    }
    let asks_http = |origin: &Arc<Origin>| match &origin.upstream {
        Upstream::ApiGateway { protocol } => *protocol != OriginProtocolPolicy::HttpsOnly,
        _ => false,
    };
    if behavior.origins().any(asks_http) {
        object.problems().warning(
            object.span_of("TargetOriginId"),
            format!("{}: API Gateway answers https only", object.path()),
            "the origin may be asked over http",
            "Set OriginProtocolPolicy: https-only at the origin.",
        );
    }
}

const VIEWER_PROTOCOL_POLICIES: &[(&str, ViewerProtocolPolicy)] = &[
    ("allow-all", ViewerProtocolPolicy::AllowAll),
    ("https-only", ViewerProtocolPolicy::HttpsOnly),
    ("redirect-to-https", ViewerProtocolPolicy::RedirectToHttps),
];
