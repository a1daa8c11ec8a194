//! Naming: `PascalCase` types, `snake_case` members, `lower.dotted` packages. Said at the declaration, with the better name.

mod declared;
mod renames;

use super::Lowering;
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::syntax::tree::{Item, Package};
use declared::{Case, Named};
use renames::Renames;

impl<'a> Lowering<'a> {
    /// Checks every name where it is declared.
    pub(super) fn check_naming(&mut self) {
        let declared = self.declared_names();
        let wrong: Vec<Named<'a>> = declared.iter().filter(|it| !it.is_well_named()).copied().collect();
        let renames = Renames::new(self, &declared, &wrong);
        let said: Vec<Diagnostic> = wrong.iter().map(|named| misnamed(named, &renames)).collect();
        self.report.extend(said);
        for file in 0..self.files.len() {
            let tree = self.files[file].tree;
            tree.items.iter().for_each(|item| {
                if let Item::Package(package) = item {
                    self.check_package(package);
                }
            });
        }
    }

    fn check_package(&mut self, package: &Package) {
        let text = package.path.text();
        let lower: Vec<String> = package.path.segments.iter().map(|name| snake(&name.text)).collect();
        if package.path.segments.iter().all(|name| is_snake(&name.text)) {
            return;
        }
        let better = lower.join(".");
        let message = format!("a package is named in lower case: `{better}`");
        let diagnostic = Diagnostic::new(&codes::NAMING, package.path.span, message)
            .help(format!("rename `{text}` where it is imported, too"));
        // Its files rename it together; who imports it may use it by its last word.
        let items = || self.files.iter().flat_map(|file| &file.tree.items);
        let is_imported = items().any(|item| matches!(item, Item::Import(import) if import.path.text() == text));
        let lines = items().filter_map(|item| match item {
            Item::Package(it) if it.path.text() == text => Some(Edit::replace(it.path.span, better.clone())),
            _ => None,
        });
        let edits = lines.collect();
        self.report(match is_imported || self.packages.iter().any(|it| it.name == better) {
            true => diagnostic,
            false => diagnostic.fix_by(format!("write `{better}`"), edits),
        });
    }
}

fn misnamed(named: &Named<'_>, renames: &Renames<'_>) -> Diagnostic {
    let better = named.better();
    let style = match named.case {
        Case::Pascal => "PascalCase",
        Case::Snake => "snake_case",
    };
    let message = format!("{} is named in {style}: `{better}`", named.what);
    let diagnostic = Diagnostic::new(&codes::NAMING, named.name.span, message)
        .help(format!("rename `{}` where it is used, too", named.name.text));
    match renames.of(&named.name.text) {
        Some(edits) => diagnostic.fix_by(format!("rename it to `{better}` everywhere"), edits),
        None => diagnostic,
    }
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase()) && !name.contains('_')
}

fn is_snake(name: &str) -> bool {
    let parts =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.starts_with(|letter: char| letter.is_ascii_lowercase()) && name.split('_').all(parts)
}

/// `order_id`, `ORDER_ID`, `orderId` → `OrderId`
fn pascal(name: &str) -> String {
    let capital = |word: String| word[..1].to_ascii_uppercase() + &word[1..];
    let joined: String = word_list(name).into_iter().map(capital).collect();
    if joined.starts_with(|letter: char| letter.is_ascii_alphabetic()) { joined } else { format!("T{joined}") }
}

/// `orderId`, `OrderID`, `ORDER_ID` → `order_id`
pub(super) fn snake(name: &str) -> String {
    let joined = word_list(name).join("_");
    if joined.starts_with(|letter: char| letter.is_ascii_alphabetic()) { joined } else { format!("x{joined}") }
}

/// The words of a name in lower case: parted by `_`, before a capital behind a small letter, and before the last
/// capital of a run of them.
fn word_list(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|it| letters[it]);
        let after_small = before.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
        let before_small = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let capital = letter.is_ascii_uppercase();
        let starts = capital && (after_small || before.is_some_and(|it| it.is_ascii_uppercase()) && before_small);
        if *letter == '_' || starts {
            words.push(String::new());
        }
        if let (true, Some(word)) = (*letter != '_', words.last_mut()) {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
