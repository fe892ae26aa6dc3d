//! What a stage sets: of `AWS::ApiGateway::Stage`, or of the `StageDescription` of an `AWS::ApiGateway::Deployment`.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-stage.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-deployment-stagedescription.html>

use frontgate_gateway_rules::method_settings::{
    CACHE_LIFETIME_SECONDS, CACHE_LIFETIME_SECONDS_MAX, Invalidation, LoggingLevel, MethodSetting,
};
use frontgate_gateway_rules::stage_cache::{CLUSTER_SIZES, CacheCluster};
use frontgate_gateway_rules::usage::MethodThrottle;
use frontgate_template::{Node, ResourceNode, Span};

use super::gateway_access_log::access_log;
use super::gateway_throttles::{place, resource_path, throttle};
use super::rest_api_parts::StageSettings;
use crate::maker::Maker;
use crate::properties::{Object, Problems};

/// Which object says what a stage sets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum StageKind {
    /// The `StageDescription` of a deployment: it sets for all methods by itself, too.
    Description,
    /// The resource of the stage.
    Resource,
}

/// The role with which API Gateway writes logs, and who wants logs.
#[derive(Default)]
pub struct StageLoggingDraft {
    /// The role that an `AWS::ApiGateway::Account` names, and where.
    pub role: Option<(String, Span)>,
    /// Whether the template has an `AWS::ApiGateway::Account`.
    pub has_account: bool,
    /// Where logs are asked for, and by which property.
    wishes: Vec<(Span, String)>,
}

/// Reads what a stage sets; `node` is the resource that says so.
pub fn stage_settings(
    node: &ResourceNode,
    properties: &Object<'_>,
    kind: StageKind,
    maker: &mut Maker<'_>,
) -> StageSettings {
    if properties.flag("TracingEnabled") == Some(true) {
        properties.problems().warning(
            properties.span_of("TracingEnabled"),
            format!("{}.TracingEnabled: X-Ray does not run here, so there are no traces", properties.path()),
            "nothing is recorded",
            "Nothing to do.",
        );
    }
    properties.unsupported(&["ClientCertificateId"]);
    let invalidation = invalidation(node, properties.problems());
    let mut settings = StageSettings {
        variables: variables(properties, "Variables"),
        access_log: access_log(properties, "AccessLogSetting", maker),
        cache: cache_cluster(properties, maker),
        ..StageSettings::default()
    };
    if settings.access_log.is_some() {
        wish(properties, "AccessLogSetting", maker);
    }
    if kind == StageKind::Description {
        method_setting(properties, ("/*", "*"), invalidation, &mut settings, maker);
    }
    for setting in properties.objects("MethodSettings") {
        let path = setting.text("ResourcePath").map_or_else(|| "/*".into(), |path| path.value);
        let http_method = setting.text("HttpMethod").map_or_else(|| "*".into(), |method| method.value);
        method_setting(&setting, (&resource_path(&path), &http_method), invalidation, &mut settings, maker);
        setting.finish();
    }
    warn_of_idle_caches(properties, &settings);
    settings
}

/// Says where methods are to be cached and there is no cluster, or the other way around.
fn warn_of_idle_caches(properties: &Object<'_>, settings: &StageSettings) {
    let is_wanted = settings.method_settings.iter().any(|setting| setting.caching_enabled);
    if is_wanted && settings.cache.is_none() {
        properties.problems().warning(
            properties.span_of("MethodSettings"),
            format!(
                "{}: \"Caching is not active until you provision a cache cluster for your stage.\"",
                properties.path()
            ),
            "nothing is cached",
            "Set CacheClusterEnabled: true, or remove CachingEnabled.",
        );
    }
    if !is_wanted && settings.cache.is_some() {
        properties.problems().warning(
            properties.span_of("CacheClusterEnabled"),
            format!("{}.CacheClusterEnabled: no method is cached", properties.path()),
            "it keeps nothing",
            "Set CachingEnabled: true in MethodSettings, for HttpMethod \"*\" and ResourcePath /*.",
        );
    }
}

