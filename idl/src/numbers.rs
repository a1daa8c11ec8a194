//! Wire numbers: what a field, input, member, case or operation is called where names do not travel.
//!
//! Protobuf and native RPC share them. A draft or patch has the numbers of the record that it is made of, so the three are
//! one message to whoever reads its bytes; all instances of a generic have the generic's. A stream that comes in has none:
//! its items are the messages. Without a lock numbers are given in the order of the contract, around those that are pinned
//! (`@7`); with one they are [`crate::lock`]'s.

pub(crate) mod owners;

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{Contract, Origin, PackageId, TypeDef, TypeId, TypeKind};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use owners::{Owner, Place};

/// The number of the field mask that says which fields of a message are null. protobuf reserves 19000 to 19999 for itself;
/// this one, the last before them, is never given to a field.
pub const NULLS: u32 = 18_999;

/// The largest number that protobuf admits.
pub const MAX: u32 = 536_870_911;

/// The last of those that protobuf reserves for itself.
const RESERVED_LAST: u32 = 19_999;

/// The numbers of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    types: Vec<Vec<u32>>,
    generics: BTreeMap<(PackageId, usize), Vec<u32>>,
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
    /// Numbers in the order of the contract, for packages that have no lock.
    pub fn in_order(contract: &Contract) -> Numbers {
        Numbers::given(contract, &owners::of(contract), in_order)
    }

    /// The numbers that `give` gives to the members of each owner.
    pub(crate) fn given<'c>(
        contract: &Contract,
        owners: &[Owner<'c>],
        mut give: impl FnMut(&Owner<'c>) -> Vec<u32>,
    ) -> Numbers {
        let mut numbers = Numbers { types: vec![Vec::new(); contract.types.len()], ..Numbers::default() };
        for owner in owners {
            let given = give(owner);
            match owner.place {
                Place::Type(id) => numbers.types[id.0 as usize] = given,
                Place::Generic(index) => drop(numbers.generics.insert((owner.package, index), given)),
                Place::Service(service) => {
                    for (index, own) in given.into_iter().enumerate() {
                        numbers.operation_mut(owner.package, service, index).own = own;
                    }
                }
                Place::Operation(service, index) => {
                    numbers.operation_mut(owner.package, service, index).inputs = given;
                }
            }
        }
        numbers.borrow(contract);
        numbers
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

    /// The numbers of an owner's members, in its order.
    pub(crate) fn of_owner(&self, owner: &Owner<'_>) -> Vec<u32> {
        match owner.place {
            Place::Type(id) => self.of_type(id).to_vec(),
            Place::Generic(index) => self.generics.get(&(owner.package, index)).cloned().unwrap_or_default(),
            Place::Service(service) => {
                let operations = 0..owner.members.len();
                operations.map(|index| self.of_operation(owner.package, service, index).own).collect()
            }
            Place::Operation(service, index) => self.of_operation(owner.package, service, index).inputs.clone(),
        }
    }

    fn operation_mut(&mut self, package: PackageId, service: usize, operation: usize) -> &mut OperationNumbers {
        self.operations.entry((package, service, operation)).or_default()
    }

    /// Gives the types that are made of others the numbers of what they are made of.
    fn borrow(&mut self, contract: &Contract) {
        let generics = owners::generics(contract);
        let borrowed: Vec<_> =
            contract.types.iter().filter_map(|def| self.borrowed(contract, &generics, def)).collect();
        for (id, numbers) in borrowed {
            self.types[id.0 as usize] = numbers;
        }
    }

    fn borrowed(
        &self,
        contract: &Contract,
        generics: &owners::Generics<'_>,
        def: &TypeDef,
    ) -> Option<(TypeId, Vec<u32>)> {
        let by_name = match owners::origin(def) {
            Origin::Declared => return None,
            Origin::Draft(of) | Origin::Patch(of) => {
                let of = contract.type_def(*of);
                match self.borrowed(contract, generics, of) {
                    Some((_, numbers)) => names(of).zip(numbers).collect(),
                    None => names(of).zip(self.of_type(of.id).iter().copied()).collect(),
                }
            }
            Origin::Instance { generic, .. } => {
                let (place, generic) = generics.get(generic.as_str())?;
                let names = generic.members.iter().map(|member| member.name.as_str());
                names.zip(self.generics.get(place).into_iter().flatten().copied()).collect::<BTreeMap<&str, u32>>()
            }
        };
        Some((def.id, names(def).map(|name| by_name.get(name).copied().unwrap_or_default()).collect()))
    }
}

/// Whether something can have this number.
pub fn is_number(number: u32) -> bool {
    (1..=MAX).contains(&number) && !(NULLS..=RESERVED_LAST).contains(&number)
}

/// A number as a contract writes it; none where nothing can have it.
pub(crate) fn parse(digits: &str) -> Option<u32> {
    digits.replace('_', "").parse().ok().filter(|&number| is_number(number))
}

/// Says that nothing can have this number.
pub(crate) fn invalid(digits: &str, at: Span) -> Diagnostic {
    let help = format!("it can be 1 to {MAX}, but for {NULLS} to {RESERVED_LAST}, which have a meaning of their own");
    Diagnostic::new(&codes::NUMBER_INVALID, at, format!("`{digits}` is no wire number")).help(help)
}

fn names(def: &TypeDef) -> Box<dyn Iterator<Item = &str> + '_> {
    match &def.kind {
        TypeKind::Union(union) => Box::new(union.cases.iter().map(|case| case.name.as_str())),
        _ => Box::new(def.fields().unwrap_or_default().iter().map(|field| field.name.as_str())),
    }
}

/// Numbers from 1 on, in order; pinned ones stand where they are pinned, and nobody else gets theirs.
pub(crate) fn in_order(owner: &Owner<'_>) -> Vec<u32> {
    let pins = owner.members.iter().map(|member| member.pin.map(|pin| pin.number));
    let taken: BTreeSet<u32> = pins.clone().flatten().collect();
    let mut free = (1..=MAX).filter(|&number| is_number(number) && !taken.contains(&number));
    pins.map(|pin| pin.unwrap_or_else(|| free.next().unwrap_or_default())).collect()
}
