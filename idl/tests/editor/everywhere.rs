//! Every answer at every place of every contract of the corpus, whole and broken: something or nothing, but no panic.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::door::{Case, Locked};

/// All contracts of the repository.
fn corpus() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["tests/contracts", "examples"] {
        below(&root.join(folder), &mut found);
    }
    found.sort();
    let read = |path: &PathBuf| (path.display().to_string(), std::fs::read_to_string(path).unwrap());
    found.iter().map(read).collect()
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, found);
        } else if path.extension().is_some_and(|it| it == "loom") {
            found.push(path);
        }
    }
}

/// Asks everything at some places of a text.
fn ask(text: &str, places: impl Iterator<Item = u32>) {
    let case = Case::new(text);
    let contract = case.contract();
    case.with(|names| {
        let file = case.file;
        names.outline(file);
        names.folds(file);
        names.search("o");
        let colours = names.colours(file);
        assert!(colours.windows(2).all(|two| two[0].span.end <= two[1].span.start));
        for offset in places {
            names.hover(file, offset, Some(&contract));
            names.definition(file, offset);
            names.type_definition(file, offset);
            names.highlights(file, offset);
            let found = names.references(file, offset, true);
            let word = names.use_at(file, offset).map(|it| names.symbol(it.symbol).name);
            for span in found {
                let text = case.sources.text(span).trim_matches('`');
                // A package is used by its last word.
                assert!(word.is_some_and(|word| word.ends_with(text)), "{text} is no {word:?}");
            }
            let completions = names.completions(file, offset);
            let text = case.sources[file].text();
            let offset = text.floor_char_boundary(text.len().min(offset as usize)) as u32;
            assert!(completions.replace.start <= offset && offset <= completions.replace.end);
            let _ = names.renamable(file, offset);
        }
    });
}

#[test]
fn every_place_of_the_corpus_is_answered() {
    let corpus = corpus();
    assert!(corpus.len() > 10);
    for (_, text) in &corpus {
        // Also behind the end.
        ask(text, 0..text.len() as u32 + 2);
    }
}

#[test]
fn every_name_of_the_corpus_is_renamed_or_refused() {
    for (path, text) in corpus().iter().filter(|(path, _)| !path.contains("errors")) {
        let case = Case::new(text);
        case.with(|names| {
            for place in names.uses_in(case.file).iter().filter(|it| it.declares).step_by(3) {
                let renamed = names.rename(case.file, place.span.start, "a_name_of_nobody", &Locked(Some(&[])));
                let is_package = case.sources.text(place.span) == text.split_whitespace().nth(1).unwrap_or_default();
                if let Err(refusal) = renamed {
                    assert!(is_package || refusal.to_string().contains("package"), "{path}: {refusal}");
                }
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// With bytes taken out and put in at random, as happens while typing.
    #[test]
    fn broken_contracts_are_answered(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 1usize..12, "[a-z{}()\\[\\]:,.@\"/=<> -]{0,3}"), 1..6),
        places in prop::collection::vec(any::<prop::sample::Index>(), 1..12),
    ) {
        let corpus = corpus();
        let mut text = corpus[which.index(corpus.len())].1.clone();
        for (place, length, put) in cuts {
            if text.is_empty() {
                break;
            }
            let start = text.floor_char_boundary(place.index(text.len()));
            let end = text.ceil_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, &put);
        }
        let length = text.len() + 1;
        ask(&text, places.into_iter().map(move |place| place.index(length) as u32));
    }
}
