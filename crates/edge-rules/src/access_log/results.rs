//! How does a log classify a request: `x-edge-result-type` and its siblings?

use frontgate_aws::Source::{self, Documented, Inferred};
use frontgate_explain::{Fact, FactKind};

/// What the edge made of a request, as far as logs tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The word of `X-Cache`, when the answer was ready.
    pub result: &'static str,
    /// The same, or for an error its type.
    pub detailed_result: &'static str,
    /// An origin was asked.
    pub asked_origin: bool,
    /// The status, or what counts as one, for which the secondary origin of a group was asked.
    pub failed_over_from: Option<u32>,
    /// From the request to the origin to the first byte of its answer.
    pub origin_first_byte_microseconds: Option<u32>,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The origin stopped in the middle of it.
    BrokeOff,
    /// The viewer left before it had all of it, or before there was an answer.
    ViewerLeft,
    /// It was sent to its end.
    Whole,
}

/// What the facts of a request say about it; `result` is the word of its `X-Cache`.
#[must_use]
pub fn outcome(result: &'static str, facts: &[Fact]) -> Outcome {
    let last = |kind| facts.iter().rev().find(|fact| fact.kind == kind).map(|fact| fact.value);
    let detailed_result = if result == ERROR { error_type(facts) } else { result };
    let asked_origin = facts.iter().any(|fact| fact.kind == FactKind::OriginChosen);
    Outcome {
        result,
        detailed_result,
        asked_origin,
        failed_over_from: last(FactKind::FailedOver).or_else(|| last(FactKind::FailedOverWithoutAnswer)),
        origin_first_byte_microseconds: last(FactKind::OriginAnsweredAfter),
    }
}

impl Outcome {
    /// `x-edge-result-type` and `x-edge-detailed-result-type`, which know how the answer ended.
    #[must_use]
    pub(crate) fn at_the_end(&self, ending: Ending) -> (&'static str, &'static str) {
        match ending {
            Ending::Whole => (self.result, self.detailed_result),
            Ending::ViewerLeft => (ERROR, "ClientCommError"),
            Ending::BrokeOff => (ERROR, "OriginReadError"),
        }
    }
}

/// The type of an error: that of the last fact that has one.
fn error_type(facts: &[Fact]) -> &'static str {
    let row = |kind| ERROR_TYPES.iter().find(|row| row.kind == kind);
    facts.iter().rev().find_map(|fact| row(fact.kind)).map_or(ERROR, |row| row.error_type)
}

/// The word for an error, in both fields.
const ERROR: &str = "Error";

/// Which type of error a fact stands for.
#[derive(Clone, Copy, Debug)]
pub struct ErrorType {
    /// The fact.
    pub kind: FactKind,
    /// The type.
    pub error_type: &'static str,
    /// Where it was learnt.
    pub source: Source,
}

const fn row(kind: FactKind, error_type: &'static str, source: Source) -> ErrorType {
    ErrorType { kind, error_type, source }
}

const PAGE: Source = Documented("standard-logs-reference");

/// Where a custom error response stands for the page.
const LAMBDA: Source =
    Inferred("the words of X-Cache for these errors; the type where a page stands for them");

const UNSIGNED: Source = Inferred("access is blocked; no type of its own is listed");

/// In the order of the line.
pub const ERROR_TYPES: &[ErrorType] = &[
    row(FactKind::Misdirected, "InvalidRequestCertificate", PAGE),
    row(FactKind::GeoBlocked, "ClientGeoBlocked", PAGE),
    row(FactKind::DistributionDisabled, "InvalidRequestBlocked", Inferred("access is blocked")),
    row(FactKind::ChainTooLong, "InvalidRequestBlocked", Inferred("access is blocked")),
    row(FactKind::HttpsOnly, "InvalidRequestBlocked", Inferred("access is blocked")),
    row(FactKind::MethodNotAllowed, "InvalidRequestMethod", PAGE),
    row(FactKind::GetWithBody, "InvalidRequest", Inferred("no closer type is listed")),
    row(FactKind::SignatureMissing, "InvalidRequestBlocked", UNSIGNED),
    row(FactKind::SignatureKeyUnknown, "InvalidRequestBlocked", UNSIGNED),
    row(FactKind::SignatureMalformed, "InvalidRequestBlocked", UNSIGNED),
    row(FactKind::SignaturePolicyMalformed, "InvalidRequestBlocked", UNSIGNED),
    row(FactKind::SignatureWrong, "InvalidRequestBlocked", UNSIGNED),
    row(FactKind::SignatureExpired, "InvalidRequestBlocked", UNSIGNED),
    row(FactKind::SignatureNotYetValid, "InvalidRequestBlocked", UNSIGNED),
    row(FactKind::SignatureOtherAddress, "InvalidRequestBlocked", UNSIGNED),
    row(FactKind::SignatureOtherResource, "InvalidRequestBlocked", UNSIGNED),
    row(FactKind::LambdaEdgeFailed, "LambdaExecutionError", LAMBDA),
    row(FactKind::LambdaEdgeThrottled, "LambdaLimitExceeded", LAMBDA),
    row(FactKind::LambdaEdgeResultInvalid, "LambdaValidationError", LAMBDA),
    row(FactKind::LambdaEdgeBodyInvalid, "LambdaValidationError", LAMBDA),
    row(FactKind::LambdaEdgeHeadersInvalid, "LambdaValidationError", LAMBDA),
    row(FactKind::LambdaEdgeDisallowedHeader, "LambdaValidationError", LAMBDA),
    row(FactKind::LambdaEdgeReadOnlyHeader, "LambdaValidationError", LAMBDA),
    row(FactKind::LambdaEdgeReadOnlyField, "LambdaValidationError", LAMBDA),
    row(FactKind::LambdaEdgeUriInvalid, "LambdaValidationError", LAMBDA),
    row(FactKind::LambdaEdgeStatusInvalid, "LambdaValidationError", LAMBDA),
    row(FactKind::LambdaEdgeOriginAtViewer, "LambdaValidationError", LAMBDA),
    row(FactKind::LambdaEdgeOriginFieldMissing, "LambdaValidationError", LAMBDA),
    row(FactKind::LambdaEdgeOriginInvalid, "LambdaValidationError", LAMBDA),
    row(FactKind::ErrorFromCache, "Error", PAGE),
    row(FactKind::ViewerBodyBroken, "ClientHungUpRequest", PAGE),
    row(FactKind::OriginDnsFailed, "OriginDnsError", PAGE),
    row(FactKind::OriginConnectFailed, "OriginConnectError", PAGE),
    row(FactKind::OriginTlsFailed, "OriginConnectError", Inferred("no connection could be used")),
    row(FactKind::OriginTimedOut, "OriginCommError", PAGE),
    row(FactKind::OriginNotCompleteInTime, "OriginCommError", Inferred("as for the other timeouts")),
    row(FactKind::OriginClosed, "OriginReadError", Inferred("the answer could not be read")),
    row(FactKind::OriginHeadTooLarge, "OriginHeaderTooBigError", PAGE),
    row(FactKind::OriginInvalidResponse, "OriginInvalidResponseError", PAGE),
    row(FactKind::OriginContentRangeLength, "OriginContentRangeLengthError", PAGE),
    // The body of the request goes through API Gateway or a function URL in process.
    row(FactKind::PayloadBroken, "ClientHungUpRequest", PAGE),
    row(FactKind::FunctionUrlPayloadBroken, "ClientHungUpRequest", PAGE),
];
