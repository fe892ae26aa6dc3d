//! Is an answer of the origin compressed at the edge?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html>.

use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Headers, RequestHead, Version};

use crate::accept_encoding::{AcceptedEncodings, accepted_encodings, viewer_takes_compression};
use crate::config::Behavior;
use crate::key::key_settings_fact;
use crate::selection::{Fate, header_fate};
use crate::tables::compressible_types::is_compressible_type;

/// A content coding that CloudFront makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `br`
    Brotli,
    /// `gzip`
    Gzip,
}

/// Why an answer is not compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCompressed {
    /// The behavior does not say `Compress: true`.
    CompressOff,
    /// All TTLs are 0.
    CachingDisabled,
    /// `Accept-Encoding` is listed among the headers of the cache key.
    AcceptEncodingListed,
    /// Neither gzip nor Brotli is enabled for the cache key.
    EncodingNotEnabled,
    /// The viewer speaks HTTP/1.0.
    ViewerHttp10,
    /// The viewer takes none of the enabled codings.
    ViewerAcceptsNone,
    /// Only 200, 403 and 404 are compressed.
    Status,
    /// The origin has compressed it already.
    AlreadyEncoded,
    /// The origin sent no `Content-Length`.
    LengthUnknown,
    /// Below [`COMPRESSED_LENGTH_MIN`].
    TooSmall,
    /// Above [`COMPRESSED_LENGTH_MAX`].
    TooLarge,
    /// The content type is not in CloudFront's list.
    ContentType,
    /// Nor is this one, though it is that of a text.
    ContentTypeOfText,
}

/// Shorter bodies are not compressed, in bytes.
pub const COMPRESSED_LENGTH_MIN: u64 = 1_000;

/// Longer bodies are not compressed, in bytes.
pub const COMPRESSED_LENGTH_MAX: u64 = 10_000_000;

/// Which coding the answer gets to a viewer with these request `head`. `length` is the `Content-Length` that the origin
/// announced. The settings come last, so that they are named only where they alone stand in the way.
///
/// # Errors
/// Says which of CloudFront's conditions is not met.
pub fn should_compress(
    behavior: &Behavior,
    head: &RequestHead,
    status: u16,
    headers: &Headers,
    length: Option<u64>,
) -> Result<Coding, NotCompressed> {
    if !behavior.compress {
        return Err(NotCompressed::CompressOff);
    }
    if head.version == Version::Http10 {
        return Err(NotCompressed::ViewerHttp10);
    }
    if !viewer_takes_compression(&head.headers) {
        return Err(NotCompressed::ViewerAcceptsNone);
    }
    answer_permits(status, headers, length)?;
    let coding = coding_enabled(behavior, &head.headers)?;
    if length.is_none() { Err(NotCompressed::LengthUnknown) } else { Ok(coding) }
}

/// The conditions that the origin's answer has to meet.
fn answer_permits(status: u16, headers: &Headers, length: Option<u64>) -> Result<(), NotCompressed> {
    if !matches!(status, 200 | 403 | 404) {
        return Err(NotCompressed::Status);
    }
    if headers.contains("Content-Encoding") {
        return Err(NotCompressed::AlreadyEncoded);
    }
    match length {
        Some(length) if length < COMPRESSED_LENGTH_MIN => return Err(NotCompressed::TooSmall),
        Some(length) if length > COMPRESSED_LENGTH_MAX => return Err(NotCompressed::TooLarge),
        Some(_) | None => {}
    }
    match headers.first("Content-Type") {
        Some(content_type) if is_compressible_type(content_type) => Ok(()),
        Some(content_type) if is_text(content_type) => Err(NotCompressed::ContentTypeOfText),
        _ => Err(NotCompressed::ContentType),
    }
}

/// Whether a content type says that the body is a text, which compression makes much smaller.
fn is_text(content_type: &[u8]) -> bool {
    let name = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let name = name.to_ascii_lowercase();
    name.starts_with(b"text/") || name.ends_with(b"+json") || name.ends_with(b"+xml")
}

