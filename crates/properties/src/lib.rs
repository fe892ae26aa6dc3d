//! What must hold for every input, however it came about: the properties that `cargo xtask fuzz` looks for a
//! counterexample to, and that the tests try with the seeds in `fuzz/seeds` and thousands of variations of them.
//!
//! Each compares a rule with a second reading that is naive on purpose, or states what no input may ever bring about.
//! A property panics where it does not hold.

#![forbid(unsafe_code)]

mod cache_control;
mod chunked_body;
mod cookie;
mod expires;
mod fixture;
mod function_event;
mod gateway_event;
mod json_schema;
mod lambda_event;
mod mapping_template;
mod path_pattern;
mod range;
mod request_head;
mod signature;
mod signed_policy;
mod template;
mod wildcards;

/// A property.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Its name: that of its fuzz target, and of the folder of its seeds.
    pub name: &'static str,
    /// Holds it for this input? It panics if not.
    pub check: fn(&[u8]),
}

/// All of them, by name.
pub const PROPERTIES: &[Property] = &[
    Property { name: "cache_control", check: cache_control::check },
    Property { name: "chunked_body", check: chunked_body::check },
    Property { name: "cookie", check: cookie::check },
    Property { name: "expires", check: expires::check },
    Property { name: "function_event", check: function_event::check },
    Property { name: "gateway_event", check: gateway_event::check },
    Property { name: "json_schema", check: json_schema::check },
    Property { name: "lambda_event", check: lambda_event::check },
    Property { name: "mapping_template", check: mapping_template::check },
    Property { name: "path_pattern", check: path_pattern::check },
    Property { name: "range", check: range::check },
    Property { name: "request_head", check: request_head::check },
    Property { name: "signature", check: signature::check },
    Property { name: "signed_policy", check: signed_policy::check },
    Property { name: "template", check: template::check },
];

/// Checks the property of that name; the fuzz targets call this.
///
/// # Panics
/// The property does not hold, or there is none of that name.
pub fn check(name: &str, input: &[u8]) {
    let property = PROPERTIES.iter().find(|property| property.name == name);
    (property.expect("a fuzz target is named after a property").check)(input);
}
