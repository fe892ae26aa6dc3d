//! Traps of streamed responses: the function streams and what is before it does not, or the other way around.

use super::{Sign, Trap};
use crate::FactKind::{
    FunctionUrlStreamOfBuffered, FunctionUrlStreamedToBuffered, StreamHeadMissing, StreamedToBuffered,
};
use Sign::Noted;

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "response-is-json-text",
        symptom: "The page is the JSON with statusCode, headers and body, and its status is 200",
        signs: &[Noted(FunctionUrlStreamOfBuffered)],
        cause: "The function URL has InvokeMode RESPONSE_STREAM, and the function returns its response: what it returns is \
                streamed as it is.",
        fix: "Set InvokeMode to BUFFERED, or write the response to the stream of awslambda.streamifyResponse, with \
              awslambda.HttpResponseStream.from for status and headers.",
        place_of: &[FunctionUrlStreamOfBuffered],
    },
    Trap {
        id: "stream-behind-buffered-url",
        symptom: "A function URL answers without a body",
        signs: &[Noted(FunctionUrlStreamedToBuffered)],
        cause: "The function streams (awslambda.streamifyResponse), and its URL has not InvokeMode RESPONSE_STREAM: status and \
                headers are read, what is behind them is not.",
        fix: "Set InvokeMode of the function URL (FunctionUrlConfig in SAM) to RESPONSE_STREAM.",
        place_of: &[FunctionUrlStreamedToBuffered],
    },
    Trap {
        id: "stream-behind-buffered-integration",
        symptom: "A REST API answers without a body",
        signs: &[Noted(StreamedToBuffered)],
        cause: "The function streams (awslambda.streamifyResponse), and the integration is BUFFERED: status and headers are \
                read, what is behind them is not.",
        fix: "Set ResponseTransferMode to STREAM (RESPONSE_STREAM in an event of SAM) and the URI to \
              …/2021-11-15/functions/ARN/response-streaming-invocations.",
        place_of: &[StreamedToBuffered],
    },
    Trap {
        id: "stream-without-head",
        symptom: "500 {\"message\":\"Internal server error\"} from a REST API that streams",
        signs: &[Noted(StreamHeadMissing)],
        cause: "With ResponseTransferMode STREAM a function must write JSON with statusCode, headers, multiValueHeaders or \
                cookies and nothing else, and eight null bytes, before its body. A response that is returned, as for a buffered \
                integration, is no such beginning.",
        fix: "Begin with awslambda.HttpResponseStream.from(stream, {statusCode: 200, headers: {…}}) and write at least once.",
        place_of: &[StreamHeadMissing],
    },
];
