//! Makes what a team with tonic has of the same contract: prost's and tonic's Rust of its descriptor set.

#![allow(clippy::print_stdout, reason = "it is how a build script speaks to cargo")]

use std::path::PathBuf;

use prost::Message as _;
use wireloom_codegen::load::load;
use wireloom_codegen::{Wires, bind, descriptor_set};

const CONTRACT: &str = "../bench/contracts";
const IMPORTED: &str = "../../examples/orders/contracts";

fn main() {
    println!("cargo::rerun-if-changed={CONTRACT}");
    println!("cargo::rerun-if-changed={IMPORTED}");
    let loaded = load(&[PathBuf::from(CONTRACT)], &[PathBuf::from(IMPORTED)]).expect("the folders are there");
    let (contract, report) = loaded.lower();
    assert!(!report.has_errors(), "the contract has errors");
    let (views, _) = bind::bind(&contract, Wires::default());
    let set = prost_types::FileDescriptorSet::decode(descriptor_set(&contract, &views).as_slice()).expect("protobuf");
    // Maps are sorted and bytes are shared, as ours are: the same bytes out, and none copied.
    tonic_prost_build::configure()
        .btree_map(".")
        .bytes(".")
        .include_file("protobuf.rs")
        .compile_fds(set)
        .expect("prost and tonic take it");
}
