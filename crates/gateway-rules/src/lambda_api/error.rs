//! The errors of Lambda's API, as its JSON says them.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>

use bytes::Bytes;
use frontgate_aws::Source::{self, Documented, Inferred, Recorded};
use frontgate_message::Response;
use serde_json::{Value, json};

/// An answer that is none of the function's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// The caller has no right to the function.
    AccessDenied {
        /// The ARN of the caller.
        caller: String,
        /// The ARN of the function.
        function: String,
        /// Whether a policy denies it; else none allows it.
        explicit: bool,
    },
    /// `X-Amz-Client-Context` is no JSON object in base64.
    ClientContext,
    /// A header has a value that it cannot have: its name in the model, and the values.
    Enumeration((&'static str, &'static str)),
    /// `FunctionName` is none.
    FunctionName(String),
    /// Nobody signed.
    MissingToken,
    /// There is no such function, version or alias; its ARN.
    NotFound(String),
    /// The event is no JSON; the parser's words.
    NotJson(String),
    /// An operation that does not run here; its name.
    NotRun(&'static str),
    /// A function of another region: that one, and this one.
    OtherRegion(String, String),
    /// `Qualifier` is none.
    Qualifier(String),
    /// `FunctionName` has another qualifier than `Qualifier`.
    QualifierMismatch,
    /// A chain of invocations came to the function too often.
    Recursive,
    /// A concurrency limit is reached; which.
    Throttled(&'static str),
    /// The event is larger than so many bytes.
    TooLarge(usize),
    /// The function could not be run.
    Unavailable,
    /// No operation has that method and path.
    UnknownOperation,
}

impl ApiError {
    /// The answer.
    #[must_use]
    pub fn response(&self) -> Response {
        Response::new(self.status())
            .with_header("Content-Type", "application/json")
            .with_header("x-amzn-ErrorType", self.error_type())
            .with_body(Bytes::from(self.body().to_string()))
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.row().0
    }

    /// `x-amzn-ErrorType`
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        self.row().1
    }

    /// Where it was learnt.
    #[must_use]
    pub fn source(&self) -> Source {
        self.row().2
    }

    fn row(&self) -> (u16, &'static str, Source) {
        match self {
            Self::AccessDenied { .. } => {
                (403, "AccessDeniedException", Recorded("answers that users of Invoke quote"))
            }
            Self::ClientContext => {
                (400, "InvalidRequestContentException", Inferred("the words of the SDKs' documentation"))
            }
            Self::Enumeration(_) | Self::FunctionName(_) | Self::Qualifier(_) => {
                (400, "ValidationException", Recorded("test_invalid_invoke"))
            }
            Self::MissingToken => {
                (403, "MissingAuthenticationTokenException", Recorded("answers of AWS's JSON services"))
            }
            Self::NotFound(_) => {
                (404, "ResourceNotFoundException", Recorded("test_lambda_api: Function not found"))
            }
            Self::NotJson(_) => (400, "InvalidRequestContentException", Recorded("test_invoke_exceptions")),
            Self::NotRun(_) => {
                (501, "NotImplementedException", Inferred("AWS runs it; this is our own answer"))
            }
            Self::OtherRegion(..) => (404, "ResourceNotFoundException", Recorded("test_function_arns")),
            Self::QualifierMismatch => {
                (400, "InvalidParameterValueException", Recorded("test_invalid_invoke"))
            }
            Self::Recursive => (400, "RecursiveInvocationException", Documented("invocation-recursion")),
            Self::Throttled(_) => (429, "TooManyRequestsException", Recorded("test_reserved_concurrency")),
            Self::TooLarge(_) => {
                (413, "RequestEntityTooLargeException", Recorded("answers that users of Invoke quote"))
            }
            Self::Unavailable => (500, "ServiceException", Documented("API_Invoke")),
            Self::UnknownOperation => (
                403,
                "AccessDeniedException",
                Recorded("answers of AWS's REST-JSON services to paths that they do not have"),
            ),
        }
    }

    /// The body. Some errors have `message` and some `Message`: so they are in the service model.
    #[must_use]
    pub fn body(&self) -> Value {
        match self {
            Self::AccessDenied { caller, function, explicit } => {
                let why = match explicit {
                    true => "with an explicit deny in an identity-based policy",
                    false => "because no identity-based policy allows the lambda:InvokeFunction action",
                };
                json!({"Message": format!(
                    "User: {caller} is not authorized to perform: lambda:InvokeFunction on resource: {function} {why}"
                )})
            }
            Self::ClientContext => {
                json!({"Type": "User", "message": "Client context must be a valid Base64-encoded JSON object."})
            }
            Self::Enumeration((name, values)) => json!({"message": format!(
                "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must satisfy enum value \
                 set: [{values}]"
            )}),
            Self::FunctionName(value) => validation(value, "functionName", FUNCTION_NAME_PATTERN),
            Self::MissingToken => json!({"message": "Missing Authentication Token"}),
            Self::NotFound(arn) => json!({"Type": "User", "Message": format!("Function not found: {arn}")}),
            Self::NotJson(why) => json!({"Type": "User", "message": format!(
                "Could not parse request body into json: Could not parse payload into json: {why}"
            )}),
            Self::NotRun(operation) => json!({"message": format!(
                "frontgate does not run {operation} of Lambda's API: functions come from the template, and are invoked"
            )}),
            Self::OtherRegion(other, own) => json!({"Type": "User", "Message": format!(
                "Functions from '{other}' are not reachable in this region ('{own}')"
            )}),
            Self::Qualifier(value) => validation(value, "qualifier", QUALIFIER_PATTERN),
            Self::QualifierMismatch => json!({
                "Type": "User",
                "message": "The derived qualifier from the function name does not match the specified qualifier.",
            }),
            Self::Recursive => json!({
                "Type": "User",
                "Message": "Lambda has detected your function being invoked in a recursive loop and stopped its invocation.",
            }),
            Self::Throttled(reason) => json!({"Reason": reason, "Type": "User", "message": "Rate Exceeded."}),
            Self::TooLarge(bytes) => json!({"Message": format!(
                "Request must be smaller than {bytes} bytes for the InvokeFunction operation"
            )}),
            Self::Unavailable => json!({"Type": "Service", "Message": "An internal error occurred."}),
            Self::UnknownOperation => {
                json!({"Message": "Unable to determine service/operation name to be authorized"})
            }
        }
    }
}

fn validation(value: &str, name: &str, pattern: &str) -> Value {
    json!({"message": format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: {pattern}"
    )})
}

const FUNCTION_NAME_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const QUALIFIER_PATTERN: &str = r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";

#[cfg(test)]
mod tests {
    use super::ApiError;

    #[test]
    fn errors_have_the_shapes_of_the_service_model() {
        for (error, status, error_type, body) in [
            (
                ApiError::NotFound("arn:aws:lambda:us-east-1:123456789012:function:f".into()),
                404,
                "ResourceNotFoundException",
                r#"{"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:f"}"#,
            ),
            (
                ApiError::Throttled("ReservedFunctionConcurrentInvocationLimitExceeded"),
                429,
                "TooManyRequestsException",
                r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#,
            ),
            (
                ApiError::TooLarge(6_291_456),
                413,
                "RequestEntityTooLargeException",
                r#"{"Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}"#,
            ),
        ] {
            let response = error.response();
            assert_eq!(
                (response.status, response.header_text("x-amzn-errortype")),
                (status, Some(error_type))
            );
            assert_eq!(error.body().to_string(), body);
        }
    }
}
