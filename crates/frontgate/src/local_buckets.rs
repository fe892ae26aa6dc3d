//! S3 as an origin and as a service of its own: buckets, their websites and S3's endpoint.

use std::time::SystemTime;

use frontgate_aws::ids;
use frontgate_edge::OriginCall;
use frontgate_edge_rules::{SigningBehavior, Upstream};
use frontgate_explain::Trace;
use frontgate_message::{Body, RequestHead, Response};
use frontgate_objects::{Call, Caller, EndpointCall};
use frontgate_snapshot::{Bucket, LOCAL_SUFFIX, Snapshot};

use crate::local_origins::LocalOrigins;
use crate::services;

impl LocalOrigins {
    /// The answer of S3's own endpoint: the list of buckets, or a bucket by the first segment of the path. On this machine
    /// the Host may be the bucket's name before `.localhost`.
    pub async fn s3_endpoint(
        &self,
        snapshot: &Snapshot,
        head: &RequestHead,
        body: Body,
        trace: &mut Trace,
    ) -> Response {
        let name = head.host.strip_suffix(LOCAL_SUFFIX).unwrap_or_default();
        let name = name.strip_suffix(".s3").unwrap_or(name);
        if let Some(bucket) = snapshot.bucket(name) {
            return self.bucket_directly(snapshot, bucket, head, body, trace).await;
        }
        let call = EndpointCall {
            buckets: &snapshot.buckets,
            identities: &snapshot.identities,
            caller: None,
            head,
            region: services::endpoint_region(&head.host),
            now: self.now(),
        };
        self.objects.serve_endpoint(&call, body, trace).await
    }

    /// S3's answer to somebody who asks it directly.
    pub async fn bucket_directly(
        &self,
        snapshot: &Snapshot,
        bucket: &Bucket,
        head: &RequestHead,
        body: Body,
        trace: &mut Trace,
    ) -> Response {
        self.bucket(snapshot, (bucket, Caller::Anonymous), head, body, trace).await
    }

    /// The answer of a website endpoint to somebody who asks it directly.
    pub async fn website_directly(
        &self,
        snapshot: &Snapshot,
        head: &RequestHead,
        trace: &mut Trace,
    ) -> Response {
        self.website(snapshot, Caller::Anonymous, head, trace).await
    }

    /// The answer of a website endpoint; its bucket is found by the Host that arrives.
    pub async fn website(
        &self,
        snapshot: &Snapshot,
        caller: Caller<'_>,
        head: &RequestHead,
        trace: &mut Trace,
    ) -> Response {
        let (name, bucket) = snapshot.website_bucket(&head.host);
        match bucket {
            Some(bucket) => {
                let call = objects_call(snapshot, bucket, caller, head, self.now());
                self.objects.website(&call, trace).await
            }
            None => self.objects.no_such_website(name, head, self.now(), trace),
        }
    }

    /// S3's answer for a bucket that is not there.
    pub fn no_such_bucket(&self, name: &str, head: &RequestHead, trace: &mut Trace) -> Response {
        self.objects.no_such_bucket(name, head, self.now(), trace)
    }

    /// The answer of a bucket to that caller.
    pub async fn bucket(
        &self,
        snapshot: &Snapshot,
        (bucket, caller): (&Bucket, Caller<'_>),
        head: &RequestHead,
        body: Body,
        trace: &mut Trace,
    ) -> Response {
        let call = objects_call(snapshot, bucket, caller, head, self.now());
        self.objects.serve(&call, body, trace).await
    }
}

/// As whom CloudFront asks S3.
pub fn caller<'a>(call: &'a OriginCall<'_>) -> Caller<'a> {
    let Upstream::S3 { access_control, access_identity, .. } = &call.origin.upstream else {
        return Caller::CloudFrontUnsigned;
    };
    if let Some(id) = access_identity {
        return Caller::OriginAccessIdentity(id);
    }
    let signs = access_control.as_ref().is_some_and(|control| control.signing != SigningBehavior::Never);
    if call.signed && signs {
        Caller::CloudFront { distribution_arn: &call.distribution.arn, account: ids::ACCOUNT_ID }
    } else {
        Caller::CloudFrontUnsigned
    }
}

fn objects_call<'a>(
    snapshot: &'a Snapshot,
    bucket: &'a Bucket,
    caller: Caller<'a>,
    head: &'a RequestHead,
    now: SystemTime,
) -> Call<'a> {
    Call {
        bucket,
        caller,
        head,
        path: head.target.path(),
        buckets: &snapshot.buckets,
        identities: &snapshot.identities,
        now,
    }
}
