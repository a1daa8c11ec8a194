//! Documentation: the contract's own, one `///` a line, or a plain sentence where it has none.

use proc_macro2::TokenStream;
use quote::quote;

/// The contract's documentation, or else `fallback`.
pub(crate) fn or(docs: Option<&str>, fallback: &str) -> TokenStream {
    match docs {
        Some(docs) if !docs.trim().is_empty() => text(docs),
        _ => text(fallback),
    }
}

/// These lines.
pub(crate) fn text(docs: &str) -> TokenStream {
    let lines = fenced(docs).into_iter().map(|line| match line.is_empty() {
        true => quote!(#[doc = ""]),
        false => {
            let line = format!(" {line}");
            quote!(#[doc = #line])
        }
    });
    quote!(#(#lines)*)
}

/// Code blocks of a contract are no Rust: rustdoc would run those whose language is not said, and indented ones.
fn fenced(docs: &str) -> Vec<String> {
    let mut inside = false;
    let lines = docs.trim_end().lines().map(|line| {
        let line = line.trim_end();
        let trimmed = line.trim_start();
        if let Some(language) = trimmed.strip_prefix("```") {
            inside = !inside;
            if inside && language.is_empty() {
                return format!("{line}text");
            }
        } else if !inside && line.len() - trimmed.len() >= 4 {
            return trimmed.to_owned();
        }
        line.to_owned()
    });
    lines.collect()
}
