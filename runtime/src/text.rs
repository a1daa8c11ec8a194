//! The text form of scalars: in paths, queries, headers and map keys.

use std::borrow::Cow;
use std::str::FromStr;

/// A value that stands in a path, a query, a header or as a map's key.
///
/// Generated for named scalars and enums; built in for the rest. The form is the one the value has in JSON, without quotes.
///
/// ```
/// use wireloom::Text;
///
/// assert_eq!(u32::from_text("42"), Ok(42));
/// assert_eq!(u32::from_text("x").unwrap_err(), "must be a u32");
/// assert_eq!(true.to_text(), "true");
/// ```
pub trait Text: Sized {
    /// The text.
    fn to_text(&self) -> Cow<'_, str>;

    /// The value of a text.
    ///
    /// # Errors
    /// What the text must be: `must be a uuid`.
    fn from_text(text: &str) -> Result<Self, String>;
}

impl Text for String {
    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }

    fn from_text(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }
}

/// Types whose `Display` and `FromStr` are the text form.
macro_rules! text_by_display {
    ($($ty:ty: $name:literal;)*) => {
        $(impl Text for $ty {
            fn to_text(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }

            fn from_text(text: &str) -> Result<$ty, String> {
                <$ty>::from_str(text).map_err(|_| concat!("must be ", $name).to_owned())
            }
        })*
    };
}

text_by_display! {
    bool: "true or false";
    i32: "an i32";
    u32: "a u32";
    i64: "an i64";
    u64: "a u64";
    uuid::Uuid: "a uuid";
    rust_decimal::Decimal: "a decimal number";
    jiff::Timestamp: "a timestamp (RFC 3339)";
    jiff::civil::Date: "a date (2026-01-31)";
    jiff::civil::Time: "a time (13:45:00)";
}

/// Floats must be finite: JSON knows no other.
macro_rules! text_of_floats {
    ($($ty:ty),*) => {
        $(impl Text for $ty {
            fn to_text(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }

            fn from_text(text: &str) -> Result<$ty, String> {
                text.parse().ok().filter(|value: &$ty| value.is_finite()).ok_or_else(|| "must be a number".to_owned())
            }
        })*
    };
}

text_of_floats!(f32, f64);

impl Text for bytes::Bytes {
    fn to_text(&self) -> Cow<'_, str> {
        use base64::Engine as _;
        Cow::Owned(base64::engine::general_purpose::STANDARD.encode(self))
    }

    fn from_text(text: &str) -> Result<bytes::Bytes, String> {
        use base64::Engine as _;
        let decoded = base64::engine::general_purpose::STANDARD.decode(text);
        decoded.map(bytes::Bytes::from).map_err(|_| "must be base64".to_owned())
    }
}

/// Seconds with a fraction and an `s`: `1.5s`, `-0.25s` (as in protobuf's JSON form).
impl Text for jiff::SignedDuration {
    fn to_text(&self) -> Cow<'_, str> {
        let nanos = self.as_nanos();
        let sign = if nanos < 0 { "-" } else { "" };
        let (seconds, rest) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
        if rest == 0 {
            return Cow::Owned(format!("{sign}{seconds}s"));
        }
        let fraction = format!("{rest:09}");
        Cow::Owned(format!("{sign}{seconds}.{}s", fraction.trim_end_matches('0')))
    }

    fn from_text(text: &str) -> Result<jiff::SignedDuration, String> {
        parse_seconds(text).ok_or_else(|| "must be a duration in seconds (1.5s)".to_owned())
    }
}

fn parse_seconds(text: &str) -> Option<jiff::SignedDuration> {
    let digits = text.strip_suffix('s')?;
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, digits),
    };
    let (seconds, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(seconds) || !all_digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let seconds: i64 = seconds.parse().ok()?;
    let nanos: i32 = format!("{fraction:0<9}").parse().ok()?;
    let duration = jiff::SignedDuration::new(seconds, nanos);
    Some(if negative { -duration } else { duration })
}
