//! Built-in types against each other: which values of one can be read as the other, in texts, in URLs and in protobuf.

use super::facet::{Facet, Facets, Reach};
use crate::contract::ScalarType;

/// How a type relates to the one that stood there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Same,
    /// Every old value is one of the new ones.
    Wider,
    /// Every new value is one of the old ones.
    Narrower,
    Other,
}

/// The same on each kind of wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relations {
    /// In JSON and other texts.
    pub(super) in_texts: Relation,
    /// In URLs and headers.
    pub(super) in_routes: Relation,
    /// In protobuf.
    pub(super) in_proto: Relation,
}

impl Relations {
    /// Those of types that have nothing in common.
    pub(super) const OTHER: Relations =
        Relations { in_texts: Relation::Other, in_routes: Relation::Other, in_proto: Relation::Other };

    pub(super) fn of(old: ScalarType, new: ScalarType) -> Relations {
        Relations {
            in_texts: relation(old, new, is_wider_text),
            in_routes: relation(old, new, is_wider_route),
            in_proto: relation(old, new, is_wider_proto),
        }
    }

    /// Whether nobody on any wire sees a difference.
    pub(super) fn are_same(self) -> bool {
        [self.in_texts, self.in_routes, self.in_proto].iter().all(|it| *it == Relation::Same)
    }

    /// By the facets that each is about. Rust goes with the texts, or with URLs where values travel in these alone.
    pub(super) fn by_facets(self, reach: Reach) -> [(Relation, Facets); 3] {
        let (rust, proto) = (Facets::of(&[Facet::Rust]), Facets::of(&[Facet::Proto]));
        let route = Facets::of(&[Facet::Route]);
        let texts = Facets::ALL.without(proto).without(route);
        let is_in_routes_alone = reach.within(Facets::ALL.without(route).without(rust)).is_empty();
        match is_in_routes_alone && !reach.within(route).is_empty() {
            true => [(self.in_texts, texts.without(rust)), (self.in_routes, route.or(rust)), (self.in_proto, proto)],
            false => [(self.in_texts, texts), (self.in_routes, route), (self.in_proto, proto)],
        }
    }
}

fn relation(old: ScalarType, new: ScalarType, is_wider: impl Fn(ScalarType, ScalarType) -> bool) -> Relation {
    match () {
        () if old == new => Relation::Same,
        () if is_wider(old, new) => Relation::Wider,
        () if is_wider(new, old) => Relation::Narrower,
        () => Relation::Other,
    }
}

/// Numbers are read from numbers, 64 bits from texts as well; whatever is a text is a string.
fn is_wider_text(from: ScalarType, to: ScalarType) -> bool {
    use ScalarType::*;
    match (from, to) {
        (_, Json) => true,
        (Json, _) => false,
        (from, String) => !matches!(from, Bool | I32 | U32 | F32 | F64),
        (from, to) => is_wider_number(from, to) || matches!((from, to), (I32 | U32, F64) | (F32, F64)),
    }
}

/// In a URL all are texts: there is no telling a number or a truth value from a string.
fn is_wider_route(from: ScalarType, to: ScalarType) -> bool {
    is_wider_text(from, to) || (to == ScalarType::String && from != ScalarType::Json)
}

/// Numbers of one way of writing; texts of all kinds are strings.
fn is_wider_proto(from: ScalarType, to: ScalarType) -> bool {
    use ScalarType::*;
    let is_text = matches!(from, Uuid | Decimal | Url | IdempotencyKey | Date | Time);
    (to == String && is_text) || is_wider_number(from, to)
}

fn is_wider_number(from: ScalarType, to: ScalarType) -> bool {
    use ScalarType::*;
    matches!((from, to), (I32, I64) | (U32, U64) | (U32, I64))
}
