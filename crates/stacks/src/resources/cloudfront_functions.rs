//! `FunctionAssociations` of a behavior: which functions are called.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html>.

use std::sync::Arc;

use frontgate_edge_rules::{EdgeFunction, LambdaFunction};

use crate::maker::Maker;
use crate::properties::{INERT_MARK, Object, Text};

/// The functions of a behavior.
#[derive(Default)]
pub struct Associated {
    /// `viewer-request`
    pub viewer_request: Option<EdgeFunction>,
    /// `viewer-response`
    pub viewer_response: Option<EdgeFunction>,
    /// `origin-request`
    pub origin_request: Option<Arc<LambdaFunction>>,
    /// `origin-response`
    pub origin_response: Option<Arc<LambdaFunction>>,
}

/// Whether the function that an association names was left inert. That is refused in any case: what the function keeps
/// from viewers would be open without it.
pub fn is_inert(association: &Object<'_>, arn: &Text<'_>) -> bool {
    let is_inert = arn.value.contains(INERT_MARK);
    if is_inert {
        let message = format!(
            "{}: the function comes from a resource that is not implemented yet, and what it protects would be open \
             without it",
            association.path()
        );
        let cure = "Remove the association only if everybody may have access.";
        association.problems().error(arn.span, message, "no such function here", cure);
    }
    is_inert
}

/// Reads the associations of a behavior.
pub fn associated(behavior: &Object<'_>, maker: &Maker<'_>) -> Associated {
    let mut associated = Associated::default();
    for object in behavior.objects("FunctionAssociations") {
        let event = object.required_text("EventType");
        let arn = object.required_text("FunctionARN");
        object.finish();
        let (Some(event), Some(arn)) = (event, arn) else { continue };
        if is_inert(&object, &arn) {
            continue;
        }
        let refuse = |span, fault: &str, cure: &str| {
            object.problems().error(span, format!("{}: {fault}", object.path()), "no association", cure);
        };
        let slot = match &*event.value {
            "viewer-request" => &mut associated.viewer_request,
            "viewer-response" => &mut associated.viewer_response,
            other => {
                let fault = format!(
                    "Value '{other}' at 'eventType' failed to satisfy constraint: Member must satisfy enum value set: \
                     [viewer-request, viewer-response]"
                );
                refuse(event.span, &fault, "CloudFront Functions know viewer events alone.");
                continue;
            }
        };
        if slot.is_some() {
            let fault = format!("InvalidFunctionAssociation: two functions for {}", event.value);
            refuse(event.span, &fault, "Each event type can have only one function.");
            continue;
        }
        match maker.functions.iter().find(|function| function.arn == arn.value) {
            None => {
                let fault =
                    format!("NoSuchFunctionExists: The specified function does not exist: {}", arn.value);
                refuse(arn.span, &fault, "Use !GetAtt NAME.FunctionARN of an AWS::CloudFront::Function.");
            }
            Some(function) if !function.published => {
                let name = &function.function.name;
                let fault = format!("InvalidFunctionAssociation: the function {name} is not published");
                refuse(arn.span, &fault, "Set AutoPublish: true at the function.");
            }
            Some(function) => *slot = Some(EdgeFunction::CloudFront(Arc::clone(&function.function))),
        }
    }
    associated
}
