//! The little XML that S3's answers need.

use std::fmt::Write as _;

use bytes::Bytes;
use frontgate_message::Response;

/// The beginning of a document with that root element.
pub(crate) fn opened(root: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    )
}

/// An answer with a document.
pub(crate) fn answer(response: Response, document: String) -> Response {
    response.with_header("Content-Type", "application/xml").with_body(Bytes::from(document))
}

/// Appends `<name>text</name>`.
pub(crate) fn element(out: &mut String, name: &str, text: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    escape(out, text);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Appends `text` with its markup escaped; control characters as references, as S3 sends them.
pub(crate) fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            control if control.is_control() => {
                let written = write!(out, "&#x{:x};", u32::from(control));
                debug_assert!(written.is_ok(), "writing to a string cannot fail");
            }
            other => out.push(other),
        }
    }
}
