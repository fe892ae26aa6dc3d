//! Which fields have an index from the start? RFC 7541 Appendix A.

use super::super::field::FieldKind;

/// An entry of the static table.
#[derive(Clone, Copy)]
pub(super) struct StaticField {
    pub(super) kind: FieldKind,
    pub(super) name: &'static str,
    pub(super) value: &'static str,
}

/// The entry at `index`, which counts from 1.
pub(super) fn static_field(index: usize) -> Option<&'static StaticField> {
    index.checked_sub(1).and_then(|place| TABLE.get(place))
}

/// The greatest index of the static table.
pub(super) const STATIC_INDEX_MAX: usize = ROWS.len();

static TABLE: [StaticField; STATIC_INDEX_MAX] = table();

const fn table() -> [StaticField; STATIC_INDEX_MAX] {
    let mut table = [StaticField { kind: FieldKind::Plain, name: "", value: "" }; STATIC_INDEX_MAX];
    let mut place = 0;
    while place < STATIC_INDEX_MAX {
        let (name, value) = ROWS[place];
        table[place] = StaticField { kind: FieldKind::of(name.as_bytes()), name, value };
        place += 1;
    }
    table
}

const ROWS: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];
