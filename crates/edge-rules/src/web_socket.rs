//! Is a request the handshake of a WebSocket, and what does CloudFront make of it?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-working-with.websockets.html>.
//! No setting enables WebSockets, but the origin request policy, or the cache policy, has to forward the fields
//! of the handshake: `Upgrade` and `Connection` pass by themselves, `Sec-WebSocket-Key` and its siblings do not.

use std::time::Duration;

use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Method, RequestHead, Version};

/// How long the origin may be silent: "If CloudFront hasn't detected any bytes sent from the origin to the client within
/// the past 10 minutes, the connection is assumed to be idle and is closed." (cloudfront-limits)
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(600);

/// Fields of a handshake without which no server can answer it (RFC 6455 §4.2.1).
pub const NECESSARY_FIELDS: [&str; 2] = ["Sec-WebSocket-Key", "Sec-WebSocket-Version"];

/// Whether this is a handshake that goes on as one: GET in HTTP/1.1 that asks for `websocket` and nothing else.
///
/// A request that names several protocols, or does not say in `Connection` that it wants to switch, goes on without
/// `Upgrade`: two servers must never read differently where its connection stops to be HTTP.
#[must_use]
pub fn is_handshake(head: &RequestHead) -> bool {
    // Nearly all requests end here.
    let Some(protocol) = head.headers.first("Upgrade") else { return false };
    head.version == Version::Http11
        && head.method == Method::Get
        && protocol.eq_ignore_ascii_case(b"websocket")
        && head.headers.all("Upgrade").count() == 1
        && head.headers.all("Connection").any(names_upgrade)
}

fn names_upgrade(connection: &[u8]) -> bool {
    connection.split(|byte| *byte == b',').any(|name| name.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
}

/// What a request that wants a WebSocket meets: a handshake that is passed on, or one that is none because "CloudFront only
/// supports WebSocket connections over the HTTP/1.1 protocol".
#[must_use]
pub fn web_socket_fact(head: &RequestHead) -> Option<Fact> {
    if is_handshake(head) {
        return Some(Fact::of(FactKind::WebSocketHandshake));
    }
    let wants_one = head.method == Method::Get && head.headers.contains(NECESSARY_FIELDS[0]);
    (wants_one && head.version > Version::Http11).then(|| Fact::of(FactKind::WebSocketOverHttp2))
}

/// Whether a field is one of [`NECESSARY_FIELDS`].
pub(crate) fn is_necessary(name: &str) -> bool {
    NECESSARY_FIELDS.iter().any(|necessary| necessary.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use frontgate_explain::FactKind::{WebSocketHandshake, WebSocketOverHttp2};
    use frontgate_message::{Method, RequestHead, Version};

    use super::web_socket_fact;
    use crate::fixture::head;

    #[test]
    fn which_requests_want_a_web_socket() {
        // version and method, fields | fact
        let rows = [
            (
                "1.1 GET",
                "Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Key: k",
                Some(WebSocketHandshake),
            ),
            ("1.1 GET", "Upgrade: WebSocket|Connection: keep-alive, upgrade", Some(WebSocketHandshake)),
            ("1.1 GET", "Upgrade: websocket|Connection: a|Connection: Upgrade", Some(WebSocketHandshake)),
            ("1.1 GET", "Upgrade: websocket|Sec-WebSocket-Key: k", None),
            ("1.1 GET", "Upgrade: websocket, h2c|Connection: Upgrade|Sec-WebSocket-Key: k", None),
            ("1.1 GET", "Upgrade: websocket|Upgrade: h2c|Connection: Upgrade", None),
            ("1.1 GET", "Upgrade: h2c|Connection: Upgrade, HTTP2-Settings", None),
            ("1.1 POST", "Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Key: k", None),
            ("1.0 GET", "Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Key: k", None),
            ("1.1 GET", "Sec-WebSocket-Key: k", None),
            ("2.0 GET", "Sec-WebSocket-Key: k", Some(WebSocketOverHttp2)),
            ("2.0 GET", "Accept: */*", None),
        ];
        for (line, fields, expected) in rows {
            let (number, method) = line.split_once(' ').expect("two words");
            let versions = [Version::Http10, Version::Http11, Version::Http2];
            let version = versions.into_iter().find(|version| version.number() == number).expect("known");
            let fields: Vec<_> = fields.split('|').filter_map(|field| field.split_once(": ")).collect();
            let head = RequestHead { version, ..head(Method::from_token(method), "/chat", &fields) };
            let fact = web_socket_fact(&head).map(|fact| fact.kind);
            assert_eq!(fact, expected, "{line} {fields:?}");
        }
    }
}
