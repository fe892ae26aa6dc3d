//! The resource policy of an API: whom it lets in, before or beside the authorization of a method.
//!
//! Authority: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html> and
//! `apigateway-authorization-flow.html`.

use frontgate_iam::{Policy, PolicyError, PolicyKind};
use serde_json::Value;

/// Reads the policy of an API. Its resources may leave out all before the stage: `execute-api:/prod/GET/*`, and
/// API Gateway writes the ARN of the API itself before them.
///
/// # Errors
/// Where it is no policy, with the path and AWS's words.
pub fn parse_resource_policy(document: &Value, api_arn: &str) -> Result<Policy, PolicyError> {
    // CloudFormation takes the document as a text, too.
    let text = document.as_str().and_then(|text| serde_json::from_str(text).ok());
    let mut document = text.unwrap_or_else(|| document.clone());
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(list)) => list.as_mut_slice(),
        Some(one) => std::slice::from_mut(one),
        None => &mut [],
    };
    for statement in statements {
        for name in ["Resource", "NotResource"] {
            match statement.get_mut(name) {
                Some(Value::Array(list)) => list.iter_mut().for_each(|one| expand(one, api_arn)),
                Some(one) => expand(one, api_arn),
                None => {}
            }
        }
    }
    Policy::parse_as(&document, PolicyKind::Resource)
}

fn expand(resource: &mut Value, api_arn: &str) {
    let Some(rest) = resource.as_str().and_then(|text| text.strip_prefix("execute-api:")) else { return };
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    *resource = Value::String(format!("{api_arn}/{rest}"));
}

#[cfg(test)]
mod tests {
    use frontgate_iam::{Outcome, Principal, Request, evaluate};
    use serde_json::json;

    use super::parse_resource_policy;

    #[test]
    fn the_short_form_of_a_resource_is_that_of_the_api() {
        const API: &str = "arn:aws:execute-api:eu-west-1:123456789012:abc";
        for (resource, asked, expected) in [
            ("execute-api:/*", "/prod/GET/x", Outcome::Allow),
            ("execute-api:/prod/GET/x", "/prod/GET/x", Outcome::Allow),
            ("execute-api:/prod/GET/x", "/prod/POST/x", Outcome::ImplicitDeny),
            ("arn:aws:execute-api:eu-west-1:123456789012:abc/*", "/prod/GET/x", Outcome::Allow),
            ("arn:aws:execute-api:eu-west-1:123456789012:other/*", "/prod/GET/x", Outcome::ImplicitDeny),
        ] {
            let document = json!({"Version": "2012-10-17", "Statement": {
                "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": [resource]}});
            for document in [document.clone(), json!(document.to_string())] {
                let policy = parse_resource_policy(&document, API).expect("a policy");
                let request = Request {
                    principal: Principal::Anonymous,
                    action: "execute-api:Invoke",
                    resource: &format!("{API}{asked}"),
                    context: &[],
                };
                assert_eq!(evaluate(&policy, &request).outcome, expected, "{resource}");
            }
        }
        assert!(parse_resource_policy(&json!({"Statement": [{"Effect": "Allow"}]}), API).is_err());
        assert!(parse_resource_policy(&json!("no policy"), API).is_err());
    }
}
