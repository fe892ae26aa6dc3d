//! WebSocket handshakes: asked of the origin each time, whatever is kept.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use frontgate_edge_rules::web_socket::IDLE_TIMEOUT;
use frontgate_explain::FactKind;
use frontgate_message::{Body, FarSide};

use super::fixture::{distribution, with_error_response};
use super::stage::{edge, play, request, run};
use crate::{Exchange, RequestId};

const HANDSHAKE: &str =
    "0 GET /a | Connection: keep-alive, Upgrade | Upgrade: websocket | Sec-WebSocket-Key: k";
const ASKED: &str = "GET /a | Connection: Upgrade | Upgrade: websocket | -Sec-WebSocket-Key";

/// A far side that nobody talks to.
pub(super) struct Nobody;

#[test]
fn a_handshake_is_neither_found_nor_kept() {
    let switching = format!("{ASKED} => 101 | Sec-WebSocket-Accept: a | Cache-Control: max-age=60");
    let page = format!("{ASKED} => 200 | Cache-Control: max-age=60 >> no handshake");
    play(
        "a handshake",
        &distribution(),
        &[
            (HANDSHAKE, &switching, "101 Miss | Sec-WebSocket-Accept: a | -Age | -Upgrade >>"),
            (HANDSHAKE, &page, "200 Miss >> no handshake"),
            ("0 GET /a", "GET /a | -Upgrade => 200 | Cache-Control: max-age=60 >> page", "200 Miss >> page"),
            ("1 GET /a", "", "200 Hit >> page"),
            (HANDSHAKE, &switching, "101 Miss"),
            (HANDSHAKE, &format!("{ASKED} => 426 >> no"), "426 Error >> no"),
            (HANDSHAKE, &format!("{ASKED} => !Connect"), "502 Error"),
            ("2 GET /a", "", "200 Hit >> page"),
            // What does not ask for a WebSocket alone is an ordinary request.
            ("2 GET /a | Connection: Upgrade | Upgrade: websocket, h2c", "", "200 Hit >> page"),
            ("2 GET /a | Upgrade: websocket", "", "200 Hit >> page"),
            ("2 GET /a | Connection: Upgrade | Upgrade: h2c", "", "200 Hit >> page"),
            ("2 GET /a | Connection: Upgrade | Upgrade: websocket >> body", "", "403 Error"),
        ],
    );
    play(
        "an error page stands for a refused handshake",
        &with_error_response(404, Some(("/pages/404.html", 200)), 5),
        &[(HANDSHAKE, "404 >> none\nGET /pages/404.html | -Upgrade => 200 >> page", "200 Error >> page")],
    );
}

#[test]
fn the_connection_is_handed_over_for_ten_silent_minutes() {
    run(async {
        let edge = edge();
        edge.origins().says(&format!("{ASKED} => 101"));
        let (at, request) = request(HANDSHAKE);
        let mut x = Exchange::new(at, RequestId::of_bytes(&[7; 40]));
        let response = edge.serve(&distribution(), &request.head, request.body, &mut x).await;
        let Body::Tunnel(tunnel) = &response.body else { panic!("{response:?}") };
        assert_eq!((tunnel.protocol(), tunnel.idle_timeout()), ("websocket", Some(IDLE_TIMEOUT)));
        let noted = |kind| x.trace.first(kind).is_some();
        assert!(noted(FactKind::WebSocketHandshake) && noted(FactKind::WebSocketFieldDropped));
        assert!(!noted(FactKind::Miss) && edge.cache().counts().entries == 0);
    });
}

impl FarSide for Nobody {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(0))
    }

    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
