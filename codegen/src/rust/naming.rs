//! The Rust names of everything in a contract, decided once so that none is given twice in a module.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use wireloom_idl::Contract;
use wireloom_idl::contract::{Package, PackageId, Service, TypeId};

use crate::names::{ident, module, pascal, possible, snake};

/// Names that a module of generated code cannot give to a type: they stand for values of the prelude.
const VALUES: &[&str] = &["Some", "None", "Ok", "Err"];

/// Names that a trait's method cannot have: a type that implements it and `Clone` has methods of these names already, from traits
/// of the prelude, and a call would mean either.
const METHODS: &[&str] = &["clone", "into", "to_owned", "try_into"];

/// The names of a contract.
#[derive(Clone, Debug)]
pub(crate) struct Naming {
    types: Vec<Ident>,
    services: BTreeMap<(PackageId, usize), ServiceNames>,
    /// What the module of a package defines.
    defined: BTreeMap<PackageId, BTreeSet<String>>,
}

/// The names that come of one service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceNames {
    /// The trait: `Orders`.
    pub(crate) service: Ident,
    /// `OrdersServer`
    pub(crate) server: Ident,
    /// `OrdersClient`
    pub(crate) client: Ident,
    /// The module of the operations as types: `orders_operations`.
    pub(crate) module: Ident,
    /// In the order of the contract.
    pub(crate) operations: Vec<OperationNames>,
    /// What it emits, as a type: `OrdersEvents`.
    pub(crate) events: Ident,
    /// `OrdersPublisher`
    pub(crate) publisher: Ident,
    /// The trait of its handlers: `OrdersHandlers`.
    pub(crate) handling: Ident,
    /// The module of the handlers as types: `orders_handlers`.
    pub(crate) handlers_module: Ident,
    /// In the order of the contract.
    pub(crate) handlers: Vec<HandlerNames>,
}

/// The names that come of one handler.
#[derive(Clone, Debug)]
pub(crate) struct HandlerNames {
    /// The method: `settle`.
    pub(crate) method: Ident,
    /// The type within the handlers' module: `Settle`.
    pub(crate) marker: Ident,
}

/// The names that come of one operation.
#[derive(Clone, Debug)]
pub(crate) struct OperationNames {
    /// The method: `place`.
    pub(crate) method: Ident,
    /// The type within the service's module: `Place`.
    pub(crate) marker: Ident,
    /// `PlaceRequest`
    pub(crate) request: Ident,
    /// `PlaceFault`
    pub(crate) fault: Ident,
}

impl Naming {
    pub(crate) fn of(contract: &Contract) -> Naming {
        let mut naming = Naming {
            types: vec![ident("Unused"); contract.types.len()],
            services: BTreeMap::new(),
            defined: BTreeMap::new(),
        };
        for (id, package) in contract.packages() {
            naming.package(contract, id, package);
        }
        naming
    }

    fn package(&mut self, contract: &Contract, id: PackageId, package: &Package) {
        let mut taken: BTreeSet<String> = VALUES.iter().map(|&name| name.to_owned()).collect();
        for &ty in &package.types {
            self.types[ty.0 as usize] = ident(&take(&type_name(&contract.type_def(ty).name), &mut taken));
        }
        let services: Vec<Ident> =
            package.services.iter().map(|service| ident(&take(&type_name(&service.name), &mut taken))).collect();
        let mut modules = children(contract, package);
        for (index, (service, name)) in package.services.iter().zip(services).enumerate() {
            let names = service_names(service, name, &mut modules, &mut taken);
            self.services.insert((id, index), names);
        }
        self.defined.insert(id, taken);
    }

    /// The name of a type, within its module.
    pub(crate) fn ty(&self, id: TypeId) -> &Ident {
        &self.types[id.0 as usize]
    }

    /// The names of a service.
    pub(crate) fn service(&self, package: PackageId, service: usize) -> &ServiceNames {
        &self.services[&(package, service)]
    }

    /// Whether the module of a package defines a name, and so hides the prelude's.
    pub(crate) fn defines(&self, package: PackageId, name: &str) -> bool {
        self.defined[&package].contains(name)
    }
}

