//! The day it is, in UTC: the one place of the command line that asks a clock.

use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_A_DAY: u64 = 86_400;

/// Today, as `2026-11-26`.
pub(super) fn today() -> String {
    #[expect(clippy::disallowed_methods, reason = "what is deprecated until a day is judged by the calendar")]
    let now = SystemTime::now();
    // A clock before 1970 is no clock.
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    written(seconds / SECONDS_A_DAY)
}

/// The day that lies so many days behind 1 January 1970.
fn written(days: u64) -> String {
    // Years begin in March here, so that the leap day is the last; 400 years have 146,097 days.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, date) in
            [(0, "1970-01-01"), (58, "1970-02-28"), (789, "1972-02-29"), (11_016, "2000-02-29"), (20_783, "2026-11-26")]
        {
            assert_eq!(written(days), date);
        }
    }
}
