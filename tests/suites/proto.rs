//! Our descriptor sets, taken by prost and tonic: they make Rust of them, of every message and every service.

use prost::Message as _;
use prost_types::FileDescriptorSet;
use wireloom_codegen::{Wires, bind, descriptor_set, load};
use wireloom_tests::root;

/// The descriptors of contracts, by their folders.
fn descriptors(folders: &[&str]) -> FileDescriptorSet {
    let paths: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    let loaded = load::load(&paths, &[]).expect("they are there");
    let (contract, report) = loaded.lower();
    assert!(!report.has_errors());
    let (views, _) = bind::bind(&contract, Wires::default());
    FileDescriptorSet::decode(descriptor_set(&contract, &views).as_slice()).expect("it is protobuf")
}

/// The Rust that is made of a set, by package.
fn rust(set: FileDescriptorSet) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    tonic_prost_build::configure().out_dir(folder.path()).compile_fds(set).expect("prost takes it");
    let made = std::fs::read_dir(folder.path()).expect("it is there").flatten();
    let mut made: Vec<_> = made
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).expect("it is text");
            (entry.file_name().to_string_lossy().into_owned(), text)
        })
        .collect();
    made.sort();
    made
}

#[test]
fn prost_and_tonic_make_rust_of_them() {
    let set = descriptors(&["examples/orders/contracts", "tests/contracts/kitchen", "tests/contracts/proto"]);
    let own: Vec<_> = set.file.iter().filter(|file| !file.package().starts_with("google.")).cloned().collect();
    let made = rust(set);
    let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["kitchen.v2.rs", "shop.common.v1.rs", "shop.orders.v1.rs", "x.shop.v2.rs"]);
    for file in own {
        let (_, text) = made.iter().find(|(name, _)| *name == format!("{}.rs", file.package())).expect("a file each");
        for message in &file.message_type {
            assert!(text.contains(&format!("pub struct {} ", message.name())), "{} is not there", message.name());
        }
        for service in &file.service {
            assert!(text.contains(&format!("pub trait {}:", service.name())), "{} is not there", service.name());
        }
    }
}
