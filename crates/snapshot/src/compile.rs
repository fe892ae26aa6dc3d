//! From resources to a snapshot: policies to their buckets, permissions to their functions, names to answerers.

use frontgate_aws::Arn;
use frontgate_edge_rules::Distribution;
use frontgate_explain::{FactKind, PlaceId, Places};
use frontgate_gateway_rules::authorizer::UserPool;
use frontgate_gateway_rules::http_api::HttpApi;
use frontgate_gateway_rules::usage::UsagePlans;
use frontgate_gateway_rules::{DomainName, FunctionUrl, RestApi};
use frontgate_iam::Identities;

use crate::{
    Answerer, Bucket, EventInvokeConfig, Function, FunctionAlias, FunctionVersion, HostedZone, Hosts,
    LOCAL_SUFFIX, Resources,
};

/// One immutable configuration.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Counts the configurations since the start, from 1; 0 is the empty one.
    pub generation: u32,
    /// The places that facts name.
    pub places: Places,
    /// Who answers to which Host.
    pub hosts: Hosts,
    /// Distributions.
    pub distributions: Vec<Distribution>,
    /// REST APIs.
    pub apis: Vec<RestApi>,
    /// HTTP APIs.
    pub http_apis: Vec<HttpApi>,
    /// Buckets.
    pub buckets: Vec<Bucket>,
    /// Custom domain names of APIs.
    pub domain_names: Vec<DomainName>,
    /// Functions.
    pub functions: Vec<Function>,
    /// URLs of functions.
    pub function_urls: Vec<FunctionUrl>,
    /// The versions and aliases of functions.
    pub qualifiers: Vec<Qualifier>,
    /// How events of functions are treated that nobody waits for.
    pub event_invoke_configs: Vec<EventInvokeConfig>,
    /// Hosted zones.
    pub hosted_zones: Vec<HostedZone>,
    /// Users and roles with their access keys.
    pub identities: Identities,
    /// User pools, whose tokens authorizers take.
    pub user_pools: Vec<UserPool>,
    /// API keys and usage plans.
    pub usage_plans: UsagePlans,
}

/// Binds resources together. It never fails: what cannot be bound was refused before it became a resource.
#[must_use]
pub fn compile(resources: Resources, generation: u32) -> Snapshot {
    let Resources {
        places,
        mut distributions,
        mut buckets,
        bucket_policies,
        apis,
        http_apis,
        domain_names,
        mut functions,
        function_versions,
        function_aliases,
        event_invoke_configs,
        hosted_zones,
        identities,
        user_pools,
        usage_plans,
        permissions,
        function_urls,
        ..
    } = resources;
    for policy in bucket_policies {
        if let Some(bucket) = buckets.iter_mut().find(|bucket| bucket.name == policy.bucket) {
            bucket.policy = Some(policy);
        }
    }
    for permission in permissions {
        if let Some(function) = functions.iter_mut().find(|f| is_function(f, &permission.function)) {
            function.permissions.push(permission.statement);
        }
    }
    let mut hosts = hosts(&distributions, &apis, &buckets);
    mark_chained(&mut distributions, &hosts);
    add_http_apis(&mut hosts, &http_apis);
    add_domain_names(&mut hosts, &domain_names);
    add_function_urls(&mut hosts, &function_urls);
    add_websites(&mut hosts, &buckets);
    Snapshot {
        generation,
        places,
        hosts,
        distributions,
        apis,
        http_apis,
        buckets,
        domain_names,
        functions,
        function_urls,
        qualifiers: qualifiers(&function_versions, &function_aliases),
        event_invoke_configs,
        hosted_zones,
        identities,
        user_pools,
        usage_plans,
    }
}

impl Snapshot {
    /// The custom domain name that a Host is for API Gateway. A distribution may have the same name: who connects to it by
    /// DNS gets to the distribution, and the distribution asks API Gateway with the Host that it forwards.
    #[must_use]
    pub fn domain_name(&self, host: &str) -> Option<&DomainName> {
        let host = host.strip_suffix(LOCAL_SUFFIX).unwrap_or(host);
        let named = |exact: bool| {
            let mut all = self.domain_names.iter();
            all.find(move |domain| domain.is(host) && (!exact || *domain.name == *host))
        };
        named(true).or_else(|| named(false))
    }

    /// The bucket of that name.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| &*bucket.name == name)
    }

    /// The bucket whose website endpoint that host is: by the name before `.s3-website`, else by the whole host.
    #[must_use]
    pub fn website_bucket<'h>(&self, host: &'h str) -> (&'h str, Option<&Bucket>) {
        let host = host.strip_suffix(LOCAL_SUFFIX).unwrap_or(host);
        let name = match host.find(".s3-website") {
            Some(end) if host.ends_with(".amazonaws.com") => &host[..end],
            _ => host,
        };
        (name, self.bucket(name))
    }

    /// The function with that name or ARN.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| is_function(function, name))
    }

    /// The place of the function of that name, or of its version or alias; `None` where there is none.
    #[must_use]
    pub fn callable(&self, name: &str, qualifier: Option<&str>) -> Option<PlaceId> {
        match qualifier {
            None | Some("$LATEST") => {
                self.functions.iter().find(|function| *function.name == *name).map(|function| function.place)
            }
            Some(qualifier) => {
                let is_it = |known: &&Qualifier| *known.function == *name && *known.name == *qualifier;
                self.qualifiers.iter().find(is_it).map(|known| known.place)
            }
        }
    }
}

