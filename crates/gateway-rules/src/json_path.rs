//! JSONPath as mapping templates use it: names, indexes and wildcards.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>

use serde_json::Value;

/// A compiled path such as `$.items[0].name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(Box<str>),
    /// Negative counts from the end.
    Index(i64),
    Wildcard,
}

impl JsonPath {
    /// Compiles a path. A path without a leading `$` starts at the document, too.
    ///
    /// # Errors
    /// What is no path, or a form that is not implemented: filters, slices, unions, `..` and functions.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let mut rest = match text.strip_prefix('$') {
            Some(rest) => rest.to_owned(),
            None if text.is_empty() => String::new(),
            None if text.starts_with('[') => text.to_owned(),
            None => format!(".{text}"),
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, length) = step(&rest).ok_or_else(|| format!("the JSONPath `{text}` at `{rest}`"))?;
            steps.push(step);
            rest.drain(..length);
        }
        Ok(Self { steps })
    }

    /// What the path names; with a wildcard the array of all that it names.
    #[must_use]
    pub fn find(&self, document: &Value) -> Option<Value> {
        let mut found = vec![document];
        let mut many = false;
        for step in &self.steps {
            many |= *step == Step::Wildcard;
            found = found.into_iter().flat_map(|value| step.apply(value)).collect();
        }
        if many {
            return Some(Value::Array(found.into_iter().cloned().collect()));
        }
        found.first().map(|value| (*value).clone())
    }
}

impl Step {
    fn apply<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Name(name), Value::Object(members)) => members.get(&**name).into_iter().collect(),
            (Self::Index(index), Value::Array(items)) => {
                let index =
                    if *index < 0 { *index + i64::try_from(items.len()).unwrap_or(0) } else { *index };
                usize::try_from(index).ok().and_then(|index| items.get(index)).into_iter().collect()
            }
            (Self::Wildcard, Value::Array(items)) => items.iter().collect(),
            (Self::Wildcard, Value::Object(members)) => members.values().collect(),
            _ => Vec::new(),
        }
    }
}

/// The first step of `rest` and its length.
fn step(rest: &str) -> Option<(Step, usize)> {
    if let Some(after) = rest.strip_prefix('.') {
        let length = after.find(['.', '[']).unwrap_or(after.len());
        return match &after[..length] {
            "" => None,
            "*" => Some((Step::Wildcard, 2)),
            name if name.ends_with(')') => None,
            name => Some((Step::Name(name.into()), length + 1)),
        };
    }
    let inside = rest.strip_prefix('[')?;
    for quote in ['\'', '"'] {
        if let Some(after) = inside.strip_prefix(quote) {
            let length = after.find(quote)?;
            let closed = after[length + 1..].starts_with(']');
            return closed.then(|| (Step::Name(after[..length].into()), length + 4));
        }
    }
    let length = inside.find(']')?;
    let step = match inside[..length].trim() {
        "*" => Step::Wildcard,
        number => Step::Index(number.parse().ok()?),
    };
    Some((step, length + 2))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::JsonPath;

    #[test]
    fn paths_find_what_they_name() {
        let document = json!({"a": {"b c": [1, {"d": "x"}]}, "list": [{"n": 1}, {"n": 2}]});
        for (path, expected) in [
            ("$", Some(document.clone())),
            ("$.a['b c'][1].d", Some(json!("x"))),
            ("a[\"b c\"][-2]", Some(json!(1))),
            ("$.list[*].n", Some(json!([1, 2]))),
            ("$.list.*.n", Some(json!([1, 2]))),
            ("$.missing.more", None),
            ("$.list[7]", None),
        ] {
            let found: Option<Value> = JsonPath::parse(path).expect(path).find(&document);
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn what_is_not_implemented_is_refused() {
        for path in
            ["$..a", "$.a[?(@.b)]", "$.a[0:2]", "$.a[0,1]", "$.a.length()", "$.a[", "$x", "$['a'", "$['é"]
        {
            assert!(JsonPath::parse(path).is_err(), "{path}");
        }
    }
}
