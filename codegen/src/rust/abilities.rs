//! What generated types can do: compare, order, copy; whether they need checks; where they recurse.
//!
//! Computed once over all types, since each depends on its parts, also in circles.

use std::collections::BTreeSet;

use wireloom_idl::Contract;
use wireloom_idl::contract::{
    Answer, Case, Constraint, Effect, Field, Operation, Presence, ScalarType, Type, TypeDef, TypeId, TypeKind,
};

/// The abilities of every type of a contract.
#[derive(Clone, Debug)]
pub(crate) struct Abilities<'c> {
    contract: &'c Contract,
    eq: Vec<bool>,
    checks: Vec<bool>,
    /// What is read from JSON whatever the wires: faults, for wherever one comes from, its fields are, and what keyed operations give,
    /// for another replica may have kept it; with all that these are made of.
    read: BTreeSet<TypeId>,
    /// What has a JSON form whatever the wires: faults, what keyed operations take and give, and entries of lists that are
    /// compared by it, with all that these are made of.
    written: BTreeSet<TypeId>,
    /// Types that contain themselves without a list, set or map between, each with all such in its circle.
    reach: Vec<BTreeSet<TypeId>>,
}

impl<'c> Abilities<'c> {
    pub(crate) fn of(contract: &'c Contract) -> Abilities<'c> {
        let count = contract.types.len();
        let mut abilities = Abilities {
            contract,
            eq: vec![true; count],
            checks: vec![false; count],
            read: made_of(contract, [faults(contract), answers(keyed(contract))].concat()),
            written: BTreeSet::new(),
            reach: Vec::new(),
        };
        // `Eq` is lost by any part without it, checks are gained from any part with them: both until nothing changes.
        while abilities.step() {}
        let written =
            [faults(contract), abilities.compared(), inputs(keyed(contract)), answers(keyed(contract))].concat();
        abilities.written = made_of(contract, written);
        abilities.reach = contract.types.iter().map(|def| reach(contract, def.id)).collect();
        abilities
    }

    /// The entries of lists that may hold none twice, and have no order to tell.
    fn compared(&self) -> Vec<TypeId> {
        let contract = self.contract;
        let operations = contract.services().flat_map(|(_, service)| &service.operations);
        let inputs = operations.map(|operation| operation.inputs.fields());
        let types = contract.types.iter().filter_map(TypeDef::fields);
        let mut found = Vec::new();
        for field in types.chain(inputs).flatten() {
            if field.constraints.contains(&Constraint::Unique) && !self.orders_items(&field.ty) {
                named(&field.ty, &mut found);
            }
        }
        found
    }

    /// Whether it is a list of what has an order.
    pub(crate) fn orders_items(&self, ty: &Type) -> bool {
        matches!(ty, Type::List(item) if self.orders(item))
    }

    fn step(&mut self) -> bool {
        let mut changed = false;
        for def in &self.contract.types {
            let index = def.id.0 as usize;
            let (eq, checks) = (self.def_eq(def), self.def_checks(def));
            changed |= eq != self.eq[index] || checks != self.checks[index];
            (self.eq[index], self.checks[index]) = (eq, checks);
        }
        changed
    }

    fn def_eq(&self, def: &TypeDef) -> bool {
        match &def.kind {
            TypeKind::Scalar(scalar) => scalar_eq(scalar.base),
            TypeKind::Enum(_) => true,
            TypeKind::Union(union) => union.closed && parts(def).all(|ty| self.eq(ty)),
            TypeKind::Extern(_) => false,
            TypeKind::Record(_) | TypeKind::Fault(_) | TypeKind::Event(_) => parts(def).all(|ty| self.eq(ty)),
        }
    }

    fn def_checks(&self, def: &TypeDef) -> bool {
        match &def.kind {
            TypeKind::Scalar(scalar) => !scalar.constraints.is_empty() || scalar_checks(scalar.base),
            TypeKind::Enum(_) => false,
            // What its own type demands is not known here.
            TypeKind::Extern(_) => true,
            TypeKind::Union(_) => parts(def).any(|ty| self.checks(ty)),
            TypeKind::Record(_) | TypeKind::Fault(_) | TypeKind::Event(_) => {
                let fields = def.fields().unwrap_or_default();
                fields.iter().any(|field| !field.constraints.is_empty() || self.checks(&field.ty))
            }
        }
    }

    /// Whether values are equal to themselves: no floats inside.
    pub(crate) fn eq(&self, ty: &Type) -> bool {
        match ty {
            Type::Scalar(scalar) => scalar_eq(*scalar),
            Type::Named(id) => self.eq[id.0 as usize],
            Type::List(item) | Type::Set(item) | Type::Nullable(item) => self.eq(item),
            Type::Map(key, value) => self.eq(key) && self.eq(value),
        }
    }

    /// Whether a value can break its contract.
    pub(crate) fn checks(&self, ty: &Type) -> bool {
        match ty {
            Type::Scalar(scalar) => scalar_checks(*scalar),
            Type::Named(id) => self.checks[id.0 as usize],
            Type::List(item) | Type::Set(item) | Type::Nullable(item) => self.checks(item),
            Type::Map(key, value) => self.checks(key) || self.checks(value),
        }
    }

    /// Whether values have an order in Rust: scalars and enums, which is all that sets and keys admit.
    pub(crate) fn orders(&self, ty: &Type) -> bool {
        match ty {
            Type::Scalar(scalar) => scalar_orders(*scalar),
            Type::Named(id) => match &self.contract.type_def(*id).kind {
                TypeKind::Scalar(scalar) => scalar_orders(scalar.base),
                TypeKind::Enum(_) => true,
                _ => false,
            },
            Type::List(item) | Type::Set(item) | Type::Nullable(item) => self.orders(item),
            Type::Map(key, value) => self.orders(key) && self.orders(value),
        }
    }

    /// Whether values are copied: small scalars and closed enums.
    pub(crate) fn copies(&self, ty: &Type) -> bool {
        match ty {
            Type::Scalar(scalar) => scalar_copies(*scalar),
            Type::Named(id) => match &self.contract.type_def(*id).kind {
                TypeKind::Scalar(scalar) => scalar_copies(scalar.base),
                TypeKind::Enum(it) => it.closed,
                _ => false,
            },
            Type::Nullable(item) => self.copies(item),
            Type::List(_) | Type::Set(_) | Type::Map(..) => false,
        }
    }

    /// Whether it is read from JSON whatever the wires.
    pub(crate) fn is_read(&self, id: TypeId) -> bool {
        self.read.contains(&id)
    }

    /// Whether it has a JSON form whatever the wires.
    pub(crate) fn is_written(&self, id: TypeId) -> bool {
        self.written.contains(&id)
    }

    /// Whether this part of `owner` must stand in a box, since it leads back to `owner`.
    pub(crate) fn boxes(&self, owner: TypeId, part: &Type) -> bool {
        match part {
            Type::Named(id) => *id == owner || self.reach[id.0 as usize].contains(&owner),
            Type::Nullable(inner) => self.boxes(owner, inner),
            _ => false,
        }
    }
}

/// Whether a field may be boxed at all: a required one has no end of its own and is held by another's box.
pub(crate) fn may_box(field: &Field) -> bool {
    field.presence != Presence::Required || matches!(field.ty, Type::Nullable(_))
}

fn parts(def: &TypeDef) -> impl Iterator<Item = &Type> {
    let cases: &[Case] = match &def.kind {
        TypeKind::Union(union) => &union.cases,
        _ => &[],
    };
    let fields = def.fields().unwrap_or_default().iter().map(|field| &field.ty);
    fields.chain(cases.iter().filter_map(|case| case.ty.as_ref()))
}

fn faults(contract: &Contract) -> Vec<TypeId> {
    let is_fault = |def: &&TypeDef| matches!(def.kind, TypeKind::Fault(_));
    contract.types.iter().filter(is_fault).map(|def| def.id).collect()
}

/// The operations of which a server knows a repeated call.
fn keyed(contract: &Contract) -> impl Iterator<Item = &Operation> {
    contract.services().flat_map(|(_, service)| &service.operations).filter(|operation| is_keyed(operation))
}

/// The types that operations take.
fn inputs<'c>(operations: impl Iterator<Item = &'c Operation>) -> Vec<TypeId> {
    let mut found = Vec::new();
    operations.flat_map(|operation| operation.inputs.fields()).for_each(|field| named(&field.ty, &mut found));
    found
}

