//! What one reading of an input finds wrong, and the input.
//!
//! Shared by the readers of all messages in it. A reading that goes straight on notes nothing: anything wrong ends it, and a
//! careful one follows. There violations add up; malformed bytes replace them all, since what follows a broken frame means
//! nothing.

use std::cell::{Cell, RefCell};

use bytes::Bytes;

use crate::validate::{At, Violations};

#[derive(Debug)]
pub(super) struct Found<'a> {
    source: &'a Bytes,
    careful: bool,
    violations: RefCell<Violations>,
    /// Malformed, or astray.
    over: Cell<bool>,
}

impl<'a> Found<'a> {
    pub(super) fn straight(source: &'a Bytes) -> Found<'a> {
        Found { source, careful: false, violations: RefCell::new(Violations::new()), over: Cell::new(false) }
    }

    pub(super) fn careful(source: &'a Bytes) -> Found<'a> {
        Found { careful: true, ..Found::straight(source) }
    }

    pub(super) fn is_careful(&self) -> bool {
        self.careful
    }

    /// Ends a reading that goes straight on: the next one tells why.
    pub(super) fn astray(&self) {
        self.over.set(true);
    }

    /// The part of the input, without a copy.
    pub(super) fn slice(&self, part: &[u8]) -> Bytes {
        self.source.slice_ref(part)
    }

    /// Whether nothing more need be read.
    pub(super) fn is_over(&self) -> bool {
        self.over.get()
    }

    #[cold]
    pub(super) fn wrong(&self, at: &At<'_>, message: &str) {
        if !self.careful {
            self.astray();
        } else if !self.over.get() {
            self.violations.borrow_mut().add(at, message);
        }
    }

    #[cold]
    pub(super) fn malformed(&self, at: &At<'_>, message: &str) {
        if !self.over.replace(true) && self.careful {
            let mut only = Violations::new();
            only.add(at, message);
            self.violations.replace(only);
        }
    }

    /// How many violations there are; for [`Found::forget`] and [`Found::move_below`].
    pub(super) fn mark(&self) -> usize {
        self.violations.borrow().len()
    }

    /// Forgets violations of a value that a later one replaces; malformed it stays.
    pub(super) fn forget(&self, mark: usize) {
        if !self.over.get() {
            self.violations.borrow_mut().truncate(mark);
        }
    }

    /// Puts `at` before the paths of what was found since `mark`, when the input was not yet malformed.
    #[cold]
    pub(super) fn move_below(&self, mark: usize, at: &At<'_>) {
        let mark = if self.over.get() { 0 } else { mark };
        self.violations.borrow_mut().move_below(mark, at);
    }

    pub(super) fn into_result<T>(self, value: Option<T>) -> Result<T, Violations> {
        let violations = self.violations.into_inner();
        match value {
            Some(value) if violations.is_empty() => Ok(value),
            // A type written by hand may refuse without a word.
            _ if violations.is_empty() => Err(Violations::of("cannot be read")),
            _ => Err(violations),
        }
    }
}
