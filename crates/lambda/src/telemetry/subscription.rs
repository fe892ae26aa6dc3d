//! What an extension asks for when it subscribes, and whether it may.
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html>

use std::time::Duration;

use serde_json::Value;

use super::Speaker;

/// A subscription that can be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) types: Vec<Speaker>,
    pub(crate) destination: Destination,
    pub(crate) items_max: usize,
    pub(crate) bytes_max: usize,
    pub(crate) timeout: Duration,
}

/// Where events go: always to this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Lists of events, each a POST.
    Http { port: u16, path: String },
    /// Events, each a line.
    Tcp { port: u16 },
}

impl Subscription {
    /// Reads the body of a subscription; the error is AWS's message of a `ValidationError`.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        let body: Value = serde_json::from_slice(body).map_err(|problem| problem.to_string())?;
        let mut problems = Vec::new();
        let version = body.get("schemaVersion").and_then(Value::as_str).unwrap_or_default();
        if !SCHEMA_VERSIONS.contains(&version) {
            problems.push(format!("schemaVersion should be one of {}", SCHEMA_VERSIONS.join(", ")));
        }
        let destination = destination(body.get("destination"), &mut problems);
        let types = types(body.get("types"), &mut problems);
        let buffering = body.get("buffering");
        let mut bounded = |name: &str, default: u64, min: u64, max: u64| {
            let value = buffering.and_then(|buffering| buffering.get(name));
            let number = value.map_or(Some(default), Value::as_u64);
            let number = number.filter(|number| (min..=max).contains(number));
            if number.is_none() {
                problems.push(format!("buffering.{name} should be between {min} and {max}"));
            }
            number.unwrap_or(default)
        };
        let items_max = bounded("maxItems", 10_000, 1_000, 10_000);
        let bytes_max = bounded("maxBytes", 262_144, 262_144, 1_048_576);
        let timeout_ms = bounded("timeoutMs", 1_000, 25, 30_000);
        match destination {
            Some(destination) if problems.is_empty() => Ok(Self {
                types,
                destination,
                items_max: usize::try_from(items_max).unwrap_or(usize::MAX),
                bytes_max: usize::try_from(bytes_max).unwrap_or(usize::MAX),
                timeout: Duration::from_millis(timeout_ms),
            }),
            _ => Err(problems.join("; ")),
        }
    }
}

fn types(value: Option<&Value>, problems: &mut Vec<String>) -> Vec<Speaker> {
    let mut types = Vec::new();
    for name in value.and_then(Value::as_array).into_iter().flatten() {
        match name.as_str() {
            Some("extension") => types.push(Speaker::Extension),
            Some("function") => types.push(Speaker::Function),
            Some("platform") => types.push(Speaker::Platform),
            _ => problems.push(format!("{name} is no type of telemetry")),
        }
    }
    if types.is_empty() {
        problems.push("types should not be empty".to_owned());
    }
    types
}

/// `http://sandbox.localdomain:PORT/PATH`, or a port of TCP.
fn destination(value: Option<&Value>, problems: &mut Vec<String>) -> Option<Destination> {
    let Some(value) = value else {
        problems.push("destination is not provided".to_owned());
        return None;
    };
    match value.get("protocol").and_then(Value::as_str) {
        Some("TCP") => {
            let port = value.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
            if port.is_none() {
                problems.push("port is not provided".to_owned());
            }
            Some(Destination::Tcp { port: port? })
        }
        Some("HTTP") => {
            let uri = value.get("URI").and_then(Value::as_str).unwrap_or_default();
            let Some(rest) = uri.strip_prefix("http://") else {
                problems.push("URI scheme should be http".to_owned());
                return None;
            };
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let (host, port) = authority.rsplit_once(':').unwrap_or((authority, ""));
            if !HOSTS.contains(&host) {
                problems.push(format!("URI host should be {}", HOSTS[0]));
                return None;
            }
            let Ok(port) = port.parse() else {
                problems.push("URI port is not provided".to_owned());
                return None;
            };
            let path = if path.is_empty() { "/" } else { path };
            if path.bytes().any(|byte| !byte.is_ascii_graphic()) {
                problems.push("URI is not valid".to_owned());
                return None;
            }
            Some(Destination::Http { port, path: path.to_owned() })
        }
        _ => {
            problems.push("destination.protocol should be HTTP or TCP".to_owned());
            None
        }
    }
}

const SCHEMA_VERSIONS: [&str; 3] = ["2022-07-01", "2022-12-13", "2025-01-29"];
const HOSTS: [&str; 4] = ["sandbox.localdomain", "sandbox", "localhost", "127.0.0.1"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_read_or_refused() {
        let http = r#"{"protocol":"HTTP","URI":"http://sandbox.localdomain:8080/logs"}"#;
        for (body, found) in [
            (
                format!(r#"{{"schemaVersion":"2022-12-13","types":["platform","function"],"destination":{http},"buffering":{{"timeoutMs":25}}}}"#),
                Ok((Destination::Http { port: 8080, path: "/logs".to_owned() }, 25)),
            ),
            (
                r#"{"schemaVersion":"2022-07-01","types":["extension"],"destination":{"protocol":"TCP","port":7}}"#.to_owned(),
                Ok((Destination::Tcp { port: 7 }, 1_000)),
            ),
            (
                r#"{"schemaVersion":"2022-07-01","types":[],"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain"}}"#.to_owned(),
                Err("URI port is not provided; types should not be empty"),
            ),
            (
                format!(r#"{{"schemaVersion":"2022-07-01","types":["function"],"destination":{http},"buffering":{{"maxBytes":1}}}}"#),
                Err("buffering.maxBytes should be between 262144 and 1048576"),
            ),
            (
                r#"{"schemaVersion":"2022-07-01","types":["function"],"destination":{"protocol":"HTTP","URI":"http://example.com:80"}}"#.to_owned(),
                Err("URI host should be sandbox.localdomain"),
            ),
        ] {
            let read = Subscription::read(body.as_bytes());
            let read = read.map(|one| (one.destination, one.timeout.as_millis()));
            assert_eq!(read, found.map_err(str::to_owned), "{body}");
        }
        assert!(Subscription::read(b"no json").is_err());
    }
}
