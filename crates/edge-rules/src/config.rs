//! A distribution as the edge reads it: every policy and every origin resolved, every value checked.
//!
//! Authority: the `DistributionConfig` of CloudFront's API and its CloudFormation resource
//! (<https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html>).

use std::path::PathBuf;
use std::sync::Arc;

use frontgate_aws::Source;
use frontgate_explain::PlaceId;
use frontgate_message::CountryCode;

use crate::cache_tags::CacheTagConfig;
use crate::lambda_edge::{EdgeFunction, LambdaFunction};
use crate::origin_shield::OriginShield;
use crate::signed::TrustedKeys;
use crate::viewer_certificate::ViewerCertificate;

/// A distribution.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// Its id, such as `E2QWRUHAPOMQZL`.
    pub id: Box<str>,
    /// Its ARN.
    pub arn: Box<str>,
    /// The logical id of the resource, by which the user calls it.
    pub logical_id: Box<str>,
    /// Its own domain name, such as `d111111abcdef8.cloudfront.net`.
    pub domain_name: Box<str>,
    /// Alternate domain names, lower case; the first label may be `*`.
    pub aliases: Vec<Box<str>>,
    /// A disabled distribution refuses all requests.
    pub enabled: bool,
    /// It is the origin of a distribution.
    pub is_origin: bool,
    /// What is asked for when the path is `/`; without a leading slash.
    pub default_root_object: Option<Box<str>>,
    /// The place of `DefaultRootObject`.
    pub default_root_object_place: PlaceId,
    /// The origins, for functions that name one.
    pub origins: Vec<Arc<Origin>>,
    /// The cache behaviors in their order.
    pub behaviors: Vec<Behavior>,
    /// The behavior of all other paths.
    pub default_behavior: Behavior,
    /// Custom error responses.
    pub error_responses: Vec<CustomErrorResponse>,
    /// The header by whose tags objects can be invalidated.
    pub cache_tags: Option<CacheTagConfig>,
    /// The geo restriction, unless its type is `none`.
    pub geo_restriction: Option<GeoRestriction>,
    /// HTTP/2 is offered to viewers.
    pub http2: bool,
    /// `Logging`, where it names a bucket.
    pub logging: Option<Logging>,
    /// The certificate of the alternate domain names, and what viewers may agree on.
    pub viewer_certificate: ViewerCertificate,
    /// The place of the resource.
    pub place: PlaceId,
}

/// Where the standard access logs of a distribution go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// The name of the bucket.
    pub bucket: Box<str>,
    /// The folder of the bucket.
    pub folder: PathBuf,
    /// What stands before the names of the files: empty, or with a slash at its end.
    pub prefix: Box<str>,
    /// Cookies are logged.
    pub include_cookies: bool,
}

/// A cache behavior.
#[derive(Clone, Debug)]
pub struct Behavior {
    /// The path pattern without its leading slash; `None` for the default behavior.
    pub path_pattern: Option<Box<str>>,
    /// What http gets.
    pub viewer_protocol_policy: ViewerProtocolPolicy,
    /// The place of `ViewerProtocolPolicy`.
    pub viewer_protocol_place: PlaceId,
    /// The methods that are let through.
    pub allowed_methods: AllowedMethods,
    /// The place of `AllowedMethods`, or of the behavior where it is left out.
    pub allowed_methods_place: PlaceId,
    /// Answers to OPTIONS are cached, too.
    pub options_cached: bool,
    /// Compress at the edge.
    pub compress: bool,
    /// What the cache key is made of, and the TTLs.
    pub key: KeySettings,
    /// The origin request policy.
    pub origin_request_policy: Option<Arc<OriginRequestPolicy>>,
    /// The place of `OriginRequestPolicyId`.
    pub origin_request_policy_place: PlaceId,
    /// The response headers policy.
    pub response_headers_policy: Option<Arc<ResponseHeadersPolicy>>,
    /// The place of `ResponseHeadersPolicyId`.
    pub response_headers_policy_place: PlaceId,
    /// The function that is called when a viewer asks.
    pub viewer_request: Option<EdgeFunction>,
    /// The function that is called before a viewer is answered.
    pub viewer_response: Option<EdgeFunction>,
    /// The function that is called before an origin is asked.
    pub origin_request: Option<Arc<LambdaFunction>>,
    /// The function that is called when an origin has answered.
    pub origin_response: Option<Arc<LambdaFunction>>,
    /// The keys of `TrustedKeyGroups`: without a signed URL or signed cookies nobody is let in.
    pub trusted_keys: Option<Arc<TrustedKeys>>,
    /// The origin; of an origin group the primary one.
    pub origin: Arc<Origin>,
    /// The origin group that `TargetOriginId` names, if it names one.
    pub origin_group: Option<Arc<OriginGroup>>,
    /// The place of the behavior.
    pub place: PlaceId,
}

