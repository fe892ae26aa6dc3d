//! `AWS::CertificateManager::Certificate`: a certificate of the local authority, issued at once.

use frontgate_aws::ids;
use frontgate_edge_rules::viewer_certificate;
use frontgate_snapshot::{RecordData, RecordType};
use frontgate_template::ResourceNode;

use super::aws_route53_recordset::{DraftAnswer, RecordDraft, ZoneName};
use super::cloudfront_viewer_certificate::is_domain_name;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// A certificate, for those who name it by its ARN.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Its ARN.
    pub arn: String,
    /// The names that it holds.
    pub names: Vec<Box<str>>,
}

/// Makes a certificate.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let uuid = ids::uuid("certificate", &maker.seed(&node.logical_id));
    let arn = maker.arn("acm", &format!("certificate/{uuid}"));
    let mut names: Vec<Box<str>> = Vec::new();
    let mut texts = properties.texts("SubjectAlternativeNames");
    texts.splice(0..0, properties.required_text("DomainName"));
    for text in texts {
        let name = text.value.to_ascii_lowercase();
        if !is_domain_name(&name) {
            let message = format!("{}: ValidationException: `{name}` is no domain name", properties.path());
            let cure = "Write www.example.com or *.example.com.";
            properties.problems().error(text.span, message, "no domain name", cure);
        } else if names.iter().all(|other| **other != *name) {
            names.push(name.into());
        }
    }
    if names.len() > NAMES_MAX {
        let message = format!("{}: LimitExceededException: more than {NAMES_MAX} names", properties.path());
        properties.problems().error(properties.span(), message, "too many names", "Make two certificates.");
    }
    properties.choice("ValidationMethod", &[("DNS", ()), ("EMAIL", ())]);
    for option in properties.objects("DomainValidationOptions") {
        let record_set = validation_option(node, &option, &names, maker);
        maker.record_sets.extend(record_set);
    }
    if let Some(algorithm) = properties.text("KeyAlgorithm")
        && !KEY_ALGORITHMS.contains(&&*algorithm.value)
    {
        properties.unsupported_value("KeyAlgorithm", &algorithm);
    }
    properties.accept(&["CertificateTransparencyLoggingPreference", "Tags"]);
    properties.unsupported(&["CertificateAuthorityArn", "CertificateExport"]);
    maker.certificates.push(Certificate { arn: arn.clone(), names });
    Made::new(arn)
}

/// Nobody has to prove anything here, but what could never be proven on AWS is told, and the record set that proves it
/// there is put into the hosted zone (<https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html>).
fn validation_option(
    node: &ResourceNode,
    option: &Object<'_>,
    names: &[Box<str>],
    maker: &mut Maker<'_>,
) -> Option<RecordDraft> {
    let domain = option.required_text("DomainName");
    let zone = option.text("HostedZoneId");
    option.accept(&["ValidationDomain"]);
    option.finish();
    let domain = domain?;
    if !viewer_certificate::covers(names, &domain.value) {
        let message = format!("{}.DomainName: {} is no name of the certificate", option.path(), domain.value);
        option.problems().error(domain.span, message, "no name of it", "Name one of its domain names.");
        return None;
    }
    let zone = zone?;
    let proven = domain.value.strip_prefix("*.").unwrap_or(&domain.value).to_ascii_lowercase();
    let name: Box<str> = format!("_{}.{proven}", ids::hexadecimal("validation name", &proven, 32)).into();
    // A name and its wildcard are proven by the same record set.
    if maker.record_sets.iter().any(|other| other.name == name) {
        return None;
    }
    let target = format!("_{}.acm-validations.aws", ids::hexadecimal("validation value", &proven, 32));
    Some(RecordDraft {
        path: option.path().to_owned(),
        span: option.span(),
        zone: ZoneName::Id(zone.value.into_owned()),
        name,
        kind: RecordType::Cname,
        ttl_seconds: VALIDATION_TTL_SECONDS,
        answer: DraftAnswer::Values(vec![RecordData::Cname(target.into())]),
        place: maker.place(option.span(), format!("the validation of {}", node.logical_id)),
    })
}

/// What ACM gives its record sets.
const VALIDATION_TTL_SECONDS: u32 = 300;

/// How many names a certificate may have: the default quota is 10, and it can be raised to this
/// (<https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html>).
const NAMES_MAX: usize = 100;

/// The default, and what the local authority makes; the others are refused by name.
const KEY_ALGORITHMS: &[&str] = &["EC_prime256v1", "RSA_2048"];
