//! Which certificate may a distribution have, and what does a viewer meet under each of its names?
//!
//! Authority: `ViewerCertificate` of CloudFront's API, and
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements>.

use frontgate_aws::{Arn, Source};

use crate::config::Distribution;
use crate::tables::security_policies::{self, SecurityPolicy};
use crate::validate::Violation;

/// The certificate of a distribution and what viewers may agree on with it.
#[derive(Clone, Debug)]
pub struct ViewerCertificate {
    /// The names that the certificate holds; none where it is not known here.
    pub names: Vec<Box<str>>,
    /// The security policy of the alternate domain names.
    pub security_policy: &'static SecurityPolicy,
}

impl Default for ViewerCertificate {
    /// CloudFront's own certificate.
    fn default() -> Self {
        Self { names: Vec::new(), security_policy: security_policies::OF_DEFAULT_CERTIFICATE }
    }
}

/// The security policy under a name of a distribution. Its own domain name has CloudFront's certificate, whose policy is
/// fixed (the API's page of `ViewerCertificate`).
#[must_use]
pub fn security_policy(distribution: &Distribution, server_name: &str) -> &'static SecurityPolicy {
    if server_name == &*distribution.domain_name {
        security_policies::OF_DEFAULT_CERTIFICATE
    } else {
        distribution.viewer_certificate.security_policy
    }
}

/// Whether a certificate that holds `names` is good for a name: an asterisk stands for exactly one label.
#[must_use]
pub fn covers(names: &[Box<str>], name: &str) -> bool {
    let parent = name.split_once('.').map(|(_, parent)| parent);
    names.iter().any(|held| {
        held.eq_ignore_ascii_case(name)
            || held
                .strip_prefix("*.")
                .is_some_and(|rest| parent.is_some_and(|p| p.eq_ignore_ascii_case(rest)))
    })
}

/// What is wrong with the certificate of an alternate domain name, if the names that it holds are known.
#[must_use]
pub fn alias_not_covered(names: &[Box<str>], alias: &str) -> Option<Violation> {
    (!covers(names, alias)).then(|| Violation {
        code: INVALID,
        message: format!(
            "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that \
             you're trying to add. For more details, see: {REQUIREMENTS} ({alias} is not among {}.)",
            names.join(", ")
        ),
        source: Source::Recorded("hashicorp/terraform-provider-aws#13828"),
    })
}

/// What is wrong with alternate domain names that have no certificate but CloudFront's own.
#[must_use]
pub fn no_certificate() -> Violation {
    Violation {
        code: INVALID,
        message: format!(
            "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate \
             that validates your authorization to use the domain name. For more details, see: {REQUIREMENTS}"
        ),
        source: Source::Recorded("cloudposse/terraform-aws-cloudfront-s3-cdn#72"),
    }
}

/// What is wrong with `AcmCertificateArn`: CloudFront takes certificates of us-east-1 only.
#[must_use]
pub fn certificate_arn(arn: &str) -> Option<Violation> {
    let parsed = Arn::parse(arn);
    let usable = parsed.is_some_and(|arn| {
        matches!(arn.service, "acm" | "iam")
            && (arn.service == "iam" || arn.region == REGION)
            && !arn.resource.is_empty()
    });
    (!usable).then(|| Violation {
        code: INVALID,
        message:
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't \
                  include a valid certificate chain."
                .to_owned(),
        source: Source::Recorded("the text that CloudFront's API answers, as users quote it"),
    })
}

/// Where the certificates of viewers have to be.
pub const REGION: &str = "us-east-1";

const INVALID: &str = "InvalidViewerCertificate";

const REQUIREMENTS: &str = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements";

#[cfg(test)]
mod tests {
    use super::{alias_not_covered, certificate_arn, covers, security_policy};
    use crate::fixture;
    use crate::tables::security_policies;

    #[test]
    fn an_asterisk_covers_one_label() {
        let names = ["www.example.com".into(), "*.wild.com".into()];
        let rows = [
            ("www.example.com", true),
            ("WWW.example.com", true),
            ("a.www.example.com", false),
            ("example.com", false),
            ("a.wild.com", true),
            ("*.wild.com", true),
            ("a.b.wild.com", false),
            ("wild.com", false),
            ("*.b.wild.com", false),
            ("com", false),
        ];
        for (name, expected) in rows {
            assert_eq!(covers(&names, name), expected, "{name}");
            assert_eq!(alias_not_covered(&names, name).is_none(), expected, "{name}");
        }
    }

    #[test]
    fn certificates_are_of_us_east_1() {
        let rows = [
            ("arn:aws:acm:us-east-1:123456789012:certificate/1234", true),
            ("arn:aws:iam::123456789012:server-certificate/x", true),
            ("arn:aws:acm:eu-west-1:123456789012:certificate/1234", false),
            ("arn:aws:s3:::bucket", false),
            ("my certificate", false),
            ("", false),
        ];
        for (arn, expected) in rows {
            assert_eq!(certificate_arn(arn).is_none(), expected, "{arn}");
        }
    }

    #[test]
    fn the_own_domain_name_has_the_policy_of_cloudfronts_certificate() {
        let mut distribution =
            fixture::distribution(fixture::behavior(fixture::policy_key(fixture::cache_policy())));
        let strict = security_policies::find("TLSv1.3_2025").expect("it is in the table");
        distribution.viewer_certificate.security_policy = strict;
        assert_eq!(security_policy(&distribution, "www.example.com").name, "TLSv1.3_2025");
        assert_eq!(security_policy(&distribution, "d111111abcdef8.cloudfront.net").name, "TLSv1");
    }
}
