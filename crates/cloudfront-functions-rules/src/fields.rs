//! Headers, cookies and query parameters in the one form that events have for them: a name, its first value, and all
//! values where there are several (`multiValue`).

use serde_json::Value;

/// The fields of one kind in the order of their first values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(pub(crate) Vec<Field>);

/// All values of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) values: Vec<FieldValue>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldValue {
    pub(crate) value: String,
    /// Of a cookie in a response.
    pub(crate) attributes: Option<String>,
}

impl Fields {
    /// Adds a value to its name.
    pub(crate) fn push(&mut self, name: String, value: FieldValue) {
        match self.0.iter_mut().find(|field| field.name == name) {
            Some(field) => field.values.push(value),
            None => self.0.push(Field { name, values: vec![value] }),
        }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|field| field.name == name)
    }

    /// Writes the object of an event.
    pub(crate) fn write(&self, out: &mut String) {
        out.push('{');
        for (index, field) in self.0.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            write_string(&field.name, out);
            out.push(':');
            let [first, rest @ ..] = field.values.as_slice() else {
                out.push_str("{}");
                continue;
            };
            first.write(out);
            if !rest.is_empty() {
                // All values again, the first one included.
                out.truncate(out.len() - 1);
                out.push_str(",\"multiValue\":[");
                for (index, value) in field.values.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    value.write(out);
                }
                out.push_str("]}");
            }
        }
        out.push('}');
    }

    /// Reads the object of a result; `path` names it in errors. What a function changed is told from `before`:
    ///
    /// "If the multiValue array exists and has any modification, then that modification is applied. Otherwise, any
    /// modification to the value property is applied, and subsequent values remain unchanged."
    pub(crate) fn read(result: &Value, path: &str, before: Option<&Self>) -> Result<Self, String> {
        let Value::Object(fields) = result else { return Err(format!("{path} must be an object")) };
        let mut read = Self::default();
        for (name, field) in fields {
            let path = format!("{path}[\"{name}\"]");
            let Value::Object(object) = field else { return Err(format!("{path} must be an object")) };
            let old = before.and_then(|before| before.find(name));
            let several = match object.get("multiValue") {
                None | Some(Value::Null) => None,
                Some(Value::Array(values)) => {
                    let path = format!("{path}.multiValue");
                    let read = values.iter().map(|value| FieldValue::read(value, &path));
                    Some(read.collect::<Result<Vec<_>, _>>()?)
                }
                Some(_) => return Err(format!("{path}.multiValue must be an array")),
            };
            let is_old =
                |values: &[FieldValue]| old.is_some_and(|old| old.values.len() > 1 && old.values == values);
            let values = match several {
                Some(mut values) if is_old(&values) => {
                    if object.get("value").is_some_and(Value::is_string)
                        && let Some(first) = values.first_mut()
                    {
                        *first = FieldValue::read(field, &path)?;
                    }
                    values
                }
                Some(values) if !values.is_empty() => values,
                _ => vec![FieldValue::read(field, &path)?],
            };
            read.0.push(Field { name: name.clone(), values });
        }
        Ok(read)
    }
}

impl FieldValue {
    pub(crate) fn plain(value: impl Into<String>) -> Self {
        Self { value: value.into(), attributes: None }
    }

    fn write(&self, out: &mut String) {
        out.push_str("{\"value\":");
        write_string(&self.value, out);
        if let Some(attributes) = &self.attributes {
            out.push_str(",\"attributes\":");
            write_string(attributes, out);
        }
        out.push('}');
    }

    fn read(value: &Value, path: &str) -> Result<Self, String> {
        let Value::Object(object) = value else { return Err(format!("{path} must be an object")) };
        let text = match object.get("value") {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => return Err(format!("{path}.value is missing")),
            Some(_) => return Err(format!("{path}.value must be a string")),
        };
        let attributes = match object.get("attributes") {
            Some(Value::String(text)) => Some(text.clone()),
            None | Some(Value::Null) => None,
            Some(_) => return Err(format!("{path}.attributes must be a string")),
        };
        Ok(Self { value: text, attributes })
    }
}

/// Bytes of a request or a response as the text that a function sees: what is not UTF-8 is taken for ISO-8859-1.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Writes a JSON string.
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[plain_from..at]);
        plain_from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            _ => {
                out.push_str("\\u00");
                for digit in [byte >> 4, byte & 15] {
                    out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
                }
            }
        }
    }
    out.push_str(&text[plain_from..]);
    out.push('"');
}
