//! Constraints: whether they fit the type they stand on, and are well-formed.

use super::broken::is_broken;
use super::values::number::Number;
use super::values::scalar;
use super::{Lowering, pattern, suggest};
use crate::contract::{Constraint, Format, Literal, ScalarType, Type, TypeKind};
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::source::Span;
use crate::syntax::tree::{self, Bounds, ConstraintKind, Name, Unit, Value, ValueKind};

/// The constraints that bound an amount.
const BOUNDING: [&str; 3] = ["length", "size", "value"];

/// What formats are called elsewhere.
const SYNONYMS: &suggest::Synonyms = &[
    ("email", &["mail", "emailaddress", "idnemail"]),
    ("uri", &["url", "irl", "iri", "link", "urireference"]),
    ("hostname", &["host", "domain", "fqdn", "idnhostname", "dns"]),
    ("ipv4", &["ip", "ip4"]),
    ("ipv6", &["ip6"]),
];

/// A type, as far as constraints tell types apart.
#[derive(Clone, Copy)]
enum Sort {
    Scalar(ScalarType),
    List,
    /// Set or map.
    Entries,
    Enum,
    Other,
    /// Reported already: everything fits.
    Broken,
}

impl<'a> Lowering<'a> {
    /// The constraints that stand on a type.
    pub(super) fn constraints(&mut self, ty: &Type, list: &'a [tree::Constraint]) -> Vec<Constraint> {
        if list.is_empty() {
            return Vec::new();
        }
        let sort = self.sort(ty);
        list.iter().filter_map(|constraint| self.constraint(ty, sort, constraint)).collect()
    }

    fn sort(&self, ty: &Type) -> Sort {
        match ty {
            _ if is_broken(ty) => Sort::Broken,
            Type::Scalar(scalar) => Sort::Scalar(*scalar),
            Type::List(_) => Sort::List,
            Type::Set(_) | Type::Map(..) => Sort::Entries,
            Type::Nullable(inner) => self.sort(inner),
            Type::Named(id) => match &self.types[id.0 as usize].kind {
                TypeKind::Scalar(_) if self.sheets[id.0 as usize].broken => Sort::Broken,
                TypeKind::Scalar(scalar) => Sort::Scalar(scalar.base),
                TypeKind::Enum(_) => Sort::Enum,
                _ => Sort::Other,
            },
        }
    }

    fn constraint(&mut self, ty: &Type, sort: Sort, source: &'a tree::Constraint) -> Option<Constraint> {
        if matches!(sort, Sort::Broken) || !self.fits(sort, source) {
            return None;
        }
        match &source.kind {
            ConstraintKind::Bounded(word, bounds) => self.bounded(sort, word, bounds),
            ConstraintKind::Matches(text) => match pattern::check(text) {
                None => Some(Constraint::Matches(text.value.clone())),
                Some(diagnostic) => {
                    self.report(diagnostic);
                    None
                }
            },
            ConstraintKind::OneOf(values) => self.one_of(ty, source.span, values),
            ConstraintKind::Format(word) => self.format(word),
            ConstraintKind::MultipleOf(value) => {
                let Sort::Scalar(scalar) = sort else { return None };
                let step = self.values().read(value, &Type::Scalar(scalar))?;
                let positive =
                    step.as_number().and_then(Number::parse).is_some_and(|it| !it.is_zero() && !it.is_negative());
                if !positive {
                    self.report(Diagnostic::new(
                        &codes::CONSTRAINT_BOUNDS,
                        value.span,
                        "`multiple_of` wants a number above zero",
                    ));
                }
                positive.then_some(Constraint::MultipleOf(step))
            }
            ConstraintKind::Unique => Some(Constraint::Unique),
        }
    }

    /// Whether a constraint may stand on a type; reported with those that may where not.
    fn fits(&mut self, sort: Sort, source: &tree::Constraint) -> bool {
        let word = match &source.kind {
            ConstraintKind::Bounded(word, _) => word.text.as_str(),
            ConstraintKind::Matches(_) => "matches",
            ConstraintKind::OneOf(_) => "one_of",
            ConstraintKind::Format(_) => "format",
            ConstraintKind::MultipleOf(_) => "multiple_of",
            ConstraintKind::Unique => "unique",
        };
        let fitting = fitting(sort);
        let known = ["length", "size", "value", "matches", "one_of", "format", "multiple_of", "unique"];
        if fitting.contains(&word) || !known.contains(&word) {
            return true;
        }
        let diagnostic = Diagnostic::new(
            &codes::CONSTRAINT_MISPLACED,
            source.span,
            format!("`{word}` does not fit {}", called(sort)),
        );
        let diagnostic = match fitting {
            [] => diagnostic.help("no constraint stands on it: put them on its members"),
            words => diagnostic.help(format!("what fits is {}", suggest::listed(words, "or"))),
        };
        // `length`, `size` and `value` bound alike; each type has one of them.
        let bounding = fitting.iter().find(|word| BOUNDING.contains(word));
        self.report(match (&source.kind, bounding) {
            (ConstraintKind::Bounded(name, _), Some(right)) => {
                diagnostic.fix(format!("write `{right}`"), name.span, *right)
            }
            _ => diagnostic,
        });
        false
    }