/// The types that operations give.
fn answers<'c>(operations: impl Iterator<Item = &'c Operation>) -> Vec<TypeId> {
    let mut found = Vec::new();
    for operation in operations {
        if let Answer::One(ty) | Answer::Stream(ty) = &operation.answer {
            named(ty, &mut found);
        }
    }
    found
}

/// Whether a server knows a repeated call of it.
pub(crate) fn is_keyed(operation: &Operation) -> bool {
    matches!(operation.effect, Effect::Keyed(_))
}

/// These types and all that they are made of.
fn made_of(contract: &Contract, types: Vec<TypeId>) -> BTreeSet<TypeId> {
    let mut open = types;
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            parts(contract.type_def(id)).for_each(|ty| named(ty, &mut open));
        }
    }
    found
}

/// The types that this one names, in whatever container.
fn named(ty: &Type, into: &mut Vec<TypeId>) {
    match ty {
        Type::Scalar(_) => {}
        Type::Named(id) => into.push(*id),
        Type::List(item) | Type::Set(item) | Type::Nullable(item) => named(item, into),
        Type::Map(key, value) => {
            named(key, into);
            named(value, into);
        }
    }
}

/// Everything that a type holds in place, itself only where it recurses.
fn reach(contract: &Contract, from: TypeId) -> BTreeSet<TypeId> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        for part in parts(contract.type_def(id)) {
            let mut part = part;
            while let Type::Nullable(inner) = part {
                part = inner;
            }
            if let Type::Named(next) = part
                && reached.insert(*next)
            {
                open.push(*next);
            }
        }
    }
    reached
}

fn scalar_eq(scalar: ScalarType) -> bool {
    !matches!(scalar, ScalarType::F32 | ScalarType::F64)
}

fn scalar_orders(scalar: ScalarType) -> bool {
    scalar_eq(scalar) && scalar != ScalarType::Json
}

fn scalar_checks(scalar: ScalarType) -> bool {
    matches!(scalar, ScalarType::Url | ScalarType::IdempotencyKey)
}

fn scalar_copies(scalar: ScalarType) -> bool {
    use ScalarType::*;
    matches!(scalar, Bool | I32 | U32 | I64 | U64 | F32 | F64 | Uuid | Decimal | Timestamp | Date | Time | Duration)
}
