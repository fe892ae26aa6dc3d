//! Reads a policy document and says where it is at fault, in S3's words where S3 has some.
//!
//! Authority: IAM user guide, *Grammar of the IAM JSON policy language* (`reference_policies_grammar`); the texts are
//! those that `PutBucketPolicy` gives with `MalformedPolicy`.

use frontgate_aws::Source;
use frontgate_aws::Source::{Documented, Inferred, Recorded};
use serde_json::{Map, Value};

use crate::condition::Condition;
use crate::operator::Operator;
use crate::pattern::{ArnPattern, Pattern, Syntax};
use crate::policy::{Effect, Element, Policy, Statement};
use crate::principal::{Principals, is_aws_principal};

/// What is wrong with a policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The JSON pointer of the fault, such as `/Statement/0/Principal`; the object that should have it, if it is missing.
    pub path: String,
    /// What AWS says.
    pub message: String,
}

/// What a policy is attached to, which decides what its statements need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind<'a> {
    /// Anything: no element is missed but `Effect` and an action.
    Any,
    /// The bucket with that name: each statement needs a principal and resources of this bucket.
    Bucket(&'a str),
    /// A user, group or role: no principal.
    Identity,
    /// Another resource: each statement needs a principal.
    Resource,
    /// The trust policy of a role: a principal, no resource.
    Trust,
}

impl Policy {
    /// Reads a document of whatever kind.
    ///
    /// # Errors
    /// Where it is no policy, with the path and AWS's words.
    pub fn parse(document: &Value) -> Result<Self, PolicyError> {
        Self::parse_as(document, PolicyKind::Any)
    }

    /// Reads a document that must be right for what it is attached to.
    ///
    /// # Errors
    /// Where it is not, with the path and AWS's words.
    pub fn parse_as(document: &Value, kind: PolicyKind<'_>) -> Result<Self, PolicyError> {
        let Some(document) = document.as_object() else { return Err(PolicyError::new("", NOT_AN_OBJECT.0)) };
        refuse_unknown(document, &["Version", "Id", "Statement"], "")?;
        let version = document.get("Version").map_or(Ok(OLD_VERSION), |value| {
            value.as_str().ok_or_else(|| PolicyError::new("/Version", VERSION.0))
        })?;
        if ![OLD_VERSION, NEW_VERSION].contains(&version) {
            return Err(PolicyError::new("/Version", VERSION.0));
        }
        let id = document.get("Id").map(|value| text(value, "/Id")).transpose()?.map(Into::into);
        let Some(statements) = document.get("Statement") else {
            return Err(PolicyError::new("", "Missing required field Statement"));
        };
        let reader = Reader { kind, variables: version == NEW_VERSION };
        let statements = match statements {
            Value::Array(list) if list.is_empty() => {
                return Err(PolicyError::new("/Statement", EMPTY.0));
            }
            Value::Array(list) => list
                .iter()
                .enumerate()
                .map(|(index, value)| reader.statement(value, &format!("/Statement/{index}")))
                .collect::<Result<_, _>>()?,
            one => vec![reader.statement(one, "/Statement")?],
        };
        Ok(Self { id, statements })
    }
}

struct Reader<'a> {
    kind: PolicyKind<'a>,
    /// Whether `${…}` is a variable.
    variables: bool,
}

