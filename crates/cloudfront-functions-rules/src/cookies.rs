//! Cookies and query parameters as fields, and back.

use frontgate_message::Headers;

use crate::fields::{FieldValue, Fields, text_of};

/// The cookies of a request.
pub(crate) fn request_cookies(headers: &Headers) -> Fields {
    let mut fields = Fields::default();
    for header in headers.all("Cookie") {
        for pair in header.split(|byte| *byte == b';').map(<[u8]>::trim_ascii).filter(|pair| !pair.is_empty())
        {
            let pair = text_of(pair);
            let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
            fields.push(name.to_owned(), FieldValue::plain(value));
        }
    }
    fields
}

/// The value of `Cookie` that carries them; `None` where there are none.
pub(crate) fn cookie_header(cookies: &Fields) -> Option<String> {
    let pairs: Vec<String> = each(cookies).map(|(name, value)| format!("{name}={}", value.value)).collect();
    (!pairs.is_empty()).then(|| pairs.join("; "))
}

/// The cookies that a response sets.
pub(crate) fn response_cookies(headers: &Headers) -> Fields {
    let mut fields = Fields::default();
    for header in headers.all("Set-Cookie") {
        let header = text_of(header);
        let (pair, attributes) = match header.split_once(';') {
            Some((pair, attributes)) => (pair, Some(attributes.trim().to_owned())),
            None => (header.as_str(), None),
        };
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let attributes = attributes.filter(|attributes| !attributes.is_empty());
        fields.push(name.trim().to_owned(), FieldValue { value: value.trim().to_owned(), attributes });
    }
    fields
}

/// The values of `Set-Cookie` that set them.
pub(crate) fn set_cookie_headers(cookies: &Fields) -> impl Iterator<Item = String> {
    each(cookies).map(|(name, value)| match &value.attributes {
        Some(attributes) if !attributes.is_empty() => format!("{name}={}; {attributes}", value.value),
        _ => format!("{name}={}", value.value),
    })
}

/// The parameters of a raw query; nothing is decoded.
pub(crate) fn query_parameters(query: &str) -> Fields {
    let mut fields = Fields::default();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        fields.push(name.to_owned(), FieldValue::plain(value));
    }
    fields
}

/// The query that carries them.
pub(crate) fn query_of(parameters: &Fields) -> String {
    let pairs: Vec<String> =
        each(parameters).map(|(name, value)| format!("{name}={}", value.value)).collect();
    pairs.join("&")
}

fn each(fields: &Fields) -> impl Iterator<Item = (&str, &FieldValue)> {
    fields.0.iter().flat_map(|field| field.values.iter().map(|value| (field.name.as_str(), value)))
}
