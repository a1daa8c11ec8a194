//! Runs a pattern over a text, for the few values that stand in a contract.
//!
//! A set of states steps over the text once: time is text × program whatever the pattern. The program is bounded; a
//! larger pattern is not run, and the question stays open.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// More states than this are not built.
const STATES_MAX: usize = 20_000;

enum Step {
    /// Consumes a character of these ranges.
    Take(Vec<(char, char)>),
    /// Goes on at both places.
    Fork(usize, usize),
    Look(Look),
    Done,
}

/// Whether the pattern matches somewhere in the text; none where it cannot be told.
pub(in crate::lower) fn is_match(pattern: &str, text: &str) -> Option<bool> {
    let hir = super::parser().parse(pattern).ok()?;
    let mut program = Program { steps: Vec::new() };
    program.add(&hir)?;
    program.push(Step::Done)?;
    Some(program.run(text))
}

struct Program {
    steps: Vec<Step>,
}

impl Program {
    fn push(&mut self, step: Step) -> Option<usize> {
        (self.steps.len() < STATES_MAX).then(|| {
            self.steps.push(step);
            self.steps.len() - 1
        })
    }

    /// Adds what matches `hir`; what follows it is added behind.
    fn add(&mut self, hir: &Hir) -> Option<()> {
        match hir.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                for letter in std::str::from_utf8(&literal.0).ok()?.chars() {
                    self.push(Step::Take(vec![(letter, letter)]))?;
                }
            }
            HirKind::Class(Class::Unicode(class)) => {
                self.push(Step::Take(class.iter().map(|range| (range.start(), range.end())).collect()))?;
            }
            HirKind::Class(Class::Bytes(class)) => {
                let ranges = class.iter().map(|range| (char::from(range.start()), char::from(range.end())));
                self.push(Step::Take(ranges.collect()))?;
            }
            HirKind::Look(look) => {
                self.push(Step::Look(*look))?;
            }
            HirKind::Capture(capture) => self.add(&capture.sub)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.add(part))?,
            HirKind::Alternation(parts) => self.either(parts)?,
            HirKind::Repetition(repetition) => {
                for _ in 0..repetition.min {
                    self.add(&repetition.sub)?;
                }
                match repetition.max {
                    None => {
                        let fork = self.push(Step::Fork(0, 0))?;
                        self.add(&repetition.sub)?;
                        let back = self.push(Step::Fork(fork, fork))?;
                        self.steps[fork] = Step::Fork(fork + 1, back + 1);
                    }
                    Some(max) => {
                        let mut forks = Vec::new();
                        for _ in repetition.min..max {
                            forks.push(self.push(Step::Fork(0, 0))?);
                            self.add(&repetition.sub)?;
                        }
                        let end = self.steps.len();
                        forks.into_iter().for_each(|fork| self.steps[fork] = Step::Fork(fork + 1, end));
                    }
                }
            }
        }
        Some(())
    }

    fn either(&mut self, parts: &[Hir]) -> Option<()> {
        let mut ends = Vec::new();
        for (position, part) in parts.iter().enumerate() {
            let last = position + 1 == parts.len();
            let fork = if last { None } else { Some(self.push(Step::Fork(0, 0))?) };
            self.add(part)?;
            if let Some(fork) = fork {
                ends.push(self.push(Step::Fork(0, 0))?);
                self.steps[fork] = Step::Fork(fork + 1, self.steps.len());
            }
        }
        let end = self.steps.len();
        ends.into_iter().for_each(|it| self.steps[it] = Step::Fork(end, end));
        Some(())
    }

    fn run(&self, text: &str) -> bool {
        let mut states: Vec<usize> = Vec::new();
        let mut before = None;
        for next in text.chars().map(Some).chain([None]) {
            // Not anchored: a match may begin anywhere.
            states.push(0);
            let (reached, done) = self.close(&states, before, next);
            if done {
                return true;
            }
            let takes = |ranges: &[(char, char)]| {
                next.is_some_and(|it| ranges.iter().any(|(low, high)| (*low..=*high).contains(&it)))
            };
            states = reached
                .into_iter()
                .filter(|&at| matches!(&self.steps[at], Step::Take(ranges) if takes(ranges)))
                .map(|at| at + 1)
                .collect();
            before = next;
        }
        false
    }

    /// All that is reached without consuming anything, and whether the end is among it.
    fn close(&self, from: &[usize], before: Option<char>, next: Option<char>) -> (Vec<usize>, bool) {
        let mut seen = vec![false; self.steps.len()];
        let (mut open, mut reached) = (from.to_vec(), Vec::new());
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            match &self.steps[at] {
                Step::Done => return (reached, true),
                Step::Take(_) => reached.push(at),
                Step::Fork(left, right) => open.extend([*left, *right]),
                Step::Look(look) if holds(*look, before, next) => open.push(at + 1),
                Step::Look(_) => {}
            }
        }
        (reached, false)
    }
}

fn holds(look: Look, before: Option<char>, next: Option<char>) -> bool {
    let word = |it: Option<char>| it.is_some_and(|it| regex_syntax::try_is_word_character(it).unwrap_or(false));
    match look {
        Look::Start => before.is_none(),
        Look::End => next.is_none(),
        Look::StartLF | Look::StartCRLF => before.is_none_or(|it| it == '\n'),
        Look::EndLF | Look::EndCRLF => next.is_none_or(|it| it == '\n'),
        Look::WordUnicodeNegate | Look::WordAsciiNegate => word(before) == word(next),
        _ => word(before) != word(next),
    }
}

#[cfg(test)]
mod tests {
    use super::is_match;

    #[test]
    fn patterns_match_as_they_do_elsewhere() {
        let cases = [
            ("^[A-Z0-9-]{1,32}$", "TEA-1", true),
            ("^[A-Z0-9-]{1,32}$", "tea", false),
            ("b", "abc", true),
            ("^(?:ab|c|)+$", "abcab", true),
            ("^a{2,3}$", "aaaa", false),
            ("^a*?b$", "aab", true),
            (r"\bcat\b", "a cat.", true),
            (r"\bcat\b", "concat", false),
            ("^$", "", true),
        ];
        for (pattern, text, wanted) in cases {
            assert_eq!(is_match(pattern, text), Some(wanted), "{pattern} on {text:?}");
        }
    }

    #[test]
    fn a_pattern_that_explodes_is_left_alone() {
        assert_eq!(is_match("((a{100}){100}){100}", "a"), None);
        assert_eq!(is_match("^(a*)*(a*)*$", &"a".repeat(2_000)), Some(true));
    }
}
