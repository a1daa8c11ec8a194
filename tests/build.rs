//! Makes what the suite `proto` holds our types against: prost's and tonic's Rust of our descriptor sets.
//!
//! Beside it the Rust of the contracts that have no golden output: those of odd names, and those of whole systems, which are large
//! (`tests/contracts/world`). And the list of all messages, as calls of the macro `messages!`: so a type that a contract gets is judged without a line more.

#![allow(clippy::print_stdout, reason = "it is how a build script speaks to cargo")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost::Message as _;
use prost_types::FileDescriptorSet;
use wireloom_codegen::load::load;
use wireloom_codegen::{Layout, Options, Wire, Wires, bind, descriptor_set};
use wireloom_idl::Contract;
use wireloom_idl::contract::{Inputs, PackageId, TypeKind};

/// The contracts, by their folders; together, since they import each other.
const FOLDERS: &[&str] =
    &["examples/orders/contracts", "tests/contracts/kitchen", "tests/contracts/probe", "tests/contracts/proto", WORLD];
/// Contracts as large as they are out there.
const WORLD: &str = "tests/contracts/world";
/// Contracts of odd names: to protobuf, which is judged as well, and to Rust, for which prost has no names.
const NAMES: &[&str] = &["tests/contracts/proto", "tests/contracts/names"];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names its output folder"));
    let root = root();
    let folders = FOLDERS.iter().map(|folder| root.join(folder)).collect::<Vec<_>>();
    folders.iter().for_each(|folder| println!("cargo::rerun-if-changed={}", folder.display()));
    // For the suite, which draws values of them.
    println!("cargo::rustc-env=CONTRACTS={}", FOLDERS.join(" "));

    let (contract, report) = load(&folders, &[]).expect("the folders are there").lower();
    assert!(!report.has_errors(), "the contracts have errors");
    let (views, _) = bind::bind(&contract, Wires::default());
    let bytes = descriptor_set(&contract, &views);
    let set = FileDescriptorSet::decode(bytes.as_slice()).expect("it is protobuf");
    fs::write(out.join("descriptors.bin"), &bytes).expect("a file can be written");
    fs::write(out.join("messages.rs"), messages(&contract, &set)).expect("a file can be written");
    let names = rust(&root, NAMES);
    fs::write(out.join("names.rs"), names).expect("a file can be written");
    let world = rust(&root, &[WORLD]);
    fs::write(out.join("world.rs"), world).expect("a file can be written");
    theirs(set);
}

/// The folder of the workspace, of which whoever shares this script lies somewhere below.
fn root() -> PathBuf {
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the package's folder"));
    own.ancestors().find(|folder| folder.join(FOLDERS[0]).is_dir()).expect("it lies in the workspace").to_owned()
}

/// Maps are sorted, as ours are, so that the same value has the same bytes.
fn theirs(set: FileDescriptorSet) {
    tonic_prost_build::configure()
        .build_transport(false)
        .btree_map(".")
        .include_file("protobuf.rs")
        .compile_fds(set)
        .expect("prost and tonic take it");
}

/// The Rust of the contracts in some folders, on every wire.
fn rust(root: &Path, folders: &[&str]) -> String {
    folders.iter().for_each(|folder| println!("cargo::rerun-if-changed={}", root.join(folder).display()));
    let folders: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let loaded = load(&folders, &[root.join(FOLDERS[0])]).expect("the folders are there");
    let mut options = Options::default();
    options.layout = Layout::Single;
    options.only = vec!["rust".to_owned()];
    options.wires = Wires::of(Wire::ALL.iter().copied());
    let (files, report) = loaded.generate(&options);
    assert!(!report.has_errors(), "the contracts in {folders:?} have errors");
    files.iter().map(|(_, text)| text.as_str()).collect()
}

/// A line for each message that is a type of ours: what protobuf calls it, then ours, then theirs.
fn messages(contract: &Contract, set: &FileDescriptorSet) -> String {
    let mut text = "messages! {\n".to_owned();
    for file in set.file.iter().filter(|file| !file.package().starts_with("google.")) {
        let (id, package) = contract
            .packages()
            .find(|(_, package)| format!("{}.v{}", package.name, package.version) == file.package())
            .expect("each file is of a package");
        let (ours, theirs) = (package.name.replace('.', "::"), file.package().replace('.', "::"));
        for name in file.message_type.iter().map(|message| message.name()) {
            let full = dotted(&theirs, name);
            let ours = match contract.find_type(id, name).map(|def| &def.kind) {
                Some(TypeKind::Extern(foreign)) if foreign.fields.is_some() => {
                    foreign.target.replacen("crate", "wireloom_tests", 1)
                }
                Some(TypeKind::Extern(_)) => continue,
                Some(_) => format!("ours::{ours}::{name}"),
                None if is_request(contract, id, file, name) => format!("ours::{ours}::{name}"),
                None => continue,
            };
            let _ = writeln!(text, "    {full:?} {ours}, theirs::{theirs}::{name};");
        }
    }
    text + "}\n"
}

fn dotted(package: &str, name: &str) -> String {
    format!("{}.{name}", package.replace("::", "."))
}

/// Whether it is what an operation is given; an item of a stream that is no message by itself is none of our types.
fn is_request(contract: &Contract, id: PackageId, file: &prost_types::FileDescriptorProto, name: &str) -> bool {
    let full = format!(".{}.{name}", file.package());
    file.service.iter().any(|service| {
        let of = contract.package(id).services.iter().find(|of| of.name == service.name());
        let of = of.expect("each is one of the contract's");
        service
            .method
            .iter()
            .filter(|method| method.input_type() == full)
            .any(|method| matches!(of.operation(method.name()).map(|it| &it.inputs), Some(Inputs::Fields(_))))
    })
}
