//! Amazon Resource Names: `arn:partition:service:region:account:resource`.

/// An ARN split into its six parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// `lambda`, `s3`, …
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// Empty for S3.
    pub account: &'a str,
    /// Everything after the fifth colon.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of `text`, or `None` if it is no ARN.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }
}

/// The ARN of a function without its qualifier, and the qualifier: `arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER`.
#[must_use]
pub fn without_qualifier(function_arn: &str) -> (&str, Option<&str>) {
    match function_arn.match_indices(':').nth(COLONS_BEFORE_QUALIFIER) {
        Some((at, _)) => (&function_arn[..at], Some(&function_arn[at + 1..])),
        None => (function_arn, None),
    }
}

const COLONS_BEFORE_QUALIFIER: usize = 6;

impl std::fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Arn, without_qualifier};

    #[test]
    fn resources_may_hold_colons() {
        let text = "arn:aws:lambda:us-east-1:123456789012:function:f:1";
        let arn = Arn::parse(text).expect("an ARN");
        assert_eq!((arn.service, arn.resource), ("lambda", "function:f:1"));
        assert_eq!(arn.to_string(), text);
        assert_eq!(Arn::parse("arn:aws:s3"), None);
    }

    #[test]
    fn qualifiers_stand_behind_the_name() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
        for (text, expected) in [(arn.to_owned(), None), (format!("{arn}:$LATEST"), Some("$LATEST"))] {
            assert_eq!(without_qualifier(&text), (arn, expected), "{text}");
        }
        assert_eq!(without_qualifier("f"), ("f", None));
    }
}
