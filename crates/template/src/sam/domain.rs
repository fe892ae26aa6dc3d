//! What does SAM make of `Domain` of an API: a custom domain name, its mappings and its record sets.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-domainconfiguration.html>

use std::collections::BTreeMap;

use crate::{Diagnostics, Map, Node, Value};

use super::build::{At, DIGEST_LENGTH, INHERITED, digest, resource};
use super::properties::invalid;
use super::{Made, Source};

/// Which of the two APIs of API Gateway it is written with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavor {
    /// Of `AWS::Serverless::Api`.
    Rest,
    /// Of `AWS::Serverless::HttpApi`.
    Http,
}

/// The resources of `Domain`, for the stage with that logical id.
pub(super) fn resources(
    source: &Source,
    flavor: Flavor,
    stage_id: &str,
    names: &mut BTreeMap<String, String>,
    found: &mut Diagnostics,
) -> Vec<Made> {
    let id = source.logical_id.as_str();
    let Some(entry) = source.properties.entry("Domain").filter(|entry| !entry.node.is_null()) else {
        return Vec::new();
    };
    let at = At(entry.key_span);
    let mut refuse = |cause: &str, node: &Node| {
        found.push(invalid(id, cause).at(node.span, "not as SAM takes it"));
    };
    let Some(domain) = entry.node.as_map() else {
        refuse("Property 'Domain' should be a map.", &entry.node);
        return Vec::new();
    };
    for unknown in domain.iter().filter(|entry| !KNOWN.contains(&entry.key.as_str())) {
        refuse(&format!("Domain: the property {} is not transformed yet.", unknown.key), &unknown.node);
    }
    let (Some(name), Some(certificate)) = (domain.get("DomainName"), domain.get("CertificateArn")) else {
        let cause = "Custom Domains only works if both DomainName and CertificateArn are provided.";
        refuse(cause, &entry.node);
        return Vec::new();
    };
    let endpoint = domain.get("EndpointConfiguration").and_then(Node::text).unwrap_or("REGIONAL".into());
    let endpoints: &[&str] =
        if flavor == Flavor::Http { &["REGIONAL"] } else { &["EDGE", "REGIONAL", "PRIVATE"] };
    if !endpoints.contains(&&*endpoint) {
        let list = endpoints.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(",");
        refuse(&format!("EndpointConfiguration for Custom Domains must be one of [{list}]."), &entry.node);
        return Vec::new();
    }
    let prefix = if flavor == Flavor::Http { "ApiGatewayDomainNameV2" } else { "ApiGatewayDomainName" };
    let domain_id = format!("{prefix}{}", hash(name));
    names.insert(format!("{id}.DomainName"), domain_id.clone());
    let mut made = Maker { source, at, made: Vec::new() };
    let properties = match flavor {
        Flavor::Rest => rest_domain(domain, name, certificate, &endpoint, at),
        Flavor::Http => http_domain(domain, name, certificate, &endpoint, at),
    };
    made.add(&domain_id, if flavor == Flavor::Http { HTTP[0] } else { REST[0] }, properties);
    for (mapping_id, base_path) in base_paths(domain, id, flavor) {
        let properties = mapping(flavor, base_path, [&domain_id, id, stage_id], at);
        made.add(&mapping_id, if flavor == Flavor::Http { HTTP[1] } else { REST[1] }, properties);
    }
    if let Some(route53) = domain.get("Route53").filter(|node| !node.is_null()) {
        let Some(zone) = route53.get("HostedZoneId").or_else(|| route53.get("HostedZoneName")) else {
            let cause =
                "HostedZoneId or HostedZoneName is required to enable Route53 support on Custom Domains.";
            found.push(invalid(id, cause).at(route53.span, "no hosted zone"));
            return made.made;
        };
        let group = record_sets(route53, name, &domain_id, endpoint == "EDGE", at);
        made.add(&format!("RecordSetGroup{}", hash(zone)), RECORD_SETS, group);
    }
    made.made
}

/// Several APIs may stand under one name: they share the custom domain name, and the record sets of a hosted zone come
/// together.
pub(super) fn is_shared(earlier: &mut Node, later: &Node) -> bool {
    let kind = later.get("Type").and_then(Node::as_str);
    if kind == Some(REST[0]) || kind == Some(HTTP[0]) {
        return earlier.to_json() == later.to_json();
    }
    if kind != Some(RECORD_SETS) {
        return false;
    }
    let own = later.get("Properties").and_then(|properties| properties.get("RecordSets"));
    let properties = earlier.as_map_mut().and_then(|map| map.get_mut("Properties"));
    let sets = properties.and_then(Node::as_map_mut).and_then(|map| map.get_mut("RecordSets"));
    if let (Some(Node { value: Value::List(sets), .. }), Some(Node { value: Value::List(own), .. })) =
        (sets, own)
    {
        for set in own {
            if sets.iter().all(|other| other.to_json() != set.to_json()) {
                sets.push(set.clone());
            }
        }
    }
    true
}

struct Maker<'a> {
    source: &'a Source,
    at: At,
    made: Vec<Made>,
}

impl Maker<'_> {
    fn add(&mut self, logical_id: &str, kind: &str, properties: Node) {
        let Value::Map(properties) = properties.value else { return };
        let node =
            resource(self.at, kind, properties, &self.source.attributes, |key| INHERITED.contains(&key));
        self.made.push(Made { logical_id: logical_id.to_owned(), span: self.at.0, node });
    }
}

