//! `$context.authorizer`: what is known of a caller whom an authorizer let in.

use serde_json::{Map, Value};

/// Who was let in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Authorized {
    /// `requestContext.authorizer` of events.
    pub members: Map<String, Value>,
    /// The API key that the function of the authorizer names.
    pub usage_identifier_key: Option<String>,
}

impl Authorized {
    /// `$context.authorizer.NAME`, such as `principalId` or `claims.sub`.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        let value = match name.strip_prefix("claims.") {
            Some(claim) => self.members.get("claims")?.get(claim)?,
            None => self.members.get(name)?,
        };
        match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}
