//! What is shipped for editors says of the language what the language says of itself.

use std::path::Path;

use serde_json::Value;
use wireloom_idl::contract::ScalarType;
use wireloom_idl::editor::{KEYWORDS, POLICY_WORDS};

fn grammar() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode/syntaxes/loom.tmLanguage.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The words of a rule that is written `\b(?:one|other)\b`.
fn words(grammar: &Value, rule: &str) -> Vec<String> {
    let pattern = grammar["repository"][rule]["match"].as_str().unwrap();
    let inside = pattern.strip_prefix(r"\b(?:").and_then(|it| it.strip_suffix(r")\b")).unwrap();
    let mut words: Vec<String> = inside.split('|').map(str::to_owned).collect();
    words.sort();
    words
}

fn sorted<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<String> {
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words.sort();
    words
}

#[test]
fn the_grammar_knows_the_words_of_the_language() {
    let grammar = grammar();
    assert_eq!(words(&grammar, "keyword"), sorted(KEYWORDS.iter().copied()));
    assert_eq!(words(&grammar, "policy"), sorted(POLICY_WORDS.iter().copied()));
    let built_in = ScalarType::ALL.iter().map(|it| it.as_str()).chain(["map", "set"]);
    assert_eq!(words(&grammar, "type"), sorted(built_in));
}

#[test]
fn the_extension_is_of_this_version_and_names_what_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode");
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("package.json")).unwrap()).unwrap();
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    let contributes = &manifest["contributes"];
    for named in [&contributes["languages"][0]["configuration"], &contributes["grammars"][0]["path"], &manifest["main"]]
    {
        assert!(folder.join(named.as_str().unwrap()).is_file(), "{named}");
    }
    let configuration = std::fs::read_to_string(folder.join("language-configuration.json")).unwrap();
    serde_json::from_str::<Value>(&configuration).unwrap();
}
