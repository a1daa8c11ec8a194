//! The conditions of a contract, one function each: what generated [`Validate`](crate::Validate) code calls.
//!
//! Each adds at most one violation. The words of the messages are those of the contract language.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::validate::{At, Violations};

/// `length in min..max`: characters of a string.
pub fn length(text: &str, min: Option<u64>, max: Option<u64>, at: &At<'_>, found: &mut Violations) {
    // Bytes bound characters from above and, four to one, from below; most texts need no count.
    let bytes = text.len() as u64;
    if min.is_none_or(|min| bytes >= min.saturating_mul(4)) && max.is_none_or(|max| bytes <= max) {
        return;
    }
    let count = text.chars().count() as u64;
    if outside(&count, min.as_ref(), max.as_ref()) {
        found.add(at, format!("length must be {}, not {count}", Bounds(min, max)));
    }
}

/// `size in min..max`: entries of a list, set or map, bytes of `bytes`.
pub fn size(count: usize, min: Option<u64>, max: Option<u64>, at: &At<'_>, found: &mut Violations) {
    if outside(&(count as u64), min.as_ref(), max.as_ref()) {
        found.add(at, format!("size must be {}, not {count}", Bounds(min, max)));
    }
}

/// `value in min..max`: numbers, decimals, durations, dates and times.
pub fn value<T: PartialOrd + Display>(value: &T, min: Option<T>, max: Option<T>, at: &At<'_>, found: &mut Violations) {
    if outside(value, min.as_ref(), max.as_ref()) {
        found.add(at, format!("must be {}, not {value}", Bounds(min, max)));
    }
}

/// `matches /…/`
pub fn matches(text: &str, pattern: &Pattern, at: &At<'_>, found: &mut Violations) {
    if !pattern.regex.is_match(text) {
        found.add(at, format!("must match /{}/", pattern.source));
    }
}

/// `one_of […]`, the list as the contract writes it.
pub fn one_of(is_one: bool, list: &str, at: &At<'_>, found: &mut Violations) {
    if !is_one {
        found.add(at, format!("must be one of {list}"));
    }
}

/// `multiple_of n` of an integer.
pub fn multiple_of_integer(value: impl Into<i128>, step: i128, at: &At<'_>, found: &mut Violations) {
    if value.into() % step != 0 {
        found.add(at, format!("must be a multiple of {step}"));
    }
}

/// `multiple_of n` of a decimal.
pub fn multiple_of_decimal(
    value: &rust_decimal::Decimal,
    step: rust_decimal::Decimal,
    at: &At<'_>,
    found: &mut Violations,
) {
    if value.checked_rem(step).is_none_or(|rest| !rest.is_zero()) {
        found.add(at, format!("must be a multiple of {step}"));
    }
}

/// `multiple_of n` of a float: the quotient must be whole within the precision of the type.
pub fn multiple_of_float<T: Float>(value: T, step: f64, at: &At<'_>, found: &mut Violations) {
    let quotient = value.into() / step;
    // Written so that NaN, the quotient of what is infinite, is no multiple.
    let is_whole = (quotient - quotient.round()).abs() <= T::EPSILON * quotient.abs().max(1.0);
    if !is_whole {
        found.add(at, format!("must be a multiple of {step}"));
    }
}

/// `f32` and `f64`.
pub trait Float: Into<f64> {
    /// How far a quotient may be off, of 1: value and step are rounded, and their quotient is again.
    const EPSILON: f64;
}

impl Float for f32 {
    const EPSILON: f64 = 2.0 * f32::EPSILON as f64;
}

impl Float for f64 {
    const EPSILON: f64 = 2.0 * f64::EPSILON;
}

/// `unique`: no entry of a list twice.
///
/// Entries of a long list are equal when they are equal and so are their JSON forms: there, 0.0 is not -0.0.
pub fn unique<T: PartialEq + Serialize>(list: &[T], at: &At<'_>, found: &mut Violations) {
    let again = match list.len() <= COMPARED_MAX {
        true => list.iter().enumerate().position(|(index, item)| list[..index].contains(item)),
        false => first_again(list),
    };
    if let Some(index) = again {
        found.add(&at.index(index), "stands in the list twice");
    }
}

/// How many entries `unique` compares each with each.
const COMPARED_MAX: usize = 100;

/// The index of the first entry that stands in the list before, found by the JSON forms.
fn first_again<T: PartialEq + Serialize>(list: &[T]) -> Option<usize> {
    let mut seen = HashMap::with_capacity(list.len());
    list.iter().enumerate().position(|(index, item)| {
        // What has no JSON form did not come from a peer, and will not reach one.
        let Ok(form) = serde_json::to_vec(item) else { return false };
        let before = *seen.entry(form).or_insert(index);
        // NaN has the form of null and equals nothing.
        before != index && list[before] == *item
    })
}

