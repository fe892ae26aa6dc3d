//! What CloudFront does with a viewer's header that no setting mentions.
//!
//! Authority: "HTTP request headers and CloudFront behavior" of
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html>.

use frontgate_aws::Source::{self, Documented, Inferred};

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct OriginHeader {
    /// The header; a trailing `*` stands for any rest.
    pub name: &'static str,
    /// What happens under the legacy settings.
    pub legacy: Rule,
    /// What happens under a cache policy.
    pub policy: Rule,
    /// A cache policy, an origin request policy or the legacy settings can forward it.
    pub listable: bool,
    /// Where it was learnt.
    pub source: Source,
}

/// What happens to a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It goes to the origin.
    Forward,
    /// It goes to the origin unless the object is fetched as a whole or revalidated for the cache.
    ForwardCondition,
    /// GET and HEAD: removed. OPTIONS: removed where OPTIONS is cached. Other methods: forwarded.
    ForwardUnlessCached,
    /// CloudFront writes its own.
    Made,
    /// The connection to the origin has its own framing.
    Reframed,
    /// It is removed.
    Remove,
    /// It is removed except for a WebSocket handshake.
    RemoveUnlessWebSocket,
}

/// The row of a header.
#[must_use]
pub fn origin_header(name: &str) -> &'static OriginHeader {
    let initial = name.as_bytes().first().map(|byte| usize::from((byte | 0x20).wrapping_sub(b'a')));
    let starts = initial.and_then(|initial| Some((*STARTS.get(initial)?, *STARTS.get(initial + 1)?)));
    let rows = starts.map_or(&[][..], |(start, end)| &ORIGIN_HEADERS[start..end]);
    rows.iter().find(|row| row.is_for(name)).unwrap_or(&ANY_OTHER)
}

impl OriginHeader {
    fn is_for(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(prefix) => name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
            None => self.name.eq_ignore_ascii_case(name),
        }
    }
}

const TABLE: Source = Documented("RequestAndResponseBehaviorCustomOrigin");

/// "Other information from the viewer request, such as … HTTP headers …, is not included in the origin request by default."
const NOT_BY_DEFAULT: Source = Documented("controlling-origin-requests");

const FRAMING: Source = Inferred("the body is framed anew on each connection");

const fn row(name: &'static str, rule: Rule, listable: bool, source: Source) -> OriginHeader {
    OriginHeader { name, legacy: rule, policy: rule, listable, source }
}

const fn legacy_only(name: &'static str) -> OriginHeader {
    OriginHeader { name, legacy: Rule::Forward, policy: Rule::Remove, listable: true, source: NOT_BY_DEFAULT }
}

/// Every header that the table does not name.
pub const ANY_OTHER: OriginHeader = legacy_only("*");

/// Where the rows of each letter begin, and where those of the last end.
const STARTS: [usize; 27] = {
    let mut starts = [0; 27];
    let mut row = 0;
    while row < ORIGIN_HEADERS.len() {
        let mut after = ((ORIGIN_HEADERS[row].name.as_bytes()[0] | 0x20) - b'a') as usize + 1;
        while after < starts.len() {
            starts[after] += 1;
            after += 1;
        }
        row += 1;
    }
    starts
};

/// The table, sorted by name.
pub const ORIGIN_HEADERS: &[OriginHeader] = &[
    row("Accept", Rule::Remove, true, TABLE),
    row("Accept-Charset", Rule::Remove, true, TABLE),
    row("Accept-Encoding", Rule::Made, true, TABLE),
    row("Accept-Language", Rule::Remove, true, TABLE),
    row("Authorization", Rule::ForwardUnlessCached, true, TABLE),
    row("Cache-Control", Rule::Forward, false, TABLE),
    row("CloudFront-*", Rule::Made, true, TABLE),
    row("Connection", Rule::Made, false, TABLE),
    row("Content-Length", Rule::Forward, false, TABLE),
    row("Content-MD5", Rule::Forward, true, TABLE),
    row("Content-Type", Rule::Forward, true, TABLE),
    row("Cookie", Rule::Made, false, TABLE),
    legacy_only("Date"),
    row("Expect", Rule::Remove, true, TABLE),
    legacy_only("From"),
    row("Host", Rule::Made, true, TABLE),
    row("If-Match", Rule::ForwardCondition, true, TABLE),
    row("If-Modified-Since", Rule::ForwardCondition, true, TABLE),
    row("If-None-Match", Rule::ForwardCondition, true, TABLE),
    row("If-Range", Rule::ForwardCondition, true, TABLE),
    row("If-Unmodified-Since", Rule::ForwardCondition, true, TABLE),
    row("Keep-Alive", Rule::Remove, false, Inferred("belongs to the connection of the viewer")),
    row("Max-Forwards", Rule::Forward, false, TABLE),
    legacy_only("Origin"),
    row("Pragma", Rule::Forward, false, TABLE),
    row("Proxy-Authenticate", Rule::Remove, false, TABLE),
    row("Proxy-Authorization", Rule::Remove, false, TABLE),
    row("Proxy-Connection", Rule::Remove, false, TABLE),
    row("Range", Rule::ForwardCondition, true, TABLE),
    row("Referer", Rule::Remove, true, TABLE),
    row("Request-Range", Rule::ForwardCondition, false, TABLE),
    row("TE", Rule::Remove, false, TABLE),
    row("Trailer", Rule::Remove, false, TABLE),
    row("Transfer-Encoding", Rule::Reframed, false, FRAMING),
    row("Upgrade", Rule::RemoveUnlessWebSocket, false, TABLE),
    row("User-Agent", Rule::Made, true, TABLE),
    row("Via", Rule::Made, true, TABLE),
    legacy_only("Warning"),
    row("X-Amz-Cf-Id", Rule::Made, false, TABLE),
    row("X-Edge-*", Rule::Remove, false, TABLE),
    row("X-Forwarded-For", Rule::Made, true, TABLE),
    row("X-Forwarded-Proto", Rule::Remove, false, TABLE),
    row("X-HTTP-Method-Override", Rule::Remove, true, TABLE),
    row("X-Real-IP", Rule::Remove, false, TABLE),
];
