//! The lock of a package: the wire numbers that its members have for ever.
//!
//! A lock is the text of `loom.lock`, which lies beside the package and is committed with it. Numbers never clutter a
//! contract; here they stand, one a line, sorted by name so that two branches seldom touch one line:
//!
//! ```text
//! # loom.lock 1: wire numbers, written by `wireloom lock`; commit it, and change no number
//! Order.fax 7 removed
//! Order.note 6
//! Orders.place 1
//! Orders.place.token 2
//! ```
//!
//! The first line says the version of the format. A line is a name, its number, and perhaps `removed`. Every field, enum
//! member, union case, operation and input has one. A generic's members stand under the generic's own name, in the lock of
//! the package that declares it; a generic that spreads its parameter has none, but each instance of it has
//! (`WrappedOrder.id 1`). Drafts, patches and instances have the numbers of what they are made of; a stream that comes in has
//! none. Numbers are counted within an owner: `Order`, `Orders`, `Orders.place`.
//!
//! - A name that is locked keeps its number; a pin (`@6`) that says another one is an error.
//! - A new name gets the next number behind the largest that its owner ever used. An owner that is new itself is numbered in
//!   the order of the contract, so the first lock changes nothing.
//! - What is gone leaves its line, `removed`: its number is never given again.
//! - `was old_name` takes the number of the old name along, unless the contract still has that name. Types, services and
//!   operations take along the numbers of all that they own.
//! - A name that comes back gets a new number, and its tombstone stays: what is stored or on its way under the old number may
//!   be of another type. Whoever knows that it is not pins the old number, which takes it back.
//!
//! Goes in: text, or a contract. Comes out: numbers, or text. No file is read or written here.

mod assign;
mod parse;
mod update;

pub use assign::assign;
pub use update::{stale, updated};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::contract::PackageId;
use crate::numbers::owners::Owner;
use crate::source::Span;

/// What every lock begins with; behind it stand the version and what is said to people.
const HEADER: &str = "# loom.lock ";
/// The version of the format that is written, and the only one that is read.
const VERSION: &str = "1";
const HEADER_REST: &str = ": wire numbers, written by `wireloom lock`; commit it, and change no number";

/// The numbers of one package, those of removed members among them.
///
/// ```
/// use wireloom_idl::SourceMap;
/// use wireloom_idl::lock::Lock;
///
/// let mut sources = SourceMap::new();
/// let file = sources.add("loom.lock", "# loom.lock 1\nOrder.note 2\nOrder.fax 1 removed\n");
/// let (lock, diagnostics) = Lock::parse(file, sources[file].text());
/// assert!(diagnostics.is_empty());
/// assert!(lock.to_string().ends_with("\nOrder.fax 1 removed\nOrder.note 2\n"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Lock {
    owners: BTreeMap<String, Locked>,
}

/// The numbers of one owner.
#[derive(Clone, Debug, Default)]
struct Locked {
    lines: BTreeMap<u32, Line>,
    /// Of the names that are not removed.
    numbers: BTreeMap<String, u32>,
}

/// What stands in one line, but for its number and its owner.
#[derive(Clone, Debug)]
struct Line {
    name: String,
    removed: bool,
    /// Where it stands, if it was read.
    at: Option<Span>,
}

/// A line of a lock, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockLine<'l> {
    /// `Order`, `Orders.place`
    pub owner: &'l str,
    /// `note`
    pub name: &'l str,
    /// Its number.
    pub number: u32,
    /// Whether the name is gone.
    pub removed: bool,
    /// Where it stands, if it was read.
    pub at: Option<Span>,
}

impl Lock {
    /// All lines, by owner, then by number.
    pub fn lines(&self) -> impl Iterator<Item = LockLine<'_>> {
        let owners = self.owners.iter();
        owners.flat_map(|(owner, locked)| locked.lines.iter().map(|(&number, line)| shown(owner, number, line)))
    }

    /// The line of an owner that has that number.
    pub fn line(&self, owner: &str, number: u32) -> Option<LockLine<'_>> {
        let (owner, locked) = self.owners.get_key_value(owner)?;
        Some(shown(owner, number, locked.lines.get(&number)?))
    }

    /// Whether it holds no number at all.
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The name under which an owner's numbers stand: its own, or one that it had before and nobody has now. What is removed
    /// under its own name counts last: whoever takes the name of something gone brings its own numbers.
    fn name_of(&self, owner: &Owner<'_>, taken: &Names<'_>) -> Option<&str> {
        let is_free = |name: &&String| !taken.contains(&(owner.package, name.as_str()));
        let names = || std::iter::once(&owner.name).chain(owner.former.iter().filter(is_free));
        let known = |name: &String| self.owners.get_key_value(name);
        let live = names().filter_map(known).find(|(_, locked)| !locked.numbers.is_empty());
        live.or_else(|| names().find_map(known)).map(|(name, _)| name.as_str())
    }
}

fn shown<'l>(owner: &'l str, number: u32, line: &'l Line) -> LockLine<'l> {
    LockLine { owner, name: &line.name, number, removed: line.removed, at: line.at }
}

/// As it stands in the file.
impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}{VERSION}{HEADER_REST}")?;
        let mut lines: Vec<(String, u32, bool)> = Vec::new();
        for (owner, locked) in &self.owners {
            let of_owner = locked.lines.iter();
            lines.extend(of_owner.map(|(&number, line)| (format!("{owner}.{}", line.name), number, line.removed)));
        }
        lines.sort();
        for (name, number, removed) in lines {
            writeln!(f, "{name} {number}{}", if removed { " removed" } else { "" })?;
        }
        Ok(())
    }
}

impl Locked {
    /// Adds a line whose number nobody has, and whose name nobody has who is not removed.
    fn add(&mut self, number: u32, line: Line) {
        if !line.removed {
            self.numbers.insert(line.name.clone(), number);
        }
        self.lines.insert(number, line);
    }
}

/// The names of all owners.
type Names<'o> = BTreeSet<(PackageId, &'o str)>;

fn names<'o>(owners: &'o [Owner<'_>]) -> Names<'o> {
    owners.iter().map(|owner| (owner.package, owner.name.as_str())).collect()
}
