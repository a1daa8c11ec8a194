//! OpenAPI 3.1: one document over everything that the run binds to REST.
//!
//! Written from the HTTP view, as the server and the client are, so that it says exactly what they do. Schemas are those of
//! [`super::schema`].

mod document;
mod operations;
mod problems;

use std::collections::BTreeMap;

use super::schema::{Properties, Schema, Schemas, values};
use super::{Input, Target};
use crate::Files;
use document::{Components, Document, Info, PathItem, Server, Tag};

/// The OpenAPI target.
pub(crate) struct OpenApi;

impl Target for OpenApi {
    fn name(&self) -> &'static str {
        "openapi"
    }

    fn files(&self, input: &Input<'_>, files: &mut Files) {
        if input.options.openapi && !input.views.http.services.is_empty() {
            let text = serde_json::to_string_pretty(&document(input)).expect("the document has only text keys");
            files.add("openapi.json", text + "\n");
        }
    }
}

fn document(input: &Input<'_>) -> Document {
    let mut schemas = Schemas::new(input.contract, "#/components/schemas/", &[problems::COMPONENT]);
    let mut paths: BTreeMap<String, PathItem> = BTreeMap::new();
    for service in &input.views.http.services {
        for (http, operation) in service.operations(input.contract) {
            let written = operations::operation(input, service, http, operation, &mut schemas);
            paths.entry(http.path_template()).or_default().insert(http.verb, written);
        }
    }
    let tags = input.views.http.services.iter().map(|service| {
        let of = service.service(input.contract);
        Tag {
            name: of.name.clone(),
            description: of.docs.clone().unwrap_or_else(|| format!("The service `{}`.", of.name)),
        }
    });
    Document {
        openapi: "3.1.1",
        info: info(input),
        servers: vec![Server { url: "/" }],
        security: Vec::new(),
        tags: tags.collect(),
        paths,
        components: Components { schemas: schemas.finish() },
    }
}

/// Of several packages the first that is bound gives its name and version.
fn info(input: &Input<'_>) -> Info {
    let mut packages: Vec<_> =
        input.views.http.services.iter().map(|service| service.package(input.contract)).collect();
    packages.dedup_by_key(|package| package.name.clone());
    let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let version = packages.iter().map(|package| package.version).max().unwrap_or(1);
    let docs: Vec<&str> = packages.iter().filter_map(|package| package.docs.as_deref()).collect();
    Info {
        title: names.join(", "),
        version: format!("{version}.0.0"),
        description: (!docs.is_empty()).then(|| docs.join("\n\n")),
    }
}
