//! Targets: what the compiler emits. Each is a folder or file below, and a line in [`ALL`].

pub(crate) mod calls;
pub(crate) mod jsonschema;
pub(crate) mod openapi;
pub(crate) mod proto;
pub(crate) mod rest;
pub(crate) mod rust;
pub(crate) mod schema;

use wireloom_idl::{Contract, SourceMap};

use crate::{Files, Options, Views};

/// What a target reads.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The contract itself.
    pub contract: &'a Contract,
    /// Its texts, for the lines that generated code points at.
    pub sources: &'a SourceMap,
    /// How the wires carry it.
    pub views: &'a Views,
    /// What is wanted.
    pub options: &'a Options,
}

/// Something the compiler emits.
pub trait Target: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Adds its files; none where the options do not ask for it.
    fn files(&self, input: &Input<'_>, files: &mut Files);
}

/// The files of the targets that are wanted.
pub(crate) fn files(input: &Input<'_>) -> Files {
    let only = &input.options.only;
    let wanted = |name| only.is_empty() || only.iter().any(|only| only == name);
    let mut files = Files::new();
    ALL.iter().filter(|target| wanted(target.name())).for_each(|target| target.files(input, &mut files));
    files
}

/// Every target.
pub static ALL: &[&dyn Target] = &[&rust::Rust, &openapi::OpenApi, &jsonschema::JsonSchema, &proto::Proto];
