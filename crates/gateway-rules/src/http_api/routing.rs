//! Which stage and which route of an HTTP API a request means.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation>:
//! a full match, then a greedy path variable, then `$default`. That of two full matches the one with more literal segments
//! at the left counts, and a method before `ANY`, is inferred from the table there.

use frontgate_aws::percent_decode;

use super::config::{DEFAULT, HttpApi, HttpRoute, HttpStage};

/// `GET /pets/{id}`, or `$default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteKey {
    text: Box<str>,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(Box<str>),
    Parameter(Box<str>),
    Greedy(Box<str>),
}

/// The routes of an API, the most specific first.
#[derive(Clone, Debug, Default)]
pub struct HttpRoutes {
    rows: Vec<HttpRoute>,
}

impl RouteKey {
    /// Reads a route key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == DEFAULT {
            return Ok(Self { text: text.into(), segments: Vec::new() });
        }
        let Some((method, path)) = text.split_once(' ') else {
            return Err(format!("The route key `{text}` is neither $default nor a method and a path"));
        };
        if !METHODS.contains(&method) {
            return Err(format!("`{method}` of the route key `{text}` is no method"));
        }
        crate::openapi::check_path(path)?;
        let segments = path.split('/').skip(1).map(Segment::of).collect();
        Ok(Self { text: text.into(), segments })
    }

    /// The key as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Method and path; none for `$default`.
    #[must_use]
    pub fn method_and_path(&self) -> Option<(&str, &str)> {
        self.text.split_once(' ')
    }

    /// The path, or `$default`: `resource` of format 1.0.
    #[must_use]
    pub fn path(&self) -> &str {
        self.method_and_path().map_or(&*self.text, |(_, path)| path)
    }

    /// The parameters of the path, decoded, where the key takes the request.
    fn matches(&self, method: &str, segments: &[&str]) -> Option<Vec<(String, String)>> {
        let Some((own_method, _)) = self.method_and_path() else { return Some(Vec::new()) };
        if own_method != "ANY" && own_method != method {
            return None;
        }
        let mut parameters = Vec::new();
        let mut rest = segments;
        for segment in &self.segments {
            let (first, after) = rest.split_first()?;
            match segment {
                Segment::Literal(text) if **text == *decoded(first) => {}
                Segment::Parameter(name) if !first.is_empty() => {
                    parameters.push((name.to_string(), decoded(first)));
                }
                Segment::Greedy(name) if rest != [""] => {
                    parameters.push((name.to_string(), decoded(&rest.join("/"))));
                    return Some(parameters);
                }
                _ => return None,
            }
            rest = after;
        }
        rest.is_empty().then_some(parameters)
    }

    /// What comes first when several keys take a request.
    fn rank(&self) -> (bool, bool, Vec<u8>, bool) {
        let kind = |segment: &Segment| match segment {
            Segment::Literal(_) => 0,
            Segment::Parameter(_) => 1,
            Segment::Greedy(_) => 2,
        };
        let is_greedy = matches!(self.segments.last(), Some(Segment::Greedy(_)));
        let is_any = self.text.starts_with("ANY ");
        (&*self.text == DEFAULT, is_greedy, self.segments.iter().map(kind).collect(), is_any)
    }
}

impl HttpRoutes {
    /// The routes in the order in which they are asked.
    #[must_use]
    pub fn new(mut rows: Vec<HttpRoute>) -> Self {
        rows.sort_by_cached_key(|route| route.key.rank());
        Self { rows }
    }

    /// All routes.
    #[must_use]
    pub fn rows(&self) -> &[HttpRoute] {
        &self.rows
    }

    /// The route of a method and a raw path (after the stage), with the parameters of its path, decoded.
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> Option<(&HttpRoute, Vec<(String, String)>)> {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        self.rows.iter().find_map(|route| Some((route, route.key.matches(method, &segments)?)))
    }
}

/// The stage that the first segment of a raw path names, else `$default`; and the path after it.
#[must_use]
pub fn split_stage<'a, 'p>(api: &'a HttpApi, path: &'p str) -> Option<(&'a HttpStage, &'p str)> {
    let rest = path.strip_prefix('/')?;
    let end = rest.find('/').unwrap_or(rest.len());
    if let Some(stage) = api.stage(&rest[..end]).filter(|stage| !stage.is_default()) {
        let path = &rest[end..];
        return Some((stage, if path.is_empty() { "/" } else { path }));
    }
    api.stage(DEFAULT).map(|stage| (stage, path))
}

impl Segment {
    fn of(text: &str) -> Self {
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None => Self::Literal(text.into()),
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Greedy(name.into()),
                None => Self::Parameter(name.into()),
            },
        }
    }
}

fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent_decode(text)).into_owned()
}

const METHODS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
