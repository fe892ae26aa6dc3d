//! Record sets find their zones, and aliases what they stand for, once everything else has been made.
//!
//! What does not fit is told in Route 53's own words, as its API answers them
//! (<https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html>, `InvalidChangeBatch`).

use frontgate_aws::ids;
use frontgate_explain::PlaceId;
use frontgate_snapshot::{HostedZone, RecordAnswer, RecordSet, RecordType, Resources, lies_in};
use frontgate_template::Span;

use super::aws_route53_hostedzone::hosted_zone;
use super::aws_route53_recordset::{DraftAnswer, RecordDraft, ZoneName};
use super::route53_alias_zones;
use crate::maker::Maker;
use crate::properties::{INERT_MARK, Problems};

/// Puts every record set into its zone.
pub fn close(maker: &mut Maker<'_>, problems: &Problems) {
    let drafts = std::mem::take(&mut maker.record_sets);
    add_zones_of_the_account(&drafts, maker, problems);
    // An alias may stand for another record set, so those with values come first.
    let (aliases, values): (Vec<RecordDraft>, Vec<RecordDraft>) =
        drafts.into_iter().partition(|draft| matches!(draft.answer, DraftAnswer::Alias { .. }));
    for draft in values.into_iter().chain(aliases) {
        add(draft, &mut maker.resources, problems);
    }
}

fn add(draft: RecordDraft, resources: &mut Resources, problems: &Problems) {
    let Some(zone) = resources.hosted_zones.iter().find(|zone| is_zone(zone, &draft.zone)) else { return };
    if let Some((told, cure)) = conflict(zone, &draft) {
        return refuse(&draft, draft.span, &told, cure, problems);
    }
    let answer = match &draft.answer {
        DraftAnswer::Values(values) => RecordAnswer::Values(values.clone()),
        DraftAnswer::Alias { zone_id, dns_name, span } => {
            match alias(&draft, zone_id, dns_name, zone, resources) {
                Ok(answer) => {
                    warn_of_foreign_name(&draft, dns_name, *span, resources, problems);
                    answer
                }
                Err((told, cure)) => return refuse(&draft, *span, &told, &cure, problems),
            }
        }
    };
    let is_alias = !matches!(answer, RecordAnswer::Values(_));
    let ttl_seconds = if is_alias { ALIAS_TTL_SECONDS } else { draft.ttl_seconds };
    let RecordDraft { name, kind, place, zone, .. } = draft;
    if let Some(zone) = resources.hosted_zones.iter_mut().find(|other| is_zone(other, &zone)) {
        zone.record_sets.push(RecordSet { name, kind, ttl_seconds, answer, place });
    }
}

fn refuse(draft: &RecordDraft, span: Span, told: &str, cure: &str, problems: &Problems) {
    problems.error(span, format!("{}: InvalidChangeBatch: [{told}]", draft.path), "InvalidChangeBatch", cure);
}

fn is_zone(zone: &HostedZone, name: &ZoneName) -> bool {
    match name {
        ZoneName::Id(id) => **id == *zone.id,
        ZoneName::Name(name) => *name == zone.name,
    }
}

/// Record sets may name a zone that exists in the account already. Here it begins to exist with them.
fn add_zones_of_the_account(drafts: &[RecordDraft], maker: &mut Maker<'_>, problems: &Problems) {
    for draft in drafts {
        if maker.resources.hosted_zones.iter().any(|zone| is_zone(zone, &draft.zone)) {
            continue;
        }
        let (id, name) = match &draft.zone {
            ZoneName::Id(id) if id.starts_with(INERT_MARK) => continue,
            ZoneName::Id(id) => (id.clone(), common_name(drafts, &draft.zone)),
            ZoneName::Name(name) => (ids::hosted_zone_id(name), name.clone()),
        };
        problems.warning(
            draft.span,
            format!("{}: the hosted zone is none of this template", draft.path),
            format!("taken as one of your account, {name}."),
            "Nothing to do. On AWS it has to exist before the stack is made.",
        );
        let zone = hosted_zone(id, name, &ids::name_servers(&format!("{:?}", draft.zone)), PlaceId::NONE);
        maker.resources.hosted_zones.push(zone);
    }
}

/// What all names of a zone have in common: the zone's own name is not known.
fn common_name(drafts: &[RecordDraft], zone: &ZoneName) -> Box<str> {
    let mut names = drafts.iter().filter(|draft| draft.zone == *zone).map(|draft| &*draft.name);
    let first = names.next().unwrap_or_default();
    let first = first.strip_prefix("*.").unwrap_or(first);
    let common = names.fold(first, |common, name| {
        let mut common = common;
        while !lies_in(name, common) {
            let Some((_, parent)) = common.split_once('.') else { break };
            common = parent;
        }
        common
    });
    common.into()
}

/// What is wrong with a record set beside those that its zone has.
fn conflict(zone: &HostedZone, draft: &RecordDraft) -> Option<(String, &'static str)> {
    let (name, kind, apex) = (&draft.name, draft.kind.as_str(), &zone.name);
    let same_name = || zone.record_sets.iter().filter(|other| other.name == *name);
    if !zone.holds(name) {
        let told = format!("RRSet with DNS name {name}. is not permitted in zone {apex}.");
        return Some((told, "Name the zone that the record set lies in, or correct its name."));
    }
    if same_name().any(|other| other.kind == draft.kind) {
        let told = format!(
            "Tried to create resource record set [name='{name}.', type='{kind}'] but it already exists"
        );
        return Some((told, "Put all values into one record set."));
    }
    if draft.kind == RecordType::Cname && name == apex {
        let told =
            format!("RRSet of type CNAME with DNS name {name}. is not permitted at apex in zone {apex}.");
        return Some((told, "Use an alias: Type A with an AliasTarget."));
    }
    if same_name().any(|other| draft.kind == RecordType::Cname || other.kind == RecordType::Cname) {
        let told = format!(
            "RRSet of type {kind} with DNS name {name}. is not permitted as it conflicts with other records with the same \
             DNS name in zone {apex}."
        );
        return Some((told, "A name with a CNAME can have nothing else."));
    }
    None
}

