//! The identities of a stack, put together from users, groups, roles and policies once all of them are made.

use std::sync::Arc;

use frontgate_iam::{
    AccessKey, AttachedPolicy, Identities, Identity, IdentityKind, Policy, PolicyKind, RoleSessions,
    TEMPORARY, managed_policy,
};
use frontgate_template::{Node, Span};

use crate::maker::Maker;
use crate::properties::{Object, Problems, span_at};

/// What is known of the identities while a template is read.
#[derive(Default)]
pub struct IamDraft {
    /// Users and roles.
    pub identities: Vec<IdentityDraft>,
    /// Groups.
    pub groups: Vec<GroupDraft>,
    /// Managed policies of the template by ARN.
    pub managed: Vec<(String, AttachedPolicy)>,
    /// Policies that name those whom they are for.
    pub attachments: Vec<Attachment>,
    /// User and group.
    pub memberships: Vec<(Named, Named)>,
    /// Access keys of users.
    pub access_keys: Vec<AccessKeyDraft>,
}

/// A name and where it stands.
pub type Named = (String, Span);

/// A user or role.
pub struct IdentityDraft {
    /// Which of them.
    pub kind: IdentityKind,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its unique id.
    pub unique_id: String,
    /// Its own policies.
    pub policies: Vec<PolicyReference>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<Named>,
    /// Its groups.
    pub groups: Vec<Named>,
    /// How long a session of it may last; users have none.
    pub session_seconds_max: u64,
    /// Its place.
    pub place: frontgate_explain::PlaceId,
}

/// A group.
pub struct GroupDraft {
    /// Its name.
    pub name: String,
    /// Its policies.
    pub policies: Vec<PolicyReference>,
}

/// A policy, or the ARN of one.
#[derive(Clone)]
pub enum PolicyReference {
    /// Its statements stand in the template.
    Inline(AttachedPolicy),
    /// A managed policy by its ARN.
    Managed(String, Span),
}

/// A policy that names whom it is for.
pub struct Attachment {
    /// What it is for.
    pub holder: Holder,
    /// By name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// The policy.
    pub policy: PolicyReference,
}

/// What a policy is attached to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A group.
    Group,
    /// A role.
    Role,
    /// A user.
    User,
}

/// An access key of a user.
pub struct AccessKeyDraft {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// The name of its user.
    pub user: Named,
    /// Whether it is active.
    pub active: bool,
}

/// The policies of `Policies` and `ManagedPolicyArns`.
pub fn policies(properties: &Object<'_>, maker: &mut Maker<'_>) -> Vec<PolicyReference> {
    let mut references = Vec::new();
    for inline in properties.objects("Policies") {
        let name = inline.required_text("PolicyName").map_or_else(String::new, |n| n.value.into_owned());
        inline.require("PolicyDocument");
        if let Some(document) = inline.node("PolicyDocument")
            && let Some(policy) = policy(document, PolicyKind::Identity, "PolicyDocument", &inline)
        {
            let place = maker.place(document.span, format!("the policy {name}"));
            references.push(PolicyReference::Inline(AttachedPolicy { name: name.into(), policy, place }));
        }
        inline.finish();
    }
    let managed = properties.texts("ManagedPolicyArns");
    references
        .extend(managed.into_iter().map(|arn| PolicyReference::Managed(arn.value.into_owned(), arn.span)));
    references
}

/// A policy document; `None` where it is none, which is said.
pub fn policy(document: &Node, kind: PolicyKind<'_>, name: &str, owner: &Object<'_>) -> Option<Arc<Policy>> {
    match Policy::parse_as(&document.to_json(), kind) {
        Ok(policy) => Some(Arc::new(policy)),
        Err(error) => {
            let message = format!("{}.{name}{}: {}", owner.path(), error.path, error.message);
            owner.problems().error(span_at(document, &error.path), message, "MalformedPolicyDocument", "");
            None
        }
    }
}

/// `Path`, which is `/` unless it is given.
pub fn path_of(properties: &Object<'_>) -> String {
    let Some(path) = properties.text("Path") else { return "/".to_owned() };
    if !(path.value.starts_with('/') && path.value.ends_with('/')) {
        properties.problems().error(
            path.span,
            format!(
                "{}.Path: The specified value for path is invalid. It must begin and end with / and contain only \
                 alphanumeric characters and/or / characters.",
                properties.path()
            ),
            "ValidationError",
            "Begin and end it with /.",
        );
    }
    path.value.into_owned()
}

