//! The payloads that Lambda itself answers when a function failed without saying why.
//!
//! Recorded from AWS by LocalStack's snapshots of `tests/aws/services/lambda_` unless a row says otherwise.

use std::process::ExitStatus;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::extensions::ExtensionFailure;
use crate::limits::{RESPONSE_BYTES_MAX, STREAMED_BYTES_MAX};

/// A timeout.
pub(crate) fn timed_out(request_id: &str, timeout: Duration) -> Bytes {
    let seconds = timeout.as_secs_f64();
    let message = format!("RequestId: {request_id} Error: Task timed out after {seconds:.2} seconds");
    payload(TIMED_OUT, &message)
}

/// A process that ended before it answered.
pub(crate) fn exited(request_id: &str, status: Option<ExitStatus>) -> Bytes {
    payload(EXIT_ERROR, &format!("RequestId: {request_id} Error: {}", exit_reason(status)))
}

/// A process that was killed because it had more memory than its function may have. The type stands in answers
/// of AWS that users handle by name; that the message is that of a killed process is inferred.
pub(crate) fn out_of_memory(request_id: &str) -> Bytes {
    let message = format!("RequestId: {request_id} Error: Runtime exited with error: signal: killed");
    payload(OUT_OF_MEMORY, &message)
}

/// A process that was killed because its function took more of the machine than it may.
pub(crate) fn killed(request_id: &str) -> Bytes {
    payload(EXIT_ERROR, &format!("RequestId: {request_id} Error: {KILLED}"))
}

/// An execution environment that ended because of an extension.
pub(crate) fn extension(request_id: &str, failure: &ExtensionFailure) -> Bytes {
    payload(failure.error_type, &format!("RequestId: {request_id} Error: {}", failure.message))
}

/// How an extension ended, in the words of AWS's supervisor.
pub(crate) fn extension_exit(status: Option<ExitStatus>) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.and_then(|status| status.code()), status.and_then(|status| status.signal())) {
        (Some(0) | None, None) => "exit code 0".to_owned(),
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal: {}", signal_name(signal)),
    }
}

/// A response larger than AWS takes.
pub(crate) fn response_too_large(bytes: usize) -> Bytes {
    let message = format!(
        "Response payload size ({bytes} bytes) exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."
    );
    payload(RESPONSE_SIZE_TOO_LARGE, &message)
}

/// A response in a mode that there is not: AWS's supervisor says its type and nothing else.
pub(crate) fn response_mode_refused() -> Bytes {
    Bytes::from(json!({ "errorType": INVALID_RESPONSE_MODE }).to_string())
}

/// A streamed response whose connection ended before it did. The type is that of AWS's supervisor; that the payload has
/// no message is inferred.
pub(crate) fn truncated() -> Bytes {
    Bytes::from(json!({ "errorType": TRUNCATED_RESPONSE }).to_string())
}

/// A streamed response larger than AWS takes.
pub(crate) fn stream_too_large(bytes: usize) -> Bytes {
    let message = format!(
        "Response payload size ({bytes} bytes) exceeded maximum allowed payload size ({STREAMED_BYTES_MAX} bytes)."
    );
    payload(RESPONSE_SIZE_TOO_LARGE, &message)
}

/// Why a process ended, in the words of AWS's (Go's) runtime supervisor.
pub(crate) fn exit_reason(status: Option<ExitStatus>) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.and_then(|status| status.code()), status.and_then(|status| status.signal())) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(signal)) => format!("Runtime exited with error: signal: {}", signal_name(signal)),
        (None, None) => "Runtime exited with error".to_owned(),
    }
}

fn signal_name(signal: i32) -> String {
    match signal {
        1 => "hangup".to_owned(),
        2 => "interrupt".to_owned(),
        6 => "aborted".to_owned(),
        8 => "floating point exception".to_owned(),
        9 => "killed".to_owned(),
        11 => "segmentation fault".to_owned(),
        13 => "broken pipe".to_owned(),
        15 => "terminated".to_owned(),
        other => format!("signal {other}"),
    }
}

fn payload(error_type: &str, message: &str) -> Bytes {
    Bytes::from(json!({ "errorType": error_type, "errorMessage": message }).to_string())
}

/// How AWS's supervisor says that a process was ended by the system.
pub(crate) const KILLED: &str = "Runtime exited with error: signal: killed";
pub(crate) const EXIT_ERROR: &str = "Runtime.ExitError";
pub(crate) const INVALID_RESPONSE_MODE: &str = "Runtime.InvalidResponseModeHeader";
pub(crate) const OUT_OF_MEMORY: &str = "Runtime.OutOfMemory";
pub(crate) const RESPONSE_SIZE_TOO_LARGE: &str = "Function.ResponseSizeTooLarge";
pub(crate) const TIMED_OUT: &str = "Sandbox.Timedout";
pub(crate) const TRUNCATED_RESPONSE: &str = "Runtime.TruncatedResponse";

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn ends_have_the_recorded_words() {
        for (raw, reason) in [
            (0, "Runtime exited without providing a reason"),
            (1 << 8, "Runtime exited with error: exit status 1"),
            (9, "Runtime exited with error: signal: killed"),
        ] {
            assert_eq!(exit_reason(Some(ExitStatus::from_raw(raw))), reason);
        }
        assert_eq!(
            timed_out("id", Duration::from_secs(1)),
            r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: id Error: Task timed out after 1.00 seconds"}"#
        );
    }
}
