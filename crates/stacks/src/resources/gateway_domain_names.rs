//! Custom domain names of API Gateway are put together from several resources and bound to their APIs at the end.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html>

use frontgate_aws::ids;
use frontgate_edge_rules::viewer_certificate::{self, covers};
use frontgate_explain::PlaceId;
use frontgate_gateway_rules::{
    ApiMapping, DomainName, EndpointType, HeaderCondition, MappedApi, MutualTls, RoutingMode, RoutingRule,
};
use frontgate_snapshot::Resources;
use frontgate_template::Span;

use super::route53_alias_zones;
use crate::maker::{Made, Maker};
use crate::properties::{INERT_MARK, Object, Problems, Text};

/// A text of a template that is read at the end.
#[derive(Clone, Debug)]
pub struct Later {
    /// The text.
    pub value: String,
    /// Where it stands.
    pub span: Span,
}

/// An API mapping before its API is known.
#[derive(Clone, Debug)]
pub struct MappingDraft {
    /// What the resource is called in messages.
    pub path: String,
    /// `DomainName`
    pub domain_name: Later,
    /// The base path as the template has it.
    pub base_path: Later,
    /// Whether the resource may have a base path of several levels.
    pub takes_levels: bool,
    /// The id of the API.
    pub api: Later,
    /// The stage.
    pub stage: Option<Later>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// A routing rule before its API is known.
#[derive(Clone, Debug)]
pub struct RuleDraft {
    /// What the resource is called in messages.
    pub path: String,
    /// The name at the end of `DomainNameArn`.
    pub domain_name: Later,
    /// `Priority`
    pub priority: u32,
    /// `MatchHeaders`
    pub headers: Vec<HeaderCondition>,
    /// `MatchBasePaths`
    pub base_path: Option<Box<str>>,
    /// `ApiId`
    pub api: Later,
    /// `Stage`
    pub stage: Later,
    /// `StripBasePath`
    pub strip_base_path: bool,
    /// The place of the resource.
    pub place: PlaceId,
}

/// Mappings and rules of custom domain names, which are resources of their own.
#[derive(Clone, Debug, Default)]
pub struct DomainNameParts {
    /// API mappings.
    pub mappings: Vec<MappingDraft>,
    /// Routing rules.
    pub rules: Vec<RuleDraft>,
    /// Where each custom domain name stands in the template.
    pub spans: Vec<(Box<str>, Span)>,
}

/// What the resource of a custom domain name says.
pub struct Settings<'a> {
    /// `DomainName`
    pub name: Text<'a>,
    /// Its endpoint type.
    pub endpoint: EndpointType,
    /// The ARN of its certificate, with the name of the property.
    pub certificate: Option<(Text<'a>, &'static str)>,
    /// Whether its security policy lets viewers speak TLS 1.2.
    pub tls_1_2: bool,
    /// `MutualTlsAuthentication`
    pub mutual_tls: Option<MutualTls>,
    /// `RoutingMode`
    pub routing_mode: RoutingMode,
}

impl From<&Text<'_>> for Later {
    fn from(text: &Text<'_>) -> Self {
        Self { value: text.value.clone().into_owned(), span: text.span }
    }
}

/// Makes a custom domain name without mappings.
pub fn make(node_span: Span, settings: Settings<'_>, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = settings.name.value.to_ascii_lowercase();
    let region = maker.context.region.clone();
    let regional = settings.endpoint == EndpointType::Regional;
    let seed = format!("{region}/{name}");
    let target = if regional {
        format!("{}.execute-api.{region}.amazonaws.com", ids::gateway_domain_id(&seed))
    } else {
        ids::distribution_domain(&seed)
    };
    let zone = route53_alias_zones::of_name(&target).map_or("", |zone| zone.id);
    let certificate_names = certificate_names(&settings, &name, properties, maker);
    if maker.resources.domain_names.iter().any(|other| *other.name == *name) {
        let message = format!(
            "{}.DomainName: ConflictException: The domain name you provided already exists: {name}",
            properties.path()
        );
        properties.problems().error(settings.name.span, message, "twice", "Remove one of them.");
    }
    maker.domain_name_parts.spans.push((name.as_str().into(), settings.name.span));
    let place = maker.place(node_span, format!("the custom domain name {name}"));
    maker.resources.domain_names.push(DomainName {
        name: name.as_str().into(),
        target: target.as_str().into(),
        endpoint: settings.endpoint,
        certificate_names,
        tls_1_2: settings.tls_1_2,
        mutual_tls: settings.mutual_tls,
        routing_mode: settings.routing_mode,
        rules: Vec::new(),
        mappings: Vec::new(),
        place,
    });
    let arn = format!("arn:{}:apigateway:{region}::/domainnames/{name}", maker.context.partition);
    let made = Made::new(name).with("DomainNameArn", arn);
    if regional {
        made.with("RegionalDomainName", target).with("RegionalHostedZoneId", zone)
    } else {
        made.with("DistributionDomainName", target).with("DistributionHostedZoneId", zone)
    }
}

