//! Validation: every violation of a value, each with its path.
//!
//! Generated types implement [`Validate`]; the conditions themselves stand in [`check`](crate::check). A path is
//! built of borrowed steps and becomes text only when there is something to report, so a valid value costs no allocation.

use serde::{Deserialize, Serialize};

/// How many violations of one value are kept: a peer could otherwise make us report millions.
pub const VIOLATIONS_MAX: usize = 100;

/// How much of a map's key is told: a peer could otherwise make us repeat megabytes.
const KEY_CHARS_MAX: usize = 100;

/// One thing that is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Where: `draft.lines[3].sku`; empty for the value itself.
    pub path: String,
    /// What is wrong there: `missing`, `must be in 1..999`.
    pub message: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.is_empty() {
            true => f.write_str(&self.message),
            false => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// All that is wrong with a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations {
    all: Vec<Violation>,
}

impl Violations {
    /// None yet.
    pub fn new() -> Violations {
        Violations::default()
    }

    /// Only this one, at the value itself.
    pub fn of(message: impl Into<String>) -> Violations {
        Violations { all: vec![Violation { path: String::new(), message: message.into() }] }
    }

    /// Adds one; beyond [`VIOLATIONS_MAX`] they are dropped.
    pub fn add(&mut self, at: &At<'_>, message: impl Into<String>) {
        if self.all.len() < VIOLATIONS_MAX {
            self.all.push(Violation { path: at.to_string(), message: message.into() });
        }
    }

    /// Adds one whose path is known as text.
    pub(crate) fn push(&mut self, violation: Violation) {
        if self.all.len() < VIOLATIONS_MAX {
            self.all.push(violation);
        }
    }

    /// Where something is wrong, without what: messages repeat what was sent, and a log is no place for that.
    ///
    /// ```
    /// use wireloom::{Violation, Violations, At};
    ///
    /// let mut wrong = Violations::of("invalid type: string \"my secret\", expected an object");
    /// wrong.add(&At::root().field("card"), "invalid type: string \"4242\", expected u32");
    /// assert_eq!(wrong.places(), "the whole, card");
    /// ```
    pub fn places(&self) -> String {
        let place = |violation: &Violation| match violation.path.as_str() {
            "" => "the whole".to_owned(),
            path => path.to_owned(),
        };
        self.all.iter().map(place).collect::<Vec<_>>().join(", ")
    }

    /// Adds those of a part, which stands at `at`.
    pub fn add_below(&mut self, at: &At<'_>, part: Violations) {
        let first = self.all.len();
        self.all.extend(part.all.into_iter().take(VIOLATIONS_MAX - first.min(VIOLATIONS_MAX)));
        self.move_below(first, at);
    }

    /// Puts `at` before the paths of those from `first` on.
    pub(crate) fn move_below(&mut self, first: usize, at: &At<'_>) {
        let place = at.to_string();
        for violation in self.all.iter_mut().skip(first) {
            let below = &violation.path;
            let joint = if place.is_empty() || below.is_empty() || below.starts_with('[') { "" } else { "." };
            violation.path = format!("{place}{joint}{below}");
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Keeps only the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.all.truncate(count);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them, in the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.all.iter()
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<Violation> {
        self.all
    }

    /// `Ok` when there are none.
    ///
    /// # Errors
    /// The violations, when there are some.
    pub fn into_result(self) -> Result<(), Violations> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl std::fmt::Display for Violations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, violation) in self.all.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// A place inside a value: a chain of borrowed steps from the value down.
///
/// ```
/// use wireloom::At;
///
/// let root = At::root();
/// let lines = root.field("lines");
/// let line = lines.index(3);
/// assert_eq!(line.field("sku").to_string(), "lines[3].sku");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

/// One step of a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// None: the place above itself.
    Here,
    Field(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> At<'a> {
    /// The value itself.
    pub const fn root() -> At<'static> {
        At { parent: None, step: Step::Here }
    }

    /// A place below it.
    pub(crate) const fn step(&'a self, step: Step<'a>) -> At<'a> {
        At { parent: Some(self), step }
    }

    /// A field of it.
    pub const fn field(&'a self, name: &'a str) -> At<'a> {
        At { parent: Some(self), step: Step::Field(name) }
    }

    /// An entry of a list or set.
    pub const fn index(&'a self, index: usize) -> At<'a> {
        At { parent: Some(self), step: Step::Index(index) }
    }

    /// An entry of a map.
    pub const fn key(&'a self, key: &'a str) -> At<'a> {
        At { parent: Some(self), step: Step::Key(key) }
    }
}

impl std::fmt::Display for At<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Here => Ok(()),
            Step::Field(name) if self.parent.is_none_or(At::is_root) => f.write_str(name),
            Step::Field(name) => write!(f, ".{name}"),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Key(key) => match key.char_indices().nth(KEY_CHARS_MAX) {
                None => write!(f, "[{key:?}]"),
                Some((end, _)) => write!(f, "[{:?}…]", &key[..end]),
            },
        }
    }
}

impl At<'_> {
    fn is_root(&self) -> bool {
        matches!(self.step, Step::Here) && self.parent.is_none_or(At::is_root)
    }
}

/// A value that knows what its contract demands of it.
pub trait Validate {
    /// Adds every violation of the value, which stands at `at`.
    fn check(&self, at: &At<'_>, found: &mut Violations);

    /// Whether the value keeps its contract.
    ///
    /// # Errors
    /// Every violation with its path, [`VIOLATIONS_MAX`] at most.
    fn validate(&self) -> Result<(), Violations> {
        let mut found = Violations::new();
        self.check(&At::root(), &mut found);
        found.into_result()
    }
}

/// Types whose every value is fine.
macro_rules! nothing_to_check {
    ($($ty:ty),*) => {
        $(impl Validate for $ty {
            fn check(&self, _: &At<'_>, _: &mut Violations) {}
        })*
    };
}

nothing_to_check!((), bool, i32, u32, i64, u64, f32, f64, String, serde_json::Value, bytes::Bytes, uuid::Uuid);
nothing_to_check!(rust_decimal::Decimal, jiff::Timestamp, jiff::civil::Date, jiff::civil::Time, jiff::SignedDuration);

impl<T: Validate> Validate for Option<T> {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        if let Some(value) = self {
            value.check(at, found);
        }
    }
}

impl<T: Validate> Validate for Box<T> {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        (**self).check(at, found);
    }
}

impl<T: Validate> Validate for Vec<T> {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        for (index, item) in self.iter().enumerate() {
            item.check(&at.index(index), found);
        }
    }
}

impl<T: Validate> Validate for std::collections::BTreeSet<T> {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        for (index, item) in self.iter().enumerate() {
            item.check(&at.index(index), found);
        }
    }
}

impl<K: Validate + crate::text::Text, V: Validate> Validate for std::collections::BTreeMap<K, V> {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        for (key, value) in self {
            // The key's text is only made when it is needed for a report.
            let mut inner = Violations::new();
            key.check(&At::root(), &mut inner);
            value.check(&At::root(), &mut inner);
            if !inner.is_empty() {
                found.add_below(&at.key(&key.to_text()), inner);
            }
        }
    }
}
