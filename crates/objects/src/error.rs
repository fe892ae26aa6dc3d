//! The errors of S3: their codes, statuses and texts, and the XML that they are sent as.
//!
//! Authority: Amazon S3 API reference, *Error responses* (`ErrorResponses`).

use std::fmt::Write as _;

use frontgate_aws::Source::{self, Documented, Inferred, Recorded};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::Response;

use crate::xml;

/// An error of S3: what the requester sees, and apart from it what the operator must know.
#[derive(Debug)]
pub(crate) struct S3Error {
    code: Code,
    message: Option<String>,
    fields: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    operator: Option<String>,
}

macro_rules! codes {
    ($($code:ident $status:literal $message:literal $source:expr;)*) => {
        /// The codes that frontgate answers, in alphabetical order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code { $($code),* }

        static ROWS: &[Row] = &[$(Row {
            name: stringify!($code), status: $status, message: $message, source: $source,
        }),*];
    };
}

struct Row {
    name: &'static str,
    status: u16,
    message: &'static str,
    #[expect(dead_code, reason = "every row of an AWS table names its authority")]
    source: Source,
}

codes! {
    AccessControlListNotSupported 400 "The bucket does not allow ACLs"
        Documented("ErrorResponses");
    AccessDenied 403 "Access Denied"
        Recorded("test_s3 snapshots");
    AccessForbidden 403 "CORSResponse: CORS is not enabled for this bucket."
        Recorded("preflight requests without a CORS configuration");
    AuthorizationHeaderMalformed 400 "The authorization header that you provided is not valid."
        Recorded("answers of S3 to mistakes in signatures");
    AuthorizationQueryParametersError 400 "The authorization query parameters that you provided are not valid."
        Recorded("answers of S3 to mistakes in signatures");
    BadDigest 400 "The Content-MD5 you specified did not match what we received."
        Recorded("test_s3 snapshots");
    BadRequest 400 "Insufficient information. Origin request header needed."
        Recorded("preflight requests without Origin");
    EntityTooLarge 400 "Your proposed upload exceeds the maximum allowed size"
        Documented("ErrorResponses");
    EntityTooSmall 400 "Your proposed upload is smaller than the minimum allowed size"
        Recorded("test_s3 snapshots");
    ExpiredToken 400 "The provided token has expired."
        Recorded("answers of S3 that users quote, with Token-0");
    Found 302 "Resource Found"
        Recorded("a website endpoint that is asked for a folder without its slash");
    IncompleteBody 400 "You did not provide the number of bytes specified by the Content-Length HTTP header"
        Documented("ErrorResponses");
    InternalError 500 "We encountered an internal error. Please try again."
        Documented("ErrorResponses");
    InvalidAccessKeyId 403 "The AWS Access Key Id you provided does not exist in our records."
        Recorded("answers of S3 to mistakes in signatures");
    InvalidArgument 400 "Invalid Argument"
        Documented("ErrorResponses");
    InvalidDigest 400 "The Content-MD5 you specified was invalid."
        Recorded("test_s3 snapshots");
    InvalidPart 400 "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
        Recorded("test_s3 snapshots");
    InvalidPartOrder 400 "The list of parts was not in ascending order. Parts must be ordered by part number."
        Recorded("test_s3 snapshots");
    InvalidRange 416 "The requested range is not satisfiable"
        Recorded("test_s3 snapshots");
    InvalidRequest 400 "Request specific response headers cannot be used for anonymous GET requests."
        Documented("API_GetObject");
    InvalidToken 400 "The provided token is malformed or otherwise invalid."
        Recorded("answers of S3 to mistakes in signatures");
    InvalidURI 400 "Couldn't parse the specified URI."
        Documented("ErrorResponses");
    KeyTooLongError 400 "Your key is too long"
        Documented("ErrorResponses");
    MalformedTrailerError 400 "The request contained trailing data that was not well-formed or did not conform to our published schema."
        Documented("ErrorResponses");
    MalformedXML 400 "The XML you provided was not well-formed or did not validate against our published schema"
        Recorded("test_s3 snapshots");
    MethodNotAllowed 405 "The specified method is not allowed against this resource."
        Recorded("test_s3 snapshots");
    MissingContentLength 411 "You must provide the Content-Length HTTP header."
        Documented("ErrorResponses");
    NoSuchBucket 404 "The specified bucket does not exist"
        Recorded("test_s3 snapshots");
    NoSuchKey 404 "The specified key does not exist."
        Recorded("test_s3 snapshots");
    NoSuchUpload 404 "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
        Recorded("test_s3 snapshots");
    NoSuchWebsiteConfiguration 404 "The specified bucket does not have a website configuration"
        Recorded("test_s3 snapshots");
    NotImplemented 501 "A header you provided implies functionality that is not implemented"
        Recorded("test_s3 snapshots");
    PreconditionFailed 412 "At least one of the pre-conditions you specified did not hold"
        Recorded("test_s3 snapshots");
    RequestTimeTooSkewed 403 "The difference between the request time and the current time is too large."
        Recorded("answers of S3 to mistakes in signatures");
    RequestTimeout 400 "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."
        Documented("ErrorResponses");
    SignatureDoesNotMatch 403 "The request signature we calculated does not match the signature you provided. Check your key and signing method."
        Recorded("test_s3 snapshots");
    SlowDown 503 "Please reduce your request rate."
        Documented("ErrorResponses");
    XAmzContentSHA256Mismatch 400 "The provided 'x-amz-content-sha256' header does not match what was computed."
        Inferred("the code is documented, its text is what SDKs quote");
}

