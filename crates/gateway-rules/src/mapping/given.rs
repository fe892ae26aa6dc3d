//! `$input` and `$util`, which API Gateway gives to every template.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>

use frontgate_aws::{base64_decode, base64_encode, percent_decode, percent_encode};
use serde_json::Value as Json;

use super::RenderError;
use super::machine::Machine;
use super::method_names::Method;
use super::methods::throw;
use super::value::Value;

/// `$input.body`: `{}` where there is none (recorded: `test_input_body_formatting`).
pub fn body(machine: &mut Machine<'_>) -> Result<Value, RenderError> {
    if machine.body().is_empty() {
        return Ok(Value::text("{}"));
    }
    let text = String::from_utf8_lossy(machine.body()).into_owned();
    machine.text(text)
}

/// `$input.json`, `.path` and `.params`
pub fn on_input(
    machine: &mut Machine<'_>,
    method: Method,
    arguments: &[Value],
) -> Result<Value, RenderError> {
    let argument = arguments.first().map(Value::to_text);
    match (method, argument) {
        (Method::Json, argument) => {
            let found = machine.find(argument.as_deref().unwrap_or("$"))?;
            // Inferred: what the payload does not have is the empty text.
            machine.text(found.unwrap_or_else(|| Json::from("")).to_string())
        }
        (Method::Path, argument) => {
            let found = machine.find(argument.as_deref().unwrap_or("$"))?;
            Ok(found.map_or(Value::Missing, |found| Value::from_json(&found)))
        }
        (Method::Params, None) => {
            let kinds = machine.parameters().into_iter();
            Ok(Value::given(kinds.map(|(kind, all)| (Value::text(kind), last_values(all))).collect()))
        }
        (Method::Params, Some(name)) => {
            let kinds = machine.parameters().into_iter();
            let mut found = kinds.filter_map(|(_, parameters)| {
                parameters.into_iter().rfind(|(key, _)| *key == name).map(|(_, value)| value)
            });
            let value = found.next().unwrap_or_default();
            machine.text(value)
        }
        _ => Ok(Value::Null),
    }
}

/// Of parameters with the same name the last one counts.
fn last_values(parameters: Vec<(String, String)>) -> Value {
    let values = Value::given(Vec::new());
    if let Value::Map(map) = &values {
        for (name, value) in parameters {
            drop(map.put(Value::text(&name), Value::text(&value)));
        }
    }
    values
}

/// `$util.escapeJavaScript`, `.parseJson`, `.urlEncode`, `.urlDecode`, `.base64Encode` and `.base64Decode`
pub fn on_util(machine: &mut Machine<'_>, method: Method, arguments: &[Value]) -> Result<Value, RenderError> {
    let argument = arguments.first().unwrap_or(&Value::Null);
    let text = argument.to_text();
    machine.charge(text.len())?;
    let result = match method {
        Method::EscapeJavaScript if argument.is_none() => "null".to_owned(),
        Method::EscapeJavaScript if text.trim().is_empty() => "{}".to_owned(),
        Method::EscapeJavaScript => escape_java_script(&text),
        Method::ParseJson => {
            return match serde_json::from_str::<Json>(&text) {
                Ok(json) => Ok(Value::from_json(&json)),
                Err(_) if argument.is_none() => Ok(Value::Missing),
                Err(error) => throw(format!("the text is no JSON: {error}")),
            };
        }
        Method::UrlEncode => {
            percent_encode(text.as_bytes(), false).replace("%20", "+").replace('~', "%7E").replace("%2A", "*")
        }
        Method::UrlDecode => String::from_utf8_lossy(&percent_decode(&text.replace('+', " "))).into_owned(),
        Method::Base64Encode => base64_encode(text.as_bytes()),
        Method::Base64Decode => match base64_decode(&text) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => return throw("the text is no Base64"),
        },
        _ => return Ok(Value::Null),
    };
    machine.text(result)
}

/// Commons Lang's `escapeJavaScript`: a quote is escaped, too, so that its result is no JSON where it has one.
fn escape_java_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
    }
    out
}
