//! Which stage, which resource and which method a request means.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html>

use crate::config::{Method, Resource, RestApi, Stage};

/// The resources of an API and the tree of their paths.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    rows: Vec<Resource>,
    root: Node,
}

#[derive(Clone, Debug, Default)]
struct Node {
    resource: Option<usize>,
    fixed: Vec<(Box<str>, Node)>,
    parameter: Option<(Box<str>, Box<Node>)>,
    greedy: Option<(Box<str>, usize)>,
}

/// A resource with a method for the request.
#[derive(Debug)]
pub struct Route<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// Its method: the one asked for, else `ANY`.
    pub method: &'a Method,
    /// The parameters of the path, in order and as sent: API Gateway does not decode them.
    pub path_parameters: Vec<(String, String)>,
}

impl Resources {
    /// Builds the tree. Of two resources with the same path the first one counts.
    #[must_use]
    pub fn new(rows: Vec<Resource>) -> Self {
        let mut root = Node::default();
        for (index, resource) in rows.iter().enumerate() {
            root.insert(segments(&resource.path), index);
        }
        Self { rows, root }
    }

    /// All resources.
    #[must_use]
    pub fn rows(&self) -> &[Resource] {
        &self.rows
    }

    /// The route of a method and a raw path (after the stage): fixed segments first, then `{parameter}`, then
    /// `{greedy+}`; of one resource the method first, then `ANY`. A trailing slash does not count.
    ///
    /// A resource that has no such method does not hide a less specific one that has it.
    #[must_use]
    pub fn route(&self, http_method: &str, path: &str) -> Option<Route<'_>> {
        let path = path.trim_end_matches('/');
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let mut parameters = Vec::new();
        let (index, method) = self.find(&self.root, http_method, &segments, &mut parameters)?;
        let path_parameters = parameters.into_iter().map(|(name, raw)| (name.to_owned(), raw)).collect();
        Some(Route { resource: &self.rows[index], method, path_parameters })
    }

    /// The resource whose greedy parameter the path lacks: `/files/{proxy+}` for `/files`.
    #[must_use]
    pub fn greedy_below(&self, http_method: &str, path: &str) -> Option<&Resource> {
        let path = path.trim_end_matches('/');
        let resource = self.route(http_method, &format!("{path}/x"))?.resource;
        let is_one_deeper = resource.path.split('/').count() == path.split('/').count() + 1;
        (resource.path.ends_with("+}") && (is_one_deeper || path.is_empty())).then_some(resource)
    }

    /// The resource that the path names once its first segments are left out; one that begins with a parameter would take
    /// anything and does not count.
    #[must_use]
    pub fn without_prefix(&self, http_method: &str, path: &str) -> Option<&Resource> {
        let ends_of_prefixes = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        let resources =
            ends_of_prefixes.filter_map(|at| Some(self.route(http_method, &path[at..])?.resource));
        resources
            .into_iter()
            .find(|resource| !matches!(&*resource.path, "/") && !resource.path.starts_with("/{"))
    }

    fn find<'a>(
        &'a self,
        node: &'a Node,
        http_method: &str,
        segments: &[&str],
        parameters: &mut Vec<(&'a str, String)>,
    ) -> Option<(usize, &'a Method)> {
        let Some((first, rest)) = segments.split_first() else {
            let index = node.resource?;
            return method_of(&self.rows[index], http_method).map(|method| (index, method));
        };
        let fixed = node.fixed.iter().find(|(text, _)| **text == **first);
        if let Some(found) = fixed.and_then(|(_, next)| self.find(next, http_method, rest, parameters)) {
            return Some(found);
        }
        if let Some((name, next)) = node.parameter.as_ref().filter(|_| !first.is_empty()) {
            let before = parameters.len();
            parameters.push((name, (*first).to_owned()));
            if let Some(found) = self.find(next, http_method, rest, parameters) {
                return Some(found);
            }
            parameters.truncate(before);
        }
        let (name, index) = node.greedy.as_ref()?;
        let method = method_of(&self.rows[*index], http_method)?;
        parameters.push((name, segments.join("/")));
        Some((*index, method))
    }
}

impl Node {
    fn insert<'a>(&mut self, mut segments: impl Iterator<Item = &'a str>, index: usize) {
        let Some(first) = segments.next() else {
            self.resource.get_or_insert(index);
            return;
        };
        let Some(name) = first.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            let found = self.fixed.iter().position(|(text, _)| &**text == first);
            let at = found.unwrap_or_else(|| {
                self.fixed.push((first.into(), Self::default()));
                self.fixed.len() - 1
            });
            return self.fixed[at].1.insert(segments, index);
        };
        if let Some(name) = name.strip_suffix('+') {
            self.greedy.get_or_insert_with(|| (name.into(), index));
            return;
        }
        let (_, next) = self.parameter.get_or_insert_with(|| (name.into(), Box::default()));
        next.insert(segments, index);
    }
}

/// The stage that the first segment of a raw path names, and the path after it.
///
/// A stage name has letters, digits, `-` and `_` only, so nothing is decoded.
#[must_use]
pub fn split_stage<'a, 'p>(api: &'a RestApi, path: &'p str) -> Option<(&'a Stage, &'p str)> {
    let rest = path.strip_prefix('/')?;
    let end = rest.find('/').unwrap_or(rest.len());
    let stage = api.stage(&rest[..end])?;
    let path = &rest[end..];
    Some((stage, if path.is_empty() { "/" } else { path }))
}

/// Whether the path after the stage begins with the stage's name again: the classic doubled stage.
#[must_use]
pub fn is_stage_doubled(stage: &Stage, path: &str) -> bool {
    path.split('/').nth(1) == Some(&stage.name)
}

