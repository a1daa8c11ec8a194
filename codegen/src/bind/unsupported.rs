//! What a contract may say and this version does not generate: each is reported where it is said.
//!
//! A wire that is missing changes how a service travels, not what it promises: an `info`.

use wireloom_idl::contract::{
    At, Balance, Binding, Contract, Handler, LimitKey, Operation, Package, Service, TypeDef, TypeId, TypeKind,
};
use wireloom_idl::lower::WIRES;
use wireloom_idl::{Diagnostic, Diagnostics, Severity};

use super::messages::Product;
use super::type_path::is_type_path;
use crate::{Wire, Wires, codes, model};

/// How a build asks for events.
const BROKER: &str =
    "`Compiler::broker()` in build.rs, `--wires broker` on the command line; events on `ws` want it as well";

/// Reports what the reported packages ask for in vain.
pub(super) fn check(contract: &Contract, wires: Wires, report: &mut Diagnostics) {
    for (_, package) in contract.packages().filter(|(_, package)| !package.imported) {
        package.bindings.iter().for_each(|binding| wire(package, binding, wires, report));
        package.services.iter().for_each(|it| service(contract, it, wires, report));
        package.types.iter().for_each(|&id| type_def(contract.type_def(id), report));
    }
}

fn wire(package: &Package, binding: &Binding, wires: Wires, report: &mut Diagnostics) {
    let word = binding.wire.text.as_str();
    let at = binding.wire.span;
    let service = &package.services[binding.service].name;
    let spoken = Product::named(word).filter(|product| product.is_spoken).map(|_| Wire::Broker);
    let Some(wire) = Wire::named(word).or(spoken) else {
        // A wire that does not exist is the language's own error.
        if WIRES.contains(&word) {
            report.push(not_yet(at, format!("`{service}` on `{word}` is not generated yet")));
        }
        return;
    };
    if !wires.has(wire) {
        let message = format!("`{service}` on `{word}` is generated where a build asks for it");
        let asked = wire.as_str();
        let help = format!("`Compiler::{asked}()` in build.rs, `--wires {asked}` on the command line");
        report.push(not_yet(at, message).help(help));
    } else if wire == Wire::Rest
        && let Some(alias) = &binding.alias
    {
        report
            .push(not_yet(alias.span, "REST has no external name for a service; `as` changes nothing here".to_owned()));
    }
}

fn service(contract: &Contract, service: &Service, wires: Wires, report: &mut Diagnostics) {
    publishes(contract, &service.name, service.at, &service.emits, wires, report);
    for operation in &service.operations {
        keys(contract, operation, report);
        publishes(contract, &operation.name, operation.at, &operation.emits, wires, report);
    }
    if !wires.has(Wire::Broker) {
        service.handlers.iter().for_each(|it| handler(it, report));
    }
}

/// Tells what a service or an operation emits in vain.
fn publishes(contract: &Contract, name: &str, at: At, emits: &[TypeId], wires: Wires, report: &mut Diagnostics) {
    if !emits.is_empty() && !wires.has(Wire::Broker) {
        let events: Vec<&str> = emits.iter().map(|&id| contract.type_def(id).name.as_str()).collect();
        let message = format!("`{name}` publishes where a build asks for it: {}", super::list(&events));
        report.push(not_yet(at, message).help(BROKER));
    }
}

fn handler(handler: &Handler, report: &mut Diagnostics) {
    let message = format!("the handler `{}` is generated where a build asks for it", handler.name);
    report.push(not_yet(handler.at, message).help(BROKER));
}

/// Tells of inputs that policies cannot go by: they are all one to them.
fn keys(contract: &Contract, operation: &Operation, report: &mut Diagnostics) {
    let balance = match &operation.policy.balance {
        Some(Balance::Hash(input)) => Some(("hash", input)),
        _ => None,
    };
    let limit = match operation.policy.limit.as_ref().and_then(|limit| limit.per.as_ref()) {
        Some(LimitKey::Input(input)) => Some(("key", input)),
        _ => None,
    };
    for (word, input) in balance.into_iter().chain(limit) {
        let field = operation.inputs.fields().iter().find(|field| field.name == *input);
        if field.is_some_and(|field| !model::has_key_form(contract, &field.ty)) {
            let message =
                format!("`{word}({input})` of `{}` goes by no value: it is no text, number or enum", operation.name);
            report.push(not_yet(operation.at, message).label("every call counts as the same"));
        }
    }
}

fn type_def(def: &TypeDef, report: &mut Diagnostics) {
    let TypeKind::Extern(it) = &def.kind else { return };
    // Languages other than Rust are the language's own error.
    if it.language != "rust" || is_type_path(&it.target) {
        return;
    }
    let message = format!("`{}` is no path of a Rust type", it.target);
    let help = "name a Rust type: extern record Geo = rust \"crate::Geo\"";
    report.push(Diagnostic::new(&codes::EXTERN_TYPE, def.at, message).help(help));
}

fn not_yet(at: At, message: String) -> Diagnostic {
    Diagnostic { severity: Severity::Info, ..Diagnostic::new(&codes::NOT_GENERATED_YET, at, message) }
}
