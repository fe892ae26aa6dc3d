//! What does a name stand for? The steps of RFC 1034 §4.3.2 over the hosted zones of a snapshot.
//!
//! The names of AWS's own shape (`d….cloudfront.net`, `….execute-api.….amazonaws.com`, buckets) that answer here stand for
//! this machine, and an alias record stands for what its target stands for.

use std::net::{Ipv4Addr, Ipv6Addr};

use frontgate_snapshot::{HostedZone, RecordAnswer, RecordData, RecordSet, RecordType, Snapshot, lies_in};

/// The addresses of this machine that viewers can reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Here {
    /// What `A` records of this machine say.
    pub ipv4: Option<Ipv4Addr>,
    /// What `AAAA` records of this machine say.
    pub ipv6: Option<Ipv6Addr>,
}

/// The type that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Whatever there is.
    Any,
    /// A type that no record set here has.
    Other,
    /// This one.
    Type(RecordType),
}

/// How a lookup ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The zone hands the name on to other name servers, which `authority` names.
    Delegated,
    /// There are records.
    Found,
    /// The name has no records of that type.
    NoData,
    /// There is no such name.
    NoName,
    /// No zone here holds the name, and nothing here answers to it.
    NotServed,
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) name: Box<str>,
    pub(crate) ttl_seconds: u32,
    pub(crate) data: RecordData,
}

/// An answer; its authority section says who is responsible where there is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) records: Vec<Record>,
    pub(crate) authority: Vec<Record>,
}

/// Looks a name up (lower case, without its last dot).
pub(crate) fn look_up(snapshot: &Snapshot, here: Here, name: &str, asked: Asked) -> Answer {
    let mut records = Vec::new();
    let mut name: Box<str> = name.into();
    for _ in 0..CHAIN_LENGTH_MAX {
        let (mut answer, next) = step(snapshot, here, &name, asked);
        records.append(&mut answer.records);
        let Some(target) = next else {
            // The end of a chain that leads out of here is for the resolver to find.
            let outcome = match answer.outcome {
                Outcome::NotServed if !records.is_empty() => Outcome::Found,
                outcome => outcome,
            };
            return Answer { outcome, records, authority: answer.authority };
        };
        name = target;
    }
    Answer { outcome: Outcome::Found, records, authority: Vec::new() }
}

/// Looks one name up; where it is a `CNAME`, the name that it stands for comes with it.
fn step(snapshot: &Snapshot, here: Here, name: &str, asked: Asked) -> (Answer, Option<Box<str>>) {
    let zones = snapshot.hosted_zones.iter().filter(|zone| zone.holds(name));
    let Some(zone) = zones.max_by_key(|zone| zone.name.len()) else {
        return (aws_name(snapshot, here, name, asked), None);
    };
    if let Some(answer) = delegation(zone, name, asked) {
        return (answer, None);
    }
    let owner = owner(zone, name);
    let sets: Vec<&RecordSet> = owner.iter().flat_map(|owner| sets(zone, owner)).collect();
    let cname = sets.iter().find(|set| set.kind == RecordType::Cname);
    if let Some(set) = cname
        && !matches!(asked, Asked::Any | Asked::Type(RecordType::Cname))
    {
        let records = records(zone, set, name, here);
        let target = records.first().and_then(|record| match &record.data {
            RecordData::Cname(target) => Some(target.clone()),
            _ => None,
        });
        return (Answer { outcome: Outcome::Found, records, authority: Vec::new() }, target);
    }
    let wanted = |set: &&&RecordSet| asked == Asked::Any || asked == Asked::Type(set.kind);
    let records: Vec<Record> =
        sets.iter().filter(wanted).flat_map(|set| self::records(zone, set, name, here)).collect();
    let outcome = match (owner, records.is_empty()) {
        (None, _) => Outcome::NoName,
        (Some(_), true) => Outcome::NoData,
        (Some(_), false) => Outcome::Found,
    };
    let authority = if records.is_empty() { start_of(zone) } else { Vec::new() };
    (Answer { outcome, records, authority }, None)
}

/// A name of AWS's own shape: it stands for this machine where something here answers to it.
fn aws_name(snapshot: &Snapshot, here: Here, name: &str, asked: Asked) -> Answer {
    let is_ours =
        AWS_DOMAINS.iter().any(|domain| lies_in(name, domain)) && snapshot.hosts.find(name).is_some();
    let records = if is_ours { this_machine(here, name, asked, AWS_NAME_TTL_SECONDS) } else { Vec::new() };
    let outcome = match (is_ours, records.is_empty()) {
        (false, _) => Outcome::NotServed,
        (true, true) => Outcome::NoData,
        (true, false) => Outcome::Found,
    };
    Answer { outcome, records, authority: Vec::new() }
}

