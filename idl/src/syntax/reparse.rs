//! Reading a file again after an edit: what did not change is taken over instead of parsed.
//!
//! Tokens and boundaries are found anew, which costs little; an item whose text is the same as before, and of which there was
//! nothing to say, is the item of before, its places moved. So the result is that of [`super::parse`], whatever was edited.

use super::split::Piece;
use super::tree::shift::Shift as _;
use super::tree::{Item, SyntaxTree};

/// Where an item stands, to be found again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    /// Where its documentation begins, else its first token.
    pub(super) from: u32,
    /// Where its last token ends.
    pub(super) end: u32,
    /// Whether there was nothing to say of it, and it does not hang on what surrounds it.
    pub(super) is_clean: bool,
}

/// What a file was before an edit.
pub(super) struct Before {
    items: Vec<Option<Item>>,
    stands: Vec<Stand>,
    /// So many bytes are the same at the start.
    same_before: u32,
    /// From here on, in the new text, all is the same.
    same_from: u32,
    /// How much later what is the same at the end stands.
    moved: i64,
}

impl Before {
    /// Nothing is known.
    pub(super) fn nothing() -> Before {
        Before { items: Vec::new(), stands: Vec::new(), same_before: 0, same_from: u32::MAX, moved: 0 }
    }

    pub(super) fn new(tree: SyntaxTree, old: &str, new: &str) -> Before {
        let same_before = same_before(old.as_bytes(), new.as_bytes());
        let rest = old.len().min(new.len()) - same_before;
        let same_behind = same_behind(old.as_bytes(), new.as_bytes()).min(rest);
        Before {
            items: tree.items.into_iter().map(Some).collect(),
            stands: tree.stands,
            same_before: same_before as u32,
            same_from: (new.len() - same_behind) as u32,
            moved: new.len() as i64 - old.len() as i64,
        }
    }

    /// The item that stood where this piece stands, if it is the same.
    pub(super) fn take(&mut self, piece: &Piece, from: u32, end: u32) -> Option<Item> {
        let moved = match () {
            () if end <= self.same_before => 0,
            () if from >= self.same_from => self.moved,
            () => return None,
        };
        if piece.keyword.is_none() || piece.hopeless || !piece.missing.is_empty() {
            return None;
        }
        let was = i64::from(from) - moved;
        let index = self.stands.binary_search_by_key(&was, |stand| i64::from(stand.from)).ok()?;
        let stand = self.stands[index];
        if !stand.is_clean || i64::from(stand.end) != i64::from(end) - moved {
            return None;
        }
        let mut item = self.items.get_mut(index)?.take()?;
        if moved != 0 {
            item.shift(moved);
        }
        Some(item)
    }
}

/// So many bytes are compared at once, until some differ.
const STRIDE: usize = 256;

fn same_before(one: &[u8], other: &[u8]) -> usize {
    let strides = one.chunks_exact(STRIDE).zip(other.chunks_exact(STRIDE));
    let same = strides.take_while(|(one, other)| one == other).count() * STRIDE;
    same + one[same..].iter().zip(&other[same..]).take_while(|(one, other)| one == other).count()
}

fn same_behind(one: &[u8], other: &[u8]) -> usize {
    let strides = one.rchunks_exact(STRIDE).zip(other.rchunks_exact(STRIDE));
    let same = strides.take_while(|(one, other)| one == other).count() * STRIDE;
    let (one, other) = (&one[..one.len() - same], &other[..other.len() - same]);
    same + one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_counted_to_the_byte() {
        let text: Vec<u8> = (0..3 * STRIDE + 7).map(|at| at as u8).collect();
        for at in 0..text.len() {
            let mut other = text.clone();
            other[at] ^= 1;
            assert_eq!((same_before(&text, &other), same_behind(&text, &other)), (at, text.len() - at - 1));
            assert_eq!((same_before(&text, &text[..at]), same_behind(&text, &text[at..])), (at, text.len() - at));
        }
    }
}
