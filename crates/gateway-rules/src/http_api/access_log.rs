//! What a line of the access log of an HTTP API can say.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html>

use std::borrow::Cow;

use super::errors::HttpError;
use super::request::{Arrived, HttpRequest};

/// What is known of a request once it is answered.
#[derive(Clone, Copy, Debug)]
pub struct HttpLogged<'a> {
    /// The request as it came.
    pub arrived: Arrived<'a>,
    /// The request, where it reached a route.
    pub request: Option<&'a HttpRequest<'a>>,
    /// The base path of the custom domain name that it came through.
    pub base_path: Option<&'a str>,
    /// The status of the answer.
    pub status: u16,
    /// The length of its body, where it is known when the answer begins.
    pub response_length: Option<u64>,
    /// How long the whole took.
    pub response_latency_milliseconds: u64,
    /// How long the integration took, where one was called.
    pub integration_latency_milliseconds: Option<u64>,
    /// The status that the backend answered; of a function that of its own answer.
    pub backend_status: Option<u16>,
    /// The status of the service that was asked: Lambda's, or the backend's.
    pub service_status: Option<u16>,
    /// Why the integration gave no answer.
    pub integration_error: Option<&'a str>,
    /// The error that was answered.
    pub error: Option<HttpError>,
}

/// `$context.integrationErrorMessage` where no permission lets API Gateway call the function.
pub const NO_PERMISSION: &str = "The IAM role configured on the integration or API Gateway doesn't have permissions to call the \
                                 integration. Check the permissions and try again.";

impl<'a> HttpLogged<'a> {
    /// The variable `$context.NAME`, where it has a value.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Cow<'a, str>> {
        let number = |number: u64| Some(Cow::Owned(number.to_string()));
        match name {
            "customDomain.basePathMatched" => {
                self.base_path.filter(|path| !path.is_empty()).map(Cow::Borrowed)
            }
            "error.message" => self.error.map(|error| Cow::Borrowed(error.message())),
            "error.messageString" => {
                let quoted = serde_json::Value::from(self.error?.message()).to_string();
                Some(Cow::Owned(quoted))
            }
            "error.responseType" => self.error.map(|error| Cow::Borrowed(error.response_type())),
            "integration.error" | "integrationErrorMessage" => self.integration_error.map(Cow::Borrowed),
            "integration.integrationStatus" | "integrationStatus" => number(self.service_status?.into()),
            "integration.latency" | "integrationLatency" => number(self.integration_latency_milliseconds?),
            "integration.status" => number(self.backend_status?.into()),
            "responseLatency" => number(self.response_latency_milliseconds),
            "responseLength" => number(self.response_length?),
            "status" => number(self.status.into()),
            _ => match self.request {
                Some(request) => request.variable(name),
                None => self.arrived.variable(name),
            },
        }
    }
}
