//! Origin groups: members, failover status codes, and what a behavior in front of one may allow.

use frontgate_aws::Source;

use super::{Violation, invalid, violation};
use crate::config::{AllowedMethods, Behavior};

/// How many origin groups a distribution may have.
pub const ORIGIN_GROUPS_MAX: usize = 10;

/// What is wrong with an origin group: the ids of its members and its failover status codes.
#[must_use]
pub fn origin_group(members: &[&str], status_codes: &[u16]) -> Vec<Violation> {
    let mut violations = Vec::new();
    match members {
        [primary, secondary] if primary == secondary => {
            violations.push(invalid(format!("The origin group has {primary} twice.")));
        }
        [_, _] => {}
        _ => violations.push(invalid(format!(
            "An origin group has two members, the primary and the secondary origin; {} are given.",
            members.len()
        ))),
    }
    if status_codes.is_empty() {
        violations.push(invalid("FailoverCriteria must name at least one status code."));
    }
    for (index, code) in status_codes.iter().enumerate() {
        if !FAILOVER_STATUS_CODES.contains(code) {
            violations.push(invalid(format!("The status code {code} is no failover status code.")));
        } else if status_codes[..index].contains(code) {
            violations.push(invalid(format!("The status code {code} is there twice.")));
        }
    }
    violations
}

/// What a behavior may not allow in front of an origin group.
pub(super) fn methods_of_origin_group(behavior: &Behavior) -> Option<Violation> {
    let allows_writing = behavior.allowed_methods == AllowedMethods::All;
    (behavior.origin_group.is_some() && allows_writing).then(|| {
        violation(
            "InvalidArgument",
            "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached behavior associated \
             with an origin group.",
            Source::Recorded("CreateDistribution"),
        )
    })
}

/// The codes that failover may be configured for ("Create an origin group", high_availability_origin_failover).
pub const FAILOVER_STATUS_CODES: &[u16] = &[400, 403, 404, 416, 429, 500, 502, 503, 504];