impl Reader<'_> {
    fn statement(&self, value: &Value, path: &str) -> Result<Statement, PolicyError> {
        let Some(fields) = value.as_object() else { return Err(PolicyError::new(path, SYNTAX.0)) };
        refuse_unknown(fields, STATEMENT_FIELDS, path)?;
        let sid_path = format!("{path}/Sid");
        let sid = fields.get("Sid").map(|value| text(value, &sid_path)).transpose()?.map(Into::into);
        let effect = match fields.get("Effect") {
            None => return Err(missing(path, "Effect")),
            Some(Value::String(word)) if word == "Allow" => Effect::Allow,
            Some(Value::String(word)) if word == "Deny" => Effect::Deny,
            Some(other) => {
                let word = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
                return Err(PolicyError::new(&format!("{path}/Effect"), &format!("{}{word}", EFFECT.0)));
            }
        };
        let principal = self.principal(fields, path)?;
        let actions = either(fields, "Action", path)?.ok_or_else(|| missing(path, "Action"))?;
        let action = self.action(&actions)?;
        let resource = self.resource(fields, path)?;
        if let PolicyKind::Bucket(bucket) = self.kind {
            check_actions_have_a_resource(bucket, &action, resource.as_ref(), &actions.path)?;
        }
        let conditions = match fields.get("Condition") {
            None => Vec::new(),
            Some(value) => self.conditions(value, &format!("{path}/Condition"))?,
        };
        Ok(Statement { sid, effect, principal, action, resource, conditions })
    }

    fn principal(
        &self,
        fields: &Map<String, Value>,
        path: &str,
    ) -> Result<Option<Element<Principals>>, PolicyError> {
        let Some(Either { all_but, value, path: at }) = either(fields, "Principal", path)? else {
            let is_needed =
                matches!(self.kind, PolicyKind::Bucket(_) | PolicyKind::Resource | PolicyKind::Trust);
            return if is_needed { Err(missing(path, "Principal")) } else { Ok(None) };
        };
        if self.kind == PolicyKind::Identity {
            return Err(PolicyError::new(&at, IDENTITY_PRINCIPAL.0));
        }
        let mut listed = Principals::default();
        match value {
            Value::String(star) if star == "*" => listed.everyone = true,
            Value::Object(types) if !types.is_empty() => {
                for (kind, names) in types {
                    add_principals(&mut listed, kind, names, &format!("{at}/{kind}"))?;
                }
            }
            _ => return Err(PolicyError::new(&at, PRINCIPAL.0)),
        }
        Ok(Some(Element { all_but, listed }))
    }

    fn action(&self, actions: &Either<'_>) -> Result<Element<Vec<Pattern>>, PolicyError> {
        let mut listed = Vec::new();
        for (text, at) in texts(actions.value, &actions.path)? {
            let service = text.split_once(':').map(|(service, _)| service);
            let fits = match self.kind {
                PolicyKind::Bucket(_) => text == "*" || service.is_some_and(|s| s.eq_ignore_ascii_case("s3")),
                _ => text == "*" || service.is_some(),
            };
            if !fits {
                return Err(PolicyError::new(&at, ACTION.0));
            }
            listed.push(Pattern::new(text, Syntax { wildcards: true, variables: false }));
        }
        Ok(Element { all_but: actions.all_but, listed })
    }

    fn resource(
        &self,
        fields: &Map<String, Value>,
        path: &str,
    ) -> Result<Option<Element<Vec<ArnPattern>>>, PolicyError> {
        let Some(Either { all_but, value, path: at }) = either(fields, "Resource", path)? else {
            let is_needed = !matches!(self.kind, PolicyKind::Any | PolicyKind::Trust);
            return if is_needed { Err(missing(path, "Resource")) } else { Ok(None) };
        };
        let mut listed = Vec::new();
        for (text, at) in texts(value, &at)? {
            let fits = match self.kind {
                PolicyKind::Bucket(bucket) => text == "*" || key_pattern(bucket, text).is_some(),
                _ => true,
            };
            if !fits {
                return Err(PolicyError::new(&at, RESOURCE.0));
            }
            listed.push(ArnPattern::new(text, self.variables));
        }
        Ok(Some(Element { all_but, listed }))
    }

    fn conditions(&self, value: &Value, path: &str) -> Result<Vec<Condition>, PolicyError> {
        let Some(operators) = value.as_object() else { return Err(PolicyError::new(path, SYNTAX.0)) };
        let mut conditions = Vec::new();
        for (name, keys) in operators {
            let at = format!("{path}/{name}");
            let Some(operator) = Operator::parse(name) else {
                return Err(PolicyError::new(&at, &format!("{}{name}", CONDITION_TYPE.0)));
            };
            let Some(keys) = keys.as_object() else { return Err(PolicyError::new(&at, SYNTAX.0)) };
            for (key, values) in keys {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                let values = condition_values(values, &at)?;
                let condition =
                    Condition::new(name, operator, key, values, self.variables).map_err(|index| {
                        PolicyError::new(&format!("{at}/{index}"), &format!("{}{name}", CONDITION_VALUE.0))
                    })?;
                conditions.push(condition);
            }
        }
        Ok(conditions)
    }
}

