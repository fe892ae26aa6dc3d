//! Filters of a path: `[?(@.price < 10 && @.name)]`.

use regex_lite::Regex;
use serde_json::Value;

use super::JsonPath;
use super::parse::{self, DEPTH_MAX, quoted};

/// A condition about an element.
#[derive(Clone, Debug)]
pub enum Filter {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    /// `@.name`
    Exists(JsonPath),
    Compares(Side, Comparison, Side),
    /// `@.name =~ /pattern/i`
    Matches(Side, Regex),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// `@…`
    Here(JsonPath),
    /// `$…`
    Document(JsonPath),
    Literal(Value),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    LessOrEqual,
    GreaterOrEqual,
    Less,
    Greater,
    In,
    NotIn,
    Contains,
}

impl Eq for Filter {}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// The filter after `?`, and what follows it.
pub fn parse(text: &str, depth: usize) -> Option<(Filter, &str)> {
    let (filter, rest) = any(text.trim_start().strip_prefix('(')?, depth)?;
    Some((filter, rest.trim_start().strip_prefix(')')?))
}

fn any(text: &str, depth: usize) -> Option<(Filter, &str)> {
    let (filters, rest) = separated(text, "||", depth, all)?;
    Some((Filter::Any(filters), rest))
}

fn all(text: &str, depth: usize) -> Option<(Filter, &str)> {
    let (filters, rest) = separated(text, "&&", depth, condition)?;
    Some((Filter::All(filters), rest))
}

fn separated<'a>(
    text: &'a str,
    separator: &str,
    depth: usize,
    part: fn(&'a str, usize) -> Option<(Filter, &'a str)>,
) -> Option<(Vec<Filter>, &'a str)> {
    let (first, mut rest) = part(text, depth)?;
    let mut filters = vec![first];
    while let Some(after) = rest.trim_start().strip_prefix(separator) {
        let (filter, after) = part(after, depth)?;
        filters.push(filter);
        rest = after;
    }
    Some((filters, rest))
}

fn condition(text: &str, depth: usize) -> Option<(Filter, &str)> {
    if depth > DEPTH_MAX {
        return None;
    }
    let text = text.trim_start();
    if let Some(inside) = text.strip_prefix('(') {
        let (filter, rest) = any(inside, depth + 1)?;
        return Some((filter, rest.trim_start().strip_prefix(')')?));
    }
    if let Some(negated) = text.strip_prefix('!') {
        let (filter, rest) = condition(negated, depth + 1)?;
        return Some((Filter::Not(Box::new(filter)), rest));
    }
    let (left, rest) = side(text, depth)?;
    let rest = rest.trim_start();
    if let Some(after) = rest.strip_prefix("=~") {
        let (regex, rest) = regex(after.trim_start())?;
        return Some((Filter::Matches(left, regex), rest));
    }
    for (symbol, comparison) in COMPARISONS {
        if let Some(after) = rest.strip_prefix(symbol) {
            let (right, rest) = side(after.trim_start(), depth)?;
            return Some((Filter::Compares(left, comparison, right), rest));
        }
    }
    match left {
        Side::Here(path) => Some((Filter::Exists(path), rest)),
        _ => None,
    }
}

fn side(text: &str, depth: usize) -> Option<(Side, &str)> {
    if let Some(start) = text.strip_prefix(['@', '$']) {
        let length = path_length(start);
        let path = parse::path(&start[..length], depth + 1).ok()?;
        let side = if text.starts_with('@') { Side::Here(path) } else { Side::Document(path) };
        return Some((side, &start[length..]));
    }
    if text.starts_with(['\'', '"']) {
        let (text, rest) = quoted(text)?;
        return Some((Side::Literal(text.into()), rest));
    }
    if let Some(mut rest) = text.strip_prefix('[') {
        let mut items = Vec::new();
        loop {
            let (Side::Literal(item), after) = side(rest.trim_start(), depth)? else { return None };
            items.push(item);
            if depth + items.len() > ITEMS_MAX {
                return None;
            }
            rest = after.trim_start();
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => return Some((Side::Literal(Value::Array(items)), rest.strip_prefix(']')?)),
            }
        }
    }
    let length =
        text.find(|c: char| !(c.is_ascii_alphanumeric() || "+-._".contains(c))).unwrap_or(text.len());
    let literal = serde_json::from_str(&text[..length]).ok()?;
    Some((Side::Literal(literal), &text[length..]))
}

