//! Unions: a message of which only one field holds.
//!
//! The last case in the bytes wins. While the same case comes again, its messages merge; another case begins anew. What
//! was replaced must be well-formed all the same.

use super::index::Slot;
use super::reader::{Occurs, Reader};
use super::value::Value;
use crate::value::UnknownCase;

impl<'a> Reader<'a> {
    /// Reads a union of these cases, each a number and a name; `take` makes the value of the case that came.
    ///
    /// ```
    /// use wireloom::wire::{Reader, Writer};
    /// use wireloom::{UnknownCase, Wire};
    ///
    /// enum Payment {
    ///     Card(String),
    ///     Cash,
    ///     Unknown(UnknownCase),
    /// }
    ///
    /// impl Wire for Payment {
    ///     fn put(&self, out: &mut Writer) {
    ///         match self {
    ///             Payment::Card(it) => out.value(1, it),
    ///             Payment::Cash => out.value(2, &()),
    ///             Payment::Unknown(it) => out.unknown(it),
    ///         }
    ///     }
    ///
    ///     fn get(from: &mut Reader<'_>) -> Option<Payment> {
    ///         from.union(&[(1, "card"), (2, "cash")], |case| match case.number() {
    ///             1 => case.value().map(Payment::Card),
    ///             2 => case.empty().map(|()| Payment::Cash),
    ///             _ => case.unknown().map(Payment::Unknown),
    ///         })
    ///     }
    /// }
    /// ```
    pub fn union<T>(&mut self, cases: Cases, take: impl Fn(Case<'_>) -> Option<T>) -> Option<T> {
        if let Some((number, payload)) = self.only(|number| name(cases, number).is_some()) {
            return take(Case { from: self, cases, number, occurs: Occurs::Once(payload), unknown: None });
        }
        if !self.above.found.is_careful() {
            return self.astray();
        }
        self.index();
        let mark = self.above.found.mark();
        let last = self.last_case(cases, &mut |replaced| {
            take(replaced);
            self.above.found.forget(mark);
        })?;
        take(last)
    }

    fn last_case<'r>(&'r self, cases: Cases, replace: &mut dyn FnMut(Case<'r>)) -> Option<Case<'r>> {
        let index = self.index.as_ref()?;
        let (mut slot, mut unknown) = (Slot::EMPTY, None);
        let case =
            |slot: Slot, unknown| Case { from: self, cases, number: slot.number, occurs: index.occurs(slot), unknown };
        index.each(&self.above, |field| {
            if name(cases, field.number).is_none() {
                unknown = Some((field.number, field.bytes));
                return;
            }
            if slot.number != field.number {
                if slot.count > 0 {
                    replace(case(slot, unknown));
                }
                slot = Slot::EMPTY;
            }
            slot.note(&field);
        });
        Some(case(slot, unknown))
    }
}

fn name(cases: Cases, number: u32) -> Option<&'static str> {
    cases.iter().find(|case| case.0 == number).map(|case| case.1)
}

/// Number and name of each case.
type Cases = &'static [(u32, &'static str)];

/// The case of a union that came.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    from: &'a Reader<'a>,
    cases: Cases,
    number: u32,
    occurs: Occurs<'a>,
    unknown: Option<(u32, &'a [u8])>,
}

impl Case<'_> {
    /// Its number; 0 when none came that the contract lists.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What it carries.
    pub fn value<T: Value>(&self) -> Option<T> {
        let name = name(self.cases, self.number).unwrap_or_default();
        self.from.one(self.occurs, &self.from.field(name), |place| place.wrong("missing"))
    }

    /// Of a case without a payload: an empty message.
    pub fn empty(&self) -> Option<()> {
        self.value()
    }

    /// A case that the contract does not list, kept to be sent on. Notes it when there is no case at all.
    pub fn unknown(&self) -> Option<UnknownCase> {
        match self.unknown {
            Some((number, field)) => Some(UnknownCase::numbered(number, field)),
            None => self.none(),
        }
    }

    /// Notes that there is none of the cases, for a closed union.
    pub fn none<T>(&self) -> Option<T> {
        let names: Vec<&str> = self.cases.iter().map(|(_, name)| *name).collect();
        self.from.wrong(format!("must have one of {}", names.join(", ")))
    }

    /// Notes that the union is not what its type wants.
    pub(super) fn wrong<T>(&self, message: &str) -> Option<T> {
        self.from.wrong(message)
    }
}
