//! Tokens to text: one item at a time, a blank line between two.

use proc_macro2::TokenStream;

/// The text of items, each formatted by itself.
pub(crate) fn items(items: impl IntoIterator<Item = TokenStream>) -> String {
    let printed = items.into_iter().flat_map(|tokens| {
        let file: syn::File = syn::parse2(tokens).expect("generated code is Rust");
        file.items.into_iter().map(|item| {
            prettyplease::unparse(&syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] })
        })
    });
    printed.map(|item| spaced(&item)).collect::<Vec<_>>().join("\n")
}

/// A blank line between two methods, which the printer leaves out.
fn spaced(item: &str) -> String {
    let mut text = String::with_capacity(item.len() + 64);
    let mut before = "";
    for line in item.lines() {
        let ends = before == "    }" || (before.starts_with("    ") && before.ends_with(';'));
        let is_member = line.strip_prefix("    ").is_some_and(|line| {
            ["///", "#[", "pub fn ", "fn ", "async fn ", "pub const fn "].iter().any(|start| line.starts_with(start))
        });
        if ends && is_member {
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
        before = line;
    }
    text
}
