//! The annotations that exist beside the products' own: where each may stand, and what stands in its brackets.

use wireloom_idl::contract::{Annotation, Contract, Literal, ScalarType, Type, TypeKind};

use super::marks::{Mark, Marked};
use crate::model;

/// What is wrong with an annotation where it stands, if anything, and what to do instead.
type Wrong = Option<(String, String)>;

/// One annotation that exists.
#[derive(Debug)]
pub struct Schema {
    /// Behind the `@`.
    pub name: &'static str,
    /// How it is written.
    pub forms: &'static [&'static str],
    /// Where it may stand; empty for anywhere.
    pub marks: &'static [Mark],
    /// What it says.
    pub what: &'static str,
    /// Whether this version does something with it.
    pub generated: bool,
    /// Whether the arguments are right.
    pub(super) fits: fn(&Annotation) -> bool,
    /// What is wrong with it on what it marks.
    pub(super) wrong: fn(&Contract, &Annotation, &Marked<'_>) -> Wrong,
}

/// All of them, in the order of the book.
pub fn all() -> &'static [Schema] {
    SCHEMAS
}

const SCHEMAS: &[Schema] = &[
    Schema {
        name: "json",
        forms: &["@json(\"name\")", "@json(number)"],
        marks: &[Mark::Field, Mark::Member, Mark::Case, Mark::Scalar],
        what: "the name in JSON; `number` writes `i64` and `u64` as numbers instead of text",
        generated: true,
        fits: |it| matches!(it.arguments.as_slice(), [(None, Literal::Text(text))] if !text.is_empty()),
        wrong: json,
    },
    Schema {
        name: "xml",
        forms: &["@xml(attribute)"],
        marks: &[Mark::Field],
        what: "an attribute of the element instead of an element in it",
        generated: false,
        fits: |it| is_word(it, "attribute"),
        wrong: xml,
    },
    Schema {
        name: "proto",
        forms: &["@proto(bytes)"],
        marks: &[Mark::Field, Mark::Scalar, Mark::Type],
        what: "a `uuid` is 16 bytes in protobuf instead of text",
        generated: true,
        fits: |it| is_word(it, "bytes"),
        wrong: |_, _, _| None,
    },
    Schema {
        name: "sensitive",
        forms: &["@sensitive"],
        marks: &[Mark::Field, Mark::Type, Mark::Scalar],
        what: "never in logs: `Debug` shows `…`; `x-sensitive` in schemas",
        generated: true,
        fits: |it| it.arguments.is_empty(),
        wrong: |_, _, _| None,
    },
    Schema {
        name: "allow",
        forms: &["@allow(\"code\", \"why\")"],
        marks: &[],
        what: "warnings and infos of this code are not told about what it marks",
        generated: true,
        fits: |it| matches!(it.arguments.as_slice(), [(None, Literal::Text(_)), (None, Literal::Text(_))]),
        wrong: |_, _, _| None,
    },
];

fn is_word(annotation: &Annotation, word: &str) -> bool {
    annotation.is_word && matches!(annotation.arguments.as_slice(), [(None, Literal::Text(text))] if text == word)
}

fn json(contract: &Contract, annotation: &Annotation, marked: &Marked<'_>) -> Wrong {
    if !annotation.is_word {
        let of_scalar = marked.mark == Mark::Scalar;
        return of_scalar
            .then(|| ("a scalar has no name in JSON".to_owned(), "name the fields of its type".to_owned()));
    }
    if !is_word(annotation, "number") {
        return Some((
            "only `number` is a form of JSON".to_owned(),
            "a name stands in quotes: `@json(\"name\")`".to_owned(),
        ));
    }
    let is_wide = marked.ty.is_some_and(model::holds_wide_integer);
    (!is_wide).then(|| {
        let behind = marked.ty.and_then(|ty| model::scalar_of(contract, ty));
        let help = match behind {
            Some(ScalarType::I64 | ScalarType::U64) => "put it before the declaration of the scalar",
            _ => "leave it out",
        };
        ("`@json(number)` is about `i64` and `u64`, and this is none".to_owned(), help.to_owned())
    })
}

fn xml(contract: &Contract, _: &Annotation, marked: &Marked<'_>) -> Wrong {
    let has_text = marked.ty.is_some_and(|ty| model::has_text_form(contract, ty));
    (!has_text).then(|| {
        ("an attribute is one text, and this has no such form".to_owned(), "it marks scalars and enums".to_owned())
    })
}

impl Mark {
    /// Of a named type.
    pub(super) fn of(kind: &TypeKind) -> Mark {
        match kind {
            TypeKind::Extern(_) => Mark::Foreign,
            TypeKind::Scalar(_) => Mark::Scalar,
            _ => Mark::Type,
        }
    }
}

/// The type that a scalar is made of.
pub(super) fn base(kind: &TypeKind) -> Option<Type> {
    match kind {
        TypeKind::Scalar(scalar) => Some(Type::Scalar(scalar.base)),
        _ => None,
    }
}
