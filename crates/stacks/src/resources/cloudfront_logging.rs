//! `Logging` of a distribution: the bucket that its standard access logs are written to.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html>.

use frontgate_edge_rules::Logging;
use frontgate_edge_rules::access_log::{file_prefix, is_valid_prefix};
use frontgate_template::Span;

use crate::maker::Maker;
use crate::properties::{Object, Problems};

/// A distribution whose bucket is looked up when all buckets are made.
pub struct LoggingDraft {
    distribution_id: Box<str>,
    /// The property, as messages call it.
    path: String,
    span: Span,
    /// The bucket's name, without the service's.
    bucket: String,
    prefix: String,
    include_cookies: bool,
}

/// Reads it; a distribution without a bucket for its logs has none.
pub fn draft(config: &Object<'_>, distribution_id: &str) -> Option<LoggingDraft> {
    let logging = config.object("Logging")?;
    let bucket = logging.text("Bucket").filter(|text| !text.value.is_empty());
    let prefix = logging.text("Prefix");
    let include_cookies = logging.flag("IncludeCookies").unwrap_or(false);
    logging.finish();
    if let Some(prefix) = prefix.as_ref().filter(|prefix| !is_valid_prefix(&prefix.value)) {
        let message = format!("{}.Prefix: InvalidArgument: `{}`", logging.path(), prefix.value);
        let cure = "Write names with slashes between them, such as logs/site; at most 256 characters.";
        logging.problems().error(prefix.span, message, "no folder can have this name", cure);
    }
    let bucket = bucket?;
    let path = format!("{}.Bucket", logging.path());
    let Some(name) = bucket_name(&bucket.value) else {
        let message = format!(
            "{path}: InvalidArgument: The parameter Logging Bucket does not refer to a valid S3 bucket."
        );
        let cure = "Give the bucket's domain name: !GetAtt Bucket.DomainName.";
        logging.problems().error(bucket.span, message, "not NAME.s3.amazonaws.com", cure);
        return None;
    };
    Some(LoggingDraft {
        distribution_id: distribution_id.into(),
        path,
        span: bucket.span,
        bucket: name.to_owned(),
        prefix: file_prefix(prefix.as_ref().map_or("", |prefix| &prefix.value)),
        include_cookies,
    })
}

/// Finds the buckets.
pub fn close(maker: &mut Maker<'_>, problems: &Problems) {
    for draft in std::mem::take(&mut maker.logging) {
        let LoggingDraft { distribution_id, path, span, bucket: name, prefix, include_cookies } = draft;
        let Some(bucket) = maker.resources.buckets.iter().find(|bucket| *bucket.name == *name) else {
            let message = format!("{path}: NoSuchBucket: there is no bucket {name} here");
            problems.error(span, message, "not in this stack", "Make the bucket in this template.");
            continue;
        };
        if !bucket.acls_enabled {
            let message = format!(
                "{path}: InvalidArgument: The S3 bucket that you specified for CloudFront logs does not enable ACL \
                 access: {name}.s3.amazonaws.com"
            );
            let cure =
                "Give the bucket OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerPreferred}]}.";
            problems.error(span, message, "ACLs are disabled in this bucket", cure);
        }
        let Some(folder) = bucket.folder.clone() else {
            let message = format!("{path}: the bucket {name} has no folder to keep the log files in");
            let cure = "Name one with --bucket NAME=FOLDER, or in the bucket's Metadata: frontgate: {folder: ./logs}.";
            problems.error(span, message, "no folder", cure);
            continue;
        };
        let mut distributions = maker.resources.distributions.iter_mut();
        if let Some(distribution) = distributions.find(|other| other.id == distribution_id) {
            let (bucket, prefix) = (bucket.name.clone(), prefix.into());
            distribution.logging = Some(Logging { bucket, folder, prefix, include_cookies });
        }
    }
}

/// The name in `NAME.s3.amazonaws.com` and `NAME.s3.REGION.amazonaws.com`.
fn bucket_name(domain: &str) -> Option<&str> {
    let (name, service) = domain.strip_suffix(".amazonaws.com")?.rsplit_once(".s3")?;
    let is_region = |rest: &str| rest.strip_prefix('.').is_some_and(|region| !region.contains('.'));
    (!name.is_empty() && (service.is_empty() || is_region(service))).then_some(name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn buckets_have_domain_names() {
        for (domain, name) in [
            ("logs.s3.amazonaws.com", Some("logs")),
            ("my.logs.s3.eu-central-1.amazonaws.com", Some("my.logs")),
            ("logs", None),
            (".s3.amazonaws.com", None),
            ("logs.s3-website-us-east-1.amazonaws.com", None),
        ] {
            assert_eq!(super::bucket_name(domain), name, "{domain}");
        }
    }
}
