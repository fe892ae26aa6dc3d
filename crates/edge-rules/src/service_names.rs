//! Which domain names belong to which service of AWS?

use crate::config::{OriginAccessControl, OriginProtocolPolicy, Upstream};

/// What a domain name of an origin stands for, with these ports; `None` for a service that nothing here answers for.
#[must_use]
pub fn upstream_of(
    domain: &str,
    protocol: OriginProtocolPolicy,
    (http_port, https_port): (u16, u16),
    access_control: Option<OriginAccessControl>,
) -> Option<Upstream> {
    if let Some(bucket) = bucket_of(domain) {
        return Some(Upstream::S3 { bucket: bucket.into(), access_control, access_identity: None });
    }
    if is_function_url(domain) {
        return Some(Upstream::FunctionUrl { protocol, access_control });
    }
    if is_website(domain) {
        return Some(Upstream::Website { protocol });
    }
    if is_execute_api(domain) {
        return Some(Upstream::ApiGateway { protocol });
    }
    if is_unserved(domain) {
        return None;
    }
    Some(Upstream::Custom { protocol, http_port, https_port })
}

/// The bucket of a REST endpoint of S3: `b.s3.amazonaws.com`, `b.s3.REGION.amazonaws.com`, `b.s3-REGION…`.
#[must_use]
pub fn bucket_of(domain: &str) -> Option<&str> {
    let rest = domain.strip_suffix(".amazonaws.com")?;
    if let Some(bucket) = rest.strip_suffix(".s3") {
        return Some(bucket);
    }
    let (head, last) = rest.rsplit_once('.')?;
    if last.starts_with("s3-") && !last.starts_with("s3-website") {
        return Some(head);
    }
    head.strip_suffix(".s3").or_else(|| head.strip_suffix(".s3.dualstack"))
}

/// `API.execute-api.REGION.amazonaws.com`
#[must_use]
pub fn is_execute_api(domain: &str) -> bool {
    let mut labels = domain.split('.');
    labels.next().is_some() && labels.next() == Some("execute-api") && domain.ends_with(".amazonaws.com")
}

/// `ID.lambda-url.REGION.on.aws`
#[must_use]
pub fn is_function_url(domain: &str) -> bool {
    let mut labels = domain.split('.');
    labels.next().is_some() && labels.next() == Some("lambda-url") && domain.ends_with(".on.aws")
}

/// `BUCKET.s3-website-REGION.amazonaws.com`
#[must_use]
pub fn is_website(domain: &str) -> bool {
    domain.contains(".s3-website") && domain.ends_with(".amazonaws.com")
}

/// A name of AWS's that belongs to none of the services above.
#[must_use]
pub fn is_unserved(domain: &str) -> bool {
    (domain.ends_with(".amazonaws.com") && !is_lambda_api(domain)) || domain.ends_with(".cloudfront.net")
}

/// Whether it is an endpoint of Lambda's API: `lambda.REGION.amazonaws.com`.
fn is_lambda_api(domain: &str) -> bool {
    let region = domain.strip_prefix("lambda.").and_then(|rest| rest.strip_suffix(".amazonaws.com"));
    region.is_some_and(|region| !region.is_empty() && !region.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::{bucket_of, is_execute_api, is_function_url, is_unserved, is_website};

    #[test]
    fn names_of_services() {
        for (domain, bucket) in [
            ("b.s3.amazonaws.com", Some("b")),
            ("my.site.s3.eu-west-1.amazonaws.com", Some("my.site")),
            ("b.s3-eu-west-1.amazonaws.com", Some("b")),
            ("b.s3.dualstack.eu-west-1.amazonaws.com", Some("b")),
            ("b.s3-website-eu-west-1.amazonaws.com", None),
            ("example.com", None),
        ] {
            assert_eq!(bucket_of(domain), bucket, "{domain}");
        }
        for (domain, unserved) in [
            ("lambda.eu-west-1.amazonaws.com", false),
            ("lambda.amazonaws.com", true),
            ("sqs.eu-west-1.amazonaws.com", true),
            ("d111111abcdef8.cloudfront.net", true),
            ("example.com", false),
        ] {
            assert_eq!(is_unserved(domain), unserved, "{domain}");
        }
        assert!(is_execute_api("abc.execute-api.us-east-1.amazonaws.com"));
        assert!(!is_execute_api("execute-api.us-east-1.amazonaws.com"));
        assert!(is_function_url("abc.lambda-url.us-east-1.on.aws"));
        assert!(!is_function_url("lambda-url.us-east-1.on.aws"));
        assert!(is_website("b.s3-website.eu-central-1.amazonaws.com"));
        assert!(!is_website("b.s3.eu-central-1.amazonaws.com"));
    }
}