/// Whether a raw query has a character that API Gateway wants percent-encoded
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>).
#[must_use]
pub fn needs_encoding(query: &str) -> bool {
    query.contains(['|', '{', '}'])
}

fn method_of<'a>(resource: &'a Resource, http_method: &str) -> Option<&'a Method> {
    let find = |name: &str| resource.methods.iter().find(|method| &*method.http_method == name);
    find(http_method).or_else(|| find("ANY"))
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::fixture;

    #[test]
    fn the_most_specific_resource_wins() {
        let paths =
            ["/", "/items", "/items/{id}", "/items/{id}/parts", "/items/new", "/files/{proxy+}", "/a/{b}/c"];
        let api = fixture::api(&fixture::document(&paths));
        for (path, expected) in [
            ("/", Some(("/", ""))),
            ("/items", Some(("/items", ""))),
            ("/items/", Some(("/items", ""))),
            ("/items/7", Some(("/items/{id}", "id=7"))),
            ("/items/a%2Fb", Some(("/items/{id}", "id=a%2Fb"))),
            ("/items/new", Some(("/items/new", ""))),
            ("/items/new/parts", Some(("/items/{id}/parts", "id=new"))),
            ("/items/7/parts/", Some(("/items/{id}/parts", "id=7"))),
            ("/items/7/none", None),
            ("/files/x/y%20z/", Some(("/files/{proxy+}", "proxy=x/y%20z"))),
            ("/files", None),
            ("/files/", None),
            ("/a//c", None),
            ("/Items", None),
            ("", Some(("/", ""))),
        ] {
            let found = fixture::deployment(&api).resources.route("POST", path);
            let found = found.map(|route| {
                let parameters: Vec<_> =
                    route.path_parameters.iter().map(|(n, v)| format!("{n}={v}")).collect();
                (route.resource.path.to_string(), parameters.join("&"))
            });
            let expected = expected.map(|(path, parameters)| (path.to_owned(), parameters.to_owned()));
            assert_eq!(found, expected, "{path}");
        }
        assert!(fixture::deployment(&api).resources.route("GET", "/items").is_none(), "no GET and no ANY");
    }

    #[test]
    fn any_takes_what_no_method_takes() {
        let mut document = fixture::document(&["/x", "/{proxy+}"]);
        let any = document["paths"]["/{proxy+}"]["post"].clone();
        document["paths"]["/{proxy+}"] = serde_json::json!({"x-amazon-apigateway-any-method": any});
        let api = fixture::api(&document);
        for (method, path, expected) in
            [("POST", "/x", "/x"), ("GET", "/x", "/{proxy+}"), ("DELETE", "/y/z", "/{proxy+}")]
        {
            let route = fixture::deployment(&api).resources.route(method, path).expect(path);
            assert_eq!(&*route.resource.path, expected, "{method} {path}");
        }
    }

    #[test]
    fn what_a_path_nearly_names() {
        let paths = ["/items/{id}", "/files/{proxy+}", "/a/{b}/{rest+}", "/{id}"];
        let api = fixture::api(&fixture::document(&paths));
        for (path, greedy, without_prefix) in [
            ("/files", Some("/files/{proxy+}"), None),
            ("/files/", Some("/files/{proxy+}"), None),
            ("/a/7", Some("/a/{b}/{rest+}"), None),
            ("/", None, None),
            ("/items", None, None),
            ("/api/items/7", None, Some("/items/{id}")),
            ("/v1/api/files/x/y", None, Some("/files/{proxy+}")),
            ("/api/7", None, None),
            ("/api/", None, None),
        ] {
            let found = fixture::deployment(&api)
                .resources
                .greedy_below("POST", path)
                .map(|resource| &*resource.path);
            assert_eq!(found, greedy, "{path}");
            let found = fixture::deployment(&api)
                .resources
                .without_prefix("POST", path)
                .map(|resource| &*resource.path);
            assert_eq!(found, without_prefix, "{path}");
        }
        let root = fixture::api(&fixture::document(&["/{proxy+}"]));
        let found =
            fixture::deployment(&root).resources.greedy_below("POST", "/").map(|resource| &*resource.path);
        assert_eq!(found, Some("/{proxy+}"));
        assert!(fixture::deployment(&root).resources.greedy_below("GET", "/").is_none(), "another method");
        assert!(
            super::needs_encoding("a={b}") && super::needs_encoding("a|b") && !super::needs_encoding("a=%7C")
        );
    }

    #[test]
    fn the_first_segment_is_the_stage() {
        let api = fixture::api(&fixture::document(&["/x"]));
        for (path, expected) in [
            ("/prod", Some("/")),
            ("/prod/", Some("/")),
            ("/prod/x/", Some("/x/")),
            ("/prod//x", Some("//x")),
            ("/Prod/x", None),
            ("/x", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(super::split_stage(&api, path).map(|(_, rest)| rest), expected, "{path}");
        }
        assert!(
            super::is_stage_doubled(&api.stages[0], "/prod/x")
                && !super::is_stage_doubled(&api.stages[0], "/x")
        );
    }

    #[test]
    fn the_source_arn_has_a_star_for_each_parameter() {
        let api = fixture::api(&fixture::document(&["/x"]));
        let arn = "arn:aws:execute-api:us-east-1:123456789012:abc1234567/prod";
        for (method, path, expected) in
            [("GET", "/", "/GET/"), ("GET", "/a/{b}/c", "/GET/a/*/c"), ("ANY", "/{proxy+}", "/*/*")]
        {
            assert_eq!(api.source_arn(&api.stages[0], method, path), format!("{arn}{expected}"));
        }
    }
}
