//! The endpoint of S3 itself, which SDKs and the AWS CLI ask: the list of buckets, and buckets by the first segment of
//! the path.
//!
//! Authority: Amazon S3 API reference, *ListBuckets*; user guide, *Virtual hosting* (`VirtualHosting`), "Path-style
//! requests".

use std::time::SystemTime;

use frontgate_aws::{base64_decode, base64_encode, ids, percent_decode};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_iam::{Identities, Outcome, Request, judge, principal};
use frontgate_message::{Body, Method, RequestHead, Response, Scheme};
use frontgate_snapshot::Bucket;

use crate::authorize::fact_of;
use crate::error::{Code, S3Error};
use crate::get::clipped;
use crate::list::iso_8601;
use crate::query::Query;
use crate::serve::seconds;
use crate::signature::{self, Asked, Signed};
use crate::{Call, Caller, Objects, Signer, xml};

/// A request to the endpoint of S3.
#[derive(Clone, Copy, Debug)]
pub struct EndpointCall<'a> {
    /// The buckets of the account.
    pub buckets: &'a [Bucket],
    /// The identities of the account.
    pub identities: &'a Identities,
    /// Who asks, if not who signed: a role that a service of AWS uses.
    pub caller: Option<Signer<'a>>,
    /// The request as it arrives.
    pub head: &'a RequestHead,
    /// The region of the endpoint, where it is of one.
    pub region: Option<&'a str>,
    /// The time of the request.
    pub now: SystemTime,
}

impl Objects {
    /// Answers a request to the endpoint.
    pub async fn serve_endpoint(&self, call: &EndpointCall<'_>, body: Body, trace: &mut Trace) -> Response {
        let path = call.head.target.path();
        let (name, path) = bucket_and_path(path);
        if name.is_empty() {
            let answer = self.list_buckets(call, trace);
            return self.finish(answer, call.head, call.now);
        }
        let Some(bucket) = call.buckets.iter().find(|bucket| *bucket.name == *name) else {
            return self.no_such_bucket(&name, call.head, call.now, trace);
        };
        let caller = call.caller.map_or(Caller::Anonymous, Caller::Identity);
        let call = Call {
            bucket,
            caller,
            head: call.head,
            path: &path,
            buckets: call.buckets,
            identities: call.identities,
            now: call.now,
        };
        self.serve(&call, body, trace).await
    }

    fn list_buckets(&self, call: &EndpointCall<'_>, trace: &mut Trace) -> Result<Response, S3Error> {
        if !matches!(call.head.method, Method::Get) {
            let error = S3Error::of(Code::MethodNotAllowed)
                .with("Method", call.head.method.as_str())
                .with("ResourceType", "SERVICE")
                .with_header("Allow", "GET");
            trace.note(error.fact());
            return Err(error);
        }
        match call.caller {
            Some(signer) => list_allowed(call, &signer, trace)?,
            None => {
                let asked = Asked {
                    head: call.head,
                    identities: call.identities,
                    region: call.region,
                    now: seconds(call.now),
                };
                let Some(Signed { key, identity, auth_type, age_seconds, .. }) =
                    signature::signed(&asked, trace)?
                else {
                    return Ok(Response::new(307).with_header("Location", "https://aws.amazon.com/s3/"));
                };
                let signer = Signer {
                    identity,
                    arn: &key.caller_arn(identity),
                    user_id: &key.caller_id(identity),
                    auth_type,
                    signature_age_seconds: age_seconds,
                    is_direct: true,
                };
                list_allowed(call, &signer, trace)?;
            }
        }
        let query = Query::parse(call.head.target.query());
        let page = Page::of(call.buckets, &query).inspect_err(|error| trace.note(error.fact()))?;
        trace.note(Fact::of(FactKind::S3BucketsListed).value(clipped(page.buckets.len() as u64)));
        Ok(xml::answer(Response::new(200), page.xml(call.now)))
    }
}

