//! `AWS::Logs::LogGroup`: the name of a log. Lines stay until the state folder is emptied.

use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a log group.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.text("LogGroupName");
    let name = name.map_or_else(|| maker.generated_name(node), |name| name.value.into_owned());
    properties.accept(&["KmsKeyId", "LogGroupClass", "RetentionInDays", "Tags"]);
    let arn = maker.arn("logs", &format!("log-group:{name}:*"));
    Made::new(&name).with("Arn", arn)
}