/// A version or an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualifier {
    /// The name of the function.
    pub function: Box<str>,
    /// The number of the version, or the name of the alias.
    pub name: Box<str>,
    /// Its place.
    pub place: PlaceId,
}

fn qualifiers(versions: &[FunctionVersion], aliases: &[FunctionAlias]) -> Vec<Qualifier> {
    let versions = versions.iter().map(|version| Qualifier {
        function: version.function.name.clone(),
        name: version.number.to_string().into(),
        place: version.function.place,
    });
    let aliases = aliases.iter().map(|alias| Qualifier {
        function: alias.function.clone(),
        name: alias.name.clone(),
        place: alias.place,
    });
    versions.chain(aliases).collect()
}

fn is_function(function: &Function, name: &str) -> bool {
    if *function.name == *name || *function.arn == *name {
        return true;
    }
    // A version and an alias are of the function.
    let named = Arn::parse(name).and_then(|arn| arn.resource.strip_prefix("function:"));
    named.is_some_and(|named| named.split(':').next() == Some(&*function.name))
}

fn hosts(distributions: &[Distribution], apis: &[RestApi], buckets: &[Bucket]) -> Hosts {
    let mut hosts = Hosts::default();
    for (index, distribution) in distributions.iter().enumerate() {
        let answerer = Answerer::Distribution(index);
        hosts.add(&distribution.domain_name, answerer, FactKind::HostIsDistribution, distribution.place);
        for alias in &distribution.aliases {
            hosts.add(alias, answerer, FactKind::HostIsAlias, distribution.place);
        }
    }
    for (index, api) in apis.iter().enumerate() {
        let name = format!("{}.execute-api.{}.amazonaws.com", api.id, api.region);
        hosts.add(&name, Answerer::Api(index), FactKind::HostIsApi, api.place);
    }
    for (index, bucket) in buckets.iter().enumerate() {
        for name in [
            format!("{}.s3.{}.amazonaws.com", bucket.name, bucket.region),
            format!("{}.s3.amazonaws.com", bucket.name),
        ] {
            hosts.add(&name, Answerer::Bucket(index), FactKind::HostIsBucket, bucket.place);
        }
    }
    hosts
}

/// Marks the distributions that are the origin of a distribution.
fn mark_chained(distributions: &mut [Distribution], hosts: &Hosts) {
    let origins = distributions.iter().flat_map(|distribution| &distribution.origins);
    let answerers = origins.filter_map(|origin| hosts.find(&origin.domain_name)).map(|found| found.answerer);
    for answerer in answerers.collect::<Vec<_>>() {
        if let Answerer::Distribution(index) = answerer {
            distributions[index].is_origin = true;
        }
    }
}

/// The custom domain names and their targets. A name that a distribution has is the distribution's.
fn add_domain_names(hosts: &mut Hosts, domain_names: &[DomainName]) {
    for (index, domain) in domain_names.iter().enumerate() {
        let answerer = Answerer::DomainName(index);
        hosts.add(&domain.name, answerer, FactKind::HostIsDomainName, domain.place);
        hosts.add(&domain.target, answerer, FactKind::HostIsDomainTarget, domain.place);
    }
}

fn add_http_apis(hosts: &mut Hosts, apis: &[HttpApi]) {
    for (index, api) in apis.iter().enumerate() {
        hosts.add(&api.host(), Answerer::HttpApi(index), FactKind::HostIsHttpApi, api.place);
    }
}

fn add_function_urls(hosts: &mut Hosts, function_urls: &[FunctionUrl]) {
    for (index, url) in function_urls.iter().enumerate() {
        hosts.add(&url.host(), Answerer::FunctionUrl(index), FactKind::HostIsFunctionUrl, url.place);
    }
}

/// The two forms of a website endpoint, and the name of the bucket itself: a DNS record can lead that here.
fn add_websites(hosts: &mut Hosts, buckets: &[Bucket]) {
    for (index, bucket) in buckets.iter().enumerate().filter(|(_, bucket)| bucket.website.is_some()) {
        let (name, region) = (&bucket.name, &bucket.region);
        let mut names = vec![
            format!("{name}.s3-website-{region}.amazonaws.com"),
            format!("{name}.s3-website.{region}.amazonaws.com"),
        ];
        names.extend(name.contains('.').then(|| name.to_string()));
        for name in names {
            hosts.add(&name, Answerer::Website(index), FactKind::HostIsWebsite, bucket.place);
        }
    }
}
