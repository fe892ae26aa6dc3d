//! May the caller do it? The bucket policy and those of who signed are evaluated with the keys that S3 gives to a
//! condition.
//!
//! Authority: Amazon S3 user guide, *How Amazon S3 authorizes a request* (`how-s3-evaluates-access-control`), and the
//! service authorization reference, *Actions, resources, and condition keys for Amazon S3*.

use std::borrow::Cow;

use frontgate_aws::ids;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_iam::{
    AttachedPolicy, Basis, Decision, Judgement, MismatchReason, Outcome, Principal, Request, evaluate,
    explain_mismatch, judge,
};
use frontgate_message::Scheme;

use crate::error::{Code, S3Error};
use crate::key::Key;
use crate::operation::Operation;
use crate::query::Query;
use crate::serve::seconds;
use crate::{Call, Caller, Signer};

/// Notes what the policy says about the operation; an error where it does not allow it.
pub(crate) fn authorize(
    call: &Call<'_>,
    operation: &Operation,
    query: &Query,
    trace: &mut Trace,
) -> Result<(), S3Error> {
    let (action, key) = action_of(operation);
    let decided = decide(call, action, key, query);
    trace.note(decided.fact);
    if decided.allows {
        return Ok(());
    }
    if !matches!(decided.fact.kind, FactKind::BucketPolicyDenied | FactKind::S3IdentityDenied) {
        note_mismatches(call, action, key, query, trace);
    }
    Err(denied(call, action, key, &decided))
}

/// Notes which element of each statement keeps it from allowing the request; statements are counted from 1.
fn note_mismatches(call: &Call<'_>, action: &str, key: Option<&Key>, query: &Query, trace: &mut Trace) {
    let of_bucket = call.bucket.policy.iter().map(|policy| (&*policy.policy, policy.place));
    let identity = match call.caller {
        Caller::Identity(signer) => Some(signer.identity),
        _ => None,
    };
    let own = identity.into_iter().flat_map(|identity| identity.policies.iter().chain(&identity.boundary));
    let own = own.map(|attached| (&*attached.policy, attached.place));
    let mut left = STATEMENTS_EXPLAINED_MAX;
    for (policy, place) in of_bucket.chain(own) {
        let mismatches = with_request(call, action, key, query, |request| explain_mismatch(policy, request));
        // The first element that does not match is enough.
        for statement in mismatches.chunk_by(|one, other| one.statement == other.statement) {
            let Some(first) = statement.first().filter(|_| left > 0) else { return };
            let kind = match first.why {
                MismatchReason::Principal { .. } => FactKind::S3StatementPrincipal,
                MismatchReason::Action { .. } => FactKind::S3StatementAction,
                MismatchReason::Resource { .. } => FactKind::S3StatementResource,
                MismatchReason::Condition { .. } => FactKind::S3StatementCondition,
            };
            let number = u32::try_from(first.statement + 1).unwrap_or(u32::MAX);
            trace.note(Fact::of(kind).value(number).at(place));
            left -= 1;
        }
    }
}

/// Notes what the policies say about reading the source of a copy; an error where they do not allow it.
pub(crate) fn may_read(call: &Call<'_>, key: &Key, trace: &mut Trace) -> Result<(), S3Error> {
    authorize(call, &Operation::GetObject(key.clone()), &Query::default(), trace)
}

/// Whether the caller may list the bucket, which decides between 404 and 403 for a missing key.
pub(crate) fn may_list(call: &Call<'_>) -> bool {
    decide(call, LIST, None, &Query::default()).allows
}

/// What is said of a missing key to who may not list the bucket.
pub(crate) fn list_denied(call: &Call<'_>) -> S3Error {
    denied(call, LIST, None, &decide(call, LIST, None, &Query::default()))
}

/// What was decided, with the fact that says so.
struct Decided {
    allows: bool,
    fact: Fact,
    /// The end of the sentence for an identity of the account.
    because: String,
}

/// Identities of the account are told which policy did not let them in, all others only that they may not.
fn denied(call: &Call<'_>, action: &str, key: Option<&Key>, decided: &Decided) -> S3Error {
    let error = S3Error::of(Code::AccessDenied);
    let Caller::Identity(signer) = call.caller else { return error };
    let resource = resource(call, key);
    let (arn, because) = (signer.arn, &decided.because);
    error.saying(&format!(
        "User: {arn} is not authorized to perform: {action} on resource: \"{resource}\"{because}"
    ))
}

