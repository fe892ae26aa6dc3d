//! Which compressed forms does the viewer take, as far as the cache key and the origin are concerned?
//!
//! Authority: "Compression support" of
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-the-cache-key.html>.

use frontgate_message::Headers;

use crate::config::{Behavior, ForwardedHeaders, KeySettings};

/// The normalized `Accept-Encoding` of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptedEncodings {
    /// The behavior does not normalize: `Accept-Encoding` is a header like any other.
    Ordinary,
    /// The viewer sent none.
    Absent,
    /// The viewer sent one, but none of the enabled forms is in it: `identity` goes to the origin.
    Identity,
    /// `gzip`
    Gzip,
    /// `br`
    Brotli,
    /// `br,gzip`
    BrotliAndGzip,
}

impl AcceptedEncodings {
    /// What stands in the cache key and goes to the origin; `None` where nothing is keyed.
    #[must_use]
    pub fn keyed(self) -> Option<&'static str> {
        match self {
            Self::Ordinary | Self::Absent | Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::BrotliAndGzip => Some("br,gzip"),
        }
    }

    /// The value that goes to the origin; `None` where the header is left out (or, for `Ordinary`, not replaced).
    #[must_use]
    pub fn forwarded(self) -> Option<&'static str> {
        if self == Self::Identity { Some("identity") } else { self.keyed() }
    }

    /// Whether gzip is taken.
    #[must_use]
    pub fn gzip(self) -> bool {
        matches!(self, Self::Gzip | Self::BrotliAndGzip)
    }

    /// Whether Brotli is taken.
    #[must_use]
    pub fn brotli(self) -> bool {
        matches!(self, Self::Brotli | Self::BrotliAndGzip)
    }
}

/// The normalized `Accept-Encoding` for this behavior.
#[must_use]
pub fn accepted_encodings(behavior: &Behavior, headers: &Headers) -> AcceptedEncodings {
    let Some((gzip_enabled, brotli_enabled, or_else)) = normalization(behavior) else {
        return AcceptedEncodings::Ordinary;
    };
    if !headers.contains("Accept-Encoding") {
        return AcceptedEncodings::Absent;
    }
    let gzip = gzip_enabled && accepts(headers, "gzip");
    let brotli = brotli_enabled && accepts(headers, "br");
    match (brotli, gzip) {
        (true, true) => AcceptedEncodings::BrotliAndGzip,
        (true, false) => AcceptedEncodings::Brotli,
        (false, true) => AcceptedEncodings::Gzip,
        (false, false) => or_else,
    }
}

/// Whether the viewer takes gzip or Brotli, enabled or not.
pub(crate) fn viewer_takes_compression(headers: &Headers) -> bool {
    accepts(headers, "gzip") || accepts(headers, "br")
}

/// Whether gzip and Brotli are enabled, and what holds when the viewer takes neither; `None` without normalization.
fn normalization(behavior: &Behavior) -> Option<(bool, bool, AcceptedEncodings)> {
    match &behavior.key {
        KeySettings::Policy { policy, .. } => (policy.gzip || policy.brotli).then_some((
            policy.gzip,
            policy.brotli,
            AcceptedEncodings::Identity,
        )),
        KeySettings::Legacy(values) => {
            let listed = match &values.headers {
                ForwardedHeaders::None => false,
                ForwardedHeaders::Allow(names) => {
                    names.iter().any(|name| name.eq_ignore_ascii_case("Accept-Encoding"))
                }
                ForwardedHeaders::All => true,
            };
            // The header table: gzip is normalized, anything else is removed.
            (!listed).then_some((true, false, AcceptedEncodings::Absent))
        }
    }
}

/// Whether `coding` is in a viewer's Accept-Encoding with a weight above 0.
fn accepts(headers: &Headers, coding: &str) -> bool {
    headers.all("Accept-Encoding").flat_map(|value| value.split(|byte| *byte == b',')).any(|item| {
        let mut parts = item.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding.as_bytes()));
        named && !parts.any(is_zero_weight)
    })
}

fn is_zero_weight(parameter: &[u8]) -> bool {
    let Some(weight) = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q=")) else {
        return false;
    };
    !weight.is_empty() && weight.iter().all(|byte| matches!(byte, b'0' | b'.'))
}

#[cfg(test)]
mod tests;
