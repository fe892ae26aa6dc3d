//! One request to a bucket, from its operation to its answer.
//!
//! Authority: Amazon S3 API reference, *Common request headers* and *Common response headers*.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use frontgate_aws::{base64_encode, sha256};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_iam::{Identities, Identity};
use frontgate_message::{Body, Headers, Method, RequestHead, Response};
use frontgate_snapshot::Bucket;

use crate::authorize::authorize;
use crate::entity_tag::EntityTags;
use crate::error::{Code, S3Error};
use crate::multipart::Multiparts;
use crate::operation::Operation;
use crate::payload::Payload;
use crate::query::Query;
use crate::signature::{self, Asked, Signed};
use crate::xml;

/// The S3 engine: what it keeps between requests is what it computed, never content.
pub struct Objects {
    pub(crate) entity_tags: Arc<EntityTags>,
    pub(crate) multiparts: Multiparts,
    log: Box<dyn Fn(&str) + Send + Sync>,
    process_seed: u64,
    requests: AtomicU64,
}

/// A request to a bucket.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The bucket.
    pub bucket: &'a Bucket,
    /// Who asks.
    pub caller: Caller<'a>,
    /// The request as it arrives at S3.
    pub head: &'a RequestHead,
    /// Its path from the bucket on: `/` and the key.
    pub path: &'a str,
    /// The buckets of the account, for copies from one to another.
    pub buckets: &'a [Bucket],
    /// The identities of the account, by whose keys requests are signed.
    pub identities: &'a Identities,
    /// The time of the request.
    pub now: SystemTime,
}

/// Who asks a bucket.
#[derive(Clone, Copy, Debug)]
pub enum Caller<'a> {
    /// Somebody who is connected to S3, anonymous unless the request is signed: `aws:SourceIp` is the address of the
    /// connection.
    Anonymous,
    /// CloudFront, signed by an origin access control.
    CloudFront {
        /// `arn:aws:cloudfront::ACCOUNT:distribution/ID`.
        distribution_arn: &'a str,
        /// The account of the distribution.
        account: &'a str,
    },
    /// CloudFront without an origin access control: anonymous unless the viewer's signature comes along, from an
    /// address of CloudFront.
    CloudFrontUnsigned,
    /// CloudFront with the origin access identity of that id.
    OriginAccessIdentity(&'a str),
    /// An identity of the account.
    Identity(Signer<'a>),
}

/// An identity of the account that asks S3.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The user, the role or the root.
    pub identity: &'a Identity,
    /// The ARN of who asks: the user's, or that of the role's session.
    pub arn: &'a str,
    /// The unique id, with the session's name for a role.
    pub user_id: &'a str,
    /// `REST-HEADER` or `REST-QUERY-STRING`.
    pub auth_type: &'static str,
    /// How old the signature is.
    pub signature_age_seconds: u64,
    /// Whether the request came from outside of AWS, so that it has a `aws:SourceIp`.
    pub is_direct: bool,
}

