//! How values print: as Java's `toString` does, and JSON arrays as JSON (recorded: `test_input_path_template_formatting`).

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::TEXT_LENGTH_MAX;
use super::value::Value;

impl Value {
    /// The value as text.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.print(&mut out, 0);
        out
    }

    /// Prints the value; `null` and what is missing print nothing here. A value may hold itself: printing ends
    /// [`DEPTH_MAX`] levels deep and at [`TEXT_LENGTH_MAX`].
    pub fn print(&self, out: &mut String, depth: usize) {
        if depth > DEPTH_MAX || out.len() > TEXT_LENGTH_MAX {
            return;
        }
        match self {
            Self::Null | Self::Missing | Self::Input | Self::Util => {}
            Self::Iterator(_) | Self::Block(_) => {}
            Self::Loop(_) => out.push_str("{}"), // a map in which nothing was put
            Self::Boolean(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Integer(number) => {
                let _infallible = write!(out, "{number}");
            }
            Self::Float(number) => print_double(*number, out),
            Self::Text(text) => out.push_str(text),
            Self::List(list) if list.is_json => self.print_json(out, depth),
            Self::List(list) => {
                out.push('[');
                for (index, item) in list.items.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    item.print_nested(out, depth);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push('{');
                for (index, (name, value)) in map.members.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    name.print_nested(out, depth);
                    out.push('=');
                    value.print_nested(out, depth);
                }
                out.push('}');
            }
            Self::Entry(entry) => {
                entry.key.print_nested(out, depth);
                out.push('=');
                entry.value.borrow().print_nested(out, depth);
            }
        }
    }

    fn print_nested(&self, out: &mut String, depth: usize) {
        match self {
            Self::Null | Self::Missing => out.push_str("null"),
            other => other.print(out, depth + 1),
        }
    }

    /// Writes the value as JSON, within the same limits as [`Self::print`].
    fn print_json(&self, out: &mut String, depth: usize) {
        if depth > DEPTH_MAX || out.len() > TEXT_LENGTH_MAX {
            return out.push_str("null");
        }
        match self {
            Self::Boolean(_) | Self::Integer(_) => self.print(out, depth),
            Self::Float(number) => out.push_str(&Json::from(*number).to_string()),
            Self::Text(text) => out.push_str(&Json::from(&**text).to_string()),
            Self::List(list) => {
                out.push('[');
                for (index, item) in list.items.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.print_json(out, depth + 1);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push('{');
                for (index, (name, value)) in map.members.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(&Json::from(name.to_text()).to_string());
                    out.push(':');
                    value.print_json(out, depth + 1);
                }
                out.push('}');
            }
            Self::Null | Self::Missing | Self::Input | Self::Util => out.push_str("null"),
            Self::Entry(_) | Self::Loop(_) | Self::Iterator(_) | Self::Block(_) => out.push_str("null"),
        }
    }
}

/// Java's `Double.toString`: `1.0`, `1.5E10`, `1.0E-5`.
fn print_double(number: f64, out: &mut String) {
    let size = number.abs();
    if number.is_infinite() {
        out.push_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
    } else if size == 0.0 || number.is_nan() || (1e-3..1e7).contains(&size) {
        let _infallible = write!(out, "{number:?}");
    } else {
        let scientific = format!("{number:e}");
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let fraction = if digits.contains('.') { "" } else { ".0" };
        let _infallible = write!(out, "{digits}{fraction}E{exponent}");
    }
}

/// How deep a value prints.
const DEPTH_MAX: usize = 64;
