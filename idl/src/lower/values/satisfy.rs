//! Whether values satisfy the constraints of their types.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::number::Number;
use super::{Values, scalar, text};
use crate::contract::{Constraint, Format, Literal, ScalarType, Type, TypeKind};
use crate::diagnostic::{Diagnostic, codes};
use crate::lower::pattern;
use crate::source::Span;

impl Values<'_, '_> {
    /// Whether a value satisfies all; reported at the value where not.
    pub(super) fn satisfies(&mut self, at: Span, literal: &Literal, ty: &Type, constraints: &[Constraint]) -> bool {
        let base = match ty {
            Type::Scalar(scalar) => Some(*scalar),
            Type::Named(id) => match self.types.get(id.0 as usize).map(|def| &def.kind) {
                Some(TypeKind::Scalar(it)) => Some(it.base),
                _ => None,
            },
            _ => None,
        };
        let broken = constraints.iter().find_map(|constraint| violation(literal, base, constraint));
        if let Some(message) = &broken {
            self.report.push(Diagnostic::new(&codes::VALUE_REFUSED, at, message.clone()));
        }
        broken.is_none()
    }
}

/// The position of the first entry that stands there a second time.
pub(super) fn repeated(entries: &[Literal]) -> Option<usize> {
    let mut seen = BTreeSet::new();
    entries.iter().position(|entry| !seen.insert(entry))
}

fn violation(literal: &Literal, base: Option<ScalarType>, constraint: &Constraint) -> Option<String> {
    match constraint {
        Constraint::Length { min, max } => {
            let length = literal.as_text()?.chars().count() as u64;
            outside(length, *min, *max).then(|| format!("its length is {length}, wanted is {}", range(min, max)))
        }
        Constraint::Size { min, max } => {
            let size = size(literal)? as u64;
            outside(size, *min, *max).then(|| format!("its size is {size}, wanted is {}", range(min, max)))
        }
        Constraint::Value { min, max } => {
            let below = |bound: &Literal| scalar::compare(base?, literal, bound).map(Ordering::is_lt);
            let above = |bound: &Literal| scalar::compare(base?, literal, bound).map(Ordering::is_gt);
            let low = min.as_ref().and_then(below) == Some(true);
            let high = max.as_ref().and_then(above) == Some(true);
            (low || high).then(|| format!("{} is outside of {}", show(literal), literal_range(min, max)))
        }
        Constraint::Matches(pattern) => {
            let text = literal.as_text()?;
            (pattern::is_match(pattern, text) == Some(false)).then(|| format!("`{text}` does not match /{pattern}/"))
        }
        Constraint::OneOf(values) => {
            let same = |value: &Literal| {
                value == literal
                    || base.is_some_and(|base| scalar::compare(base, value, literal) == Some(Ordering::Equal))
            };
            (!values.iter().any(same)).then(|| format!("{} is none of those allowed", show(literal)))
        }
        Constraint::Format(format) => {
            let text = literal.as_text()?;
            (!has_format(text, *format)).then(|| format!("`{text}` is not of format `{}`", format.as_str()))
        }
        Constraint::MultipleOf(step) => {
            let (value, step) = (Number::parse(literal.as_number()?)?, step.as_number()?);
            (value.is_multiple_of(&Number::parse(step)?) == Some(false))
                .then(|| format!("{} is no multiple of {step}", show(literal)))
        }
        Constraint::Unique => match literal {
            Literal::List(entries) => repeated(entries).map(|at| format!("entry {} stands there twice", at + 1)),
            _ => None,
        },
    }
}

fn size(literal: &Literal) -> Option<usize> {
    match literal {
        Literal::List(entries) => Some(entries.len()),
        Literal::Object(entries) => Some(entries.len()),
        Literal::Text(bytes) => text::base64_bytes(bytes),
        _ => None,
    }
}

fn outside(amount: u64, min: Option<u64>, max: Option<u64>) -> bool {
    min.is_some_and(|min| amount < min) || max.is_some_and(|max| amount > max)
}

fn range(min: &Option<u64>, max: &Option<u64>) -> String {
    let show = |bound: &Option<u64>| bound.map_or_else(String::new, |it| it.to_string());
    format!("{}..{}", show(min), show(max))
}

fn literal_range(min: &Option<Literal>, max: &Option<Literal>) -> String {
    let bound = |it: &Option<Literal>| it.as_ref().map_or_else(String::new, show);
    format!("{}..{}", bound(min), bound(max))
}

fn show(literal: &Literal) -> String {
    match literal {
        Literal::Number(text) | Literal::Text(text) => text.clone(),
        Literal::Bool(it) => it.to_string(),
        Literal::Null | Literal::List(_) | Literal::Object(_) => "the value".to_owned(),
    }
}

/// Whether a text plainly has not the form; what a mail server or resolver would say is not asked here.
fn has_format(text: &str, format: Format) -> bool {
    let label = |it: &str| {
        (1..=63).contains(&it.len())
            && it.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !it.starts_with('-')
            && !it.ends_with('-')
    };
    match format {
        Format::Email => {
            let parts = text.rsplit_once('@');
            parts.is_some_and(|(name, host)| {
                !name.is_empty() && !name.contains(char::is_whitespace) && host.split('.').all(label)
            })
        }
        Format::Uri => text::is_url(text),
        Format::Hostname => text.len() <= 253 && text.split('.').all(label),
        Format::Ipv4 => text.parse::<std::net::Ipv4Addr>().is_ok(),
        Format::Ipv6 => text.parse::<std::net::Ipv6Addr>().is_ok(),
    }
}
