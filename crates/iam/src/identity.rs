//! Who is behind an access key, and what that identity may do.
//!
//! Authority: IAM user guide, *Policy evaluation logic* (`reference_policies_evaluation-logic`): within one account an
//! allow of the identity's policies or of the resource's policy is enough, a permissions boundary limits the former, an
//! explicit deny anywhere wins. A policy that names the account leaves it to the account, so that the identity's policies
//! must allow as well (*Principal*, `reference_policies_elements_principal`); where it names the role of a session, the
//! role's boundary limits that, too.

use std::sync::Arc;

use frontgate_explain::PlaceId;

use crate::evaluate::{Outcome, evaluate, standing};
use crate::policy::Policy;
use crate::principal::Standing;
use crate::request::{Principal, Request};
use crate::session::RoleSessions;

/// The identities of an account and their access keys.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    /// Users, roles and the account itself.
    pub all: Vec<Identity>,
    /// Their access keys that do not end.
    pub access_keys: Vec<AccessKey>,
    /// What opens sessions of the roles.
    pub role_sessions: Vec<RoleSessions>,
}

/// A user, a role, or the account's root.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What it is.
    pub kind: IdentityKind,
    /// Its name.
    pub name: Box<str>,
    /// Its ARN.
    pub arn: Box<str>,
    /// Its unique id, such as `AIDA…` or `AROA…`.
    pub unique_id: Box<str>,
    /// Its policies: inline ones, managed ones, and those of its groups.
    pub policies: Vec<AttachedPolicy>,
    /// Its permissions boundary.
    pub boundary: Option<AttachedPolicy>,
    /// Of a role: who may assume it.
    pub trust: Option<Arc<Policy>>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// What an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityKind {
    /// A role, which is used through sessions.
    Role,
    /// The account's root, which may do everything that no policy of a resource denies.
    Root,
    /// A user.
    User,
}

/// A policy of an identity.
#[derive(Clone, Debug)]
pub struct AttachedPolicy {
    /// Its name, for explanations.
    pub name: Box<str>,
    /// Its statements.
    pub policy: Arc<Policy>,
    /// Where it stands in the template; none for AWS's own.
    pub place: PlaceId,
}

/// An access key: long-term ones of users, temporary ones of sessions.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Its id: `AKIA…`, or `ASIA…` for a session.
    pub id: Box<str>,
    /// Its secret.
    pub secret: Box<str>,
    /// The token that must come with a temporary key.
    pub session_token: Option<Box<str>>,
    /// The name of the session, for a role.
    pub session_name: Option<Box<str>>,
    /// Whether it is active.
    pub active: bool,
    /// The index of its identity.
    pub identity: usize,
}

/// What was decided about a request, and by which policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Allowed or denied.
    pub outcome: Outcome,
    /// Whose policy decided; for an implicit deny the one that would have had to allow.
    pub basis: Basis,
    /// The place of that policy.
    pub place: PlaceId,
}

/// Whose policy decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The permissions boundary of the identity.
    Boundary,
    /// A policy of the identity.
    Identity,
    /// The policy of the resource.
    Resource,
}

impl Identities {
    /// The active access key with that id that does not end, and its identity.
    #[must_use]
    pub(crate) fn by_access_key(&self, id: &str) -> Option<(&AccessKey, &Identity)> {
        let key = self.access_keys.iter().find(|key| *key.id == *id && key.active)?;
        self.all.get(key.identity).map(|identity| (key, identity))
    }

    /// The user or role with that name or ARN.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|identity| *identity.arn == *name || *identity.name == *name)
    }
}

impl Identity {
    /// Whether a service, such as `apigateway.amazonaws.com`, may assume the role.
    #[must_use]
    pub fn trusts(&self, service: &str) -> bool {
        let request = Request {
            principal: Principal::Service(service),
            action: "sts:AssumeRole",
            resource: &self.arn,
            context: &[],
        };
        self.trust.as_ref().is_some_and(|trust| evaluate(trust, &request).outcome == Outcome::Allow)
    }

    /// The ARN by which AWS calls the user, or the session of the role.
    #[must_use]
    pub fn caller_arn(&self, session: Option<&str>) -> String {
        match (session, self.kind) {
            (Some(session), IdentityKind::Role) => session_arn(&self.arn, session),
            _ => self.arn.to_string(),
        }
    }

    /// The unique id of the user, or that of the role with the session's name.
    #[must_use]
    pub fn caller_id(&self, session: Option<&str>) -> String {
        match session {
            Some(session) => format!("{}:{session}", self.unique_id),
            None => self.unique_id.to_string(),
        }
    }
}