/// The names of the certificate, where it is one of this template. It has to be in the region of the endpoint: that of the
/// API, or us-east-1 for an edge-optimized one.
fn certificate_names(
    settings: &Settings<'_>,
    name: &str,
    properties: &Object<'_>,
    maker: &Maker<'_>,
) -> Vec<Box<str>> {
    let Some((arn, property)) = &settings.certificate else {
        let message = format!("{}: BadRequestException: Certificate must be provided", properties.path());
        properties.problems().error(
            properties.span(),
            message,
            "no certificate",
            "Name a certificate by its ARN.",
        );
        return Vec::new();
    };
    if arn.value.starts_with(INERT_MARK) {
        return Vec::new();
    }
    let region = match settings.endpoint {
        EndpointType::Regional => maker.context.region.as_str(),
        EndpointType::Edge => viewer_certificate::REGION,
    };
    let parsed = frontgate_aws::Arn::parse(&arn.value);
    if !parsed.is_some_and(|parsed| parsed.service == "acm" && parsed.region == region) {
        let message = format!(
            "{}.{property}: BadRequestException: Invalid certificate ARN: {}. Certificate must be in '{region}'.",
            properties.path(),
            arn.value
        );
        let cure = "A regional custom domain name wants a certificate of its own region, CloudFront and an \
                    edge-optimized one want theirs in us-east-1: make one in each, for the same name.";
        properties.problems().error(arn.span, message, "not in that region", cure);
        return Vec::new();
    }
    let Some(certificate) = maker.certificates.iter().find(|certificate| certificate.arn == *arn.value)
    else {
        if !covers(maker.user_certificates, name) {
            properties.problems().warning(
                arn.span,
                format!("{}.{property}: the local certificate authority signs instead", properties.path()),
                "a certificate of the local authority is served",
                "Nothing to do: run `frontgate trust` to trust it, or name a certificate of your own by --certificate.",
            );
        }
        return Vec::new();
    };
    if !covers(&certificate.names, name) {
        let message = format!(
            "{}.{property}: BadRequestException: The certificate does not cover the domain name: {name} is not among {}",
            properties.path(),
            certificate.names.join(", ")
        );
        properties.problems().error(arn.span, message, "not covered", "Add it to SubjectAlternativeNames.");
    }
    certificate.names.clone()
}

/// Binds mappings and rules to their domain names and APIs.
pub fn close(maker: &mut Maker<'_>, problems: &Problems) {
    let mappings = std::mem::take(&mut maker.domain_name_parts.mappings);
    let rules = std::mem::take(&mut maker.domain_name_parts.rules);
    for draft in mappings {
        add_mapping(draft, &mut maker.resources, problems);
    }
    for draft in rules {
        add_rule(draft, &mut maker.resources, problems);
    }
    refuse_taken(maker, problems);
    for domain in &mut maker.resources.domain_names {
        domain.rules.sort_by_key(|rule| rule.priority);
    }
}

/// An edge-optimized domain name is an alternate domain name of a distribution of API Gateway's, and no other distribution
/// may have it.
fn refuse_taken(maker: &Maker<'_>, problems: &Problems) {
    let edge = maker.resources.domain_names.iter().filter(|domain| domain.endpoint == EndpointType::Edge);
    for domain in edge {
        let mut aliases = maker.resources.distributions.iter().flat_map(|other| &other.aliases);
        let span = maker.domain_name_parts.spans.iter().find(|(name, _)| *name == domain.name);
        if let (true, Some((_, span))) = (aliases.any(|alias| **alias == *domain.name), span) {
            let message = format!(
                "BadRequestException: The domain name you provided is already associated with an existing CloudFront \
                 distribution: {}",
                domain.name
            );
            let cure = "Make the domain name REGIONAL, with a certificate in the region of the API.";
            problems.error(*span, message, "an alias of a distribution", cure);
        }
    }
}

