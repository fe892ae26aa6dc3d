//! What of functions, versions and roles a distribution looks at when functions of Lambda@Edge are associated.

use std::sync::Arc;

use frontgate_edge_rules::lambda_edge::restrictions::EPHEMERAL_STORAGE_MB_MAX;
use frontgate_edge_rules::validate::LambdaFeature;
use frontgate_explain::PlaceId;
use frontgate_iam::{Outcome, Policy, Principal, Request, evaluate};

use crate::maker::Maker;
use crate::properties::Object;

/// A function of the template.
#[derive(Clone, Debug)]
pub struct LambdaDraft {
    /// Its name.
    pub name: String,
    /// Its ARN, unqualified.
    pub arn: String,
    /// `Runtime`
    pub runtime: String,
    /// `Timeout`, seconds.
    pub timeout_seconds: u64,
    /// What Lambda@Edge does not have.
    pub features: Vec<LambdaFeature>,
    /// `Role`
    pub role: String,
    /// The names of its aliases.
    pub aliases: Vec<String>,
    /// The numbers of its versions.
    pub versions: Vec<u32>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// A role of the template.
#[derive(Clone, Debug)]
pub struct RoleDraft {
    /// Its ARN.
    pub arn: String,
    /// `AssumeRolePolicyDocument`
    pub trust: Arc<Policy>,
}

impl LambdaDraft {
    /// Whether a template calls the function so: by its name or ARN, or by a part of it.
    pub fn is_called(&self, name: &str) -> bool {
        name == self.name || name == self.arn || name.ends_with(&format!(":function:{}", self.name))
    }

    /// The ARN with the qualifier with which a template calls the function; `None` where it calls another one, or has
    /// no such version or alias, or no qualifier.
    pub fn qualified_arn(&self, name: &str) -> Option<String> {
        let (function, qualifier) = name.rsplit_once(':')?;
        let is_there = qualifier == "$LATEST"
            || self.aliases.iter().any(|alias| alias == qualifier)
            || self.versions.iter().any(|version| version.to_string() == qualifier);
        (is_there && self.is_called(function)).then(|| format!("{}:{qualifier}", self.arn))
    }

    /// The ARN of its version.
    pub fn version_arn(&self, version: u32) -> String {
        format!("{}:{version}", self.arn)
    }
}

impl Maker<'_> {
    /// The function that a template calls so.
    pub fn lambda_draft(&mut self, name: &str) -> Option<&mut LambdaDraft> {
        self.lambda_functions.iter_mut().find(|function| function.is_called(name))
    }

    /// Whether a role of this template can be assumed by both services that run functions at the edge; a role of
    /// elsewhere is not known.
    pub fn role_trusts_the_edge(&self, role_arn: &str) -> Option<bool> {
        self.role_trusts(role_arn, &["lambda.amazonaws.com", "edgelambda.amazonaws.com"])
    }

    /// Whether a role of this template may be assumed by all of these services.
    pub fn role_trusts(&self, role_arn: &str, services: &[&str]) -> Option<bool> {
        let role = self.roles.iter().find(|role| role.arn == role_arn)?;
        let trusts = |service| {
            let request = Request {
                principal: Principal::Service(service),
                action: "sts:AssumeRole",
                resource: role_arn,
                context: &[],
            };
            evaluate(&role.trust, &request).outcome == Outcome::Allow
        };
        Some(services.iter().all(|service| trusts(service)))
    }
}

/// The features of a function that Lambda@Edge does not have.
pub fn features(function: &Object<'_>, has_variables: bool) -> Vec<LambdaFeature> {
    let text = |object: &str, name: &'static str| -> Option<String> {
        let object = match object {
            "TracingConfig" => function.object("TracingConfig"),
            "EphemeralStorage" => function.object("EphemeralStorage"),
            _ => function.object("Code"),
        };
        object.and_then(|object| object.text(name)).map(|text| text.value.into_owned())
    };
    let storage_mb = text("EphemeralStorage", "Size").and_then(|size| size.parse::<u64>().ok());
    let rows = [
        (LambdaFeature::Arm64, function.texts("Architectures").iter().any(|name| name.value == "arm64")),
        (
            LambdaFeature::ContainerImage,
            function.text("PackageType").is_some_and(|package| package.value == "Image"),
        ),
        (LambdaFeature::DeadLetterQueue, function.node("DeadLetterConfig").is_some()),
        (LambdaFeature::EnvironmentVariables, has_variables),
        (LambdaFeature::EphemeralStorage, storage_mb.is_some_and(|size| size > EPHEMERAL_STORAGE_MB_MAX)),
        (LambdaFeature::Layers, !function.nodes("Layers").is_empty()),
        (LambdaFeature::SourceKey, text("Code", "SourceKMSKeyArn").is_some()),
        (LambdaFeature::Tracing, text("TracingConfig", "Mode").as_deref() == Some("Active")),
        (LambdaFeature::Vpc, function.node("VpcConfig").is_some()),
    ];
    rows.into_iter().filter(|(_, is_used)| *is_used).map(|(feature, _)| feature).collect()
}