impl PolicyError {
    pub(crate) fn new(path: &str, message: &str) -> Self {
        Self { path: path.to_owned(), message: message.to_owned() }
    }
}

impl std::fmt::Display for PolicyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        write!(f, "{} (at {path})", self.message)
    }
}

impl std::error::Error for PolicyError {}

/// The value of `Name` or of `NotName`.
struct Either<'a> {
    all_but: bool,
    value: &'a Value,
    path: String,
}

fn either<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    path: &str,
) -> Result<Option<Either<'a>>, PolicyError> {
    let not_name = format!("Not{name}");
    match (fields.get(name), fields.get(&not_name)) {
        (Some(_), Some(_)) => Err(PolicyError::new(&format!("{path}/{not_name}"), SYNTAX.0)),
        (Some(value), None) => Ok(Some(Either { all_but: false, value, path: format!("{path}/{name}") })),
        (None, Some(value)) => Ok(Some(Either { all_but: true, value, path: format!("{path}/{not_name}") })),
        (None, None) => Ok(None),
    }
}

fn add_principals(listed: &mut Principals, kind: &str, names: &Value, path: &str) -> Result<(), PolicyError> {
    for (name, at) in texts(names, path)? {
        let list = match kind {
            "AWS" if name == "*" => {
                listed.everyone = true;
                continue;
            }
            "AWS" if is_aws_principal(name) => &mut listed.aws,
            "CanonicalUser" if !name.is_empty() => &mut listed.canonical_users,
            "Federated" if !name.is_empty() => &mut listed.federated,
            "Service" if name == "*" || name.contains('.') => &mut listed.services,
            _ => return Err(PolicyError::new(&at, PRINCIPAL.0)),
        };
        list.push(name.into());
    }
    Ok(())
}

/// S3 refuses a statement with an action that none of its resources can have: an object's action on the bucket alone.
fn check_actions_have_a_resource(
    bucket: &str,
    action: &Element<Vec<Pattern>>,
    resource: Option<&Element<Vec<ArnPattern>>>,
    path: &str,
) -> Result<(), PolicyError> {
    let Some(resource) = resource.filter(|element| !element.all_but && !action.all_but) else {
        return Ok(());
    };
    let keys = || resource.listed.iter().map(|arn| key_pattern(bucket, &arn.whole.text));
    let has_object = keys().any(|key| key.is_none_or(|key| !key.is_empty()));
    let has_bucket = keys().any(|key| key.is_none_or(|key| key.is_empty() || key.starts_with('*')));
    for pattern in action.listed.iter().filter(|pattern| pattern.is_fixed()) {
        let has_resource = if is_object_action(&pattern.text) { has_object } else { has_bucket };
        if !has_resource {
            return Err(PolicyError::new(path, NO_RESOURCE.0));
        }
    }
    Ok(())
}

/// What follows the bucket in a resource of its policy: empty for the bucket itself, `/…` for objects; `None` for
/// another bucket.
fn key_pattern<'t>(bucket: &str, resource: &'t str) -> Option<&'t str> {
    let (partition, rest) = resource.strip_prefix("arn:")?.split_once(":s3:::")?;
    let rest = rest.strip_prefix(bucket)?;
    let is_ours = partition.starts_with("aws") && (rest.is_empty() || rest.starts_with(['/', '*', '?']));
    is_ours.then_some(rest)
}

/// Whether an S3 action concerns objects, not the bucket.
///
/// Authority: service authorization reference, *Actions, resources, and condition keys for Amazon S3*.
fn is_object_action(action: &str) -> bool {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    let of_bucket = name.contains("Bucket") && name != "ObjectOwnerOverrideToBucketOwner";
    (name.contains("Object") && !of_bucket) || OBJECT_ACTIONS.iter().any(|(action, _)| *action == name)
}

/// The actions on objects that do not have `Object` in their names.
const OBJECT_ACTIONS: &[(&str, Source)] = &[
    ("AbortMultipartUpload", Documented("list_amazons3")),
    ("BypassGovernanceRetention", Documented("list_amazons3")),
    ("ListMultipartUploadParts", Documented("list_amazons3")),
    ("ReplicateDelete", Documented("list_amazons3")),
    ("ReplicateTags", Documented("list_amazons3")),
];

