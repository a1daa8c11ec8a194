//! Tokens to text, laid out like handwritten code.
//!
//! The tokens become one line ([`flat`]), of which any part's width is known. A part that fits stands on its line; one that does not
//! is broken where its kind is: a block between its entries, a list at its commas, a chain of methods before its dots. So every
//! token is looked at a fixed number of times, and nothing is parsed as a compiler would: this knows what the generators write,
//! not all of Rust. The style is rustfmt's.

mod docs;
mod entries;
mod expressions;
mod flat;
mod flatten;
mod items;
mod layout;
mod lists;
mod operators;

use proc_macro2::TokenStream;

/// The text of items, with a blank line between two.
pub(crate) fn items(items: impl IntoIterator<Item = TokenStream>) -> String {
    let mut text = String::new();
    for tokens in items {
        let flat = flatten::flatten(tokens);
        if flat.tokens.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let mut layout = layout::Layout::new(&flat);
        layout.entries(flat.whole(), entries::Holds::Items);
        text.push_str(&layout.text);
        text.push('\n');
    }
    text
}
