//! Numbers as written, compared exactly: digits and an exponent, no binary rounding.

use std::borrow::Cow;
use std::cmp::Ordering;

/// No number of a contract needs more digits or a larger exponent; beyond, arithmetic would cost memory.
const DIGITS_MAX: usize = 400;

/// A decimal number: `digits × 10^exponent`, digits without leading or trailing zeros (none for zero).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lower) struct Number {
    negative: bool,
    digits: Vec<u8>,
    exponent: i32,
}

impl Number {
    /// Reads `-1_000.5e3`; none where it is no number or out of all bounds.
    pub(in crate::lower) fn parse(text: &str) -> Option<Number> {
        let text = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
        let (negative, text) = text.strip_prefix('-').map_or((false, &*text), |rest| (true, rest));
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = [whole.as_bytes(), fraction.as_bytes()].concat();
        let sound = !whole.is_empty() && digits.iter().all(u8::is_ascii_digit) && digits.len() <= DIGITS_MAX;
        if !sound || power.unsigned_abs() as usize > DIGITS_MAX {
            return None;
        }
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..leading);
        let mut exponent = power - fraction.len() as i32;
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent += 1;
        }
        if digits.is_empty() {
            return Some(Number { negative: false, digits, exponent: 0 });
        }
        Some(Number { negative, digits, exponent })
    }

    /// Whether it is zero.
    pub(in crate::lower) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Whether it is less than zero.
    pub(in crate::lower) fn is_negative(&self) -> bool {
        self.negative
    }

    /// The integer, if it is one that fits.
    pub(in crate::lower) fn to_integer(&self) -> Option<i128> {
        self.scaled(0)
    }

    /// The number in digits alone, without an exponent.
    pub(in crate::lower) fn plain(&self) -> String {
        let digits = std::str::from_utf8(&self.digits).unwrap_or_default();
        let (before, behind) = self.extent();
        let sign = if self.negative { "-" } else { "" };
        if behind == 0 {
            return format!("{sign}{digits:0<before$}", before = before.max(1));
        }
        let padded = format!("{digits:0>width$}", width = behind + 1);
        let (whole, fraction) = padded.split_at(padded.len() - behind);
        format!("{sign}{whole}.{fraction}")
    }

    /// The number times `10^-exponent`, if that is an integer that fits.
    pub(in crate::lower) fn scaled(&self, exponent: i32) -> Option<i128> {
        let power = u32::try_from(self.exponent - exponent).ok().or(self.is_zero().then_some(0))?;
        if self.digits.len() as u32 + power > 36 {
            return None;
        }
        let digits = self.digits.iter().fold(0_i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        Some(digits * 10_i128.pow(power) * if self.negative { -1 } else { 1 })
    }

    /// Digits before and behind the point that it takes.
    pub(in crate::lower) fn extent(&self) -> (usize, usize) {
        let before = (self.digits.len() as i32 + self.exponent).max(0) as usize;
        (before, (-self.exponent).max(0) as usize)
    }

    /// Whether it is a multiple of another; none where that cannot be told in bounds.
    pub(in crate::lower) fn is_multiple_of(&self, other: &Number) -> Option<bool> {
        let exponent = self.exponent.min(other.exponent);
        let (left, right) = (self.scaled(exponent)?, other.scaled(exponent)?);
        (right != 0).then(|| left % right == 0)
    }

    fn magnitude(&self, other: &Number) -> Ordering {
        let size = |it: &Number| if it.is_zero() { i32::MIN } else { it.digits.len() as i32 + it.exponent };
        // Equal in size, digits compare from the left; a shorter one is followed by zeros, and none ends in one.
        size(self).cmp(&size(other)).then_with(|| self.digits.cmp(&other.digits))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn number(text: &str) -> Number {
        Number::parse(text).expect("the test writes a number")
    }

    #[test]
    fn numbers_compare_by_value_not_by_spelling() {
        assert_eq!(number("1_000"), number("1e3"));
        assert_eq!(number("-0.0"), number("0"));
        assert!(number("-2") < number("-1.5"));
        assert!(number("0.09") < number("0.1"));
        assert!(
            number("99999999999999999999999999999999999999998") < number("99999999999999999999999999999999999999999")
        );
    }

    #[test]
    fn an_exponent_is_written_out() {
        let plain = ["1e6", "-1.5e3", "25e-1", "-7e-3", "0.0", "12"].map(|text| number(text).plain());
        assert_eq!(plain, ["1000000", "-1500", "2.5", "-0.007", "0", "12"]);
    }

    #[test]
    fn multiples_are_exact() {
        assert_eq!(number("0.3").is_multiple_of(&number("0.1")), Some(true));
        assert_eq!(number("0.35").is_multiple_of(&number("0.1")), Some(false));
    }

    #[test]
    fn what_would_cost_memory_is_no_number() {
        assert_eq!(Number::parse("1e999999999"), None);
        assert_eq!(Number::parse(&"9".repeat(100_000)), None);
    }
}