/// The operations' types keep their short names for whichever service comes first; so one added later renames nothing.
fn service_names(
    service: &Service,
    name: Ident,
    modules: &mut BTreeSet<String>,
    taken: &mut BTreeSet<String>,
) -> ServiceNames {
    let text = name.to_string();
    let mut methods = taken_methods();
    let mut markers = BTreeSet::new();
    let operations = service.operations.iter().map(|operation| {
        let marker = pascal(&operation.name);
        let stem = match ["Request", "Fault"].iter().any(|end| taken.contains(&format!("{marker}{end}"))) {
            true => format!("{text}{marker}"),
            false => marker.clone(),
        };
        OperationNames {
            method: ident(&take(&snake(&operation.name), &mut methods)),
            request: ident(&take(&format!("{stem}Request"), taken)),
            fault: ident(&take(&format!("{stem}Fault"), taken)),
            marker: ident(&take(&marker, &mut markers)),
        }
    });
    let operations = operations.collect();
    // Not the service's bare name: with a glob import that would hide a crate of that name, such as the user's own.
    let module = take(&format!("{}_operations", snake(&text)), modules);
    let handlers_module = take(&format!("{}_handlers", snake(&text)), modules);
    let (mut methods, mut markers) = (taken_methods(), BTreeSet::new());
    let handlers = service.handlers.iter().map(|handler| HandlerNames {
        method: ident(&take(&snake(&handler.name), &mut methods)),
        marker: ident(&take(&pascal(&handler.name), &mut markers)),
    });
    ServiceNames {
        service: name,
        server: ident(&take(&format!("{text}Server"), taken)),
        client: ident(&take(&format!("{text}Client"), taken)),
        module: ident(&module),
        operations,
        events: ident(&take(&format!("{text}Events"), taken)),
        publisher: ident(&take(&format!("{text}Publisher"), taken)),
        handling: ident(&take(&format!("{text}Handlers"), taken)),
        handlers_module: ident(&handlers_module),
        handlers: handlers.collect(),
    }
}

fn taken_methods() -> BTreeSet<String> {
    METHODS.iter().map(|&name| name.to_owned()).collect()
}

/// The modules of packages right below a package, which lie in the same module as its services' modules.
fn children(contract: &Contract, package: &Package) -> BTreeSet<String> {
    let prefix = format!("{}.", package.name);
    let below = contract.packages.iter().filter_map(|other| other.name.strip_prefix(&prefix));
    below.filter_map(|rest| rest.split('.').next()).map(|part| module(part).into_owned()).collect()
}

/// As the contract writes it, unless it breaks Rust's casing.
fn type_name(name: &str) -> String {
    match name.contains('_') || name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        true => pascal(name),
        false => name.to_owned(),
    }
}

/// The name as it can stand in Rust, with `_` behind it until nobody else has it.
pub(crate) fn take(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = possible(name).into_owned();
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    name
}

/// The Rust names of fields, in their order.
pub(crate) fn fields<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Ident> {
    let mut taken = BTreeSet::new();
    names.into_iter().map(|name| ident(&take(&snake(name), &mut taken))).collect()
}

/// The Rust names of members or cases, in their order; `reserved` is the one that stands for what is unknown.
pub(crate) fn variants<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Ident> {
    let mut taken = BTreeSet::new();
    names.into_iter().map(|name| ident(&take(&pascal(name), &mut taken))).collect()
}

/// The variant for what is not listed: `preferred`, unless the contract lists something of that name.
pub(crate) fn catch_all(variants: &[Ident], preferred: &str, otherwise: &str) -> Ident {
    let clash = variants.iter().any(|variant| variant == preferred);
    let mut taken: BTreeSet<String> = variants.iter().map(Ident::to_string).collect();
    ident(&take(if clash { otherwise } else { preferred }, &mut taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_given_twice() {
        let given = |names: &[&str]| fields(names.iter().copied()).iter().map(Ident::to_string).collect::<Vec<_>>();
        assert_eq!(given(&["self", "self_", "type", "Type"]), ["self_", "self__", "r#type", "type_"]);
        assert_eq!(given(&["1st", "_1st"]), ["_1st", "_1st_"]);
    }
}
