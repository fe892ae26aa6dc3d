//! `AWS::ApiGatewayV2::RoutingRule`: conditions under which a custom domain name calls a stage of a REST API.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html>

use frontgate_gateway_rules::HeaderCondition;
use frontgate_template::ResourceNode;

use super::gateway_domain_names::{Later, RuleDraft};
use crate::maker::{Made, Maker};
use crate::properties::{Object, Text};

/// Makes a routing rule.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::api_part_id("routing rule", &maker.seed(&node.logical_id));
    let domain_arn = properties.required_text("DomainNameArn");
    properties.require("Priority");
    let priority = properties.number("Priority", 1..=PRIORITY_MAX).and_then(|it| u32::try_from(it).ok());
    let (headers, base_path) = conditions(properties);
    let action = action(properties);
    let (Some(domain_arn), Some(priority), Some((api, stage, strip_base_path))) =
        (domain_arn, priority, action)
    else {
        return Made::new(id);
    };
    let domain = domain_arn.value.rsplit('/').next().unwrap_or_default().to_owned();
    let arn = format!("{}/routingrules/{id}", domain_arn.value);
    let place = maker.place(node.logical_id_span, format!("the routing rule with the priority {priority}"));
    maker.domain_name_parts.rules.push(RuleDraft {
        path: properties.path().to_owned(),
        domain_name: Later { value: domain, span: domain_arn.span },
        priority,
        headers,
        base_path,
        api: Later::from(&api),
        stage: Later::from(&stage),
        strip_base_path,
        place,
    });
    Made::new(&arn).with("RoutingRuleArn", &arn).with("RoutingRuleId", id)
}

/// `InvokeApi` of the one action.
fn action<'a>(properties: &Object<'a>) -> Option<(Text<'a>, Text<'a>, bool)> {
    properties.require("Actions");
    let mut found = None;
    for action in properties.objects("Actions") {
        action.require("InvokeApi");
        if let Some(invoke) = action.object("InvokeApi") {
            let (api, stage) = (invoke.required_text("ApiId"), invoke.required_text("Stage"));
            let strip = invoke.flag("StripBasePath").unwrap_or(false);
            invoke.finish();
            if found.is_some() {
                let message = format!("{}: BadRequestException: a rule has one action", action.path());
                action.problems().error(action.span(), message, "one too many", "Make another rule.");
            }
            found = found.or(api.zip(stage).map(|(api, stage)| (api, stage, strip)));
        }
        action.finish();
    }
    found
}

/// At most two headers and one base path, all of which must match.
fn conditions(properties: &Object<'_>) -> (Vec<HeaderCondition>, Option<Box<str>>) {
    let (mut headers, mut base_paths) = (Vec::new(), Vec::new());
    for condition in properties.objects("Conditions") {
        if let Some(matching) = condition.object("MatchHeaders") {
            for header in matching.objects("AnyOf") {
                let (name, glob) = (header.required_text("Header"), header.required_text("ValueGlob"));
                header.finish();
                headers
                    .extend(name.zip(glob).and_then(|(name, glob)| header_condition(&header, &name, &glob)));
            }
            one_of(&matching);
        }
        if let Some(matching) = condition.object("MatchBasePaths") {
            let texts = matching.texts("AnyOf");
            base_paths.extend(texts.iter().map(|text| Box::from(text.value.trim_matches('/'))));
            one_of(&matching);
        }
        condition.finish();
    }
    if headers.len() > HEADERS_MAX || base_paths.len() > 1 {
        let message = format!(
            "{}.Conditions: BadRequestException: more than {HEADERS_MAX} headers or one base path",
            properties.path()
        );
        properties.problems().error(
            properties.span_of("Conditions"),
            message,
            "too many",
            "Make another rule.",
        );
    }
    (headers, base_paths.into_iter().next())
}

/// "Each anyOf condition can only contain one header value", and one base path.
fn one_of(matching: &Object<'_>) {
    if matching.nodes("AnyOf").len() > 1 {
        let message = format!("{}.AnyOf: BadRequestException: more than one value", matching.path());
        matching.problems().error(matching.span(), message, "one too many", "Make another rule.");
    }
    matching.finish();
}

fn header_condition(object: &Object<'_>, name: &Text<'_>, glob: &Text<'_>) -> Option<HeaderCondition> {
    let inner = glob.value.strip_prefix('*').unwrap_or(&glob.value);
    let inner = inner.strip_suffix('*').unwrap_or(inner);
    let lower = name.value.to_ascii_lowercase();
    let is_restricted = RESTRICTED.iter().any(|row| match row.strip_suffix('*') {
        Some(prefix) => lower.starts_with(prefix),
        None => lower == *row,
    });
    let (span, why, cure) = if is_restricted {
        (name.span, "this header is not supported as a condition", "Use a header of your own.")
    } else if inner.contains('*') {
        (glob.span, "an asterisk stands at the ends only", "Use value*, *value or *value*.")
    } else {
        let (name, value_glob) = (name.value.as_ref().into(), glob.value.as_ref().into());
        return Some(HeaderCondition { name, value_glob });
    };
    let message = format!("{}: BadRequestException: {}: {why}", object.path(), name.value);
    object.problems().error(span, message, "not valid", cure);
    None
}

const PRIORITY_MAX: u64 = 1_000_000;

const HEADERS_MAX: usize = 2;

/// Headers that no rule may ask for, in lower case, sorted (documented: rest-api-routing-rules, restrictions).
const RESTRICTED: &[&str] = &[
    "access-control-*",
    "apigw-*",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "forwarded",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-amz-*",
    "x-amzn-*",
    "x-apigw-api-id",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-restapi",
];
