//! `AWS::ApiGateway::ApiKey`.

use frontgate_aws::ids;
use frontgate_gateway_rules::usage::ApiKey;
use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// The least and the most letters of a key.
const VALUE_LENGTHS: std::ops::RangeInclusive<usize> = 20..=128;

/// Makes an API key: with the value that is given, else with one that only this machine knows.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let seed = maker.seed(&node.logical_id);
    let id = ids::rest_api_id(&format!("{seed}/api key"));
    let given = properties.text("Value");
    let enabled = properties.flag("Enabled");
    // Since there are usage plans, StageKeys open nothing.
    properties.accept(&["CustomerId", "Description", "GenerateDistinctId", "Name", "StageKeys", "Tags"]);
    if let Some(value) = given.as_ref().filter(|value| !VALUE_LENGTHS.contains(&value.value.len())) {
        let message = format!(
            "{}.Value: BadRequestException: API Key value should be at least 20 characters",
            properties.path()
        );
        properties.problems().error(value.span, message, "not valid", "Use 20 to 128 characters.");
    }
    let value = given
        .as_ref()
        .map_or_else(|| letters_only(&maker.secret(&seed)), |value| value.value.as_ref().into());
    if maker.resources.usage_plans.keys.iter().any(|key| *key.value == *value) {
        let message = format!("{}.Value: ConflictException: API Key already exists", properties.path());
        properties.problems().error(properties.span_of("Value"), message, "twice", "Use another value.");
    }
    if enabled.is_none() {
        let message = format!("{}: without `Enabled: true` the key opens nothing", properties.path());
        let cure = "Write Enabled: true.";
        properties.problems().warning(node.logical_id_span, message, "not enabled", cure);
    }
    let enabled = enabled.unwrap_or(false);
    let place = maker.place(node.logical_id_span, format!("the API key {}", node.logical_id));
    maker.resources.usage_plans.keys.push(ApiKey {
        id: id.as_str().into(),
        value: value.into(),
        enabled,
        place,
    });
    Made::new(&id).with("APIKeyId", id)
}

/// Values that API Gateway makes have letters and digits only.
fn letters_only(secret: &str) -> String {
    secret.replace(['+', '/'], "x")
}
