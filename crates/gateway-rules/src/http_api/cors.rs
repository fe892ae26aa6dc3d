//! CORS of an HTTP API: preflight requests are answered by the API, and its fields stand for those of the backend.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>

use frontgate_explain::PlaceId;
use frontgate_message::{Headers, Response};

pub use crate::url_cors::is_preflight;

/// `CorsConfiguration`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCors {
    /// `AllowCredentials`
    pub allow_credentials: bool,
    /// `AllowHeaders`
    pub allow_headers: Vec<Box<str>>,
    /// `AllowMethods`
    pub allow_methods: Vec<Box<str>>,
    /// `AllowOrigins`: origins, `*`, `https://*` or `http://*`.
    pub allow_origins: Vec<Box<str>>,
    /// `ExposeHeaders`
    pub expose_headers: Vec<Box<str>>,
    /// `MaxAge`
    pub max_age_seconds: Option<i32>,
    /// The place of the configuration.
    pub place: PlaceId,
}

impl HttpCors {
    /// The answer to a preflight request: 204 (inferred), without a field for an origin that is not allowed.
    #[must_use]
    pub fn preflight(&self, headers: &Headers) -> Response {
        let mut response = Response::new(204);
        let Some(origin) = self.allowed_origin(headers) else { return response };
        response.headers.append("access-control-allow-origin", origin.as_bytes());
        for (name, values) in [
            ("access-control-allow-methods", &self.allow_methods),
            ("access-control-allow-headers", &self.allow_headers),
        ] {
            if !values.is_empty() {
                response.headers.append(name, values.join(",").as_bytes());
            }
        }
        self.append_common(&mut response.headers);
        if let Some(seconds) = self.max_age_seconds {
            response.headers.append("access-control-max-age", seconds.to_string().as_bytes());
        }
        response
    }

    /// Puts the fields into any other answer; says whether there are any. "API Gateway ignores CORS headers returned from your
    /// backend integration."
    pub fn apply(&self, request: &Headers, response: &mut Response) -> bool {
        response.headers.retain(|name, _| !is_cors_field(name));
        let Some(origin) = self.allowed_origin(request) else { return false };
        response.headers.append("access-control-allow-origin", origin.as_bytes());
        self.append_common(&mut response.headers);
        true
    }

    fn append_common(&self, headers: &mut Headers) {
        if self.allow_credentials {
            headers.append("access-control-allow-credentials", b"true");
        }
        if !self.expose_headers.is_empty() {
            headers.append("access-control-expose-headers", self.expose_headers.join(",").as_bytes());
        }
    }

    /// What `access-control-allow-origin` says: `*`, or the origin that asks.
    fn allowed_origin<'a>(&self, headers: &'a Headers) -> Option<&'a str> {
        let origin = headers.first_text("Origin").filter(|origin| !origin.is_empty())?;
        if self.allow_origins.iter().any(|allowed| &**allowed == "*") {
            return Some("*");
        }
        let allows = |allowed: &str| match allowed.strip_suffix("://*") {
            Some(scheme) => origin.strip_prefix(scheme).is_some_and(|rest| rest.starts_with("://")),
            None => allowed.eq_ignore_ascii_case(origin),
        };
        self.allow_origins.iter().any(|allowed| allows(allowed)).then_some(origin)
    }
}

fn is_cors_field(name: &str) -> bool {
    const PREFIX: &str = "access-control-";
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

#[cfg(test)]
mod tests {
    use frontgate_explain::PlaceId;
    use frontgate_message::{Headers, Response};

    use super::HttpCors;

    fn texts(headers: &Headers) -> Vec<String> {
        headers.iter().map(|(n, v)| format!("{n}: {}", String::from_utf8_lossy(v))).collect()
    }

    #[test]
    fn origins_and_their_fields() {
        let cors = |origins: &[&str]| HttpCors {
            allow_credentials: false,
            allow_headers: Vec::new(),
            allow_methods: vec!["GET".into(), "POST".into()],
            allow_origins: origins.iter().map(|origin| (*origin).into()).collect(),
            expose_headers: vec!["x-total".into()],
            max_age_seconds: Some(300),
            place: PlaceId::NONE,
        };
        for (origins, origin, expected) in [
            (&["*"][..], Some("https://a.example"), Some("*")),
            (&["https://a.example"], Some("https://a.example"), Some("https://a.example")),
            (&["https://*"], Some("https://a.example"), Some("https://a.example")),
            (&["https://*"], Some("http://a.example"), None),
            (&["https://b.example"], Some("https://a.example"), None),
            (&["*"], None, None),
        ] {
            let headers = Headers::from_iter(origin.map(|origin| ("Origin", origin)));
            let cors = cors(origins);
            let preflight = cors.preflight(&headers);
            assert_eq!(preflight.status, 204);
            let expected_preflight: Vec<String> = expected.map_or_else(Vec::new, |origin| {
                vec![
                    format!("access-control-allow-origin: {origin}"),
                    "access-control-allow-methods: GET,POST".to_owned(),
                    "access-control-expose-headers: x-total".to_owned(),
                    "access-control-max-age: 300".to_owned(),
                ]
            });
            assert_eq!(texts(&preflight.headers), expected_preflight, "{origins:?} {origin:?}");
            let mut response = Response::new(200).with_header("Access-Control-Allow-Origin", "the backend's");
            assert_eq!(cors.apply(&headers, &mut response), expected.is_some());
            assert_eq!(response.header_text("access-control-allow-origin"), expected);
        }
    }
}
