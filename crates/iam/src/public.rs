//! Is a bucket policy public? S3 Block Public Access asks so.
//!
//! Authority: Amazon S3 user guide, *Blocking public access*, "The meaning of public"
//! (`access-control-block-public-access`).

use frontgate_aws::Source::{self, Documented, Inferred};

use crate::condition::Condition;
use crate::policy::{Effect, Policy, Statement};

impl Policy {
    /// Whether S3 takes the policy for public: it allows something to everyone, and no condition with a fixed value
    /// narrows that.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.statements.iter().any(Statement::is_public)
    }
}

impl Statement {
    fn is_public(&self) -> bool {
        let for_everyone =
            self.principal.as_ref().is_some_and(|element| element.all_but || element.listed.everyone);
        self.effect == Effect::Allow && for_everyone && !self.conditions.iter().any(narrows)
    }
}

/// Whether a condition keeps the public out.
fn narrows(condition: &Condition) -> bool {
    let is_narrowing_key = NARROWING_KEYS.iter().any(|(key, _)| condition.key.eq_ignore_ascii_case(key));
    let operator = condition.operator;
    is_narrowing_key
        && !operator.negated
        && !operator.if_exists
        && condition.has_fixed_values(IPV4_PREFIX_LENGTH_MIN, IPV6_PREFIX_LENGTH_MIN)
}

// Inferred: "set of CIDRs" is documented; that ranges wider than these are public is what the user guide adds.
/// A range of addresses wider than this is public.
const IPV4_PREFIX_LENGTH_MIN: u8 = 8;
/// A range of addresses wider than this is public.
const IPV6_PREFIX_LENGTH_MIN: u8 = 32;

const NARROWING_KEYS: &[(&str, Source)] = &[
    ("aws:PrincipalOrgID", Inferred("in the user guide, not in the API reference that was at hand")),
    ("aws:SourceAccount", Documented("API_PublicAccessBlockConfiguration")),
    ("aws:SourceArn", Documented("API_PublicAccessBlockConfiguration")),
    ("aws:SourceIp", Documented("API_PublicAccessBlockConfiguration")),
    ("aws:SourceOwner", Documented("API_PublicAccessBlockConfiguration")),
    ("aws:SourceVpc", Documented("API_PublicAccessBlockConfiguration")),
    ("aws:SourceVpce", Documented("API_PublicAccessBlockConfiguration")),
    ("aws:userid", Documented("API_PublicAccessBlockConfiguration")),
    ("s3:DataAccessPointAccount", Inferred("in the user guide, not in the API reference that was at hand")),
    ("s3:DataAccessPointArn", Inferred("in the user guide, not in the API reference that was at hand")),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", Documented("API_PublicAccessBlockConfiguration")),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Policy;

    #[test]
    fn the_meaning_of_public() {
        let cloudfront = json!({"Service": "cloudfront.amazonaws.com"});
        for (principal, condition, expected) in [
            (json!("*"), json!({}), true),
            (json!({"AWS": "*"}), json!({}), true),
            (json!({"AWS": "123456789012"}), json!({}), false),
            (cloudfront.clone(), json!({}), false),
            (cloudfront, json!({"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::1:d/E"}}), false),
            (json!("*"), json!({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}), false),
            (json!("*"), json!({"StringLike": {"aws:SourceVpc": "vpc-*"}}), true),
            (json!("*"), json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), false),
            (json!("*"), json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}), true),
            (json!("*"), json!({"StringEquals": {"aws:Referer": "https://example.com"}}), true),
        ] {
            let document = json!({"Statement": {
                "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::b/*", "Condition": condition,
            }});
            assert_eq!(Policy::parse(&document).expect("a policy").is_public(), expected, "{document}");
        }
    }
}
