//! Facts of CloudFront Functions.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    ViewerRequestFunction "edge.viewer-request-function"
        "The viewer request went through {place}, which took {value} % of the time that it may compute."
        Documented("functions-event-structure");
    FunctionChangedUri "edge.function-changed-uri"
        "The function changed the path; the behavior stays {place}."
        Documented("functions-event-structure");
    FunctionChangedQuery "edge.function-changed-query"
        "The function changed the query string."
        Documented("functions-event-structure");
    FunctionChangedHeaders "edge.function-changed-headers"
        "The function changed headers of the request; it sees {value}."
        Documented("functions-event-structure");
    FunctionChangedCookies "edge.function-changed-cookies"
        "The function changed cookies of the request."
        Documented("functions-event-structure");
    FunctionChangedOrigin "edge.function-changed-origin"
        "The function asked for this origin: {place}."
        Documented("helper-functions-origin-modification");
    FunctionGeneratedResponse "edge.function-generated-response"
        "{place} answered itself with {value}."
        Documented("functions-event-structure");
    ViewerResponseFunction "edge.viewer-response-function"
        "The answer went through {place}, which took {value} % of the time that it may compute."
        Documented("functions-event-structure");
    ViewerResponseFunctionSkipped "edge.viewer-response-function-skipped"
        "{place} was not called: no function sees an answer with an error, nor the page that replaces one ({value})."
        Documented("edge-function-restrictions-all");
    FunctionThrew "edge.function-threw"
        "{place} threw an error, or took more time or memory than it may."
        Recorded("a 503 page");
    FunctionNotAccepted "edge.function-not-accepted"
        "The runtime does not accept the code of {place}."
        Recorded("a 503 page");
    FunctionResultInvalid "edge.function-result-invalid"
        "CloudFront does not take what {place} returned."
        Inferred("metrics tell validation errors apart from execution errors");
    FunctionReadOnlyHeader "edge.function-read-only-header"
        "{place} added, changed or removed a header that functions must leave as it is."
        Documented("http-502-bad-gateway");
}
