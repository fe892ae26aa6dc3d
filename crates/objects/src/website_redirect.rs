//! Where does a website endpoint redirect to? Pure: what is asked is handed in.
//!
//! Authority: Amazon S3 user guide, *Configuring a webpage redirect* (`how-to-page-redirect`). That the query string is
//! kept is inferred from what users see.

use frontgate_aws::percent_encode;
use frontgate_message::{RequestHead, Response};
use frontgate_snapshot::{ReplaceKey, RoutingRule};

/// The first rule that demands no error and whose prefix the key has.
pub(crate) fn rule_before<'r>(rules: &'r [RoutingRule], key: &str) -> Option<&'r RoutingRule> {
    rules.iter().find(|rule| rule.error_code.is_none() && has_prefix(rule, key))
}

/// The first rule for this error and key.
pub(crate) fn rule_after<'r>(rules: &'r [RoutingRule], key: &str, status: u16) -> Option<&'r RoutingRule> {
    rules.iter().find(|rule| rule.error_code == Some(status) && has_prefix(rule, key))
}

/// The redirect of a rule.
pub(crate) fn by_rule(rule: &RoutingRule, head: &RequestHead, key: &str) -> Response {
    let key = match &rule.replace_key {
        ReplaceKey::Keep => key.to_owned(),
        ReplaceKey::With(key) => key.to_string(),
        ReplaceKey::PrefixWith(prefix) => {
            let replaced = rule.key_prefix.as_deref().unwrap_or_default();
            format!("{prefix}{}", key.strip_prefix(replaced).unwrap_or(key))
        }
    };
    let path = format!("/{}", percent_encode(key.as_bytes(), true));
    let status = rule.status.unwrap_or(STATUS_DEFAULT);
    redirect(head, status, rule.protocol.as_deref(), rule.host_name.as_deref(), &path)
}

/// `RedirectAllRequestsTo`
pub(crate) fn all(head: &RequestHead, host_name: &str, protocol: Option<&str>) -> Response {
    redirect(head, STATUS_DEFAULT, protocol, Some(host_name), head.target.path())
}

fn has_prefix(rule: &RoutingRule, key: &str) -> bool {
    rule.key_prefix.as_deref().is_none_or(|prefix| key.starts_with(prefix))
}

fn redirect(
    head: &RequestHead,
    status: u16,
    protocol: Option<&str>,
    host_name: Option<&str>,
    path: &str,
) -> Response {
    let protocol = protocol.unwrap_or_else(|| head.scheme().as_str());
    let host = host_name.unwrap_or_else(|| head.headers.first_text("Host").unwrap_or(&head.host));
    let query = head.target.query().map_or_else(String::new, |query| format!("?{query}"));
    Response::new(status).with_header("Location", &format!("{protocol}://{host}{path}{query}"))
}

const STATUS_DEFAULT: u16 = 301;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use frontgate_explain::PlaceId;
    use frontgate_message::{Connection, Headers, Method, RequestHead, Target, Version};
    use frontgate_snapshot::{ReplaceKey, RoutingRule};

    use super::{all, by_rule, rule_after, rule_before};

    fn head(target: &str) -> RequestHead {
        let address = "203.0.113.9:50000".parse().expect("an address");
        RequestHead {
            method: Method::Get,
            target: Target::new(target),
            version: Version::Http11,
            host: "b.s3-website-us-east-1.amazonaws.com".into(),
            headers: Headers::from_iter([("Host", "b.s3-website-us-east-1.amazonaws.com:8080")]),
            connection: Arc::new(Connection::new(address, address, None)),
            for_error_of: None,
        }
    }

    #[test]
    fn locations() {
        let docs = RoutingRule { key_prefix: Some("docs/".into()), ..RoutingRule::new(PlaceId::NONE) };
        let renamed =
            RoutingRule { replace_key: ReplaceKey::PrefixWith("documents/".into()), ..docs.clone() };
        let elsewhere = RoutingRule {
            host_name: Some("app.example.com".into()),
            protocol: Some("https".into()),
            replace_key: ReplaceKey::With("#!/a b".into()),
            status: Some(302),
            ..RoutingRule::new(PlaceId::NONE)
        };
        for (rule, target, key, status, location) in [
            (&docs, "/docs/a", "docs/a", 301, "http://b.s3-website-us-east-1.amazonaws.com:8080/docs/a"),
            (
                &renamed,
                "/docs/a?x=1",
                "docs/a",
                301,
                "http://b.s3-website-us-east-1.amazonaws.com:8080/documents/a?x=1",
            ),
            (&elsewhere, "/x", "x", 302, "https://app.example.com/%23%21/a%20b"),
        ] {
            let response = by_rule(rule, &head(target), key);
            assert_eq!((response.status, response.header_text("Location")), (status, Some(location)));
        }
        let response = all(&head("/a%20b?c"), "example.com", Some("https"));
        assert_eq!(response.header_text("Location"), Some("https://example.com/a%20b?c"));
    }

    #[test]
    fn the_first_rule_that_fits() {
        let rule = |key_prefix: Option<&str>, error_code| RoutingRule {
            key_prefix: key_prefix.map(Into::into),
            error_code,
            ..RoutingRule::new(PlaceId::NONE)
        };
        let rules = [rule(Some("img/"), Some(404)), rule(Some("old/"), None), rule(None, Some(404))];
        let index = |found: Option<&RoutingRule>| {
            found.and_then(|found| rules.iter().position(|rule| std::ptr::eq(rule, found)))
        };
        assert_eq!(index(rule_before(&rules, "old/a")), Some(1));
        assert_eq!(index(rule_before(&rules, "img/a")), None);
        assert_eq!(index(rule_after(&rules, "img/a", 404)), Some(0));
        assert_eq!(index(rule_after(&rules, "a", 404)), Some(2));
        assert_eq!(index(rule_after(&rules, "a", 403)), None);
    }
}
