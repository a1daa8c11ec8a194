//! Renames: a name in another style, in all places where it stands.
//!
//! Places are found by the word alone. That is right only where the word means the same thing everywhere, so a word that is
//! declared in two roles, or in a file that is only imported from, or whose better form is taken, is not renamed. Where a
//! package has a lock its names have shipped: `was` keeps what they are known by. Where something is bound without a lock,
//! nobody knows whether they have, so they are not renamed either.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::declared::{Named, Owner};
use crate::diagnostic::Edit;
use crate::lower::Lowering;
use crate::source::Span;
use crate::syntax::lexer::TokenKind;
use crate::syntax::tree::{BindEntry, Item, SyntaxTree, TermKind};

/// How many places all renames of a run may have together.
const PLACES_MAX: usize = 20_000;

/// Bare members of these names would be read as something else.
const SPECIAL: [&str; 2] = ["was", "readonly"];

/// The words that can be renamed, each with its edits.
pub(super) struct Renames<'a> {
    edits: HashMap<&'a str, Vec<Edit>>,
}

impl<'a> Renames<'a> {
    pub(super) fn new(lowering: &Lowering<'a>, declared: &[Named<'a>], wrong: &[Named<'a>]) -> Renames<'a> {
        if wrong.is_empty() {
            return Renames { edits: HashMap::new() };
        }
        let mut words: BTreeMap<&str, Vec<Named<'a>>> = BTreeMap::new();
        wrong.iter().for_each(|named| words.entry(&named.name.text).or_default().push(*named));
        let taken: HashSet<(Owner, &str)> =
            declared.iter().map(|named| (named.owner, named.name.text.as_str())).collect();
        let mut items = lowering.files.iter().flat_map(|file| &file.tree.items);
        let is_bound = items.any(|item| matches!(item, Item::Bind(_)));
        let imported = lowering.files.iter().flat_map(|file| file.imports.keys().copied()).collect();
        let used = Used { declared: taken, imported };
        words.retain(|_, all| is_free(lowering, all, &used, is_bound));
        for other in declared {
            let word = other.name.text.as_str();
            let is_imported = lowering.files[other.file].imported;
            if words.get(word).is_some_and(|all| all[0].case != other.case || is_imported) {
                words.remove(word);
            }
        }
        let mut betters: HashMap<(Owner, String), &str> = HashMap::new();
        for named in wrong {
            let other = *betters.entry((named.owner, named.better())).or_insert(&named.name.text);
            if other != named.name.text {
                words.remove(other);
                words.remove(named.name.text.as_str());
            }
        }
        for file in &lowering.files {
            package_words(file.tree).for_each(|word| drop(words.remove(word)));
        }
        let mut edits: HashMap<&str, Vec<Edit>> = words.keys().map(|word| (*word, Vec::new())).collect();
        for file in lowering.files.iter().filter(|file| !file.imported) {
            places(file.tree, lowering.sources[file.tree.file].text(), &words, &mut edits);
        }
        for (word, all) in &words {
            let shipped = all.iter().filter(|named| lowering.has_lock(named.file));
            let was = shipped.filter_map(|named| Some(Edit::insert(named.was_at?, format!(" was {word}"))));
            edits.entry(word).or_default().extend(was);
        }
        let places: usize = words.iter().map(|(word, all)| all.len() * edits[word].len()).sum();
        Renames { edits: if places > PLACES_MAX { HashMap::new() } else { edits } }
    }

    /// What renames a word everywhere.
    pub(super) fn of(&self, word: &str) -> Option<Vec<Edit>> {
        self.edits.get(word).cloned()
    }
}

/// The names that are used already.
struct Used<'a> {
    declared: HashSet<(Owner, &'a str)>,
    /// In any file.
    imported: HashSet<&'a str>,
}

/// Whether the better name is free wherever the word is declared, and its identity can be kept.
fn is_free(lowering: &Lowering<'_>, all: &[Named<'_>], used: &Used<'_>, is_bound: bool) -> bool {
    let better = all[0].better();
    let is_taken = |named: &Named<'_>| {
        let imported = matches!(named.owner, Owner::Package(_)) && used.imported.contains(better.as_str());
        imported || used.declared.contains(&(named.owner, better.as_str()))
    };
    let is_lost = |named: &Named<'_>| match lowering.has_lock(named.file) {
        true => named.was_at.is_none(),
        false => is_bound,
    };
    !SPECIAL.contains(&better.as_str()) && !all.iter().any(|named| is_taken(named) || is_lost(named))
}

/// Packages have names of another kind.
fn package_words(tree: &SyntaxTree) -> impl Iterator<Item = &str> {
    let paths = tree.items.iter().filter_map(|item| match item {
        Item::Package(it) => Some(&it.path),
        Item::Import(it) => Some(&it.path),
        _ => None,
    });
    paths.flat_map(|path| path.segments.iter().map(|name| name.text.as_str()))
}

/// Adds an edit for each place of each word in a file.
fn places<'a>(
    tree: &SyntaxTree,
    text: &'a str,
    words: &BTreeMap<&'a str, Vec<Named<'_>>>,
    edits: &mut HashMap<&'a str, Vec<Edit>>,
) {
    let mut rename = |word: &str, start: usize| {
        if let (Some(named), Some(edits)) = (words.get(word), edits.get_mut(word)) {
            edits.push(Edit::replace(Span::new(tree.file, start, start + word.len()), named[0].better()));
        }
    };
    let routes = routes(tree, text);
    let mut before = "";
    for token in tree.tokens.iter().filter(|token| token.is_significant()) {
        let written = &text[token.range()];
        match token.kind {
            // The name that something had before stays what it was; annotations have names of their own.
            TokenKind::Word if before != "was" && before != "@" => rename(written, token.start as usize),
            TokenKind::Quoted => rename(&written[1..written.len() - 1], token.start as usize + 1),
            TokenKind::Text if routes.contains(&token.start) => {
                for (at, name) in variables(written) {
                    rename(name, token.start as usize + at);
                }
            }
            _ => {}
        }
        before = written;
    }
}

/// Where the paths behind the verbs of `rest` begin: in no other text braces hold the name of an input.
fn routes(tree: &SyntaxTree, text: &str) -> HashSet<u32> {
    let rest = tree.items.iter().filter_map(|item| match item {
        Item::Bind(it) if it.wire.text == "rest" => it.entries.as_ref(),
        _ => None,
    });
    let terms = rest.flatten().filter_map(|entry| match entry {
        BindEntry::Named { terms, .. } => Some(terms.windows(2)),
        _ => None,
    });
    let routes = terms.flatten().filter(|two| {
        let is_path = text[two[1].span.range()].starts_with("\"/");
        matches!(two[0].kind, TermKind::Path(_)) && matches!(two[1].kind, TermKind::Value(_)) && is_path
    });
    routes.map(|two| two[1].span.start).collect()
}

/// The variables of a path's template: `"/orders/{id}"`.
fn variables(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let braces = text.match_indices('{');
    braces.filter_map(|(at, _)| Some((at + 1, text[at + 1..].split_once('}')?.0)))
}
