//! The seam between the edge and what answers for its origins: buckets and APIs in process, all else over the
//! network.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use frontgate_aws::ids;
use frontgate_edge::{OriginCall, OriginFailure, Origins};
use frontgate_edge_rules::{Origin, OriginProtocolPolicy, Upstream};
use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway::{
    AuthType, AuthorizerAnswers, FunctionUrl, Permission, StageCaches, ThroughDomain, UrlCall, UrlCaller,
    UrlPermission, Usage,
};
use frontgate_gateway::{Chosen, ClientCertificate, Distrust, DomainName, KeyedRequest, MappedApi};
use frontgate_gateway::{HttpApiCall, HttpAuthorizers, serve_http_api};
use frontgate_iam::{Outcome, Principal, Request, evaluate};
use frontgate_message::{Body, Connection, Headers, RequestHead, Response, Target, Version};
use frontgate_objects::{Caller, Objects};
use frontgate_snapshot::{Answerer, FunctionPolicy, LOCAL_SUFFIX, Publisher, Snapshot};

use crate::backends::Backends;
use crate::clock::Clock;
use crate::edge_endpoint;
use crate::identifiers::Identifiers;
use crate::local_buckets::caller;
use crate::local_functions::LocalFunctions;
use crate::local_invocations::keyed;
use crate::network::Network;
use crate::services::{self, AwsService};
use crate::stage_logs::StageLogs;
use crate::url_signers;

/// What a worker reaches its origins with.
pub struct LocalOrigins {
    /// The configuration, for origin requests that outlive the viewer's.
    pub publisher: Publisher,
    /// S3.
    pub objects: Arc<Objects>,
    /// The access logs of stages.
    pub stage_logs: StageLogs,
    /// Lambda.
    pub functions: LocalFunctions,
    /// The network.
    pub network: Network,
    /// Ids of this worker.
    pub identifiers: Identifiers,
    /// The time.
    pub clock: Clock,
    /// What the functions of authorizers said before.
    pub authorizer_answers: Arc<AuthorizerAnswers>,
    /// What has been used of the limits of usage plans, stages and the account.
    pub usage: Arc<Usage>,
    /// What the caches of stages hold.
    pub stage_caches: Arc<StageCaches>,
    /// What the authorizers of HTTP APIs know.
    pub http_authorizers: Arc<HttpAuthorizers>,
}

impl Origins for LocalOrigins {
    async fn fetch(&self, call: OriginCall<'_>, trace: &mut Trace) -> Result<Response, OriginFailure> {
        let started = Instant::now();
        let answer = self.answer_of(call, trace).await;
        if answer.is_ok() {
            let microseconds = u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX);
            trace.note(Fact::of(FactKind::OriginAnsweredAfter).value(microseconds));
        }
        answer
    }

    async fn resolve(&self, origin: &Origin) -> Result<(), OriginFailure> {
        let is_ours = || self.publisher.current().hosts.find(&origin.domain_name).is_some();
        match &origin.upstream {
            Upstream::Custom { .. } if !is_ours() => self.network.resolve(origin).await,
            _ => Ok(()),
        }
    }
}

