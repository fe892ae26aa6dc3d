//! `AWS::ApiGateway::Account`: the role with which API Gateway writes logs; here it needs none.

use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes the settings of the account.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    properties.accept(&["CloudWatchRoleArn"]);
    Made::new(maker.generated_name(node))
}
