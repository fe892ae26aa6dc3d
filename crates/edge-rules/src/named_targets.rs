//! Which other objects of the same site does an answer to an unsafe method name?
//!
//! Authority: RFC 9111 §4.4: what `Location` and `Content-Location` name may have changed, too; what belongs to another
//! origin is nobody's business here. URLs are resolved as RFC 3986 §5.2 says.

use frontgate_message::{Headers, RequestHead, Target};

/// The targets that `Location` and `Content-Location` of an answer to `head` name, as far as they are of the same origin
/// and not the one that was asked for.
#[must_use]
pub fn named_targets(head: &RequestHead, answer: &Headers) -> Vec<Target> {
    let values = ["Location", "Content-Location"].into_iter().filter_map(|name| answer.first_text(name));
    let targets = values.filter_map(|value| resolve(head, value.trim()));
    targets.filter(|target| *target != head.target).collect()
}

/// The target of a reference, where it is of the origin that was asked.
fn resolve(head: &RequestHead, reference: &str) -> Option<Target> {
    let reference = reference.split_once('#').map_or(reference, |(before, _)| before);
    if let Some(local) = of_same_origin(head, reference)? {
        return Some(Target::new(if local.is_empty() { "/" } else { local }));
    }
    let path = head.target.path();
    let (own_path, query) = match reference.split_once('?') {
        Some((own_path, query)) => (own_path, Some(query)),
        None => (reference, None),
    };
    let resolved = match own_path {
        "" => path.to_owned(),
        absolute if absolute.starts_with('/') => without_dots(absolute),
        relative => {
            let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
            without_dots(&format!("{folder}{relative}"))
        }
    };
    let query = query.or_else(|| head.target.query().filter(|_| reference.is_empty()));
    Some(Target::new(&query.map_or_else(|| resolved.clone(), |query| format!("{resolved}?{query}"))))
}

/// What follows the authority of an absolute reference: `Some(None)` where there is no authority, `None` where it is
/// another origin's or nothing that the web knows.
fn of_same_origin<'a>(head: &RequestHead, reference: &'a str) -> Option<Option<&'a str>> {
    let (scheme, rest) = match reference.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        _ => (None, reference),
    };
    if scheme.is_some_and(|scheme| !scheme.eq_ignore_ascii_case(head.scheme().as_str())) {
        return None;
    }
    let Some(rest) = rest.strip_prefix("//") else {
        return scheme.is_none().then_some(None);
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let asked = head.headers.first_text("Host").unwrap_or(&head.host);
    let default_port = match head.scheme().as_str() {
        "https" => ":443",
        _ => ":80",
    };
    let bare = |authority: &'a str| authority.strip_suffix(default_port).unwrap_or(authority);
    let is_same = bare(&rest[..end]).eq_ignore_ascii_case(asked.strip_suffix(default_port).unwrap_or(asked));
    is_same.then_some(Some(&rest[end..]))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// RFC 3986 §5.2.4, of a path that starts with a slash.
fn without_dots(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut ends_in_folder = false;
    for segment in path.split('/').skip(1) {
        ends_in_folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    if ends_in_folder {
        segments.push("");
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use frontgate_message::{Headers, Method};

    use super::named_targets;
    use crate::fixture::head;

    #[test]
    fn references_are_resolved() {
        let rows: &[(&str, Option<&str>)] = &[
            ("/b", Some("/b")),
            ("/b?x=1#top", Some("/b?x=1")),
            ("/b/../c/./d/..", Some("/c/")),
            ("7", Some("/items/7")),
            ("7/parts?x", Some("/items/7/parts?x")),
            ("../other", Some("/other")),
            ("../../../other", Some("/other")),
            ("?q=2", Some("/items/new?q=2")),
            ("", None),
            ("#here", None),
            ("https://www.example.com/c", Some("/c")),
            ("HTTPS://WWW.example.com:443/c", Some("/c")),
            ("https://www.example.com", Some("/")),
            ("https://www.example.com?x", Some("?x")),
            ("//www.example.com/d", Some("/d")),
            ("http://www.example.com/c", None),
            ("https://www.example.com:8443/c", None),
            ("https://other.example.com/c", None),
            ("mailto:me@example.com", None),
            ("https:/c", None),
        ];
        for (reference, expected) in rows {
            let head = head(Method::Post, "/items/new?q=1", &[("Host", "www.example.com")]);
            for name in ["Location", "Content-Location"] {
                let found = named_targets(&head, &Headers::from_iter([(name, reference)]));
                let found: Vec<&str> = found.iter().map(|target| target.as_str()).collect();
                assert_eq!(found, expected.iter().copied().collect::<Vec<_>>(), "{reference}");
            }
        }
    }
}
