//! Comparing and dividing numbers exactly, as decimals: 0.3 is a multiple of 0.1.

use std::cmp::Ordering;

use serde_json::Number;

/// A decimal: its digits, without zeros at the end, times a power of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: u128,
    exponent: i32,
}

/// Whether a number is written as an integer. One that no machine integer holds is read as a fraction, and counts as one
/// again where it has no part behind the point.
pub fn is_integer(number: &Number) -> bool {
    !number.is_f64()
        || number.as_f64().is_some_and(|value| value.abs() >= INTEGER_BEYOND && value.fract() == 0.0)
}

/// Which of two numbers is larger.
pub fn compare(left: &Number, right: &Number) -> Ordering {
    let (left, right) = (decimal(left), decimal(right));
    match (left.sign(), right.sign()) {
        (a, b) if a != b => a.cmp(&b),
        (-1, _) => magnitude(right, left),
        _ => magnitude(left, right),
    }
}

/// A text that is the same for numbers that are worth the same.
pub fn canonical(number: &Number) -> String {
    let Decimal { is_negative, digits, exponent } = decimal(number);
    format!("{}{digits}e{exponent}", if is_negative && digits > 0 { "-" } else { "" })
}

/// Whether a number is a multiple of another one, which is not zero.
pub fn is_multiple(number: &Number, divisor: &Number) -> bool {
    let (number, divisor) = (decimal(number), decimal(divisor));
    if number.digits == 0 || divisor.digits == 0 {
        return number.digits == 0;
    }
    let shift = number.exponent - divisor.exponent;
    if shift >= 0 {
        let power = power_modulo(10, shift.unsigned_abs(), divisor.digits);
        // Digits are those of machine numbers: two of them multiplied fit.
        return ((number.digits % divisor.digits) * power).is_multiple_of(divisor.digits);
    }
    let scaled =
        10_u128.checked_pow(shift.unsigned_abs()).and_then(|power| divisor.digits.checked_mul(power));
    // A divisor that does not fit is larger than any number's digits.
    scaled.is_some_and(|divisor| number.digits.is_multiple_of(divisor))
}

fn power_modulo(base: u128, mut exponent: u32, modulus: u128) -> u128 {
    let (mut result, mut base) = (1 % modulus, base % modulus);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % modulus;
        }
        base = base * base % modulus;
        exponent >>= 1;
    }
    result
}

/// Compares without signs.
fn magnitude(left: Decimal, right: Decimal) -> Ordering {
    let size =
        |number: Decimal| i64::from(number.exponent) + i64::from(number.digits.checked_ilog10().unwrap_or(0));
    size(left).cmp(&size(right)).then_with(|| {
        // Of the same size, so that their powers are at most twenty apart.
        let least = left.exponent.min(right.exponent);
        let scale = |number: Decimal| {
            number.digits.saturating_mul(10_u128.saturating_pow((number.exponent - least).unsigned_abs()))
        };
        scale(left).cmp(&scale(right))
    })
}

impl Decimal {
    /// -1, 0 or 1.
    fn sign(self) -> i8 {
        match (self.digits, self.is_negative) {
            (0, _) => 0,
            (_, true) => -1,
            _ => 1,
        }
    }
}

/// The decimal that is written shortest for a number.
fn decimal(number: &Number) -> Decimal {
    let text = number.to_string();
    let (is_negative, text) = text.strip_prefix('-').map_or((false, text.as_str()), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mut exponent: i32 = exponent.parse().unwrap_or(0);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: u128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit) {
        digits = digits.saturating_mul(10).saturating_add(u128::from(digit - b'0'));
    }
    exponent -= i32::try_from(fraction.len()).unwrap_or(0);
    while digits > 0 && digits.is_multiple_of(10) {
        digits /= 10;
        exponent += 1;
    }
    Decimal { is_negative, digits, exponent: if digits == 0 { 0 } else { exponent } }
}

/// 2^63: below it a number without a point is a machine integer.
const INTEGER_BEYOND: f64 = 9_223_372_036_854_775_808.0;

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{self, Equal, Greater, Less};

    use serde_json::{Number, from_str};

    use super::{compare, is_integer, is_multiple};

    fn number(text: &str) -> Number {
        from_str(text).expect("a number")
    }

    #[test]
    fn numbers_are_decimals() {
        let rows: [(&str, &str, Ordering, bool); 12] = [
            ("0.3", "0.1", Greater, true),
            ("1", "1.0", Equal, true),
            ("-3", "2", Less, false),
            ("-4", "-2", Less, true),
            ("0", "0.0001", Less, true),
            ("18446744073709551615", "18446744073709551614", Greater, false),
            ("1e300", "0.7", Greater, false),
            ("1e300", "0.1", Greater, true),
            ("1e-300", "1e300", Less, false),
            ("9007199254740993", "9007199254740992.0", Greater, false),
            ("-0.0", "5", Less, true),
            ("100", "1e2", Equal, true),
        ];
        for (left, right, order, is_multiple_of) in rows {
            assert_eq!(compare(&number(left), &number(right)), order, "{left} {right}");
            assert_eq!(compare(&number(right), &number(left)), order.reverse(), "{right} {left}");
            assert_eq!(is_multiple(&number(left), &number(right)), is_multiple_of, "{left} {right}");
        }
    }

    #[test]
    fn an_integer_is_written_without_a_point() {
        for (text, expected) in
            [("1", true), ("1.0", false), ("1.5", false), ("-7", true), ("123456789012345678901", true)]
        {
            assert_eq!(is_integer(&number(text)), expected, "{text}");
        }
    }
}
