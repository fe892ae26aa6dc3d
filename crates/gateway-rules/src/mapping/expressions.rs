//! The values of expressions, by Velocity's rules for numbers, comparisons and conditions.

use std::cmp::Ordering;

use super::machine::Machine;
use super::syntax::{Expression, Operator};
use super::value::Value;
use super::{FOREACH_ITERATIONS_MAX, RenderError};

impl Machine<'_> {
    /// The value of an expression.
    pub fn value(&mut self, expression: &Expression) -> Result<Value, RenderError> {
        self.step()?;
        self.deeper(|machine| machine.value_of(expression))
    }

    fn value_of(&mut self, expression: &Expression) -> Result<Value, RenderError> {
        Ok(match expression {
            Expression::Null => Value::Null,
            Expression::Boolean(flag) => Value::Boolean(*flag),
            Expression::Integer(number) => Value::Integer(*number),
            Expression::Float(number) => Value::Float(*number),
            Expression::Text(text) => Value::text(text),
            Expression::Interpolated(nodes) => {
                let mut text = String::new();
                self.nodes(nodes, &mut text)?;
                self.text(text)?
            }
            Expression::Reference(reference) => self.reference(reference)?,
            Expression::List(items) => {
                Value::list(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            Expression::Range(first, last) => self.range(first, last)?,
            Expression::Map(members) => self.map_literal(members)?,
            Expression::Not(inner) => Value::Boolean(!self.condition(inner)?),
            Expression::Negative(inner) => match self.value(inner)? {
                Value::Integer(number) => number.checked_neg().map_or(Value::Null, Value::Integer),
                Value::Float(number) => Value::Float(-number),
                _ => Value::Null,
            },
            Expression::Chain(first, others) => self.chain(first, others)?,
        })
    }

    /// Whether a condition holds. Recorded with Velocity: literals other than `true` do not hold.
    pub fn condition(&mut self, expression: &Expression) -> Result<bool, RenderError> {
        Ok(match expression {
            Expression::Reference(_) => self.value(expression)?.is_true(),
            Expression::Boolean(flag) => *flag,
            Expression::Not(_) | Expression::Chain(..) => {
                matches!(self.value(expression)?, Value::Boolean(true))
            }
            _ => false,
        })
    }

    fn map_literal(&mut self, members: &[(Expression, Expression)]) -> Result<Value, RenderError> {
        let made = Value::map(Vec::new());
        if let Value::Map(map) = &made {
            for (name, value) in members {
                let (name, value) = (self.value(name)?, self.value(value)?);
                self.charge(map.members.borrow().len())?;
                drop(map.put(name, value));
            }
        }
        Ok(made)
    }

    fn range(&mut self, first: &Expression, last: &Expression) -> Result<Value, RenderError> {
        let (Value::Integer(first), Value::Integer(last)) = (self.value(first)?, self.value(last)?) else {
            return Ok(Value::Null);
        };
        if first.abs_diff(last) >= FOREACH_ITERATIONS_MAX as u128 {
            return Err(RenderError::Limit("FOREACH_ITERATIONS_MAX"));
        }
        Ok(Value::list(if first <= last {
            (first..=last).map(Value::Integer).collect()
        } else {
            (last..=first).rev().map(Value::Integer).collect()
        }))
    }

    fn chain(&mut self, first: &Expression, others: &[(Operator, Expression)]) -> Result<Value, RenderError> {
        if matches!(others.first(), Some((Operator::Or | Operator::And, _))) {
            let is_or = others.first().is_some_and(|(operator, _)| *operator == Operator::Or);
            let mut holds = self.condition(first)?;
            for (_, other) in others {
                if holds == is_or {
                    break;
                }
                holds = self.condition(other)?;
            }
            return Ok(Value::Boolean(holds));
        }
        let mut source = first;
        let mut left = self.operand(first)?;
        for (operator, other) in others {
            let right = self.operand(other)?;
            left = match (&left, &right) {
                (Value::Text(_), _) | (_, Value::Text(_)) if *operator == Operator::Add => {
                    let text = joined(&left, source) + &joined(&right, other);
                    self.text(text)?
                }
                _ => operate(&left, *operator, &right)?,
            };
            source = &Expression::Null;
        }
        Ok(left)
    }

    fn operand(&mut self, expression: &Expression) -> Result<Value, RenderError> {
        let value = self.value(expression)?;
        self.resolved(value)
    }
}

/// The text of an operand of `+`; without a value it is what the template says.
fn joined(value: &Value, source: &Expression) -> String {
    match (value, source) {
        (Value::Null, Expression::Reference(reference)) => reference.source.to_string(),
        (Value::Null, _) => "null".to_owned(),
        _ => value.to_text(),
    }
}

/// An operator on two values; `null` where it has no meaning for them, as in Velocity.
fn operate(left: &Value, operator: Operator, right: &Value) -> Result<Value, RenderError> {
    let ordering = match (left, right) {
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (a, b) => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => None,
        },
    };
    Ok(match operator {
        Operator::Equal => Value::Boolean(left.equals(right)),
        Operator::NotEqual => Value::Boolean(!left.equals(right)),
        Operator::Less => Value::Boolean(ordering.is_some_and(Ordering::is_lt)),
        Operator::LessOrEqual => Value::Boolean(ordering.is_some_and(Ordering::is_le)),
        Operator::Greater => Value::Boolean(ordering.is_some_and(Ordering::is_gt)),
        Operator::GreaterOrEqual => Value::Boolean(ordering.is_some_and(Ordering::is_ge)),
        _ => return arithmetic(left, operator, right),
    })
}

fn arithmetic(left: &Value, operator: Operator, right: &Value) -> Result<Value, RenderError> {
    if let (Value::Integer(a), Value::Integer(b)) = (left, right) {
        let (a, b) = (*a, *b);
        let number = match operator {
            Operator::Divide | Operator::Remainder if b == 0 => return Ok(Value::Null),
            Operator::Add => a.checked_add(b),
            Operator::Subtract => a.checked_sub(b),
            Operator::Multiply => a.checked_mul(b),
            Operator::Divide => a.checked_div(b),
            _ => a.checked_rem(b),
        };
        return number.map(Value::Integer).ok_or(RenderError::Limit("INTEGER_BITS_MAX"));
    }
    let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else { return Ok(Value::Null) };
    Ok(match operator {
        Operator::Divide | Operator::Remainder if b == 0.0 => Value::Null,
        Operator::Add => Value::Float(a + b),
        Operator::Subtract => Value::Float(a - b),
        Operator::Multiply => Value::Float(a * b),
        Operator::Divide => Value::Float(a / b),
        _ => Value::Float(a % b),
    })
}
