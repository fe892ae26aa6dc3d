//! The HTML pages that a website endpoint writes for errors, and the header fields that tell an error where the page is
//! the user's own.
//!
//! Recorded: a 404 of a website whose error document is missing, a 302 to a folder, and answers to HEAD.

use bytes::Bytes;
use frontgate_message::{Headers, Response, reason_phrase};

use crate::error::S3Error;
use crate::xml;

/// S3's own page for an error; `document` is what went wrong with the error document.
pub(crate) fn page(error: &S3Error, document: Option<&S3Error>, ids: (&str, &str)) -> Response {
    let title = format!("{} {}", error.status(), reason_phrase(error.status()));
    let mut body = format!("<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<ul>\n");
    items(&mut body, error);
    item(&mut body, "RequestId", ids.0);
    item(&mut body, "HostId", ids.1);
    body.push_str("</ul>\n");
    if let Some(document) = document {
        body.push_str(
            "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n",
        );
        items(&mut body, document);
        body.push_str("</ul>\n");
    }
    body.push_str("<hr/>\n</body>\n</html>\n");
    let mut response = Response::new(error.status());
    for (name, value) in error.headers() {
        response.headers.append(name, value.as_bytes());
    }
    response.with_header("Content-Type", "text/html; charset=utf-8").with_body(Bytes::from(body))
}

/// Tells the error in header fields: for HEAD, for redirects to folders, and where the error document is the body.
pub(crate) fn tell(error: &S3Error, headers: &mut Headers) {
    headers.append("x-amz-error-code", error.name().as_bytes());
    headers.append("x-amz-error-message", error.message().as_bytes());
    for (name, value) in error.fields().filter(|(_, value)| !value.bytes().any(|byte| byte < b' ')) {
        headers.append(&format!("x-amz-error-detail-{name}"), value.as_bytes());
    }
}

fn items(body: &mut String, error: &S3Error) {
    item(body, "Code", error.name());
    item(body, "Message", error.message());
    for (name, value) in error.fields() {
        item(body, name, value);
    }
}

fn item(body: &mut String, name: &str, value: &str) {
    body.push_str("<li>");
    body.push_str(name);
    body.push_str(": ");
    xml::escape(body, value);
    body.push_str("</li>\n");
}

#[cfg(test)]
mod tests {
    use frontgate_message::Body;

    use super::page;
    use crate::error::{Code, S3Error};

    #[test]
    fn the_page_as_recorded() {
        let error = S3Error::of(Code::NoSuchKey).with("Key", "group/<123>");
        let document = S3Error::of(Code::NoSuchKey).with("Key", "404.html");
        let response = page(&error, Some(&document), ("2AD4F43C70F9DC89", "+LLo2="));
        let Body::Full(body) = response.body else { panic!("a body") };
        assert_eq!(
            String::from_utf8_lossy(&body),
            "<html>\n<head><title>404 Not Found</title></head>\n<body>\n<h1>404 Not Found</h1>\n<ul>\n\
             <li>Code: NoSuchKey</li>\n<li>Message: The specified key does not exist.</li>\n\
             <li>Key: group/&lt;123&gt;</li>\n<li>RequestId: 2AD4F43C70F9DC89</li>\n<li>HostId: +LLo2=</li>\n</ul>\n\
             <h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n\
             <li>Code: NoSuchKey</li>\n<li>Message: The specified key does not exist.</li>\n\
             <li>Key: 404.html</li>\n</ul>\n<hr/>\n</body>\n</html>\n"
        );
    }
}
