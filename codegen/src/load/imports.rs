//! What the files of a run import and do not bring along, out of the folders named for it (`-I`).
//!
//! Of those folders' files only the `package` lines are looked at; parsed are the packages that somebody imports, and what
//! these import in turn. The first folder that has a package gives it. A package of the run itself is completed by its
//! further files in the same folder, where a named folder shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use wireloom_idl::syntax::lexer::{self, TokenKind};

use super::Loaded;
use super::read::{self, Budget};
use super::walk::{Found, Walk};

/// A file whose package is known and which is not parsed yet.
struct Unparsed {
    found: Found,
    text: String,
}

type Shelf = BTreeMap<String, Vec<Unparsed>>;

/// Adds to the run what it imports; `walk` knows the files that are there already.
pub(super) fn load(loaded: &mut Loaded, mut walk: Walk, includes: &[PathBuf], budget: &mut Budget<'_>) {
    let mut shelf = Shelf::new();
    for include in includes {
        walk.root(include);
        walk.found.sort_by(|one, other| one.name.cmp(&other.name));
        fill(&mut shelf, std::mem::take(&mut walk.found), budget);
    }
    loaded.report.append(walk.report);
    complete(loaded, &mut shelf);
    import(loaded, &mut shelf);
}

/// Puts the files of one folder on the shelf, except for packages that an earlier folder gave.
fn fill(shelf: &mut Shelf, files: Vec<Found>, budget: &mut Budget<'_>) {
    let earlier: BTreeSet<String> = shelf.keys().cloned().collect();
    for found in files {
        // Not reported on: a package that is missing for this is told where it is imported.
        let Ok(text) = read::read(&found, budget) else { continue };
        if let Some(package) = package_of(&text).filter(|package| !earlier.contains(package)) {
            shelf.entry(package).or_default().push(Unparsed { found, text });
        }
    }
}

/// Further files of the run's own packages, which lie in the same folder.
fn complete(loaded: &mut Loaded, shelf: &mut Shelf) {
    let own: BTreeMap<String, String> =
        loaded.files.iter().filter_map(|file| Some((file.package()?, file.folder.clone()))).collect();
    for (package, folder) in own {
        let beside = |it: &Unparsed| it.found.canonical.parent().is_some_and(|parent| parent == Path::new(&folder));
        for Unparsed { found, text } in shelf.remove(&package).unwrap_or_default().into_iter().filter(beside) {
            loaded.add(found, text, true);
        }
    }
}

/// Every package on the shelf that a file imports, and so on.
fn import(loaded: &mut Loaded, shelf: &mut Shelf) {
    let mut next = 0;
    while next < loaded.files.len() {
        let wanted: Vec<String> = loaded.files[next].imports().map(|import| import.path.text()).collect();
        for Unparsed { found, text } in wanted.iter().filter_map(|package| shelf.remove(package)).flatten() {
            loaded.add(found, text, true);
        }
        next += 1;
    }
}

/// What the `package` line of a text says, found without parsing the rest.
fn package_of(text: &str) -> Option<String> {
    let tokens = lexer::lex(text);
    let significant = tokens.iter().filter(|token| token.is_significant());
    let mut rest = significant.map(|token| (token.kind, &text[token.range()]));
    rest.find(|word| *word == (TokenKind::Word, "package"))?;
    let mut name = String::new();
    // Word, dot, word: another word behind a word is no part of the name.
    for (position, (kind, text)) in rest.enumerate() {
        match kind {
            TokenKind::Word | TokenKind::Quoted if position % 2 == 0 => name.push_str(text.trim_matches('`')),
            TokenKind::Dots if position % 2 == 1 => name.push_str(text),
            _ => break,
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_is_found_without_parsing() {
        for (text, package) in [
            ("package shop", Some("shop")),
            ("// package wrong\n/// package wrong\n@x package shop . orders version 1", Some("shop.orders")),
            ("package `record`.a record A {}", Some("record.a")),
            ("record A {}", None),
            ("package 5", Some("")),
            ("", None),
        ] {
            assert_eq!(package_of(text).as_deref(), package, "{text}");
        }
    }
}