/// What an alias stands for, or what is wrong with it and how it is cured.
fn alias(
    draft: &RecordDraft,
    zone_id: &str,
    dns_name: &str,
    zone: &HostedZone,
    resources: &Resources,
) -> Result<RecordAnswer, (String, String)> {
    let kind = draft.kind.as_str();
    let tried = format!("Tried to create an alias that targets {dns_name}., type {kind} in zone {zone_id}");
    let outside = format!("{tried}, but the alias target name does not lie within the target zone");
    let missing = format!("{tried}, but that target was not found");
    if zone_id == &*zone.id {
        if !zone.holds(dns_name) {
            let cure = "Name the hosted zone that the target lies in; CloudFront's is always Z2FDTNDATAQYW2.";
            return Err((outside, cure.to_owned()));
        }
        let exists =
            zone.record_sets.iter().any(|other| *other.name == *dns_name && other.kind == draft.kind);
        let cure = format!("Make a record set {dns_name} of type {kind}.");
        return if exists { Ok(RecordAnswer::RecordSet(dns_name.into())) } else { Err((missing, cure)) };
    }
    let Some(target) = route53_alias_zones::of_name(dns_name) else {
        let cure = "Of AWS's services a distribution, an API and a bucket's website can be the target here.";
        return Err((missing, cure.to_owned()));
    };
    if target.id != zone_id {
        let cure = format!(
            "The hosted zone of {} is {}, whatever zone the record set is in ({}).",
            target.suffix, target.id, target.source
        );
        return Err((outside, cure));
    }
    if !matches!(draft.kind, RecordType::A | RecordType::Aaaa) {
        return Err((missing, "An alias of a service has the type A or AAAA.".to_owned()));
    }
    if answers_here(dns_name, &draft.name, resources) {
        Ok(RecordAnswer::ThisMachine)
    } else {
        let cure = "Take the name by !GetAtt from the resource that is to answer; a bucket with a website has to be called \
                    like the record set.";
        Err((missing, cure.to_owned()))
    }
}

/// Whether something of this template answers to the name of an alias's target. The endpoint of a region's websites finds
/// the bucket by the name that is asked for, so the record set has to be called like the bucket.
fn answers_here(dns_name: &str, record_name: &str, resources: &Resources) -> bool {
    let is_website = dns_name.starts_with("s3-website");
    resources.distributions.iter().any(|other| *other.domain_name == *dns_name)
        || resources.apis.iter().any(|api| api.host() == dns_name)
        || resources.domain_names.iter().any(|domain| *domain.target == *dns_name)
        || (is_website && resources.buckets.iter().any(|bucket| *bucket.name == *record_name))
}

/// CloudFront answers 403 to a name that is no alternate domain name of a distribution.
fn warn_of_foreign_name(
    draft: &RecordDraft,
    dns_name: &str,
    span: Span,
    resources: &Resources,
    problems: &Problems,
) {
    let target = resources.distributions.iter().find(|other| *other.domain_name == *dns_name);
    let Some(distribution) = target else {
        return warn_of_domain_target(draft, dns_name, span, resources, problems);
    };
    if !distribution.aliases.iter().any(|alias| takes(alias, &draft.name)) {
        problems.warning(
            span,
            format!("{}: the distribution has no alternate domain name {}", draft.path, draft.name),
            "requests to this name get 403",
            format!("Add {} to Aliases of the distribution.", draft.name),
        );
    }
}

/// API Gateway answers 403 at the target of a custom domain name to any other name; and a name that a distribution has, too,
/// has to lead to the distribution, or nobody gets there.
fn warn_of_domain_target(
    draft: &RecordDraft,
    dns_name: &str,
    span: Span,
    resources: &Resources,
    problems: &Problems,
) {
    let Some(domain) = resources.domain_names.iter().find(|domain| *domain.target == *dns_name) else {
        return;
    };
    let mut aliases = resources.distributions.iter().flat_map(|distribution| &distribution.aliases);
    if !domain.is(&draft.name) {
        problems.warning(
            span,
            format!("{}: this is the target of the custom domain name {}", draft.path, domain.name),
            "requests to this name get 403",
            format!("Make a custom domain name {}, and name its target.", draft.name),
        );
    } else if aliases.any(|alias| takes(alias, &draft.name)) {
        problems.warning(
            span,
            format!("{}: {} is an alternate domain name of a distribution, too", draft.path, draft.name),
            "leads past the distribution",
            "Let DNS lead it to the distribution, which asks the custom domain name as its origin.",
        );
    }
}

/// Whether an alternate domain name takes a name; its `*.` stands for any first labels.
fn takes(alias: &str, name: &str) -> bool {
    let rest = alias.strip_prefix("*.");
    alias == name || rest.is_some_and(|rest| name != rest && lies_in(name, rest))
}

/// What Route 53 tells resolvers about an alias of CloudFront or API Gateway.
const ALIAS_TTL_SECONDS: u32 = 60;
