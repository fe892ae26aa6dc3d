//! `AWS::Route53::HostedZone`: a public zone with the NS and SOA records that Route 53 gives it.

use frontgate_aws::ids;
use frontgate_explain::PlaceId;
use frontgate_snapshot::{HostedZone, RecordAnswer, RecordData, RecordSet, RecordType};
use frontgate_template::ResourceNode;

use super::route53_value;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a hosted zone.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let seed = maker.seed(&node.logical_id);
    let id = ids::hosted_zone_id(&seed);
    let servers = ids::name_servers(&seed);
    let made = Made::new(&id).with("Id", &id).with_list("NameServers", &servers);
    if let Some(config) = properties.object("HostedZoneConfig") {
        config.accept(&["Comment"]);
        config.finish();
    }
    properties.accept(&["HostedZoneTags"]);
    properties.unsupported(&["HostedZoneFeatures", "QueryLoggingConfig", "VPCs"]);
    let Some(text) = properties.required_text("Name") else { return made };
    let name = match route53_value::name(&text.value) {
        Ok(name) => name,
        Err(told) => {
            let message = format!("{}.Name: InvalidDomainName: {told}", properties.path());
            properties.problems().error(text.span, message, "InvalidDomainName", "Write example.com.");
            return made;
        }
    };
    let place = maker.place(node.logical_id_span, format!("the hosted zone {} ({name})", node.logical_id));
    maker.resources.hosted_zones.push(hosted_zone(id, name, &servers, place));
    made
}

/// A zone with the records that every one has
/// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html>).
pub fn hosted_zone(id: String, name: Box<str>, servers: &[String; 4], place: PlaceId) -> HostedZone {
    let set = |kind, ttl_seconds, values| RecordSet {
        name: name.clone(),
        kind,
        ttl_seconds,
        answer: RecordAnswer::Values(values),
        place,
    };
    let name_servers = servers.iter().map(|server| RecordData::Ns(server.as_str().into())).collect();
    let start = RecordData::Soa {
        primary: servers[0].as_str().into(),
        mailbox: "awsdns-hostmaster.amazon.com".into(),
        numbers: SOA_NUMBERS,
    };
    let record_sets = vec![
        set(RecordType::Ns, NS_TTL_SECONDS, name_servers),
        set(RecordType::Soa, SOA_TTL_SECONDS, vec![start]),
    ];
    HostedZone { id: id.into(), name, record_sets, place }
}

/// Serial number, refresh, retry, expiry and the time that a missing name may be remembered.
const SOA_NUMBERS: [u32; 5] = [1, 7200, 900, 1_209_600, 86_400];
const SOA_TTL_SECONDS: u32 = 900;
const NS_TTL_SECONDS: u32 = 172_800;
