//! Merges that nobody decided: git left both sides between `<<<<<<<` and `>>>>>>>`.
//!
//! One conflict is one mistake: what is read is the first side, as if the other and the marks were blanks, so nothing is declared twice
//! and no mark is taken for a word.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::{FileId, Span};

/// A conflict, with its marks.
pub(super) struct Conflict {
    begins: Range<usize>,
    ends: Range<usize>,
    /// Where the other side begins, with its mark.
    other: usize,
}

/// What a line of git's begins with.
const MARKS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// All conflicts of a text; hardly any text has one.
pub(super) fn find(text: &str) -> Vec<Conflict> {
    let mut found = Vec::new();
    if !text.contains(MARKS[0]) {
        return found;
    }
    let mut begun: Option<Range<usize>> = None;
    let mut other: Option<(usize, bool)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let place = at..at + line.trim_end().len();
        match (mark(line), &begun, other) {
            (Some(0), _, _) => (begun, other) = (Some(place), None),
            (Some(1), Some(_), None) => other = Some((at, false)),
            (Some(2), Some(_), None | Some((_, false))) => other = Some((other.map_or(at, |(at, _)| at), true)),
            (Some(3), Some(begins), Some((other_at, true))) => {
                found.push(Conflict { begins: begins.clone(), ends: place, other: other_at });
                (begun, other) = (None, None);
            }
            _ => {}
        }
        at += line.len();
    }
    found
}

/// Which mark a line is: seven times the sign, and then nothing or a blank.
fn mark(line: &str) -> Option<usize> {
    let rest = |mark: &str| line.strip_prefix(mark);
    MARKS.iter().position(|it| rest(it).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\r', '\n'])))
}

/// What is said of a conflict.
pub(super) fn diagnostic(file: FileId, conflict: &Conflict) -> Diagnostic {
    let span = |range: &Range<usize>| Span::new(file, range.start, range.end);
    Diagnostic::new(&codes::MERGE_CONFLICT, span(&conflict.begins), "a merge left this to be decided")
        .also(span(&conflict.ends), "up to here")
        .help(
            "keep one side, or what is right of both, and take the lines of git out; until then the first side is read",
        )
}

/// The text with blanks in the place of marks and other sides; lines and offsets stay what they are.
pub(super) fn first_sides(text: &str, conflicts: &[Conflict]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for Conflict { begins, ends, other } in conflicts {
        for range in [begins.clone(), *other..ends.end] {
            bytes[range].iter_mut().filter(|byte| !matches!(**byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        }
    }
    // Whole lines are blanked, so no letter is cut.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_side_is_what_is_left() {
        for (text, left) in [
            ("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\nd\n", "a b d"),
            ("<<<<<<< HEAD\nb\n||||||| base\nä\n=======\nc\n>>>>>>> x", "b"),
            ("<<<<<<<\r\nb\r\n=======\r\nc\r\n>>>>>>>\r\nd", "b d"),
            ("<<<<<<< a\nb\n=======\n>>>>>>> x\n<<<<<<< a\n=======\nc\n>>>>>>> x\nd", "b d"),
            // Not one of git's.
            ("=======\nb\n>>>>>>> x\n", "======= b >>>>>>> x"),
            ("<<<<<<< a\nb\n>>>>>>> x\n", "<<<<<<< a b >>>>>>> x"),
            ("<<<<<<<< a\nb\n=======\nc\n>>>>>>> x\n", "<<<<<<<< a b ======= c >>>>>>> x"),
        ] {
            let read = first_sides(text, &find(text));
            assert_eq!(read.split_whitespace().collect::<Vec<_>>().join(" "), left, "{text:?}");
            assert_eq!((read.len(), read.matches('\n').count()), (text.len(), text.matches('\n').count()));
        }
    }
}
