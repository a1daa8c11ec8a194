//! Members of one declaration: their names and numbers are their own.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Lowering;
use super::edits::unmarked;
use crate::contract::Pin;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::tree::{self, Marks};

/// Names and numbers that a declaration's members have so far.
#[derive(Default)]
pub(super) struct Members<'a> {
    /// Each with its whole member.
    names: BTreeMap<&'a str, (Span, Span)>,
    pins: BTreeMap<u32, Span>,
}

impl<'a> Lowering<'a> {
    /// Whether a member's name is new in its declaration; reported at the later of two, which goes where both are the same.
    pub(super) fn is_new(
        &mut self,
        members: &mut Members<'a>,
        name: &'a tree::Name,
        whole: (&Marks, Span),
        owner: &tree::Name,
    ) -> bool {
        self.is_new_at(members, (&name.text, name.span), whole, owner)
    }

    /// The same, of a name that stands for its member at another place.
    pub(super) fn is_new_at(
        &mut self,
        members: &mut Members<'a>,
        (name, at): (&'a str, Span),
        (marks, member): (&Marks, Span),
        owner: &tree::Name,
    ) -> bool {
        let (first, whole) = match members.names.entry(name) {
            Entry::Vacant(free) => {
                free.insert((at, member));
                return true;
            }
            Entry::Occupied(first) => *first.get(),
        };
        let message = format!("`{}` has two members `{name}`", owner.text);
        let diagnostic = Diagnostic::new(&codes::DUPLICATE_MEMBER, at, message).also(first, "the first is here");
        self.report(self.without_copy(diagnostic, whole, unmarked(marks, member)));
        false
    }

    /// Reports a number that is pinned twice in one declaration.
    pub(super) fn check_pin(&mut self, members: &mut Members<'_>, pin: Option<Pin>, owner: &tree::Name) {
        let Some(Pin { number, at }) = pin else { return };
        match members.pins.get(&number) {
            None => drop(members.pins.insert(number, at)),
            // Within one spread: said where the fields are declared.
            Some(first) if *first == at => {}
            Some(first) => {
                let free = (1..).find(|it| !members.pins.contains_key(it)).unwrap_or(1);
                let message = format!("number {number} is pinned twice in `{}`", owner.text);
                let diagnostic = Diagnostic::new(&codes::NUMBER_TAKEN, at, message).label("pinned again here");
                let help = format!("the next free number is {free}");
                let diagnostic = diagnostic.also(*first, "first pinned here").help(help);
                // What is spread is pinned elsewhere, for others as well.
                self.report(match self.sources.text(at).starts_with('@') {
                    true => diagnostic.fix_by("take the pin out: the next free number is its", vec![self.without(at)]),
                    false => diagnostic,
                });
            }
        }
    }
}
