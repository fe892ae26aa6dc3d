//! Asks S3 as the role of an integration, or as its caller, and makes an answer of S3's.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/integrating-api-with-aws-services-s3.html>

use std::fmt::Write as _;

use frontgate_explain::{FactKind, Trace};
use frontgate_gateway_rules::BackendAnswer;
use frontgate_gateway_rules::http_integration::custom_call;
use frontgate_gateway_rules::s3_integration::S3Target;
use frontgate_message::{Headers, Response};

use super::Exchange;
use crate::answer::Refusal;
use crate::{Call, ObjectCall, ObjectStorage};

impl Exchange<'_> {
    /// The answer of an integration with S3: S3's own, its errors too, through the integration responses.
    pub(super) async fn s3(
        &self,
        call: &Call<'_>,
        target: &S3Target,
        storage: &impl ObjectStorage,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        trace.note(self.fact(FactKind::IntegrationS3));
        let Some(acting) = self.acting(call, trace)? else {
            // Refused when the API is compiled; stays a refusal here.
            trace.note(self.fact(FactKind::IntegrationRoleUnknown));
            return Err(self.misconfigured());
        };
        let made = self.integration_request(trace)?;
        let overrides = made.overrides.clone();
        let sent = custom_call(self.integration(), &target.path, &self.variables(None), made);
        let asked = ObjectCall {
            identity: acting.identity,
            arn: &acting.arn,
            user_id: &acting.user_id,
            region: &target.region,
            method: &sent.method,
            target: &encoded(&sent.url),
            headers: sent.headers,
            body: sent.body,
        };
        let deadline = self.deadline();
        let answered = tokio::time::timeout_at(deadline, storage.ask(asked, trace)).await;
        let answer = answered.map_err(|_| self.timed_out(trace))?;
        let body = self.whole(answer.body, deadline, trace).await?;
        let headers: Headers = answer.headers;
        let status = answer.status;
        let answer = BackendAnswer { status, headers: &headers, body: &body };
        Ok(self.method_response(answer, &status.to_string(), &overrides, trace)?.0)
    }
}

/// A request target of what was mapped into one: what may not stand there is encoded, what is encoded stays.
fn encoded(target: &str) -> String {
    let mut text = String::with_capacity(target.len());
    for byte in target.bytes() {
        if byte.is_ascii_graphic()
            && !matches!(byte, b'"' | b'<' | b'>' | b'#' | b'{' | b'}' | b'^' | b'`' | b'|')
        {
            text.push(char::from(byte));
        } else {
            let written = write!(text, "%{byte:02X}");
            debug_assert!(written.is_ok(), "writing to a string cannot fail");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn targets_are_encoded_once() {
        for (target, expected) in [
            ("/b/a%20b/c.png?x=1&y=%2F", "/b/a%20b/c.png?x=1&y=%2F"),
            ("/b/a b", "/b/a%20b"),
            ("/b/\u{e9}", "/b/%C3%A9"),
            ("/b/{key}", "/b/%7Bkey%7D"),
            ("/b/a\r\nHost: x", "/b/a%0D%0AHost:%20x"),
        ] {
            assert_eq!(encoded(target), expected);
        }
    }
}
