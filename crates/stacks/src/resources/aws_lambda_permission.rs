//! `AWS::Lambda::Permission`: one statement of a function's resource policy.

use std::sync::Arc;

use frontgate_iam::{LambdaPermission, Policy};
use frontgate_snapshot::{FunctionPolicy, Permission};
use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::{Object, Text};

/// Makes a permission.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = maker.generated_name(node);
    let action = properties.required_text("Action");
    let function = properties.required_text("FunctionName");
    let principal = properties.required_text("Principal");
    let source_arn = properties.text("SourceArn");
    let source_account = properties.text("SourceAccount");
    let url_auth_type = properties.text("FunctionUrlAuthType");
    let invoked_via_url = properties.flag("InvokedViaFunctionUrl");
    // Callers here belong to no organization and come with no token of a skill, so that such a statement allows nobody.
    let organization = properties.text("PrincipalOrgID");
    let token = properties.text("EventSourceToken");
    let (Some(action), Some(function), Some(principal)) = (action, function, principal) else {
        return Made::new(&name);
    };
    check_auth_type(properties, url_auth_type.as_ref(), &action);
    let qualified = maker.lambda_functions.iter().find_map(|draft| draft.qualified_arn(&function.value));
    let plain = maker.lambda_functions.iter().find(|draft| draft.is_called(&function.value));
    let Some(arn) = qualified.or_else(|| plain.map(|draft| draft.arn.clone())) else {
        properties.problems().error(
            function.span,
            format!("{}.FunctionName: Function not found: {}", node.logical_id, function.value),
            "ResourceNotFoundException",
            "Name a function of this template, or a version or alias of it, with !Ref or !GetAtt.",
        );
        return Made::new(&name);
    };
    let place = maker.place(node.logical_id_span, format!("the permission {}", node.logical_id));
    let permission = LambdaPermission {
        statement_id: &name,
        action: &action.value,
        principal: &principal.value,
        source_arn: source_arn.as_ref().map(|text| &*text.value),
        source_account: source_account.as_ref().map(|text| &*text.value),
        principal_org_id: organization.as_ref().map(|text| &*text.value),
        event_source_token: token.as_ref().map(|text| &*text.value),
        function_url_auth_type: url_auth_type.as_ref().map(|text| &*text.value),
        invoked_via_function_url: invoked_via_url,
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
    maker.resources.permissions.push(Permission { function: arn.into(), statement });
    Made::new(&name).with("Id", name)
}

/// `AddPermission` knows the two auth types, and takes them with the one action that asks a URL.
fn check_auth_type(properties: &Object<'_>, auth_type: Option<&Text<'_>>, action: &Text<'_>) {
    let Some(auth_type) = auth_type else { return };
    if !matches!(&*auth_type.value, "AWS_IAM" | "NONE") {
        let message =
            format!("{}.FunctionUrlAuthType: `{}` is not a valid value", properties.path(), auth_type.value);
        let cure = "Use one of: AWS_IAM, NONE.";
        properties.problems().error(auth_type.span, message, "not a valid value", cure);
    } else if action.value != "lambda:InvokeFunctionUrl" {
        let message = format!(
            "{}: InvalidParameterValueException: FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl \
             action",
            properties.path()
        );
        let cure =
            "Remove it; a permission for lambda:InvokeFunction has InvokedViaFunctionUrl: true instead.";
        properties.problems().error(auth_type.span, message, "with another action", cure);
    }
}
