//! What does every service know of who signed? The condition keys of the principal.
//!
//! Authority: IAM user guide, *AWS global condition context keys*, "Properties of the principal"
//! (`reference_policies_condition-keys`), and *Principal key values* (`reference_policies_variables`).

use crate::identity::{Identity, IdentityKind, account_of};

impl Identity {
    /// The condition keys of who calls with that unique id, which for a role has the name of the session. `aws:PrincipalArn` of
    /// a session is the ARN of the role: "For IAM roles, the request context returns the ARN of the role, not the ARN of the
    /// user that assumed the role."
    #[must_use]
    pub fn caller_keys<'a>(&'a self, caller_id: &'a str) -> Vec<(&'static str, &'a str)> {
        let kind = match self.kind {
            IdentityKind::Role => "AssumedRole",
            IdentityKind::Root => "Account",
            IdentityKind::User => "User",
        };
        let mut keys = vec![
            ("aws:PrincipalAccount", account_of(&self.arn)),
            ("aws:PrincipalArn", &*self.arn),
            ("aws:PrincipalIsAWSService", "false"),
            ("aws:PrincipalType", kind),
            ("aws:userid", caller_id),
        ];
        if self.kind == IdentityKind::User {
            keys.push(("aws:username", &self.name));
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use frontgate_explain::PlaceId;

    use crate::{Identity, IdentityKind};

    fn check(kind: IdentityKind, arn: &str, caller_id: &str, expected: &[(&str, &str)]) {
        let name = arn.rsplit('/').next().unwrap_or_default().into();
        let identity = Identity {
            kind,
            name,
            arn: arn.into(),
            unique_id: "ID".into(),
            policies: Vec::new(),
            boundary: None,
            trust: None,
            place: PlaceId::NONE,
        };
        let keys = identity.caller_keys(caller_id);
        for (key, value) in expected {
            assert!(keys.contains(&(*key, *value)), "{arn}: {key}={value} in {keys:?}");
        }
        assert_eq!(keys.iter().any(|(key, _)| *key == "aws:username"), kind == IdentityKind::User);
    }

    #[test]
    fn a_session_is_known_by_its_role() {
        let role = "arn:aws:iam::123456789012:role/service/caller";
        check(
            IdentityKind::Role,
            role,
            "AROA1:me",
            &[
                ("aws:PrincipalArn", role),
                ("aws:PrincipalAccount", "123456789012"),
                ("aws:PrincipalType", "AssumedRole"),
                ("aws:userid", "AROA1:me"),
            ],
        );
        let user = "arn:aws:iam::123456789012:user/ada";
        check(
            IdentityKind::User,
            user,
            "AIDA1",
            &[("aws:PrincipalArn", user), ("aws:PrincipalType", "User"), ("aws:username", "ada")],
        );
        let root = "arn:aws:iam::123456789012:root";
        check(IdentityKind::Root, root, "123456789012", &[("aws:PrincipalType", "Account")]);
    }
}
