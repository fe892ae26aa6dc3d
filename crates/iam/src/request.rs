//! What is asked: the request context that a policy is compared with.
//!
//! Authority: IAM user guide, *The request context* (`intro-structure`, `reference_policies_condition-keys`).

/// A request for authorization.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: Principal<'a>,
    /// What for, such as `s3:GetObject`.
    pub action: &'a str,
    /// On which resource, as an ARN.
    pub resource: &'a str,
    /// The condition keys and their values; keys compare without case; a key with several values is there several times.
    pub context: &'a [(&'a str, &'a str)],
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal<'a> {
    /// An account as such (its root), by its twelve digits.
    Account(&'a str),
    /// Nobody who signed.
    Anonymous,
    /// A session of a role: the ARN of the role and the ARN of the session (`arn:aws:sts::…:assumed-role/…`).
    AssumedRole {
        /// `arn:aws:iam::ACCOUNT:role/NAME`.
        role: &'a str,
        /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
        session: &'a str,
    },
    /// An identity provider: a domain name or the ARN of a provider.
    Federated(&'a str),
    /// An origin access identity of CloudFront by its id, such as `E74FTE3EXAMPLE`.
    OriginAccessIdentity(&'a str),
    /// A role, by its ARN.
    Role(&'a str),
    /// A service of AWS, such as `cloudfront.amazonaws.com`.
    Service(&'a str),
    /// A user, by its ARN.
    User(&'a str),
}

impl<'a> Request<'a> {
    /// The values of a condition key; none where the key is not in the context.
    pub(crate) fn values(&self, key: &str) -> impl Iterator<Item = &'a str> {
        self.context.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| *value)
    }
}

impl std::fmt::Display for Principal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(id) => write!(f, "arn:aws:iam::{id}:root"),
            Self::Anonymous => f.write_str("anonymous"),
            Self::AssumedRole { session: text, .. }
            | Self::Federated(text)
            | Self::Role(text)
            | Self::Service(text)
            | Self::User(text) => f.write_str(text),
            Self::OriginAccessIdentity(id) => {
                write!(f, "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {id}")
            }
        }
    }
}