/// The coding that the settings enable and the viewer takes.
fn coding_enabled(behavior: &Behavior, viewer: &Headers) -> Result<Coding, NotCompressed> {
    if key_settings_fact(behavior).kind == FactKind::CachingDisabled {
        return Err(NotCompressed::CachingDisabled);
    }
    let accepted = accepted_encodings(behavior, viewer);
    if accepted.brotli() {
        Ok(Coding::Brotli)
    } else if accepted.gzip() {
        Ok(Coding::Gzip)
    } else if accepted != AcceptedEncodings::Ordinary {
        Err(NotCompressed::ViewerAcceptsNone)
    } else if header_fate(behavior, "Accept-Encoding") == Fate::Keyed {
        Err(NotCompressed::AcceptEncodingListed)
    } else {
        Err(NotCompressed::EncodingNotEnabled)
    }
}

/// Makes the head of an answer fit its compressed body: `Content-Encoding`, `Vary`, a weak `ETag`, and no
/// `Content-Length`, `Accept-Ranges` or checksum of the bytes before.
pub fn mark_compressed(headers: &mut Headers, coding: Coding) {
    headers.remove("Content-Length");
    headers.remove("Content-MD5");
    headers.set("Content-Encoding", coding.token().as_bytes());
    match headers.first("ETag").map(<[u8]>::to_vec) {
        Some(tag) if tag.starts_with(b"\"") => headers.set("ETag", &[b"W/", tag.as_slice()].concat()),
        Some(tag) if tag.starts_with(b"W/") => {}
        Some(_) => {
            headers.remove("ETag");
        }
        None => {}
    }
    let varies = headers
        .all("Vary")
        .flat_map(|value| value.split(|byte| *byte == b','))
        .any(|name| name.trim_ascii().eq_ignore_ascii_case(b"Accept-Encoding"));
    if !varies {
        let names = headers.joined("Vary").unwrap_or_default();
        let separator: &[u8] = if names.is_empty() { b"" } else { b", " };
        headers.set("Vary", &[names.as_slice(), separator, b"Accept-Encoding"].concat());
    }
}

impl Coding {
    /// `br` or `gzip`.
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The fact of a compressed answer.
    #[must_use]
    pub fn fact(self, behavior: &Behavior) -> Fact {
        let kind = match self {
            Self::Brotli => FactKind::CompressedBr,
            Self::Gzip => FactKind::CompressedGzip,
        };
        Fact::of(kind).at(behavior.place)
    }
}

impl NotCompressed {
    /// The fact of an answer that stays as it is; `None` where the behavior does not ask for compression.
    #[must_use]
    pub fn fact(self, behavior: &Behavior) -> Option<Fact> {
        let key = behavior.key.place();
        Some(match self {
            Self::CompressOff => return None,
            Self::AcceptEncodingListed => Fact::of(FactKind::NotCompressedAcceptEncodingListed).at(key),
            Self::CachingDisabled => Fact::of(FactKind::NotCompressedCachingDisabled).at(key),
            Self::EncodingNotEnabled => Fact::of(FactKind::NotCompressedNotEnabled).at(key),
            Self::ContentTypeOfText => Fact::of(FactKind::NotCompressedContentType).at(behavior.place),
            Self::LengthUnknown => Fact::of(FactKind::NotCompressedLengthUnknown).at(behavior.place),
            _ => Fact::of(FactKind::NotCompressed).at(behavior.place),
        })
    }

    /// The condition that is not met, in words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::CompressOff => "the behavior does not say Compress: true",
            Self::CachingDisabled => "all TTLs are 0, and then CloudFront compresses nothing",
            Self::AcceptEncodingListed => "Accept-Encoding is listed among the headers of the cache key",
            Self::EncodingNotEnabled => "the cache policy enables neither gzip nor Brotli",
            Self::ViewerHttp10 => "the viewer speaks HTTP/1.0",
            Self::ViewerAcceptsNone => "the viewer's Accept-Encoding has none of the enabled codings",
            Self::Status => "only answers with 200, 403 and 404 are compressed",
            Self::AlreadyEncoded => "the origin sent a Content-Encoding",
            Self::LengthUnknown => "the origin sent no Content-Length",
            Self::TooSmall => "it has fewer than 1,000 bytes",
            Self::TooLarge => "it has more than 10,000,000 bytes",
            Self::ContentType | Self::ContentTypeOfText => "its content type is not in CloudFront's list",
        }
    }
}

#[cfg(test)]
mod tests;
