//! Values of built-in types.

use super::number::Number;
use super::text;
use crate::contract::{Literal, ScalarType};
use crate::lower::annotations::plain;
use crate::source::Span;
use crate::syntax::tree::{Unit, Value, ValueKind};

/// Why a value is not one of its type.
pub(in crate::lower) struct Wrong {
    /// Where.
    pub(in crate::lower) at: Span,
    /// What to say.
    pub(in crate::lower) message: String,
}

/// The literal of a value, if it is one of that type.
pub(in crate::lower) fn read(value: &Value, scalar: ScalarType) -> Result<Literal, Wrong> {
    let wrong = |message: String| Err(Wrong { at: value.span, message });
    let wanted = || wrong(format!("{} is wanted here", wanted(scalar)));
    if scalar == ScalarType::Json {
        return json(value);
    }
    match (&value.kind, scalar) {
        (ValueKind::Bool(it), ScalarType::Bool) => Ok(Literal::Bool(*it)),
        (ValueKind::Number(digits), _) if is_number(scalar) => number(digits, scalar).map_or_else(wrong, Ok),
        (ValueKind::Text(digits), ScalarType::I64 | ScalarType::U64 | ScalarType::Decimal) => {
            number(digits, scalar).map_or_else(wrong, Ok)
        }
        (ValueKind::Quantity(amount, unit), ScalarType::Duration) => match duration(amount, *unit) {
            Some(text) => Ok(Literal::Text(text)),
            None => wanted(),
        },
        (ValueKind::Text(it), _) if !is_number(scalar) && scalar != ScalarType::Bool => match of_text(it, scalar) {
            Some(text) => Ok(Literal::Text(text)),
            None => wrong(format!("`{it}` is not {}", wanted_text(scalar))),
        },
        _ => wanted(),
    }
}

/// How a value was likely meant that is none of its type: quotes that lack or are too many, a date in another order.
pub(in crate::lower) fn meant(value: &Value, scalar: ScalarType) -> Option<String> {
    let kind = match (&value.kind, scalar) {
        (ValueKind::Text(it), ScalarType::Date) => ValueKind::Text(text::meant_date(it)?),
        (ValueKind::Text(it) | ValueKind::Word(it), ScalarType::Bool) => key(&it.to_ascii_lowercase(), scalar),
        (ValueKind::Text(it), _) if is_number(scalar) => ValueKind::Number(it.clone()),
        (ValueKind::Word(it) | ValueKind::Number(it), ScalarType::String) => ValueKind::Text(it.clone()),
        (ValueKind::Bool(it), ScalarType::String) => ValueKind::Text(it.to_string()),
        _ => return None,
    };
    let written = match &kind {
        ValueKind::Text(it) => format!("\"{it}\""),
        ValueKind::Number(it) => it.clone(),
        ValueKind::Bool(it) => it.to_string(),
        _ => return None,
    };
    read(&Value { kind, span: value.span }, scalar).is_ok().then_some(written)
}

/// What a map's key, which is always written as text, is as a value of its type.
pub(in crate::lower) fn key(text: &str, scalar: ScalarType) -> ValueKind {
    match scalar {
        ScalarType::Bool if text == "true" || text == "false" => ValueKind::Bool(text == "true"),
        _ if is_number(scalar) && Number::parse(text).is_some() => ValueKind::Number(text.to_owned()),
        _ => ValueKind::Text(text.to_owned()),
    }
}

/// How two values of one type stand to each other; none where they cannot be compared.
pub(in crate::lower) fn compare(scalar: ScalarType, left: &Literal, right: &Literal) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Literal::Number(left), Literal::Number(right)) => Some(Number::parse(left)?.cmp(&Number::parse(right)?)),
        (Literal::Text(left), Literal::Text(right)) => match scalar {
            ScalarType::Duration => Some(text::nanoseconds(left)?.cmp(&text::nanoseconds(right)?)),
            ScalarType::Timestamp => {
                Some(text::nanoseconds_of_timestamp(left)?.cmp(&text::nanoseconds_of_timestamp(right)?))
            }
            // Dates and times have fixed places: they compare as text. A fraction is longer, and later.
            ScalarType::Date | ScalarType::Time => Some(left.cmp(right)),
            _ => None,
        },
        _ => None,
    }
}

/// How two bounds stand to each other, by the form that they have; none where they cannot be compared.
pub(crate) fn order(left: &Literal, right: &Literal) -> Option<std::cmp::Ordering> {
    // Neither form is one of the others; what is none of them is ordered as dates are.
    let forms = [ScalarType::Duration, ScalarType::Timestamp, ScalarType::Date];
    forms.into_iter().find_map(|form| compare(form, left, right))
}

/// Whether a number is a multiple of another.
pub(crate) fn is_multiple_of(left: &Literal, right: &Literal) -> bool {
    let number = |literal: &Literal| literal.as_number().and_then(Number::parse);
    number(left).zip(number(right)).and_then(|(left, right)| left.is_multiple_of(&right)) == Some(true)
}

/// Whether values of a type are numbers.
pub(in crate::lower) fn is_number(scalar: ScalarType) -> bool {
    is_integer(scalar) || matches!(scalar, ScalarType::F32 | ScalarType::F64 | ScalarType::Decimal)
}

