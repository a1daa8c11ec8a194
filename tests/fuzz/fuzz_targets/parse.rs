//! No text makes the parser panic, hang or lose a byte, and all that it says can be drawn.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wireloom_idl::diagnostic::render;
use wireloom_idl::{SourceMap, syntax};

fuzz_target!(|text: &str| {
    let mut sources = SourceMap::new();
    let file = sources.add("fuzz.loom", text);
    let text = sources[file].text();
    let (tree, diagnostics) = syntax::parse(file, text);
    let end = tree.tokens.iter().fold(0, |end, token| {
        assert_eq!(token.start, end, "tokens have no gaps");
        token.end
    });
    assert_eq!(end as usize, text.len(), "tokens cover the text");
    for diagnostic in &diagnostics {
        render::human(diagnostic, &sources, true);
        render::json(diagnostic, &sources);
    }
});
