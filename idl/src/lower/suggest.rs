//! "Did you mean …?": the nearest of the names that would have been right.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// How many searches a run may still make: a file of nothing but unknown names must not cost its square.
pub(super) struct Budget(u32);

impl Default for Budget {
    fn default() -> Budget {
        Budget(500)
    }
}

impl Budget {
    /// The nearest candidate, if one is near enough.
    pub(super) fn nearest<'n>(&mut self, name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        self.0 = self.0.checked_sub(1)?;
        nearest(name, candidates)
    }
}

/// The nearest candidate, if one is near enough; of two equally near the first.
///
/// ```
/// use wireloom_idl::nearest;
///
/// assert_eq!(nearest("field-remove", ["field-added", "field-removed"]), Some("field-removed"));
/// assert_eq!(nearest("nonsense", ["field-added", "field-removed"]), None);
/// ```
pub fn nearest<'n>(name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let folded = name.to_ascii_lowercase();
    // Of two letters nothing is near: any other two would be.
    let allowed = (name.len() / 3).min(4);
    let near = |candidate: &str| match candidate.len().abs_diff(name.len()) > allowed {
        true => usize::MAX,
        false => strsim::osa_distance(&folded, &candidate.to_ascii_lowercase()),
    };
    let best =
        candidates.into_iter().map(|candidate| (near(candidate), candidate)).min_by_key(|(distance, _)| *distance);
    best.filter(|(distance, _)| *distance <= allowed).map(|(_, candidate)| candidate)
}

/// Adds the nearest of some members' names, with its fix; where none is near, all of them, if they are few.
pub(super) fn mend<'n>(
    diagnostic: Diagnostic,
    at: Span,
    name: &str,
    members: impl IntoIterator<Item = &'n str>,
) -> Diagnostic {
    let members: Vec<&str> = members.into_iter().collect();
    match nearest(name, members.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), at, near),
        None if (1..=12).contains(&members.len()) => diagnostic.help(format!("there is {}", listed(&members, "and"))),
        None => diagnostic,
    }
}

/// What words are called elsewhere: each with its synonyms.
pub(super) type Synonyms = [(&'static str, &'static [&'static str])];

/// Adds help for a closed list of words, and the fix where one of them is near or is what a synonym stands for.
pub(super) fn word<'n>(
    diagnostic: Diagnostic,
    at: Span,
    name: &str,
    words: impl IntoIterator<Item = &'n str>,
    synonyms: &Synonyms,
) -> Diagnostic {
    let words: Vec<&str> = words.into_iter().collect();
    let folded = name.to_ascii_lowercase().replace(['_', '-'], "");
    let synonym = synonyms.iter().find(|(_, all)| all.contains(&folded.as_str())).map(|(word, _)| *word);
    match synonym {
        Some(word) => diagnostic.help(format!("here it is `{word}`")).fix(format!("write `{word}`"), at, word),
        None => {
            let near = nearest(name, words.iter().copied());
            let diagnostic = diagnostic.help(one_of(name, words));
            match near {
                Some(near) => diagnostic.fix(format!("write `{near}`"), at, near),
                None => diagnostic,
            }
        }
    }
}

/// Help for a closed list of words: the nearest, or all of them.
pub(super) fn one_of<'n>(name: &str, words: impl IntoIterator<Item = &'n str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match nearest(name, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("it can be {}", listed(&words, "or")),
    }
}

/// `` `a`, `b` or `c` ``, with another word for the `or`.
pub(super) fn listed(words: &[&str], or: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {or} {last}", others.join(", ")),
    }
}
