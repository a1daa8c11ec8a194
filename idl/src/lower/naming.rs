//! Naming: `PascalCase` types, `snake_case` members, `lower.dotted` packages. Said at the declaration, with the better name.

use super::Lowering;
use crate::contract::ScalarType;
use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::tree::{Item, Name, Package, RecordMember, ServiceMember};

/// What a name should look like.
#[derive(Clone, Copy)]
enum Case {
    Pascal,
    Snake,
}

impl<'a> Lowering<'a> {
    /// Checks every name where it is declared.
    pub(super) fn check_naming(&mut self) {
        for file in 0..self.files.len() {
            let tree = self.files[file].tree;
            tree.items.iter().for_each(|item| self.check_item(item));
        }
    }

    fn check_item(&mut self, item: &'a Item) {
        match item {
            Item::Package(package) => self.check_package(package),
            Item::Scalar(it) => self.check_name(&it.name, "a type", Case::Pascal),
            Item::Extern(it) => {
                self.check_name(&it.name, "a type", Case::Pascal);
                self.check_fields(it.members.iter().flatten());
            }
            Item::Record(it) => {
                self.check_name(&it.name, "a type", Case::Pascal);
                it.parameters.iter().for_each(|name| self.check_name(name, "a parameter", Case::Pascal));
                self.check_fields(&it.members);
            }
            Item::Enum(it) => {
                self.check_name(&it.name, "a type", Case::Pascal);
                it.members.iter().for_each(|member| self.check_name(&member.name, "a member", Case::Snake));
            }
            Item::Union(it) => {
                self.check_name(&it.name, "a type", Case::Pascal);
                it.parameters.iter().for_each(|name| self.check_name(name, "a parameter", Case::Pascal));
                it.cases.iter().for_each(|case| self.check_name(&case.name, "a case", Case::Snake));
            }
            Item::Service(it) => {
                self.check_name(&it.name, "a service", Case::Pascal);
                for member in &it.members {
                    match member {
                        ServiceMember::Operation(operation) => {
                            self.check_name(&operation.name, "an operation", Case::Snake);
                            operation
                                .inputs
                                .iter()
                                .for_each(|input| self.check_name(&input.name, "an input", Case::Snake));
                        }
                        ServiceMember::Handler(handler) => self.check_name(&handler.name, "a handler", Case::Snake),
                        ServiceMember::Clause(_) | ServiceMember::Broken(_) => {}
                    }
                }
            }
            Item::Import(_) | Item::Bind(_) | Item::Example(_) | Item::Broken(_) => {}
        }
    }

    fn check_package(&mut self, package: &Package) {
        let text = package.path.text();
        let lower: Vec<String> = package.path.segments.iter().map(|name| snake(&name.text)).collect();
        if package.path.segments.iter().any(|name| !is_snake(&name.text)) {
            let better = lower.join(".");
            let message = format!("a package is named in lower case: `{better}`");
            let diagnostic = Diagnostic::new(&codes::NAMING, package.path.span, message)
                .help(format!("rename `{text}` where it is imported, too"));
            self.report(diagnostic.fix(format!("write `{better}`"), package.path.span, better));
        }
    }

    fn check_fields(&mut self, members: impl IntoIterator<Item = &'a RecordMember>) {
        for member in members {
            if let RecordMember::Field(field) = member {
                self.check_name(&field.name, "a field", Case::Snake);
            }
        }
    }

    fn check_name(&mut self, name: &Name, what: &str, case: Case) {
        let (fits, better, style) = match case {
            Case::Pascal => (is_pascal(&name.text), pascal(&name.text), "PascalCase"),
            Case::Snake => (is_snake(&name.text), snake(&name.text), "snake_case"),
        };
        if fits || ScalarType::named(&name.text).is_some() {
            // A built-in type's name is refused as such.
            return;
        }
        let message = format!("{what} is named in {style}: `{better}`");
        let diagnostic = Diagnostic::new(&codes::NAMING, name.span, message)
            .help(format!("rename `{}` where it is used, too", name.text));
        self.report(diagnostic.fix(format!("write `{better}`"), name.span, better));
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
fn snake(name: &str) -> String {
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
