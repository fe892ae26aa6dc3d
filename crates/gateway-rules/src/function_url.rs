//! A function URL as the gateway reads it, and the answers that Lambda gives instead of its function.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>

use bytes::Bytes;
use frontgate_aws::Source::{self, Documented, Inferred, Recorded};
use frontgate_aws::sigv4::Refusal;
use frontgate_aws::{hex, sha256};
use frontgate_explain::PlaceId;
use frontgate_message::Response;

use crate::url_cors::UrlCors;

/// A function URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionUrl {
    /// Its id: 32 letters and digits.
    pub id: Box<str>,
    /// Its region.
    pub region: Box<str>,
    /// The name of its function.
    pub function_name: Box<str>,
    /// The ARN of its function.
    pub function_arn: Box<str>,
    /// `AuthType`
    pub auth_type: AuthType,
    /// `InvokeMode`
    pub invoke_mode: InvokeMode,
    /// `Cors`
    pub cors: Option<UrlCors>,
    /// The place of `Cors`.
    pub cors_place: PlaceId,
    /// The place of the resource.
    pub place: PlaceId,
}

/// Who may ask a function URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthType {
    /// Whoever signs and is allowed to.
    AwsIam,
    /// Everybody whom the function's resource policy lets in.
    None,
}

/// With which operation a function URL calls its function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvokeMode {
    /// Invoke: the response is whole before it is passed on.
    #[default]
    Buffered,
    /// InvokeWithResponseStream: it is passed on while the function makes it.
    ResponseStream,
}

/// An answer that Lambda gives instead of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// The body of the request broke off or is malformed.
    BadRequest,
    /// Nobody signed, or the resource policy does not allow it.
    Forbidden,
    /// The function failed, or returned what is no answer.
    FunctionFailed,
    /// The signature does not fit what arrived.
    InvalidSignature,
    /// The body of the request is too large.
    TooLarge,
    /// The concurrency limit of the function is reached.
    Throttled,
    /// The function cannot be run.
    Unavailable,
    /// There is no such URL.
    Unknown,
}

/// The answer to a signature that is not accepted. Unlike API Gateway, Lambda does not show what should have been signed.
#[must_use]
pub fn signature_refused(refusal: &Refusal) -> Response {
    let message = refusal.to_string();
    let message = message.split("\n\n").next().unwrap_or_default();
    Response::new(403)
        .with_header("Content-Type", "application/json")
        .with_header("x-amzn-ErrorType", refusal.error_type())
        .with_body(Bytes::from(serde_json::json!({ "message": message }).to_string()))
}

/// `x-amz-content-sha256` of a payload.
#[must_use]
pub fn payload_hash(payload: &[u8]) -> String {
    hex(&sha256(payload))
}

impl FunctionUrl {
    /// The host name under which it answers.
    #[must_use]
    pub fn host(&self) -> String {
        format!("{}.lambda-url.{}.on.aws", self.id, self.region)
    }
}

impl AuthType {
    /// The value of `AuthType` and of the condition key `lambda:FunctionUrlAuthType`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsIam => "AWS_IAM",
            Self::None => "NONE",
        }
    }
}

impl UrlError {
    /// The answer.
    #[must_use]
    pub fn response(self) -> Response {
        let row = &ROWS[self as usize];
        let mut response = Response::new(row.status).with_header("Content-Type", "application/json");
        if let Some(error_type) = row.error_type {
            response.headers.append("x-amzn-ErrorType", error_type.as_bytes());
        }
        response.with_body(Bytes::from_static(row.body.as_bytes()))
    }
}

/// The largest payload of a request, and of what a function returns.
pub const URL_PAYLOAD_LENGTH_MAX: usize = 6 * 1024 * 1024;

struct Row {
    #[cfg_attr(not(test), expect(dead_code, reason = "a test compares the order with it"))]
    error: UrlError,
    status: u16,
    error_type: Option<&'static str>,
    body: &'static str,
    #[expect(dead_code, reason = "every row of an AWS table names its authority")]
    source: Source,
}

/// In the order of [`UrlError`].
const ROWS: &[Row] = &[
    Row {
        error: UrlError::BadRequest,
        status: 400,
        error_type: None,
        body: r#"{"message":"Bad Request"}"#,
        source: Inferred("a body that cannot be read is a bad request, as API Gateway answers it"),
    },
    Row {
        error: UrlError::Forbidden,
        status: 403,
        error_type: Some("AccessDeniedException"),
        body: r#"{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}"#,
        source: Recorded("test_lambda_permission_url_invocation"),
    },
    Row {
        error: UrlError::FunctionFailed,
        status: 502,
        error_type: None,
        body: "Internal Server Error",
        source: Recorded("test_lambda_url_invocation_exception"),
    },
    Row {
        error: UrlError::InvalidSignature,
        status: 403,
        error_type: Some("InvalidSignatureException"),
        body: r#"{"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"#,
        source: Recorded("a POST through an origin access control without x-amz-content-sha256"),
    },
    Row {
        error: UrlError::TooLarge,
        status: 413,
        error_type: Some("RequestEntityTooLargeException"),
        body: r#"{"Message":null}"#,
        source: Inferred("the status is documented for Invoke, the body is that of other refusals of a URL"),
    },
    Row {
        error: UrlError::Throttled,
        status: 429,
        error_type: Some("TooManyRequestsException"),
        body: r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#,
        source: Documented("urls-configuration"),
    },
    Row {
        error: UrlError::Unavailable,
        status: 502,
        error_type: None,
        body: "Internal Server Error",
        source: Inferred("a function that cannot be run fails"),
    },
    Row {
        error: UrlError::Unknown,
        status: 403,
        error_type: Some("AccessDeniedException"),
        body: r#"{"Message":null}"#,
        source: Recorded("test_lambda_url_non_existing_url"),
    },
];

#[cfg(test)]
mod tests {
    use super::ROWS;

    #[test]
    fn every_error_has_its_row() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!(row.error as usize, index, "{:?}", row.error);
            assert_eq!(row.error.response().status, row.status);
        }
    }
}
