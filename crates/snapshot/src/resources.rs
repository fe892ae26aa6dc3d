//! What has been made: the resources of all stacks, in AWS's own shapes, before they are bound together.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use frontgate_edge_rules::{CachePolicy, Distribution, OriginRequestPolicy, ResponseHeadersPolicy};
use frontgate_explain::{PlaceId, Places};
use frontgate_gateway_rules::authorizer::UserPool;
use frontgate_gateway_rules::http_api::HttpApi;
use frontgate_gateway_rules::usage::UsagePlans;
use frontgate_gateway_rules::{DomainName, FunctionUrl, RestApi};
use frontgate_iam::{AccessKey, Identities, Outcome, Policy, Request, evaluate};

use crate::EventInvokeConfig;
use crate::Website;

use crate::HostedZone;

/// All resources, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    /// The places of templates that the resources and their facts name.
    pub places: Places,
    /// Distributions.
    pub distributions: Vec<Distribution>,
    /// The user's own cache policies.
    pub cache_policies: Vec<Arc<CachePolicy>>,
    /// The user's own origin request policies.
    pub origin_request_policies: Vec<Arc<OriginRequestPolicy>>,
    /// The user's own response headers policies.
    pub response_headers_policies: Vec<Arc<ResponseHeadersPolicy>>,
    /// Buckets.
    pub buckets: Vec<Bucket>,
    /// Bucket policies.
    pub bucket_policies: Vec<BucketPolicy>,
    /// REST APIs.
    pub apis: Vec<RestApi>,
    /// HTTP APIs.
    pub http_apis: Vec<HttpApi>,
    /// Custom domain names of APIs.
    pub domain_names: Vec<DomainName>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Published versions of functions.
    pub function_versions: Vec<FunctionVersion>,
    /// Aliases of functions.
    pub function_aliases: Vec<FunctionAlias>,
    /// How events of functions are treated.
    pub event_invoke_configs: Vec<EventInvokeConfig>,
    /// Hosted zones.
    pub hosted_zones: Vec<HostedZone>,
    /// Users and roles with their access keys.
    pub identities: Identities,
    /// User pools, whose tokens authorizers take.
    pub user_pools: Vec<UserPool>,
    /// API keys and usage plans.
    pub usage_plans: UsagePlans,
    /// Permissions of functions.
    pub permissions: Vec<Permission>,
    /// URLs of functions.
    pub function_urls: Vec<FunctionUrl>,
    /// Versions of functions that run at the edge, each once.
    pub functions_at_edge: Vec<FunctionAtEdge>,
}

/// A bucket whose content is a folder.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Its name.
    pub name: Box<str>,
    /// Its region.
    pub region: Box<str>,
    /// The folder that holds its objects; without one it is empty.
    pub folder: Option<PathBuf>,
    /// Its policy.
    pub policy: Option<BucketPolicy>,
    /// Its public access block.
    pub public_access_block: PublicAccessBlock,
    /// It has access control lists.
    pub acls_enabled: bool,
    /// Its website, where it has one.
    pub website: Option<Website>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// The policy of a bucket.
#[derive(Clone, Debug)]
pub struct BucketPolicy {
    /// The bucket's name.
    pub bucket: Box<str>,
    /// The statements.
    pub policy: Arc<Policy>,
    /// The place of `PolicyDocument`.
    pub place: PlaceId,
}

/// The four switches of a bucket's public access block; all on is S3's default for a new bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own four switches")]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`
    pub block_public_acls: bool,
    /// `BlockPublicPolicy`
    pub block_public_policy: bool,
    /// `IgnorePublicAcls`
    pub ignore_public_acls: bool,
    /// `RestrictPublicBuckets`
    pub restrict_public_buckets: bool,
}

