//! AWS's own managed policies, as far as they concern what frontgate runs.
//!
//! Authority: <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>. A policy whose services
//! do not run here grants nothing that could be asked for, so it has no row.

use serde_json::{Value, json};

/// The document of a managed policy by its ARN; `None` where it has no row.
#[must_use]
pub fn managed_policy(arn: &str) -> Option<Value> {
    let path = arn.strip_prefix("arn:aws:iam::aws:policy/")?;
    let (_, allowed) = ROWS.iter().find(|(name, _)| *name == path)?;
    let mut statement = json!({"Effect": "Allow", "Resource": "*"});
    match allowed {
        Allowed::Actions(actions) => statement["Action"] = json!(actions),
        Allowed::AllBut(actions) => statement["NotAction"] = json!(actions),
    }
    Some(json!({"Version": "2012-10-17", "Statement": [statement]}))
}

enum Allowed {
    Actions(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

const ROWS: &[(&str, Allowed)] = &[
    ("AWSLambda_FullAccess", Allowed::Actions(&["lambda:*"])),
    ("AWSLambda_ReadOnlyAccess", Allowed::Actions(&["lambda:Get*", "lambda:List*"])),
    ("AdministratorAccess", Allowed::Actions(&["*"])),
    ("AmazonAPIGatewayAdministrator", Allowed::Actions(&["apigateway:*"])),
    (
        "AmazonAPIGatewayInvokeFullAccess",
        Allowed::Actions(&["execute-api:Invoke", "execute-api:ManageConnections"]),
    ),
    ("AmazonS3FullAccess", Allowed::Actions(&["s3:*", "s3-object-lambda:*"])),
    ("AmazonS3ReadOnlyAccess", Allowed::Actions(&["s3:Get*", "s3:List*", "s3:Describe*"])),
    ("CloudFrontFullAccess", Allowed::Actions(&["cloudfront:*"])),
    ("PowerUserAccess", Allowed::AllBut(&["iam:*", "organizations:*", "account:*"])),
    ("service-role/AWSLambdaRole", Allowed::Actions(&["lambda:InvokeFunction"])),
];

#[cfg(test)]
mod tests {
    use super::{ROWS, managed_policy};
    use crate::{Policy, PolicyKind};

    #[test]
    fn the_rows_are_sorted_and_are_policies() {
        assert!(ROWS.is_sorted_by_key(|(name, _)| *name));
        for (name, _) in ROWS {
            let document = managed_policy(&format!("arn:aws:iam::aws:policy/{name}")).expect("a row");
            assert!(Policy::parse_as(&document, PolicyKind::Identity).is_ok(), "{name}");
        }
        assert!(managed_policy("arn:aws:iam::123456789012:policy/AdministratorAccess").is_none());
    }
}
