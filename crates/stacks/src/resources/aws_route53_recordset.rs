//! `AWS::Route53::RecordSet` and `AWS::Route53::RecordSetGroup`: drafts, which are put into their zones at the end.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-recordset.html>.

use frontgate_explain::PlaceId;
use frontgate_snapshot::{RecordData, RecordType};
use frontgate_template::{ResourceNode, Span};

use super::route53_value;
use crate::maker::{Made, Maker};
use crate::properties::{Object, Text};

/// A record set before its zone and its alias are looked up.
#[derive(Debug)]
pub struct RecordDraft {
    /// What it is called in messages.
    pub path: String,
    /// Where it stands.
    pub span: Span,
    /// The zone.
    pub zone: ZoneName,
    /// The name.
    pub name: Box<str>,
    /// The type.
    pub kind: RecordType,
    /// The time to live; 0 for an alias, which has that of its target.
    pub ttl_seconds: u32,
    /// What the name stands for.
    pub answer: DraftAnswer,
    /// The place of the resource.
    pub place: PlaceId,
}

/// How a record set names its zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneName {
    /// `HostedZoneId`
    Id(String),
    /// `HostedZoneName`, without its last dot
    Name(Box<str>),
}

/// What a name stands for, before aliases are looked up.
#[derive(Debug)]
pub enum DraftAnswer {
    /// `AliasTarget`
    Alias {
        /// Its `HostedZoneId`.
        zone_id: String,
        /// Its `DNSName`, without its last dot.
        dns_name: Box<str>,
        /// Where the alias stands.
        span: Span,
    },
    /// `ResourceRecords`
    Values(Vec<RecordData>),
}

/// Makes a record set.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.text("Name").map_or_else(String::new, |name| name.value.into_owned());
    properties.accept(&["Comment"]);
    let zone = zone(properties);
    let place = place(node, properties, maker);
    let draft = draft(properties, zone, place);
    maker.record_sets.extend(draft);
    Made::new(name.trim_end_matches('.'))
}

/// Makes a group of record sets; each may name its zone, else that of the group holds.
pub fn make_group(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    properties.accept(&["Comment"]);
    let shared = names_zone(properties).then(|| zone(properties)).flatten();
    for object in properties.objects("RecordSets") {
        object.accept(&["Comment"]);
        let zone = if names_zone(&object) || shared.is_none() { zone(&object) } else { shared.clone() };
        let place = place(node, &object, maker);
        let draft = draft(&object, zone, place);
        maker.record_sets.extend(draft);
        object.finish();
    }
    Made::new(maker.generated_name(node))
}

fn place(node: &ResourceNode, object: &Object<'_>, maker: &mut Maker<'_>) -> PlaceId {
    maker.place(object.span_of("Name"), format!("the record set {}", node.logical_id))
}

fn names_zone(object: &Object<'_>) -> bool {
    object.text("HostedZoneId").is_some() || object.text("HostedZoneName").is_some()
}

fn zone(object: &Object<'_>) -> Option<ZoneName> {
    match (object.text("HostedZoneId"), object.text("HostedZoneName")) {
        (Some(id), None) => Some(ZoneName::Id(id.value.rsplit('/').next().unwrap_or_default().to_owned())),
        (None, Some(name)) => zone_name(object, &name),
        (given, _) => {
            let (words, label) = match given {
                Some(_) => ("HostedZoneId and HostedZoneName cannot both be specified", "one too many"),
                None => ("either HostedZoneId or HostedZoneName must be specified", "no zone is named"),
            };
            let message = format!("{}: {words}", object.path());
            object.problems().error(object.span(), message, label, "Name the zone once.");
            None
        }
    }
}

fn zone_name(object: &Object<'_>, text: &Text<'_>) -> Option<ZoneName> {
    let path = object.path();
    let refuse = |message: String, label: &str, cure: String| {
        object.problems().error(text.span, message, label, cure);
        None
    };
    if !text.value.ends_with('.') {
        let message = format!("{path}.HostedZoneName: No hosted zones named {} found", text.value);
        return refuse(message, "a dot is missing at its end", format!("Write {}. with a dot.", text.value));
    }
    match route53_value::name(&text.value) {
        Ok(name) => Some(ZoneName::Name(name)),
        Err(told) => refuse(
            format!("{path}.HostedZoneName: InvalidDomainName: {told}"),
            "InvalidDomainName",
            "Write the name of the zone, such as example.com. with a dot at its end.".to_owned(),
        ),
    }
}