/// A unique id of IAM, such as `AIDA…` for a user.
pub fn unique_id(prefix: &str, seed: &str) -> String {
    let letters = frontgate_aws::ids::cloudfront_id(prefix, seed);
    let more = frontgate_aws::ids::name_suffix(seed);
    format!("{prefix}{}{}", &letters[1..], &more[..3])
}

/// Binds users, groups, roles, policies and access keys together.
pub fn close(maker: &mut Maker<'_>, problems: &Problems) {
    let draft = std::mem::take(&mut maker.iam);
    let mut identities = Identities::default();
    for identity in &draft.identities {
        let policies = policies_of(identity, &draft, problems);
        // A boundary that is not known allows nothing.
        let nothing = || AttachedPolicy {
            name: "an unknown permissions boundary".into(),
            policy: Arc::default(),
            place: identity.place,
        };
        let boundary = identity
            .boundary
            .as_ref()
            .map(|(arn, span)| find(arn, *span, &draft, problems).unwrap_or_else(nothing));
        identities.all.push(Identity {
            kind: identity.kind,
            name: identity.name.as_str().into(),
            arn: identity.arn.as_str().into(),
            unique_id: identity.unique_id.as_str().into(),
            policies,
            boundary,
            trust: maker.roles.iter().find(|role| role.arn == identity.arn).map(|role| role.trust.clone()),
            place: identity.place,
        });
    }
    check_names(&draft, problems);
    for key in &draft.access_keys {
        let index =
            draft.identities.iter().position(|i| i.kind == IdentityKind::User && i.name == key.user.0);
        let Some(identity) = index else {
            no_such("user", &key.user, problems);
            continue;
        };
        identities.access_keys.push(AccessKey {
            id: key.id.as_str().into(),
            secret: key.secret.as_str().into(),
            session_token: None,
            session_name: None,
            active: key.active,
            identity,
        });
    }
    for (index, role) in draft.identities.iter().enumerate().filter(|(_, i)| i.kind == IdentityKind::Role) {
        identities.role_sessions.push(role_sessions(maker, index, role));
    }
    add_sessions(&mut identities, maker);
    maker.resources.identities = identities;
}

/// The account's root, for the command line, and for each function a session of its role. On AWS an environment never outlives
/// its credentials; so these last as long as the processes that have them may live, and do not end.
fn add_sessions(identities: &mut Identities, maker: &mut Maker<'_>) {
    let account = frontgate_aws::ids::ACCOUNT_ID;
    let root = identities.all.len();
    identities.all.push(Identity {
        kind: IdentityKind::Root,
        name: "root".into(),
        arn: format!("arn:aws:iam::{account}:root").into(),
        unique_id: account.into(),
        policies: Vec::new(),
        boundary: None,
        trust: None,
        place: frontgate_explain::PlaceId::ROOT_USER,
    });
    identities.access_keys.push(AccessKey {
        id: unique_id("AKIA", &maker.seed("root")).into(),
        secret: maker.secret("root").into(),
        session_token: None,
        session_name: None,
        active: true,
        identity: root,
    });
    let mut functions = std::mem::take(&mut maker.resources.functions);
    for function in &mut functions {
        let role = identities.all.iter().position(|identity| *identity.arn == *function.role);
        function.credentials = role.map(|role| session(maker, role, &function.arn, &function.name));
        identities.access_keys.extend(function.credentials.clone());
    }
    maker.resources.functions = functions;
    let mut versions = std::mem::take(&mut maker.resources.function_versions);
    for version in &mut versions {
        let role = identities.all.iter().position(|identity| *identity.arn == *version.function.role);
        let credentials = role.map(|role| session(maker, role, &version.arn(), &version.function.name));
        identities.access_keys.extend(credentials.clone());
        version.function.credentials = credentials;
    }
    maker.resources.function_versions = versions;
}

/// The name of the session that `frontgate credentials` opens.
const COMMAND_LINE_SESSION: &str = "frontgate";

fn role_sessions(maker: &Maker<'_>, identity: usize, role: &IdentityDraft) -> RoleSessions {
    let purpose = format!("sessions of {}", role.arn);
    let mut id_start = unique_id(TEMPORARY, &purpose);
    id_start.truncate(ID_START_LENGTH);
    RoleSessions {
        identity,
        session_name: COMMAND_LINE_SESSION.into(),
        id_start: id_start.into(),
        secret: maker.secret(&purpose).into(),
        duration_seconds_max: role.session_seconds_max,
    }
}

