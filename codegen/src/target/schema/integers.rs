//! Whole numbers as text: regular expressions of exactly the numbers in a range.

use serde_json::Value;
use wireloom_idl::contract::{Constraint, Literal, ScalarType};

use super::Schema;
use crate::rust::literal::plain_integer;

/// As a JSON number.
pub(super) fn wide(value: i128) -> Value {
    i64::try_from(value).map_or_else(|_| Value::from(u64::try_from(value).unwrap_or(u64::MAX)), Value::from)
}

/// What an integer type can hold; none of any other.
pub(super) fn range(base: ScalarType) -> Option<(i128, i128)> {
    match base {
        ScalarType::I32 => Some((i32::MIN.into(), i32::MAX.into())),
        ScalarType::U32 => Some((0, u32::MAX.into())),
        ScalarType::I64 => Some((i64::MIN.into(), i64::MAX.into())),
        ScalarType::U64 => Some((0, u64::MAX.into())),
        _ => None,
    }
}

/// What all conditions together leave of an integer type; none of any other.
pub(super) fn range_within(base: ScalarType, constraints: &[Constraint]) -> Option<(i128, i128)> {
    let whole = |bound: &Option<Literal>| plain_integer(bound.as_ref()?.as_number()?).parse::<i128>().ok();
    let narrowed = constraints.iter().fold(range(base)?, |(least, most), constraint| match constraint {
        Constraint::Value { min, max } => {
            (whole(min).map_or(least, |min| least.max(min)), whole(max).map_or(most, |max| most.min(max)))
        }
        _ => (least, most),
    });
    Some(narrowed)
}

/// A text that is a whole number in a range; of an empty one there is none.
pub(super) fn integer_text(min: i128, max: i128) -> Schema {
    if min > max {
        return Schema { not: Some(Box::new(Schema::default())), ..Schema::of("string") };
    }
    let mut parts = Vec::new();
    if min < 0 {
        let (low, high) = ((-max).max(1).min(-min), -min);
        let low = if max >= 0 { 1 } else { low };
        parts.push(format!("-({})", natural_range(low as u128, high as u128)));
    }
    if max >= 0 {
        parts.push(natural_range(min.max(0) as u128, max as u128));
    }
    Schema { pattern: Some(format!("^({})$", parts.join("|"))), ..Schema::of("string") }
}

/// A regular expression of the natural numbers in a range, without leading zeros.
fn natural_range(min: u128, max: u128) -> String {
    let mut parts = Vec::new();
    let mut from = min;
    while from <= max {
        let to = block_end(from, max);
        parts.push(block(&from.to_string(), &to.to_string()));
        from = to + 1;
    }
    parts.join("|")
}

/// The end of the longest run from `from` whose numbers differ only in one digit and any digits behind it.
fn block_end(from: u128, max: u128) -> u128 {
    let mut step: u128 = 1;
    loop {
        let next = step * 10;
        let last = (from / next) * next + next - 1;
        if !from.is_multiple_of(next) || from == 0 || last > max {
            break;
        }
        step = next;
    }
    let digit = (from / step) % 10;
    let count = ((max - from + 1) / step).clamp(1, 10 - digit);
    from + count * step - 1
}

fn block(from: &str, to: &str) -> String {
    let mut pattern = String::new();
    let mut free = 0;
    for (a, b) in from.chars().zip(to.chars()) {
        match (a, b) {
            ('0', '9') => free += 1,
            _ if a == b => pattern.push(a),
            _ => pattern.push_str(&format!("[{a}-{b}]")),
        }
    }
    match free {
        0 => pattern,
        1 => pattern + "[0-9]",
        free => format!("{pattern}[0-9]{{{free}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::natural_range;

    #[test]
    fn ranges_of_numbers_are_exact() {
        assert_eq!(natural_range(1, 10), "[1-9]|10");
        assert_eq!(natural_range(0, 255), "[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]");
        assert_eq!(natural_range(7, 7), "7");
        assert_eq!(natural_range(95, 105), "9[5-9]|10[0-5]");
    }
}
