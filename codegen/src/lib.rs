//! From a checked [`Contract`] to files: Rust types, services, clients and wires, and the documents beside them.
//!
//! First the contract is bound ([`bind`]): how each wire carries it, once for every target. Then the targets
//! ([`target`]) write [`Files`]. Only [`load`] and [`build`] read and write disk; nothing asks a clock or keeps unordered
//! collections: the same contract gives the same bytes.

#![doc(test(attr(deny(warnings))))]

pub mod bind;
pub mod build;
pub mod codes;
pub mod compat;
mod explain;
mod files;
pub mod hints;
pub mod load;
pub mod mapping;
mod model;
mod names;
mod rust;
mod said;
pub mod target;
mod wires;

pub use bind::{Views, WireClauses};
pub use build::compile;
pub use explain::{explain, table};
pub use files::Files;
pub use target::proto::descriptor_set;
pub use wires::{Wire, Wires};

use wireloom_idl::diagnostic::Code;
use wireloom_idl::{Contract, Diagnostics, SourceMap};

/// Every diagnostic code there is, by name: those of the language, of the generator and of the disk.
pub fn all_codes() -> Vec<&'static Code> {
    let mut codes: Vec<&Code> = [wireloom_idl::diagnostic::codes::ALL, codes::ALL, load::codes::ALL].concat();
    codes.sort_by_key(|code| code.name);
    codes
}

/// What to generate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How the Rust code is laid out.
    pub layout: Layout,
    /// Which parts of the Rust code are wanted.
    pub wires: Wires,
    /// Whether `openapi.json` is wanted.
    pub openapi: bool,
    /// Whether the `.proto` files of services bound to gRPC are wanted, with all that they import.
    pub proto: bool,
    /// Whether a JSON Schema of each package is wanted.
    pub jsonschema: bool,
    /// The targets that are wanted, by name; empty for all.
    pub only: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            layout: Layout::Tree,
            wires: Wires::default(),
            openapi: true,
            proto: true,
            jsonschema: false,
            only: Vec::new(),
        }
    }
}

/// How the Rust code is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A file a package below `mod.rs`: to be checked in.
    Tree,
    /// All packages as nested modules in `contract.rs`: to be included from a build's output folder.
    Single,
}

/// Generates everything the options ask for; nothing where the contract cannot be bound without errors.
///
/// The contract must come out of lowering without errors; `sources` are the texts it was made of.
pub fn generate(contract: &Contract, sources: &SourceMap, options: &Options) -> (Files, Diagnostics) {
    let (views, report) = bind::bind(contract, options.wires);
    let input = target::Input { contract, sources, views: &views, options };
    (if report.has_errors() { Files::new() } else { target::files(&input) }, report)
}

/// Says everything that [`generate`] would say for these wires, and generates nothing.
pub fn check(contract: &Contract, wires: Wires) -> Diagnostics {
    bind::check(contract, wires)
}