impl LocalOrigins {
    async fn answer_of(
        &self,
        mut call: OriginCall<'_>,
        trace: &mut Trace,
    ) -> Result<Response, OriginFailure> {
        let body = std::mem::replace(&mut call.body, Body::Empty);
        // Each way boxed by itself, so that none has to make room for the largest.
        match &call.origin.upstream {
            Upstream::S3 { bucket, .. } => {
                let snapshot = self.publisher.current();
                let head = origin_head(&call);
                let caller = caller(&call);
                match snapshot.bucket(bucket) {
                    Some(bucket) => {
                        Ok(Box::pin(self.bucket(&snapshot, (bucket, caller), &head, body, trace)).await)
                    }
                    None => Ok(self.no_such_bucket(bucket, &head, trace)),
                }
            }
            Upstream::ApiGateway { protocol } => {
                let snapshot = self.publisher.current();
                let secure = is_secure(*protocol, &call);
                if !secure {
                    // Nothing of API Gateway listens on port 80 (facts: gotchas 10).
                    trace.note(Fact::of(FactKind::GatewayHttpRefused).at(call.origin.place));
                    return Err(OriginFailure::Connect);
                }
                let head = origin_head(&call);
                check_client(&snapshot, &head, trace)?;
                Ok(Box::pin(self.gateway(&snapshot, &head, body, secure, None, trace)).await)
            }
            Upstream::FunctionUrl { protocol, .. } => {
                if !is_secure(*protocol, &call) {
                    trace.note(Fact::of(FactKind::FunctionUrlHttpRefused).at(call.origin.place));
                    return Err(OriginFailure::Connect);
                }
                let snapshot = self.publisher.current();
                let head = origin_head(&call);
                let caller = url_caller(&call);
                Ok(Box::pin(self.function_url(&snapshot, caller, &head, body, true, trace)).await)
            }
            Upstream::Website { protocol } => {
                if is_secure(*protocol, &call) {
                    // Nothing of a website endpoint listens on port 443 (facts: gotchas 71).
                    trace.note(Fact::of(FactKind::WebsiteHttpRefused).at(call.origin.place));
                    return Err(OriginFailure::Connect);
                }
                let snapshot = self.publisher.current();
                let mut head = origin_head(&call);
                let mut plain = Connection::clone(&head.connection);
                plain.tls = None;
                head.connection = Arc::new(plain);
                Ok(Box::pin(self.website(&snapshot, Caller::CloudFrontUnsigned, &head, trace)).await)
            }
            Upstream::Custom { .. } => {
                let snapshot = self.publisher.current();
                if call.request.secure && snapshot.domain_name(&call.origin.domain_name).is_some() {
                    let head = origin_head(&call);
                    check_client(&snapshot, &head, trace)?;
                    return Ok(Box::pin(self.gateway(&snapshot, &head, body, true, None, trace)).await);
                }
                if services::of_endpoint(&call.origin.domain_name) == Some(AwsService::Lambda) {
                    if !call.request.secure {
                        // Nothing of Lambda's API listens on port 80.
                        trace.note(Fact::of(FactKind::LambdaApiHttpRefused).at(call.origin.place));
                        return Err(OriginFailure::Connect);
                    }
                    let head = origin_head(&call);
                    return Ok(Box::pin(self.lambda_api(&snapshot, &head, body, trace)).await);
                }
                let found = snapshot.hosts.find(&call.origin.domain_name);
                let is_distribution =
                    found.is_some_and(|found| matches!(found.answerer, Answerer::Distribution(_)));
                self.network.fetch(call, body, is_distribution).await
            }
        }
    }
}

impl LocalOrigins {
    /// API Gateway's answer; it finds its API by the Host that arrives.
    ///
    /// `cloudfront_id` is what the CloudFront in front of an edge-optimized endpoint calls the request, where it is asked
    /// directly.
    pub async fn gateway(
        &self,
        snapshot: &Snapshot,
        head: &RequestHead,
        body: Body,
        secure: bool,
        cloudfront_id: Option<&str>,
        trace: &mut Trace,
    ) -> Response {
        let Some(place) = edge_endpoint::asked(snapshot, head) else {
            return self.regional(snapshot, head, body, (secure, None), trace).await;
        };
        trace.note(Fact::of(FactKind::EdgeEndpoint).at(place));
        let own_id = cloudfront_id.is_none().then(|| self.identifiers.other_cloudfront_id());
        let id = cloudfront_id.or(own_id.as_deref()).unwrap_or_default();
        let sent = edge_endpoint::toward_api(head, id);
        let edge_ip = Some(edge_endpoint::address(head));
        let answered = Box::pin(self.regional(snapshot, &sent, body, (secure, edge_ip), trace)).await;
        edge_endpoint::toward_viewer(answered, id)
    }