/// The action that an operation needs, and the object that it needs it on, if not on the bucket.
fn action_of(operation: &Operation) -> (&'static str, Option<&Key>) {
    match operation {
        Operation::AbortMultipartUpload(key, _) => ("s3:AbortMultipartUpload", Some(key)),
        Operation::DeleteObject(key) => ("s3:DeleteObject", Some(key)),
        Operation::DeleteObjects => ("s3:DeleteObject", None),
        Operation::GetBucketLocation => ("s3:GetBucketLocation", None),
        Operation::GetObject(key) | Operation::HeadObject(key) => ("s3:GetObject", Some(key)),
        Operation::HeadBucket | Operation::ListObjects(_) => ("s3:ListBucket", None),
        Operation::CompleteMultipartUpload(key, _)
        | Operation::CopyObject(key)
        | Operation::CreateMultipartUpload(key)
        | Operation::PutObject(key)
        | Operation::UploadPart(key, ..) => ("s3:PutObject", Some(key)),
    }
}

/// What the policies say; the number of the fact is the deciding statement of the bucket's.
fn decide(call: &Call<'_>, action: &str, key: Option<&Key>, query: &Query) -> Decided {
    if let Caller::Identity(signer) = call.caller {
        return decide_signed(call, &signer, action, key, query);
    }
    let bucket = call.bucket;
    let because = String::new();
    let Some(policy) = &bucket.policy else {
        let fact = Fact::of(FactKind::BucketPolicyMissing).at(bucket.place);
        return Decided { allows: false, fact, because };
    };
    let Decision { outcome, statement } =
        with_request(call, action, key, query, |request| evaluate(&policy.policy, request));
    let is_blocked = matches!(call.caller, Caller::Anonymous | Caller::CloudFrontUnsigned)
        && bucket.public_access_block.restrict_public_buckets
        && policy.policy.is_public();
    let statement = statement.and_then(|index| u32::try_from(index).ok()).unwrap_or(0);
    let fact = match outcome {
        Outcome::ExplicitDeny => Fact::of(FactKind::BucketPolicyDenied).value(statement).at(policy.place),
        Outcome::Allow if is_blocked => Fact::of(FactKind::PublicAccessBlocked).at(bucket.place),
        Outcome::Allow => Fact::of(FactKind::BucketPolicyAllowed).value(statement).at(policy.place),
        Outcome::ImplicitDeny => Fact::of(FactKind::BucketPolicyNoMatch).at(policy.place),
    };
    Decided { allows: fact.kind == FactKind::BucketPolicyAllowed, fact, because }
}

/// Within one account an allow of the identity's policies or of the bucket's is enough.
fn decide_signed(
    call: &Call<'_>,
    signer: &Signer<'_>,
    action: &str,
    key: Option<&Key>,
    query: &Query,
) -> Decided {
    let of_bucket = call.bucket.policy.as_ref().map(|policy| AttachedPolicy {
        name: policy.bucket.clone(),
        policy: policy.policy.clone(),
        place: policy.place,
    });
    let judgement =
        with_request(call, action, key, query, |request| judge(signer.identity, of_bucket.as_ref(), request));
    Decided {
        allows: judgement.outcome == Outcome::Allow,
        fact: fact_of(&judgement),
        because: judgement.because(action),
    }
}

/// What says how a request of an identity was decided.
pub(crate) fn fact_of(judgement: &Judgement) -> Fact {
    let kind = match (judgement.outcome, judgement.basis) {
        (Outcome::Allow, Basis::Resource) => FactKind::BucketPolicyAllowed,
        (Outcome::Allow, _) => FactKind::S3IdentityAllowed,
        (Outcome::ExplicitDeny, Basis::Resource) => FactKind::BucketPolicyDenied,
        (Outcome::ExplicitDeny, _) => FactKind::S3IdentityDenied,
        (Outcome::ImplicitDeny, Basis::Boundary) => FactKind::S3BoundaryNotAllowed,
        (Outcome::ImplicitDeny, _) => FactKind::S3IdentityNotAllowed,
    };
    Fact::of(kind).at(judgement.place)
}