    fn bounded(&mut self, sort: Sort, word: &Name, bounds: &'a Bounds) -> Option<Constraint> {
        match (word.text.as_str(), sort) {
            ("length" | "size", _) => {
                let min = self.amount(word, bounds.min.as_ref());
                let max = self.amount(word, bounds.max.as_ref());
                let (min, max) = (min?, max?);
                if let (Some(low), Some(high)) = (min, max)
                    && low > high
                {
                    self.report_empty(bounds);
                    return None;
                }
                Some(match word.text.as_str() {
                    "length" => Constraint::Length { min, max },
                    _ => Constraint::Size { min, max },
                })
            }
            ("value", Sort::Scalar(base)) => {
                let ty = Type::Scalar(base);
                let min = bounds.min.as_ref().map(|value| self.values().read(value, &ty));
                let max = bounds.max.as_ref().map(|value| self.values().read(value, &ty));
                let (min, max): (Option<Literal>, Option<Literal>) =
                    (min.map_or(Some(None), |it| it.map(Some))?, max.map_or(Some(None), |it| it.map(Some))?);
                if let (Some(low), Some(high)) = (&min, &max)
                    && scalar::compare(base, low, high).is_some_and(std::cmp::Ordering::is_gt)
                {
                    self.report_empty(bounds);
                    return None;
                }
                Some(Constraint::Value { min, max })
            }
            _ => {
                let message = format!("no constraint is called `{}`", word.text);
                let diagnostic = Diagnostic::new(&codes::CONSTRAINT_MISPLACED, word.span, message);
                self.report(suggest::word(diagnostic, word.span, &word.text, BOUNDING, &[]));
                None
            }
        }
    }

    /// A bound of `length` or `size`: `Some(None)` where none is said, none where it is wrong, which is reported.
    fn amount(&mut self, word: &Name, value: Option<&Value>) -> Option<Option<u64>> {
        let Some(value) = value else { return Some(None) };
        let whole = |digits: &str| Number::parse(digits)?.to_integer();
        let amount = match &value.kind {
            ValueKind::Number(digits) => whole(digits),
            ValueKind::Quantity(digits, unit) if word.text == "size" => {
                bytes(*unit).zip(whole(digits)).map(|(unit, it)| unit * it)
            }
            _ => None,
        };
        let amount = amount.and_then(|it| u64::try_from(it).ok());
        if amount.is_none() {
            let message = format!("`{}` is bounded by whole numbers from 0", word.text);
            self.report(Diagnostic::new(&codes::CONSTRAINT_BOUNDS, value.span, message));
        }
        amount.map(Some)
    }

    fn report_empty(&mut self, bounds: &Bounds) {
        if let (Some(min), Some(max)) = (&bounds.min, &bounds.max) {
            let place = min.span.to(max.span);
            let message = "the lower bound is above the upper: nothing satisfies this";
            let (low, high) = (self.sources.text(max.span), self.sources.text(min.span));
            let exchanged = vec![Edit::replace(min.span, low), Edit::replace(max.span, high)];
            let diagnostic = Diagnostic::new(&codes::CONSTRAINT_BOUNDS, place, message).help("exchange them");
            self.report(diagnostic.fix_by("exchange them", exchanged));
        }
    }

    fn one_of(&mut self, ty: &Type, place: Span, values: &'a [Value]) -> Option<Constraint> {
        if values.is_empty() {
            self.report(Diagnostic::new(&codes::CONSTRAINT_BOUNDS, place, "`one_of` names at least one value"));
            return None;
        }
        let read: Vec<Option<Literal>> = values.iter().map(|value| self.values().read(value, ty)).collect();
        read.into_iter().collect::<Option<_>>().map(Constraint::OneOf)
    }

    fn format(&mut self, word: &Name) -> Option<Constraint> {
        let format = Format::ALL.into_iter().find(|format| format.as_str() == word.text);
        if format.is_none() {
            let message = format!("no format is called `{}`", word.text);
            let words = Format::ALL.iter().map(|format| format.as_str());
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_FORMAT, word.span, message);
            self.report(suggest::word(diagnostic, word.span, &word.text, words, SYNONYMS));
        }
        format.map(Constraint::Format)
    }
}

/// How a type is called.
fn called(sort: Sort) -> String {
    match sort {
        Sort::List => "a list".to_owned(),
        Sort::Entries => "a set or map".to_owned(),
        Sort::Enum => "an enum".to_owned(),
        Sort::Other | Sort::Broken => "this type".to_owned(),
        Sort::Scalar(scalar) => format!("`{}`", scalar.as_str()),
    }
}

/// The constraints that may stand on a type.
fn fitting(sort: Sort) -> &'static [&'static str] {
    use ScalarType::{Bool, Bytes, Date, Duration, IdempotencyKey, Json, String, Time, Timestamp, Url, Uuid};
    match sort {
        Sort::List => &["size", "unique"],
        Sort::Entries => &["size"],
        Sort::Enum => &["one_of"],
        Sort::Other | Sort::Broken => &[],
        Sort::Scalar(scalar) => match scalar {
            String | Url | IdempotencyKey => &["length", "matches", "one_of", "format"],
            Bytes => &["size"],
            Bool | Json => &[],
            Uuid => &["one_of"],
            Timestamp | Date | Time | Duration => &["value", "one_of"],
            _ => &["value", "one_of", "multiple_of"],
        },
    }
}

fn bytes(unit: Unit) -> Option<i128> {
    match unit {
        Unit::Byte => Some(1),
        Unit::Kilobyte => Some(1_000),
        Unit::Megabyte => Some(1_000_000),
        Unit::Gigabyte => Some(1_000_000_000),
        Unit::Kibibyte => Some(1 << 10),
        Unit::Mebibyte => Some(1 << 20),
        Unit::Gibibyte => Some(1 << 30),
        _ => None,
    }
}