impl S3Error {
    /// The error with that code and its own text.
    pub(crate) fn of(code: Code) -> Self {
        Self { code, message: None, fields: Vec::new(), headers: Vec::new(), operator: None }
    }

    /// `InternalError` for the requester, the cause for the operator.
    pub(crate) fn internal(operator: String) -> Self {
        Self { operator: Some(operator), ..Self::of(Code::InternalError) }
    }

    /// An operation or a part of one that frontgate does not do, by its name.
    pub(crate) fn not_implemented(operation: &str) -> Self {
        let message = format!("frontgate does not implement {operation}.");
        Self { message: Some(message), ..Self::of(Code::NotImplemented) }.with("Operation", operation)
    }

    /// `InvalidArgument` with its text, the argument and its value.
    pub(crate) fn invalid_argument(message: &str, argument: &str, value: &str) -> Self {
        Self { message: Some(message.to_owned()), ..Self::of(Code::InvalidArgument) }
            .with("ArgumentName", argument)
            .with("ArgumentValue", value)
    }

    /// The same error with another text.
    pub(crate) fn saying(mut self, message: &str) -> Self {
        self.message = Some(message.to_owned());
        self
    }

    /// The same error with one more element.
    pub(crate) fn with(mut self, element: &'static str, text: &str) -> Self {
        self.fields.push((element, text.to_owned()));
        self
    }

    /// The same error with one more header field.
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// What the operator must know.
    pub(crate) fn operator(&self) -> Option<&str> {
        self.operator.as_deref()
    }

    /// Whether it is the error of that code.
    pub(crate) fn is(&self, code: Code) -> bool {
        self.code == code
    }

    /// The name of its code.
    pub(crate) fn name(&self) -> &'static str {
        self.code.row().name
    }

    /// Its status.
    pub(crate) fn status(&self) -> u16 {
        self.code.row().status
    }

    /// Its text.
    pub(crate) fn message(&self) -> &str {
        self.message.as_deref().unwrap_or(self.code.row().message)
    }

    /// Its further elements.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.fields.iter().map(|(name, text)| (*name, text.as_str()))
    }

    /// Its header fields.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, text)| (*name, text.as_str()))
    }

    /// The fact that explains an error of the request itself.
    pub(crate) fn fact(&self) -> Fact {
        match self.code {
            Code::InternalError => Fact::of(FactKind::ObjectUnreadable),
            Code::InvalidRange => Fact::of(FactKind::ObjectRangeInvalid),
            Code::MethodNotAllowed => Fact::of(FactKind::S3MethodNotAllowed),
            Code::SignatureDoesNotMatch => Fact::of(FactKind::S3ChunkSignatureMismatch),
            Code::XAmzContentSHA256Mismatch => Fact::of(FactKind::S3PayloadMismatch),
            Code::NotImplemented => Fact::of(FactKind::S3NotImplemented),
            Code::PreconditionFailed => Fact::of(FactKind::PreconditionFailed),
            code => Fact::of(FactKind::S3RequestInvalid).value(u32::from(code.row().status)),
        }
    }

    /// The answer.
    pub(crate) fn into_response(self, request_id: &str, host_id: &str) -> Response {
        let row = self.code.row();
        let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
        xml::element(&mut body, "Code", row.name);
        xml::element(&mut body, "Message", self.message.as_deref().unwrap_or(row.message));
        for (name, text) in &self.fields {
            xml::element(&mut body, name, text);
        }
        xml::element(&mut body, "RequestId", request_id);
        xml::element(&mut body, "HostId", host_id);
        body.push_str("</Error>");
        let mut response = Response::new(row.status);
        for (name, value) in &self.headers {
            response.headers.append(name, value.as_bytes());
        }
        response.with_header("Content-Type", "application/xml").with_body(bytes::Bytes::from(body))
    }
}

impl Code {
    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

impl std::fmt::Display for S3Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.row().name)?;
        self.fields.iter().try_for_each(|(name, text)| write!(f, " {name}={text}"))?;
        f.write_char('.')
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, ROWS, S3Error};

    #[test]
    fn the_table_is_sorted_and_the_xml_is_s3s() {
        assert!(ROWS.is_sorted_by_key(|row| row.name));
        let response = S3Error::of(Code::NoSuchKey).with("Key", "a<b>&\"c").into_response("R", "H");
        let frontgate_message::Body::Full(body) = response.body else { panic!("a body") };
        assert_eq!(
            String::from_utf8_lossy(&body),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does \
             not exist.</Message><Key>a&lt;b&gt;&amp;&quot;c</Key><RequestId>R</RequestId><HostId>H</HostId></Error>"
        );
    }
}