fn condition_values(value: &Value, path: &str) -> Result<Vec<Box<str>>, PolicyError> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter()
        .map(|value| match value {
            Value::String(text) => Ok(text.as_str().into()),
            Value::Bool(_) | Value::Number(_) => Ok(value.to_string().into()),
            _ => Err(PolicyError::new(path, SYNTAX.0)),
        })
        .collect()
}

/// One text or a list of texts, each with its path.
fn texts<'a>(value: &'a Value, path: &str) -> Result<Vec<(&'a str, String)>, PolicyError> {
    match value {
        Value::Array(list) if list.is_empty() => Err(PolicyError::new(path, SYNTAX.0)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let at = format!("{path}/{index}");
                Ok((text(value, &at)?, at))
            })
            .collect(),
        one => Ok(vec![(text(one, path)?, path.to_owned())]),
    }
}

fn text<'a>(value: &'a Value, path: &str) -> Result<&'a str, PolicyError> {
    value.as_str().ok_or_else(|| PolicyError::new(path, SYNTAX.0))
}

fn refuse_unknown(fields: &Map<String, Value>, known: &[&str], path: &str) -> Result<(), PolicyError> {
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(PolicyError::new(&format!("{path}/{name}"), &format!("{}{name}", UNKNOWN.0))),
        None => Ok(()),
    }
}

fn missing(path: &str, field: &str) -> PolicyError {
    PolicyError::new(path, &format!("{}{field}", MISSING.0))
}

const OLD_VERSION: &str = "2008-10-17";
const NEW_VERSION: &str = "2012-10-17";