/// How long a path in a filter is: up to white space, an operator or a parenthesis outside of brackets.
fn path_length(text: &str) -> usize {
    let mut brackets = 0_usize;
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if brackets > 0 => quote = Some(c),
            (None, '[') => brackets += 1,
            (None, ']') if brackets == 0 => return at,
            (None, ']') => brackets -= 1,
            (None, '(') if brackets == 0 && before != '.' => {} // a function
            (None, ')') if brackets == 0 && before == '(' => {}
            (None, c) if brackets == 0 && (c.is_whitespace() || "=!<>&|),".contains(c)) => return at,
            _ => {}
        }
        before = c;
    }
    text.len()
}

/// `/pattern/` or `/pattern/i`; the whole text has to match.
fn regex(text: &str) -> Option<(Regex, &str)> {
    let inside = text.strip_prefix('/')?;
    let length = inside.find('/')?;
    let after = &inside[length + 1..];
    let (flags, after) = after.strip_prefix('i').map_or(("", after), |after| ("(?i)", after));
    Some((Regex::new(&format!("{flags}^(?:{})$", &inside[..length])).ok()?, after))
}

impl Filter {
    /// Whether it holds for an element of a document.
    pub fn holds(&self, here: &Value, document: &Value, budget: &mut usize) -> bool {
        match self {
            Self::Any(filters) => filters.iter().any(|filter| filter.holds(here, document, budget)),
            Self::All(filters) => filters.iter().all(|filter| filter.holds(here, document, budget)),
            Self::Not(filter) => !filter.holds(here, document, budget),
            Self::Exists(path) => found(path, here, document, budget).is_some(),
            Self::Matches(side, regex) => {
                let value = side.value(here, document, budget);
                value.as_ref().and_then(Value::as_str).is_some_and(|text| regex.is_match(text))
            }
            Self::Compares(left, comparison, right) => {
                let left = left.value(here, document, budget);
                let right = right.value(here, document, budget);
                compares(left.as_ref(), *comparison, right.as_ref())
            }
        }
    }
}

impl Side {
    fn value(&self, here: &Value, document: &Value, budget: &mut usize) -> Option<Value> {
        match self {
            Self::Here(path) => found(path, here, document, budget),
            Self::Document(path) => found(path, document, document, budget),
            Self::Literal(value) => Some(value.clone()),
        }
    }
}

/// What a path of a filter finds; nothing is found once the budget is used up.
fn found(path: &JsonPath, start: &Value, document: &Value, budget: &mut usize) -> Option<Value> {
    let values = path.values(start, document, budget)?;
    let value = if path.names_several() {
        Value::Array(values.into_iter().cloned().collect())
    } else {
        (*values.first()?).clone()
    };
    match &path.function {
        None => Some(value),
        Some(function) => function.of(&value),
    }
}

fn compares(left: Option<&Value>, comparison: Comparison, right: Option<&Value>) -> bool {
    let ordering = match (left, right) {
        (Some(Value::String(a)), Some(Value::String(b))) => Some(a.cmp(b)),
        (Some(a), Some(b)) => a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)),
        _ => None,
    };
    let is_equal = || match (left, right) {
        (Some(Value::Null), None) | (None, Some(Value::Null)) => false,
        (Some(Value::Number(_)), Some(Value::Number(_))) => ordering.is_some_and(std::cmp::Ordering::is_eq),
        (a, b) => a == b,
    };
    let is_in = |item: Option<&Value>, items: Option<&Value>| match (item, items) {
        (Some(item), Some(Value::Array(items))) => items.contains(item),
        (Some(Value::String(part)), Some(Value::String(text))) => text.contains(part.as_str()),
        _ => false,
    };
    match comparison {
        Comparison::Equal => is_equal(),
        Comparison::NotEqual => !is_equal(),
        Comparison::LessOrEqual => ordering.is_some_and(std::cmp::Ordering::is_le),
        Comparison::GreaterOrEqual => ordering.is_some_and(std::cmp::Ordering::is_ge),
        Comparison::Less => ordering.is_some_and(std::cmp::Ordering::is_lt),
        Comparison::Greater => ordering.is_some_and(std::cmp::Ordering::is_gt),
        Comparison::In => is_in(left, right),
        Comparison::NotIn => !is_in(left, right),
        Comparison::Contains => is_in(right, left),
    }
}

/// Longer symbols before their beginnings.
const COMPARISONS: [(&str, Comparison); 9] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("in ", Comparison::In),
    ("nin ", Comparison::NotIn),
    ("contains ", Comparison::Contains),
];

/// How many literals a list in a filter may have.
const ITEMS_MAX: usize = 1_000;