fn this_machine(here: Here, name: &str, asked: Asked, ttl_seconds: u32) -> Vec<Record> {
    let wants = |kind| asked == Asked::Any || asked == Asked::Type(kind);
    let ipv4 = here.ipv4.filter(|_| wants(RecordType::A)).map(RecordData::A);
    let ipv6 = here.ipv6.filter(|_| wants(RecordType::Aaaa)).map(RecordData::Aaaa);
    ipv4.into_iter().chain(ipv6).map(|data| Record { name: name.into(), ttl_seconds, data }).collect()
}

/// Name servers below the zone's own name take over what lies below them.
fn delegation(zone: &HostedZone, name: &str, asked: Asked) -> Option<Answer> {
    let cut = ancestors(name)
        .take_while(|ancestor| *ancestor != &*zone.name && zone.holds(ancestor))
        .find_map(|ancestor| sets(zone, ancestor).find(|set| set.kind == RecordType::Ns))?;
    if *cut.name == *name && asked == Asked::Type(RecordType::Ns) {
        return None;
    }
    let RecordAnswer::Values(values) = &cut.answer else { return None };
    let authority = values.iter().map(|data| record(&cut.name, cut.ttl_seconds, data)).collect();
    Some(Answer { outcome: Outcome::Delegated, records: Vec::new(), authority })
}

/// The name whose record sets answer for `name`: itself, or the wildcard that covers it (RFC 4592).
fn owner(zone: &HostedZone, name: &str) -> Option<Box<str>> {
    // A name above another one exists, too, with nothing to it.
    let exists = |name: &str| zone.record_sets.iter().any(|set| lies_in(&set.name, name));
    if exists(name) {
        return Some(name.into());
    }
    let encloser = ancestors(name).skip(1).find(|ancestor| exists(ancestor))?;
    let wildcard = format!("*.{encloser}");
    let is_there = zone.record_sets.iter().any(|set| *set.name == *wildcard);
    is_there.then(|| wildcard.into())
}

fn sets<'a>(zone: &'a HostedZone, name: &'a str) -> impl Iterator<Item = &'a RecordSet> {
    zone.record_sets.iter().filter(move |set| *set.name == *name)
}

/// The records of a set under the name that was asked for.
fn records(zone: &HostedZone, set: &RecordSet, name: &str, here: Here) -> Vec<Record> {
    match &set.answer {
        RecordAnswer::Values(values) => {
            values.iter().map(|data| record(name, set.ttl_seconds, data)).collect()
        }
        RecordAnswer::ThisMachine => this_machine(here, name, Asked::Type(set.kind), set.ttl_seconds),
        RecordAnswer::RecordSet(target) => {
            let target = sets(zone, target).find(|other| other.kind == set.kind);
            match target.map(|target| (target, &target.answer)) {
                Some((target, RecordAnswer::Values(values))) => {
                    values.iter().map(|data| record(name, target.ttl_seconds, data)).collect()
                }
                Some((target, RecordAnswer::ThisMachine)) => {
                    this_machine(here, name, Asked::Type(set.kind), target.ttl_seconds)
                }
                // An alias of an alias of a record set: Route 53 has no longer chains either.
                Some((_, RecordAnswer::RecordSet(_))) | None => Vec::new(),
            }
        }
    }
}

fn record(name: &str, ttl_seconds: u32, data: &RecordData) -> Record {
    Record { name: name.into(), ttl_seconds, data: data.clone() }
}

fn start_of(zone: &HostedZone) -> Vec<Record> {
    let set = sets(zone, &zone.name).find(|set| set.kind == RecordType::Soa);
    set.map(|set| records(zone, set, &zone.name, Here::default())).unwrap_or_default()
}

/// The name itself, then each name above it.
fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, parent)| parent))
}

/// How many `CNAME`s are followed.
const CHAIN_LENGTH_MAX: usize = 8;

/// The domains of AWS's own names.
const AWS_DOMAINS: &[&str] = &["amazonaws.com", "cloudfront.net", "on.aws"];

/// What CloudFront's and S3's name servers say.
const AWS_NAME_TTL_SECONDS: u32 = 60;