const STATEMENT_FIELDS: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// A text of AWS and where it was seen.
type Text = (&'static str, Source);

const ACTION: Text = ("Policy has invalid action", Recorded("issues that quote MalformedPolicy"));
const CONDITION_TYPE: Text =
    ("Invalid Condition type : ", Inferred("remembered from MalformedPolicy answers; no recording at hand"));
const CONDITION_VALUE: Text =
    ("Invalid value for the condition operator ", Inferred("S3 refuses it; its words are not known"));
const EFFECT: Text = ("Invalid effect: ", Recorded("issues that quote MalformedPolicy"));
const EMPTY: Text =
    ("Could not parse the policy: Statement is empty!", Recorded("issues that quote MalformedPolicy"));
const IDENTITY_PRINCIPAL: Text = (
    "Policy document should not specify a principal.",
    Inferred("remembered from MalformedPolicy answers; no recording at hand"),
);
const MISSING: Text = ("Missing required field ", Recorded("test_s3 snapshots and issues"));
const NOT_AN_OBJECT: Text =
    ("Policies must be valid JSON and the first byte must be '{'", Recorded("test_s3 snapshots"));
const NO_RESOURCE: Text =
    ("Action does not apply to any resource(s) in statement", Recorded("issues that quote MalformedPolicy"));
const PRINCIPAL: Text = ("Invalid principal in policy", Recorded("issues that quote MalformedPolicy"));
const RESOURCE: Text = ("Policy has invalid resource", Recorded("issues that quote MalformedPolicy"));
const SYNTAX: Text =
    ("Invalid policy syntax.", Inferred("remembered from MalformedPolicy answers; no recording at hand"));
const UNKNOWN: Text =
    ("Unknown field ", Inferred("remembered from MalformedPolicy answers; no recording at hand"));
const VERSION: Text =
    ("The policy must contain a valid version string", Recorded("issues that quote MalformedPolicy"));

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::PolicyKind;
    use crate::Policy;

    fn with(field: &str, value: Value) -> Value {
        let mut statement = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/*"});
        match value {
            Value::Null => statement.as_object_mut().expect("an object").remove(field),
            value => statement.as_object_mut().expect("an object").insert(field.to_owned(), value),
        };
        json!({"Version": "2012-10-17", "Statement": [statement]})
    }

    #[test]
    fn faults_of_a_bucket_policy() {
        for (document, path, message) in [
            (json!([]), "", "Policies must be valid JSON and the first byte must be '{'"),
            (json!({}), "", "Missing required field Statement"),
            (json!({"Statement": []}), "/Statement", "Could not parse the policy: Statement is empty!"),
            (json!({"Statement": "x"}), "/Statement", "Invalid policy syntax."),
            (
                json!({"Version": "2026-01-01", "Statement": []}),
                "/Version",
                "The policy must contain a valid version string",
            ),
            (
                json!({"Version": 1, "Statement": []}),
                "/Version",
                "The policy must contain a valid version string",
            ),
            (json!({"Statements": []}), "/Statements", "Unknown field Statements"),
            (with("Effect", Value::Null), "/Statement/0", "Missing required field Effect"),
            (with("Effect", json!("allow")), "/Statement/0/Effect", "Invalid effect: allow"),
            (with("Principal", Value::Null), "/Statement/0", "Missing required field Principal"),
            (with("Principal", json!("ann")), "/Statement/0/Principal", "Invalid principal in policy"),
            (
                with("Principal", json!({"AWS": ["1", "*"]})),
                "/Statement/0/Principal/AWS/0",
                "Invalid principal in policy",
            ),
            (
                with("Principal", json!({"Services": "s3.amazonaws.com"})),
                "/Statement/0/Principal/Services",
                "Invalid principal in policy",
            ),
            (with("NotPrincipal", json!("*")), "/Statement/0/NotPrincipal", "Invalid policy syntax."),
            (with("Action", Value::Null), "/Statement/0", "Missing required field Action"),
            (with("Action", json!([])), "/Statement/0/Action", "Invalid policy syntax."),
            (
                with("Action", json!("lambda:InvokeFunction")),
                "/Statement/0/Action",
                "Policy has invalid action",
            ),
            (with("Resource", Value::Null), "/Statement/0", "Missing required field Resource"),
            (
                with("Resource", json!("arn:aws:s3:::other/*")),
                "/Statement/0/Resource",
                "Policy has invalid resource",
            ),
            (with("Resource", json!("b/*")), "/Statement/0/Resource", "Policy has invalid resource"),
            (
                with("Resource", json!("arn:aws:s3:::b")),
                "/Statement/0/Action",
                "Action does not apply to any resource(s) in statement",
            ),
            (
                with("Action", json!("s3:ListBucket")),
                "/Statement/0/Action",
                "Action does not apply to any resource(s) in statement",
            ),
            (with("Principle", json!("*")), "/Statement/0/Principle", "Unknown field Principle"),
            (
                with("Condition", json!({"StringEqual": {}})),
                "/Statement/0/Condition/StringEqual",
                "Invalid Condition type : StringEqual",
            ),
            (
                with("Condition", json!({"Bool": {"aws:SecureTransport": "no"}})),
                "/Statement/0/Condition/Bool/aws:SecureTransport/0",
                "Invalid value for the condition operator Bool",
            ),
            (with("Condition", json!("x")), "/Statement/0/Condition", "Invalid policy syntax."),
            (with("Sid", json!(1)), "/Statement/0/Sid", "Invalid policy syntax."),
        ] {
            let error = Policy::parse_as(&document, PolicyKind::Bucket("b")).expect_err(message);
            assert_eq!((error.path.as_str(), error.message.as_str()), (path, message), "{document}");
        }
    }

    #[test]
    fn right_policies() {
        for (kind, document) in [
            (PolicyKind::Bucket("b"), with("Sid", json!("x"))),
            (PolicyKind::Bucket("b"), with("Action", json!(["s3:Get*", "s3:*", "*"]))),
            (PolicyKind::Bucket("b"), with("Resource", json!(["arn:aws:s3:::b", "arn:aws:s3:::b/*"]))),
            (PolicyKind::Bucket("b"), with("Resource", json!("arn:aws:s3:::b*"))),
            (PolicyKind::Bucket("b"), with("Condition", json!({"Bool": {"aws:SecureTransport": false}}))),
            (PolicyKind::Any, with("Principal", Value::Null)),
            (PolicyKind::Trust, with("Resource", Value::Null)),
            (PolicyKind::Identity, json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})),
        ] {
            if let Err(error) = Policy::parse_as(&document, kind) {
                panic!("{kind:?} {document}: {error}");
            }
        }
        assert!(
            Policy::parse_as(&with("Sid", json!("x")), PolicyKind::Identity).is_err(),
            "no principal there"
        );
    }
}
