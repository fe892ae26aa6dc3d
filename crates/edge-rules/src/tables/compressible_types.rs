//! The content types that CloudFront compresses.

use frontgate_aws::Source;

/// Where the list stands.
pub const COMPRESSIBLE_TYPES_SOURCE: Source = Source::Documented("ServingCompressedFiles");

/// The content types, sorted; parameters such as `;charset=utf-8` do not count.
pub const COMPRESSIBLE_TYPES: &[&str] = &[
    "application/dash+xml",
    "application/eot",
    "application/font",
    "application/font-sfnt",
    "application/javascript",
    "application/json",
    "application/opentype",
    "application/otf",
    "application/pdf",
    "application/pkcs7-mime",
    "application/protobuf",
    "application/rss+xml",
    "application/truetype",
    "application/ttf",
    "application/vnd.apple.mpegurl",
    "application/vnd.mapbox-vector-tile",
    "application/vnd.ms-fontobject",
    "application/wasm",
    "application/x-font-opentype",
    "application/x-font-truetype",
    "application/x-font-ttf",
    "application/x-httpd-cgi",
    "application/x-javascript",
    "application/x-mpegurl",
    "application/x-opentype",
    "application/x-otf",
    "application/x-perl",
    "application/x-ttf",
    "application/xhtml+xml",
    "application/xml",
    "font/eot",
    "font/opentype",
    "font/otf",
    "font/ttf",
    "image/svg+xml",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
    "text/js",
    "text/plain",
    "text/richtext",
    "text/tab-separated-values",
    "text/x-component",
    "text/x-java-source",
    "text/x-script",
    "text/xml",
    "vnd.apple.mpegurl",
];

/// Whether CloudFront compresses this `Content-Type`.
#[must_use]
pub fn is_compressible_type(content_type: &[u8]) -> bool {
    let end = memchr::memchr(b';', content_type).unwrap_or(content_type.len());
    let essence = content_type[..end].trim_ascii();
    COMPRESSIBLE_TYPES.iter().any(|listed| listed.as_bytes().eq_ignore_ascii_case(essence))
}

#[cfg(test)]
mod tests {
    use super::{COMPRESSIBLE_TYPES, is_compressible_type};

    #[test]
    fn the_list_is_sorted_and_parameters_do_not_count() {
        assert!(COMPRESSIBLE_TYPES.is_sorted());
        let rows = [
            ("text/html; charset=utf-8", true),
            ("TEXT/HTML", true),
            ("font/woff2", false),
            ("application/ld+json", false),
            ("", false),
        ];
        for (content_type, expected) in rows {
            assert_eq!(is_compressible_type(content_type.as_bytes()), expected, "{content_type}");
        }
    }
}