    /// The answer of a regional endpoint, or of what stands behind the CloudFront of that address.
    async fn regional(
        &self,
        snapshot: &Snapshot,
        head: &RequestHead,
        body: Body,
        (secure, edge_ip): (bool, Option<IpAddr>),
        trace: &mut Trace,
    ) -> Response {
        let answerer = snapshot.hosts.find(&head.host).map(|found| found.answerer);
        let domain = snapshot.domain_name(&head.host).or(match answerer {
            Some(Answerer::DomainName(index)) => snapshot.domain_names.get(index),
            _ => None,
        });
        let chosen = domain.and_then(|domain| domain.choose(head.target.path(), &head.headers));
        let now_milliseconds = self.clock.now_milliseconds();
        let client = domain.and_then(|domain| client_of(domain, head, now_milliseconds));
        let through =
            domain.map(|domain| ThroughDomain { domain, chosen: chosen.as_ref(), client: client.as_ref() });
        let host = head.host.strip_suffix(LOCAL_SUFFIX).unwrap_or(&head.host);
        if domain.is_none() {
            note_without_certificate(snapshot, answerer, trace);
        }
        let api = match (&chosen, answerer) {
            (Some(Chosen { api: MappedApi::Rest(index), .. }), _) => snapshot.apis.get(*index),
            (Some(Chosen { api: MappedApi::Http(index), .. }), _) => {
                return self.http_api(snapshot, *index, through, (head, body), secure, trace).await;
            }
            (None, Some(Answerer::Api(index))) => snapshot.apis.get(index),
            (None, Some(Answerer::HttpApi(index))) => {
                return self.http_api(snapshot, index, None, (head, body), secure, trace).await;
            }
            (None, _) => match domain.filter(|domain| domain.is(host)).and_then(DomainName::only_http_api) {
                Some(index) => {
                    return self.http_api(snapshot, index, through, (head, body), secure, trace).await;
                }
                None => None,
            },
        };
        let lowered = chosen.as_ref().filter(|chosen| chosen.lower_header_names).map(|_| lower_names(head));
        let head = lowered.as_ref().unwrap_or(head);
        let request_id = self.identifiers.uuid();
        let extended_request_id = self.identifiers.extended_request_id();
        let trace_id = self.identifiers.trace_id(now_milliseconds / 1000);
        let permission = |function: &str, source_arn: &str| permission(snapshot, function, source_arn);
        let denial = |request: &Request<'_>| snapshot.function(request.resource)?.denial(request);
        let call = frontgate_gateway::Call {
            api,
            through,
            head,
            source_ip: head.connection.peer.ip(),
            edge_ip,
            secure,
            now_milliseconds,
            request_id: &request_id,
            extended_request_id: &extended_request_id,
            trace_id: &trace_id,
            draw: self.identifiers.chance(),
            identities: &snapshot.identities,
            user_pools: &snapshot.user_pools,
            issuer_keys: &self.http_authorizers.issuer_keys,
            authorizer_answers: &self.authorizer_answers,
            usage_plans: &snapshot.usage_plans,
            usage: &self.usage,
            stage_caches: &self.stage_caches,
            access_log: &|log_group, line| self.stage_logs.write(log_group, line),
            permission: &permission,
            denial: &denial,
        };
        let backends =
            Backends { network: &self.network, objects: &self.objects, snapshot, head, now_milliseconds };
        frontgate_gateway::serve(call, body, &self.functions, &backends, trace).await
    }

    /// The answer of an HTTP API.
    async fn http_api(
        &self,
        snapshot: &Snapshot,
        index: usize,
        through: Option<ThroughDomain<'_>>,
        (head, body): (&RequestHead, Body),
        secure: bool,
        trace: &mut Trace,
    ) -> Response {
        let now_milliseconds = self.clock.now_milliseconds();
        let request_id = self.identifiers.extended_request_id();
        let trace_id = self.identifiers.trace_id(now_milliseconds / 1000);
        let permission = |function: &str, source_arn: &str| permission(snapshot, function, source_arn);
        let denial = |request: &Request<'_>| snapshot.function(request.resource)?.denial(request);
        let call = HttpApiCall {
            api: &snapshot.http_apis[index],
            through,
            head,
            source_ip: head.connection.peer.ip(),
            secure,
            now_milliseconds,
            request_id: &request_id,
            trace_id: &trace_id,
            identities: &snapshot.identities,
            user_pools: &snapshot.user_pools,
            permission: &permission,
            denial: &denial,
            authorizers: &self.http_authorizers,
            usage: &self.usage,
            access_log: &|log_group, line| self.stage_logs.write(log_group, line),
        };
        // Boxed, so that an answer of a REST API has not to make room for it.
        Box::pin(serve_http_api(call, body, &self.functions, &self.network, trace)).await
    }