/// `unique` of entries that can be ordered: no quadratic search.
pub fn unique_ord<T: Ord>(list: &[T], at: &At<'_>, found: &mut Violations) {
    let mut seen = BTreeSet::new();
    if let Some(index) = list.iter().position(|item| !seen.insert(item)) {
        found.add(&at.index(index), "stands in the list twice");
    }
}

/// `format email`: one `@` with a dot-atom before it and a host name behind it (RFC 5321, without quoted parts).
pub fn email(text: &str, at: &At<'_>, found: &mut Violations) {
    static LOCAL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$").expect("a fixed pattern")
    });
    let valid = text.len() <= 254
        && text
            .rsplit_once('@')
            .is_some_and(|(local, host)| local.len() <= 64 && LOCAL.is_match(local) && is_hostname(host));
    if !valid {
        found.add(at, "must be an e-mail address");
    }
}

/// `format uri`: an absolute URI (RFC 3986).
pub fn uri(text: &str, at: &At<'_>, found: &mut Violations) {
    if !is_uri(text) {
        found.add(at, "must be an absolute URI");
    }
}

/// `format hostname`: a host name (RFC 1123).
pub fn hostname(text: &str, at: &At<'_>, found: &mut Violations) {
    if !is_hostname(text) {
        found.add(at, "must be a host name");
    }
}

/// `format ipv4`
pub fn ipv4(text: &str, at: &At<'_>, found: &mut Violations) {
    if text.parse::<std::net::Ipv4Addr>().is_err() {
        found.add(at, "must be an IPv4 address");
    }
}

/// `format ipv6`
pub fn ipv6(text: &str, at: &At<'_>, found: &mut Violations) {
    if text.parse::<std::net::Ipv6Addr>().is_err() {
        found.add(at, "must be an IPv6 address");
    }
}

/// A regular expression of a contract; compiled on first use, kept for good.
///
/// ```
/// use wireloom::check::Pattern;
///
/// static SKU: std::sync::LazyLock<Pattern> = std::sync::LazyLock::new(|| Pattern::new("^[A-Z0-9-]{1,32}$"));
/// assert!(SKU.is_match("TEA-1"));
/// ```
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    regex: Regex,
}

impl Pattern {
    /// Compiles an expression that the compiler has checked.
    pub fn new(source: &'static str) -> Pattern {
        Pattern { source, regex: Regex::new(source).expect("the compiler has checked the expression") }
    }

    /// Whether the text has a match.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

pub(crate) fn is_uri(text: &str) -> bool {
    static URI: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$")
            .expect("a fixed pattern")
    });
    URI.is_match(text)
}

fn is_hostname(text: &str) -> bool {
    static LABEL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$").expect("a fixed pattern"));
    !text.is_empty() && text.len() <= 253 && text.split('.').all(|label| LABEL.is_match(label))
}

fn outside<T: PartialOrd>(value: &T, min: Option<&T>, max: Option<&T>) -> bool {
    // Written so that NaN is outside of every bound.
    !(min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max))
}

/// Bounds as the contract writes them: `in 1..80`, `at least 1`.
struct Bounds<T>(Option<T>, Option<T>);

impl<T: Display> Display for Bounds<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.0, &self.1) {
            (Some(min), Some(max)) => write!(f, "in {min}..{max}"),
            (Some(min), None) => write!(f, "at least {min}"),
            (None, Some(max)) => write!(f, "at most {max}"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_multiples_within_their_precision() {
        let is_multiple = |check: &dyn Fn(&At<'_>, &mut Violations)| {
            let mut found = Violations::new();
            check(&At::root(), &mut found);
            found.is_empty()
        };
        for (value, step, expected) in
            [(0.3, 0.1, true), (5_000_000.25, 0.5, false), (1e15, 0.5, true), (f64::NAN, 1.0, false), (7.1, 0.1, true)]
        {
            let found = is_multiple(&|at, found| multiple_of_float(value, step, at, found));
            assert_eq!(found, expected, "{value} of {step}");
        }
        assert!(is_multiple(&|at, found| multiple_of_float(0.3f32, 0.1, at, found)));
        assert!(!is_multiple(&|at, found| multiple_of_float(0.35f32, 0.1, at, found)));
    }

    #[test]
    fn long_lists_are_searched_in_little_time() {
        let mut list: Vec<f64> = (0..200_000).map(f64::from).collect();
        let twice = |list: &[f64]| {
            let mut found = Violations::new();
            unique(list, &At::root(), &mut found);
            found.to_string()
        };
        assert_eq!(twice(&list), "");
        list.push(7.0);
        assert_eq!(twice(&list), "[200000]: stands in the list twice");
        assert_eq!(twice(&[f64::NAN; 200]), "");
        assert_eq!(twice(&[0.0, 1.0, 0.0]), "[2]: stands in the list twice");
    }
}
