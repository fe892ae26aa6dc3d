//! Which function an integration calls, and with which kind of invocation.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html>

use std::borrow::Cow;

use frontgate_aws::Arn;
use frontgate_message::Headers;

use crate::deployment::Release;

/// The function of an integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LambdaFunction {
    /// It is named in full.
    Named {
        /// Its ARN, with its qualifier if it has one.
        arn: Box<str>,
        /// Its name.
        name: Box<str>,
    },
    /// Each stage names its own: a URI with `${stageVariables.x}`.
    OfStage {
        /// The URI.
        uri: Box<str>,
    },
}

/// How a function is invoked: `X-Amz-Invocation-Type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvocationType {
    /// Not at all; Lambda only says whether it could be.
    DryRun,
    /// Nobody waits for what it returns.
    Event,
    /// The caller waits for what it returns.
    #[default]
    RequestResponse,
}

/// The ARN and the name of the function that an integration's URI names:
/// `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations`.
#[must_use]
pub fn function_of_uri(uri: &str) -> Option<(&str, &str)> {
    let resource =
        Arn::parse(uri).filter(|arn| arn.service == "apigateway" && arn.account == "lambda")?.resource;
    let arn = match resource.strip_prefix("path/2015-03-31/functions/") {
        Some(rest) => rest.strip_suffix("/invocations")?,
        None => resource.strip_prefix(STREAMING_PATH)?.strip_suffix(STREAMING_OPERATION)?,
    };
    let name = Arn::parse(arn).filter(|arn| arn.service == "lambda")?.resource.strip_prefix("function:")?;
    Some((arn, name.split(':').next().unwrap_or(name))).filter(|(_, name)| !name.is_empty())
}

/// Whether the URI names the operation that streams:
/// `arn:aws:apigateway:REGION:lambda:path/2021-11-15/functions/ARN/response-streaming-invocations`.
#[must_use]
pub fn is_streaming_uri(uri: &str) -> bool {
    uri.contains(STREAMING_PATH) && uri.ends_with(STREAMING_OPERATION)
}

/// The text with the variables of the stage in the places of `${stageVariables.NAME}`; one that the stage does not have
/// stays as it is.
#[must_use]
pub fn with_stage_variables<'a>(text: &'a str, release: &Release) -> Cow<'a, str> {
    with_variables(text, &release.variables)
}

/// The same with the variables themselves.
#[must_use]
pub fn with_variables<'a>(text: &'a str, variables: &[(Box<str>, Box<str>)]) -> Cow<'a, str> {
    if !text.contains(STAGE_VARIABLE) {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_owned();
    for (name, value) in variables {
        text = text.replace(&format!("{STAGE_VARIABLE}{name}}}"), value);
    }
    Cow::Owned(text)
}

impl LambdaFunction {
    /// The function that a URI names; `None` where it names none.
    #[must_use]
    pub fn of_uri(uri: &str) -> Option<Self> {
        if uri.contains(STAGE_VARIABLE) {
            return Some(Self::OfStage { uri: uri.into() });
        }
        let (arn, name) = function_of_uri(uri)?;
        Some(Self::Named { arn: arn.into(), name: name.into() })
    }

    /// Its ARN and name in that release of a stage; `None` where the stage's variables make no function of it.
    #[must_use]
    pub fn in_release(&self, release: &Release) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
        self.with(&release.variables)
    }

    /// Its ARN and name with those stage variables.
    #[must_use]
    pub fn with(&self, variables: &[(Box<str>, Box<str>)]) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
        match self {
            Self::Named { arn, name } => Some((Cow::Borrowed(arn), Cow::Borrowed(name))),
            Self::OfStage { uri } => {
                let uri = with_variables(uri, variables);
                let (arn, name) = function_of_uri(&uri).filter(|(arn, _)| !arn.contains(STAGE_VARIABLE))?;
                Some((Cow::Owned(arn.to_owned()), Cow::Owned(name.to_owned())))
            }
        }
    }
}

impl InvocationType {
    /// The kind of invocation that the header fields of an integration request ask for; `None` for a value that Lambda
    /// does not know.
    #[must_use]
    pub fn of_headers(headers: &Headers) -> Option<Self> {
        match headers.first_text("X-Amz-Invocation-Type") {
            None | Some("RequestResponse") => Some(Self::RequestResponse),
            Some("DryRun") => Some(Self::DryRun),
            Some("Event") => Some(Self::Event),
            Some(_) => None,
        }
    }
}

/// The text that selection patterns are tried on for what a function returned: its `errorMessage`, else the status
/// (recorded: `test_lambda_selection_patterns`).
#[must_use]
pub fn selection_text(payload: &[u8], status: u16) -> String {
    let document: Option<serde_json::Value> = serde_json::from_slice(payload).ok();
    let message = document.as_ref().and_then(|document| document.get("errorMessage")?.as_str());
    message.filter(|message| !message.is_empty()).map_or_else(|| status.to_string(), str::to_owned)
}

const STREAMING_PATH: &str = "path/2021-11-15/functions/";
const STREAMING_OPERATION: &str = "/response-streaming-invocations";
const STAGE_VARIABLE: &str = "${stageVariables.";

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;

    use super::{InvocationType, LambdaFunction, selection_text};
    use crate::fixture;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:";

    fn check(function: &str, expected: Option<(&str, &str)>) {
        let uri =
            format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations");
        let variables = [("name", "Blue"), ("arn", "arn:aws:lambda:us-east-1:123456789012:function:Green")];
        let mut release = fixture::api(&fixture::document(&["/x"])).stages.remove(0).release;
        release.variables = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
        let found = LambdaFunction::of_uri(&uri);
        let found = found.as_ref().and_then(|function| function.in_release(&release));
        let found = found.as_ref().map(|(arn, name)| (&**arn, &**name));
        assert_eq!(found, expected, "{function}");
    }

    #[test]
    fn a_function_is_named_in_full_or_by_the_variables_of_the_stage() {
        let arn = |name: &str| format!("{ARN}{name}");
        check(&arn("Hello"), Some((&arn("Hello"), "Hello")));
        check(&arn("Hello:live"), Some((&arn("Hello:live"), "Hello")));
        check(&arn("${stageVariables.name}"), Some((&arn("Blue"), "Blue")));
        check(&arn("a-${stageVariables.name}:1"), Some((&arn("a-Blue:1"), "a-Blue")));
        check("${stageVariables.arn}", Some((&arn("Green"), "Green")));
        check(&arn("${stageVariables.none}"), None);
        check("Hello", None);
    }

    #[test]
    fn kinds_of_invocation_and_what_patterns_see() {
        for (value, expected) in [
            ("Event", Some(InvocationType::Event)),
            ("DryRun", Some(InvocationType::DryRun)),
            ("RequestResponse", Some(InvocationType::RequestResponse)),
            ("event", None),
        ] {
            let headers = Headers::from_iter([("X-Amz-Invocation-Type", value)]);
            assert_eq!(InvocationType::of_headers(&headers), expected, "{value}");
        }
        assert_eq!(InvocationType::of_headers(&Headers::new()), Some(InvocationType::RequestResponse));
        for (payload, expected) in [
            (r#"{"errorMessage":"Bad one","errorType":"Error"}"#, "Bad one"),
            (r#"{"errorMessage":""}"#, "200"),
            (r#"{"errorMessage":7}"#, "200"),
            (r#"["errorMessage"]"#, "200"),
            ("", "200"),
        ] {
            assert_eq!(selection_text(payload.as_bytes(), 200), expected, "{payload}");
        }
    }
}
