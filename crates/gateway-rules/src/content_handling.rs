//! `contentHandling`: when a payload is made bytes of base64, or base64 of bytes.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html>

use bytes::Bytes;
use frontgate_aws::{base64_decode, base64_encode};

use crate::media;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentHandling {
    /// `CONVERT_TO_BINARY`
    ToBinary,
    /// `CONVERT_TO_TEXT`
    ToText,
}

/// A payload that was to be decoded is no base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotBase64;

impl ContentHandling {
    /// The value of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "CONVERT_TO_BINARY" => Some(Self::ToBinary),
            "CONVERT_TO_TEXT" => Some(Self::ToText),
            _ => None,
        }
    }
}

/// The payload of a request on its way to the integration, after its `Content-Type`.
///
/// # Errors
/// It is to be decoded and is no base64.
pub fn convert_request(
    handling: Option<ContentHandling>,
    binary_media_types: &[Box<str>],
    content_type: Option<&str>,
    payload: Bytes,
) -> Result<Bytes, NotBase64> {
    let is_binary = is_binary(binary_media_types, content_type);
    match (is_binary, handling) {
        (false, Some(ContentHandling::ToBinary)) => decode(&payload),
        (true, Some(ContentHandling::ToText)) => Ok(encode(&payload)),
        _ => Ok(payload),
    }
}

/// The payload of a backend's answer on its way to the caller, after its own `Content-Type` and the `Accept` of the
/// request, of which the first type counts.
///
/// # Errors
/// It is to be decoded and is no base64.
pub fn convert_response(
    handling: Option<ContentHandling>,
    binary_media_types: &[Box<str>],
    content_type: Option<&str>,
    accept: Option<&str>,
    payload: Bytes,
) -> Result<Bytes, NotBase64> {
    let is_wanted_binary = match handling {
        Some(handling) => handling == ContentHandling::ToBinary,
        None => is_binary(binary_media_types, accept),
    };
    match (is_binary(binary_media_types, content_type), is_wanted_binary) {
        (false, true) => decode(&payload),
        (true, false) => Ok(encode(&payload)),
        _ => Ok(payload),
    }
}

fn is_binary(binary_media_types: &[Box<str>], header: Option<&str>) -> bool {
    media::is_binary(binary_media_types, header.unwrap_or_default())
}

fn encode(payload: &[u8]) -> Bytes {
    base64_encode(payload).into()
}

fn decode(payload: &[u8]) -> Result<Bytes, NotBase64> {
    // A function that returns base64 returns a JSON string, with its quotation marks
    // (api-gateway-content-encodings-examples-image-lambda).
    let text = std::str::from_utf8(payload).map_err(|_| NotBase64)?.trim();
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    base64_decode(inner.unwrap_or(text)).map(Bytes::from).ok_or(NotBase64)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{ContentHandling, NotBase64, convert_request, convert_response};

    const PNG: &[&str] = &["image/png"];
    const TO_BINARY: Option<ContentHandling> = Some(ContentHandling::ToBinary);
    const TO_TEXT: Option<ContentHandling> = Some(ContentHandling::ToText);

    fn types(types: &[&str]) -> Vec<Box<str>> {
        types.iter().map(|text| (*text).into()).collect()
    }

    /// The rows of both tables of the page; `aGk=` is base64 of `hi`.
    #[test]
    fn payloads_are_converted_as_documented() {
        const JSON: Option<&str> = Some("application/json");
        const IMAGE: Option<&str> = Some("image/png");
        for (handling, binary, content_type, payload, expected) in [
            (None, &[][..], IMAGE, "aGk=", Ok("aGk=")),
            (TO_BINARY, &[], JSON, "aGk=", Ok("hi")),
            (TO_TEXT, &[], JSON, "aGk=", Ok("aGk=")),
            (None, PNG, JSON, "aGk=", Ok("aGk=")),
            (TO_BINARY, PNG, JSON, "aGk=", Ok("hi")),
            (TO_TEXT, PNG, JSON, "hi", Ok("hi")),
            (None, PNG, IMAGE, "hi", Ok("hi")),
            (TO_BINARY, PNG, IMAGE, "hi", Ok("hi")),
            (TO_TEXT, PNG, IMAGE, "hi", Ok("aGk=")),
            (TO_BINARY, PNG, JSON, "hi!", Err(NotBase64)),
            (TO_BINARY, &[], JSON, "\"aGk=\"", Ok("hi")),
        ] {
            let found = convert_request(handling, &types(binary), content_type, payload.into());
            assert_eq!(found, expected.map(Bytes::from), "{handling:?} {binary:?} {content_type:?}");
        }
        for (handling, binary, content_type, accept, payload, expected) in [
            (None, &[][..], JSON, IMAGE, "hi", Ok("hi")),
            (TO_BINARY, &[], JSON, JSON, "aGk=", Ok("hi")),
            (TO_TEXT, &[], JSON, JSON, "hi", Ok("hi")),
            (None, PNG, JSON, JSON, "hi", Ok("hi")),
            (TO_BINARY, PNG, JSON, JSON, "aGk=", Ok("hi")),
            (TO_TEXT, PNG, JSON, JSON, "hi", Ok("hi")),
            (None, PNG, JSON, IMAGE, "aGk=", Ok("hi")),
            (TO_BINARY, PNG, JSON, IMAGE, "aGk=", Ok("hi")),
            (TO_TEXT, PNG, JSON, IMAGE, "hi", Ok("hi")),
            (None, PNG, IMAGE, JSON, "hi", Ok("aGk=")),
            (TO_BINARY, PNG, IMAGE, JSON, "hi", Ok("hi")),
            (TO_TEXT, PNG, IMAGE, JSON, "hi", Ok("aGk=")),
            (None, PNG, IMAGE, IMAGE, "hi", Ok("hi")),
            (TO_BINARY, PNG, IMAGE, IMAGE, "hi", Ok("hi")),
            (TO_TEXT, PNG, IMAGE, IMAGE, "hi", Ok("aGk=")),
            (None, PNG, JSON, Some("image/png;q=1,*/*"), "not base64", Err(NotBase64)),
        ] {
            let found = convert_response(handling, &types(binary), content_type, accept, payload.into());
            let row = format!("{handling:?} {binary:?} {content_type:?} {accept:?}");
            assert_eq!(found, expected.map(Bytes::from), "{row}");
        }
    }
}