fn draft(object: &Object<'_>, zone: Option<ZoneName>, place: PlaceId) -> Option<RecordDraft> {
    object.unsupported(ROUTING);
    let name = object.required_text("Name");
    let kind = kind(object);
    let ttl = object.number("TTL", 0..=TTL_SECONDS_MAX);
    let values = object.texts("ResourceRecords");
    let alias = object.object("AliasTarget");
    let name = checked_name(object, &name?, "Name")?;
    let (kind, zone) = (kind?, zone?);
    let answer = match (alias, ttl, values.is_empty()) {
        (Some(alias), None, true) => alias_target(&alias)?,
        (None, Some(_), false) => DraftAnswer::Values(record_data(object, kind, &values)?),
        (alias, _, _) => {
            let found = if alias.is_some() { "more than one" } else { "none" };
            let message = format!(
                "{}: InvalidInput: Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], \
                 or TrafficPolicyInstanceId], but found {found} in Change with [Action=CREATE, Name={name}., Type={}, \
                 SetIdentifier=null]",
                object.path(),
                kind.as_str()
            );
            let cure = "Give AliasTarget alone, or TTL and ResourceRecords.";
            object.problems().error(object.span(), message, "InvalidInput", cure);
            return None;
        }
    };
    let ttl_seconds = ttl.and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or(0);
    let (path, span) = (object.path().to_owned(), object.span_of("Name"));
    Some(RecordDraft { path, span, zone, name, kind, ttl_seconds, answer, place })
}

fn kind(object: &Object<'_>) -> Option<RecordType> {
    let text = object.required_text("Type")?;
    if OTHER_TYPES.contains(&&*text.value) {
        object.unsupported_value("Type", &text);
        return None;
    }
    object.choice("Type", RecordType::ALL)
}

fn checked_name(object: &Object<'_>, text: &Text<'_>, property: &str) -> Option<Box<str>> {
    let name = route53_value::name(&text.value);
    if let Err(told) = &name {
        let message = format!("{}.{property}: InvalidChangeBatch: [{told}]", object.path());
        object.problems().error(text.span, message, "InvalidChangeBatch", "Write a domain name.");
    }
    name.ok()
}

fn record_data(object: &Object<'_>, kind: RecordType, values: &[Text<'_>]) -> Option<Vec<RecordData>> {
    let mut data = Vec::new();
    for text in values {
        match route53_value::value(kind, &text.value) {
            Ok(value) => data.push(value),
            Err(told) => {
                let message = format!(
                    "{}.ResourceRecords: InvalidChangeBatch: [Invalid Resource Record: '{told}']",
                    object.path()
                );
                object.problems().error(text.span, message, "InvalidChangeBatch", cure(kind));
            }
        }
    }
    (data.len() == values.len()).then_some(data)
}

fn alias_target(alias: &Object<'_>) -> Option<DraftAnswer> {
    let zone_id = alias.required_text("HostedZoneId");
    let dns_name = alias.required_text("DNSName");
    // Nothing is ever ill here, so there is no health to evaluate.
    alias.flag("EvaluateTargetHealth");
    alias.finish();
    let dns_name = checked_name(alias, &dns_name?, "DNSName")?;
    Some(DraftAnswer::Alias { zone_id: zone_id?.value.into_owned(), dns_name, span: alias.span() })
}

fn cure(kind: RecordType) -> &'static str {
    match kind {
        RecordType::A => {
            "Write an IPv4 address, such as 192.0.2.1; a name needs Type CNAME or an AliasTarget."
        }
        RecordType::Aaaa => "Write an IPv6 address, such as 2001:db8::1.",
        RecordType::Caa => "Write flags, tag and value, such as 0 issue \"amazon.com\".",
        RecordType::Cname | RecordType::Ns => "Write a domain name.",
        RecordType::Mx => "Write preference and host, such as 10 mail.example.com.",
        RecordType::Soa => "Write primary name server, mailbox and five numbers.",
        RecordType::Srv => "Write priority, weight, port and host, such as 1 10 5060 sip.example.com.",
        RecordType::Txt => "Write the text in quotation marks of its own: '\"text\"'.",
    }
}

/// What chooses among several record sets of one name and type.
const ROUTING: &[&str] = &[
    "CidrRoutingConfig",
    "Failover",
    "GeoLocation",
    "GeoProximityLocation",
    "HealthCheckId",
    "MultiValueAnswer",
    "Region",
    "SetIdentifier",
    "Weight",
];

/// Types of Route 53 that are not served yet.
const OTHER_TYPES: &[&str] = &["DS", "HTTPS", "NAPTR", "PTR", "SPF", "SSHFP", "SVCB", "TLSA"];

/// The API's maximum.
const TTL_SECONDS_MAX: u64 = 2_147_483_647;
