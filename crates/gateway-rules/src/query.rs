//! The parameters of a query string as REST APIs read them, and as HTTP APIs do.
//!
//! Recorded from `test_lambda_aws_proxy_integration`: names and values are decoded and `+` is a blank; `;` parts
//! parameters like `&` (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>).

use frontgate_aws::percent_decode;

/// Name and value of each parameter, decoded, in order.
#[must_use]
pub fn parse_query(query: &str) -> Vec<(String, String)> {
    decoded(query.split(['&', ';']))
}

/// The same for an HTTP API, where `;` parts nothing.
#[must_use]
pub fn parse_http_api_query(query: &str) -> Vec<(String, String)> {
    decoded(query.split('&'))
}

fn decoded<'a>(pairs: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    String::from_utf8_lossy(&percent_decode(&text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{parse_http_api_query, parse_query};

    #[test]
    fn parameters_are_decoded_and_keep_their_order() {
        for (query, expected) in [
            ("", &[][..]),
            ("a=1&b=2&a=3", &[("a", "1"), ("b", "2"), ("a", "3")]),
            (
                "email=test%2Balias@x&plus=test+alias@x",
                &[("email", "test+alias@x"), ("plus", "test alias@x")],
            ),
            ("a;b=", &[("a", ""), ("b", "")]),
            ("a=b=c&&%zz", &[("a", "b=c"), ("%zz", "")]),
        ] {
            let parsed = parse_query(query);
            let parsed: Vec<_> = parsed.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(parsed, expected, "{query}");
        }
        assert_eq!(
            parse_http_api_query("a;b=1&c"),
            [("a;b".into(), "1".into()), ("c".into(), String::new())]
        );
    }
}
