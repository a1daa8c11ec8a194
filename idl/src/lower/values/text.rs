//! The forms of text that scalars have: uuid, dates and times, urls, base64, durations.

/// Ten thousand years, the longest duration that protobuf carries.
const SECONDS_MAX: i128 = 315_576_000_000;

/// `6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01`
pub(in crate::lower) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A scheme, a colon and something without blanks behind it.
pub(in crate::lower) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !rest.is_empty()
        && !rest.chars().any(|letter| letter.is_whitespace() || letter.is_control())
}

/// Base64 of the usual alphabet, padded.
pub(in crate::lower) fn base64_bytes(text: &str) -> Option<usize> {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let sound = text.len().is_multiple_of(4)
        && padding <= 2
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte));
    sound.then_some(text.len() / 4 * 3 - padding)
}

/// Whether a text is a day of the calendar: `2027-01-31`.
///
/// ```
/// assert!(wireloom_idl::is_date("2028-02-29") && !wireloom_idl::is_date("2026-99-99"));
/// ```
pub fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (digits(&bytes[..4]), digits(&bytes[5..7]), digits(&bytes[8..])) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// The day that was meant by one without leading zeros or with other signs between, year first: `2027/1/31`.
pub(in crate::lower) fn meant_date(text: &str) -> Option<String> {
    let day = text.split(['T', ' ']).next()?;
    let parts: Vec<u32> = day.split(['-', '/', '.']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year @ 1_000..=9_999, month, day] = parts[..] else { return None };
    let right = format!("{year:04}-{month:02}-{day:02}");
    is_date(&right).then_some(right)
}

/// `08:30:00`, with a fraction of seconds or without.
pub(in crate::lower) fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[2] != b':' || bytes[5] != b':' {
        return false;
    }
    let part = |range: std::ops::Range<usize>, below: u32| digits(&bytes[range]).is_some_and(|it| it < below);
    let fraction = match &bytes[8..] {
        [] => true,
        [b'.', rest @ ..] => (1..=9).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    part(0..2, 24) && part(3..5, 60) && part(6..8, 60) && fraction
}

/// RFC 3339: a date, `T`, a time, and `Z` or an offset.
pub(in crate::lower) fn is_timestamp(text: &str) -> bool {
    nanoseconds_of_timestamp(text).is_some()
}

/// Nanoseconds since the year 0 in UTC: what timestamps are compared by.
pub(in crate::lower) fn nanoseconds_of_timestamp(text: &str) -> Option<i128> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't'])?;
    let (time, offset) = match rest.strip_suffix(['Z', 'z']) {
        Some(time) => (time, 0),
        None => {
            let (time, offset) = rest.split_at_checked(rest.len().checked_sub(6)?)?;
            let (sign, bytes) = (offset.as_bytes()[0], &offset.as_bytes()[1..]);
            let (hours, minutes) = (digits(&bytes[..2])?, digits(&bytes[3..])?);
            if bytes[2] != b':' || hours > 23 || minutes > 59 {
                return None;
            }
            let minutes = i128::from(hours * 60 + minutes);
            (
                time,
                match sign {
                    b'+' => minutes,
                    b'-' => -minutes,
                    _ => return None,
                },
            )
        }
    };
    if !is_date(date) || !is_time(time) {
        return None;
    }
    let bytes = date.as_bytes();
    let (year, month, day) = (digits(&bytes[..4])?, digits(&bytes[5..7])?, digits(&bytes[8..])?);
    let seconds = days(year, month, day) * 86_400 - offset * 60;
    Some(seconds * 1_000_000_000 + nanoseconds_of_time(time))
}

/// Nanoseconds since midnight, of a time that is one.
fn nanoseconds_of_time(time: &str) -> i128 {
    let bytes = time.as_bytes();
    let part = |range: std::ops::Range<usize>| i128::from(digits(&bytes[range]).unwrap_or(0));
    let fraction = format!("{:0<9}", time.get(9..).unwrap_or(""));
    let seconds = part(0..2) * 3_600 + part(3..5) * 60 + part(6..8);
    seconds * 1_000_000_000 + fraction.parse::<i128>().unwrap_or(0)
}

/// Days since a fixed day of the year 0, Gregorian throughout.
fn days(year: u32, month: u32, day: u32) -> i128 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.saturating_sub(1), month + 9) };
    let (year, month) = (i128::from(year), i128::from(month));
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + i128::from(day)
}

fn digits(bytes: &[u8]) -> Option<u32> {
    let sound = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    sound.then(|| bytes.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

/// Nanoseconds of `1.5s`.
pub(in crate::lower) fn nanoseconds(text: &str) -> Option<i128> {
    let amount = super::number::Number::parse(text.strip_suffix('s')?)?;
    in_bounds(amount.scaled(-9)?)
}

/// Nanoseconds of an amount of a unit that is so many nanoseconds long.
pub(in crate::lower) fn nanoseconds_of(amount: &str, unit: i128) -> Option<i128> {
    in_bounds(super::number::Number::parse(amount)?.scaled(-9)?.checked_mul(unit)? / 1_000_000_000)
}

fn in_bounds(nanoseconds: i128) -> Option<i128> {
    (nanoseconds.abs() <= SECONDS_MAX * 1_000_000_000).then_some(nanoseconds)
}

/// The canonical form of a duration, `0.25s`.
pub(in crate::lower) fn duration(nanoseconds: i128) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let (seconds, rest) = (nanoseconds.unsigned_abs() / 1_000_000_000, nanoseconds.unsigned_abs() % 1_000_000_000);
    match rest {
        0 => format!("{sign}{seconds}s"),
        rest => format!("{sign}{seconds}.{}s", format!("{rest:09}").trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_know_the_calendar() {
        assert!(is_date("2024-02-29") && !is_date("2023-02-29") && !is_date("1900-02-29") && !is_date("2024-13-01"));
    }

    #[test]
    fn timestamps_want_an_offset_and_compare_across_them() {
        assert!(!is_timestamp("2024-02-29T08:30:00") && !is_timestamp("2024-02-29T25:30:00Z"));
        let utc = nanoseconds_of_timestamp("2024-03-01T00:30:00Z");
        assert!(utc.is_some());
        assert_eq!(utc, nanoseconds_of_timestamp("2024-02-29T23:30:00-01:00"));
    }

    #[test]
    fn durations_are_seconds() {
        assert_eq!(nanoseconds_of("250", 1_000_000).map(duration).as_deref(), Some("0.25s"));
        assert_eq!(nanoseconds_of("1.5", 60_000_000_000).map(duration).as_deref(), Some("90s"));
        assert_eq!(nanoseconds("-1.50s").map(duration).as_deref(), Some("-1.5s"));
        assert_eq!(nanoseconds("1e300s"), None);
    }
}