/// Hands out the request that IAM decides.
fn with_request<T>(
    call: &Call<'_>,
    action: &str,
    key: Option<&Key>,
    query: &Query,
    decide: impl FnOnce(&Request<'_>) -> T,
) -> T {
    let resource = resource(call, key);
    let context = context(call, query);
    let context: Vec<(&str, &str)> = context.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    decide(&Request { principal: principal(call.caller), action, resource: &resource, context: &context })
}

/// The ARN of the object, or of the bucket.
fn resource(call: &Call<'_>, key: Option<&Key>) -> String {
    let bucket = &call.bucket.name;
    key.map_or_else(
        || format!("arn:aws:s3:::{bucket}"),
        |key| format!("arn:aws:s3:::{bucket}/{}", key.as_str()),
    )
}

fn principal(caller: Caller<'_>) -> Principal<'_> {
    match caller {
        Caller::Identity(signer) => frontgate_iam::principal(signer.identity, signer.arn),
        Caller::Anonymous | Caller::CloudFrontUnsigned => Principal::Anonymous,
        Caller::CloudFront { .. } => Principal::Service(CLOUDFRONT),
        Caller::OriginAccessIdentity(id) => Principal::OriginAccessIdentity(id),
    }
}

/// The condition keys of the request.
///
/// CloudFront's calls have no `aws:SourceIp`: it would be an address of CloudFront, which no policy can know.
fn context<'a>(call: &Call<'a>, query: &'a Query) -> Vec<(&'static str, Cow<'a, str>)> {
    let head = call.head;
    let seconds = seconds(call.now);
    let mut keys: Vec<(&'static str, Cow<'a, str>)> = vec![
        ("aws:SecureTransport", (head.scheme() == Scheme::Https).to_string().into()),
        ("aws:CurrentTime", seconds.to_string().into()),
        ("aws:EpochTime", seconds.to_string().into()),
        ("aws:ResourceAccount", ids::ACCOUNT_ID.into()),
        ("s3:ResourceAccount", ids::ACCOUNT_ID.into()),
    ];
    match call.caller {
        Caller::CloudFront { distribution_arn, account } => keys.extend([
            ("aws:SourceArn", distribution_arn.into()),
            ("aws:SourceAccount", account.into()),
            ("aws:PrincipalIsAWSService", "true".into()),
            ("aws:PrincipalServiceName", CLOUDFRONT.into()),
            ("s3:authType", "REST-HEADER".into()),
            ("s3:signatureversion", "AWS4-HMAC-SHA256".into()),
        ]),
        Caller::Identity(signer) => keys.extend(keys_of_signer(call, &signer)),
        Caller::OriginAccessIdentity(_) => keys.push(("aws:PrincipalIsAWSService", "false".into())),
        Caller::Anonymous => {
            keys.push(("aws:PrincipalType", "Anonymous".into()));
            keys.push(("aws:PrincipalIsAWSService", "false".into()));
            keys.push(("aws:SourceIp", head.connection.peer.ip().to_canonical().to_string().into()));
        }
        Caller::CloudFrontUnsigned => {
            keys.push(("aws:PrincipalType", "Anonymous".into()));
            keys.push(("aws:PrincipalIsAWSService", "false".into()));
        }
    }
    for (key, header) in KEYS_OF_HEADERS {
        keys.extend(head.headers.first_text(header).map(|value| (*key, value.into())));
    }
    for (key, parameter) in KEYS_OF_PARAMETERS {
        keys.extend(query.first(parameter).map(|value| (*key, value.into())));
    }
    if let Some(tls) = &head.connection.tls {
        keys.push(("s3:TlsVersion", tls.version.trim_start_matches("TLSv").into()));
    }
    keys
}

/// The keys that only a signed request has.
fn keys_of_signer<'a>(call: &Call<'a>, signer: &Signer<'a>) -> Vec<(&'static str, Cow<'a, str>)> {
    let of_caller = signer.identity.caller_keys(signer.user_id);
    let mut keys: Vec<(&'static str, Cow<'a, str>)> =
        of_caller.into_iter().map(|(key, value)| (key, value.into())).collect();
    keys.extend([
        ("aws:RequestedRegion", (&*call.bucket.region).into()),
        ("s3:authType", signer.auth_type.into()),
        ("s3:signatureversion", "AWS4-HMAC-SHA256".into()),
        ("s3:signatureAge", (signer.signature_age_seconds * 1000).to_string().into()),
    ]);
    if signer.is_direct {
        let address = call.head.connection.peer.ip().to_canonical().to_string();
        keys.push(("aws:SourceIp", address.into()));
    }
    keys
}

/// How many statements a refusal is explained by.
const STATEMENTS_EXPLAINED_MAX: usize = 8;
const LIST: &str = "s3:ListBucket";
const CLOUDFRONT: &str = "cloudfront.amazonaws.com";

/// Service authorization reference, *Condition keys for Amazon S3*, and *AWS global condition context keys*.
const KEYS_OF_HEADERS: &[(&str, &str)] = &[
    ("aws:Referer", "referer"),
    ("aws:UserAgent", "user-agent"),
    ("s3:if-match", "if-match"),
    ("s3:if-none-match", "if-none-match"),
    ("s3:x-amz-acl", "x-amz-acl"),
    ("s3:x-amz-content-sha256", "x-amz-content-sha256"),
    ("s3:x-amz-copy-source", "x-amz-copy-source"),
    ("s3:x-amz-server-side-encryption", "x-amz-server-side-encryption"),
    ("s3:x-amz-storage-class", "x-amz-storage-class"),
];

/// Service authorization reference, *Condition keys for Amazon S3*.
const KEYS_OF_PARAMETERS: &[(&str, &str)] =
    &[("s3:delimiter", "delimiter"), ("s3:max-keys", "max-keys"), ("s3:prefix", "prefix")];
