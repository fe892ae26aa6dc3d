//! Which TLS does a custom domain name of API Gateway take?

use frontgate_aws::Source;

use crate::properties::{Object, Text};

/// A security policy of API Gateway's.
struct SecurityPolicy {
    name: &'static str,
    takes_tls_1_2: bool,
    source: Source,
}

/// Whether TLS 1.2 is spoken under that policy; what is older never is.
pub fn takes_tls_1_2(object: &Object<'_>) -> bool {
    let Some(text) = object.text("SecurityPolicy") else { return true };
    let Some(policy) = POLICIES.iter().find(|policy| policy.name == text.value) else {
        refuse(object, &text);
        return true;
    };
    if policy.name == "TLS_1_0" {
        object.problems().warning(
            text.span,
            format!("{}: TLS 1.2 and 1.3 are served, never older versions", object.path()),
            "obsolete",
            "Use TLS_1_2.",
        );
    }
    policy.takes_tls_1_2
}

fn refuse(object: &Object<'_>, text: &Text<'_>) {
    let names: Vec<&str> = POLICIES.iter().map(|policy| policy.name).collect();
    let message = format!("{}.SecurityPolicy: `{}` is not a valid value", object.path(), text.value);
    let source = POLICIES[0].source;
    let cure = format!("Use TLS_1_2; there are {} ({source}).", names.join(", "));
    object.problems().error(text.span, message, "not a valid value", cure);
}

const LIST: Source = Source::Documented("apigateway-security-policies-list");

const fn row(name: &'static str, takes_tls_1_2: bool) -> SecurityPolicy {
    SecurityPolicy { name, takes_tls_1_2, source: LIST }
}

/// Sorted by name.
const POLICIES: &[SecurityPolicy] = &[
    row("SecurityPolicy_TLS12_2018_EDGE", true),
    row("SecurityPolicy_TLS12_PFS_2025_EDGE", true),
    row("SecurityPolicy_TLS13_1_2_2021_06", true),
    row("SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", true),
    row("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", true),
    row("SecurityPolicy_TLS13_1_2_PQ_2025_09", true),
    row("SecurityPolicy_TLS13_1_3_2025_09", false),
    row("SecurityPolicy_TLS13_1_3_FIPS_2025_09", false),
    row("SecurityPolicy_TLS13_2025_EDGE", false),
    row("TLS_1_0", true),
    row("TLS_1_2", true),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::POLICIES.is_sorted_by_key(|policy| policy.name));
    }
}
