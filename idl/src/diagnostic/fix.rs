//! Fixes: changes of the text that mend what a diagnostic tells, and how many of them are applied at once.

use std::collections::BTreeMap;

use crate::source::{FileId, SourceMap, Span};

/// A change of the text that mends the matter, safe to apply by machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does: "insert `public`".
    pub title: String,
    /// The replacements, not overlapping; all of them or none is applied.
    pub edits: Vec<Edit>,
}

/// Replace the text of `span` by `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes instead.
    pub text: String,
}

impl Edit {
    /// Puts a text in the place of another.
    pub fn replace(span: Span, text: impl Into<String>) -> Edit {
        Edit { span, text: text.into() }
    }

    /// Takes a text out.
    pub fn remove(span: Span) -> Edit {
        Edit::replace(span, "")
    }

    /// Puts a text before what stands at a place.
    pub fn insert(before: Span, text: impl Into<String>) -> Edit {
        Edit::replace(before.before(), text)
    }
}

/// The place together with the blanks before it: what goes where something is taken out. What stands alone on its lines goes
/// with the line break.
pub fn with_blanks(text: &str, place: Span) -> Span {
    const BLANKS: [char; 2] = [' ', '\t'];
    let (Some(before), Some(behind)) = (text.get(..place.start as usize), text.get(place.end as usize..)) else {
        return place;
    };
    let line = before.trim_end_matches(BLANKS);
    let rest = behind.trim_start_matches(BLANKS);
    let begins_line = line.is_empty() || line.ends_with('\n');
    let break_bytes = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
    let ends_line = rest.is_empty() || break_bytes > 0;
    match (begins_line, ends_line) {
        (false, _) => Span { start: line.len() as u32, ..place },
        (true, true) => Span::new(place.file, line.len(), text.len() - rest.len() + break_bytes),
        (true, false) => Span { end: (text.len() - rest.len()) as u32, ..place },
    }
}

/// An entry of a list together with its comma: the one behind it, of the last entry the one before.
pub fn with_comma(text: &str, entry: Span) -> Span {
    let (Some(before), Some(behind)) = (text.get(..entry.start as usize), text.get(entry.end as usize..)) else {
        return entry;
    };
    if let Some(rest) = behind.trim_start().strip_prefix(',') {
        return Span { end: (text.len() - rest.trim_start_matches([' ', '\t']).len()) as u32, ..entry };
    }
    match before.trim_end().strip_suffix(',') {
        Some(rest) => Span { start: rest.len() as u32, ..entry },
        None => with_blanks(text, entry),
    }
}

/// Texts with fixes applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// Those that are changed, whole.
    pub texts: BTreeMap<FileId, String>,
    /// Those that are applied, by their numbers among those that were given.
    pub applied: Vec<usize>,
}

/// Applies those fixes that do not get in each other's way, the earlier before the later. What is left is found again, and
/// its fix with it, when the new texts are read.
///
/// ```
/// use wireloom_idl::SourceMap;
/// use wireloom_idl::diagnostic::fix;
/// use wireloom_idl::syntax;
///
/// let mut sources = SourceMap::new();
/// let file = sources.add("a.loom", "package a\nrecord A { b uuid; c bool }\n");
/// let (_, said) = syntax::parse(file, sources[file].text());
/// let fixed = fix::apply(said.iter().filter_map(|it| it.fix.as_ref()), &sources);
/// assert_eq!(fixed.texts[&file], "package a\nrecord A { b: uuid; c: bool }\n");
/// ```
pub fn apply<'f>(fixes: impl IntoIterator<Item = &'f Fix>, sources: &SourceMap) -> Fixed {
    let mut chosen: BTreeMap<FileId, Chosen<'f>> = BTreeMap::new();
    let mut applied = Vec::new();
    for (number, fix) in fixes.into_iter().enumerate() {
        let is_sound = |edit: &Edit| sources[edit.span.file].text().get(edit.span.range()).is_some();
        if fix.edits.iter().all(is_sound) && take(fix, &mut chosen) {
            applied.push(number);
        }
    }
    let texts = chosen.into_iter().map(|(file, chosen)| (file, chosen.rewrite(sources[file].text())));
    Fixed { texts: texts.collect(), applied }
}

