//! May the caller do it? The bucket policy is evaluated with the keys that S3 gives to a condition.
//!
//! Authority: Amazon S3 user guide, *How Amazon S3 authorizes a request* (`how-s3-evaluates-access-control`), and the
//! service authorization reference, *Actions, resources, and condition keys for Amazon S3*.

use std::borrow::Cow;
use std::time::UNIX_EPOCH;

use frontgate_aws::ids;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_iam::{Decision, Mismatch, Outcome, Principal, Request, evaluate, explain_mismatch};
use frontgate_message::Scheme;

use crate::error::{Code, S3Error};
use crate::key::Key;
use crate::operation::Operation;
use crate::query::Query;
use crate::{Call, Caller};

/// Why no statement of the bucket policy allows the request, statement by statement: for the page that explains it.
/// Empty where there is no policy, or where the request names no operation.
#[must_use]
pub fn explain_refusal(call: &Call<'_>) -> Vec<Mismatch> {
    let query = Query::parse(call.head.target.query());
    let Ok(operation) = Operation::of(call.head, &query) else { return Vec::new() };
    let Some(policy) = &call.bucket.policy else { return Vec::new() };
    let (action, key) = action_of(&operation);
    with_request(call, action, key, &query, |request| explain_mismatch(&policy.policy, request))
}

/// Notes what the policy says about the operation; an error where it does not allow it.
pub(crate) fn authorize(
    call: &Call<'_>,
    operation: &Operation,
    query: &Query,
    trace: &mut Trace,
) -> Result<(), S3Error> {
    let (action, key) = action_of(operation);
    let fact = decide(call, action, key, query);
    trace.note(fact);
    if fact.kind == FactKind::BucketPolicyAllowed { Ok(()) } else { Err(S3Error::of(Code::AccessDenied)) }
}

/// Whether the caller may list the bucket, which decides between 404 and 403 for a missing key.
pub(crate) fn may_list(call: &Call<'_>) -> bool {
    decide(call, "s3:ListBucket", None, &Query::default()).kind == FactKind::BucketPolicyAllowed
}

/// The action that an operation needs, and the object that it needs it on, if not on the bucket.
fn action_of(operation: &Operation) -> (&'static str, Option<&Key>) {
    match operation {
        Operation::DeleteObject(key) => ("s3:DeleteObject", Some(key)),
        Operation::GetObject(key) | Operation::HeadObject(key) => ("s3:GetObject", Some(key)),
        Operation::HeadBucket | Operation::ListObjects(_) => ("s3:ListBucket", None),
        Operation::PutObject(key) => ("s3:PutObject", Some(key)),
    }
}

/// What the policy says, as a fact; its number is the deciding statement.
fn decide(call: &Call<'_>, action: &str, key: Option<&Key>, query: &Query) -> Fact {
    let bucket = call.bucket;
    let Some(policy) = &bucket.policy else {
        return Fact::of(FactKind::BucketPolicyMissing).at(bucket.place);
    };
    let Decision { outcome, statement } =
        with_request(call, action, key, query, |request| evaluate(&policy.policy, request));
    let is_blocked = principal(call.caller) == Principal::Anonymous
        && bucket.public_access_block.restrict_public_buckets
        && policy.policy.is_public();
    let statement = statement.and_then(|index| u32::try_from(index).ok()).unwrap_or(0);
    match outcome {
        Outcome::ExplicitDeny => Fact::of(FactKind::BucketPolicyDenied).value(statement).at(policy.place),
        Outcome::Allow if is_blocked => Fact::of(FactKind::PublicAccessBlocked).at(bucket.place),
        Outcome::Allow => Fact::of(FactKind::BucketPolicyAllowed).value(statement).at(policy.place),
        Outcome::ImplicitDeny => Fact::of(FactKind::BucketPolicyNoMatch).at(policy.place),
    }
}

/// Hands out the request that IAM decides.
fn with_request<T>(
    call: &Call<'_>,
    action: &str,
    key: Option<&Key>,
    query: &Query,
    decide: impl FnOnce(&Request<'_>) -> T,
) -> T {
    let resource = match key {
        Some(key) => format!("arn:aws:s3:::{}/{}", call.bucket.name, key.as_str()),
        None => format!("arn:aws:s3:::{}", call.bucket.name),
    };
    let context = context(call, query);
    let context: Vec<(&str, &str)> = context.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    decide(&Request { principal: principal(call.caller), action, resource: &resource, context: &context })
}

fn principal(caller: Caller<'_>) -> Principal<'_> {
    match caller {
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
    let seconds = call.now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
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