impl Objects {
    /// An engine that tells the operator through `log` what it may not tell the requester.
    #[must_use]
    pub fn new(log: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            entity_tags: Arc::default(),
            multiparts: Multiparts::default(),
            log: Box::new(log),
            process_seed: RandomState::new().hash_one("request ids"),
            requests: AtomicU64::new(0),
        }
    }

    /// Answers a request.
    pub async fn serve(&self, call: &Call<'_>, body: Body, trace: &mut Trace) -> Response {
        let answer = self.run(call, body, trace).await;
        self.finish(answer, call.head, call.now)
    }

    /// Answers a request to a bucket that does not exist.
    #[must_use]
    pub fn no_such_bucket(
        &self,
        name: &str,
        head: &RequestHead,
        now: SystemTime,
        trace: &mut Trace,
    ) -> Response {
        trace.note(Fact::of(FactKind::BucketUnknown));
        self.finish(Err(S3Error::of(Code::NoSuchBucket).with("BucketName", name)), head, now)
    }

    async fn run(&self, call: &Call<'_>, body: Body, trace: &mut Trace) -> Result<Response, S3Error> {
        check_host(call).inspect_err(|_| {
            trace.note(Fact::of(FactKind::HostForeignToBucket).at(call.bucket.place));
        })?;
        match call.caller {
            Caller::Anonymous | Caller::CloudFrontUnsigned => {
                let asked = Asked {
                    head: call.head,
                    identities: call.identities,
                    region: Some(&call.bucket.region),
                    now: seconds(call.now),
                };
                match signature::signed(&asked, trace)? {
                    Some(signed) => self.answer_signed(call, signed, body, trace).await,
                    None => self.answer(call, (body, unsigned_payload(call, trace)?), trace).await,
                }
            }
            Caller::CloudFront { .. } | Caller::OriginAccessIdentity(_) => {
                signature::only_of_cloudfront(call.head, trace)?;
                self.answer(call, (body, unsigned_payload(call, trace)?), trace).await
            }
            Caller::Identity(_) => self.answer(call, (body, Payload::Plain), trace).await,
        }
    }

    /// Answers who signed.
    async fn answer_signed(
        &self,
        call: &Call<'_>,
        signed: Signed<'_>,
        body: Body,
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        let signer = Signer {
            identity: signed.identity,
            arn: &signed.key.caller_arn(signed.identity),
            user_id: &signed.key.caller_id(signed.identity),
            auth_type: signed.auth_type,
            signature_age_seconds: signed.age_seconds,
            is_direct: matches!(call.caller, Caller::Anonymous),
        };
        let call = Call { caller: Caller::Identity(signer), ..*call };
        self.answer(&call, (body, signed.payload), trace).await
    }

    /// Does what is asked, where the policies allow it.
    async fn answer(
        &self,
        call: &Call<'_>,
        sent: (Body, Payload),
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        let query = Query::parse(call.head.target.query());
        let operation = Operation::of(call.head, call.path, &query);
        let operation = operation.inspect_err(|error| trace.note(error.fact()))?;
        // Of many deletions each is allowed or not by itself.
        if operation != Operation::DeleteObjects {
            authorize(call, &operation, &query, trace)?;
        }
        match operation {
            Operation::AbortMultipartUpload(key, id) => {
                let answer = self.abort_upload(call, (&key, &id), trace);
                answer.inspect_err(|error| trace.note(error.fact()))
            }
            Operation::CompleteMultipartUpload(key, id) => {
                let answer = self.complete_upload(call, (&key, &id), sent.0, trace).await;
                answer.inspect_err(|error| trace.note(error.fact()))
            }
            Operation::CopyObject(key) => self.copy(call, &key, trace).await,
            Operation::CreateMultipartUpload(key) => {
                let answer = self.create_upload(call, &key, trace);
                answer.inspect_err(|error| trace.note(error.fact()))
            }
            Operation::DeleteObject(key) => self.delete(call, &key, trace).await,
            Operation::GetObject(key) | Operation::HeadObject(key) => {
                self.get(call, &key, &query, trace).await
            }
            Operation::GetBucketLocation => Ok(bucket_location(call.bucket)),
            Operation::HeadBucket => Ok(head_bucket(call.bucket)),
            Operation::ListObjects(version) => self.list(call, version, &query, trace).await,
            Operation::PutObject(key) => self.put(call, &key, sent, trace).await,
            Operation::DeleteObjects => self.delete_all(call, sent.0, trace).await,
            Operation::UploadPart(key, id, number) if call.head.headers.contains("x-amz-copy-source") => {
                self.copy_part(call, (&key, &id, number), trace).await
            }
            Operation::UploadPart(key, id, number) => {
                let answer = self.upload_part(call, (&key, &id, number), sent, trace).await;
                answer.inspect_err(|error| trace.note(error.fact()))
            }
        }
    }

    /// Runs what blocks on the disk away from the connections of this core.
    pub(crate) async fn off_the_runtime<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, S3Error> {
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| S3Error::internal(format!("a disk operation of S3 ended early: {error}")))
    }

    /// Says to the operator what is wrong with a folder.
    pub(crate) fn tell_operator(&self, message: &str) {
        (self.log)(message);
    }

    /// A number that no other request of this process has.
    pub(crate) fn next_number(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Gives every answer the header fields that S3 gives to all.
    pub(crate) fn finish(
        &self,
        answer: Result<Response, S3Error>,
        head: &RequestHead,
        now: SystemTime,
    ) -> Response {
        let (request_id, host_id) = self.ids();
        let response = answer.unwrap_or_else(|error| {
            if let Some(message) = error.operator() {
                self.tell_operator(message);
            }
            error.into_response(&request_id, &host_id)
        });
        with_common_fields(response, head, now, (&request_id, &host_id))
    }

    /// `x-amz-request-id` and `x-amz-id-2`, in the shapes of S3's.
    pub(crate) fn ids(&self) -> (String, String) {
        let seed = format!("{:x}/{}", self.process_seed, self.next_number());
        let first = sha256(seed.as_bytes());
        let second = sha256(&first);
        let request_id = first[..16].iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        (request_id, base64_encode(&[&second[..], &first[..24]].concat()))
    }
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects").field("entity_tags", &self.entity_tags).finish_non_exhaustive()
    }
}

