//! Has a request passed too many distributions, one the origin of the other?
//!
//! Authority: the quota "distributions that can be chained" of
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>, and "HTTP 403 status
//! code" for the answer.

use frontgate_explain::{Fact, FactKind};
use frontgate_message::RequestHead;

use crate::config::Distribution;

/// How many distributions may stand one behind the other.
pub const CHAINED_DISTRIBUTIONS_MAX: usize = 2;

/// The fact of a request that comes by too many distributions; `via_host` is the name by which they call themselves in
/// `Via`, where CloudFront counts by means of its own.
#[must_use]
pub fn chain_too_long(distribution: &Distribution, head: &RequestHead, via_host: &str) -> Option<Fact> {
    let is_ours = |entry: &&str| entry.split_ascii_whitespace().nth(1) == Some(via_host);
    let values = head.headers.all("Via").filter_map(|value| std::str::from_utf8(value).ok());
    let passed = values.flat_map(|value| value.split(',')).filter(is_ours).count();
    let position = u32::try_from(passed + 1).unwrap_or(u32::MAX);
    (passed >= CHAINED_DISTRIBUTIONS_MAX)
        .then(|| Fact::of(FactKind::ChainTooLong).value(position).at(distribution.place))
}

#[cfg(test)]
mod tests {
    use frontgate_message::Method;

    use super::chain_too_long;
    use crate::fixture;

    #[test]
    fn the_third_distribution_refuses() {
        let ours = "2.0 own.cloudfront.net (CloudFront)";
        let rows: &[(&[&str], Option<u32>)] = &[
            (&[], None),
            (&[ours], None),
            (&["1.1 proxy, 1.1 other.cloudfront.net (CloudFront)", ours], None),
            (&[ours, ours], Some(3)),
            (&["2.0 own.cloudfront.net (CloudFront), 1.1 own.cloudfront.net (CloudFront)", ours], Some(4)),
        ];
        let behavior = fixture::behavior(fixture::policy_key(fixture::cache_policy()));
        for (via, position) in rows {
            let fields: Vec<(&str, &str)> = via.iter().map(|value| ("Via", *value)).collect();
            let head = fixture::head(Method::Get, "/", &fields);
            let distribution = fixture::distribution(behavior.clone());
            let fact = chain_too_long(&distribution, &head, "own.cloudfront.net");
            assert_eq!(fact.map(|fact| fact.value), *position, "{via:?}");
        }
    }
}
