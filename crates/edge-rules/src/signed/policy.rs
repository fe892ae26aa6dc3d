//! What was signed, and does it allow this request?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html>
//! and <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html>.

use std::net::{IpAddr, Ipv4Addr};

use frontgate_message::RequestHead;
use serde_json::{Map, Value};

use super::credentials::{Credentials, is_signing_parameter, url_safe_base64_decode};
use super::resource::resource_matches;
use crate::query::{parameter_name, parameters};

/// What a signature vouches for.
#[derive(Debug)]
pub(super) struct Claim {
    /// Unix seconds from which on it is void.
    pub(super) expires: u64,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// The texts that a canned policy may be for this URL; the signature of one of them vouches for the URL, too.
    Canned(Vec<String>),
    Custom {
        text: Vec<u8>,
        resource: Option<String>,
        starts: Option<u64>,
        network: Option<Network>,
    },
}

/// Why a genuine signature does not allow a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breach {
    /// So many seconds ago.
    Expired(u64),
    /// For so many seconds more.
    NotYetValid(u64),
    /// The viewer's address is not that of the policy.
    OtherAddress,
    /// The URL is not that of the policy.
    OtherResource,
}

impl Claim {
    /// The custom policy that was sent, else the canned policy of this URL; `None` where there is neither, or it is no
    /// policy.
    pub(super) fn read(credentials: &Credentials<'_>, head: &RequestHead) -> Option<Self> {
        if let Some(encoded) = &credentials.policy {
            return custom(url_safe_base64_decode(encoded)?);
        }
        let expires = epoch_seconds(credentials.expires.as_deref()?)?;
        let texts = authorities(head).map(|authority| canned_policy(&base_url(head, authority), expires));
        Some(Self { expires, kind: Kind::Canned(texts.collect()) })
    }

    /// The texts of which one must have been signed.
    pub(super) fn signed_texts(&self) -> Vec<&[u8]> {
        match &self.kind {
            Kind::Canned(texts) => texts.iter().map(String::as_bytes).collect(),
            Kind::Custom { text, .. } => vec![text],
        }
    }

    /// Whether the policy is a canned one.
    pub(super) fn is_canned(&self) -> bool {
        matches!(self.kind, Kind::Canned(_))
    }

    /// Whether the request is within the policy at `now`.
    pub(super) fn allows(&self, head: &RequestHead, now: u64) -> Result<(), Breach> {
        if let Kind::Custom { resource, starts, network, .. } = &self.kind {
            let fits = |pattern: &String| {
                authorities(head).any(|authority| resource_matches(pattern, &base_url(head, authority)))
            };
            if !resource.as_ref().is_none_or(fits) {
                return Err(Breach::OtherResource);
            }
            if !network.is_none_or(|network| network.contains(head.connection.peer.ip())) {
                return Err(Breach::OtherAddress);
            }
            // "Users are not allowed to access the file on or before the specified date and time."
            if let Some(starts) = starts.filter(|starts| now <= *starts) {
                return Err(Breach::NotYetValid(starts - now + 1));
            }
        }
        if now >= self.expires { Err(Breach::Expired(now - self.expires)) } else { Ok(()) }
    }
}

/// The authorities under which a viewer may have been given the URL: CloudFront's, and where ours is reached under
/// another one (`….localhost`, a port) that one, too.
pub(super) fn authorities(head: &RequestHead) -> impl Iterator<Item = &str> {
    let name = head.host.strip_suffix(".localhost").unwrap_or(&head.host);
    let typed = head.headers.first_text("Host").filter(|typed| !typed.eq_ignore_ascii_case(name));
    std::iter::once(name).chain(typed)
}

/// The URL that was asked for, without what signs it.
pub(super) fn base_url(head: &RequestHead, authority: &str) -> String {
    let mut url = format!("{}://{authority}{}", head.scheme().as_str(), head.target.path());
    let mut separator = '?';
    for parameter in parameters(head.target.query()).filter(|p| !is_signing_parameter(parameter_name(p))) {
        url.push(separator);
        url.push_str(parameter);
        separator = '&';
    }
    url
}

/// The canned policy, byte for byte.
pub(super) fn canned_policy(url: &str, expires: u64) -> String {
    format!(
        "{{\"Statement\":[{{\"Resource\":\"{url}\",\"Condition\":{{\"DateLessThan\":{{\"AWS:EpochTime\":{expires}}}}}}}]}}"
    )
}

fn epoch_seconds(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|seconds| is_plain && *seconds <= EPOCH_SECONDS_MAX)
}

fn custom(text: Vec<u8>) -> Option<Claim> {
    let policy: Value = serde_json::from_slice(&text).ok()?;
    let statement = match policy.get("Statement")? {
        Value::Array(list) => match list.as_slice() {
            [only] => only,
            _ => return None,
        },
        other => other,
    }
    .as_object()?;
    let resource = match statement.get("Resource") {
        None => None,
        Some(value) => Some(value.as_str()?.to_owned()),
    };
    let conditions = statement.get("Condition")?.as_object()?;
    // A condition that is not understood would be one that is not kept.
    if !conditions.keys().all(|name| CONDITIONS.contains(&name.as_str())) {
        return None;
    }
    let expires = epoch_time(conditions, "DateLessThan")??;
    let starts = epoch_time(conditions, "DateGreaterThan")?;
    let network = match conditions.get("IpAddress") {
        None => None,
        Some(condition) => Some(Network::parse(only_value(condition, "AWS:SourceIp")?.as_str()?)?),
    };
    Some(Claim { expires, kind: Kind::Custom { text, resource, starts, network } })
}

/// The time of a condition; `None` where it is malformed, `Some(None)` where it is not there.
fn epoch_time(conditions: &Map<String, Value>, name: &str) -> Option<Option<u64>> {
    let Some(condition) = conditions.get(name) else { return Some(None) };
    let seconds = only_value(condition, "AWS:EpochTime")?.as_u64()?;
    (seconds <= EPOCH_SECONDS_MAX).then_some(Some(seconds))
}

fn only_value<'a>(condition: &'a Value, name: &str) -> Option<&'a Value> {
    condition.as_object().filter(|object| object.len() == 1)?.get(name)
}

/// An IPv4 address or CIDR block; "IP addresses in IPv6 format are not supported".
#[derive(Clone, Copy, Debug)]
struct Network {
    address: u32,
    mask: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, length.parse::<u32>().ok().filter(|length| *length <= 32)?),
            None => (text, 32),
        };
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        Some(Self { address: address.parse::<Ipv4Addr>().ok()?.to_bits() & mask, mask })
    }

    fn contains(self, viewer: IpAddr) -> bool {
        match viewer.to_canonical() {
            IpAddr::V4(viewer) => viewer.to_bits() & self.mask == self.address,
            IpAddr::V6(_) => false,
        }
    }
}

const CONDITIONS: &[&str] = &["DateGreaterThan", "DateLessThan", "IpAddress"];

/// "Specify a 64-bit integer for a date that's no later than 9223372036854775807."
const EPOCH_SECONDS_MAX: u64 = i64::MAX as u64;
