//! What a binding says of each subject, found at once: a block may name thousands.

use std::collections::{HashMap, HashSet};

use wireloom_idl::contract::{Binding, BindingEntry, Subject};

/// The entries of one binding, by what they are about.
#[derive(Debug)]
pub(super) struct Block<'c> {
    entries: HashMap<Subject, &'c BindingEntry>,
    without: HashSet<Subject>,
    rest: bool,
}

impl<'c> Block<'c> {
    pub(super) fn of(binding: &'c Binding) -> Block<'c> {
        Block {
            entries: binding.entries.iter().map(|entry| (entry.subject, entry)).collect(),
            without: binding.without.iter().copied().collect(),
            rest: binding.rest,
        }
    }

    /// The entry of a subject; the language admits one.
    pub(super) fn entry(&self, subject: Subject) -> Option<&'c BindingEntry> {
        self.entries.get(&subject).copied()
    }

    /// Whether the block leaves a subject out by name.
    pub(super) fn leaves_out(&self, subject: Subject) -> bool {
        self.without.contains(&subject)
    }

    /// Whether a subject is carried that no entry names.
    pub(super) fn is_rest(&self, subject: Subject) -> bool {
        self.rest && !self.leaves_out(subject)
    }

    /// Whether the binding carries a subject: it names it, or takes what it does not name.
    pub(super) fn is_bound(&self, subject: Subject) -> bool {
        self.entries.contains_key(&subject) || self.is_rest(subject)
    }
}
