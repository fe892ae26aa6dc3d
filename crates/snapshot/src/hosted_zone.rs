//! A hosted zone of Route 53: the names of a domain and what they stand for, every alias resolved.
//!
//! <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-working-with.html>. Names are in lower case and
//! without a dot at their end; the first label of a record set's name may be `*`.

use std::net::{Ipv4Addr, Ipv6Addr};

use frontgate_explain::PlaceId;

/// A public hosted zone.
#[derive(Clone, Debug)]
pub struct HostedZone {
    /// Its id, such as `Z1PA6795UKMFR9`.
    pub id: Box<str>,
    /// Its name, such as `example.com`.
    pub name: Box<str>,
    /// Its record sets, among them NS and SOA of the zone itself.
    pub record_sets: Vec<RecordSet>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// All records of one name and type.
#[derive(Clone, Debug)]
pub struct RecordSet {
    /// The name.
    pub name: Box<str>,
    /// The type.
    pub kind: RecordType,
    /// How long resolvers may keep it.
    pub ttl_seconds: u32,
    /// What the name stands for.
    pub answer: RecordAnswer,
    /// The place of the resource.
    pub place: PlaceId,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordAnswer {
    /// An alias of another record set of its zone, by name; the type is the same.
    RecordSet(Box<str>),
    /// An alias of something that answers on this machine: a distribution, an API, a bucket's website.
    ThisMachine,
    /// These values.
    Values(Vec<RecordData>),
}

/// The types of record sets that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordType {
    /// `A`
    A,
    /// `AAAA`
    Aaaa,
    /// `CAA`
    Caa,
    /// `CNAME`
    Cname,
    /// `MX`
    Mx,
    /// `NS`
    Ns,
    /// `SOA`
    Soa,
    /// `SRV`
    Srv,
    /// `TXT`
    Txt,
}

/// One value of a record set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordData {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// Who may issue certificates.
    Caa {
        /// 0, or 128 for a tag that must be understood.
        flags: u8,
        /// `issue`, `issuewild`, `iodef`, …
        tag: Box<str>,
        /// The value of the tag.
        value: Box<str>,
    },
    /// The name that it is an alias of.
    Cname(Box<str>),
    /// A mail server.
    Mx {
        /// The lower the better.
        preference: u16,
        /// Its name.
        host: Box<str>,
    },
    /// A name server.
    Ns(Box<str>),
    /// The start of a zone.
    Soa {
        /// The primary name server.
        primary: Box<str>,
        /// The mailbox of who is responsible, as a name.
        mailbox: Box<str>,
        /// Serial number, refresh, retry and expiry in seconds, and the seconds that a missing name may be remembered.
        numbers: [u32; 5],
    },
    /// A server of a service.
    Srv {
        /// The lower the better.
        priority: u16,
        /// Among servers of the same priority.
        weight: u16,
        /// Its port.
        port: u16,
        /// Its name.
        host: Box<str>,
    },
    /// Strings of at most 255 bytes.
    Txt(Vec<Box<[u8]>>),
}

impl RecordType {
    /// Every type, by AWS's name for it.
    pub const ALL: &[(&str, Self)] = &[
        ("A", Self::A),
        ("AAAA", Self::Aaaa),
        ("CAA", Self::Caa),
        ("CNAME", Self::Cname),
        ("MX", Self::Mx),
        ("NS", Self::Ns),
        ("SOA", Self::Soa),
        ("SRV", Self::Srv),
        ("TXT", Self::Txt),
    ];

    /// AWS's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

impl HostedZone {
    /// Whether a name (lower case, without the last dot) lies in the zone.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        lies_in(name, &self.name)
    }
}

/// Whether `name` is `domain` or lies below it.
#[must_use]
pub fn lies_in(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
