//! Compatibility: what changed between two states of a contract, and what each change breaks.
//!
//! In go two contracts, their locks, and where each part of them travels ([`Carried`], said by whoever knows the wires); out
//! come [`Findings`]. A finding is a [`Rule`] at a subject, with the places before and now, and a verdict for each
//! [`Facet`] and [`Direction`] that the subject takes part in. What does not travel anywhere breaks nothing but Rust code.
//!
//! First [`pairing`] finds which old thing is which new one: by name, by `was`, by shape. Then types are compared pair by
//! pair, beginning where values begin to travel ([`pairs`]); a pair that was seen is not looked at again, so recursion ends
//! and the work grows with the contracts, not with the ways through them. All names matter only where names travel: a type
//! of another name and the same shape is the same on the wires.
//!
//! This module knows no wire beyond its word and reads no clock.

mod carried;
mod constraints;
mod diff;
mod enums;
mod facet;
mod fields;
mod finding;
mod locks;
mod operations;
mod pairing;
mod pairs;
mod policies;
pub mod rules;
mod scalars;
mod services;
mod shapes;
mod types;

pub use carried::{Carried, OperationCarried, Wording};
pub use diff::{Diff, State, diff};
pub use facet::{Direction, Facet, Facets, Reach, Verdict};
pub use finding::{Change, Finding, Findings};
pub use pairing::{OperationAt, Pairing, ServiceAt, pair};
pub use rules::Rule;
