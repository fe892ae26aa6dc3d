//! `AWS::Lambda::Permission`: one statement of a function's resource policy.

use std::sync::Arc;

use frontgate_iam::{LambdaPermission, Policy};
use frontgate_snapshot::{FunctionPolicy, Permission};
use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a permission.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = maker.generated_name(node);
    let action = properties.required_text("Action");
    let function = properties.required_text("FunctionName");
    let principal = properties.required_text("Principal");
    let source_arn = properties.text("SourceArn");
    let source_account = properties.text("SourceAccount");
    properties.unsupported(&[
        "EventSourceToken",
        "FunctionUrlAuthType",
        "InvokedViaFunctionUrl",
        "PrincipalOrgID",
    ]);
    let (Some(action), Some(function), Some(principal)) = (action, function, principal) else {
        return Made::new(&name);
    };
    let known = maker.resources.functions.iter().any(|known| {
        *known.name == *function.value
            || *known.arn == *function.value
            || function.value.ends_with(&format!(":{}", known.name))
    });
    if !known {
        properties.problems().error(
            function.span,
            format!("{}.FunctionName: Function not found: {}", node.logical_id, function.value),
            "ResourceNotFoundException",
            "Name a function of this template with !Ref or !GetAtt.",
        );
        return Made::new(&name);
    }
    let place = maker.place(node.logical_id_span, format!("the permission {}", node.logical_id));
    let resource = maker.arn("lambda", &format!("function:{}", function.value));
    let arn = if function.value.starts_with("arn:") { function.value.to_string() } else { resource };
    let permission = LambdaPermission {
        statement_id: &name,
        action: &action.value,
        principal: &principal.value,
        source_arn: source_arn.as_ref().map(|text| &*text.value),
        source_account: source_account.as_ref().map(|text| &*text.value),
        ..LambdaPermission::default()
    };
    let statement = match permission.statement(&arn) {
        Ok(statement) => statement,
        Err(error) => {
            let message = format!("{}: {}", node.logical_id, error.message);
            properties.problems().error(node.logical_id_span, message, "not valid", "");
            return Made::new(&name);
        }
    };
    let statement = FunctionPolicy { policy: Arc::new(Policy::of(vec![statement])), place };
    maker.resources.permissions.push(Permission { function: function.value.as_ref().into(), statement });
    Made::new(&name).with("Id", name)
}
