//! The answers that an HTTP API gives by itself when something is wrong: they cannot be customized.

use bytes::Bytes;
use frontgate_aws::Source::{self, Documented, Inferred, Recorded};
use frontgate_message::Response;

/// An error of an HTTP API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// The request breaks off or breaks the syntax.
    BadRequest,
    /// An authorizer says no.
    Forbidden,
    /// The request line and the values of its header fields are longer than 10,240 bytes.
    HeadersTooLarge,
    /// The function or the authorizer failed, or returned rubbish.
    InternalServerError,
    /// No stage or no route.
    NotFound,
    /// The payload is larger than 10 MB.
    RequestTooLarge,
    /// The backend did not answer, or not in time.
    ServiceUnavailable,
    /// The route or the account is asked too fast.
    TooManyRequests,
    /// There is no token, or no good one.
    Unauthorized,
}

impl HttpError {
    /// The answer.
    #[must_use]
    pub fn response(self) -> Response {
        let row = &ROWS[self as usize];
        let mut response = Response::new(row.status);
        if row.has_content_type {
            response.headers.append("Content-Type", b"application/json");
        }
        response.with_body(Bytes::from_static(row.body.as_bytes()))
    }
}

impl HttpError {
    /// The words of the answer.
    #[must_use]
    pub fn message(self) -> &'static str {
        let body = ROWS[self as usize].body;
        body.strip_prefix(r#"{"message":""#).and_then(|rest| rest.strip_suffix(r#""}"#)).unwrap_or(body)
    }

    /// `$context.error.responseType`, in the names of REST APIs.
    #[must_use]
    pub fn response_type(self) -> &'static str {
        match self {
            Self::BadRequest | Self::HeadersTooLarge | Self::NotFound => "DEFAULT_4XX",
            Self::Forbidden => "ACCESS_DENIED",
            Self::InternalServerError => "INTEGRATION_FAILURE",
            Self::RequestTooLarge => "REQUEST_TOO_LARGE",
            Self::ServiceUnavailable => "INTEGRATION_TIMEOUT",
            Self::TooManyRequests => "THROTTLED",
            Self::Unauthorized => "UNAUTHORIZED",
        }
    }
}

struct Row {
    #[cfg_attr(not(test), expect(dead_code, reason = "a test compares the order with it"))]
    error: HttpError,
    status: u16,
    body: &'static str,
    has_content_type: bool,
    #[expect(dead_code, reason = "every row of an AWS table names its authority")]
    source: Source,
}

/// In the order of [`HttpError`].
const ROWS: &[Row] = &[
    Row {
        error: HttpError::BadRequest,
        status: 400,
        body: r#"{"message":"Bad Request"}"#,
        has_content_type: true,
        source: Inferred("in the words of the other errors"),
    },
    Row {
        error: HttpError::Forbidden,
        status: 403,
        body: r#"{"message":"Forbidden"}"#,
        has_content_type: false,
        source: Inferred("like 401"),
    },
    Row {
        error: HttpError::HeadersTooLarge,
        status: 431,
        body: r#"{"message":"HTTP header is larger than 10240 bytes."}"#,
        has_content_type: true,
        source: Inferred("the status and the words are each told by users of API Gateway"),
    },
    Row {
        error: HttpError::InternalServerError,
        status: 500,
        body: r#"{"message":"Internal Server Error"}"#,
        has_content_type: true,
        source: Recorded("InvokeResponseExtensionsIntegrationTests of aws-lambda-dotnet"),
    },
    Row {
        error: HttpError::NotFound,
        status: 404,
        body: r#"{"message":"Not Found"}"#,
        has_content_type: true,
        source: Documented("http-api-develop-routes"),
    },
    Row {
        error: HttpError::RequestTooLarge,
        status: 413,
        body: r#"{"message":"Request Entity Too Large"}"#,
        has_content_type: true,
        source: Inferred("the limit is documented, the words are those of the status"),
    },
    Row {
        error: HttpError::ServiceUnavailable,
        status: 503,
        body: r#"{"message":"Service Unavailable"}"#,
        has_content_type: true,
        source: Inferred("apigateway.md §12: timeouts"),
    },
    Row {
        error: HttpError::TooManyRequests,
        status: 429,
        body: r#"{"message":"Too Many Requests"}"#,
        has_content_type: true,
        source: Documented("http-api-throttling"),
    },
    Row {
        error: HttpError::Unauthorized,
        status: 401,
        body: r#"{"message":"Unauthorized"}"#,
        has_content_type: false,
        source: Documented("http-api-troubleshooting-jwt"),
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
