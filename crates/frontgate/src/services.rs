//! Which service of AWS does a request ask whose Host names no resource?
//!
//! SDKs and the AWS CLI ask an endpoint of the service, `s3.eu-west-1.amazonaws.com`, or what `--endpoint-url` says:
//! this machine. There the scope of the credential tells the service. The one place that decides it.

use std::net::IpAddr;

use frontgate_aws::sigv4::{CredentialScope, Request};
use frontgate_message::RequestHead;
use frontgate_snapshot::LOCAL_SUFFIX;

/// A service whose own API answers here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsService {
    /// AWS Lambda.
    Lambda,
    /// Amazon S3.
    S3,
}

/// The region of the endpoint of a service that a Host names; the endpoint without one is in us-east-1. `None` for this
/// machine, which is in every region.
pub fn endpoint_region(host: &str) -> Option<&str> {
    let host = host.strip_suffix(LOCAL_SUFFIX).unwrap_or(host);
    match host.strip_suffix(AMAZON)?.split_once('.') {
        Some((_, region)) => Some(region),
        None => Some("us-east-1"),
    }
}

/// The region that the request is for: that of the endpoint, and on this machine that of the signature.
pub fn region(head: &RequestHead) -> String {
    let signed = || scope(head).map(|scope| scope.region).unwrap_or_default();
    endpoint_region(&head.host).map_or_else(signed, str::to_owned)
}

/// The service that the request is for; `None` where it is for none that is played here.
pub fn asked(head: &RequestHead) -> Option<AwsService> {
    let host = head.host.strip_suffix(LOCAL_SUFFIX).unwrap_or(&head.host);
    if host.ends_with(AMAZON) {
        return of_endpoint(host);
    }
    is_this_machine(&head.host).then(|| of_signature(head)).flatten()
}

/// The service whose endpoint a name is: `SERVICE.REGION.amazonaws.com`, or without the region.
pub fn of_endpoint(name: &str) -> Option<AwsService> {
    let endpoint = name.strip_suffix(AMAZON)?;
    let is_endpoint = endpoint.split('.').count() <= 2;
    is_endpoint.then(|| of_name(endpoint.split('.').next()?)).flatten()
}

/// Whether that Host, without its port, is an address or a name of this machine: `bucket.localhost` is one, too.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || host.ends_with(LOCAL_SUFFIX) || address.is_ok_and(|address| address.is_loopback())
}

fn of_signature(head: &RequestHead) -> Option<AwsService> {
    match scope(head) {
        Some(scope) => of_name(&scope.service),
        // What nobody signed is refused by the service whose path it has.
        None if head.target.path().starts_with(FUNCTIONS) => Some(AwsService::Lambda),
        // Nobody but S3 has ever taken version 2 in these two places.
        None => is_version_2(head, head.target.query().unwrap_or_default()).then_some(AwsService::S3),
    }
}

fn scope(head: &RequestHead) -> Option<CredentialScope> {
    let fields: Vec<(&str, &[u8])> = head.headers.iter().collect();
    let query = head.target.query().unwrap_or_default();
    let sent = Request { method: head.method.as_str(), path: head.target.path(), query, headers: &fields };
    CredentialScope::of(&sent)
}

fn is_version_2(head: &RequestHead, query: &str) -> bool {
    let by_query = query.split('&').any(|pair| pair.starts_with("AWSAccessKeyId="));
    by_query || head.headers.first_text("authorization").is_some_and(|value| value.starts_with("AWS "))
}

/// The service by its name in signatures, which is its endpoint's as well.
fn of_name(name: &str) -> Option<AwsService> {
    match name {
        "lambda" => Some(AwsService::Lambda),
        "s3" => Some(AwsService::S3),
        _ => None,
    }
}

const AMAZON: &str = ".amazonaws.com";

/// How the paths of Lambda's API begin that invoke.
const FUNCTIONS: &str = "/2015-03-31/functions/";
