//! Names: the contract's words in the casing and within the rules of what they are written into.

use std::borrow::Cow;

use proc_macro2::{Ident, Span};

/// `OrderItems`, `order_items` → `order-items`.
pub(crate) fn kebab(name: &str) -> String {
    words(name).join("-")
}

/// `OrderItems` → `order_items`.
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// `place_order`, `placeOrder` → `PlaceOrder`.
pub(crate) fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capitalized(word)).collect()
}

/// A Rust identifier of this text; raw where it is a keyword, with `_` behind where even that is not allowed.
pub(crate) fn ident(text: &str) -> Ident {
    let span = Span::call_site();
    let text = possible(text);
    if is_keyword(&text) { Ident::new_raw(&text, span) } else { Ident::new(&text, span) }
}

/// Whether Rust keeps the word for itself; those that stand in paths are names here.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word).is_ok()
}

/// Words of Rust that are no names, those kept for later and those of any edition with them; sorted.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The text itself, or what stands for it where it cannot be an identifier, not even a raw one.
pub(crate) fn possible(text: &str) -> Cow<'_, str> {
    match text {
        "self" | "Self" | "super" | "crate" | "_" | "" => Cow::Owned(format!("{text}_")),
        _ if text.starts_with(|letter: char| letter.is_ascii_digit()) => Cow::Owned(format!("_{text}")),
        _ => Cow::Borrowed(text),
    }
}

/// The name of the module that a part of a package's name becomes, which is its file's as well.
pub(crate) fn module(part: &str) -> Cow<'_, str> {
    match part {
        // `mod.rs` is the file of the folder around it.
        "mod" => Cow::Borrowed("mod_"),
        _ => possible(part),
    }
}

/// The words of a name, in lower case: split at `_`, before a capital behind a small letter, and before the last
/// capital of a run (`HTTPServer` is `http`, `server`).
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (index, &letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        let starts = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if letter == '_' || letter == '-' || starts {
            words.push(String::new());
        }
        if letter != '_' && letter != '-' {
            words.last_mut().expect("begun with one").push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casing_goes_both_ways() {
        for (name, snake_form, pascal_form) in [
            ("OrderItems", "order_items", "OrderItems"),
            ("place_order", "place_order", "PlaceOrder"),
            ("HTTPServer", "http_server", "HttpServer"),
            ("last4", "last4", "Last4"),
            ("x", "x", "X"),
            ("I64", "i64", "I64"),
        ] {
            assert_eq!(snake(name), snake_form);
            assert_eq!(pascal(name), pascal_form);
        }
        assert_eq!(kebab("OrderItems"), "order-items");
    }

    #[test]
    fn keywords_are_those_of_syn() {
        assert!(KEYWORDS.is_sorted());
        // A keyword from edition 2024 on, which syn takes for a name.
        let is_known = |word: &str| syn::parse_str::<Ident>(word).is_err() || word == "gen";
        for word in KEYWORDS.iter().chain(&["auto", "default", "id", "macro_rules", "raw", "safe", "union", "r#type"]) {
            assert_eq!(is_known(word), is_keyword(word), "{word}");
        }
    }

    #[test]
    fn keywords_become_raw() {
        for (text, written) in
            [("type", "r#type"), ("self", "self_"), ("id", "id"), ("gen", "r#gen"), ("crate", "crate_")]
        {
            assert_eq!(ident(text).to_string(), written);
        }
    }
}
