//! An `AWS::Lambda::Permission` as the statement that Lambda makes of it.
//!
//! Authority: Lambda developer guide, *Viewing resource-based IAM policies in Lambda*
//! (`access-control-resource-based`), and the API's `AddPermission`.

use serde_json::{Map, Value, json};

use crate::parse::{PolicyError, PolicyKind};
use crate::policy::{Policy, Statement};

/// What `AddPermission` takes.
#[derive(Clone, Copy, Debug, Default)]
pub struct LambdaPermission<'a> {
    /// `StatementId`; CloudFormation makes one of the logical id.
    pub statement_id: &'a str,
    /// `Action`, such as `lambda:InvokeFunction`.
    pub action: &'a str,
    /// `Principal`: a service, an account, an ARN or `*`.
    pub principal: &'a str,
    /// `SourceArn`
    pub source_arn: Option<&'a str>,
    /// `SourceAccount`
    pub source_account: Option<&'a str>,
    /// `PrincipalOrgID`
    pub principal_org_id: Option<&'a str>,
    /// `EventSourceToken`
    pub event_source_token: Option<&'a str>,
    /// `FunctionUrlAuthType`
    pub function_url_auth_type: Option<&'a str>,
    /// `InvokedViaFunctionUrl`
    pub invoked_via_function_url: Option<bool>,
}

impl LambdaPermission<'_> {
    /// The statement as `GetPolicy` prints it.
    #[must_use]
    pub fn document(&self, function_arn: &str) -> Value {
        let mut statement = json!({
            "Sid": self.statement_id,
            "Effect": "Allow",
            "Principal": self.principal_element(),
            "Action": self.action,
            "Resource": function_arn,
        });
        let condition = self.condition();
        if !condition.is_empty() {
            statement["Condition"] = Value::Object(condition);
        }
        statement
    }

    /// The statement, ready to be evaluated.
    ///
    /// # Errors
    /// When the principal or the action cannot be part of a policy.
    pub fn statement(&self, function_arn: &str) -> Result<Statement, PolicyError> {
        let document = json!({"Version": "2012-10-17", "Statement": [self.document(function_arn)]});
        let policy = Policy::parse_as(&document, PolicyKind::Resource)?;
        policy
            .statements
            .into_iter()
            .next()
            .ok_or_else(|| PolicyError::new("/Statement", "Could not parse the policy: Statement is empty!"))
    }

    fn principal_element(&self) -> Value {
        match self.principal {
            "*" => json!("*"),
            account if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) => {
                json!({"AWS": format!("arn:aws:iam::{account}:root")})
            }
            arn if arn.starts_with("arn:") => json!({"AWS": arn}),
            service => json!({"Service": service}),
        }
    }

    fn condition(&self) -> Map<String, Value> {
        let mut equals = Map::new();
        let rows = [
            ("AWS:SourceAccount", self.source_account),
            ("aws:PrincipalOrgID", self.principal_org_id),
            ("lambda:EventSourceToken", self.event_source_token),
            ("lambda:FunctionUrlAuthType", self.function_url_auth_type),
        ];
        for (key, value) in rows {
            if let Some(value) = value {
                equals.insert(key.to_owned(), json!(value));
            }
        }
        let mut condition = Map::new();
        if !equals.is_empty() {
            condition.insert("StringEquals".to_owned(), Value::Object(equals));
        }
        if let Some(invoked) = self.invoked_via_function_url {
            let text = invoked.to_string();
            condition.insert("Bool".to_owned(), json!({"lambda:InvokedViaFunctionUrl": text}));
        }
        if let Some(arn) = self.source_arn {
            condition.insert("ArnLike".to_owned(), json!({"AWS:SourceArn": arn}));
        }
        condition
    }
}

#[cfg(test)]
mod tests {
    use super::LambdaPermission;
    use crate::{Outcome, Policy, Principal, Request, evaluate};

    const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

    #[test]
    fn a_source_arn_decides() {
        for (source_arn, called_by, expected) in [
            ("arn:aws:execute-api:us-east-1:123456789012:abc/*/*/*", "abc/prod/POST/api/submit", true),
            (
                "arn:aws:execute-api:us-east-1:123456789012:abc/*/POST/api/submit",
                "abc/prod/POST/api/submit",
                true,
            ),
            (
                "arn:aws:execute-api:us-east-1:123456789012:abc/*/GET/api/submit",
                "abc/prod/POST/api/submit",
                false,
            ),
            ("arn:aws:execute-api:us-east-1:123456789012:abc/dev/*", "abc/prod/POST/x", false),
            ("arn:aws:execute-api:us-east-1:123456789012:xyz/*", "abc/prod/POST/x", false),
        ] {
            let permission = LambdaPermission {
                statement_id: "Api",
                action: "lambda:InvokeFunction",
                principal: "apigateway.amazonaws.com",
                source_arn: Some(source_arn),
                ..LambdaPermission::default()
            };
            let policy = Policy::of(vec![permission.statement(FUNCTION).expect("a statement")]);
            let arn = format!("arn:aws:execute-api:us-east-1:123456789012:{called_by}");
            let request = Request {
                principal: Principal::Service("apigateway.amazonaws.com"),
                action: "lambda:InvokeFunction",
                resource: FUNCTION,
                context: &[("AWS:SourceArn", &arn), ("AWS:SourceAccount", "123456789012")],
            };
            let allowed = evaluate(&policy, &request).outcome == Outcome::Allow;
            assert_eq!(allowed, expected, "{source_arn} {called_by}");
        }
    }

    #[test]
    fn an_empty_principal_is_refused() {
        let permission = LambdaPermission { action: "lambda:InvokeFunction", ..LambdaPermission::default() };
        assert!(permission.statement(FUNCTION).is_err());
    }
}