    /// The answer of a function URL to somebody who asks it directly.
    pub async fn function_url_directly(
        &self,
        snapshot: &Snapshot,
        head: &RequestHead,
        body: Body,
        trace: &mut Trace,
    ) -> Response {
        let secure = head.connection.tls.is_some();
        self.function_url(snapshot, UrlCaller::Anonymous, head, body, secure, trace).await
    }

    /// The answer of a function URL; it is found by the Host that arrives.
    async fn function_url(
        &self,
        snapshot: &Snapshot,
        caller: UrlCaller<'_>,
        head: &RequestHead,
        body: Body,
        secure: bool,
        trace: &mut Trace,
    ) -> Response {
        let url = match snapshot.hosts.find(&head.host).map(|found| found.answerer) {
            Some(Answerer::FunctionUrl(index)) => snapshot.function_urls.get(index),
            _ => None,
        };
        let now_milliseconds = self.clock.now_milliseconds();
        let request_id = self.identifiers.uuid();
        let trace_id = self.identifiers.trace_id(now_milliseconds / 1000);
        let permission = |url: &FunctionUrl, caller: UrlCaller<'_>| {
            let keyed = KeyedRequest { secure, ..keyed(head, &url.region, now_milliseconds) };
            url_permission(snapshot, url, caller, &keyed)
        };
        let call = UrlCall {
            url,
            head,
            source_ip: head.connection.peer.ip(),
            secure,
            caller,
            now_milliseconds,
            request_id: &request_id,
            trace_id: &trace_id,
            identities: &snapshot.identities,
            permission: &permission,
        };
        frontgate_gateway::serve_function_url(call, body, &self.functions, trace).await
    }

    /// The time.
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.clock.now_milliseconds())
    }
}

/// As whom CloudFront asks a function URL.
fn url_caller<'a>(call: &'a OriginCall<'_>) -> UrlCaller<'a> {
    if !call.request.signed {
        return UrlCaller::Anonymous;
    }
    UrlCaller::CloudFront {
        distribution_arn: &call.distribution.arn,
        account_id: ids::ACCOUNT_ID,
        payload_hash: call.viewer.headers.first("x-amz-content-sha256"),
    }
}

fn is_secure(protocol: OriginProtocolPolicy, call: &OriginCall<'_>) -> bool {
    match protocol {
        OriginProtocolPolicy::HttpsOnly => true,
        OriginProtocolPolicy::HttpOnly => false,
        OriginProtocolPolicy::MatchViewer => call.viewer.connection.tls.is_some(),
    }
}

/// The request as it arrives at an origin in process: from the edge's own address, over HTTP/1.1.
fn origin_head(call: &OriginCall<'_>) -> RequestHead {
    let viewer = &call.viewer.connection;
    let connection = Connection::new(viewer.local, viewer.local, viewer.tls.clone());
    RequestHead {
        method: call.request.method.clone(),
        target: Target::new(&call.request.target),
        version: Version::Http11,
        host: host_without_port(&call.request.host).to_ascii_lowercase().into(),
        headers: call.request.headers.clone(),
        connection: Arc::new(connection),
        for_error_of: None,
    }
}

/// The request with the names of its header fields in lower case.
fn lower_names(head: &RequestHead) -> RequestHead {
    let fields = head.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_vec()));
    let fields: Vec<(String, Vec<u8>)> = fields.collect();
    let mut headers = Headers::new();
    for (name, value) in &fields {
        headers.append(name, value);
    }
    RequestHead { headers, ..head.clone() }
}

fn host_without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Notes that an API is asked by its own name, although a custom domain name with mutual TLS leads to it.
fn note_without_certificate(snapshot: &Snapshot, answerer: Option<Answerer>, trace: &mut Trace) {
    let api = match answerer {
        Some(Answerer::Api(index)) => MappedApi::Rest(index),
        Some(Answerer::HttpApi(index)) => MappedApi::Http(index),
        _ => return,
    };
    let leads_there = |domain: &&DomainName| domain.leads_to(api);
    let mutual =
        snapshot.domain_names.iter().filter(leads_there).find_map(|domain| domain.mutual_tls.as_ref());
    if let Some(mutual) = mutual {
        trace.note(Fact::of(FactKind::MutualTlsPassedBy).at(mutual.place));
    }
}