/// What http gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewerProtocolPolicy {
    /// `allow-all`
    AllowAll,
    /// `https-only`
    HttpsOnly,
    /// `redirect-to-https`
    RedirectToHttps,
}

/// The three sets of methods that CloudFront knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedMethods {
    /// GET, HEAD
    GetHead,
    /// GET, HEAD, OPTIONS
    GetHeadOptions,
    /// DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT
    All,
}

/// What the cache key is made of: a cache policy or the legacy settings.
#[derive(Clone, Debug)]
pub enum KeySettings {
    /// `CachePolicyId`
    Policy {
        /// The policy.
        policy: Arc<CachePolicy>,
        /// The place of `CachePolicyId`.
        place: PlaceId,
    },
    /// `ForwardedValues`
    Legacy(Arc<ForwardedValues>),
}

/// A cache policy.
#[derive(Clone, Debug, PartialEq)]
pub struct CachePolicy {
    /// Its id.
    pub id: Box<str>,
    /// Its name; a managed one without `Managed-`.
    pub name: Box<str>,
    /// Seconds.
    pub min_ttl: u64,
    /// Seconds.
    pub max_ttl: u64,
    /// Seconds.
    pub default_ttl: u64,
    /// The headers in the key, as the policy spells them.
    pub headers: Vec<Box<str>>,
    /// The cookies in the key.
    pub cookies: Selection,
    /// The query parameters in the key.
    pub query_strings: Selection,
    /// `EnableAcceptEncodingGzip`
    pub gzip: bool,
    /// `EnableAcceptEncodingBrotli`
    pub brotli: bool,
    /// Where it was learnt: a managed policy's source; `None` for the user's own.
    pub source: Option<Source>,
}

/// Which names of a kind are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// None of them.
    #[default]
    None,
    /// These only.
    Allow(Vec<Box<str>>),
    /// All but these.
    AllExcept(Vec<Box<str>>),
    /// All of them.
    All,
}

/// The legacy cache settings.
#[derive(Clone, Debug, PartialEq)]
pub struct ForwardedValues {
    /// The query string is forwarded.
    pub query_string: bool,
    /// The parameters in the key, where not all are; the whole query is forwarded all the same.
    pub query_string_cache_keys: Vec<Box<str>>,
    /// The cookies that are forwarded and keyed; names may hold `*` and `?`.
    pub cookies: Selection,
    /// The headers that are forwarded and keyed.
    pub headers: ForwardedHeaders,
    /// Seconds.
    pub min_ttl: u64,
    /// Seconds.
    pub max_ttl: u64,
    /// Seconds.
    pub default_ttl: u64,
    /// The place of `ForwardedValues`.
    pub place: PlaceId,
    /// The place of `ForwardedValues.Headers`.
    pub headers_place: PlaceId,
}

/// The headers of the legacy cache settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardedHeaders {
    /// None but the defaults.
    None,
    /// These.
    Allow(Vec<Box<str>>),
    /// `*`: all of them, and no caching.
    All,
}

/// An origin request policy.
#[derive(Clone, Debug, PartialEq)]
pub struct OriginRequestPolicy {
    /// Its id.
    pub id: Box<str>,
    /// Its name; a managed one without `Managed-`.
    pub name: Box<str>,
    /// The headers that are forwarded.
    pub headers: OriginRequestHeaders,
    /// The `CloudFront-*` headers that are added beside them.
    pub cloudfront_headers: Vec<Box<str>>,
    /// The cookies that are forwarded.
    pub cookies: Selection,
    /// The query parameters that are forwarded.
    pub query_strings: Selection,
    /// Where it was learnt: a managed policy's source; `None` for the user's own.
    pub source: Option<Source>,
}

