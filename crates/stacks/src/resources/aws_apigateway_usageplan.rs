//! `AWS::ApiGateway::UsagePlan` and `AWS::ApiGateway::UsagePlanKey`.

use frontgate_aws::ids;
use frontgate_gateway_rules::usage::{MethodThrottle, Period, PlanStage, Quota, UsagePlan};
use frontgate_template::{Node, ResourceNode};

use super::gateway_throttles::{place, throttle};
use super::gateway_usage_plans::{KeyDraft, StageDraft};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a usage plan.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = ids::api_part_id("usage plan", &maker.seed(&node.logical_id));
    properties.accept(&["Description", "Tags", "UsagePlanName"]);
    let limits = properties.object("Throttle").and_then(|object| {
        let limits = throttle(&object, "RateLimit", "BurstLimit");
        object.finish();
        limits
    });
    let quota = properties.object("Quota").and_then(|object| quota(&object));
    let mut stages = Vec::new();
    for stage in properties.objects("ApiStages") {
        let api = stage.required_text("ApiId");
        let name = stage.required_text("Stage");
        let methods = method_throttles(&stage, maker);
        stage.finish();
        if let (Some(api), Some(name)) = (api, name) {
            let (api_id, stage_name) = (api.value.as_ref().into(), name.value.as_ref().into());
            stages.push(PlanStage { api_id, stage: stage_name, methods });
            let path = stage.path().to_owned();
            maker.usage.stages.push(StageDraft {
                api_id: api.value.into_owned(),
                stage: name.value.into_owned(),
                path,
                span: name.span,
            });
        }
    }
    let place = maker.place(node.logical_id_span, format!("the usage plan {}", node.logical_id));
    maker.resources.usage_plans.plans.push(UsagePlan {
        id: id.as_str().into(),
        throttle: limits,
        quota,
        stages,
        key_ids: Vec::new(),
        place,
    });
    Made::new(&id).with("Id", id)
}

/// Puts a key into a usage plan.
pub fn make_key(_node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let key = properties.required_text("KeyId");
    let plan = properties.required_text("UsagePlanId");
    properties.require("KeyType");
    properties.choice("KeyType", &[("API_KEY", ())]);
    let (Some(key), Some(plan)) = (key, plan) else { return Made::default() };
    let id = format!("{}:{}", key.value, plan.value);
    maker.usage.keys.push(KeyDraft {
        key: (key.value.into_owned(), key.span),
        plan: (plan.value.into_owned(), plan.span),
        path: properties.path().to_owned(),
    });
    Made::new(&id).with("Id", id)
}

/// `Throttle` of a stage: `/path/METHOD` and its limits.
fn method_throttles(stage: &Object<'_>, maker: &mut Maker<'_>) -> Vec<MethodThrottle> {
    let mut throttles = Vec::new();
    for entry in stage.node("Throttle").and_then(Node::as_map).into_iter().flat_map(|map| map.iter()) {
        let object =
            Object::new(&entry.node, format!("{}.Throttle.{}", stage.path(), entry.key), stage.problems());
        let limits = throttle(&object, "RateLimit", "BurstLimit");
        object.finish();
        let named = entry.key.rsplit_once('/').filter(|(path, _)| path.is_empty() || path.starts_with('/'));
        let Some((path, http_method)) = named else {
            let message = format!("{}: `{}` names no method", object.path(), entry.key);
            let cure = "Write the path and the method, such as /orders/GET.";
            stage.problems().error(entry.key_span, message, "not valid", cure);
            continue;
        };
        let path = if path.is_empty() { "/" } else { path.trim_end_matches('/') };
        let path = if path.is_empty() { "/" } else { path };
        if let Some(throttle) = limits {
            let place = place(&object, maker, &format!("the throttle of {http_method} {path}"));
            throttles.push(MethodThrottle {
                path: path.into(),
                http_method: http_method.into(),
                throttle,
                place,
            });
        }
    }
    throttles
}

fn quota(object: &Object<'_>) -> Option<Quota> {
    let number =
        |name| object.number(name, 0..=u64::from(u32::MAX)).and_then(|number| u32::try_from(number).ok());
    let (limit, offset) = (number("Limit"), number("Offset").unwrap_or(0));
    let periods = [("DAY", Period::Day), ("WEEK", Period::Week), ("MONTH", Period::Month)];
    object.require("Limit");
    object.require("Period");
    let period = object.choice("Period", &periods);
    object.finish();
    Some(Quota { limit: limit?, offset, period: period? })
}