fn rest_domain(domain: &Map, name: &Node, certificate: &Node, endpoint: &str, at: At) -> Node {
    let certificate_name = if endpoint == "REGIONAL" { "RegionalCertificateArn" } else { "CertificateArn" };
    let kept = |key: &str| domain.get(key).cloned();
    at.map([
        ("DomainName", Some(name.clone())),
        (certificate_name, Some(certificate.clone())),
        ("EndpointConfiguration", Some(at.map([("Types", Some(at.list(vec![at.text(endpoint)])))]))),
        ("MutualTlsAuthentication", kept("MutualTlsAuthentication")),
        ("OwnershipVerificationCertificateArn", kept("OwnershipVerificationCertificateArn")),
        ("SecurityPolicy", kept("SecurityPolicy")),
    ])
}

fn http_domain(domain: &Map, name: &Node, certificate: &Node, endpoint: &str, at: At) -> Node {
    let kept = |key: &str| domain.get(key).cloned();
    let configuration = at.map([
        ("CertificateArn", Some(certificate.clone())),
        ("EndpointType", Some(at.text(endpoint))),
        ("OwnershipVerificationCertificateArn", kept("OwnershipVerificationCertificateArn")),
        ("SecurityPolicy", kept("SecurityPolicy")),
    ]);
    at.map([
        ("DomainName", Some(name.clone())),
        ("DomainNameConfigurations", Some(at.list(vec![configuration]))),
        ("MutualTlsAuthentication", kept("MutualTlsAuthentication")),
    ])
}

fn mapping(flavor: Flavor, path: Option<String>, [domain, api, stage]: [&str; 3], at: At) -> Node {
    let path = path.map(|path| at.text(path));
    let [domain, api, stage] = [domain, api, stage].map(|id| Some(at.reference(id)));
    match flavor {
        Flavor::Rest => {
            at.map([("BasePath", path), ("DomainName", domain), ("RestApiId", api), ("Stage", stage)])
        }
        Flavor::Http => {
            at.map([("ApiId", api), ("ApiMappingKey", path), ("DomainName", domain), ("Stage", stage)])
        }
    }
}

/// The logical ids of the mappings and their base paths; without `BasePath` one that takes every path.
fn base_paths(domain: &Map, id: &str, flavor: Flavor) -> Vec<(String, Option<String>)> {
    let suffix = if flavor == Flavor::Http { "ApiMapping" } else { "BasePathMapping" };
    let given = match domain.get("BasePath") {
        Some(Node { value: Value::List(list), .. }) => list.iter().filter_map(Node::text).collect(),
        Some(node) => node.text().into_iter().collect(),
        None => Vec::new(),
    };
    if given.is_empty() {
        return vec![(format!("{id}{suffix}"), None)];
    }
    let normalize = domain.get("NormalizeBasePath").and_then(Node::text).is_none_or(|flag| flag != "false");
    let rows = given.iter().map(|path| {
        let letters: String = path.chars().filter(|c| c.is_alphanumeric()).collect();
        let logical_id = format!("{id}{letters}{suffix}");
        let whole = path.trim_matches('/').to_owned();
        (logical_id, Some(if normalize { letters } else { whole }))
    });
    rows.collect()
}

fn record_sets(route53: &Node, name: &Node, domain_id: &str, is_edge: bool, at: At) -> Node {
    let dns_name = match route53.get("DistributionDomainName").filter(|_| is_edge) {
        Some(given) => given.clone(),
        None => {
            at.attribute(domain_id, if is_edge { "DistributionDomainName" } else { "RegionalDomainName" })
        }
    };
    let zone =
        if is_edge { at.text(CLOUDFRONT_ZONE) } else { at.attribute(domain_id, "RegionalHostedZoneId") };
    let alias = at.map([
        ("DNSName", Some(dns_name)),
        ("EvaluateTargetHealth", route53.get("EvaluateTargetHealth").cloned()),
        ("HostedZoneId", Some(zone)),
    ]);
    let record = |kind: &str| {
        at.map([
            ("AliasTarget", Some(alias.clone())),
            ("Name", Some(name.clone())),
            ("Region", route53.get("Region").cloned()),
            ("SetIdentifier", route53.get("SetIdentifier").cloned()),
            ("Type", Some(at.text(kind))),
        ])
    };
    let has_ip_v6 = route53.get("IpV6").and_then(Node::text).is_some_and(|flag| flag == "true");
    let mut records = vec![record("A")];
    records.extend(has_ip_v6.then(|| record("AAAA")));
    at.map([
        ("HostedZoneId", route53.get("HostedZoneId").cloned()),
        ("HostedZoneName", route53.get("HostedZoneName").cloned()),
        ("RecordSets", Some(at.list(records))),
    ])
}

/// SAM's digest of a text, or of the JSON of what is none.
fn hash(node: &Node) -> String {
    let text = node.text().map_or_else(|| node.to_json().to_string(), |text| text.to_string());
    digest(&text, DIGEST_LENGTH)
}

/// The types of the two flavors.
const REST: [&str; 2] = ["AWS::ApiGateway::DomainName", "AWS::ApiGateway::BasePathMapping"];
const HTTP: [&str; 2] = ["AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping"];

const RECORD_SETS: &str = "AWS::Route53::RecordSetGroup";

/// The hosted zone of every alias of CloudFront's.
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";

/// What `Domain` may have; sorted.
const KNOWN: &[&str] = &[
    "BasePath",
    "CertificateArn",
    "DomainName",
    "EndpointConfiguration",
    "MutualTlsAuthentication",
    "NormalizeBasePath",
    "OwnershipVerificationCertificateArn",
    "Route53",
    "SecurityPolicy",
];