/// Takes all edits of a fix, or none.
fn take<'f>(fix: &'f Fix, chosen: &mut BTreeMap<FileId, Chosen<'f>>) -> bool {
    let mut fresh = Vec::new();
    for edit in &fix.edits {
        match chosen.entry(edit.span.file).or_default().add(edit) {
            Added::Fresh => fresh.push(edit),
            Added::There => {}
            Added::Refused => {
                for edit in fresh {
                    chosen.entry(edit.span.file).or_default().edits.remove(&(edit.span.start, edit.span.end));
                }
                return false;
            }
        }
    }
    true
}

/// Edits of one text that do not overlap, by their places.
#[derive(Default)]
struct Chosen<'f> {
    edits: BTreeMap<(u32, u32), &'f str>,
}

enum Added {
    Fresh,
    /// The very same edit is there already.
    There,
    Refused,
}

impl<'f> Chosen<'f> {
    fn add(&mut self, edit: &'f Edit) -> Added {
        let (start, end) = (edit.span.start, edit.span.end);
        if let Some(text) = self.edits.get(&(start, end)) {
            return if *text == edit.text { Added::There } else { Added::Refused };
        }
        let before = self.edits.range(..(start, end)).next_back();
        let behind = self.edits.range((start, end)..).next();
        if before.is_some_and(|((_, other), _)| *other > start) || behind.is_some_and(|((other, _), _)| *other < end) {
            return Added::Refused;
        }
        self.edits.insert((start, end), &edit.text);
        Added::Fresh
    }

    fn rewrite(&self, text: &str) -> String {
        let mut made = String::with_capacity(text.len());
        let mut next = 0;
        for (&(start, end), new) in &self.edits {
            made.push_str(&text[next..start as usize]);
            made.push_str(new);
            next = end as usize;
        }
        made + &text[next..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(text: &str, fixes: &[&[(usize, usize, &str)]]) -> (String, usize) {
        let mut sources = SourceMap::new();
        let file = sources.add("a.loom", text);
        let edit = |&(start, end, text): &(usize, usize, &str)| Edit::replace(Span::new(file, start, end), text);
        let fixes: Vec<Fix> =
            fixes.iter().map(|edits| Fix { title: String::new(), edits: edits.iter().map(edit).collect() }).collect();
        let fixed = apply(&fixes, &sources);
        (fixed.texts.get(&file).map_or(text, String::as_str).to_owned(), fixed.applied.len())
    }

    #[test]
    fn the_earlier_of_two_that_overlap_is_applied_whole() {
        let both = applied("abcdef", &[&[(0, 1, "A"), (4, 6, "")], &[(5, 6, "F"), (2, 3, "C")], &[(1, 2, "B")]]);
        assert_eq!(both, ("ABcd".to_owned(), 2));
        assert_eq!(applied("abc", &[&[(0, 2, "x"), (1, 3, "y")]]), ("abc".to_owned(), 0), "it overlaps itself");
    }

    #[test]
    fn insertions_stand_beside_what_is_replaced() {
        assert_eq!(applied("abc", &[&[(1, 2, "B")], &[(1, 1, "<")], &[(2, 2, ">")]]), ("a<B>c".to_owned(), 3));
        assert_eq!(applied("abc", &[&[(1, 1, "x")], &[(1, 1, "x")], &[(1, 1, "y")]]), ("axbc".to_owned(), 2));
    }

    #[test]
    fn what_is_taken_out_leaves_no_hole() {
        let without = |text: &str, word: &str, widen: fn(&str, Span) -> Span| {
            let at = text.find(word).unwrap();
            let place = widen(text, Span::new(FileId(0), at, at + word.len()));
            text[..place.start as usize].to_owned() + &text[place.end as usize..]
        };
        for (text, left) in
            [("a x b", "a b"), ("a\n  x\n  b", "a\n  b"), ("x b", "b"), ("a x", "a"), ("a\r\nx\r\nb", "a\r\nb")]
        {
            assert_eq!(without(text, "x", with_blanks), left, "{text:?}");
        }
        for (text, left) in [
            ("x, b", "b"),
            ("a, x", "a"),
            ("a, x, b", "a, b"),
            ("a\n  x\n  b", "a\n  b"),
            ("a,\n  x,\n b", "a,\n  \n b"),
        ] {
            assert_eq!(without(text, "x", with_comma), left, "{text:?}");
        }
    }

    #[test]
    fn what_lies_outside_of_the_text_is_left_alone() {
        assert_eq!(applied("é", &[&[(1, 2, "")], &[(0, 9, "")]]), ("é".to_owned(), 0));
    }
}
