//! The seam between API Gateway and what an integration calls: HTTP backends over the network, S3 in process.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use frontgate_explain::Trace;
use frontgate_gateway::{HttpCall, HttpFailure, HttpIntegrations, ObjectCall, ObjectStorage};
use frontgate_message::{Body, Method, RequestHead, Response, Target, Version};
use frontgate_objects::{EndpointCall, Objects, Signer};
use frontgate_snapshot::Snapshot;

use crate::network::Network;

/// What the integrations of one request reach.
pub struct Backends<'a> {
    /// The network.
    pub network: &'a Network,
    /// S3.
    pub objects: &'a Objects,
    /// The configuration of the request.
    pub snapshot: &'a Snapshot,
    /// The request that the integration answers: its connection is S3's as well.
    pub head: &'a RequestHead,
    /// The time of the request.
    pub now_milliseconds: u64,
}

impl HttpIntegrations for Backends<'_> {
    async fn send(&self, call: HttpCall, trace: &mut Trace) -> Result<Response, HttpFailure> {
        self.network.send(call, trace).await
    }
}

impl ObjectStorage for Backends<'_> {
    async fn ask(&self, call: ObjectCall<'_>, trace: &mut Trace) -> Response {
        let signer = Signer {
            identity: call.identity,
            arn: call.arn,
            user_id: call.user_id,
            auth_type: "REST-HEADER",
            signature_age_seconds: 0,
            is_direct: false,
        };
        let mut headers = call.headers;
        if !call.body.is_empty() {
            headers.set("Content-Length", call.body.len().to_string().as_bytes());
        }
        let head = RequestHead {
            method: Method::from_token(call.method),
            target: Target::new(call.target),
            version: Version::Http11,
            host: format!("s3.{}.amazonaws.com", call.region).into(),
            headers,
            connection: Arc::clone(&self.head.connection),
            for_error_of: None,
        };
        let body = Body::from(call.body);
        let call = EndpointCall {
            buckets: &self.snapshot.buckets,
            identities: &self.snapshot.identities,
            caller: Some(signer),
            head: &head,
            region: Some(call.region),
            now: UNIX_EPOCH + Duration::from_millis(self.now_milliseconds),
        };
        self.objects.serve_endpoint(&call, body, trace).await
    }
}
