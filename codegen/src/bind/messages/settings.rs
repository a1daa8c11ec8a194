//! What the annotation of a product may say: names, and what each takes.

use wireloom_idl::contract::Literal;

/// A setting of a product.
#[derive(Debug)]
pub struct Setting {
    /// `partitions`
    pub name: &'static str,
    /// What it is set to.
    pub takes: Takes,
    /// Whether it is about a topic, and so about events; else it is about a group, and so about handlers.
    pub topic: bool,
    /// What it says.
    pub what: &'static str,
}

/// What a setting is set to.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// A text that is not empty.
    Text,
    /// `true`, `false`
    Bool,
    /// A whole number between these, both in.
    Count(u32, u32),
    /// An amount of time: `7d`.
    Time,
    /// An amount of memory: `64MiB`.
    Size,
    /// One of these.
    Word(&'static [&'static str]),
}

impl Takes {
    /// Whether a value fits.
    pub fn fits(self, value: &Literal) -> bool {
        match (self, value) {
            (Takes::Text, Literal::Text(text)) => !text.is_empty(),
            (Takes::Bool, Literal::Bool(_)) => true,
            (Takes::Count(least, most), Literal::Number(digits)) => {
                digits.parse().is_ok_and(|count: u32| (least..=most).contains(&count))
            }
            (Takes::Time, Literal::Text(text)) => is_amount(text, &["ms", "s", "m", "h", "d"]),
            (Takes::Size, Literal::Text(text)) => is_amount(text, &["B", "KB", "MB", "GB", "KiB", "MiB", "GiB"]),
            (Takes::Word(words), Literal::Text(text)) => words.contains(&text.as_str()),
            _ => false,
        }
    }

    /// The words it may be set to.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Takes::Word(words) => words,
            _ => &[],
        }
    }

    /// What it wants, in words.
    pub fn wanted(self) -> String {
        match self {
            Takes::Text => "a text".to_owned(),
            Takes::Bool => "`true` or `false`".to_owned(),
            Takes::Count(least, u32::MAX) => format!("a number from {least} on"),
            Takes::Count(least, most) => format!("a number in {least}..{most}"),
            Takes::Time => "a time like `7d`".to_owned(),
            Takes::Size => "a size like `64MiB`".to_owned(),
            Takes::Word(words) => format!("one of {}", crate::bind::list(words)),
        }
    }
}

/// Whether a text is what a positive quantity of one of these units became.
fn is_amount(text: &str, units: &[&str]) -> bool {
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let amount = &text[..text.len() - unit.len()];
    units.contains(&unit) && amount.parse().is_ok_and(|amount: f64| amount > 0.0)
}