/// A function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: Box<str>,
    /// Its ARN, unqualified.
    pub arn: Box<str>,
    /// Its region.
    pub region: Box<str>,
    /// Its handler, such as `index.handler`.
    pub handler: Box<str>,
    /// Its runtime, such as `nodejs20.x`.
    pub runtime: Box<str>,
    /// Its code.
    pub code: Code,
    /// The folders of its layers, in their order.
    pub layers: Vec<PathBuf>,
    /// Its timeout.
    pub timeout: Duration,
    /// Its memory.
    pub memory_size_mb: u32,
    /// `EphemeralStorage`
    pub ephemeral_storage_mb: u32,
    /// `LoggingConfig.LogGroup`
    pub log_group: Option<Box<str>>,
    /// Its environment variables.
    pub environment: Vec<(String, String)>,
    /// Its reserved concurrency.
    pub reserved_concurrency: Option<u32>,
    /// `RecursiveLoop: Allow`: a chain of requests may come to it as often as it likes.
    pub allows_recursion: bool,
    /// The ARN of its role.
    pub role: Box<str>,
    /// The temporary credentials of its role; none where the role is not of this account.
    pub credentials: Option<AccessKey>,
    /// Who may invoke it; bound from the permissions.
    pub permissions: Vec<FunctionPolicy>,
    /// The place of the resource.
    pub place: PlaceId,
}

impl Function {
    /// The place of the resource policy that denies a request, whatever else allows it.
    #[must_use]
    pub fn denial(&self, request: &Request<'_>) -> Option<PlaceId> {
        let denies = |row: &&FunctionPolicy| evaluate(&row.policy, request).outcome == Outcome::ExplicitDeny;
        self.permissions.iter().find(denies).map(|row| row.place)
    }
}

/// A published version of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionVersion {
    /// The function as it was when the version was published; its place is that of the version.
    pub function: Function,
    /// Its number, from 1.
    pub number: u32,
    /// How many execution environments are started in advance for it and its aliases.
    pub provisioned_concurrency: u32,
}

impl FunctionVersion {
    /// The ARN of the function with the number.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("{}:{}", self.function.arn, self.number)
    }
}

/// Another name of a version of a function, or of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionAlias {
    /// The name of the function.
    pub function: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// The version; `None` for `$LATEST`.
    pub version: Option<u32>,
    /// Another version, and how many of a million calls it gets.
    pub additional: Option<(u32, u32)>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// A version of a function that Lambda@Edge replicates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionAtEdge {
    /// The name of the function.
    pub function: Box<str>,
    /// The number of the version.
    pub version: u32,
}

impl FunctionAtEdge {
    /// What it is called where it runs, in its environment and its logs.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{REGION_OF_EDGE_FUNCTIONS}.{}", self.function)
    }

    /// The ARN that an invocation is told.
    #[must_use]
    pub fn arn(&self) -> String {
        let account = frontgate_aws::ids::ACCOUNT_ID;
        format!(
            "arn:aws:lambda:{REGION_OF_EDGE_FUNCTIONS}:{account}:function:{}:{}",
            self.name(),
            self.version
        )
    }
}

/// The one region that functions for the edge are made in, and here the one that they run in.
pub const REGION_OF_EDGE_FUNCTIONS: &str = "us-east-1";

/// Where the code of a function is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// A folder on this machine.
    Folder(PathBuf),
    /// The text of the template.
    Inline(String),
}

/// One statement of a function's resource policy.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionPolicy {
    /// The statement as a policy of its own.
    pub policy: Arc<Policy>,
    /// The place of the permission.
    pub place: PlaceId,
}

/// A permission before it is bound to its function.
#[derive(Clone, Debug)]
pub struct Permission {
    /// Name or ARN of the function.
    pub function: Box<str>,
    /// The statement.
    pub statement: FunctionPolicy,
}

impl Default for PublicAccessBlock {
    fn default() -> Self {
        Self {
            block_public_acls: true,
            block_public_policy: true,
            ignore_public_acls: true,
            restrict_public_buckets: true,
        }
    }
}
