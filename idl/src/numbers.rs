//! Wire numbers: what a field, input, member, case or operation is called where names do not travel.
//!
//! Protobuf and native RPC share them. A draft or patch has the numbers of the record that it is made of, so the three are
//! one message to whoever reads its bytes. Without a lock they are given in the order of the contract, around those that
//! are pinned (`@7`).

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{Contract, Origin, PackageId, TypeDef, TypeId, TypeKind};

/// The number of the field mask that says which fields of a message are null. protobuf reserves 19000 to 19999 for itself;
/// this one, the last before them, is never given to a field.
pub const NULLS: u32 = 18_999;

/// The numbers of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    types: Vec<Vec<u32>>,
    operations: BTreeMap<(PackageId, usize, usize), OperationNumbers>,
}

/// The numbers of one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationNumbers {
    /// Its own within its service.
    pub own: u32,
    /// Those of its inputs, in the order of the contract.
    pub inputs: Vec<u32>,
}

impl Numbers {
    /// Numbers in the order of the contract, for a package that has no lock.
    pub fn in_order(contract: &Contract) -> Numbers {
        let types = contract.types.iter().map(|def| of_type(contract, def)).collect();
        let mut operations = BTreeMap::new();
        for (package_id, package) in contract.packages() {
            for (service_index, service) in package.services.iter().enumerate() {
                let own = around_pins(service.operations.iter().map(|operation| operation.pin));
                for (index, (operation, own)) in service.operations.iter().zip(own).enumerate() {
                    let inputs = around_pins(operation.inputs.fields().iter().map(|field| field.pin));
                    operations.insert((package_id, service_index, index), OperationNumbers { own, inputs });
                }
            }
        }
        Numbers { types, operations }
    }

    /// The numbers of a type's fields, members or cases, in the order of the contract; none of a type that has none.
    pub fn of_type(&self, id: TypeId) -> &[u32] {
        self.types.get(id.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The numbers of an operation: package, service and operation as they are counted in the contract.
    pub fn of_operation(&self, package: PackageId, service: usize, operation: usize) -> &OperationNumbers {
        const NONE: &OperationNumbers = &OperationNumbers { own: 0, inputs: Vec::new() };
        self.operations.get(&(package, service, operation)).unwrap_or(NONE)
    }
}

fn of_type(contract: &Contract, def: &TypeDef) -> Vec<u32> {
    match &def.kind {
        TypeKind::Record(record) => match record.origin {
            Origin::Draft(of) | Origin::Patch(of) => borrowed(contract, def, of),
            _ => around_pins(record.fields.iter().map(|field| field.pin)),
        },
        TypeKind::Union(union) => match union.origin {
            Origin::Draft(of) => borrowed(contract, def, of),
            _ => around_pins(union.cases.iter().map(|case| case.pin)),
        },
        TypeKind::Fault(fault) => around_pins(fault.fields.iter().map(|field| field.pin)),
        TypeKind::Event(event) => around_pins(event.fields.iter().map(|field| field.pin)),
        TypeKind::Enum(it) => around_pins(it.members.iter().map(|member| member.pin)),
        TypeKind::Scalar(_) | TypeKind::Extern(_) => Vec::new(),
    }
}

/// The numbers that the members of a derived type have in the type it is made of.
fn borrowed(contract: &Contract, def: &TypeDef, of: TypeId) -> Vec<u32> {
    let of = contract.type_def(of);
    let numbers: BTreeMap<&str, u32> = names(of).zip(of_type(contract, of)).collect();
    names(def).filter_map(|name| numbers.get(name).copied()).collect()
}

fn names(def: &TypeDef) -> Box<dyn Iterator<Item = &str> + '_> {
    match &def.kind {
        TypeKind::Union(union) => Box::new(union.cases.iter().map(|case| case.name.as_str())),
        _ => Box::new(def.fields().unwrap_or_default().iter().map(|field| field.name.as_str())),
    }
}

/// Numbers from 1 on, in order; pinned ones stand where they are pinned, and nobody else gets theirs.
fn around_pins(pins: impl Iterator<Item = Option<u32>> + Clone) -> Vec<u32> {
    let taken: BTreeSet<u32> = pins.clone().flatten().collect();
    let mut free = (1..NULLS).chain(20_000..).filter(|number| !taken.contains(number));
    pins.map(|pin| pin.unwrap_or_else(|| free.next().unwrap_or_default())).collect()
}
