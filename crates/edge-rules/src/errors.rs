//! What CloudFront itself says when it refuses or fails, byte for byte, and which custom error response replaces it.
//!
//! Authority: pages recorded from CloudFront; <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/GeneratingCustomErrorResponses.html>.

use frontgate_aws::Source;
use frontgate_message::reason_phrase;

use crate::config::{CustomErrorResponse, Distribution};

/// `ErrorCachingMinTTL` where no custom error response names the status, in seconds.
pub const ERROR_CACHING_SECONDS_DEFAULT: u64 = 10;

macro_rules! pages {
    ($($(#[doc = $doc:literal])* $page:ident $kind:ident($($text:expr),*) $source:expr;)*) => {
        /// The pages that CloudFront writes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorPage { $($(#[doc = $doc])* $page),* }

        impl ErrorPage {
            /// Every page.
            pub const ALL: &[Self] = &[$(Self::$page),*];

            /// Where its text was learnt.
            #[must_use]
            pub fn source(self) -> Source {
                use Source::{Inferred, Recorded};
                match self { $(Self::$page => $source),* }
            }

            fn content(self) -> Content {
                match self { $(Self::$page => Content::$kind($($text),*)),* }
            }
        }
    };
}

pages! {
    /// The Host is no name of a distribution, or the request is malformed; also https-only asked over http.
    BadRequest Text("Bad request.") Recorded("a 403 page, 915 bytes");
    /// A web ACL blocked the request.
    RequestBlocked Text("Request blocked.") Recorded("a 403 page, 919 bytes");
    /// The geo restriction blocks the viewer's country.
    CountryBlocked
        Text("The Amazon CloudFront distribution is configured to block access from your country.")
        Recorded("a 403 page");
    /// The method is not among the allowed methods ("cachable" is CloudFront's spelling).
    MethodNotAllowed
        Text("This distribution is not configured to allow the HTTP request method that was used for this request. \
              The distribution supports only cachable requests.")
        Recorded("a 403 page, 1053 bytes");
    /// 421: the Host belongs to another distribution than the certificate of the connection.
    CertificateMismatch
        Text("The distribution does not match the certificate for which the HTTPS connection was established with.")
        Recorded("a 421 page");
    /// 502: the port is closed, TLS failed, or the certificate is bad.
    OriginConnectFailed Text("CloudFront wasn't able to connect to the origin.") Recorded("a 502 page");
    /// 502: the name of the origin has no address.
    OriginNotResolved Text("CloudFront wasn't able to resolve the origin domain name.") Recorded("a 502 page");
    /// 504 when connecting took too long, 502 when the origin closed the connection.
    OriginClosed
        Text("CloudFront attempted to establish a connection with the origin, but either the attempt failed or the \
              origin closed the connection.")
        Recorded("502 and 504 pages");
    /// 503.
    OriginContactFailed Text("Failed to contact the origin.") Recorded("a 503 page");
    /// 504: the origin sent nothing in time.
    OriginTimedOut Bare() Inferred("504 pages seen have the reason in their heading and no sentence of their own");
    /// 503: a CloudFront Function failed.
    FunctionFailed
        Text("The CloudFront function associated with the CloudFront distribution is invalid or could not run.")
        Recorded("a 503 page");
    /// 502: a CloudFront Function returned what is not taken.
    FunctionResultInvalid
        Text("The CloudFront function returned an invalid value.")
        Inferred("no recording at hand");
    /// 502: a CloudFront Function touched a read-only or disallowed header.
    FunctionReadOnlyHeader
        Text("The CloudFront function tried to add, delete, or change a read-only header.")
        Inferred("widely seen, no recording at hand");
    /// 502: the body that a Lambda@Edge function gave is invalid.
    LambdaBodyInvalid
        Text("The Lambda function result failed validation: The body is not a string, is not an object, or exceeds \
              the maximum size.")
        Recorded("a 502 page");
    /// 502: a header that a Lambda@Edge function gave is invalid.
    LambdaHeadersInvalid
        Text("The Lambda function returned an invalid entry in the headers object: Each header entry in the headers \
              object must be an array.")
        Recorded("a 502 page");
    /// 502: a Lambda@Edge function added a header that functions may not add.
    LambdaDisallowedHeader
        Text("The Lambda function result failed validation: The function tried to add a blacklisted header.")
        Recorded("a 502 page");
    /// 502: a Lambda@Edge function touched a read-only header.
    LambdaReadOnlyHeader
        Text("The Lambda function result failed validation: The function tried to add, delete, or change a read-only \
              header.")
        Recorded("a 502 page");
    /// 502: a Lambda@Edge function changed what is read-only beside headers.
    LambdaReadOnlyField
        Text("The Lambda function result failed validation: The function tried to change a read-only field.")
        Inferred("in the words of the page about read-only headers");
    /// 502: the characters of a header that a Lambda@Edge function gave are invalid.
    LambdaHeaderInvalid
        Text("The Lambda function result failed validation: The function returned an invalid header.")
        Inferred("in the words of the log line that was recorded");
    /// 502: the path or query string that a Lambda@Edge function gave is invalid.
    LambdaUriInvalid
        Text("The Lambda function result failed validation: The specified URI is in an invalid format.")
        Recorded("a 502 page");
    /// 502: the status that a Lambda@Edge function gave is invalid.
    LambdaStatusInvalid
        Text("The Lambda function result failed validation: The status code is invalid.")
        Inferred("no recording at hand");
    /// 502: a Lambda@Edge function returned something that is no JSON.
    LambdaResultUnparsable
        Text("The Lambda function returned invalid JSON: The JSON output is not parsable.")
        Recorded("a 502 page");
    /// 502: a Lambda@Edge function returned no object.
    LambdaResultNoObject
        Text("The Lambda function returned invalid JSON: The JSON output must be an object type.")
        Recorded("a 502 page");
    /// 502: the origin that a Lambda@Edge function chose is invalid, or it may not choose one.
    LambdaOriginInvalid
        Text("The Lambda function returned an invalid origin configuration.")
        Inferred("how the pages about single values begin");
    /// 502: the domain name of the origin that a Lambda@Edge function chose is invalid.
    LambdaOriginDomainInvalid
        Text("The Lambda function returned an invalid origin configuration: The value of DomainName is invalid.")
        Recorded("a 502 page");
    /// 502: the custom headers of the origin that a Lambda@Edge function chose are invalid.
    LambdaOriginHeadersInvalid
        Text("The Lambda function returned an invalid origin configuration: One or more HeaderName or HeaderValue values \
              are invalid.")
        Recorded("a 502 page");
    /// 503: a Lambda@Edge function threw, timed out, or may not be called.
    LambdaFailed
        Text("The Lambda function associated with the CloudFront distribution is invalid or doesn't have the \
              required permissions.")
        Recorded("a 503 page");
    /// 503: a Lambda@Edge function was throttled.
    LambdaThrottled
        Text("The Lambda function associated with the CloudFront distribution was throttled.")
        Recorded("a 503 page");
    /// 403: a signed URL or cookie is needed and there is none.
    SignatureMissing
        Xml("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
        Recorded("a 403 answer");
    /// 403: the key of the signature is unknown.
    SignatureKeyUnknown Xml("InvalidKey", "Unknown Key") Recorded("a 403 answer");
    /// 403: the signature cannot be decoded.
    SignatureMalformed Xml("MalformedSignature", "Could not unencode Signature") Recorded("a 403 answer");
    /// 403: the policy cannot be read.
    PolicyMalformed Xml("MalformedPolicy", "Malformed Policy") Recorded("a 403 answer");
    /// 403: the signature does not fit, or the policy does not allow it.
    SignatureDenied Xml("AccessDenied", "Access denied") Inferred("widely seen, no recording at hand");
}

/// Content type and body of a page with that status and request id.
#[must_use]
pub fn error_page(page: ErrorPage, status: u16, request_id: &str) -> (&'static str, String) {
    let (heading, text) = match page.content() {
        Content::Xml(code, message) => return ("text/xml", xml(code, message)),
        Content::Text(text) => (status.to_string(), format!("{text}\n")),
        Content::Bare() => (format!("{status} {}", reason_phrase(status)), String::new()),
    };
    ("text/html", format!("{PAGE_HEAD}{heading}{PAGE_AFTER_CODE}{text}{PAGE_HELP}{request_id}{PAGE_END}"))
}

/// The body (`text/html`) of a redirect to https: 167 bytes for 301.
#[must_use]
pub fn redirect_page(status: u16) -> String {
    let title = format!("{status} {}", reason_phrase(status));
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>CloudFront</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// The custom error response for a status of the origin or the edge.
#[must_use]
pub fn custom_error_response(distribution: &Distribution, status: u16) -> Option<&CustomErrorResponse> {
    distribution.error_responses.iter().find(|row| row.error_code == status)
}

/// `ErrorCachingMinTTL` for a status: of its custom error response, else CloudFront's default.
#[must_use]
pub fn error_caching_seconds(distribution: &Distribution, status: u16) -> u64 {
    custom_error_response(distribution, status)
        .map_or(ERROR_CACHING_SECONDS_DEFAULT, |row| row.caching_min_ttl)
}

/// What happens to an HTTP/1.1 connection after a custom error page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionAfter {
    /// `Connection: close`
    Close,
    /// `Connection: keep-alive`
    KeepAlive,
}

/// Whether the connection stays after a custom error page that replaces `status`
/// (documented in "Creating custom error pages").
#[must_use]
pub fn connection_after_error_page(status: u16) -> ConnectionAfter {
    match status {
        400 | 405 | 414 | 416 | 500 | 501 => ConnectionAfter::Close,
        _ => ConnectionAfter::KeepAlive,
    }
}

enum Content {
    /// A page with that sentence.
    Text(&'static str),
    /// A page without a sentence of its own, whose heading has the reason phrase.
    Bare(),
    /// An XML error with code and message.
    Xml(&'static str, &'static str),
}

fn xml(code: &str, message: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
}

const PAGE_HEAD: &str = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" \
\"http://www.w3.org/TR/html4/loose.dtd\">
<HTML><HEAD><META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=iso-8859-1\">
<TITLE>ERROR: The request could not be satisfied</TITLE>
</HEAD><BODY>
<H1>";

const PAGE_AFTER_CODE: &str = " ERROR</H1>
<H2>The request could not be satisfied.</H2>
<HR noshade size=\"1px\">
";

const PAGE_HELP: &str = "We can't connect to the server for this app or website at this time. There might be too much \
traffic or a configuration error. Try again later, or contact the app or website owner.
<BR clear=\"all\">
If you provide content to customers through CloudFront, you can find steps to troubleshoot and help prevent this error \
by reviewing the CloudFront documentation.
<BR clear=\"all\">
<HR noshade size=\"1px\">
<PRE>
Generated by cloudfront (CloudFront)
Request ID: ";

const PAGE_END: &str = "
</PRE>
<ADDRESS>
</ADDRESS>
</BODY></HTML>";

#[cfg(test)]
mod tests {
    use super::{ErrorPage, error_page, redirect_page};

    #[test]
    fn pages_have_the_lengths_that_were_recorded() {
        let id = "x".repeat(54) + "==";
        let rows = [
            (ErrorPage::BadRequest, 915),
            (ErrorPage::RequestBlocked, 919),
            (ErrorPage::MethodNotAllowed, 1053),
        ];
        for (page, length) in rows {
            assert_eq!(error_page(page, 403, &id).1.len(), length, "{page:?}");
        }
        assert_eq!(redirect_page(301).len(), 167);
        assert!(redirect_page(307).contains("307 Temporary Redirect"));
    }

    #[test]
    fn every_page_names_the_request_or_is_xml() {
        for page in ErrorPage::ALL {
            let (content_type, body) = error_page(*page, 504, "ID");
            assert!(content_type == "text/xml" || body.contains("Request ID: ID\n</PRE>"), "{page:?}");
            assert!(!body.ends_with('\n'));
        }
        let bare = error_page(ErrorPage::OriginTimedOut, 504, "ID").1;
        assert!(bare.contains("<H1>504 Gateway Timeout ERROR</H1>"));
        assert!(bare.contains("<HR noshade size=\"1px\">\nWe can't connect"));
    }
}
