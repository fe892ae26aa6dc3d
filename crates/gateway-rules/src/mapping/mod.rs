//! What a mapping template makes of a payload: the Velocity Template Language (VTL) as API Gateway runs it.
//!
//! A template is parsed once, when the API is compiled; what we do not run is found there, by name, line and column.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>,
//! <https://velocity.apache.org/engine/1.7/vtl-reference.html>

mod cursor;
mod evaluate;
mod expressions;
mod frame;
mod given;
mod hash;
mod lists;
mod machine;
mod maps;
mod method_names;
mod methods;
mod numbers;
mod parse;
mod parse_expression;
mod parse_reference;
mod print;
mod references;
mod regex;
mod syntax;
mod texts;
mod value;

use std::sync::Arc;

use crate::context::Variables;
use crate::finding::{Finding, FindingKind};

/// A compiled template; cheap to clone.
#[derive(Clone, Debug)]
pub struct Template {
    nodes: Arc<[syntax::Node]>,
    macros: Arc<[syntax::Macro]>,
}

/// What is wrong in a template, or not implemented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateProblem {
    /// Whether it is wrong or not implemented.
    pub kind: FindingKind,
    /// The line of the template, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What it is.
    pub what: String,
}

/// What a template made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The payload.
    pub text: String,
    /// What it sets in `$context.responseOverride` and `$context.requestOverride`.
    pub overrides: Overrides,
}

/// What a template overrides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `responseOverride.status`, where it is between 100 and 599.
    pub status: Option<u16>,
    /// `responseOverride.header.NAME`
    pub response_headers: Vec<(String, String)>,
    /// `requestOverride.header.NAME`
    pub request_headers: Vec<(String, String)>,
    /// `requestOverride.path.NAME`
    pub path: Vec<(String, String)>,
    /// `requestOverride.querystring.NAME`
    pub query: Vec<(String, String)>,
}

/// Why a template made nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderError {
    /// `$input.json` or `$input.path` of a body that is no JSON.
    BodyIsNotJson,
    /// A JSONPath made while running is none, or has a form that is not implemented.
    BadPath(String),
    /// A limit was hit; which.
    Limit(&'static str),
    /// What Java throws while the template runs.
    Thrown {
        /// What it is.
        what: String,
        /// The line of the template, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
    },
}

/// How long a template may be (300 KB).
pub const TEMPLATE_LENGTH_MAX: usize = 300 * 1024;
/// How often one `#foreach` may loop.
pub const FOREACH_ITERATIONS_MAX: usize = 1_000;
/// How long a text may become while a template runs: the largest payload.
pub const TEXT_LENGTH_MAX: usize = 10_485_760;
/// How many steps a template may run, so that nested loops end.
pub const STEPS_MAX: u32 = 1_000_000;
/// How deep macros may call one another.
pub const CALLS_MAX: usize = 20;
/// How deep what runs may be nested: directives, values and macros together.
pub const DEPTH_MAX: u32 = 400;
/// How large an integer may become.
pub const INTEGER_BITS_MAX: u32 = 127;

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// Everything in it that is wrong or not implemented.
    pub fn compile(text: &str) -> Result<Self, Vec<TemplateProblem>> {
        if text.len() > TEMPLATE_LENGTH_MAX {
            let what = format!("The template of {} bytes is longer than {TEMPLATE_LENGTH_MAX}", text.len());
            return Err(vec![TemplateProblem { kind: FindingKind::Invalid, line: 1, column: 1, what }]);
        }
        parse::parse(text).map(|parsed| Self { nodes: parsed.nodes.into(), macros: parsed.macros.into() })
    }

    /// Runs the template.
    ///
    /// # Errors
    /// Why it made nothing.
    pub fn render(&self, variables: &Variables<'_>) -> Result<Rendered, RenderError> {
        machine::run(self, variables)
    }
}

impl TemplateProblem {
    /// The problem as a finding at the template with that JSON pointer.
    #[must_use]
    pub fn at(self, pointer: &str) -> Finding {
        let what = format!("{}, in line {}, column {} of the template", self.what, self.line, self.column);
        let cure = match self.kind {
            FindingKind::Invalid => "Correct the template",
            FindingKind::Unsupported | FindingKind::UnsupportedGuard | FindingKind::Warning => {
                "Write it without that"
            }
        };
        Finding { kind: self.kind, pointer: pointer.to_owned(), what, cure: cure.to_owned() }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod velocity;
