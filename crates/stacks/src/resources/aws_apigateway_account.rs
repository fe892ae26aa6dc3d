//! `AWS::ApiGateway::Account`: the role with which API Gateway writes logs. Stages have logs only where it is named.

use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes the settings of the account.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let role = properties.text("CloudWatchRoleArn").filter(|arn| !arn.value.is_empty());
    maker.stage_logging.has_account = true;
    maker.stage_logging.role = role.map(|arn| (arn.value.into_owned(), arn.span));
    Made::new(maker.generated_name(node))
}
