//! The templates of gateway responses: variables are put in, nothing else is interpreted.
//!
//! "Gateway responses don't use the VTL engine; a simple substitution is done"
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html>).

use crate::context::Variables;
use crate::parameters::ValueExpression;

/// A compiled template of a gateway response.
#[derive(Clone, Debug)]
pub struct Substitution {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(Box<str>),
    Value(ValueExpression),
}

impl Substitution {
    /// Compiles a template: `$context.X`, `$stageVariables.X` and `$method.request.PLACE.X` are variables, all
    /// else is text.
    #[must_use]
    pub fn compile(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut pending = 0;
        let mut at = 0;
        while let Some(dollar) = text[at..].find('$').map(|index| at + index) {
            let after = &text[dollar + 1..];
            let length = after.find(|c: char| !is_part_of_name(c)).unwrap_or(after.len());
            let name = after[..length].trim_end_matches('.');
            at = dollar + 1;
            let is_variable = PREFIXES.iter().any(|prefix| name.starts_with(prefix));
            if let Some(value) = ValueExpression::parse(name).ok().filter(|_| is_variable) {
                parts.push(Part::Text(text[pending..dollar].into()));
                parts.push(Part::Value(value));
                at = dollar + 1 + name.len();
                pending = at;
            }
        }
        parts.push(Part::Text(text[pending..].into()));
        Self { parts }
    }

    /// The text for this request; a variable without a value is empty.
    #[must_use]
    pub fn render(&self, variables: &Variables<'_>) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Value(value) => out.push_str(value.evaluate(variables).as_deref().unwrap_or_default()),
            }
        }
        out
    }
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

const PREFIXES: [&str; 3] = ["context.", "stageVariables.", "method.request."];
