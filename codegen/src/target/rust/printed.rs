//! What is printed is what was made: every item of every contract in the repository, read again by syn. Printed once more, it stays.
//!
//! Both sides go through prettyplease, which lays a tree out in one way, so commas that say nothing are no difference.

use std::path::{Path, PathBuf};

use wireloom_idl::Contract;
use wireloom_idl::SourceMap;

use super::{Abilities, Naming, Scope, package_items, print};
use crate::load::load;
use crate::target::Input;
use crate::{Options, Wire, Wires, bind};

/// Folders that are a contract each.
const WHOLE: &[&str] = &[
    "world/bank",
    "world/market",
    "world/fleet",
    "kitchen",
    "vault",
    "events",
    "probe",
    "probe_later",
    "proto",
    "names",
    "places",
];
const EXAMPLE: &str = "../../examples/orders/contracts";

fn contracts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/contracts")
}

/// All that there is, and types without JSON.
fn choices() -> [Options; 2] {
    [Wires::of(Wire::ALL.iter().copied()), Wires::of([Wire::Rpc])].map(|wires| Options { wires, ..Options::default() })
}

/// In one way, but for attributes, which are tokens to it: there the last comma goes.
fn laid_out(file: &syn::File) -> String {
    prettyplease::unparse(file).replace(",\n)]", "\n)]")
}

/// Holds every item; says how much that is.
fn judge(sources: &SourceMap, contract: &Contract) -> usize {
    let mut judged = 0;
    for options in choices() {
        let (views, _) = bind::bind(contract, options.wires);
        let input = Input { contract, sources, views: &views, options: &options };
        let (naming, abilities) = (Naming::of(contract), Abilities::of(contract));
        for (id, package) in contract.packages() {
            let scope = Scope { input: &input, contract, naming: &naming, abilities: &abilities, package: id };
            for tokens in package_items(&scope, package) {
                let made: syn::File = syn::parse2(tokens.clone()).expect("generated code is Rust");
                let text = print::items([tokens]);
                let read = syn::parse_file(&text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
                let (made, read) = (laid_out(&made), laid_out(&read));
                let other = made.lines().zip(read.lines()).find(|(made, read)| made != read);
                assert!(made == read, "{other:?} in\n{text}");
                let again = print::items([text.parse().expect("it has just been read")]);
                assert!(again == text, "printed as\n{text}\nand then as\n{again}");
                judged += made.len();
            }
        }
    }
    judged
}

fn judge_paths(paths: &[PathBuf]) -> usize {
    let loaded = load(paths, &[contracts().join(EXAMPLE)]).expect("the paths are there");
    let (contract, report) = loaded.lower();
    assert!(!report.has_errors(), "{paths:?}");
    judge(&loaded.sources, &contract)
}

#[test]
fn what_is_printed_is_what_was_made() {
    for folder in WHOLE {
        assert!(judge_paths(&[contracts().join(folder)]) > 0, "{folder}");
    }
    assert!(judge_paths(&[contracts().join(EXAMPLE)]) > 0);
}
