//! CORS of a function URL: the URL answers preflight requests by itself and adds its header fields to all answers.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors>: for a preflight request the
//! configuration counts and the function is not asked; all other answers have the fields of the configuration beside
//! those of the function, doubled ones included. That an origin which is not allowed gets no field is inferred.

use frontgate_message::{Headers, Method, RequestHead, Response};

/// `Cors` of a function URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrlCors {
    /// `AllowCredentials`
    pub allow_credentials: bool,
    /// `AllowHeaders`
    pub allow_headers: Vec<Box<str>>,
    /// `AllowMethods`
    pub allow_methods: Vec<Box<str>>,
    /// `AllowOrigins`
    pub allow_origins: Vec<Box<str>>,
    /// `ExposeHeaders`
    pub expose_headers: Vec<Box<str>>,
    /// `MaxAge`
    pub max_age_seconds: Option<u32>,
}

/// Whether a browser asks for permission before it sends the request itself.
#[must_use]
pub fn is_preflight(head: &RequestHead) -> bool {
    head.method == Method::Options
        && head.headers.contains("Origin")
        && head.headers.contains("Access-Control-Request-Method")
}

impl UrlCors {
    /// The answer to a preflight request.
    #[must_use]
    pub fn preflight(&self, headers: &Headers) -> Response {
        let mut response = Response::new(200).with_header("Content-Type", "application/json");
        let Some(origin) = self.allowed_origin(headers) else { return response };
        self.append_origin(origin, &mut response.headers);
        for (name, values) in [
            ("Access-Control-Allow-Headers", &self.allow_headers),
            ("Access-Control-Allow-Methods", &self.allow_methods),
        ] {
            if !values.is_empty() {
                response.headers.append(name, values.join(",").as_bytes());
            }
        }
        if let Some(seconds) = self.max_age_seconds {
            response.headers.append("Access-Control-Max-Age", seconds.to_string().as_bytes());
        }
        response
    }

    /// Adds the fields to any other answer; says whether there were any.
    pub fn apply(&self, request: &Headers, response: &mut Response) -> bool {
        let Some(origin) = self.allowed_origin(request) else { return false };
        self.append_origin(origin, &mut response.headers);
        if !self.expose_headers.is_empty() {
            response
                .headers
                .append("Access-Control-Expose-Headers", self.expose_headers.join(",").as_bytes());
        }
        true
    }

    fn append_origin(&self, origin: &str, headers: &mut Headers) {
        headers.append("Access-Control-Allow-Origin", origin.as_bytes());
        if self.allow_credentials {
            headers.append("Access-Control-Allow-Credentials", b"true");
        }
        if origin != "*" {
            headers.append("Vary", b"Origin");
        }
    }

    /// What `Access-Control-Allow-Origin` says: the origin itself, or `*` where every origin may ask without credentials.
    fn allowed_origin<'a>(&self, headers: &'a Headers) -> Option<&'a str> {
        let origin = headers.first_text("Origin")?;
        if self.allow_origins.iter().any(|allowed| &**allowed == "*") {
            return Some(if self.allow_credentials { origin } else { "*" });
        }
        self.allow_origins.iter().any(|allowed| **allowed == *origin).then_some(origin)
    }
}

#[cfg(test)]
mod tests {
    use frontgate_message::{Headers, Response};

    use super::UrlCors;

    fn texts(headers: &Headers) -> Vec<String> {
        let fields = headers.iter().map(|(n, v)| format!("{n}: {}", String::from_utf8_lossy(v)));
        fields.filter(|line| !line.starts_with("Content-Type")).collect()
    }

    #[test]
    fn allowed_origins_get_the_fields() {
        let listed = UrlCors {
            allow_origins: vec!["https://www.example.com".into()],
            allow_methods: vec!["GET".into(), "POST".into()],
            allow_headers: vec!["content-type".into()],
            expose_headers: vec!["x-total".into()],
            max_age_seconds: Some(600),
            ..UrlCors::default()
        };
        let all = UrlCors { allow_origins: vec!["*".into()], ..UrlCors::default() };
        let with_credentials = UrlCors { allow_credentials: true, ..all.clone() };
        let preflight: &[&str] = &[
            "Access-Control-Allow-Origin: https://www.example.com",
            "Vary: Origin",
            "Access-Control-Allow-Headers: content-type",
            "Access-Control-Allow-Methods: GET,POST",
            "Access-Control-Max-Age: 600",
        ];
        let answer: &[&str] = &[
            "Access-Control-Allow-Origin: https://www.example.com",
            "Vary: Origin",
            "Access-Control-Expose-Headers: x-total",
        ];
        let star: &[&str] = &["Access-Control-Allow-Origin: *"];
        let echoed: &[&str] = &[
            "Access-Control-Allow-Origin: https://www.example.com",
            "Access-Control-Allow-Credentials: true",
            "Vary: Origin",
        ];
        for (cors, origin, before, after) in [
            (&listed, Some("https://www.example.com"), preflight, answer),
            (&listed, Some("https://evil.example"), &[][..], &[][..]),
            (&listed, None, &[], &[]),
            (&all, Some("https://www.example.com"), star, star),
            (&with_credentials, Some("https://www.example.com"), echoed, echoed),
        ] {
            let headers = Headers::from_iter(origin.map(|origin| ("Origin", origin)));
            assert_eq!(texts(&cors.preflight(&headers).headers), before, "{origin:?}");
            let mut response = Response::new(200);
            assert_eq!(cors.apply(&headers, &mut response), !after.is_empty());
            assert_eq!(texts(&response.headers), after, "{origin:?}");
        }
    }
}