/// How many letters of an access key id tell the role.
const ID_START_LENGTH: usize = 12;

fn session(maker: &Maker<'_>, identity: usize, seed: &str, name: &str) -> AccessKey {
    let purpose = format!("session {seed} {name}");
    AccessKey {
        id: unique_id("ASIA", &purpose).into(),
        secret: maker.secret(&purpose).into(),
        session_token: Some(maker.secret(&format!("token {purpose}")).into()),
        session_name: Some(name.into()),
        active: true,
        identity,
    }
}

fn policies_of(identity: &IdentityDraft, draft: &IamDraft, problems: &Problems) -> Vec<AttachedPolicy> {
    let holder = if identity.kind == IdentityKind::Role { Holder::Role } else { Holder::User };
    let attached_to = |holder: Holder, name: &str| {
        let name = name.to_owned();
        let those = draft.attachments.iter().filter(move |a| a.holder == holder && a.name == name);
        those.map(|attachment| &attachment.policy)
    };
    let joined =
        draft.memberships.iter().filter(|((user, _), _)| *user == identity.name).map(|(_, group)| group);
    let groups: Vec<&Named> =
        if holder == Holder::User { identity.groups.iter().chain(joined).collect() } else { Vec::new() };
    let mut references: Vec<&PolicyReference> = identity.policies.iter().collect();
    references.extend(attached_to(holder, &identity.name));
    for (name, _) in groups {
        let own = draft.groups.iter().filter(|group| group.name == *name);
        references.extend(own.flat_map(|group| &group.policies));
        references.extend(attached_to(Holder::Group, name));
    }
    let found = references.into_iter().filter_map(|reference| match reference {
        PolicyReference::Inline(policy) => Some(policy.clone()),
        PolicyReference::Managed(arn, span) => find(arn, *span, draft, problems),
    });
    found.collect()
}

/// The managed policy of an ARN. One of AWS's own for services that do not run here grants nothing that could be asked.
fn find(arn: &str, span: Span, draft: &IamDraft, problems: &Problems) -> Option<AttachedPolicy> {
    if let Some((_, policy)) = draft.managed.iter().find(|(known, _)| known == arn) {
        return Some(policy.clone());
    }
    let place = frontgate_explain::PlaceId::NONE;
    if let Some(document) = managed_policy(arn) {
        let policy = Policy::parse_as(&document, PolicyKind::Identity).ok()?;
        return Some(AttachedPolicy { name: arn.into(), policy: Arc::new(policy), place });
    }
    if !arn.starts_with("arn:aws:iam::aws:policy/") {
        no_such("policy", &(arn.to_owned(), span), problems);
    }
    None
}

/// Names of users, roles and groups that policies and memberships speak of.
fn check_names(draft: &IamDraft, problems: &Problems) {
    let is_identity = |kind: IdentityKind, name: &str| {
        draft.identities.iter().any(|identity| identity.kind == kind && identity.name == name)
    };
    let is_group = |name: &str| draft.groups.iter().any(|group| group.name == name);
    for attachment in &draft.attachments {
        let (what, known) = match attachment.holder {
            Holder::Group => ("group", is_group(&attachment.name)),
            Holder::Role => ("role", is_identity(IdentityKind::Role, &attachment.name)),
            Holder::User => ("user", is_identity(IdentityKind::User, &attachment.name)),
        };
        if !known {
            no_such(what, &(attachment.name.clone(), attachment.span), problems);
        }
    }
    let groups = draft.identities.iter().flat_map(|identity| &identity.groups);
    for group in groups.chain(draft.memberships.iter().map(|(_, group)| group)).filter(|(g, _)| !is_group(g))
    {
        no_such("group", group, problems);
    }
    for (user, _) in draft.memberships.iter().filter(|((u, _), _)| !is_identity(IdentityKind::User, u)) {
        no_such("user", user, problems);
    }
}

fn no_such(what: &str, (name, span): &Named, problems: &Problems) {
    let message = if what == "policy" {
        format!("NoSuchEntity: Policy {name} does not exist or is not attachable.")
    } else {
        format!("NoSuchEntity: The {what} with name {name} cannot be found.")
    };
    let cure = "Make it in this template: what stands in the account on AWS is not known here, so this grants nothing.";
    problems.warning(*span, message, "NoSuchEntity", cure);
}
