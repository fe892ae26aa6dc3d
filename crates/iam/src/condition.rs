//! Does a condition hold for a request?
//!
//! Authority: IAM user guide, *Conditions with multiple context keys or values*
//! (`reference_policies_condition-logic-multiple-context-keys-or-values`) and *Condition operators*.

use frontgate_aws::base64_decode;

use crate::Request;
use crate::address::Cidr;
use crate::date;
use crate::operator::{Comparison, Operator, Quantifier, Test};
use crate::pattern::{ArnPattern, Pattern, Syntax};

/// One operator with one key and its values: the values are alternatives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    /// The operator's name as the document has it.
    pub(crate) operator_name: Box<str>,
    pub(crate) operator: Operator,
    pub(crate) key: Box<str>,
    /// The values as the document has them.
    pub(crate) values: Vec<Box<str>>,
    operands: Operands,
}

/// The values of a condition, compiled for its operator.
#[derive(Clone, Debug, PartialEq)]
enum Operands {
    Addresses(Vec<Cidr>),
    Arns(Vec<ArnPattern>),
    Binaries(Vec<Vec<u8>>),
    Booleans(Vec<bool>),
    Dates(Comparison, Vec<i64>),
    Numbers(Comparison, Vec<f64>),
    Texts { patterns: Vec<Pattern>, ignore_case: bool },
}

impl Condition {
    /// Compiles a condition; the index of the value that does not fit the operator where one does not.
    pub(crate) fn new(
        operator_name: &str,
        operator: Operator,
        key: &str,
        values: Vec<Box<str>>,
        variables: bool,
    ) -> Result<Self, usize> {
        let operands = match operator.test {
            Test::Arn => Operands::Arns(values.iter().map(|text| ArnPattern::new(text, variables)).collect()),
            Test::Binary => Operands::Binaries(each(&values, base64_decode)?),
            Test::Bool | Test::Null => Operands::Booleans(each(&values, boolean)?),
            Test::Date(comparison) => Operands::Dates(comparison, each(&values, date::milliseconds)?),
            Test::IpAddress => Operands::Addresses(each(&values, Cidr::parse)?),
            Test::Numeric(comparison) => Operands::Numbers(comparison, each(&values, number)?),
            Test::String { like, ignore_case } => {
                let syntax = Syntax { wildcards: like, variables };
                let patterns = values.iter().map(|text| Pattern::new(text, syntax)).collect();
                Operands::Texts { patterns, ignore_case }
            }
        };
        Ok(Self { operator_name: operator_name.into(), operator, key: key.into(), values, operands })
    }

    pub(crate) fn holds(&self, request: &Request<'_>) -> bool {
        let mut values = request.values(&self.key).peekable();
        let is_missing = values.peek().is_none();
        if let (Test::Null, Operands::Booleans(wanted)) = (self.operator.test, &self.operands) {
            return wanted.contains(&is_missing);
        }
        let passes = |value: &str| self.matches(value, request) != self.operator.negated;
        match self.operator.quantifier {
            _ if is_missing && self.operator.if_exists => true,
            Some(Quantifier::ForAllValues) => values.all(passes),
            Some(Quantifier::ForAnyValue) => values.any(passes),
            // A negated operator is true for a key that is missing.
            None if self.operator.negated => values.all(passes),
            None => values.any(passes),
        }
    }

    /// Whether every value is fixed: no wildcard and no variable, and no range wider than the prefixes given.
    pub(crate) fn has_fixed_values(&self, ipv4_prefix_min: u8, ipv6_prefix_min: u8) -> bool {
        match &self.operands {
            Operands::Texts { patterns, .. } => patterns.iter().all(Pattern::is_fixed),
            Operands::Arns(arns) => arns.iter().all(|arn| arn.whole.is_fixed()),
            Operands::Addresses(ranges) => ranges.iter().all(|range| {
                range.prefix_length >= if range.is_ipv4() { ipv4_prefix_min } else { ipv6_prefix_min }
            }),
            _ => true,
        }
    }

    /// Whether one of the values matches, the negation aside.
    fn matches(&self, value: &str, request: &Request<'_>) -> bool {
        match &self.operands {
            Operands::Texts { patterns, ignore_case: false } => {
                patterns.iter().any(|p| p.matches(value, request))
            }
            Operands::Texts { patterns, ignore_case: true } => {
                patterns.iter().any(|p| p.matches_ignoring_case(value, request))
            }
            Operands::Arns(arns) => arns.iter().any(|arn| arn.matches(value, request)),
            Operands::Binaries(wanted) => base64_decode(value).is_some_and(|value| wanted.contains(&value)),
            Operands::Booleans(wanted) => boolean(value).is_some_and(|value| wanted.contains(&value)),
            Operands::Dates(comparison, wanted) => date::milliseconds(value)
                .is_some_and(|value| wanted.iter().any(|wanted| comparison.holds(value, *wanted))),
            Operands::Numbers(comparison, wanted) => number(value)
                .is_some_and(|value| wanted.iter().any(|wanted| comparison.holds(value, *wanted))),
            Operands::Addresses(ranges) => {
                value.parse().is_ok_and(|address| ranges.iter().any(|range| range.contains(address)))
            }
        }
    }
}

