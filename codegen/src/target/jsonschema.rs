//! JSON Schema 2020-12 of their own: a file a package, `shop/orders.schema.json`, which names nothing outside of itself.
//!
//! `$defs` has every type of the package and what those name of others, and of each operation its request: an object of the
//! inputs, as it travels on WebSocket in JSON. The contract's examples stand where they are examples of. Written where it is asked
//! for by name, or by [`Options::jsonschema`](crate::Options).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use wireloom_idl::contract::{
    Answer, Contract, Example, Field, Inputs, Literal, Operation, Outcome, Package, PackageId, Type, TypeId,
};

use super::schema::{Schema, Schemas, values};
use super::{Input, Target};
use crate::rust::naming::Naming;
use crate::{Files, model};

/// The target.
pub(crate) struct JsonSchema;

impl Target for JsonSchema {
    fn name(&self) -> &'static str {
        "jsonschema"
    }

    fn files(&self, input: &Input<'_>, files: &mut Files) {
        let asked = input.options.only.iter().any(|only| only == self.name());
        if !asked && !input.options.jsonschema {
            return;
        }
        let naming = Naming::of(input.contract);
        for (id, package) in input.contract.packages().filter(|(_, package)| !package.imported) {
            let document = document(input.contract, &naming, id, package);
            let text = serde_json::to_string_pretty(&document).expect("a schema has only text keys");
            files.add(format!("{}.schema.json", package.name.replace('.', "/")), text + "\n");
        }
    }
}

#[derive(Serialize)]
struct Document {
    #[serde(rename = "$schema")]
    dialect: &'static str,
    #[serde(rename = "$id")]
    id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "$defs")]
    definitions: BTreeMap<String, Schema>,
}

fn document(contract: &Contract, naming: &Naming, id: PackageId, package: &Package) -> Document {
    let mut schemas = Schemas::new(contract, "#/$defs/", &[]);
    for &id in &package.types {
        schemas.reference(id);
    }
    for (position, service) in package.services.iter().enumerate() {
        let names = &naming.service(id, position).operations;
        for (index, (operation, names)) in service.operations.iter().zip(names).enumerate() {
            let shown = package.examples.iter().filter(|it| it.service == position && it.operation == index);
            let shown: Vec<&Example> = shown.collect();
            if let Inputs::Fields(inputs) = &operation.inputs {
                let of = format!("{}.{}", service.name, operation.name);
                let name = free(contract, package, names.request.to_string());
                let schema = request(contract, &of, inputs, &shown, &mut schemas);
                schemas.add(&name, schema);
            }
            answers(contract, operation, &shown, &mut schemas);
        }
    }
    Document {
        dialect: "https://json-schema.org/draft/2020-12/schema",
        id: format!("urn:wireloom:{}:v{}", package.name, package.version),
        title: package.name.clone(),
        description: package.docs.clone(),
        definitions: schemas.finish(),
    }
}

/// A name that no type of any package has here.
fn free(contract: &Contract, package: &Package, name: String) -> String {
    let is_taken = contract.types.iter().any(|def| def.name == name);
    if is_taken { format!("{}.{name}", package.name) } else { name }
}

/// The inputs of an operation as one object.
fn request(contract: &Contract, of: &str, inputs: &[Field], shown: &[&Example], schemas: &mut Schemas<'_>) -> Schema {
    let examples = shown.iter().map(|example| {
        let said = example.given.iter().filter(|(_, value)| *value != Literal::Null);
        let said = said.filter_map(|(name, value)| {
            let field = inputs.iter().find(|field| field.name == *name)?;
            Some((model::json_name(field), values::of_field(contract, field, value)))
        });
        Value::Object(said.collect::<Map<_, _>>())
    });
    let description = Some(format!("What `{of}` is given."));
    Schema { description, examples: examples.collect(), ..schemas.object(inputs, false) }
}

/// Puts what operations are shown to end with to the types that it is of, as far as it is whole.
fn answers(contract: &Contract, operation: &Operation, shown: &[&Example], schemas: &mut Schemas<'_>) {
    for example in shown {
        match (&example.outcome, &operation.answer) {
            (Outcome::Gives(value), Answer::One(Type::Named(id))) => put(contract, *id, value, schemas),
            (Outcome::Fails(id, value), _) => put(contract, *id, value, schemas),
            _ => {}
        }
    }
}

fn put(contract: &Contract, id: TypeId, value: &Literal, schemas: &mut Schemas<'_>) {
    let ty = Type::Named(id);
    if !values::is_complete(contract, &ty, value) {
        return;
    }
    let example = values::typed(contract, &ty, value);
    let name = schemas.name(id);
    let written = schemas.written_mut(&name);
    if let Some(schema) = written.filter(|schema| !schema.examples.contains(&example)) {
        schema.examples.push(example);
    }
}