impl AccessKey {
    /// The ARN by which AWS calls who uses the key: the user's, or that of the role's session.
    #[must_use]
    pub fn caller_arn(&self, identity: &Identity) -> String {
        identity.caller_arn(self.session_name.as_deref())
    }

    /// The caller's unique id: the user's, or the role's with the session's name.
    #[must_use]
    pub fn caller_id(&self, identity: &Identity) -> String {
        identity.caller_id(self.session_name.as_deref())
    }
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// May `identity` do what it asks for? `request.principal` is who calls, see [`principal`].
#[must_use]
pub fn judge(identity: &Identity, resource: Option<&AttachedPolicy>, request: &Request<'_>) -> Judgement {
    let of_identity = identity.policies.iter().map(|policy| (Basis::Identity, policy));
    let of_boundary = identity.boundary.iter().map(|policy| (Basis::Boundary, policy));
    let of_resource = resource.iter().map(|policy| (Basis::Resource, *policy));
    let all = of_resource.chain(of_identity).chain(of_boundary);
    // Whose policy allows, where, and whether the boundary limits that.
    let mut allowed_by: Option<(Basis, PlaceId, bool)> = None;
    let mut boundary_allows = identity.boundary.is_none();
    for (basis, attached) in all {
        match (evaluate(&attached.policy, request).outcome, basis) {
            (outcome @ Outcome::ExplicitDeny, _) => {
                return Judgement { outcome, basis, place: attached.place };
            }
            (Outcome::Allow, Basis::Boundary) => boundary_allows = true,
            (Outcome::Allow, Basis::Resource) => match standing(&attached.policy, request) {
                Some(Standing::Name) => allowed_by = Some((basis, attached.place, false)),
                Some(Standing::Role) => allowed_by = Some((basis, attached.place, true)),
                Some(Standing::Account) | None => {}
            },
            (Outcome::Allow, _) if allowed_by.is_none() => allowed_by = Some((basis, attached.place, true)),
            _ => {}
        }
    }
    if identity.kind == IdentityKind::Root && allowed_by.is_none() {
        allowed_by = Some((Basis::Identity, identity.place, true));
    }
    match allowed_by {
        Some((_, _, true)) if !boundary_allows => {
            let place = identity.boundary.as_ref().map_or(identity.place, |boundary| boundary.place);
            Judgement { outcome: Outcome::ImplicitDeny, basis: Basis::Boundary, place }
        }
        Some((basis, place, _)) => Judgement { outcome: Outcome::Allow, basis, place },
        None => Judgement { outcome: Outcome::ImplicitDeny, basis: Basis::Identity, place: identity.place },
    }
}

/// Who calls, as policies name it; `caller_arn` is [`AccessKey::caller_arn`].
#[must_use]
pub fn principal<'a>(identity: &'a Identity, caller_arn: &'a str) -> Principal<'a> {
    match identity.kind {
        IdentityKind::Role if *identity.arn == *caller_arn => Principal::Role(&identity.arn),
        IdentityKind::Role => Principal::AssumedRole { role: &identity.arn, session: caller_arn },
        IdentityKind::Root => Principal::Account(account_of(&identity.arn)),
        IdentityKind::User => Principal::User(&identity.arn),
    }
}

/// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION` of a role's ARN; the role's path is left out.
fn session_arn(role: &str, session: &str) -> String {
    let name = role.rsplit('/').next().unwrap_or_default();
    format!("arn:aws:sts::{}:assumed-role/{name}/{session}", account_of(role))
}

/// The account of an ARN.
pub(crate) fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use frontgate_explain::PlaceId;
    use serde_json::json;

    use super::{AccessKey, AttachedPolicy, Basis, Identity, IdentityKind, judge, principal};
    use crate::{Outcome, Policy, PolicyKind, Principal, Request};

    const ROLE: &str = "arn:aws:iam::123456789012:role/path/caller";
    const METHOD: &str = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/orders";

