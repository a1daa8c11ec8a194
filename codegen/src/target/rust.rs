//! Rust: one file a package, and the tree of modules around them.

#[cfg(test)]
mod printed;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;
use wireloom_idl::contract::{Package, TypeDef, TypeKind};

use super::{Input, Target, calls, rest};
use crate::bind::calls::CallWire;
use crate::names::{ident, module};
use crate::rust::abilities::Abilities;
use crate::rust::naming::Naming;
use crate::rust::scope::Scope;
use crate::rust::server::Mounts;
use crate::rust::service::base_name;
use crate::rust::{
    client, enums, events, externs, faults, handlers, operations, print, records, requests, scalars, server, service,
    unions,
};
use crate::{Files, Layout, Wire};

/// The Rust target.
pub(crate) struct Rust;

impl Target for Rust {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn files(&self, input: &Input<'_>, files: &mut Files) {
        let naming = Naming::of(input.contract);
        let abilities = Abilities::of(input.contract);
        let mut tree = Module::default();
        for (id, package) in input.contract.packages() {
            let scope = Scope { input, contract: input.contract, naming: &naming, abilities: &abilities, package: id };
            tree.add(&package.name, package_text(&scope, package));
        }
        match input.options.layout {
            Layout::Tree => tree.files("", files),
            Layout::Single => files.add("contract.rs", tree.single()),
        }
    }
}

/// The text of one package.
struct PackageText {
    docs: String,
    from: String,
    items: String,
}

fn package_text(scope: &Scope<'_>, package: &Package) -> PackageText {
    // Each is printed before the next is made: tokens take many times the room of their text.
    let items = print::items(package_items(scope, package));
    let files: Vec<&str> = package.files.iter().map(|file| base_name(file)).collect();
    let docs = package.docs.clone().unwrap_or_else(|| format!("The package `{}`.", package.name));
    PackageText { docs, from: files.join(", "), items }
}

/// What a package is in Rust, some items at a time.
fn package_items(scope: &Scope<'_>, package: &Package) -> impl Iterator<Item = TokenStream> {
    let types = |wanted: fn(&TypeKind) -> bool| {
        let defs = package.types.iter().map(|&id| scope.contract.type_def(id)).filter(move |def| wanted(&def.kind));
        defs.map(|def| type_items(scope, def))
    };
    let data = types(|kind| !matches!(kind, TypeKind::Fault(_) | TypeKind::Event(_)));
    let faults = types(|kind| matches!(kind, TypeKind::Fault(_)));
    let events = types(|kind| matches!(kind, TypeKind::Event(_)));
    // What is only imported is there for its types.
    let services = if package.imported { 0..0 } else { 0..package.services.len() };
    let services = services.flat_map(|index| service_items(scope, package, index));
    let descriptors = (!package.imported).then(|| calls::descriptors(scope));
    data.chain(faults).chain(events).chain(services).chain(descriptors)
}

