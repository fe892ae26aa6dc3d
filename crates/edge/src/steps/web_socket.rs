//! How is a WebSocket handshake answered?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-working-with.websockets.html>.
//! The origin decides: its 101 goes to the viewer with the connection behind it, any other answer as it is. Inferred: no
//! function of the viewer response sees a 101, since a function's status codes begin at 200.

use frontgate_edge_rules::web_socket::IDLE_TIMEOUT;
use frontgate_message::Body;

use crate::exchange::Exchange;
use crate::origins::Origins;
use crate::serve::{Asked, Edge};
use crate::steps::deliver::Found;

/// The status of an answer behind which there is no HTTP any more.
pub(crate) const SWITCHING_PROTOCOLS: u16 = 101;

impl<O: Origins> Edge<O> {
    /// The origin's answer to a handshake.
    pub(crate) async fn web_socket(&self, asked: &Asked<'_>, body: Body, x: &mut Exchange) -> Found {
        let mut found = self.pass(asked, body, x).await;
        if let Found::Passing(passing) = &mut found
            && let Body::Tunnel(tunnel) = &mut passing.response.body
        {
            tunnel.close_when_idle(IDLE_TIMEOUT);
        }
        found
    }
}