/// The viewer headers of an origin request policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginRequestHeaders {
    /// `none`
    None,
    /// `whitelist`; its `CloudFront-*` names stand in `cloudfront_headers`.
    Allow(Vec<Box<str>>),
    /// `allViewer` and `allViewerAndWhitelistCloudFront`
    AllViewer,
    /// `allExcept`
    AllExcept(Vec<Box<str>>),
}

/// A response headers policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResponseHeadersPolicy {
    /// Its id.
    pub id: Box<str>,
    /// Its name; a managed one without `Managed-`.
    pub name: Box<str>,
    /// CORS headers.
    pub cors: Option<Cors>,
    /// Security headers with their values as they are sent.
    pub security: Vec<HeaderToSet>,
    /// Custom headers.
    pub custom: Vec<HeaderToSet>,
    /// Names of headers that are removed.
    pub remove: Vec<Box<str>>,
    /// `ServerTimingHeadersConfig`: percent of requests, where enabled.
    pub server_timing_rate: Option<f64>,
    /// Where it was learnt: a managed policy's source; `None` for the user's own.
    pub source: Option<Source>,
}

/// CORS headers of a response headers policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// `AccessControlAllowCredentials`
    pub allow_credentials: bool,
    /// `AccessControlAllowHeaders`
    pub allow_headers: Vec<Box<str>>,
    /// `AccessControlAllowMethods`; `ALL` has been written out.
    pub allow_methods: Vec<Box<str>>,
    /// `AccessControlAllowOrigins`
    pub allow_origins: Vec<Box<str>>,
    /// `AccessControlExposeHeaders`
    pub expose_headers: Vec<Box<str>>,
    /// `AccessControlMaxAgeSec`
    pub max_age_seconds: Option<u32>,
    /// `OriginOverride`
    pub origin_override: bool,
}

/// One header that a policy sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderToSet {
    /// Name.
    pub name: Box<str>,
    /// Value.
    pub value: Box<str>,
    /// The policy's value beats the origin's.
    pub origin_override: bool,
}

/// An origin group. Its primary origin is the origin of the behavior.
#[derive(Clone, Debug)]
pub struct OriginGroup {
    /// Its id.
    pub id: Box<str>,
    /// The origin that is asked where the primary one fails; never the primary one itself.
    pub secondary: Arc<Origin>,
    /// The failover status codes.
    pub status_codes: Vec<u16>,
    /// The place of `FailoverCriteria`.
    pub failover_criteria_place: PlaceId,
}

/// An origin.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Its id.
    pub id: Box<str>,
    /// Its domain name, lower case.
    pub domain_name: Box<str>,
    /// What stands before the path; empty or `/…` without a trailing slash.
    pub origin_path: Box<str>,
    /// The place of `OriginPath`.
    pub origin_path_place: PlaceId,
    /// What `Host` says whatever a setting forwards: a function asked for it.
    pub host_header: Option<Box<str>>,
    /// Origin custom headers.
    pub custom_headers: Vec<(Box<str>, Box<str>)>,
    /// Who answers.
    pub upstream: Upstream,
    /// `ConnectionAttempts`
    pub connection_attempts: u32,
    /// `ConnectionTimeout`, seconds.
    pub connection_timeout_seconds: u32,
    /// `OriginReadTimeout`, seconds.
    pub read_timeout_seconds: u32,
    /// `OriginKeepaliveTimeout`, seconds.
    pub keep_alive_timeout_seconds: u32,
    /// `ResponseCompletionTimeout`, seconds.
    pub response_completion_timeout_seconds: Option<u32>,
    /// `OriginShield`, where it is enabled.
    pub origin_shield: Option<OriginShield>,
    /// The name of the TLS handshake, where a function names one.
    pub server_name: Option<Box<str>>,
    /// The names for which the certificate of the origin may be; empty where no function names some.
    pub allowed_certificate_names: Vec<Box<str>>,
    /// The place of the origin.
    pub place: PlaceId,
}

