//! The condition of a handler as a Rust expression.
//!
//! What is absent equals nothing: `==` and the orders are false of it, `!=` is true. A `not` is carried down to the
//! comparisons, so that the code reads as one would write it.

use proc_macro2::TokenStream;
use quote::quote;
use wireloom_idl::contract::{Comparison, Condition, FieldPath, Literal, ScalarType, Type, TypeId, TypeKind};

use super::literal;
use super::paths::{Reached, reach};
use super::scope::Scope;
use crate::model;

/// Whether `event`, a reference to an event of that type, satisfies the condition.
pub(crate) fn expression(scope: &Scope<'_>, event: TypeId, condition: &Condition) -> TokenStream {
    Writer { scope, event }.write(condition, true)
}

struct Writer<'a> {
    scope: &'a Scope<'a>,
    event: TypeId,
}

impl Writer<'_> {
    /// The condition where `holds`, else its opposite.
    fn write(&self, condition: &Condition, holds: bool) -> TokenStream {
        match condition {
            Condition::Not(inner) => self.write(inner, !holds),
            Condition::And(left, right) => self.both(left, right, holds, holds),
            Condition::Or(left, right) => self.both(left, right, !holds, holds),
            Condition::Holds(path) => self.is(path, true, holds),
            Condition::Compare(path, comparison, Literal::Null) => {
                self.is_absent(path, (*comparison == Comparison::Equal) == holds)
            }
            Condition::Compare(path, comparison, Literal::Bool(value)) => {
                self.is(path, *value, (*comparison == Comparison::Equal) == holds)
            }
            Condition::Compare(path, comparison, value) => self.compare(path, *comparison, value, holds),
        }
    }

    fn both(&self, left: &Condition, right: &Condition, and: bool, holds: bool) -> TokenStream {
        let (left, right) = (self.operand(left, and, holds), self.operand(right, and, holds));
        if and { quote!(#left && #right) } else { quote!(#left || #right) }
    }

    /// In brackets only where Rust reads it otherwise.
    fn operand(&self, condition: &Condition, and: bool, holds: bool) -> TokenStream {
        let written = self.write(condition, holds);
        if and && is_or(condition, holds) { quote!((#written)) } else { written }
    }

    fn path(&self, path: &FieldPath) -> Reached {
        reach(self.scope, self.event, path, quote!(event))
    }

    /// Whether a bool is this value (`holds`) or is not.
    fn is(&self, path: &FieldPath, value: bool, holds: bool) -> TokenStream {
        let named = matches!(path.ty, Type::Named(_));
        let of = |place: TokenStream| if named { quote!(#place.get()) } else { place };
        match self.path(path) {
            Reached::Place(place) => {
                let place = of(place);
                if value == holds { place } else { quote!(!#place) }
            }
            Reached::Perhaps(way) => {
                let it = if named { quote!(it.get()) } else { quote!(*it) };
                let test = if value == holds { it } else { quote!(!#it) };
                if holds { quote!(#way.is_some_and(|it| #test)) } else { quote!(#way.is_none_or(|it| #test)) }
            }
        }
    }

    fn is_absent(&self, path: &FieldPath, absent: bool) -> TokenStream {
        match (self.path(path), absent) {
            (Reached::Perhaps(way), true) => quote!(#way.is_none()),
            (Reached::Perhaps(way), false) => quote!(#way.is_some()),
            // Lowering admits `null` only of what can be absent.
            (Reached::Place(_), absent) => {
                let never = !absent;
                quote!(#never)
            }
        }
    }

    fn compare(&self, path: &FieldPath, comparison: Comparison, value: &Literal, holds: bool) -> TokenStream {
        let (value, access) = self.sides(&path.ty, value);
        let sign = sign(if holds { comparison } else { opposite(comparison) });
        match self.path(path) {
            Reached::Place(place) => {
                let place = access.of_place(&place);
                quote!(#place #sign #value)
            }
            Reached::Perhaps(way) => {
                let it = access.of_reference();
                // An order or an equality wants a value, its opposite is true without.
                let wants_value = holds != (comparison == Comparison::NotEqual);
                let method = if wants_value { quote!(is_some_and) } else { quote!(is_none_or) };
                quote!(#way.#method(|it| #it #sign #value))
            }
        }
    }

    /// The value to compare with, and how the field becomes comparable: a named scalar by its base, texts as `str`.
    fn sides(&self, ty: &Type, value: &Literal) -> (TokenStream, Access) {
        let scalar = model::scalar_of(self.scope.contract, ty);
        let is_named =
            matches!(ty, Type::Named(id) if matches!(self.scope.contract.type_def(*id).kind, TypeKind::Scalar(_)));
        match (scalar, value) {
            (Some(ScalarType::String | ScalarType::Url | ScalarType::IdempotencyKey), Literal::Text(text)) => {
                (quote!(#text), Access::Text)
            }
            (Some(scalar), _) => {
                let value = literal::expression(self.scope, &Type::Scalar(scalar), value);
                (value, if is_named { Access::Named } else { Access::Plain })
            }
            (None, _) => (literal::expression(self.scope, ty, value), Access::Plain),
        }
    }
}

/// How a field becomes what is compared.
#[derive(Clone, Copy)]
enum Access {
    Plain,
    Named,
    Text,
}

impl Access {
    fn of_place(self, place: &TokenStream) -> TokenStream {
        match self {
            Access::Plain => quote!(#place),
            Access::Named => quote!(#place.get()),
            Access::Text => quote!(#place.as_str()),
        }
    }

    fn of_reference(self) -> TokenStream {
        match self {
            Access::Plain => quote!(*it),
            Access::Named => quote!(it.get()),
            Access::Text => quote!(it.as_str()),
        }
    }
}

/// Whether it is written with `||` at its top.
fn is_or(condition: &Condition, holds: bool) -> bool {
    match condition {
        Condition::Or(..) => holds,
        Condition::And(..) => !holds,
        Condition::Not(inner) => is_or(inner, !holds),
        Condition::Holds(_) | Condition::Compare(..) => false,
    }
}

fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::AtLeast,
        Comparison::AtLeast => Comparison::Less,
        Comparison::Greater => Comparison::AtMost,
        Comparison::AtMost => Comparison::Greater,
    }
}

fn sign(comparison: Comparison) -> TokenStream {
    match comparison {
        Comparison::Equal => quote!(==),
        Comparison::NotEqual => quote!(!=),
        Comparison::Less => quote!(<),
        Comparison::AtMost => quote!(<=),
        Comparison::Greater => quote!(>),
        Comparison::AtLeast => quote!(>=),
    }
}