fn add_mapping(draft: MappingDraft, resources: &mut Resources, problems: &Problems) {
    let api = api_and_stage(&draft.api, draft.stage.as_ref(), &draft.path, resources, problems);
    let Some(domain) = domain(&draft.domain_name, &draft.path, resources, problems) else { return };
    let base_path = draft.base_path.value.as_str();
    let wrong = if base_path == "(none)" || base_path.is_empty() {
        None
    } else if !base_path.chars().all(|c| c.is_ascii_alphanumeric() || BASE_PATH_SIGNS.contains(c)) {
        Some(("only letters, numbers and $-_.+!*'()/ may be in it", "Correct the base path."))
    } else if base_path.starts_with('/') || base_path.ends_with('/') {
        Some(("it begins or ends with a slash", "Leave the slash out."))
    } else if base_path.contains('/') && !draft.takes_levels {
        Some(("it has several levels", "Use an AWS::ApiGatewayV2::ApiMapping with this ApiMappingKey."))
    } else if base_path.contains('/') && domain.endpoint != EndpointType::Regional {
        Some(("several levels want a regional domain name", "Make the domain name REGIONAL."))
    } else {
        None
    };
    if let Some((why, cure)) = wrong {
        let message = format!("{}: BadRequestException: Invalid base path {base_path}: {why}", draft.path);
        return problems.error(draft.base_path.span, message, "not valid", cure);
    }
    let base_path = if base_path == "(none)" { "" } else { base_path };
    if domain.mappings.iter().any(|other| *other.base_path == *base_path) {
        let message =
            format!("{}: ConflictException: Base path already exists for this domain name", draft.path);
        return problems.error(draft.base_path.span, message, "twice", "Remove one of them.");
    }
    if domain.routing_mode == RoutingMode::RoutingRuleOnly {
        let message = format!(
            "{}: BadRequestException: the routing mode of {} is ROUTING_RULE_ONLY",
            draft.path, domain.name
        );
        let cure =
            "Set RoutingMode: ROUTING_RULE_THEN_API_MAPPING (or …_BASE_PATH_MAPPING), or remove the mapping.";
        return problems.error(draft.domain_name.span, message, "takes no mapping", cure);
    }
    let Some(api) = api else { return };
    if let (MappedApi::Http(_), EndpointType::Edge) = (api, domain.endpoint) {
        let message = format!(
            "{}: BadRequestException: only REST APIs can be attached to an edge-optimized domain name",
            draft.path
        );
        return problems.error(draft.api.span, message, "an HTTP API", "Make the domain name REGIONAL.");
    }
    domain.mappings.push(ApiMapping {
        base_path: base_path.into(),
        api,
        stage: draft.stage.map(|stage| stage.value.into()),
        place: draft.place,
    });
}

fn add_rule(draft: RuleDraft, resources: &mut Resources, problems: &Problems) {
    let api = api_and_stage(&draft.api, Some(&draft.stage), &draft.path, resources, problems);
    let Some(domain) = domain(&draft.domain_name, &draft.path, resources, problems) else { return };
    if domain.routing_mode == RoutingMode::ApiMappingOnly {
        let message = format!(
            "{}: BadRequestException: the routing mode of {} takes no routing rules",
            draft.path, domain.name
        );
        let cure = "Set RoutingMode of the domain name: ROUTING_RULE_ONLY, or ROUTING_RULE_THEN_API_MAPPING.";
        return problems.error(draft.domain_name.span, message, "takes no rule", cure);
    }
    if domain.rules.iter().any(|other| other.priority == draft.priority) {
        let message =
            format!("{}: ConflictException: another rule has the priority {}", draft.path, draft.priority);
        return problems.error(
            draft.domain_name.span,
            message,
            "twice",
            "Give each rule a priority of its own.",
        );
    }
    let Some(api) = api else { return };
    if matches!(api, MappedApi::Http(_)) {
        let message = format!("{}: BadRequestException: a routing rule invokes REST APIs only", draft.path);
        return problems.error(draft.api.span, message, "an HTTP API", "Use an API mapping.");
    }
    domain.rules.push(RoutingRule {
        priority: draft.priority,
        headers: draft.headers,
        base_path: draft.base_path,
        api,
        stage: draft.stage.value.into(),
        strip_base_path: draft.strip_base_path,
        place: draft.place,
    });
}

fn domain<'r>(
    name: &Later,
    path: &str,
    resources: &'r mut Resources,
    problems: &Problems,
) -> Option<&'r mut DomainName> {
    let wanted = name.value.to_ascii_lowercase();
    let found = resources.domain_names.iter_mut().find(|domain| *domain.name == *wanted);
    if found.is_none() {
        let message = format!(
            "{path}.DomainName: NotFoundException: Invalid domain name identifier specified: {}",
            name.value
        );
        problems.error(
            name.span,
            message,
            "does not exist",
            "Name a domain name of this template with !Ref.",
        );
    }
    found
}

/// The API, which must have the stage.
fn api_and_stage(
    id: &Later,
    stage: Option<&Later>,
    path: &str,
    resources: &Resources,
    problems: &Problems,
) -> Option<MappedApi> {
    let (rest, http) = (&resources.apis, &resources.http_apis);
    let of_rest = || rest.iter().position(|api| *api.id == *id.value).map(MappedApi::Rest);
    let of_http = || http.iter().position(|api| *api.id == *id.value).map(MappedApi::Http);
    let Some(found) = of_rest().or_else(of_http) else {
        let message = format!("{path}: NotFoundException: Invalid API identifier specified: {}", id.value);
        let cure = "Name an API of this template with !Ref.";
        problems.error(id.span, message, "does not exist", cure);
        return None;
    };
    let has = |stage: &str| match found {
        MappedApi::Rest(index) => rest[index].stage(stage).is_some(),
        MappedApi::Http(index) => http[index].stage(stage).is_some(),
    };
    if let Some(stage) = stage.filter(|stage| !has(&stage.value)) {
        let message =
            format!("{path}: NotFoundException: Invalid stage identifier specified: {}", stage.value);
        problems.error(stage.span, message, "no stage of this API", "Name a stage of the API, with !Ref.");
        return None;
    }
    Some(found)
}

/// What a base path may have beside letters and numbers
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html#rest-api-mappings-restrictions>).
const BASE_PATH_SIGNS: &str = "$-_.+!*'()/";
