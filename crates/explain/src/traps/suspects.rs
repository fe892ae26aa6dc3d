//! Traps that may lie behind an error which the user's own code answered: something that it needs did not reach it.

use super::{Sign, Trap};
use crate::FactKind::{
    AuthorizationDropped, CachingDisabled, CustomHeaderDropped, ErrorWithoutCors, FunctionInvoked,
    GatewayErrorWithoutCors, QueryDropped, RedirectsToItself, UserAgentReplaced, WebSocketFieldDropped,
    WebSocketOverHttp2,
};
use Sign::{NoneOf, Noted, OneOf, OwnCodeAnswered};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "authorization-stripped",
        symptom: "401 or 403 behind CloudFront, fine without it",
        signs: &[Noted(AuthorizationDropped), OwnCodeAnswered(400..=499)],
        cause: "CloudFront removes Authorization from GET and HEAD requests unless a policy forwards it, and from OPTIONS \
                requests where OPTIONS is among the cached methods.",
        fix: "Use Managed-AllViewerExceptHostHeader with Managed-CachingDisabled, or list Authorization in a cache \
              policy.",
        place_of: &[AuthorizationDropped],
    },
    Trap {
        id: "websocket-headers-dropped",
        symptom: "A WebSocket answers 400 or 426 behind CloudFront, fine without it",
        signs: &[Noted(WebSocketFieldDropped), OwnCodeAnswered(200..=599)],
        cause: "The handshake reaches the server without Sec-WebSocket-Key or Sec-WebSocket-Version: CloudFront forwards them \
                only where a policy says so.",
        fix: "Use Managed-AllViewer (or Managed-AllViewerExceptHostHeader), or list Sec-WebSocket-Key, -Version, -Protocol, \
              -Accept and -Extensions in an origin request policy.",
        place_of: &[WebSocketFieldDropped],
    },
    Trap {
        id: "websocket-over-h2",
        symptom: "A WebSocket handshake is answered like an ordinary GET: 400, 426 or a page",
        signs: &[Noted(WebSocketOverHttp2)],
        cause: "CloudFront has WebSockets over HTTP/1.1 only; over HTTP/2 there is no Upgrade, and no extended CONNECT.",
        fix: "Let the client make its WebSocket over HTTP/1.1 (curl: --http1.1; in TLS offer http/1.1 only). Browsers do so \
              by themselves.",
        place_of: &[],
    },
    Trap {
        id: "custom-header-dropped",
        symptom: "The API misses a header that the client sends, such as x-api-key",
        signs: &[Noted(CustomHeaderDropped), OwnCodeAnswered(100..=599)],
        cause: "With a cache policy CloudFront forwards no header of an application unless a policy names it.",
        fix: "Use Managed-AllViewerExceptHostHeader, or list the header in an origin request policy (or in the cache \
              policy, where answers differ by it).",
        place_of: &[CustomHeaderDropped],
    },
    Trap {
        id: "cachingdisabled-drops-query",
        symptom: "The API never sees the query string",
        signs: &[Noted(CachingDisabled), Noted(QueryDropped), OwnCodeAnswered(100..=599)],
        cause: "A cache policy forwards what is in its key, and Managed-CachingDisabled has nothing in it: no query \
                string, no cookie and no header of an application reaches the origin.",
        fix: "Add the origin request policy Managed-AllViewerExceptHostHeader \
              (b689b0a8-53d0-40ab-baf2-68738e2966ac) to the behavior.",
        place_of: &[QueryDropped],
    },
    Trap {
        id: "query-strings-dropped",
        symptom: "The same answer whatever the query string says",
        signs: &[Noted(QueryDropped), NoneOf(&[CachingDisabled]), OwnCodeAnswered(100..=599)],
        cause: "The cache policy has no query strings in its key, so none reaches the origin.",
        fix: "List the parameters in QueryStringsConfig of a cache policy (a whitelist) and use that policy.",
        place_of: &[QueryDropped],
    },
    Trap {
        id: "user-agent-rewritten",
        symptom: "The function takes every viewer for the same client, or for a robot",
        signs: &[Noted(UserAgentReplaced), Noted(FunctionInvoked), OwnCodeAnswered(400..=403)],
        cause: "CloudFront sends User-Agent: Amazon CloudFront to the origin unless a policy forwards the viewer's.",
        fix: "Forward User-Agent with an origin request policy, or better: use CloudFront-Is-Mobile-Viewer and its like.",
        place_of: &[UserAgentReplaced],
    },
    Trap {
        id: "x-forwarded-proto-dropped",
        symptom: "The browser says: too many redirects",
        signs: &[Noted(RedirectsToItself)],
        cause: "CloudFront asks the origin over http and tells it nothing of the viewer's https (X-Forwarded-Proto is \
                removed), so the origin redirects to the https URL that the viewer has asked for.",
        fix: "Set OriginProtocolPolicy: https-only, or let the origin look at CloudFront-Forwarded-Proto, which an origin \
              request policy adds.",
        place_of: &[RedirectsToItself],
    },
    Trap {
        id: "cors-errors-hide-cause",
        symptom: "The browser reports an error of CORS and hides the real one",
        signs: &[OneOf(&[ErrorWithoutCors, GatewayErrorWithoutCors])],
        cause: "The error has no Access-Control-Allow-Origin: answers that AWS makes itself have none unless told so.",
        fix: "Set CORS headers in a response headers policy of the behavior, or on DEFAULT_4XX and DEFAULT_5XX with \
              AWS::ApiGateway::GatewayResponse; then read the real error.",
        place_of: &[ErrorWithoutCors, GatewayErrorWithoutCors],
    },
];