    fn attached(effect: &str, resource: &str, is_of_resource: bool) -> AttachedPolicy {
        let mut statement = json!({"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource});
        if is_of_resource {
            statement["Principal"] = json!({"AWS": ROLE});
        }
        let document = json!({"Version": "2012-10-17", "Statement": [statement]});
        let kind = if is_of_resource { PolicyKind::Resource } else { PolicyKind::Identity };
        let policy = Arc::new(Policy::parse_as(&document, kind).expect("a policy"));
        AttachedPolicy { name: "p".into(), policy, place: PlaceId::NONE }
    }

    fn identity(kind: IdentityKind, policies: Vec<AttachedPolicy>) -> Identity {
        Identity {
            kind,
            name: "caller".into(),
            arn: ROLE.into(),
            unique_id: "AROAEXAMPLE".into(),
            policies,
            boundary: None,
            trust: None,
            place: PlaceId::NONE,
        }
    }

    #[test]
    fn an_allow_on_either_side_is_enough_and_a_deny_on_any_side_wins() {
        use Basis::{Identity as Own, Resource};
        use Outcome::{Allow, ExplicitDeny, ImplicitDeny};
        let own = |effect| vec![attached(effect, "arn:aws:execute-api:*:*:abc/*/GET/*", false)];
        let other = vec![attached("Allow", "arn:aws:execute-api:*:*:xyz/*", false)];
        let theirs = |effect| Some(attached(effect, METHOD, true));
        for (name, policies, resource, outcome, basis) in [
            ("nothing", vec![], None, ImplicitDeny, Own),
            ("another API", other, None, ImplicitDeny, Own),
            ("own", own("Allow"), None, Allow, Own),
            ("resource alone", vec![], theirs("Allow"), Allow, Resource),
            ("resource denies", own("Allow"), theirs("Deny"), ExplicitDeny, Resource),
            ("own denies", own("Deny"), theirs("Allow"), ExplicitDeny, Own),
        ] {
            let caller = identity(IdentityKind::Role, policies);
            let key = AccessKey {
                id: "ASIAEXAMPLE".into(),
                secret: "s".into(),
                session_token: Some("t".into()),
                session_name: Some("me".into()),
                active: true,
                identity: 0,
            };
            let arn = key.caller_arn(&caller);
            assert_eq!(arn, "arn:aws:sts::123456789012:assumed-role/caller/me");
            assert_eq!(key.caller_id(&caller), "AROAEXAMPLE:me");
            let request = Request {
                principal: principal(&caller, &arn),
                action: "execute-api:Invoke",
                resource: METHOD,
                context: &[],
            };
            let judged = judge(&caller, resource.as_ref(), &request);
            assert_eq!((judged.outcome, judged.basis), (outcome, basis), "{name}");
        }
    }

    #[test]
    fn a_policy_of_a_resource_is_worth_as_much_as_it_names() {
        use Basis::{Boundary, Identity as Own, Resource};
        use Outcome::{Allow, ImplicitDeny};
        const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/caller/me";
        let own = || vec![attached("Allow", METHOD, false)];
        let elsewhere = || Some(attached("Allow", "arn:aws:s3:::*", false));
        for (named, policies, boundary, outcome, basis) in [
            (json!({"AWS": SESSION}), vec![], None, Allow, Resource),
            (json!({"AWS": SESSION}), vec![], elsewhere(), Allow, Resource),
            (json!({"AWS": ROLE}), vec![], None, Allow, Resource),
            (json!({"AWS": ROLE}), vec![], elsewhere(), ImplicitDeny, Boundary),
            (json!("*"), vec![], elsewhere(), Allow, Resource),
            (json!({"AWS": "123456789012"}), vec![], None, ImplicitDeny, Own),
            (json!({"AWS": "arn:aws:iam::123456789012:root"}), vec![], None, ImplicitDeny, Own),
            (json!({"AWS": "123456789012"}), own(), None, Allow, Own),
        ] {
            let document = json!({"Statement": {"Effect": "Allow", "Principal": named,
                "Action": "execute-api:Invoke", "Resource": METHOD}});
            let policy = Policy::parse_as(&document, PolicyKind::Resource).expect("a policy");
            let resource =
                AttachedPolicy { name: "r".into(), policy: Arc::new(policy), place: PlaceId::NONE };
            let mut caller = identity(IdentityKind::Role, policies);
            caller.boundary = boundary;
            let request = Request {
                principal: principal(&caller, SESSION),
                action: "execute-api:Invoke",
                resource: METHOD,
                context: &[],
            };
            let judged = judge(&caller, Some(&resource), &request);
            assert_eq!((judged.outcome, judged.basis), (outcome, basis), "{document}");
        }
    }

    #[test]
    fn a_boundary_limits_and_the_root_needs_nothing() {
        let request =
            |principal| Request { principal, action: "execute-api:Invoke", resource: METHOD, context: &[] };
        let mut caller = identity(IdentityKind::User, vec![attached("Allow", "*", false)]);
        caller.boundary = Some(attached("Allow", "arn:aws:s3:::*", false));
        let judged = judge(&caller, None, &request(Principal::User(ROLE)));
        assert_eq!((judged.outcome, judged.basis), (Outcome::ImplicitDeny, Basis::Boundary));
        let root = identity(IdentityKind::Root, vec![]);
        assert_eq!(principal(&root, ROLE), Principal::Account("123456789012"));
        let judged = judge(&root, None, &request(Principal::Account("123456789012")));
        assert_eq!(judged.outcome, Outcome::Allow);
    }
}
