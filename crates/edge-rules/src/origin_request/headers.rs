//! The walk over the headers of an origin request: every header of the viewer and of CloudFront, in the order sent.

use std::borrow::Cow;
use std::net::IpAddr;

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_message::Method;

use super::{Action, OriginRequestInput, Signing, signing};
use crate::accept_encoding::{AcceptedEncodings, accepted_encodings};
use crate::cloudfront_headers::{is_cloudfront_header, write_cloudfront_header};
use crate::config::{Behavior, ForwardedHeaders, KeySettings, Selection};
use crate::cookies::for_each_sorted;
use crate::pitfalls::is_application_header;
use crate::selection::{Fate, header_fate};
use crate::tables::origin_headers::{Rule, origin_header};
use crate::web_socket::{is_handshake, is_necessary};

/// What became of one header.
pub(super) struct Ruling<'a> {
    pub(super) name: &'a str,
    pub(super) value: Option<Cow<'a, [u8]>>,
    pub(super) action: Action,
    pub(super) because: &'static str,
    pub(super) place: PlaceId,
}

type Take<'t, 'a> = &'t mut dyn FnMut(Ruling<'a>);

/// Hands every header of the viewer and of CloudFront to `take`.
pub(super) fn for_each<'a>(input: &OriginRequestInput<'a>, take: Take<'_, 'a>) {
    let custom = &input.origin.custom_headers;
    let is_custom = |name: &str| custom.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    let mut unless_custom = |ruling: Ruling<'a>| {
        if !is_custom(ruling.name) {
            take(ruling);
        }
    };
    host(input, &mut unless_custom);
    user_agent(input, &mut unless_custom);
    unless_custom(added("X-Amz-Cf-Id", input.request_id.as_bytes(), "CloudFront adds the id of the request"));
    connection(input, &mut unless_custom);
    via(input, &mut unless_custom);
    forwarded_for(input, &mut unless_custom);
    accept_encoding(input, &mut unless_custom);
    cookie(input, &mut unless_custom);
    for (name, value) in &input.head.headers {
        viewer_header(input, name, value, &mut unless_custom);
    }
    cloudfront_headers(input, &mut unless_custom);
    validators(input, &mut unless_custom);
    for (name, value) in custom {
        let replaces = input.head.headers.contains(name);
        take(Ruling {
            name,
            value: Some(value.as_bytes().into()),
            action: if replaces { Action::Replaced } else { Action::Added },
            because: "an origin custom header",
            place: input.origin.place,
        });
    }
}

/// What is counted and remembered of the walk for the facts.
#[derive(Default)]
pub(super) struct Notes {
    kept: u32,
    dropped: u32,
    host: Option<(Action, PlaceId)>,
    authorization: Option<(Action, PlaceId)>,
    accept_dropped: bool,
    own_dropped: u32,
    user_agent_replaced: bool,
    web_socket_field_dropped: bool,
}

impl Notes {
    /// Looks at one ruling.
    pub(super) fn see(&mut self, ruling: &Ruling<'_>) {
        match ruling.action {
            Action::Kept => self.kept += 1,
            Action::Dropped => {
                self.dropped += 1;
                self.own_dropped += u32::from(is_application_header(ruling.name));
                self.accept_dropped |= ruling.name.eq_ignore_ascii_case("Accept");
                self.web_socket_field_dropped |= is_necessary(ruling.name);
            }
            Action::Replaced => self.user_agent_replaced |= ruling.name == "User-Agent",
            Action::Added => {}
        }
        if ruling.name.eq_ignore_ascii_case("Host") {
            self.host = Some((ruling.action, ruling.place));
        } else if ruling.name.eq_ignore_ascii_case("Authorization") {
            self.authorization = Some((ruling.action, ruling.place));
        }
    }

    /// Notes the facts.
    pub(super) fn write(&self, input: &OriginRequestInput<'_>, trace: &mut Trace) {
        if let Some((action, place)) = self.host {
            let kind = if action == Action::Kept { FactKind::HostForwarded } else { FactKind::HostReplaced };
            trace.note(Fact::of(kind).at(place));
        }
        match self.authorization {
            Some((Action::Kept, place)) => trace.note(Fact::of(FactKind::AuthorizationForwarded).at(place)),
            Some((Action::Dropped, place)) => trace.note(Fact::of(FactKind::AuthorizationDropped).at(place)),
            _ => {}
        }
        if self.kept > 0 {
            trace.note(Fact::of(FactKind::HeadersForwarded).value(self.kept));
        }
        let place = default_place(input.behavior);
        if self.dropped > 0 {
            trace.note(Fact::of(FactKind::HeadersDropped).value(self.dropped).at(place));
        }
        if self.own_dropped > 0 {
            trace.note(Fact::of(FactKind::CustomHeaderDropped).value(self.own_dropped).at(place));
        }
        if self.web_socket_field_dropped && is_handshake(input.head) {
            trace.note(Fact::of(FactKind::WebSocketFieldDropped).at(place));
        }
        if self.accept_dropped && input.head.headers.first("Accept") != Some(b"*/*") {
            trace.note(Fact::of(FactKind::AcceptDropped).at(place));
        }
        if self.user_agent_replaced {
            trace.note(Fact::of(FactKind::UserAgentReplaced).at(place));
        }
    }
}