/// Refuses logs for which there is no role.
pub fn close(maker: &mut Maker<'_>, problems: &Problems) {
    let StageLoggingDraft { role, has_account, wishes } = std::mem::take(&mut maker.stage_logging);
    if let Some((arn, span)) = &role
        && maker.role_trusts(arn, &["apigateway.amazonaws.com"]) == Some(false)
    {
        let message = "AWS::ApiGateway::Account: BadRequestException: The role ARN does not have required permissions configured. \
                       Please grant trust permission for API Gateway and add the required role policy.";
        let cure =
            "Let its AssumeRolePolicyDocument allow sts:AssumeRole to {Service: apigateway.amazonaws.com}.";
        problems.error(*span, message, "API Gateway may not assume it", cure);
    }
    for (span, property) in wishes.into_iter().filter(|_| role.is_none()) {
        let message = format!(
            "{property}: BadRequestException: CloudWatch Logs role ARN must be set in account settings to enable logging"
        );
        let cure = "Add an AWS::ApiGateway::Account with the CloudWatchRoleArn of a role that apigateway.amazonaws.com may \
                    assume.";
        if has_account {
            problems.error(span, message, "no role for logs", cure);
        } else {
            // It is a setting of the account and the region, which another stack may have made.
            let message = format!(
                "{property}: the template sets no role for logs, so it is taken as set in your account"
            );
            let cure = "On an account without one AWS answers \"CloudWatch Logs role ARN must be set in account settings to \
                        enable logging\": add an AWS::ApiGateway::Account with a CloudWatchRoleArn there.";
            problems.warning(span, message, "logs are written here", cure);
        }
    }
}

/// What an object sets for the methods of that path and that method.
fn method_setting(
    object: &Object<'_>,
    (path, http_method): (&str, &str),
    invalidation: Invalidation,
    settings: &mut StageSettings,
    maker: &mut Maker<'_>,
) {
    if object.flag("MetricsEnabled") == Some(true) {
        object.problems().warning(
            object.span_of("MetricsEnabled"),
            format!(
                "{}.MetricsEnabled: CloudWatch does not run here, so there are no metrics",
                object.path()
            ),
            "no effect here",
            "It can stay.",
        );
    }
    // What is kept stays in memory, and goes with the process.
    object.accept(&["CacheDataEncrypted"]);
    let logging_level = object.choice("LoggingLevel", &LOGGING_LEVELS);
    let lifetime = object.number("CacheTtlInSeconds", 0..=u64::from(CACHE_LIFETIME_SECONDS_MAX));
    let caching_enabled = object.flag("CachingEnabled");
    let data_trace_enabled = object.flag("DataTraceEnabled");
    let throttle = throttle(object, "ThrottlingRateLimit", "ThrottlingBurstLimit");
    if logging_level.is_some_and(|level| level != LoggingLevel::Off) {
        wish(object, "LoggingLevel", maker);
    }
    let label = format!("the setting of {http_method} {path}");
    if let Some(throttle) = throttle {
        let place = place(object, maker, &label);
        settings.throttles.push(MethodThrottle {
            path: path.into(),
            http_method: http_method.into(),
            throttle,
            place,
        });
    }
    let is_set = caching_enabled.is_some() || data_trace_enabled.is_some() || logging_level.is_some();
    if is_set || lifetime.is_some() || !(path == "/*" && http_method == "*") {
        let lifetime = lifetime.and_then(|seconds| u32::try_from(seconds).ok());
        settings.method_settings.push(MethodSetting {
            caching_enabled: caching_enabled == Some(true),
            cache_lifetime_seconds: lifetime.unwrap_or(CACHE_LIFETIME_SECONDS),
            invalidation,
            logging_level: logging_level.unwrap_or_default(),
            data_trace_enabled: data_trace_enabled == Some(true),
            place: place(object, maker, &label),
            ..MethodSetting::of(path, http_method)
        });
    }
}

