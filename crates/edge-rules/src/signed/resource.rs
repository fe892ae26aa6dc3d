//! Does a URL match the `Resource` of a custom policy?
//!
//! Authority: "Wildcard characters" of
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html>:
//! protocol, domain, path and query are compared one by one, and a wildcard does not leave its section.

use crate::paths::wildcards_match;

/// Whether `url` (absolute) matches `resource`.
pub(super) fn resource_matches(resource: &str, url: &str) -> bool {
    if resource == "*" {
        return true;
    }
    let Some((protocol, rest)) = url.split_once("://") else { return false };
    let (wanted_protocol, wanted) = match resource.split_once("://") {
        Some(parts) => parts,
        // "A URL in the policy can omit the protocol section and start with an asterisk in the domain section."
        None if resource.starts_with('*') => ("*", resource),
        None => return false,
    };
    let at = rest.find('/').unwrap_or(rest.len());
    let (domain, path_and_query) = rest.split_at(at);
    let at = wanted.find('/').unwrap_or(wanted.len());
    let (wanted_domain, wanted_path_and_query) = wanted.split_at(at);
    let domain = domain.to_ascii_lowercase();
    matches(wanted_protocol, protocol)
        && matches(&wanted_domain.to_ascii_lowercase(), &domain)
        && path_and_query_match(wanted_domain, wanted_path_and_query, path_and_query)
}

fn path_and_query_match(wanted_domain: &str, wanted: &str, path_and_query: &str) -> bool {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    if wanted.is_empty() {
        // "A trailing asterisk in the domain section implies an asterisk in both the path and query string sections."
        return wanted_domain.ends_with('*') || (matches!(path, "" | "/") && query.is_empty());
    }
    // "A trailing asterisk in the path section implies an asterisk in the query string section."
    let without_query = |wanted: &str| matches(wanted, path) && (query.is_empty() || wanted.ends_with('*'));
    if let Some((wanted_path, wanted_query)) = wanted.split_once("\\?") {
        return matches(wanted_path, path) && matches(wanted_query, query);
    }
    // "Don't use a backslash to escape the question mark that begins the query string": any `?` may be that one.
    without_query(wanted)
        || wanted
            .match_indices('?')
            .any(|(at, _)| matches(&wanted[at + 1..], query) && matches(&wanted[..at], path))
}

fn matches(pattern: &str, text: &str) -> bool {
    wildcards_match(pattern.as_bytes(), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::resource_matches;

    #[test]
    fn each_section_is_compared_by_itself() {
        const ZIP: &str = "https://d111111abcdef8.cloudfront.net/*game_download.zip*";
        let rows = [
            // AWS's own examples.
            (ZIP, "https://d111111abcdef8.cloudfront.net/game_download.zip", true),
            (ZIP, "https://d111111abcdef8.cloudfront.net/example_game_download.zip?license=yes", true),
            (ZIP, "https://d111111abcdef8.cloudfront.net/test_game_download.zip?license=temp", true),
            ("https://www.example.com/hello*world", "https://www.example.com/helloworld", true),
            ("https://www.example.com/hello*world", "https://www.example.com/hello-world", true),
            ("https://www.example.com/hello*world", "https://www.example.net/hello?world", false),
            ("https://www.example.com/hello*world", "https://www.example.com/hello?world", false),
            ("http://example.com/hello*", "http://example.com/hello?a=1", true),
            ("http://example.com*", "http://example.com/a/b?c=d", true),
            ("http://example.com*", "http://example.com.evil.net/a", true),
            ("*example.com", "https://www.example.com/", true),
            ("*example.com", "https://www.example.com/a", false),
            ("https://*", "https://www.example.com/a?b", true),
            ("https://*", "http://www.example.com/a?b", false),
            ("*", "http://www.example.com/a?b", true),
            // Query strings.
            (
                "https://a.net/h.jpg?size=large&license=yes",
                "https://a.net/h.jpg?size=large&license=yes",
                true,
            ),
            ("https://a.net/h.jpg\\?size=large", "https://a.net/h.jpg?size=large", true),
            ("https://a.net/h.jpg?size=large", "https://a.net/h.jpg?size=small", false),
            ("https://a.net/h.jpg", "https://a.net/h.jpg?size=small", false),
            ("https://a.net/h?.jpg", "https://a.net/h1.jpg", true),
            ("https://a.net/h?.jpg?v=*", "https://a.net/h1.jpg?v=2", true),
            ("https://a.net/h.jpg\\?*", "https://a.net/h.jpg", true),
            // Protocol and case.
            ("http*://a.net/*", "https://a.net/x", true),
            ("a.net/x", "https://a.net/x", false),
            ("https://A.net/x", "https://a.net/x", true),
            ("https://a.net/X", "https://a.net/x", false),
            ("https://*.net/x", "https://a.com/y.net/x", false),
            ("https://a.net", "https://a.net/", true),
            ("", "https://a.net/", false),
        ];
        for (resource, url, expected) in rows {
            assert_eq!(resource_matches(resource, url), expected, "{resource} {url}");
        }
    }
}