/// The setting that would have to forward what it does not: the origin request policy where there is one.
pub(super) fn default_place(behavior: &Behavior) -> PlaceId {
    if behavior.origin_request_policy.is_some() {
        behavior.origin_request_policy_place
    } else {
        behavior.key.place()
    }
}

fn host<'a>(input: &OriginRequestInput<'a>, take: Take<'_, 'a>) {
    if let Some(host) = &input.origin.host_header {
        return take(Ruling {
            name: "Host",
            value: Some(host.as_bytes().into()),
            action: Action::Replaced,
            because: "the function of the viewer request asked for it",
            place: input.origin.place,
        });
    }
    let fate = header_fate(input.behavior, "Host");
    let viewers = input.head.headers.first("Host").unwrap_or(input.head.host.as_bytes());
    if fate == Fate::Dropped || viewers.is_empty() {
        take(Ruling {
            name: "Host",
            value: Some(input.origin.domain_name.as_bytes().into()),
            action: Action::Replaced,
            because: "Host is the domain name of the origin unless a setting forwards the viewer's",
            place: input.origin.place,
        });
    } else {
        take(kept(input.behavior, "Host", viewers.into(), fate));
    }
}

fn user_agent<'a>(input: &OriginRequestInput<'a>, take: Take<'_, 'a>) {
    let fate = header_fate(input.behavior, "User-Agent");
    match input.head.headers.first("User-Agent") {
        Some(value) if fate != Fate::Dropped => take(kept(input.behavior, "User-Agent", value.into(), fate)),
        // "All viewer headers" of a viewer that sends none is none.
        None if fate == Fate::ForwardedOnly => {}
        viewers => take(Ruling {
            name: "User-Agent",
            value: Some(b"Amazon CloudFront".into()),
            action: if viewers.is_some() { Action::Replaced } else { Action::Added },
            because: "CloudFront puts its own unless a setting forwards the viewer's",
            place: default_place(input.behavior),
        }),
    }
}

fn connection<'a>(input: &OriginRequestInput<'a>, take: Take<'_, 'a>) {
    let viewers = input.head.headers.contains("Connection");
    let (value, because): (&[u8], _) = if is_handshake(input.head) {
        (b"Upgrade", "a WebSocket handshake")
    } else {
        (b"Keep-Alive", "CloudFront keeps connections to origins open")
    };
    let action = if viewers { Action::Replaced } else { Action::Added };
    take(Ruling { name: "Connection", value: Some(value.into()), action, because, place: PlaceId::NONE });
}

fn via<'a>(input: &OriginRequestInput<'a>, take: Take<'_, 'a>) {
    let own = [input.head.version.number(), " ", input.via_host, " (CloudFront)"].concat().into_bytes();
    let (value, action) = match input.head.headers.joined("Via") {
        Some(viewers) => ([viewers.as_slice(), b", ", &own].concat(), Action::Replaced),
        None => (own, Action::Added),
    };
    let because = "CloudFront names itself behind the proxies before it";
    take(Ruling { name: "Via", value: Some(value.into()), action, because, place: PlaceId::NONE });
}

fn forwarded_for<'a>(input: &OriginRequestInput<'a>, take: Take<'_, 'a>) {
    let address = address_text(input.head.connection.peer.ip().to_canonical());
    let (value, action) = match input.head.headers.joined("X-Forwarded-For") {
        Some(viewers) => ([viewers.as_slice(), b",", &address].concat(), Action::Replaced),
        None => (address, Action::Added),
    };
    let because = "CloudFront appends the address of the viewer";
    take(Ruling {
        name: "X-Forwarded-For",
        value: Some(value.into()),
        action,
        because,
        place: PlaceId::NONE,
    });
}

/// An address as text: formatting machinery costs more than all else about the header.
fn address_text(address: IpAddr) -> Vec<u8> {
    let IpAddr::V4(address) = address else { return address.to_string().into_bytes() };
    let mut text = Vec::with_capacity("255.255.255.255".len());
    for octet in address.octets() {
        if !text.is_empty() {
            text.push(b'.');
        }
        let digits = [octet / 100, octet / 10 % 10, octet % 10];
        let leading = digits.iter().take(2).take_while(|digit| **digit == 0).count();
        text.extend(digits[leading..].iter().map(|digit| b'0' + digit));
    }
    text
}

