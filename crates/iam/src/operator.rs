//! The condition operators and their suffixes and prefixes.
//!
//! Authority: IAM user guide, *IAM JSON policy elements: Condition operators*
//! (`reference_policies_elements_condition_operators`).

use frontgate_aws::Source::{self, Documented};

/// An operator as a document names it, such as `ForAnyValue:StringLikeIfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) test: Test,
    /// `…Not…`: true where no value matches.
    pub(crate) negated: bool,
    /// `…IfExists`: true where the key is missing.
    pub(crate) if_exists: bool,
    pub(crate) quantifier: Option<Quantifier>,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Arn,
    Binary,
    Bool,
    Date(Comparison),
    IpAddress,
    Null,
    Numeric(Comparison),
    String { like: bool, ignore_case: bool },
}

/// How the value of the request stands to that of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equals,
    GreaterThan,
    GreaterThanEquals,
    LessThan,
    LessThanEquals,
}

/// How many of the values of a key must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    ForAllValues,
    ForAnyValue,
}

impl Operator {
    /// The operator with that name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(Quantifier::ForAllValues), rest),
            Some(("ForAnyValue", rest)) => (Some(Quantifier::ForAnyValue), rest),
            Some(_) => return None,
            None => (None, name),
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(rest) => (rest, true),
            None => (name, false),
        };
        let row = OPERATORS.iter().find(|row| row.name == name)?;
        let is_valid = !(if_exists && row.test == Test::Null);
        is_valid.then_some(Self { test: row.test, negated: row.negated, if_exists, quantifier })
    }
}

impl Comparison {
    pub(crate) fn holds<T: PartialOrd>(self, actual: T, expected: T) -> bool {
        match self {
            Self::Equals => actual == expected,
            Self::GreaterThan => actual > expected,
            Self::GreaterThanEquals => actual >= expected,
            Self::LessThan => actual < expected,
            Self::LessThanEquals => actual <= expected,
        }
    }
}

struct Row {
    name: &'static str,
    test: Test,
    negated: bool,
    #[expect(dead_code, reason = "every row of an AWS table names its authority")]
    source: Source,
}

const fn row(name: &'static str, test: Test, negated: bool) -> Row {
    Row { name, test, negated, source: Documented("reference_policies_elements_condition_operators") }
}

const EXACT: Test = Test::String { like: false, ignore_case: false };
const IGNORE_CASE: Test = Test::String { like: false, ignore_case: true };
const LIKE: Test = Test::String { like: true, ignore_case: false };

const OPERATORS: &[Row] = &[
    row("ArnEquals", Test::Arn, false),
    row("ArnLike", Test::Arn, false),
    row("ArnNotEquals", Test::Arn, true),
    row("ArnNotLike", Test::Arn, true),
    row("BinaryEquals", Test::Binary, false),
    row("Bool", Test::Bool, false),
    row("DateEquals", Test::Date(Comparison::Equals), false),
    row("DateGreaterThan", Test::Date(Comparison::GreaterThan), false),
    row("DateGreaterThanEquals", Test::Date(Comparison::GreaterThanEquals), false),
    row("DateLessThan", Test::Date(Comparison::LessThan), false),
    row("DateLessThanEquals", Test::Date(Comparison::LessThanEquals), false),
    row("DateNotEquals", Test::Date(Comparison::Equals), true),
    row("IpAddress", Test::IpAddress, false),
    row("NotIpAddress", Test::IpAddress, true),
    row("Null", Test::Null, false),
    row("NumericEquals", Test::Numeric(Comparison::Equals), false),
    row("NumericGreaterThan", Test::Numeric(Comparison::GreaterThan), false),
    row("NumericGreaterThanEquals", Test::Numeric(Comparison::GreaterThanEquals), false),
    row("NumericLessThan", Test::Numeric(Comparison::LessThan), false),
    row("NumericLessThanEquals", Test::Numeric(Comparison::LessThanEquals), false),
    row("NumericNotEquals", Test::Numeric(Comparison::Equals), true),
    row("StringEquals", EXACT, false),
    row("StringEqualsIgnoreCase", IGNORE_CASE, false),
    row("StringLike", LIKE, false),
    row("StringNotEquals", EXACT, true),
    row("StringNotEqualsIgnoreCase", IGNORE_CASE, true),
    row("StringNotLike", LIKE, true),
];

#[cfg(test)]
mod tests {
    use super::{OPERATORS, Operator, Quantifier};

    #[test]
    fn names_are_sorted_and_found() {
        assert!(OPERATORS.is_sorted_by_key(|row| row.name));
        let operator = Operator::parse("ForAnyValue:StringNotLikeIfExists").expect("an operator");
        assert!(operator.negated && operator.if_exists);
        assert_eq!(operator.quantifier, Some(Quantifier::ForAnyValue));
        for name in ["", "stringequals", "ForSome:StringLike", "NullIfExists", "StringEqualsIf"] {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
    }
}
