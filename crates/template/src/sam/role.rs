//! Which execution role does SAM make for a function?

use crate::intrinsic::call;
use crate::{Diagnostics, Map, Node, Span, Value};

use super::build::At;
use super::event_invoke;
use super::properties::invalid;

/// The properties of the role of the function `logical_id`.
pub(super) fn properties(
    logical_id: &str,
    function: &Map,
    at: At,
    tags: Node,
    found: &mut Diagnostics,
) -> Map {
    let mut role = Map::default();
    let trust = function.entry("AssumeRolePolicyDocument");
    let document = trust.map_or_else(|| lambda_trust(at), |entry| entry.node.clone());
    role.set("AssumeRolePolicyDocument", trust.map_or(at.0, |entry| entry.key_span), document);

    let mut managed = vec![at.text(managed_policy("AWSLambdaBasicExecutionRole"))];
    if let Some(tracing) = function.get("Tracing") {
        managed.push(Node::new(managed_policy("AWSXrayWriteOnlyAccess"), tracing.span));
    }
    if let Some(network) = function.get("VpcConfig") {
        managed.push(Node::new(managed_policy("AWSLambdaVPCAccessExecutionRole"), network.span));
    }
    let mut inline = Vec::new();
    if let Some(queue) = function.get("DeadLetterQueue") {
        inline.extend(dead_letter_policy(queue));
    }
    let policies = match function.get("Policies") {
        Some(Node { value: Value::List(items), .. }) => items.iter().collect(),
        Some(node) => vec![node],
        None => Vec::new(),
    };
    for (index, policy) in policies.into_iter().enumerate() {
        match sort(policy) {
            Policy::Managed(node) => {
                if !managed.iter().any(|known| known.value == node.value) {
                    managed.push(node);
                }
            }
            Policy::Inline(document) => {
                let name = format!("{logical_id}RolePolicy{index}");
                let at = At(policy.span);
                inline
                    .push(at.map([("PolicyName", Some(at.text(name))), ("PolicyDocument", Some(document))]));
            }
            Policy::Nothing => {}
            Policy::Invalid => {
                let cause = format!("Policy at index {index} in the 'Policies' property is not valid");
                found.push(
                    invalid(logical_id, &cause).at(policy.span, "neither a policy nor the name of one"),
                );
            }
        }
    }
    inline.extend(event_invoke::policies(logical_id, function));
    role.set("ManagedPolicyArns", at.0, at.list(managed));
    if let Some(path) = function.entry("RolePath") {
        role.set("Path", path.key_span, path.node.clone());
    }
    if !inline.is_empty() {
        role.set("Policies", at.0, at.list(inline));
    }
    if let Some(boundary) = function.entry("PermissionsBoundary") {
        role.set("PermissionsBoundary", boundary.key_span, boundary.node.clone());
    }
    role.set("Tags", at.0, tags);
    role
}

enum Policy {
    Managed(Node),
    Inline(Node),
    Nothing,
    Invalid,
}

/// What an item of `Policies` is.
fn sort(policy: &Node) -> Policy {
    let span = policy.span;
    if let Some(entry) = call(policy) {
        let is_no_value = entry.key == "Ref" && entry.node.as_str() == Some("AWS::NoValue");
        return if is_no_value { Policy::Nothing } else { Policy::Managed(policy.clone()) };
    }
    match &policy.value {
        Value::String(text) if text.starts_with("arn:") => Policy::Managed(policy.clone()),
        Value::String(name) => Policy::Managed(Node::new(managed_policy(name), span)),
        Value::Map(map) if map.contains("Statement") => Policy::Inline(policy.clone()),
        Value::Map(map) => match map.iter().next() {
            Some(template) if map.len() == 1 && TEMPLATES.contains(&template.key.as_str()) => {
                Policy::Inline(opaque(policy, span))
            }
            _ => Policy::Invalid,
        },
        _ => Policy::Invalid,
    }
}

/// A policy template, kept by its name: what a role may do is not enforced, so its statements are not written out.
fn opaque(policy: &Node, span: Span) -> Node {
    At(span).map([("frontgate:PolicyTemplate", Some(policy.clone()))])
}

fn lambda_trust(at: At) -> Node {
    let service = at.map([("Service", Some(at.list(vec![at.text("lambda.amazonaws.com")])))]);
    let statement = at.map([
        ("Action", Some(at.list(vec![at.text("sts:AssumeRole")]))),
        ("Effect", Some(at.text("Allow"))),
        ("Principal", Some(service)),
    ]);
    at.map([("Version", Some(at.text("2012-10-17"))), ("Statement", Some(at.list(vec![statement])))])
}

