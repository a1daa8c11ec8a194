//! Protocol buffers: a `.proto` a package, and the same as a descriptor set, made without protoc.
//!
//! Both are written from the view ([`crate::bind::proto`]), which decides names and numbers; the writers decide nothing. protoc
//! makes of the texts the very descriptors that are written here.

mod descriptors;
mod encoding;
mod text;

use std::collections::BTreeSet;

use wireloom_idl::contract::{Contract, PackageId};

use super::{Input, Target};
use crate::bind::calls::CallWire;
use crate::bind::proto::{File, package_name, well_known};
use crate::{Files, Views};

/// The target of `.proto` files.
pub(crate) struct Proto;

impl Target for Proto {
    fn name(&self) -> &'static str {
        "proto"
    }

    fn files(&self, input: &Input<'_>, files: &mut Files) {
        let all = &input.views.proto.files;
        // Asked for by name, it is a contract library's as well, which binds nothing.
        let asked = input.options.only.iter().any(|only| only == self.name());
        let wanted = if asked { all.iter().collect() } else { of_grpc(input.contract, input.views) };
        if input.options.proto {
            for file in wanted {
                files.add(&file.path, text::file(file, all));
            }
        }
    }
}

/// The binary `FileDescriptorSet` of all services bound to gRPC: their packages with all that they import, also from protobuf
/// itself, each file behind those that it imports. gRPC reflection serves it; it is empty where nothing is bound.
pub fn descriptor_set(contract: &Contract, views: &Views) -> Vec<u8> {
    descriptors_of(&of_grpc(contract, views))
}

/// The same of one package.
pub(crate) fn package_descriptors(contract: &Contract, views: &Views, package: PackageId) -> Vec<u8> {
    descriptors_of(&with_imports(views, &BTreeSet::from([package_name(contract.package(package))])))
}

fn descriptors_of(contract_files: &[&File]) -> Vec<u8> {
    let imports: BTreeSet<&str> = contract_files.iter().flat_map(|file| &file.imports).map(String::as_str).collect();
    let mut well_known = well_known();
    well_known.retain(|file| imports.contains(file.path.as_str()));
    descriptors::set(well_known.iter().chain(contract_files.iter().copied()))
}

/// The files of packages with services bound to gRPC, and those that they import, in the order of the view.
fn of_grpc<'v>(contract: &Contract, views: &'v Views) -> Vec<&'v File> {
    let bound = views.calls.on(CallWire::Grpc).map(|bound| package_name(contract.package(bound.package)));
    with_imports(views, &bound.collect())
}

/// The files of these packages, and those that they import, in the order of the view.
fn with_imports<'v>(views: &'v Views, packages: &BTreeSet<String>) -> Vec<&'v File> {
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    // Whoever imports stands behind what it imports, so from the end one pass finds all.
    for file in views.proto.files.iter().rev() {
        if packages.contains(&file.package) || wanted.contains(file.path.as_str()) {
            wanted.insert(&file.path);
            wanted.extend(file.imports.iter().map(String::as_str));
        }
    }
    views.proto.files.iter().filter(|file| wanted.contains(file.path.as_str())).collect()
}