/// Whether the policies of who asks allow the list; there is no policy of a resource.
fn list_allowed(call: &EndpointCall<'_>, signer: &Signer<'_>, trace: &mut Trace) -> Result<(), S3Error> {
    let now = seconds(call.now).to_string();
    let secure = (call.head.scheme() == Scheme::Https).to_string();
    let address = call.head.connection.peer.ip().to_canonical().to_string();
    let mut context = signer.identity.caller_keys(signer.user_id);
    context.extend([
        ("aws:CurrentTime", now.as_str()),
        ("aws:EpochTime", now.as_str()),
        ("aws:SecureTransport", secure.as_str()),
        ("s3:authType", signer.auth_type),
    ]);
    context.extend(signer.is_direct.then_some(("aws:SourceIp", address.as_str())));
    let request = Request {
        principal: principal(signer.identity, signer.arn),
        action: LIST_BUCKETS,
        resource: "arn:aws:s3:::*",
        context: &context,
    };
    let judgement = judge(signer.identity, None, &request);
    trace.note(fact_of(&judgement));
    if judgement.outcome == Outcome::Allow {
        return Ok(());
    }
    let because = judgement.because(LIST_BUCKETS);
    let arn = signer.arn;
    let message = format!("User: {arn} is not authorized to perform: {LIST_BUCKETS}{because}");
    Err(S3Error::of(Code::AccessDenied).saying(&message))
}

/// One page of the list.
struct Page<'a> {
    buckets: Vec<&'a Bucket>,
    prefix: Option<&'a str>,
    /// Where the next page begins.
    next: Option<String>,
}

impl<'a> Page<'a> {
    fn of(all: &'a [Bucket], query: &'a Query) -> Result<Self, S3Error> {
        let prefix = query.first("prefix").filter(|prefix| !prefix.is_empty());
        let region = query.first("bucket-region");
        let after = match query.first("continuation-token") {
            None => None,
            Some(token) => {
                let name = base64_decode(token).and_then(|bytes| String::from_utf8(bytes).ok());
                Some(name.ok_or_else(|| {
                    let message = "The continuation token provided is incorrect";
                    S3Error::invalid_argument(message, "continuation-token", token)
                })?)
            }
        };
        let count_max = match query.first("max-buckets") {
            None => BUCKETS_MAX,
            Some(text) => {
                text.parse().ok().filter(|count| (1..=BUCKETS_MAX).contains(count)).ok_or_else(|| {
                    let message = "Argument max-buckets must be an integer between 1 and 10000";
                    S3Error::invalid_argument(message, "max-buckets", text)
                })?
            }
        };
        let wanted = |bucket: &&Bucket| {
            prefix.is_none_or(|prefix| bucket.name.starts_with(prefix))
                && region.is_none_or(|region| *bucket.region == *region)
                && after.as_deref().is_none_or(|after| *bucket.name > *after)
        };
        let mut buckets: Vec<&Bucket> = all.iter().filter(wanted).collect();
        buckets.sort_by(|one, other| one.name.cmp(&other.name));
        let more = buckets.len() > count_max;
        buckets.truncate(count_max);
        let last = buckets.last().filter(|_| more);
        let next = last.map(|bucket| base64_encode(bucket.name.as_bytes()));
        Ok(Self { buckets, prefix, next })
    }

    fn xml(&self, now: SystemTime) -> String {
        let mut out = xml::opened("ListAllMyBucketsResult");
        out.push_str("<Owner>");
        xml::element(&mut out, "ID", &ids::canonical_user_id(ids::ACCOUNT_ID));
        out.push_str("</Owner><Buckets>");
        for bucket in &self.buckets {
            out.push_str("<Bucket>");
            xml::element(&mut out, "Name", &bucket.name);
            xml::element(&mut out, "CreationDate", &iso_8601(created(bucket).unwrap_or(now)));
            xml::element(&mut out, "BucketRegion", &bucket.region);
            out.push_str("</Bucket>");
        }
        out.push_str("</Buckets>");
        if let Some(prefix) = self.prefix {
            xml::element(&mut out, "Prefix", prefix);
        }
        if let Some(next) = &self.next {
            xml::element(&mut out, "ContinuationToken", next);
        }
        out.push_str("</ListAllMyBucketsResult>");
        out
    }
}

/// When the folder of a bucket was made, where the file system knows it.
fn created(bucket: &Bucket) -> Option<SystemTime> {
    let metadata = std::fs::metadata(bucket.folder.as_deref()?).ok()?;
    metadata.created().or_else(|_| metadata.modified()).ok()
}

/// The name of the bucket and the path behind it.
fn bucket_and_path(path: &str) -> (String, String) {
    let path = path.strip_prefix('/').unwrap_or(path);
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    (String::from_utf8_lossy(&percent_decode(name)).into_owned(), format!("/{rest}"))
}

const LIST_BUCKETS: &str = "s3:ListAllMyBuckets";
const BUCKETS_MAX: usize = 10_000;
