//! The methods of numbers and booleans, `$number.parseInt("7")` among them: Java's `Integer`, `Long`, `Double` and
//! `Boolean`.

use super::RenderError;
use super::method_names::Method;
use super::methods::throw;
use super::value::Value;

/// Calls a method of a number or a boolean.
pub fn call(receiver: &Value, method: Method, arguments: &[Value]) -> Result<Value, RenderError> {
    Ok(match (receiver, method, arguments) {
        (_, Method::Equals, [other]) => Value::Boolean(receiver.is_same(other)),
        (_, Method::ToString, [] | [_]) => Value::text(&arguments.first().unwrap_or(receiver).to_text()),
        (Value::Boolean(flag), _, _) => return on_boolean(*flag, method, arguments),
        (Value::Integer(a), Method::CompareTo, [Value::Integer(b)]) => order(a.cmp(b)),
        (Value::Float(a), Method::CompareTo, [Value::Float(b)]) => order(a.total_cmp(b)),
        (_, Method::ParseInt | Method::ParseLong | Method::ValueOf, [Value::Text(text)])
            if matches!(receiver, Value::Integer(_)) =>
        {
            return parse_integer(text);
        }
        (Value::Float(_), Method::ParseDouble | Method::ValueOf, [Value::Text(text)]) => {
            return parse_double(text);
        }
        (Value::Float(_), Method::ValueOf, [number @ Value::Integer(_)]) => {
            number.as_number().map_or(Value::Null, Value::Float)
        }
        (_, Method::ValueOf, [number @ (Value::Integer(_) | Value::Float(_))]) => number.clone(),
        (Value::Float(_), Method::Max | Method::Min | Method::Sum, [a, b]) => of_two(method, a, b),
        (Value::Integer(_), Method::Max, [Value::Integer(a), Value::Integer(b)]) => Value::Integer(*a.max(b)),
        (Value::Integer(_), Method::Min, [Value::Integer(a), Value::Integer(b)]) => Value::Integer(*a.min(b)),
        (Value::Integer(_), Method::Sum, [Value::Integer(a), Value::Integer(b)]) => {
            a.checked_add(*b).map_or(Value::Null, Value::Integer)
        }
        (Value::Integer(_), Method::ToBinaryString | Method::ToHexString, [Value::Integer(number)]) => {
            based(*number, method)
        }
        (_, Method::IntValue | Method::LongValue, []) => narrowed(receiver, method),
        (_, Method::DoubleValue | Method::FloatValue, []) => {
            receiver.as_number().map_or(Value::Null, Value::Float)
        }
        (Value::Float(number), Method::IsNaN, []) => Value::Boolean(number.is_nan()),
        (Value::Float(number), Method::IsInfinite, []) => Value::Boolean(number.is_infinite()),
        _ => Value::Null,
    })
}

/// `Double.max`, `.min` and `.sum`
fn of_two(method: Method, a: &Value, b: &Value) -> Value {
    match (a.as_number(), b.as_number(), method) {
        (Some(a), Some(b), Method::Max) => Value::Float(a.max(b)),
        (Some(a), Some(b), Method::Min) => Value::Float(a.min(b)),
        (Some(a), Some(b), _) => Value::Float(a + b),
        _ => Value::Null,
    }
}

/// Java's result of a comparison.
pub fn order(ordering: std::cmp::Ordering) -> Value {
    Value::Integer(ordering as i128)
}

fn on_boolean(flag: bool, method: Method, arguments: &[Value]) -> Result<Value, RenderError> {
    Ok(match (method, arguments) {
        (Method::BooleanValue, []) => Value::Boolean(flag),
        (Method::CompareTo, [Value::Boolean(other)]) => order(flag.cmp(other)),
        (Method::ParseBoolean | Method::ValueOf, [Value::Text(text)]) => {
            Value::Boolean(text.eq_ignore_ascii_case("true"))
        }
        (Method::ValueOf, [Value::Boolean(other)]) => Value::Boolean(*other),
        _ => Value::Null,
    })
}

/// Integers of the template are Java's `Integer`, larger ones `Long`: both parse what they can hold.
fn parse_integer(text: &str) -> Result<Value, RenderError> {
    match text.parse::<i64>() {
        Ok(number) => Ok(Value::Integer(number.into())),
        Err(_) => throw(format!("For input string: \"{text}\"")),
    }
}

fn parse_double(text: &str) -> Result<Value, RenderError> {
    match text.trim().parse::<f64>() {
        Ok(number) => Ok(Value::Float(number)),
        Err(_) => throw(format!("For input string: \"{text}\"")),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "Java cuts off what does not fit")]
fn narrowed(number: &Value, method: Method) -> Value {
    Value::Integer(match (number, method) {
        (Value::Integer(number), Method::IntValue) => i128::from(*number as i32),
        (Value::Integer(number), _) => i128::from(*number as i64),
        (Value::Float(number), Method::IntValue) => i128::from(*number as i32),
        (Value::Float(number), _) => i128::from(*number as i64),
        _ => return Value::Null,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "Java writes the 32 bits of an Integer")]
fn based(number: i128, method: Method) -> Value {
    let bits = number as i32;
    Value::text(&if method == Method::ToHexString { format!("{bits:x}") } else { format!("{bits:b}") })
}
