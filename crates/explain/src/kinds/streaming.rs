//! Facts of streamed responses: of Lambda, of function URLs and of REST APIs.

use frontgate_aws::Source::{Documented, Inferred};

use super::rows;

rows! {
    FunctionStreams "lambda.streams"
        "The function began to stream its response after {value} ms: {place}."
        Documented("configuration-response-streaming");
    FunctionStreamTruncated "lambda.stream-truncated"
        "The response that the function streamed broke off after {value} ms: {place}."
        Inferred("Runtime.TruncatedResponse of AWS's runtime supervisor");
    FunctionExtensionFailed "lambda.extension-failed"
        "An extension ended, and the execution environment with it: {place}."
        Documented("runtimes-extensions-api");
    FunctionUrlStreams "lambda.url-streams"
        "The response is handed on while the function makes it, with status {value}: {place}."
        Documented("config-rs-invoke-furls");
    FunctionUrlStreamWithoutHead "lambda.url-stream-without-head"
        "The stream does not begin with a head (awslambda.HttpResponseStream.from): all of it is the body of a 200 of {place}."
        Inferred("the head is an own content type of the response");
    FunctionUrlStreamOfBuffered "lambda.url-stream-of-buffered"
        "The function returns its response, and the URL streams: statusCode, headers and body are the text of a 200 of {place}."
        Inferred("InvokeWithResponseStream streams the payload as it is");
    FunctionUrlStreamedToBuffered "lambda.url-streamed-to-buffered"
        "The function streams and the URL does not: status and headers are passed on, the body is not: {place}."
        Inferred("documented of REST APIs: response-transfer-mode-lambda");
    IntegrationStreams "gateway.streams"
        "The answer is handed on as it comes, because responseTransferMode is STREAM: {place}."
        Documented("response-transfer-mode");
    StreamHeadMissing "gateway.stream-head-missing"
        "The function did not begin its stream with JSON metadata and 8 null bytes within {value} bytes: 500 of {place}."
        Documented("response-transfer-mode-lambda");
    FunctionErrorToStream "gateway.function-error-to-stream"
        "The function failed before its stream had a head: 500 of {place}."
        Inferred("response-transfer-mode-lambda has a 500 where the format is not kept");
    StreamedToBuffered "gateway.streamed-to-buffered"
        "The function streams and the integration does not: status and headers are passed on, the body is not: {place}."
        Documented("response-transfer-mode-lambda");
}
