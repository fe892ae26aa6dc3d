//! Java's `hashCode`.

use super::value::Value;

/// The hash code of a value; a value may hold itself, so deep ones count as nothing.
pub fn hash_code(value: &Value) -> Value {
    Value::Integer(hash(value, 0).into())
}

#[expect(clippy::cast_possible_truncation, reason = "Java cuts off what does not fit")]
fn hash(value: &Value, depth: usize) -> i32 {
    if depth > DEPTH_MAX {
        return 0;
    }
    match value {
        Value::Boolean(flag) => {
            if *flag {
                1231
            } else {
                1237
            }
        }
        Value::Integer(number) => i32::try_from(*number).unwrap_or_else(|_| folded(*number as i64)),
        Value::Float(number) => folded(number.to_bits().cast_signed()),
        Value::Text(text) => {
            text.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
        }
        Value::List(list) => list
            .items
            .borrow()
            .iter()
            .fold(1, |sum: i32, item| sum.wrapping_mul(31).wrapping_add(hash(item, depth + 1))),
        Value::Map(map) => map.members.borrow().iter().fold(0, |sum: i32, (key, value)| {
            sum.wrapping_add(hash(key, depth + 1) ^ hash(value, depth + 1))
        }),
        Value::Entry(entry) => hash(&entry.key, depth + 1) ^ hash(&entry.value.borrow(), depth + 1),
        _ => 0,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "Java adds the two halves of 64 bits")]
fn folded(number: i64) -> i32 {
    (number ^ (number.cast_unsigned() >> 32).cast_signed()) as i32
}

const DEPTH_MAX: usize = 64;
