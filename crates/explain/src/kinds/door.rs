//! Facts of the listener and the dispatch by host.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    Snapshot "door.snapshot"
        "Answered by generation {value} of the configuration."
        Inferred("one immutable configuration per request");
    MalformedRequest "door.malformed-request"
        "The request breaks the syntax of HTTP; it was answered before any distribution was chosen."
        Inferred("CloudFront answers its Bad request page and closes");
    UrlTooLong "door.url-too-long"
        "The URL is {value} bytes long; the limit is 8192."
        Documented("cloudfront-limits");
    HeadTooLarge "door.head-too-large"
        "Request line and headers are {value} bytes; the limit is 32768."
        Documented("cloudfront-limits");
    HostUnknown "door.host-unknown"
        "No distribution, API or bucket answers to this Host."
        Documented("cloudfront-troubleshoot-403");
    HostIsDistribution "door.host-is-distribution"
        "Host is the domain name of {place}."
        Documented("distribution-web-values-specify");
    HostIsAlias "door.host-is-alias"
        "Host is an alias of the distribution: {place}."
        Documented("CNAMEs");
    HostIsApi "door.host-is-api"
        "Host is the execute-api name of {place}."
        Documented("how-to-call-api");
    HostIsHttpApi "door.host-is-http-api"
        "The Host is the execute-api name of {place}."
        Documented("http-api-publish");
    HostIsBucket "door.host-is-bucket"
        "Host is the endpoint of {place}."
        Documented("VirtualHosting");
    HostIsFunctionUrl "door.host-is-function-url"
        "Host is the name of {place}."
        Documented("urls-invocation");
    HostIsWebsite "door.host-is-website"
        "Host is the website endpoint of {place}."
        Documented("WebsiteEndpoints");
    HostIsService "door.host-is-service"
        "The endpoint of a service is asked: Host names it, or on this machine the scope of the signature."
        Documented("sdkref feature-ss-endpoints");
    ViewerLeft "door.viewer-left"
        "The viewer closed the connection before there was an answer."
        Documented("standard-logs-reference");
    Misdirected "door.misdirected"
        "TLS was established for the name of another certificate than the Host names."
        Recorded("421 page");
}
