//! Members of one declaration: their names and numbers are their own.

use std::collections::HashMap;

use super::Lowering;
use crate::contract::Pin;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::tree;

/// Names and numbers that a declaration's members have so far.
#[derive(Default)]
pub(super) struct Members {
    names: HashMap<String, Span>,
    pins: HashMap<u32, Span>,
}

impl Lowering<'_> {
    /// Whether a member's name is new in its declaration; reported at the later of two.
    pub(super) fn is_new(&mut self, members: &mut Members, name: &tree::Name, owner: &tree::Name) -> bool {
        match members.names.insert(name.text.clone(), name.span) {
            None => true,
            Some(first) => {
                let message = format!("`{}` has two members `{}`", owner.text, name.text);
                let diagnostic = Diagnostic::new(&codes::DUPLICATE_MEMBER, name.span, message);
                self.report(diagnostic.also(first, "the first is here"));
                members.names.insert(name.text.clone(), first);
                false
            }
        }
    }

    /// Reports a number that is pinned twice in one declaration.
    pub(super) fn check_pin(&mut self, members: &mut Members, pin: Option<Pin>, owner: &tree::Name) {
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
                self.report(diagnostic.also(*first, "first pinned here").help(help));
            }
        }
    }
}
