//! Whom does a `Principal` element name?
//!
//! Authority: IAM user guide, *AWS JSON policy elements: Principal* (`reference_policies_elements_principal`).

use frontgate_aws::{Arn, ids};

use crate::Principal;

/// The principals of one element.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Principals {
    /// `"*"` or `{"AWS": "*"}`.
    pub(crate) everyone: bool,
    /// Account ids, ARNs and unique ids of `{"AWS": …}`.
    pub(crate) aws: Vec<Box<str>>,
    pub(crate) canonical_users: Vec<Box<str>>,
    pub(crate) federated: Vec<Box<str>>,
    pub(crate) services: Vec<Box<str>>,
}

/// How a policy of a resource names who asks; the later, the more it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// By the account, which then says itself who may: an allow is needed in the identity's policies, too.
    Account,
    /// By the role of a session: the role's permissions boundary still limits it.
    Role,
    /// By its own name, or as everyone: nothing else is needed.
    Name,
}

impl Principals {
    /// Whether the element names that principal.
    pub(crate) fn name(&self, principal: Principal<'_>) -> bool {
        if self.everyone {
            return true;
        }
        match principal {
            Principal::Anonymous => false,
            Principal::Service(name) => self.services.iter().any(|s| **s == *name || **s == *"*"),
            Principal::Federated(name) => self.federated.iter().any(|f| **f == *name || **f == *"*"),
            Principal::OriginAccessIdentity(id) => {
                let canonical = ids::canonical_user_id(id);
                self.aws.iter().any(|text| origin_access_identity(text) == Some(id))
                    || self.canonical_users.iter().any(|user| **user == *canonical)
            }
            Principal::Account(id) => self.names_account(id),
            Principal::User(arn) | Principal::Role(arn) => self.names_arn(arn),
            Principal::AssumedRole { role, session } => self.names_arn(role) || self.names_arn(session),
        }
    }

    /// How the element names that principal: itself, its role, or only its account.
    pub(crate) fn standing(&self, principal: Principal<'_>) -> Standing {
        let lists = |arn: &str| self.aws.iter().any(|text| **text == *arn);
        match principal {
            _ if self.everyone => Standing::Name,
            Principal::User(arn) | Principal::Role(arn) if !lists(arn) => Standing::Account,
            Principal::AssumedRole { role, session } if !lists(session) => {
                if lists(role) {
                    Standing::Role
                } else {
                    Standing::Account
                }
            }
            _ => Standing::Name,
        }
    }

    /// How the element reads, for an explanation.
    pub(crate) fn describe(&self) -> String {
        if self.everyone {
            return "*".to_owned();
        }
        [&self.aws, &self.canonical_users, &self.federated, &self.services]
            .into_iter()
            .flatten()
            .map(AsRef::as_ref)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The ARN itself, or its account, which stands for all of its principals.
    fn names_arn(&self, arn: &str) -> bool {
        self.aws.iter().any(|text| **text == *arn)
            || Arn::parse(arn).is_some_and(|arn| self.names_account(arn.account))
    }

    fn names_account(&self, id: &str) -> bool {
        self.aws.iter().any(|text| {
            **text == *id
                || Arn::parse(text)
                    .is_some_and(|arn| (arn.service, arn.account, arn.resource) == ("iam", id, "root"))
        })
    }
}

/// Whether `text` may stand in `{"AWS": …}`: an account id, an ARN without wildcards, a unique id.
pub(crate) fn is_aws_principal(text: &str) -> bool {
    let is_account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    let is_unique_id = text.len() >= 16 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    is_account
        || is_unique_id
        || (!text.contains(['*', '?'])
            && Arn::parse(text)
                .is_some_and(|arn| matches!(arn.service, "iam" | "sts") && !arn.resource.is_empty()))
}

/// The id of the origin access identity that an ARN names.
fn origin_access_identity(text: &str) -> Option<&str> {
    text.strip_prefix("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ")
}

#[cfg(test)]
mod tests {
    use super::{Principals, is_aws_principal};
    use crate::Principal;

    #[test]
    fn an_account_stands_for_its_principals() {
        const USER: Principal<'_> = Principal::User("arn:aws:iam::123456789012:user/ann");
        const SESSION: Principal<'_> = Principal::AssumedRole {
            role: "arn:aws:iam::123456789012:role/r",
            session: "arn:aws:sts::123456789012:assumed-role/r/s",
        };
        for (listed, principal, expected) in [
            ("123456789012", USER, true),
            ("arn:aws:iam::123456789012:root", USER, true),
            ("arn:aws:iam::123456789012:user/ann", USER, true),
            ("arn:aws:iam::123456789012:user/bob", USER, false),
            ("210987654321", USER, false),
            ("arn:aws:iam::123456789012:role/r", SESSION, true),
            ("arn:aws:sts::123456789012:assumed-role/r/s", SESSION, true),
            ("123456789012", Principal::Anonymous, false),
            ("123456789012", Principal::Service("cloudfront.amazonaws.com"), false),
            (
                "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1",
                Principal::OriginAccessIdentity("E1"),
                true,
            ),
            (
                "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2",
                Principal::OriginAccessIdentity("E1"),
                false,
            ),
        ] {
            let principals = Principals { aws: vec![listed.into()], ..Principals::default() };
            assert_eq!(principals.name(principal), expected, "{listed} {principal}");
        }
    }

    #[test]
    fn wildcards_are_no_part_of_a_principal() {
        for (text, expected) in [
            ("123456789012", true),
            ("arn:aws:iam::123456789012:root", true),
            ("arn:aws:iam::123456789012:user/*", false),
            ("AIDAJQABLZS4A3QDU576Q", true),
            ("ann", false),
            ("", false),
        ] {
            assert_eq!(is_aws_principal(text), expected, "{text}");
        }
    }
}