fn is_integer(scalar: ScalarType) -> bool {
    matches!(scalar, ScalarType::I32 | ScalarType::U32 | ScalarType::I64 | ScalarType::U64)
}

/// Nanoseconds of an amount of time.
pub(in crate::lower) fn nanoseconds(amount: &str, unit: Unit) -> Option<i128> {
    let long: i128 = match unit {
        Unit::Millisecond => 1_000_000,
        Unit::Second => 1_000_000_000,
        Unit::Minute => 60_000_000_000,
        Unit::Hour => 3_600_000_000_000,
        Unit::Day => 86_400_000_000_000,
        _ => return None,
    };
    text::nanoseconds_of(amount, long)
}

fn duration(amount: &str, unit: Unit) -> Option<String> {
    nanoseconds(amount, unit).map(text::duration)
}

fn number(digits: &str, scalar: ScalarType) -> Result<Literal, String> {
    let Some(number) = Number::parse(digits) else { return Err(format!("`{digits}` is not {}", wanted_text(scalar))) };
    let written = Literal::Number(digits.replace('_', ""));
    let too_large = || Err(format!("{digits} does not fit `{}`", scalar.as_str()));
    let within = |min: i128, max: i128| match number.to_integer() {
        Some(it) if (min..=max).contains(&it) => Ok(Literal::Number(it.to_string())),
        Some(_) => Err(format!("{digits} does not fit `{}`: it is {min} to {max}", scalar.as_str())),
        None if number.extent().1 > 0 => Err(format!("{digits} is not a whole number")),
        None => Err(format!("{digits} does not fit `{}`", scalar.as_str())),
    };
    match scalar {
        ScalarType::I32 => within(i32::MIN.into(), i32::MAX.into()),
        ScalarType::U32 => within(0, u32::MAX.into()),
        ScalarType::I64 => within(i64::MIN.into(), i64::MAX.into()),
        ScalarType::U64 => within(0, u64::MAX.into()),
        ScalarType::F32 if digits.replace('_', "").parse::<f32>().is_ok_and(f32::is_finite) => Ok(written),
        ScalarType::F64 if digits.replace('_', "").parse::<f64>().is_ok_and(f64::is_finite) => Ok(written),
        // 96 bits: 28 digits wherever the point stands.
        ScalarType::Decimal if number.extent().0 + number.extent().1 <= 28 => Ok(match digits.contains(['e', 'E']) {
            // The text of a decimal on the wire has none; how many places are written means something, and stays.
            true => Literal::Number(number.plain()),
            false => written,
        }),
        _ => too_large(),
    }
}

fn of_text(it: &str, scalar: ScalarType) -> Option<String> {
    let sound = match scalar {
        ScalarType::String => true,
        ScalarType::Bytes => text::base64_bytes(it).is_some(),
        ScalarType::Uuid => text::is_uuid(it),
        ScalarType::Url => text::is_url(it),
        ScalarType::IdempotencyKey => !it.is_empty() && it.len() <= 255,
        ScalarType::Timestamp => text::is_timestamp(it),
        ScalarType::Date => text::is_date(it),
        ScalarType::Time => text::is_time(it),
        ScalarType::Duration => return text::nanoseconds(it).map(text::duration),
        _ => false,
    };
    sound.then(|| it.to_owned())
}

/// Any JSON; but bare words and quantities are none.
fn json(value: &Value) -> Result<Literal, Wrong> {
    match &value.kind {
        ValueKind::Word(_) | ValueKind::Quantity(..) => {
            Err(Wrong { at: value.span, message: "JSON is wanted here: text stands in quotes".to_owned() })
        }
        ValueKind::List(items) => Ok(Literal::List(items.iter().map(json).collect::<Result<_, _>>()?)),
        ValueKind::Object(entries) => {
            let entry = |(key, it): &(crate::syntax::tree::Key, Value)| json(it).map(|it| (key.text.clone(), it));
            Ok(Literal::Object(entries.iter().map(entry).collect::<Result<_, _>>()?))
        }
        _ => Ok(plain(value)),
    }
}

fn wanted(scalar: ScalarType) -> String {
    match scalar {
        ScalarType::Bool => "`true` or `false`".to_owned(),
        ScalarType::Duration => "a duration like `2s` or `250ms`".to_owned(),
        _ if is_number(scalar) => format!("a number (`{}`)", scalar.as_str()),
        ScalarType::String => "text in quotes".to_owned(),
        _ => format!("{}, in quotes,", wanted_text(scalar)),
    }
}

fn wanted_text(scalar: ScalarType) -> &'static str {
    match scalar {
        ScalarType::Bytes => "base64",
        ScalarType::Uuid => "a uuid",
        ScalarType::Url => "a url with its scheme",
        ScalarType::IdempotencyKey => "an idempotency key (1 to 255 bytes)",
        ScalarType::Timestamp => "a timestamp like `2026-01-31T08:30:00Z`",
        ScalarType::Date => "a date like `2026-01-31`",
        ScalarType::Time => "a time like `08:30:00`",
        ScalarType::Duration => "a duration like `1.5s`",
        _ => "a number",
    }
}