fn accept_encoding<'a>(input: &OriginRequestInput<'a>, take: Take<'_, 'a>) {
    let Some(viewers) = input.head.headers.first("Accept-Encoding") else { return };
    let place = input.behavior.key.place();
    let accepted = accepted_encodings(input.behavior, &input.head.headers);
    let ruling = match accepted.forwarded() {
        Some(value) => Ruling {
            name: "Accept-Encoding",
            value: Some(value.as_bytes().into()),
            action: if viewers == value.as_bytes() { Action::Kept } else { Action::Replaced },
            because: "normalized to the compressed forms that the cache key tells apart",
            place,
        },
        None if accepted == AcceptedEncodings::Ordinary => {
            let fate = header_fate(input.behavior, "Accept-Encoding");
            if fate == Fate::Dropped {
                dropped("Accept-Encoding", "compression is not enabled for the cache key", place)
            } else {
                let value = input.head.headers.joined("Accept-Encoding").unwrap_or_default();
                kept(input.behavior, "Accept-Encoding", value.into(), fate)
            }
        }
        None => dropped("Accept-Encoding", "it does not name gzip", place),
    };
    take(ruling);
}

fn cookie<'a>(input: &OriginRequestInput<'a>, take: Take<'_, 'a>) {
    if !input.head.headers.contains("Cookie") {
        return;
    }
    let mut value = Vec::new();
    for_each_sorted(input.behavior, &input.head.headers, Fate::is_forwarded, |cookie| {
        if !value.is_empty() {
            value.extend_from_slice(b"; ");
        }
        value.extend_from_slice(cookie.pair);
    });
    let place = default_place(input.behavior);
    take(if value.is_empty() {
        dropped("Cookie", "no setting forwards these cookies", place)
    } else {
        Ruling {
            name: "Cookie",
            value: Some(value.into()),
            action: Action::Kept,
            because: "the cookies that the settings forward, sorted by name",
            place,
        }
    });
}

/// One header of the viewer that is not made above.
fn viewer_header<'a>(input: &OriginRequestInput<'a>, name: &'a str, value: &'a [u8], take: Take<'_, 'a>) {
    let behavior = input.behavior;
    let row = origin_header(name);
    let legacy = matches!(behavior.key, KeySettings::Legacy(_));
    let rule = if legacy { row.legacy } else { row.policy };
    let fate = if row.listable { header_fate(behavior, name) } else { Fate::Dropped };
    let place = default_place(behavior);
    let by_default = || Ruling {
        name,
        value: Some(value.into()),
        action: Action::Kept,
        because: "CloudFront forwards it by default",
        place: PlaceId::NONE,
    };
    let replaced_by = input.condition.filter(|own| name.eq_ignore_ascii_case("Range") && own.range.is_some());
    take(match rule {
        Rule::Made => return,
        // Said once, where CloudFront's own is added.
        Rule::ForwardCondition if replaced_by.is_some() => return,
        Rule::ForwardCondition if input.unconditional || input.condition.is_some() => {
            dropped(name, "the object is fetched as a whole for the cache", PlaceId::NONE)
        }
        Rule::ForwardCondition
            if is_viewer_validator(name) && legacy && forwards_legacy_cookies(behavior) =>
        {
            dropped(name, "conditional requests are not supported when cookies are forwarded", place)
        }
        _ if name.eq_ignore_ascii_case("Authorization") && signing(input) == Signing::AccessControl => {
            Ruling {
                name,
                value: None,
                action: Action::Replaced,
                because: "the signature of the origin access control takes its place",
                place: input.origin.place,
            }
        }
        _ if fate != Fate::Dropped => kept(behavior, name, value.into(), fate),
        Rule::Forward | Rule::ForwardCondition => by_default(),
        Rule::ForwardUnlessCached if authorization_passes(input) => by_default(),
        Rule::ForwardUnlessCached => dropped(
            name,
            "CloudFront removes it from requests that it may cache, unless a setting forwards it",
            place,
        ),
        Rule::Reframed => Ruling {
            name,
            value: None,
            action: Action::Replaced,
            because: "the body is framed anew on the connection to the origin",
            place: PlaceId::NONE,
        },
        Rule::RemoveUnlessWebSocket if is_handshake(input.head) => by_default(),
        Rule::Remove | Rule::RemoveUnlessWebSocket if row.listable => {
            dropped(name, "no setting forwards it", place)
        }
        Rule::Remove | Rule::RemoveUnlessWebSocket => {
            dropped(name, "CloudFront never forwards it", PlaceId::NONE)
        }
    });
}

