//! Values: JSON's forms, bare words, numbers and quantities.

use pest::iterators::Pair;

use super::{Converter, Parts};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{Key, Unit, Value, ValueKind};

impl Converter<'_, '_> {
    pub(super) fn value(&mut self, pair: Pair<'_, Rule>) -> Value {
        let pair = pair.into_inner().next().expect("the grammar demands one form");
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::object => return self.object(pair),
            Rule::array => ValueKind::List(self.values(pair)),
            Rule::text => ValueKind::Text(self.text(&pair).value),
            Rule::number => return self.number(&pair),
            _ => word(self.written(span)),
        };
        Value { kind, span }
    }

    pub(super) fn object(&mut self, pair: Pair<'_, Rule>) -> Value {
        let span = self.span(&pair);
        let pairs = pair.into_inner().filter(|pair| pair.as_rule() == Rule::pair);
        let entries = pairs.map(|pair| {
            let mut parts = Parts::of(pair);
            let key = parts.next().expect("the grammar demands a key");
            let span = self.span(&key);
            let key = match key.as_rule() {
                Rule::text => Key { text: self.text(&key).value, quoted: true, span },
                _ => Key { text: self.name(&key).text, quoted: false, span },
            };
            (key, self.value(parts.the(Rule::value)))
        });
        let entries = entries.collect();
        Value { kind: ValueKind::Object(entries), span }
    }

    pub(super) fn values(&mut self, array: Pair<'_, Rule>) -> Vec<Value> {
        let values = array.into_inner().filter(|pair| pair.as_rule() == Rule::value);
        values.map(|pair| self.value(pair)).collect()
    }

    /// A number or a text.
    pub(super) fn bound(&mut self, pair: Pair<'_, Rule>) -> Value {
        let pair = pair.into_inner().next().expect("the grammar demands a number or a text");
        match pair.as_rule() {
            Rule::number => self.number(&pair),
            _ => {
                let text = self.text(&pair);
                Value { kind: ValueKind::Text(text.value), span: text.span }
            }
        }
    }

    pub(super) fn number(&mut self, pair: &Pair<'_, Rule>) -> Value {
        let span = self.span(pair);
        let (number, unit) = pair.as_str().split_at(number_length(pair.as_str()));
        let kind = match unit_named(unit) {
            _ if number.ends_with('_') || number.contains("__") || number.contains("_.") => {
                let message = format!("`{}` is not a number: `_` stands between two digits", pair.as_str());
                let right = tidy(number) + unit;
                let diagnostic = Diagnostic::new(&codes::MALFORMED_NUMBER, span, message);
                self.out.push(diagnostic.fix(format!("write `{right}`"), span, right));
                ValueKind::Number("0".to_owned())
            }
            Some(unit) => ValueKind::Quantity(number.to_owned(), unit),
            None if unit.is_empty() => ValueKind::Number(number.to_owned()),
            None => {
                let unit = Span { start: span.start + number.len() as u32, ..span };
                self.unknown_unit(unit);
                ValueKind::Number(number.to_owned())
            }
        };
        Value { kind, span }
    }

    fn unknown_unit(&mut self, span: Span) {
        let written = self.written(span);
        let message = format!("no unit is called `{written}`");
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_UNIT, span, message)
            .help("durations: `ms s m h d`; sizes: `B KB MB GB KiB MiB GiB`; rates: `/s /m /h`; shares: `%`");
        let same = UNITS.iter().map(|(name, _)| *name).find(|name| name.eq_ignore_ascii_case(written));
        let meant = || SYNONYMS.iter().find(|(words, _)| words.contains(&written)).map(|(_, name)| *name);
        self.out.push(match same.or_else(meant) {
            Some(name) => diagnostic.fix(format!("write `{name}`"), span, name),
            None => diagnostic,
        });
    }
}

fn word(written: &str) -> ValueKind {
    match written {
        "null" => ValueKind::Null,
        "true" => ValueKind::Bool(true),
        "false" => ValueKind::Bool(false),
        name => ValueKind::Word(name.trim_matches('`').to_owned()),
    }
}

/// A number without the `_` that do not stand between two digits.
fn tidy(number: &str) -> String {
    let groups = |digits: &str| digits.split('_').filter(|group| !group.is_empty()).collect::<Vec<_>>().join("_");
    number.split('.').map(groups).collect::<Vec<_>>().join(".")
}

/// How much of `250ms` is the number.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count()
    };
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = usize::from(text.starts_with('-'));
    end += digits(end);
    if bytes.get(end) == Some(&b'.') && is_digit(end + 1) {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if is_digit(end + 1 + sign) {
            end += 1 + sign + digits(end + 1 + sign);
        }
    }
    end
}

fn unit_named(name: &str) -> Option<Unit> {
    UNITS.iter().find(|(unit, _)| *unit == name).map(|(_, unit)| *unit)
}

/// What units are called elsewhere.
const SYNONYMS: &[(&[&str], &str)] = &[
    (&["msec", "msecs", "millis", "milliseconds"], "ms"),
    (&["sec", "secs", "second", "seconds"], "s"),
    (&["min", "mins", "minute", "minutes"], "m"),
    (&["hr", "hrs", "hour", "hours"], "h"),
    (&["day", "days"], "d"),
    (&["byte", "bytes"], "B"),
    (&["/sec", "/second", "/rps"], "/s"),
    (&["/min", "/minute"], "/m"),
    (&["/hr", "/hour"], "/h"),
];

const UNITS: &[(&str, Unit)] = &[
    ("ms", Unit::Millisecond),
    ("s", Unit::Second),
    ("m", Unit::Minute),
    ("h", Unit::Hour),
    ("d", Unit::Day),
    ("B", Unit::Byte),
    ("KB", Unit::Kilobyte),
    ("MB", Unit::Megabyte),
    ("GB", Unit::Gigabyte),
    ("KiB", Unit::Kibibyte),
    ("MiB", Unit::Mebibyte),
    ("GiB", Unit::Gibibyte),
    ("/s", Unit::PerSecond),
    ("/m", Unit::PerMinute),
    ("/h", Unit::PerHour),
    ("%", Unit::Percent),
];
