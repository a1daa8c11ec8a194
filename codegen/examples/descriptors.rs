//! Writes the descriptor set of the contracts below a folder to a file: `descriptors contracts/ set.binpb`.

use std::error::Error;
use std::path::PathBuf;

use wireloom_codegen::{Wires, bind, descriptor_set, load};

fn main() -> Result<(), Box<dyn Error>> {
    let [paths @ .., file] = &std::env::args_os().skip(1).map(PathBuf::from).collect::<Vec<_>>()[..] else {
        return Err("name contracts and a file".into());
    };
    let loaded = load::load(paths, &[])?;
    let (contract, report) = loaded.lower();
    if report.has_errors() {
        return Err("the contracts have errors: `wireloom check` tells them".into());
    }
    let (views, _) = bind::bind(&contract, Wires::default());
    Ok(std::fs::write(file, descriptor_set(&contract, &views))?)
}