fn unsigned_payload(call: &Call<'_>, trace: &mut Trace) -> Result<Payload, S3Error> {
    Payload::of_unsigned(&call.head.headers).inspect_err(|error| trace.note(error.fact()))
}

/// Seconds since 1970.
pub(crate) fn seconds(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// S3 finds the bucket by Host, and CloudFront signs for the bucket's own name. Whoever asks S3 directly has named the
/// bucket by Host already.
fn check_host(call: &Call<'_>) -> Result<(), S3Error> {
    let Call { bucket, caller, head, .. } = call;
    let rest = head.host.strip_prefix(&*bucket.name);
    if rest.is_some_and(|rest| rest.starts_with(".s3.") || rest.starts_with(".s3-")) {
        return Ok(());
    }
    match caller {
        Caller::Anonymous | Caller::Identity(_) => Ok(()),
        Caller::CloudFrontUnsigned => Err(S3Error::of(Code::NoSuchBucket).with("BucketName", &head.host)),
        Caller::CloudFront { .. } | Caller::OriginAccessIdentity(_) => {
            Err(S3Error::of(Code::SignatureDoesNotMatch))
        }
    }
}

/// An answer with the header fields that S3 gives to all, its request id and its host id among them.
pub(crate) fn with_common_fields(
    mut response: Response,
    head: &RequestHead,
    now: SystemTime,
    (request_id, host_id): (&str, &str),
) -> Response {
    if head.method == Method::Head {
        response.body = Body::Empty;
    }
    let mut headers = Headers::new();
    headers.append("x-amz-id-2", host_id.as_bytes());
    headers.append("x-amz-request-id", request_id.as_bytes());
    headers.append("Date", httpdate::fmt_http_date(now).as_bytes());
    for (name, value) in &response.headers {
        headers.append(name, value);
    }
    headers.append("Server", b"AmazonS3");
    response.headers = headers;
    response
}

/// Crockford's letters, which the request ids of S3 are made of.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A bucket of us-east-1 has no constraint.
fn bucket_location(bucket: &Bucket) -> Response {
    let mut body = xml::opened("LocationConstraint");
    let region = if *bucket.region == *"us-east-1" { "" } else { &bucket.region };
    xml::escape(&mut body, region);
    body.push_str("</LocationConstraint>");
    xml::answer(Response::new(200), body)
}

fn head_bucket(bucket: &Bucket) -> Response {
    Response::new(200)
        .with_header("x-amz-bucket-region", &bucket.region)
        .with_header("x-amz-access-point-alias", "false")
        .with_header("Content-Type", "application/xml")
}
