//! What the deployments of a stack's APIs have captured: what one plan of the stack hands to the next.
//!
//! CloudFormation makes an `AWS::ApiGateway::Deployment` once. While the template keeps its logical id (and the properties
//! whose change means replacement), the deployment stays what it is, whatever becomes of the API.

use std::collections::BTreeMap;
use std::sync::Arc;

use frontgate_gateway_rules::usage::ApiKeySource;
use frontgate_template::{Node, SourceFile};
use serde_json::Value;

/// The deployments of all APIs of a stack, and what else its APIs were at the last update.
#[derive(Clone, Debug, Default)]
pub struct Deployments {
    captured: BTreeMap<(String, String), Arc<Captured>>,
    apis: BTreeMap<String, Entrance>,
}

/// An API as a deployment captured it: its definition, and what its resource says beside it.
#[derive(Clone, Debug)]
pub struct Captured {
    /// The definition, with places in `source`.
    pub document: Node,
    /// The template as it was then.
    pub source: SourceFile,
    /// `BinaryMediaTypes`
    pub binary_media_types: Vec<Box<str>>,
    /// `MinimumCompressionSize`
    pub minimum_compression_size: Option<u32>,
    /// `ApiKeySourceType`
    pub api_key_source: Option<ApiKeySource>,
    /// `DisableExecuteApiEndpoint` of an HTTP API.
    pub execute_api_disabled: bool,
}

/// Whether an API is entered under its own name. Unlike what a deployment captures this is one setting of the whole API,
/// which "takes effect when you update any setting on any stage"
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html>).
#[derive(Clone, Debug, Default)]
struct Entrance {
    is_disabled: bool,
    /// What each stage was.
    stages: BTreeMap<String, Value>,
}

impl Deployments {
    /// What that deployment of that API has captured, where it was made before.
    #[must_use]
    pub fn find(&self, api_id: &str, deployment_id: &str) -> Option<&Arc<Captured>> {
        self.captured.get(&(api_id.to_owned(), deployment_id.to_owned()))
    }

    /// Whether the API was made before.
    #[must_use]
    pub fn has_api(&self, api_id: &str) -> bool {
        self.apis.contains_key(api_id)
    }

    /// Keeps what a deployment has captured.
    pub fn keep(&mut self, api_id: &str, deployment_id: &str, captured: Arc<Captured>) {
        self.captured.insert((api_id.to_owned(), deployment_id.to_owned()), captured);
    }

    /// Keeps that an API was made.
    pub fn note_api(&mut self, api_id: &str) {
        self.apis.entry(api_id.to_owned()).or_default();
    }

    /// Keeps what the stages of an API are; whether its own name is disabled: `is_disabled`, once a stage is another than
    /// `earlier`.
    pub fn enter(
        &mut self,
        earlier: &Self,
        api_id: &str,
        stages: BTreeMap<String, Value>,
        is_disabled: bool,
    ) -> bool {
        let is_disabled = match earlier.apis.get(api_id) {
            Some(before) if stages.iter().all(|(name, stage)| before.stages.get(name) == Some(stage)) => {
                before.is_disabled
            }
            _ => is_disabled,
        };
        self.apis.insert(api_id.to_owned(), Entrance { is_disabled, stages });
        is_disabled
    }
}

impl Captured {
    /// Whether a deployment of now would capture the same.
    #[must_use]
    pub fn is_same(&self, now: &Self) -> bool {
        self.beside() == now.beside() && self.document.to_json() == now.document.to_json()
    }

    /// What the resource says beside the definition, with the names of its properties.
    #[must_use]
    pub fn beside(&self) -> [(&'static str, Value); 4] {
        let source = self.api_key_source.map(|source| match source {
            ApiKeySource::Authorizer => "AUTHORIZER",
            ApiKeySource::Header => "HEADER",
        });
        let types = self.binary_media_types.iter().map(|name| Value::from(&**name)).collect();
        [
            ("ApiKeySourceType", Value::from(source)),
            ("BinaryMediaTypes", Value::Array(types)),
            ("DisableExecuteApiEndpoint", Value::from(self.execute_api_disabled)),
            ("MinimumCompressionSize", Value::from(self.minimum_compression_size)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::Deployments;

    #[test]
    fn the_name_of_an_api_is_disabled_once_a_stage_changes() {
        let mut earlier = Deployments::default();
        for (stage, wanted, expected) in [
            // A new API is as its template says.
            (("prod", 1), false, false),
            (("prod", 1), true, false),
            (("prod", 2), true, true),
            (("prod", 2), false, true),
            (("test", 2), false, false),
        ] {
            let mut next = Deployments::default();
            let stages = BTreeMap::from([(stage.0.to_owned(), json!(stage.1))]);
            assert_eq!(next.enter(&earlier, "abc", stages, wanted), expected, "{stage:?} {wanted}");
            assert!(next.has_api("abc") && !next.has_api("def"));
            earlier = next;
        }
    }
}
