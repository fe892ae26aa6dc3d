//! Facts of WebSockets.

use frontgate_aws::Source::{Documented, Inferred};

use super::rows;

rows! {
    WebSocketHandshake "edge.web-socket"
        "A WebSocket handshake: it is passed to the origin, and nothing of it is looked for in the cache or kept."
        Documented("distribution-working-with.websockets");
    WebSocketOverHttp2 "edge.web-socket-over-http2"
        "The viewer wants a WebSocket over HTTP/2 or later; CloudFront has them over HTTP/1.1 only and sees an ordinary GET."
        Documented("distribution-working-with.websockets");
    WebSocketFieldDropped "edge.web-socket-field-dropped"
        "Sec-WebSocket-Key or Sec-WebSocket-Version does not reach the origin: {place} does not forward it."
        Documented("distribution-working-with.websockets");
    WebSocketClosedByOrigin "edge.web-socket-closed-by-origin"
        "The origin closed the WebSocket after {value} s."
        Documented("distribution-working-with.websockets");
    WebSocketClosedByViewer "edge.web-socket-closed-by-viewer"
        "The viewer closed the WebSocket after {value} s."
        Documented("distribution-working-with.websockets");
    WebSocketIdle "edge.web-socket-idle"
        "After {value} s the WebSocket was closed, since the origin had sent nothing for 10 minutes; pings of the origin keep it open."
        Documented("cloudfront-limits");
    WebSocketServerEnded "edge.web-socket-server-ended"
        "frontgate ended, and the WebSocket with it, after {value} s."
        Inferred("nobody is left to carry its bytes");
}
