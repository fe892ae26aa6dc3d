//! `LambdaFunctionAssociations` of a behavior: which functions of Lambda@Edge are called.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html>.

use std::sync::Arc;

use frontgate_edge_rules::lambda_edge::Trigger;
use frontgate_edge_rules::validate::{
    LambdaConfiguration, Violation, lambda_beside_function, lambda_function, lambda_function_arn,
    lambda_function_missing, lambda_include_body, lambda_role, lambda_twice,
};
use frontgate_edge_rules::{EdgeFunction, LambdaFunction};
use frontgate_snapshot::FunctionAtEdge;
use frontgate_template::Span;

use super::cloudfront_functions::{Associated, is_inert};
use super::lambda_drafts::LambdaDraft;
use crate::maker::Maker;
use crate::properties::{Object, Text};

/// Reads the associations of a behavior into `associated`, where the CloudFront Functions already are.
pub fn associate(behavior: &Object<'_>, associated: &mut Associated, maker: &mut Maker<'_>) {
    let has_function = associated.viewer_request.is_some() || associated.viewer_response.is_some();
    for object in behavior.objects("LambdaFunctionAssociations") {
        let event = object.required_text("EventType");
        let arn = object.required_text("LambdaFunctionARN");
        let include_body = object.flag("IncludeBody").unwrap_or(false);
        let body_span = object.span_of("IncludeBody");
        object.finish();
        let (Some(event), Some(arn)) = (event, arn) else { continue };
        if is_inert(&object, &arn) {
            continue;
        }
        let Some(trigger) = Trigger::ALL.into_iter().find(|trigger| trigger.as_str() == event.value) else {
            let message = format!(
                "{}: Value '{}' at 'eventType' failed to satisfy constraint: Member must satisfy enum value set: \
                 [origin-request, viewer-request, origin-response, viewer-response]",
                object.path(),
                event.value
            );
            object.problems().error(event.span, message, "no event type", "");
            continue;
        };
        let refuse = |violation: Violation, span: Span, cure: &str| {
            let message = format!("{}: {}: {}", object.path(), violation.code, violation.message);
            object.problems().error(span, message, violation.code, cure);
        };
        if let Some(violation) = lambda_include_body(trigger).filter(|_| include_body) {
            refuse(violation, body_span, "Remove IncludeBody: a function never sees the body of a response.");
        }
        if trigger.is_viewers() && has_function {
            let cure = "Write both as functions of one kind, or move this one to an origin event.";
            refuse(lambda_beside_function(), event.span, cure);
            continue;
        }
        let Some(function) = function(&arn, include_body, maker, &refuse) else { continue };
        let is_there = match trigger {
            Trigger::ViewerRequest => {
                associated.viewer_request.replace(EdgeFunction::Lambda(function)).is_some()
            }
            Trigger::ViewerResponse => {
                associated.viewer_response.replace(EdgeFunction::Lambda(function)).is_some()
            }
            Trigger::OriginRequest => associated.origin_request.replace(function).is_some(),
            Trigger::OriginResponse => associated.origin_response.replace(function).is_some(),
        };
        if is_there {
            let cure = "Each event type can have only one function.";
            refuse(lambda_twice(trigger.as_str()), event.span, cure);
        }
    }
}

/// The function that an association names, with all that CloudFront has against it.
fn function(
    arn: &Text<'_>,
    include_body: bool,
    maker: &mut Maker<'_>,
    refuse: &dyn Fn(Violation, Span, &str),
) -> Option<Arc<LambdaFunction>> {
    if let Some(violation) = lambda_function_arn(&arn.value) {
        let cure = if violation.message.contains("region") {
            "Deploy the function, and here its stack, to us-east-1: `frontgate up --region us-east-1`."
        } else {
            "Publish a version: an AWS::Lambda::Version with FunctionName: !Ref the function, and !Ref that here."
        };
        refuse(violation, arn.span, cure);
        return None;
    }
    let found = maker.lambda_functions.iter().find_map(|draft| Some((draft, version_of(draft, &arn.value)?)));
    let Some((draft, version)) = found else {
        let cure = "Use !Ref to an AWS::Lambda::Version of this template.";
        refuse(lambda_function_missing(&arn.value), arn.span, cure);
        return None;
    };
    let configuration = LambdaConfiguration {
        arn: &arn.value,
        runtime: &draft.runtime,
        timeout_seconds: draft.timeout_seconds,
        features: &draft.features,
    };
    for violation in lambda_function(&configuration) {
        refuse(violation, arn.span, "Remove it from the function.");
    }
    if maker.role_trusts_the_edge(&draft.role) == Some(false) {
        let cure = "Add both services to Principal.Service of the role's AssumeRolePolicyDocument; of a SAM function that \
                    is the property AssumeRolePolicyDocument.";
        refuse(lambda_role(&draft.role), arn.span, cure);
    }
    let at_edge = FunctionAtEdge { function: draft.name.as_str().into(), version };
    let function = LambdaFunction {
        name: at_edge.name().into(),
        arn: arn.value.as_ref().into(),
        include_body,
        place: draft.place,
    };
    if !maker.resources.functions_at_edge.contains(&at_edge) {
        maker.resources.functions_at_edge.push(at_edge);
    }
    Some(Arc::new(function))
}

/// The number of the version of that function that the ARN names.
fn version_of(draft: &LambdaDraft, arn: &str) -> Option<u32> {
    draft.versions.iter().copied().find(|version| draft.version_arn(*version) == arn)
}
