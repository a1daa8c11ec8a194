//! Owners: whatever has members with numbers of their own.
//!
//! A record, fault or event owns its fields, an enum its members, a union its cases, a service its operations, an operation
//! its inputs. A generic owns what its instances have in common; a type made of others owns nothing.

use std::collections::BTreeMap;

use crate::contract::{
    Contract, Field, Generic, Inputs, Operation, Origin, PackageId, Pin, Service, TypeDef, TypeId, TypeKind,
};

/// Something that has members with numbers of their own.
pub(crate) struct Owner<'c> {
    pub(crate) package: PackageId,
    pub(crate) place: Place,
    /// `Order`, `Orders`, `Orders.place`
    pub(crate) name: String,
    /// What it may have been called before, the likeliest first.
    pub(crate) former: Vec<String>,
    /// In the order of the contract.
    pub(crate) members: Vec<Member<'c>>,
}

/// Where an owner stands in its package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Type(TypeId),
    /// Counts into the package's generics.
    Generic(usize),
    /// Counts into the package's services.
    Service(usize),
    /// Counts into the package's services, then into the service's operations.
    Operation(usize, usize),
}

/// What a number is given to.
pub(crate) struct Member<'c> {
    pub(crate) name: &'c str,
    pub(crate) was: Option<&'c str>,
    pub(crate) pin: Option<Pin>,
}

/// The generics of all packages by their full names, `shop.common.Paged`.
pub(crate) type Generics<'c> = BTreeMap<String, ((PackageId, usize), &'c Generic)>;

/// All owners of a contract.
pub(crate) fn of(contract: &Contract) -> Vec<Owner<'_>> {
    let generics = generics(contract);
    contract.packages().flat_map(|(id, _)| of_package(contract, &generics, id)).collect()
}

/// The owners of one package; `generics` are those of all.
pub(crate) fn of_package<'c>(contract: &'c Contract, generics: &Generics<'_>, id: PackageId) -> Vec<Owner<'c>> {
    let package = contract.package(id);
    let types = package.types.iter().map(|&id| contract.type_def(id));
    let mut owners: Vec<Owner<'_>> = types.filter_map(|def| of_type(generics, def)).collect();
    owners.extend(package.generics.iter().enumerate().map(|(index, it)| of_generic(id, index, it)));
    for (index, service) in package.services.iter().enumerate() {
        owners.push(of_service(id, index, service));
        let operations = service.operations.iter().enumerate();
        owners.extend(operations.map(|(at, it)| of_operation(id, service, Place::Operation(index, at), it)));
    }
    owners
}

/// The generics of all packages.
pub(crate) fn generics(contract: &Contract) -> Generics<'_> {
    let mut generics = Generics::new();
    for (id, package) in contract.packages() {
        let all = package.generics.iter().enumerate();
        generics.extend(all.map(|(index, it)| (format!("{}.{}", package.name, it.name), ((id, index), it))));
    }
    generics
}

/// Where a type comes from.
pub(crate) fn origin(def: &TypeDef) -> &Origin {
    match &def.kind {
        TypeKind::Record(record) => &record.origin,
        TypeKind::Union(union) => &union.origin,
        _ => &Origin::Declared,
    }
}

fn of_type<'c>(generics: &Generics<'_>, def: &'c TypeDef) -> Option<Owner<'c>> {
    match origin(def) {
        Origin::Draft(_) | Origin::Patch(_) => return None,
        Origin::Instance { generic, .. } if generics.contains_key(generic) => return None,
        // What spreads its parameter is as different as the arguments: each instance owns its fields.
        Origin::Declared | Origin::Instance { .. } => {}
    }
    let members = match &def.kind {
        TypeKind::Enum(it) => it.members.iter().map(|it| member(&it.name, &it.was, it.pin)).collect(),
        TypeKind::Union(it) => it.cases.iter().map(|it| member(&it.name, &it.was, it.pin)).collect(),
        _ => fields(def.fields()?),
    };
    let former = def.was.iter().cloned().collect();
    Some(Owner { package: def.package, place: Place::Type(def.id), name: def.name.clone(), former, members })
}

fn of_generic(package: PackageId, index: usize, generic: &Generic) -> Owner<'_> {
    Owner {
        package,
        place: Place::Generic(index),
        name: generic.name.clone(),
        former: generic.was.iter().cloned().collect(),
        members: generic.members.iter().map(|it| member(&it.name, &it.was, it.pin)).collect(),
    }
}

fn of_service(package: PackageId, index: usize, service: &Service) -> Owner<'_> {
    Owner {
        package,
        place: Place::Service(index),
        name: service.name.clone(),
        former: service.was.iter().cloned().collect(),
        members: service.operations.iter().map(|it| member(&it.name, &it.was, it.pin)).collect(),
    }
}

fn of_operation<'c>(package: PackageId, service: &Service, place: Place, operation: &'c Operation) -> Owner<'c> {
    let mut names = Vec::new();
    for service in [Some(&service.name), service.was.as_ref()].into_iter().flatten() {
        let own = [Some(&operation.name), operation.was.as_ref()].into_iter().flatten();
        names.extend(own.map(|operation| format!("{service}.{operation}")));
    }
    let name = names.remove(0);
    let members = match &operation.inputs {
        Inputs::Fields(inputs) => fields(inputs),
        Inputs::Stream(_) => Vec::new(),
    };
    Owner { package, place, name, former: names, members }
}

fn fields(fields: &[Field]) -> Vec<Member<'_>> {
    fields.iter().map(|it| member(&it.name, &it.was, it.pin)).collect()
}

fn member<'c>(name: &'c str, was: &'c Option<String>, pin: Option<Pin>) -> Member<'c> {
    Member { name, was: was.as_deref(), pin }
}
