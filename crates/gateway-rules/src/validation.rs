//! Is a request what its method demands, before any backend is asked?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>

use crate::config::ParameterLocation;
use crate::context::RequestContext;

/// What a request validator demands.
#[derive(Clone, Debug, Default)]
pub struct RequestValidation {
    /// The parameters that must be there and not blank: header fields, then the path, then the query (recorded:
    /// `test_api_gateway_request_validator`), each by name.
    pub required: Vec<RequiredParameter>,
}

/// A parameter that must be there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequiredParameter {
    /// Where.
    pub location: ParameterLocation,
    /// Its name.
    pub name: Box<str>,
}

impl RequestValidation {
    /// The names of the parameters that a request lacks.
    #[must_use]
    pub fn missing(&self, request: &RequestContext<'_>) -> Vec<&str> {
        let lacks = |parameter: &&RequiredParameter| !parameter.is_in(request);
        self.required.iter().filter(lacks).map(|parameter| &*parameter.name).collect()
    }
}

impl RequiredParameter {
    /// Whether the request has it, with a value.
    fn is_in(&self, request: &RequestContext<'_>) -> bool {
        let is_in = |pairs: &[(String, String)]| {
            pairs.iter().any(|(name, value)| **name == *self.name && !value.is_empty())
        };
        match self.location {
            ParameterLocation::Header => request.headers.all(&self.name).any(|value| !value.is_empty()),
            ParameterLocation::Path => is_in(request.path_parameters),
            ParameterLocation::QueryString => is_in(request.query),
        }
    }
}

/// The words for parameters that are missing.
#[must_use]
pub fn missing_parameters(names: &[&str]) -> String {
    format!("Missing required request parameters: [{}]", names.join(", "))
}

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;
    use serde_json::json;

    use super::missing_parameters;
    use crate::fixture;

    #[test]
    fn what_is_missing_is_named_in_order() {
        let mut document = fixture::document(&["/items/{id}"]);
        document["x-amazon-apigateway-request-validators"] =
            json!({"all": {"validateRequestBody": true, "validateRequestParameters": true}});
        document["x-amazon-apigateway-request-validator"] = json!("all");
        document["parameters"] =
            json!({"shared": {"in": "header", "name": "x-header-param", "required": true}});
        document["paths"]["/items/{id}"]["parameters"] =
            json!([{"in": "path", "name": "id", "required": true}]);
        document["paths"]["/items/{id}"]["post"]["parameters"] = json!([
            {"in": "query", "name": "qs1", "required": true},
            {"in": "query", "name": "qs2", "required": false},
            {"in": "path", "name": "id", "required": true},
            {"$ref": "#/parameters/shared"},
        ]);
        let api = fixture::api(&document);
        let validation = fixture::deployment(&api).resources.rows()[0].methods[0].validation.as_ref().expect("a validator");
        let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        for (header, path, query, missing) in [
            (None, Vec::new(), Vec::new(), "[x-header-param, id, qs1]"),
            (Some("1"), Vec::new(), pair("qs1", ""), "[id, qs1]"),
            (Some(""), pair("id", "7"), pair("qs1", "1"), "[x-header-param]"),
            (Some("1"), pair("id", "7"), pair("qs1", "1"), "[]"),
        ] {
            let headers = Headers::from_iter(header.map(|value| ("X-Header-Param", value.as_bytes())));
            let mut request = fixture::request(&api, &headers);
            request.path_parameters = &path;
            request.query = &query;
            let message = missing_parameters(&validation.missing(&request));
            assert_eq!(message, format!("Missing required request parameters: {missing}"));
        }
    }
}