fn each<T>(values: &[Box<str>], parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, usize> {
    values.iter().enumerate().map(|(index, text)| parse(text).ok_or(index)).collect()
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::{Condition, Operator};
    use crate::{Principal, Request};

    const CONTEXT: &[(&str, &str)] = &[
        ("aws:SourceIp", "203.0.113.9"),
        ("aws:SecureTransport", "true"),
        ("aws:CurrentTime", "2026-02-03T04:05:06Z"),
        ("aws:EpochTime", "1770091506"),
        ("aws:username", "Ann"),
        ("aws:SourceArn", "arn:aws:cloudfront::123456789012:distribution/E1"),
        ("aws:TagKeys", "a"),
        ("aws:TagKeys", "b"),
        ("s3:max-keys", "10"),
        ("x:blob", "QUJD"),
    ];

    #[test]
    fn operators() {
        for (operator, key, values, expected) in [
            ("StringEquals", "AWS:UserName", &["Bob", "Ann"][..], true),
            ("StringEquals", "aws:username", &["ann"], false),
            ("StringEquals", "aws:username", &["A*"], false),
            ("StringEqualsIgnoreCase", "aws:username", &["aNN"], true),
            ("StringNotEquals", "aws:username", &["Bob", "Ann"], false),
            ("StringNotEquals", "aws:missing", &["x"], true),
            ("StringNotEqualsIgnoreCase", "aws:username", &["ANN"], false),
            ("StringEquals", "aws:missing", &["x"], false),
            ("StringEqualsIfExists", "aws:missing", &["x"], true),
            ("StringEqualsIfExists", "aws:username", &["x"], false),
            ("StringLike", "aws:username", &["A?n"], true),
            ("StringNotLike", "aws:username", &["A*"], false),
            ("StringEquals", "aws:username", &["${aws:username}"], true),
            ("NumericLessThanEquals", "s3:max-keys", &["10"], true),
            ("NumericLessThan", "s3:max-keys", &["10"], false),
            ("NumericGreaterThan", "s3:max-keys", &["9.5"], true),
            ("NumericGreaterThanEquals", "s3:max-keys", &["11"], false),
            ("NumericNotEquals", "s3:max-keys", &["9"], true),
            ("NumericEquals", "aws:username", &["9"], false),
            ("DateGreaterThan", "aws:CurrentTime", &["2026-02-03T04:05:05Z"], true),
            ("DateLessThan", "aws:CurrentTime", &["2026-02-03T05:05:06+01:00"], false),
            ("DateEquals", "aws:EpochTime", &["2026-02-03T04:05:06Z"], true),
            ("Bool", "aws:SecureTransport", &["True"], true),
            ("Bool", "aws:SecureTransport", &["false"], false),
            ("BoolIfExists", "aws:MultiFactorAuthPresent", &["true"], true),
            ("BinaryEquals", "x:blob", &["QUJD"], true),
            ("IpAddress", "aws:SourceIp", &["10.0.0.0/8", "203.0.113.0/24"], true),
            ("NotIpAddress", "aws:SourceIp", &["203.0.113.0/24"], false),
            ("NotIpAddress", "aws:VpcSourceIp", &["203.0.113.0/24"], true),
            ("ArnLike", "aws:SourceArn", &["arn:aws:cloudfront::*:distribution/*"], true),
            ("ArnEquals", "aws:SourceArn", &["arn:aws:cloudfront::123456789012:distribution/E2"], false),
            ("ArnNotLike", "aws:SourceArn", &["arn:aws:s3:::*"], true),
            ("Null", "aws:SourceArn", &["false"], true),
            ("Null", "aws:missing", &["true"], true),
            ("Null", "aws:missing", &["false"], false),
            ("ForAllValues:StringEquals", "aws:TagKeys", &["a", "b", "c"], true),
            ("ForAllValues:StringEquals", "aws:TagKeys", &["a"], false),
            ("ForAllValues:StringEquals", "aws:missing", &["a"], true),
            ("ForAllValues:StringNotEquals", "aws:TagKeys", &["c"], true),
            ("ForAnyValue:StringEquals", "aws:TagKeys", &["b"], true),
            ("ForAnyValue:StringEquals", "aws:missing", &["b"], false),
            ("ForAnyValue:StringNotEquals", "aws:TagKeys", &["a"], true),
        ] {
            let parsed = Operator::parse(operator).expect(operator);
            let values = values.iter().map(|text| (*text).into()).collect();
            let condition = Condition::new(operator, parsed, key, values, true).expect(operator);
            let request =
                Request { principal: Principal::Anonymous, action: "", resource: "", context: CONTEXT };
            assert_eq!(condition.holds(&request), expected, "{operator} {key} {:?}", condition.values);
        }
    }

    #[test]
    fn values_must_fit_the_operator() {
        for (operator, value) in [
            ("Bool", "yes"),
            ("DateEquals", "soon"),
            ("IpAddress", "10.0.0.0/40"),
            ("NumericEquals", "ten"),
            ("Null", ""),
            ("BinaryEquals", "%"),
        ] {
            let parsed = Operator::parse(operator).expect(operator);
            let fault = Condition::new(operator, parsed, "k", vec![value.into()], true).err();
            assert_eq!(fault, Some(0), "{operator} {value}");
        }
    }
}