fn type_items(scope: &Scope<'_>, def: &TypeDef) -> TokenStream {
    match &def.kind {
        TypeKind::Scalar(scalar) => scalars::items(scope, def, scalar),
        TypeKind::Record(record) => records::items(scope, def, &record.fields),
        TypeKind::Event(event) => {
            let messaging = scope.input.options.wires.has(Wire::Broker).then(|| events::event(scope, def, event));
            let record = records::items(scope, def, &event.fields);
            quote!(#record #messaging)
        }
        TypeKind::Enum(it) => enums::items(scope, def, it),
        TypeKind::Union(union) => unions::items(scope, def, union),
        TypeKind::Fault(fault) => faults::items(scope, def, fault),
        TypeKind::Extern(foreign) => externs::items(scope, def, foreign),
    }
}

fn service_items(scope: &Scope<'_>, package: &Package, index: usize) -> Vec<TokenStream> {
    let of = &package.services[index];
    let names = scope.service(index);
    let wires = scope.input.options.wires;
    let http =
        scope.input.views.http.services.iter().find(|http| http.package == scope.package && http.service == index);
    let http = http.filter(|_| wires.has(Wire::Rest) && (wires.server || wires.client));
    let calls: Vec<_> = CallWire::ALL
        .into_iter()
        .filter(|wire| wire.wire().is_some_and(|wire| wires.has(wire)) && (wires.server || wires.client))
        .filter_map(|wire| scope.input.views.calls.service(scope.package, index, wire))
        .collect();
    let mut items = Vec::new();
    for (number, (operation, own)) in of.operations.iter().zip(&names.operations).enumerate() {
        let link = format!("[`{}::{}`]", names.service, own.method);
        let numbers = &scope.contract.numbers.of_operation(scope.package, index, number).inputs;
        items.push(requests::items(scope, operation, own, numbers, &link));
        items.push(faults::of_operation(scope, operation, own, &link));
    }
    items.push(service::items(scope, of, names));
    let messages = scope.input.views.messages.service(scope.package, index).filter(|_| wires.has(Wire::Broker));
    items.extend(messages.map(|messages| events::emitted(scope, of, messages, names)));
    if !wires.server && !wires.client {
        return items;
    }
    items.push(operations::items(scope, of, names));
    if wires.server {
        let mut mounts = Mounts::default();
        mounts.statements.extend(http.map(|http| rest::mount(of, http, names)).filter(|mount| !mount.is_empty()));
        let called = calls.iter().map(|bound| calls::mount(scope, of, bound, names));
        mounts.statements.extend(called.filter(|mount| !mount.is_empty()));
        if let Some(handled) = messages.filter(|messages| !messages.handlers.is_empty()) {
            items.push(handlers::items(scope, of, handled, names));
            mounts.statements.push(handlers::mount(handled, names));
            mounts.bounds.push(names.handling.clone());
        }
        items.push(server::items(scope, of, names, &mounts));
    }
    if wires.client {
        items.push(client::items(scope, of, names));
    }
    items.extend(http.map(|http| rest::items(scope, of, http, names)));
    items.extend(calls.iter().map(|bound| calls::items(scope, of, bound, names)));
    items
}

/// A module of the tree: perhaps a package, perhaps only the way to others.
#[derive(Default)]
struct Module {
    package: Option<PackageText>,
    children: BTreeMap<String, Module>,
}

impl Module {
    fn add(&mut self, name: &str, text: PackageText) {
        let module =
            name.split('.').fold(self, |module, segment| module.children.entry(segment.to_owned()).or_default());
        module.package = Some(text);
    }

    /// The files of this module and all below; `path` is its own, without its ending.
    fn files(&self, path: &str, files: &mut Files) {
        let file = if path.is_empty() { "mod.rs".to_owned() } else { format!("{path}.rs") };
        let mut text = match &self.package {
            Some(package) => header(&package.from),
            None => header("its contract"),
        };
        for (name, child) in &self.children {
            text.push_str(&format!("\n{}pub mod {};\n", child.docs("///"), ident(&module(name))));
        }
        text.push_str(&self.items());
        files.add(file, text);
        for (name, child) in &self.children {
            let name = module(name);
            let below = if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") };
            child.files(&below, files);
        }
    }

    /// All of it as nested modules.
    fn single(&self) -> String {
        let mut text = header("its contract");
        text.push_str(&self.inner());
        text
    }

    fn inner(&self) -> String {
        let mut text = String::new();
        for (name, child) in &self.children {
            text.push_str(&format!("\n{}pub mod {} {{\n", child.docs("///"), ident(&module(name))));
            text.push_str(child.inner().trim_start_matches('\n'));
            text.push_str("}\n");
        }
        text.push_str(&self.items());
        text
    }

    fn items(&self) -> String {
        match &self.package {
            Some(package) if !package.items.is_empty() => format!("\n{}", package.items),
            _ => String::new(),
        }
    }

    fn docs(&self, sign: &str) -> String {
        let text = self.package.as_ref().map_or("Packages below this one.", |package| package.docs.as_str());
        text.lines().map(|line| format!("{sign} {line}").trim_end().to_owned() + "\n").collect()
    }
}

fn header(from: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("// @generated by wireloom {version} from {from}. Edit the contract, not this file.\n")
}