/// Who answers for an origin.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// A bucket's REST endpoint, answered in process.
    S3 {
        /// The bucket's name.
        bucket: Box<str>,
        /// The origin access control that signs, if any.
        access_control: Option<OriginAccessControl>,
        /// The id of a legacy origin access identity, if any.
        access_identity: Option<Box<str>>,
    },
    /// An execute-api name, answered in process; the API is chosen by the Host that arrives, as on AWS.
    ApiGateway {
        /// `OriginProtocolPolicy`; API Gateway answers https only.
        protocol: OriginProtocolPolicy,
    },
    /// The name of a Lambda function URL, answered in process; the URL is chosen by the Host that arrives.
    FunctionUrl {
        /// `OriginProtocolPolicy`; function URLs answer https only.
        protocol: OriginProtocolPolicy,
        /// The origin access control that signs, if any.
        access_control: Option<OriginAccessControl>,
    },
    /// The website endpoint of a bucket, answered in process; the bucket is chosen by the Host that arrives.
    Website {
        /// `OriginProtocolPolicy`; website endpoints answer http only.
        protocol: OriginProtocolPolicy,
    },
    /// Anything else, over the network.
    Custom {
        /// `OriginProtocolPolicy`
        protocol: OriginProtocolPolicy,
        /// `HTTPPort`
        http_port: u16,
        /// `HTTPSPort`
        https_port: u16,
    },
}

/// An origin access control.
#[derive(Clone, Debug)]
pub struct OriginAccessControl {
    /// Its id.
    pub id: Box<str>,
    /// `SigningBehavior`
    pub signing: SigningBehavior,
    /// The place of `OriginAccessControlId`.
    pub place: PlaceId,
}

/// When an origin access control signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningBehavior {
    /// `always`
    Always,
    /// `never`
    Never,
    /// `no-override`
    NoOverride,
}

/// The protocol toward a custom origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginProtocolPolicy {
    /// `http-only`
    HttpOnly,
    /// `https-only`
    HttpsOnly,
    /// `match-viewer`
    MatchViewer,
}

/// A custom error response.
#[derive(Clone, Debug)]
pub struct CustomErrorResponse {
    /// The status of the origin or the edge.
    pub error_code: u16,
    /// The page and the status that replace it.
    pub page: Option<(Box<str>, u16)>,
    /// `ErrorCachingMinTTL`, seconds.
    pub caching_min_ttl: u64,
    /// The place of the row.
    pub place: PlaceId,
}

/// A geo restriction.
#[derive(Clone, Debug)]
pub struct GeoRestriction {
    /// `RestrictionType`
    pub kind: GeoRestrictionType,
    /// `Locations`
    pub locations: Vec<CountryCode>,
    /// The place of `RestrictionType`.
    pub place: PlaceId,
}

/// What the locations of a geo restriction mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeoRestrictionType {
    /// Viewers there are blocked.
    Blacklist,
    /// Viewers elsewhere are blocked.
    Whitelist,
}

impl GeoRestrictionType {
    /// The value of `RestrictionType`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blacklist => "blacklist",
            Self::Whitelist => "whitelist",
        }
    }
}

impl Distribution {
    /// All behaviors, the default one last.
    pub fn all_behaviors(&self) -> impl Iterator<Item = &Behavior> {
        self.behaviors.iter().chain(std::iter::once(&self.default_behavior))
    }
}

impl Behavior {
    /// The origin, and of an origin group both.
    pub fn origins(&self) -> impl Iterator<Item = &Arc<Origin>> {
        std::iter::once(&self.origin).chain(self.origin_group.iter().map(|group| &group.secondary))
    }
}

impl KeySettings {
    /// Minimum, maximum and default TTL in seconds.
    #[must_use]
    pub fn ttls(&self) -> (u64, u64, u64) {
        match self {
            Self::Policy { policy, .. } => (policy.min_ttl, policy.max_ttl, policy.default_ttl),
            Self::Legacy(values) => (values.min_ttl, values.max_ttl, values.default_ttl),
        }
    }

    /// The place of the setting.
    #[must_use]
    pub fn place(&self) -> PlaceId {
        match self {
            Self::Policy { place, .. } => *place,
            Self::Legacy(values) => values.place,
        }
    }
}