/// The cluster of a stage; a size alone makes none.
fn cache_cluster(properties: &Object<'_>, maker: &mut Maker<'_>) -> Option<CacheCluster> {
    let rows = CLUSTER_SIZES.map(|(name, bytes, _)| (name, bytes));
    let size = properties.choice("CacheClusterSize", &rows);
    let is_enabled = properties.flag("CacheClusterEnabled") == Some(true);
    is_enabled.then(|| CacheCluster {
        bytes_max: size.unwrap_or(rows[0].1),
        place: maker.place(properties.span_of("CacheClusterEnabled"), "the cache cluster"),
    })
}

/// Who may demand a new answer. CloudFormation has no property for it, so what is set in the console stands in the metadata:
/// `frontgate: {RequireAuthorizationForCacheControl: false}` or `{UnauthorizedCacheControlHeaderStrategy: FAIL_WITH_403}`.
fn invalidation(node: &ResourceNode, problems: &Problems) -> Invalidation {
    let Some(metadata) = node.metadata.as_ref().and_then(|metadata| metadata.get("frontgate")) else {
        return Invalidation::default();
    };
    let settings = Object::new(metadata, format!("{}.Metadata.frontgate", node.logical_id), problems);
    let needs_authorization = settings.flag("RequireAuthorizationForCacheControl") != Some(false);
    let strategy = settings.choice("UnauthorizedCacheControlHeaderStrategy", &STRATEGIES);
    settings.finish();
    if needs_authorization { strategy.unwrap_or_default() } else { Invalidation::ByEverybody }
}

/// The stage variables of a property: "names can have alphanumeric and underscore characters, and the values must match
/// `[A-Za-z0-9-._~:/?#&=,]+`".
pub fn variables(properties: &Object<'_>, name: &'static str) -> Vec<(Box<str>, Box<str>)> {
    let map = properties.node(name).and_then(Node::as_map);
    let mut variables = Vec::new();
    for entry in map.into_iter().flat_map(|map| map.iter()) {
        let Some(value) = entry.node.text() else { continue };
        let refuse = |span: Span, what: String, cure: &str| {
            let message = format!("{}.{name}: BadRequestException: {what}", properties.path());
            properties.problems().error(span, message, "not valid", cure);
        };
        if entry.key.is_empty() || !entry.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let what = format!(
                "Invalid stage variable name: {}.  Please use names with only word characters.",
                entry.key
            );
            refuse(entry.key_span, what, "Use letters, digits and underscores.");
        }
        if value.is_empty() || !value.chars().all(|c| c.is_ascii_alphanumeric() || " -._~:/?#&=,".contains(c))
        {
            let what = format!(
                "Invalid stage variable value: {value}.  Please use values with alphanumeric characters and the symbols ' ', -', \
                 '.', '_', ':', '/', '?', '&', '=', and ','."
            );
            refuse(entry.node.span, what, "Leave out what is not among them; a value is never empty.");
        }
        variables.push((entry.key.as_str().into(), value.into()));
    }
    variables
}

fn wish(object: &Object<'_>, property: &str, maker: &mut Maker<'_>) {
    let named = format!("{}.{property}", object.path());
    maker.stage_logging.wishes.push((object.span_of(property), named));
}

const LOGGING_LEVELS: [(&str, LoggingLevel); 3] =
    [("ERROR", LoggingLevel::Error), ("INFO", LoggingLevel::Info), ("OFF", LoggingLevel::Off)];
const STRATEGIES: [(&str, Invalidation); 3] = [
    ("FAIL_WITH_403", Invalidation::FailWith403),
    ("SUCCEED_WITHOUT_RESPONSE_HEADER", Invalidation::SucceedWithoutResponseHeader),
    ("SUCCEED_WITH_RESPONSE_HEADER", Invalidation::SucceedWithResponseHeader),
];
