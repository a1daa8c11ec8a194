//! No text makes lowering panic or hang, and all that it says can be drawn. A line of `//===` begins another file, in
//! another folder, so that packages import one another.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wireloom_idl::diagnostic::render;
use wireloom_idl::lower::{LowerOptions, SourceTree, lower};
use wireloom_idl::{SourceMap, syntax};

fuzz_target!(|text: &str| {
    let mut sources = SourceMap::new();
    let texts = text.split("\n//===\n").take(3);
    let files: Vec<_> = (0..).zip(texts).map(|(at, text)| sources.add(format!("folder{at}/fuzz.loom"), text)).collect();
    let parsed: Vec<_> = files.iter().map(|&file| syntax::parse(file, sources[file].text())).collect();
    let folders = ["folder0", "folder1", "folder2"];
    let trees: Vec<_> =
        parsed.iter().zip(folders).map(|((tree, _), folder)| SourceTree { tree, folder, imported: false }).collect();
    let (_, diagnostics) = lower(&sources, &trees, &LowerOptions::default());
    for diagnostic in &diagnostics {
        render::human(diagnostic, &sources, false);
        render::json(diagnostic, &sources);
    }
});
