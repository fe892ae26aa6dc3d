//! The functions at the end of a path: `length()`, `min()`, `max()`, `avg()`, `sum()`, `keys()`.

use serde_json::Value;

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Average,
    Keys,
    Length,
    Max,
    Min,
    Sum,
}

impl Function {
    /// The function of a call such as `length()`.
    pub fn from_call(text: &str) -> Option<Self> {
        Some(match text.trim_end() {
            "avg()" => Self::Average,
            "keys()" => Self::Keys,
            "length()" | "size()" => Self::Length,
            "max()" => Self::Max,
            "min()" => Self::Min,
            "sum()" => Self::Sum,
            _ => return None,
        })
    }

    /// What it makes of a value.
    pub fn of(self, value: &Value) -> Option<Value> {
        let numbers = || -> Option<Vec<f64>> {
            let numbers: Vec<f64> = value.as_array()?.iter().filter_map(Value::as_f64).collect();
            (!numbers.is_empty()).then_some(numbers)
        };
        let made = match self {
            Self::Length => {
                return match value {
                    Value::Array(items) => Some(items.len().into()),
                    Value::Object(members) => Some(members.len().into()),
                    Value::String(text) => Some(text.encode_utf16().count().into()),
                    _ => None,
                };
            }
            Self::Keys => {
                return Some(value.as_object()?.keys().map(|name| Value::from(name.as_str())).collect());
            }
            Self::Average => {
                let numbers = numbers()?;
                #[expect(clippy::cast_precision_loss, reason = "there are no 2^53 numbers in a payload")]
                let count = numbers.len() as f64;
                numbers.iter().sum::<f64>() / count
            }
            Self::Max => numbers()?.into_iter().fold(f64::NEG_INFINITY, f64::max),
            Self::Min => numbers()?.into_iter().fold(f64::INFINITY, f64::min),
            Self::Sum => numbers()?.iter().sum(),
        };
        Some(made.into())
    }
}
