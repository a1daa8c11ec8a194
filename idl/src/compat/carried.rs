//! Where the parts of a contract travel: said to the comparison by whoever knows the wires.

use std::collections::BTreeMap;

use super::facet::{Facets, Reach};
use crate::contract::{Annotations, Field, PackageId, TypeId};

/// Where the parts of one contract travel.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// By package, service and operation as they are counted in the contract; what is not there travels nowhere.
    pub operations: BTreeMap<(PackageId, usize, usize), OperationCarried>,
    /// Events that brokers or sessions carry.
    pub events: BTreeMap<TypeId, Reach>,
}

/// Where one operation travels.
#[derive(Clone, Debug, Default)]
pub struct OperationCarried {
    /// The call as such.
    pub call: Facets,
    /// Each input, in the order of the contract; a stream that comes in is one.
    pub inputs: Vec<Facets>,
    /// What is answered.
    pub answer: Facets,
    /// What it fails with.
    pub faults: Facets,
}

/// The names that members have in texts, which annotations may change.
#[derive(Clone, Copy, Debug)]
pub struct Wording {
    /// Of a field or input.
    pub field: fn(&Field) -> String,
    /// Of an enum's member or a union's case.
    pub member: fn(&Annotations, &str) -> String,
}