/// CloudFront shows origins no certificate, so it gets no connection to a custom domain name with mutual TLS.
fn check_client(snapshot: &Snapshot, head: &RequestHead, trace: &mut Trace) -> Result<(), OriginFailure> {
    match snapshot.domain_name(&head.host).and_then(|domain| domain.mutual_tls.as_ref()) {
        None => Ok(()),
        Some(mutual) => {
            trace.note(Fact::of(FactKind::ClientIsCloudFront).at(mutual.place));
            Err(OriginFailure::Tls("the origin asks for a certificate of the client".to_owned()))
        }
    }
}

/// Whether the client is trusted, where the custom domain name has mutual TLS. A connection that was made for another name
/// shows no certificate.
fn client_of(
    domain: &DomainName,
    head: &RequestHead,
    now_milliseconds: u64,
) -> Option<Result<ClientCertificate, Distrust>> {
    let mutual = domain.mutual_tls.as_ref()?;
    let tls = head.connection.tls.as_ref().filter(|tls| {
        let name = tls.server_name.as_deref().unwrap_or_default();
        domain.is(name.strip_suffix(LOCAL_SUFFIX).unwrap_or(name))
    });
    let shown = tls.and_then(|tls| tls.client_certificate.as_deref());
    Some(match shown {
        Some(certificate) => mutual.truststore.judge(certificate, now_milliseconds),
        None => Err(Distrust::NotShown),
    })
}

/// Whether a function's resource policy lets API Gateway call it for that source: that of the version or alias, where
/// its ARN is qualified.
fn permission(snapshot: &Snapshot, called: &str, source_arn: &str) -> Permission {
    let Some(function) = snapshot.function(called) else {
        return Permission::Missing(PlaceId::NONE);
    };
    let context = [("aws:SourceArn", source_arn), ("aws:SourceAccount", ids::ACCOUNT_ID)];
    let request = Request {
        principal: Principal::Service("apigateway.amazonaws.com"),
        action: "lambda:InvokeFunction",
        resource: if called.starts_with("arn:") { called } else { &function.arn },
        context: &context,
    };
    let allows =
        |statement: &&FunctionPolicy| evaluate(&statement.policy, &request).outcome == Outcome::Allow;
    if let Some(place) = function.denial(&request) {
        return Permission::Missing(place);
    }
    let statement = function.permissions.iter().find(allows);
    statement.map_or(Permission::Missing(function.place), |statement| Permission::Allowed(statement.place))
}

/// Whether a function's resource policy lets the caller ask its URL: since October 2025 that takes two permissions.
fn url_permission(
    snapshot: &Snapshot,
    url: &FunctionUrl,
    caller: UrlCaller<'_>,
    keyed: &KeyedRequest<'_>,
) -> UrlPermission {
    let Some(function) = snapshot.function(&url.function_arn) else {
        return UrlPermission::Missing(url.place);
    };
    let mut context = vec![
        ("lambda:FunctionUrlAuthType", url.auth_type.as_str()),
        ("lambda:InvokedViaFunctionUrl", "true"),
    ];
    let principal = match caller {
        UrlCaller::CloudFront { distribution_arn, account_id, .. } if url.auth_type == AuthType::AwsIam => {
            context.extend([("aws:SourceArn", distribution_arn), ("aws:SourceAccount", account_id)]);
            Principal::Service("cloudfront.amazonaws.com")
        }
        UrlCaller::Signed(signer) => return url_signers::permission(function, url, signer, keyed),
        UrlCaller::Anonymous | UrlCaller::CloudFront { .. } => Principal::Anonymous,
    };
    let allowing = |action| {
        let request = Request { principal, action, resource: &url.function_arn, context: &context };
        if function.denial(&request).is_some() {
            return None;
        }
        let allows =
            |statement: &&FunctionPolicy| evaluate(&statement.policy, &request).outcome == Outcome::Allow;
        function.permissions.iter().find(allows).map(|statement| statement.place)
    };
    match (allowing("lambda:InvokeFunctionUrl"), allowing("lambda:InvokeFunction")) {
        (Some(place), Some(_)) => UrlPermission::Allowed(place),
        (Some(_), None) => UrlPermission::InvokeFunctionMissing(function.place),
        (None, _) => UrlPermission::Missing(function.place),
    }
}
