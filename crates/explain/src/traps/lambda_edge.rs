//! Traps of Lambda@Edge.

use super::{Sign, Trap};
use crate::FactKind::{
    HostForeignToBucket, HostNotMapped, LambdaEdgeBodyInvalid, LambdaEdgeChangedOrigin,
    LambdaEdgeDisallowedHeader, LambdaEdgeFailed, LambdaEdgeHeadersInvalid, LambdaEdgeKeptHost,
    LambdaEdgeNotCalled, LambdaEdgeOriginAtViewer, LambdaEdgeOriginFieldMissing, LambdaEdgeReadOnlyHeader,
    LambdaEdgeThrottled, OriginDnsFailed,
};
use Sign::{Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "lambda-edge-origin-switch-host",
        symptom: "403 {\"message\":\"Forbidden\"} from API Gateway, or an error of the other origin",
        signs: &[Noted(LambdaEdgeKeptHost), OneOf(&[HostNotMapped, HostForeignToBucket])],
        cause: "The function changed the domain name of the origin, and CloudFront asks that one with the Host header of the \
                configured origin: API Gateway, S3 and most servers choose what answers by Host.",
        fix: "Set request.headers.host to [{key: 'Host', value: the new domain name}] beside request.origin.",
        place_of: &[LambdaEdgeKeptHost, LambdaEdgeChangedOrigin],
    },
    Trap {
        id: "lambda-edge-wrong-trigger",
        symptom: "502 page: the Lambda function returned an invalid origin configuration",
        signs: &[Noted(LambdaEdgeOriginAtViewer)],
        cause: "The function sets request.origin, and it is associated with the viewer request: a request has an origin at \
                origin events only.",
        fix: "Set EventType: origin-request in LambdaFunctionAssociations.",
        place_of: &[LambdaEdgeOriginAtViewer],
    },
    Trap {
        id: "lambda-edge-origin-fields",
        symptom: "502 page: the Lambda function returned an invalid origin configuration",
        signs: &[Noted(LambdaEdgeOriginFieldMissing)],
        cause: "The function makes a new origin object without all of its fields. A custom origin needs customHeaders, \
                domainName, keepaliveTimeout, path, port, protocol, readTimeout and sslProtocols, an S3 origin authMethod, \
                customHeaders, domainName and path.",
        fix: "Add the fields, with customHeaders: {} where there are none; or change single fields of the origin that the \
              event has.",
        place_of: &[LambdaEdgeOriginFieldMissing],
    },
    Trap {
        id: "lambda-edge-read-only-header",
        symptom: "502 page: the function tried to add a blacklisted header, or to add, delete, or change a read-only header",
        signs: &[OneOf(&[LambdaEdgeReadOnlyHeader, LambdaEdgeDisallowedHeader])],
        cause: "Each event has headers that a function must leave as they are (Host and Via of a viewer request, \
                Transfer-Encoding of an origin's answer, Content-Length of a generated one), and some that no function may add \
                (Connection, X-Cache, X-Amz-Cf-…).",
        fix: "Leave them out of what you add, and keep those that the event has: change the headers object of the event \
              instead of making a new one. CloudFront's log about the function, here on the console, names the header.",
        place_of: &[LambdaEdgeReadOnlyHeader, LambdaEdgeDisallowedHeader],
    },
    Trap {
        id: "lambda-edge-answer-of-api-gateway",
        symptom: "502 page: the body is not a string, is not an object, or exceeds the maximum size",
        signs: &[OneOf(&[LambdaEdgeBodyInvalid, LambdaEdgeHeadersInvalid])],
        cause: "The result has not the form of CloudFront, but often that of API Gateway: statusCode, headers as plain texts, \
                body. Without status it is read as a request, whose body is an object; headers are lists of {key, value}. \
                Or the body is larger than 40 KB at viewer events, 1 MB at origin events.",
        fix: "Return {status: '200', headers: {'content-type': [{key: 'Content-Type', value: 'text/html'}]}, body: '…'}; let \
              an origin send what is larger.",
        place_of: &[LambdaEdgeBodyInvalid, LambdaEdgeHeadersInvalid],
    },
    Trap {
        id: "lambda-edge-logs-elsewhere",
        symptom: "503 page: the Lambda function … is invalid or doesn't have the required permissions",
        signs: &[Noted(LambdaEdgeFailed)],
        cause: "The function threw, timed out or could not be started; the page says so of every such error, permissions or \
                not. Its log is not where the function is: each region that viewers are near to has one, under \
                /aws/lambda/us-east-1.NAME.",
        fix: "Read the error in the log of the region near you (here on the console, under the name us-east-1.NAME), and \
              catch it in the function, so that it returns the request or response of the event.",
        place_of: &[LambdaEdgeFailed],
    },
    Trap {
        id: "lambda-edge-throttled",
        symptom: "503 page: the Lambda function … was throttled",
        signs: &[Noted(LambdaEdgeThrottled)],
        cause: "More invocations run at a time than the function, or the account in this region, may have: a viewer event \
                runs its function for every request.",
        fix: "Raise the concurrency, move the function to an origin event, where hits do not run it, or write it as a \
              CloudFront Function.",
        place_of: &[LambdaEdgeThrottled],
    },
    Trap {
        id: "lambda-edge-placeholder-origin",
        symptom: "502 page: CloudFront wasn't able to resolve the origin domain name, and the function never ran",
        signs: &[Noted(OriginDnsFailed), Noted(LambdaEdgeNotCalled)],
        cause: "The name of the configured origin is resolved before its origin-request function runs, even if that function \
                always chooses another origin.",
        fix: "Give the origin a domain name that exists.",
        place_of: &[OriginDnsFailed],
    },
];
