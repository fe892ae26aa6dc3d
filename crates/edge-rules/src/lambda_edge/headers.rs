//! Headers as functions of Lambda@Edge see and return them: `{"name": [{"key": "Name", "value": "…"}]}`.

use frontgate_cloudfront_functions_rules::result::capitalized;
use frontgate_explain::FactKind;
use frontgate_message::Headers;
use serde_json::{Map, Value, json};

use super::restrictions::{HEADER_BYTES_MAX, is_disallowed, read_only};
use super::{Invalid, Trigger};
use crate::errors::ErrorPage;

/// The fields of a message: those that a function sees, and those that it does not.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    shown: Vec<SeenField>,
    hidden: Vec<(Box<str>, Box<[u8]>)>,
}

/// All values of one name.
#[derive(Clone, Debug)]
struct SeenField {
    /// Lower case.
    name: String,
    values: Vec<SeenValue>,
}

#[derive(Clone, Debug)]
struct SeenValue {
    key: String,
    text: String,
    /// The bytes that the text was made of.
    sent: Vec<u8>,
}

/// A message as a function left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Returned {
    /// All fields, those that the function does not see included.
    pub(super) headers: Headers,
    /// The number of fields that the function left, where it changed any.
    pub(super) changed: Option<u32>,
}

impl Seen {
    /// The fields of a message, `framing` (which the connection writes) among them.
    pub(super) fn of(headers: &Headers, framing: Option<(&str, String)>) -> Self {
        let mut seen = Self::default();
        for (name, value) in headers {
            let lower = name.to_ascii_lowercase();
            if is_disallowed(&lower) {
                seen.hidden.push((name.into(), value.into()));
            } else {
                seen.push(lower, name, value);
            }
        }
        if let Some((name, value)) = framing
            && !headers.contains(name)
        {
            seen.push(name.to_ascii_lowercase(), name, value.as_bytes());
        }
        seen
    }

    /// The object of the event.
    pub(super) fn json(&self) -> Value {
        let entry = |value: &SeenValue| json!({"key": value.key, "value": value.text});
        let fields = self
            .shown
            .iter()
            .map(|field| (field.name.clone(), Value::Array(field.values.iter().map(entry).collect())));
        Value::Object(fields.collect())
    }

    /// Whether a function sees the header, whose name is in lower case.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn push(&mut self, lower: String, name: &str, value: &[u8]) {
        let value = SeenValue { key: name.to_owned(), text: text_of(value), sent: value.to_vec() };
        match self.shown.iter_mut().find(|field| field.name == lower) {
            Some(field) => field.values.push(value),
            None => self.shown.push(SeenField { name: lower, values: vec![value] }),
        }
    }

    fn find(&self, name: &str) -> Option<&SeenField> {
        self.shown.iter().find(|field| field.name == name)
    }

    fn texts(&self, name: &str) -> Vec<&str> {
        let values = self.find(name).map_or(&[][..], |field| &field.values);
        values.iter().map(|value| value.text.as_str()).collect()
    }
}

/// Reads the `headers` of a result; `before` is what the function saw of this message, nothing where it made a new one.
pub(super) fn read(headers: Option<&Value>, before: &Seen, trigger: Trigger) -> Result<Returned, Invalid> {
    let none = Map::new();
    let fields = match headers {
        None | Some(Value::Null) => &none,
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err(malformed("the headers must be an object".into())),
    };
    let mut after = Headers::new();
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for (name, entries) in fields {
        let lower = name.to_ascii_lowercase();
        let values = read_entries(name, entries)?;
        if values.is_empty() {
            continue;
        }
        check_name(&lower, before, trigger)?;
        let seen = before.find(&lower);
        for (index, (key, text)) in values.iter().enumerate() {
            match seen.and_then(|seen| seen.values.get(index)).filter(|seen| seen.text == *text) {
                Some(seen) => after.append(key, &seen.sent),
                None => after.append(key, check_value(name, text)?.as_bytes()),
            }
        }
        texts.push((lower, values.into_iter().map(|(_, text)| text).collect()));
    }
    check_read_only(before, &texts, trigger)?;
    let bytes = after.wire_length();
    if bytes > HEADER_BYTES_MAX {
        let message = format!(
            "Lambda function result failed validation, the headers have {bytes} bytes, {HEADER_BYTES_MAX} at most."
        );
        return Err(Invalid::new(
            ErrorPage::LambdaHeaderInvalid,
            FactKind::LambdaEdgeHeadersInvalid,
            message,
        ));
    }
    let is_same = texts.len() == before.shown.len()
        && texts.iter().all(|(name, values)| before.texts(name).iter().eq(values.iter()));
    let changed = (!is_same).then(|| u32::try_from(after.len()).unwrap_or(u32::MAX));
    for (name, value) in &before.hidden {
        after.append(name, value);
    }
    Ok(Returned { headers: after, changed })
}