/// The `CloudFront-*` headers that a setting asks for; those of the viewer are forgeries and go nowhere.
fn cloudfront_headers<'a>(input: &OriginRequestInput<'a>, take: Take<'_, 'a>) {
    let behavior = input.behavior;
    let keyed: &[Box<str>] = match &behavior.key {
        KeySettings::Policy { policy, .. } => &policy.headers,
        KeySettings::Legacy(values) => match &values.headers {
            ForwardedHeaders::Allow(names) => names,
            ForwardedHeaders::None | ForwardedHeaders::All => &[],
        },
    };
    let added_only: &[Box<str>] =
        behavior.origin_request_policy.as_deref().map_or(&[], |policy| &policy.cloudfront_headers);
    let is_keyed = |name: &str| keyed.iter().any(|own| own.eq_ignore_ascii_case(name));
    let by_key =
        keyed.iter().filter(|name| is_cloudfront_header(name)).map(|name| (name, behavior.key.place()));
    let by_policy = added_only
        .iter()
        .filter(|name| !is_keyed(name))
        .map(|name| (name, behavior.origin_request_policy_place));
    for (name, place) in by_key.chain(by_policy) {
        let mut value = Vec::new();
        if write_cloudfront_header(name, input.head, &mut value) {
            let replaces = input.head.headers.contains(name);
            take(Ruling {
                name,
                value: Some(value.into()),
                action: if replaces { Action::Replaced } else { Action::Added },
                because: "a setting asks CloudFront to add it",
                place,
            });
        }
    }
    for (name, _) in input.head.headers.iter().filter(|(name, _)| is_cloudfront_header(name)) {
        let asked_for = is_keyed(name) || added_only.iter().any(|own| own.eq_ignore_ascii_case(name));
        if !asked_for {
            take(dropped(
                name,
                "only CloudFront may set it, and no setting asks for it",
                default_place(behavior),
            ));
        }
    }
}

fn validators<'a>(input: &OriginRequestInput<'a>, take: Take<'_, 'a>) {
    let Some(stored) = input.condition else { return };
    let because = "the stored object has expired; the origin is asked whether it is still good";
    for (name, value) in [("If-None-Match", stored.etag), ("If-Modified-Since", stored.last_modified)] {
        if let Some(value) = value {
            take(added(name, value, because));
        }
    }
    if let Some(range) = stored.range {
        take(added(
            "Range",
            range.as_bytes(),
            "the range that the viewer wants, as far as the cache lacks it",
        ));
    }
    if let Some(version) = stored.if_range {
        take(added("If-Range", version, "only of this version is the range wanted, else the whole object"));
    }
}

fn added<'a>(name: &'a str, value: &'a [u8], because: &'static str) -> Ruling<'a> {
    Ruling { name, value: Some(value.into()), action: Action::Added, because, place: PlaceId::NONE }
}

fn dropped<'a>(name: &'a str, because: &'static str, place: PlaceId) -> Ruling<'a> {
    Ruling { name, value: None, action: Action::Dropped, because, place }
}

/// A viewer's header that a setting forwards.
fn kept<'a>(behavior: &Behavior, name: &'a str, value: Cow<'a, [u8]>, fate: Fate) -> Ruling<'a> {
    let (because, place) = match (&behavior.key, fate) {
        (KeySettings::Legacy(values), _) => ("ForwardedValues.Headers forwards it", values.headers_place),
        (KeySettings::Policy { place, .. }, Fate::Keyed) => ("the cache policy has it in the key", *place),
        (KeySettings::Policy { .. }, _) => {
            ("the origin request policy forwards it", behavior.origin_request_policy_place)
        }
    };
    Ruling { name, value: Some(value), action: Action::Kept, because, place }
}

fn authorization_passes(input: &OriginRequestInput<'_>) -> bool {
    match input.head.method {
        Method::Get | Method::Head => false,
        Method::Options => !input.behavior.options_cached,
        _ => true,
    }
}

fn is_viewer_validator(name: &str) -> bool {
    name.eq_ignore_ascii_case("If-None-Match") || name.eq_ignore_ascii_case("If-Modified-Since")
}

fn forwards_legacy_cookies(behavior: &Behavior) -> bool {
    matches!(&behavior.key, KeySettings::Legacy(values) if values.cookies != Selection::None)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use super::address_text;

    #[test]
    fn addresses_are_written_as_everywhere() {
        let check = |address: IpAddr| assert_eq!(address_text(address), address.to_string().as_bytes());
        (0..=u8::MAX).for_each(|octet| check(Ipv4Addr::new(octet, 0, 255 - octet, octet / 3).into()));
        check(Ipv6Addr::LOCALHOST.into());
    }
}
