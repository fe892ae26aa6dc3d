//! `TrustedKeyGroups` of a behavior, and behaviors that open what another one protects.

use std::sync::Arc;

use frontgate_edge_rules::Behavior;
use frontgate_edge_rules::paths::path_pattern_matches;
use frontgate_edge_rules::signed::TrustedKeys;

use crate::maker::Maker;
use crate::properties::Object;

/// Reads whom a behavior trusts to sign; `shown` names the behavior.
pub fn trusted_keys(object: &Object<'_>, shown: &str, maker: &mut Maker<'_>) -> Option<Arc<TrustedKeys>> {
    if !object.nodes("TrustedSigners").is_empty() {
        object.unsupported_guards(&["TrustedSigners"]);
    }
    let groups = object.texts("TrustedKeyGroups");
    if groups.is_empty() {
        return None;
    }
    if groups.len() > GROUPS_MAX {
        let count = groups.len();
        object.problems().error(
            object.span_of("TrustedKeyGroups"),
            format!(
                "{}.TrustedKeyGroups: TooManyKeyGroupsAssociatedToDistribution: {count} are more than {GROUPS_MAX}",
                object.path()
            ),
            "TooManyKeyGroupsAssociatedToDistribution",
            "Put more public keys into each key group.",
        );
    }
    let mut keys = Vec::new();
    for group in &groups {
        match maker.key_groups.get(group.value.as_ref()) {
            Some(own) => keys.extend(own.iter().map(Arc::clone)),
            None => object.problems().error(
                group.span,
                format!(
                    "{}.TrustedKeyGroups: TrustedKeyGroupDoesNotExist: The specified key group does not exist: {}",
                    object.path(),
                    group.value
                ),
                "TrustedKeyGroupDoesNotExist",
                "Use !Ref to an AWS::CloudFront::KeyGroup of this template.",
            ),
        }
    }
    let place = maker.place(object.span_of("TrustedKeyGroups"), format!("TrustedKeyGroups of {shown}"));
    Some(Arc::new(TrustedKeys { keys, place }))
}

/// Warns of behaviors that demand a signature and are never reached, as an open one with a wider pattern stands before
/// them. `objects` are the behaviors as they stand in the template.
pub fn warn_of_opened(objects: &[Object<'_>], behaviors: &[Behavior]) {
    if objects.len() != behaviors.len() {
        return; // One of them is refused, which is told already.
    }
    for (index, (object, protected)) in objects.iter().zip(behaviors).enumerate() {
        let pattern = protected.path_pattern.as_deref().filter(|_| protected.trusted_keys.is_some());
        let Some(pattern) = pattern else { continue };
        let opens = |other: &&str| path_pattern_matches(other, pattern);
        let before = behaviors[..index].iter().filter(|other| other.trusted_keys.is_none());
        if let Some(open) = before.filter_map(|other| other.path_pattern.as_deref()).find(opens) {
            object.problems().warning(
                object.span_of("PathPattern"),
                format!(
                    "{}: {pattern} is served without a signature by the behavior {open} before it",
                    object.path()
                ),
                "never reached",
                "Move it before the other behavior.",
            );
        }
    }
}

/// Key groups of a distribution (the default quota).
const GROUPS_MAX: usize = 4;