fn dead_letter_policy(queue: &Node) -> Option<Node> {
    let at = At(queue.span);
    let action = match queue.get("Type")?.as_str()? {
        "SQS" => "sqs:SendMessage",
        "SNS" => "sns:Publish",
        _ => return None,
    };
    let statement = at.map([
        ("Action", Some(at.text(action))),
        ("Resource", queue.get("TargetArn").cloned()),
        ("Effect", Some(at.text("Allow"))),
    ]);
    let document =
        at.map([("Version", Some(at.text("2012-10-17"))), ("Statement", Some(at.list(vec![statement])))]);
    Some(at.map([("PolicyName", Some(at.text("DeadLetterQueuePolicy"))), ("PolicyDocument", Some(document))]))
}

/// The ARN of AWS's managed policy `name`.
fn managed_policy(name: &str) -> String {
    let path = if SERVICE_ROLES.contains(&name) { "service-role/" } else { "" };
    format!("arn:aws:iam::aws:policy/{path}{name}")
}

/// Managed policies for Lambda that live under `service-role/`.
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>
const SERVICE_ROLES: &[&str] = &[
    "AWSLambdaBasicDurableExecutionRolePolicy",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
];

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html>
const TEMPLATES: &[&str] = &[
    "AMIDescribePolicy",
    "AWSSecretsManagerGetSecretValuePolicy",
    "AWSSecretsManagerRotationPolicy",
    "AcmGetCertificatePolicy",
    "AthenaQueryPolicy",
    "CloudFormationDescribeStacksPolicy",
    "CloudWatchDashboardPolicy",
    "CloudWatchDescribeAlarmHistoryPolicy",
    "CloudWatchPutMetricPolicy",
    "CodeCommitCrudPolicy",
    "CodeCommitReadPolicy",
    "CodePipelineLambdaExecutionPolicy",
    "CodePipelineReadOnlyPolicy",
    "ComprehendBasicAccessPolicy",
    "CostExplorerReadOnlyPolicy",
    "DynamoDBBackupFullAccessPolicy",
    "DynamoDBCrudPolicy",
    "DynamoDBReadPolicy",
    "DynamoDBReconfigurePolicy",
    "DynamoDBRestoreFromBackupPolicy",
    "DynamoDBStreamReadPolicy",
    "DynamoDBWritePolicy",
    "EC2CopyImagePolicy",
    "EC2DescribePolicy",
    "EFSWriteAccessPolicy",
    "EKSDescribePolicy",
    "EcsRunTaskPolicy",
    "ElasticMapReduceAddJobFlowStepsPolicy",
    "ElasticMapReduceCancelStepsPolicy",
    "ElasticMapReduceModifyInstanceFleetPolicy",
    "ElasticMapReduceModifyInstanceGroupsPolicy",
    "ElasticMapReduceSetTerminationProtectionPolicy",
    "ElasticMapReduceTerminateJobFlowsPolicy",
    "ElasticsearchHttpPostPolicy",
    "EventBridgePutEventsPolicy",
    "FilterLogEventsPolicy",
    "FirehoseCrudPolicy",
    "FirehoseWritePolicy",
    "KMSDecryptPolicy",
    "KMSEncryptPolicy",
    "KMSEncryptPolicy_v2",
    "KinesisCrudPolicy",
    "KinesisStreamReadPolicy",
    "LambdaInvokePolicy",
    "MobileAnalyticsWriteOnlyAccessPolicy",
    "OrganizationsListAccountsPolicy",
    "PinpointEndpointAccessPolicy",
    "PollyFullAccessPolicy",
    "RekognitionDetectOnlyPolicy",
    "RekognitionFacesManagementPolicy",
    "RekognitionFacesPolicy",
    "RekognitionLabelsPolicy",
    "RekognitionNoDataAccessPolicy",
    "RekognitionReadPolicy",
    "RekognitionWriteOnlyAccessPolicy",
    "Route53ChangeResourceRecordSetsPolicy",
    "S3CrudPolicy",
    "S3FullAccessPolicy",
    "S3ReadPolicy",
    "S3WritePolicy",
    "SESBulkTemplatedCrudPolicy",
    "SESBulkTemplatedCrudPolicy_v2",
    "SESCrudPolicy",
    "SESEmailTemplateCrudPolicy",
    "SESSendBouncePolicy",
    "SNSCrudPolicy",
    "SNSPublishMessagePolicy",
    "SQSPollerPolicy",
    "SQSSendMessagePolicy",
    "SSMParameterReadPolicy",
    "SSMParameterWithSlashPrefixReadPolicy",
    "SageMakerCreateEndpointConfigPolicy",
    "SageMakerCreateEndpointPolicy",
    "ServerlessRepoReadWriteAccessPolicy",
    "StepFunctionsCallbackPolicy",
    "StepFunctionsExecutionPolicy",
    "StepFunctionsExecutionPolicy_v2",
    "TextractDetectAnalyzePolicy",
    "TextractGetResultPolicy",
    "TextractPolicy",
    "VPCAccessPolicy",
];
