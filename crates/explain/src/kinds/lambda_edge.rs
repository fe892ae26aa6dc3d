//! Facts of Lambda@Edge.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    LambdaEdgeViewerRequest "edge.lambda-viewer-request"
        "The viewer request went through {place}, which took {value} ms."
        Documented("lambda-cloudfront-trigger-events");
    LambdaEdgeOriginRequest "edge.lambda-origin-request"
        "The request to the origin went through {place}, which took {value} ms."
        Documented("lambda-cloudfront-trigger-events");
    LambdaEdgeOriginResponse "edge.lambda-origin-response"
        "The answer of the origin went through {place}, which took {value} ms."
        Documented("lambda-cloudfront-trigger-events");
    LambdaEdgeViewerResponse "edge.lambda-viewer-response"
        "The answer to the viewer went through {place}, which took {value} ms."
        Documented("lambda-cloudfront-trigger-events");
    LambdaEdgeBodyTruncated "edge.lambda-body-truncated"
        "The function saw the first {value} bytes of the request's body only."
        Documented("lambda-at-edge-function-restrictions");
    LambdaEdgeChangedUri "edge.lambda-changed-uri"
        "The function changed the path; the behavior stays {place}."
        Documented("lambda-event-structure");
    LambdaEdgeChangedQuery "edge.lambda-changed-query"
        "The function changed the query string."
        Documented("lambda-event-structure");
    LambdaEdgeChangedHeaders "edge.lambda-changed-headers"
        "The function changed headers; it left {value}."
        Documented("lambda-event-structure");
    LambdaEdgeReplacedBody "edge.lambda-replaced-body"
        "The function replaced the body of the request by {value} bytes."
        Documented("lambda-event-structure");
    LambdaEdgeChangedOrigin "edge.lambda-changed-origin"
        "The function asked for another origin than the configured one: {place}."
        Documented("lambda-event-structure");
    LambdaEdgeKeptHost "edge.lambda-kept-host"
        "The function changed the domain name of the origin and left the Host header as it was: {place}."
        Documented("lambda-event-structure");
    LambdaEdgeGeneratedResponse "edge.lambda-generated-response"
        "{place} answered itself with {value}."
        Documented("lambda-generating-http-responses");
    LambdaEdgeChangedStatus "edge.lambda-changed-status"
        "The function changed the status of the answer to {value}."
        Documented("lambda-generating-http-responses");
    LambdaEdgeReplacedAnswer "edge.lambda-replaced-answer"
        "The function replaced the body of the answer by {value} bytes."
        Documented("lambda-generating-http-responses");
    LambdaEdgeNotCalled "edge.lambda-not-called"
        "{place} was not called: the domain name of the configured origin could not be resolved."
        Documented("lambda-at-edge-function-restrictions");
    LambdaEdgeOriginResponseSkipped "edge.lambda-origin-response-skipped"
        "{place} was not called: no origin gave this answer, a function of the origin request did."
        Documented("lambda-cloudfront-trigger-events");
    LambdaEdgeFailed "edge.lambda-failed"
        "{place} threw an error, took longer than its timeout, or could not be started."
        Recorded("a 503 page");
    LambdaEdgeThrottled "edge.lambda-throttled"
        "{place} was not called: more of its invocations run than may run."
        Recorded("a 503 page");
    LambdaEdgeResultInvalid "edge.lambda-result-invalid"
        "{place} returned no JSON object, or one without what it must have."
        Recorded("a 502 page");
    LambdaEdgeBodyInvalid "edge.lambda-body-invalid"
        "The body that {place} returned is of the wrong type, wrongly encoded, or too large."
        Recorded("a 502 page");
    LambdaEdgeHeadersInvalid "edge.lambda-headers-invalid"
        "{place} returned headers that are no lists of {key, value}, or have characters that headers cannot have."
        Recorded("a 502 page");
    LambdaEdgeDisallowedHeader "edge.lambda-disallowed-header"
        "{place} added a header that functions may not add."
        Recorded("a 502 page");
    LambdaEdgeReadOnlyHeader "edge.lambda-read-only-header"
        "{place} added, changed or removed a header that its trigger must leave as it is."
        Recorded("a 502 page");
    LambdaEdgeReadOnlyField "edge.lambda-read-only-field"
        "{place} changed what its trigger cannot change: the method or the address of a request, the status of an answer \
         to a viewer."
        Inferred("the fields are documented as read-only, the answer is not");
    LambdaEdgeUriInvalid "edge.lambda-uri-invalid"
        "The path or query string that {place} returned is none, or too long."
        Recorded("a 502 page");
    LambdaEdgeStatusInvalid "edge.lambda-status-invalid"
        "The status that {place} returned is not one from 200 to 599."
        Documented("lambda-generating-http-responses");
    LambdaEdgeOriginAtViewer "edge.lambda-origin-at-viewer"
        "{place} returned an origin, which only a function of the origin request may choose."
        Documented("lambda-event-structure");
    LambdaEdgeOriginFieldMissing "edge.lambda-origin-field-missing"
        "The origin that {place} returned lacks a field that it must have."
        Documented("lambda-event-structure");
    LambdaEdgeOriginInvalid "edge.lambda-origin-invalid"
        "The origin that {place} returned has a value that CloudFront does not take."
        Recorded("a 502 page");
}