/// Reads the entries of one header: pairs of key and text.
pub(super) fn read_entries(name: &str, entries: &Value) -> Result<Vec<(String, String)>, Invalid> {
    let Value::Array(entries) = entries else {
        return Err(malformed(format!(
            "each header entry in the headers object must be an array, header :{name}"
        )));
    };
    let mut read = Vec::new();
    for entry in entries {
        let Value::Object(entry) = entry else {
            return Err(malformed(format!("each value of a header must be an object, header :{name}")));
        };
        let key = match entry.get("key") {
            None | Some(Value::Null) => capitalized(&name.to_ascii_lowercase()),
            Some(Value::String(key)) if key.eq_ignore_ascii_case(name) => key.clone(),
            Some(key) => {
                return Err(malformed(format!("the key {key} is not that of its header, header :{name}")));
            }
        };
        match entry.get("value") {
            Some(Value::String(text)) => read.push((key, text.clone())),
            Some(Value::Array(texts)) if texts.iter().all(Value::is_string) => {
                let texts = texts.iter().filter_map(Value::as_str);
                read.extend(texts.map(|text| (key.clone(), text.to_owned())));
            }
            _ => {
                return Err(malformed(format!(
                    "the value of each header value must be of string or array of string type, header :{name} has one \
                     or more entries whose value is neither string nor array of strings"
                )));
            }
        }
    }
    Ok(read)
}

/// Bytes of a message as the text that a function sees: what is not UTF-8 is taken for ISO-8859-1.
pub(super) fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn check_name(name: &str, before: &Seen, trigger: Trigger) -> Result<(), Invalid> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if let Some(bad) = name.bytes().find(|byte| !is_token(*byte)) {
        return Err(bad_character(bad, "name", name));
    }
    if name.is_empty() {
        return Err(malformed("a header has no name".into()));
    }
    let is_country = trigger == Trigger::ViewerRequest && name == "cloudfront-viewer-country";
    if is_disallowed(name) || (is_country && !before.has(name)) {
        let message = format!(
            "Lambda function result failed validation, the function tried to add a blacklisted header in headers, \
             headerName : {name}."
        );
        let page = ErrorPage::LambdaDisallowedHeader;
        return Err(Invalid::new(page, FactKind::LambdaEdgeDisallowedHeader, message));
    }
    Ok(())
}

/// The value without the spaces around it.
fn check_value<'a>(name: &str, text: &'a str) -> Result<&'a str, Invalid> {
    match text.bytes().find(|byte| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f) {
        Some(bad) => Err(bad_character(bad, "value", name)),
        None => Ok(text.trim_matches([' ', '\t'])),
    }
}

fn check_read_only(before: &Seen, after: &[(String, Vec<String>)], trigger: Trigger) -> Result<(), Invalid> {
    for name in read_only(trigger) {
        let old = before.texts(name);
        let new = after.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, values)| values);
        if old.iter().eq(new.iter()) {
            continue;
        }
        let what = match (old.is_empty(), new.is_empty()) {
            (true, _) => "add",
            (_, true) => "delete",
            _ => "change",
        };
        let message = format!(
            "Lambda function result failed validation, the function tried to {what} read-only header, headerName : \
             {}.",
            capitalized(name)
        );
        let page = ErrorPage::LambdaReadOnlyHeader;
        return Err(Invalid::new(page, FactKind::LambdaEdgeReadOnlyHeader, message));
    }
    Ok(())
}

fn malformed(what: String) -> Invalid {
    let message = format!("The Lambda function returned an invalid entry in the headers object, {what}.");
    Invalid::new(ErrorPage::LambdaHeadersInvalid, FactKind::LambdaEdgeHeadersInvalid, message)
}

fn bad_character(bad: u8, part: &str, name: &str) -> Invalid {
    let message = format!(
        "Lambda function result validation failed, the function returned an invalid header, invalid character : \
         '%{bad:02X}' in header {part}, headerName : {name}."
    );
    Invalid::new(ErrorPage::LambdaHeaderInvalid, FactKind::LambdaEdgeHeadersInvalid, message)
}
