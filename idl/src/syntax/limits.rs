//! Limits on what a file controls, each with its diagnostic.

use super::split::Piece;
use super::tree::Item;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::{FileId, Span};

/// How large a file may be.
pub(super) const FILE_BYTES_MAX: usize = 8 << 20;
/// How many members an item may have.
pub(super) const MEMBERS_MAX: usize = 10_000;
/// How many tokens an item may have: pest keeps some hundred bytes for each.
const ITEM_TOKENS_MAX: usize = 500_000;

pub(super) fn file_too_large(file: FileId) -> Diagnostic {
    let message = format!("the file is larger than {} MiB", FILE_BYTES_MAX >> 20);
    Diagnostic::new(&codes::FILE_TOO_LARGE, Span::new(file, 0, 0), message).help("a package may span several files")
}

pub(super) fn too_many_members(keyword: Span) -> Diagnostic {
    let message = format!("this declaration has more than {MEMBERS_MAX} members");
    Diagnostic::new(&codes::TOO_MANY_MEMBERS, keyword, message).help("divide it")
}

pub(super) fn has_too_many_tokens(piece: &Piece) -> bool {
    piece.end - piece.first > ITEM_TOKENS_MAX
}

/// How many members an item has.
pub(super) fn members(item: &Item) -> usize {
    match item {
        Item::Record(it) => it.members.len(),
        Item::Extern(it) => it.members.as_ref().map_or(0, Vec::len),
        Item::Enum(it) => it.members.len(),
        Item::Union(it) => it.cases.len(),
        Item::Service(it) => it.members.len(),
        Item::Bind(it) => it.entries.as_ref().map_or(0, Vec::len),
        _ => 0,
    }
}
