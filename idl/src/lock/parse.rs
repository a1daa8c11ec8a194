//! A lock's text, line by line; a line that is broken costs that line only.

use std::collections::HashSet;

use super::{HEADER, HEADER_REST, Line, Lock, Locked, VERSION};
use crate::diagnostic::{Diagnostic, Diagnostics, codes, fix};
use crate::numbers;
use crate::source::{FileId, Span};

/// How large a lock may be.
const FILE_BYTES_MAX: usize = 8 << 20;
/// How many mistakes of one lock are shown.
const SHOWN_MAX: usize = 200;

impl Lock {
    /// Reads a lock: everything sound is in it, everything else in the diagnostics.
    ///
    /// Blank lines and any order of lines are fine; [`Lock`]'s `Display` writes them as they should be.
    pub fn parse(file: FileId, text: &str) -> (Lock, Diagnostics) {
        let mut reader = Reader { file, text, lock: Lock::default(), report: Diagnostics::new() };
        if text.len() > FILE_BYTES_MAX {
            let message = format!("the lock is larger than {} MiB", FILE_BYTES_MAX >> 20);
            let diagnostic = Diagnostic::new(&codes::FILE_TOO_LARGE, Span::new(file, 0, 0), message);
            reader.report.push(diagnostic.help("divide the package"));
        } else if reader.header() {
            reader.lines();
        }
        (reader.lock, reader.report)
    }
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    lock: Lock,
    report: Diagnostics,
}

/// A word and where it begins.
type Word<'t> = (usize, &'t str);

impl<'t> Reader<'t> {
    /// Whether the rest can be read.
    fn header(&mut self) -> bool {
        let line = self.text.lines().next().unwrap_or_default();
        let version = line.strip_prefix(HEADER).map(|rest| rest.split([':', ' ']).next().unwrap_or_default());
        let at = Span::new(self.file, 0, line.len());
        let diagnostic = match version {
            Some(VERSION) => return true,
            Some(version) => {
                let message = format!("version `{version}` of the lock is not known here");
                Diagnostic::new(&codes::LOCK_HEADER, at, message)
                    .help(format!("this compiler knows version {VERSION}; a newer one wrote this file"))
            }
            None => {
                let message = "a lock begins with a line that says its version";
                let diagnostic = Diagnostic::new(&codes::LOCK_HEADER, at, message)
                    .help(format!("begin it with `{HEADER}{VERSION}`, or take it from version control again"));
                // A lock's lines without the first one are a lock that lost it; anything else is something else.
                match is_entry(line) || line.starts_with(OURS) {
                    true => diagnostic.fix("insert it", at.before(), format!("{HEADER}{VERSION}{HEADER_REST}\n")),
                    false => diagnostic,
                }
            }
        };
        self.report.push(diagnostic);
        false
    }

    fn lines(&mut self) {
        let mut start = 0;
        let mut conflict: Option<Conflict<'t>> = None;
        for (index, line) in self.text.split_inclusive('\n').enumerate() {
            let words = words(line, start);
            if let Some(open) = &mut conflict {
                if open.line(line) {
                    let whole = Span::new(self.file, open.start, start + line.len());
                    self.report.push(open.diagnostic(whole));
                    conflict = None;
                }
            } else if line.starts_with(OURS) && self.text[start..].contains(&format!("\n{END}")) {
                conflict = Some(Conflict::new(start));
            } else if index > 0 && !words.is_empty() {
                self.line(&words);
            }
            start += line.len();
            if self.report.len() >= SHOWN_MAX {
                let message = format!("there are {SHOWN_MAX} mistakes; the rest is not shown");
                self.report.push(Diagnostic::new(&codes::TOO_MANY_ERRORS, Span::new(self.file, start, start), message));
                return;
            }
        }
    }

    fn line(&mut self, words: &[Word<'_>]) {
        let (name, digits, removed) = match words {
            [name, digits] => (*name, *digits, false),
            [name, digits, (_, "removed")] => (*name, *digits, true),
            _ => return self.malformed(words),
        };
        let Some((owner, member)) = divide(name.1) else { return self.malformed(words) };
        if !digits.1.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.malformed(words);
        }
        match numbers::parse(digits.1) {
            Some(number) => {
                let at = self.span(name, digits);
                let line = Line { name: member.to_owned(), removed, at: Some(at) };
                self.add(owner, number, line, self.span(name, name), self.span(digits, digits));
            }
            None => self.report.push(numbers::invalid(digits.1, self.span(digits, digits))),
        }
    }

    fn add(&mut self, owner: &str, number: u32, line: Line, name_at: Span, number_at: Span) {
        let locked: &mut Locked = self.lock.owners.entry(owner.to_owned()).or_default();
        let diagnostic = if let Some(first) = locked.lines.get(&number) {
            if first.name == line.name {
                // Said twice by two sides of a merge. Whether it is removed the contract says, when the lock is written.
                let has_another = locked.numbers.contains_key(&line.name);
                if first.removed && !line.removed && !has_another {
                    locked.add(number, line);
                }
                return;
            }
            let message = format!("number {number} is locked twice in `{owner}`");
            let help = format!(
                "two branches took it, and at most one of them has shipped: its line stays. Take the other line out, here \
                 `{owner}.{}` unless it is the one, and run `wireloom lock` for its new number",
                line.name
            );
            let out = fix::with_blanks(self.text, line.at.unwrap_or(number_at));
            let title = format!("take `{owner}.{}` out, so that it gets a new number", line.name);
            let diagnostic = Diagnostic::new(&codes::NUMBER_TAKEN, number_at, message).help(help).fix(title, out, "");
            also(diagnostic, first, &format!("`{owner}.{}` has it", first.name))
        } else if let Some(first) = locked.numbers.get(&line.name).filter(|_| !line.removed) {
            let message = format!("`{owner}.{}` is locked twice", line.name);
            let help = "keep the line that was released first; the other one is `removed`, if its number was ever used";
            let diagnostic = Diagnostic::new(&codes::LOCK_DUPLICATE, name_at, message).help(help).fix(
                "mark the second one as removed",
                number_at.after(),
                " removed",
            );
            also(diagnostic, &locked.lines[first], "the first is here")
        } else {
            return locked.add(number, line);
        };
        self.report.push(diagnostic);
    }

    fn malformed(&mut self, words: &[Word<'_>]) {
        let at = self.span(words[0], words[words.len() - 1]);
        let diagnostic = Diagnostic::new(&codes::LOCK_LINE, at, "this is no line of a lock");
        let is_conflict = [OURS, BASE, THEIRS, END].iter().any(|it| words[0].1.starts_with(it));
        self.report.push(diagnostic.help(match is_conflict {
            true => "a merge left this: keep the lines of both sides, then run `wireloom lock`",
            false => "it is a name and its number, `Order.note 6`, and `removed` where the name is gone",
        }));
    }

    fn span(&self, first: Word<'_>, last: Word<'_>) -> Span {
        Span::new(self.file, first.0, last.0 + last.1.len())
    }
}

/// What git writes around two sides that it cannot merge.
const OURS: &str = "<<<<<<<";
const BASE: &str = "|||||||";
const THEIRS: &str = "=======";
const END: &str = ">>>>>>>";

/// A stretch that git left to be merged by hand.
struct Conflict<'t> {
    start: usize,
    side: Side,
    /// The lines of both sides, each once.
    kept: Vec<&'t str>,
    known: HashSet<&'t str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    /// What both come from, where git is told to show it.
    Base,
    Theirs,
}

impl<'t> Conflict<'t> {
    fn new(start: usize) -> Conflict<'t> {
        Conflict { start, side: Side::Ours, kept: Vec::new(), known: HashSet::new() }
    }

    /// Takes a line; whether it was the last.
    fn line(&mut self, line: &'t str) -> bool {
        match line {
            _ if line.starts_with(BASE) => self.side = Side::Base,
            _ if line.starts_with(THEIRS) => self.side = Side::Theirs,
            _ if self.side != Side::Base && !line.starts_with(END) && self.known.insert(line) => {
                self.kept.push(line);
            }
            _ => {}
        }
        line.starts_with(END)
    }

    fn diagnostic(&self, whole: Span) -> Diagnostic {
        let help = "keep the lines of both sides: each name with its number stays. Where both took one number, the lines above \
                    `=======` are those of the branch that was merged into; then run `wireloom lock`";
        Diagnostic::new(&codes::LOCK_CONFLICT, whole, "a merge left this to be decided").help(help).fix(
            "keep the lines of both sides",
            whole,
            self.kept.concat(),
        )
    }
}

/// Whether a line is a name and its number.
fn is_entry(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (name, digits) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    divide(name).is_some() && numbers::parse(digits).is_some()
}

/// Points at a line of the lock as well.
pub(super) fn also(diagnostic: Diagnostic, line: &Line, text: &str) -> Diagnostic {
    match line.at {
        Some(at) => diagnostic.also(at, text),
        None => diagnostic,
    }
}

/// Owner and member of a name: `Order` and `note`, `Orders.place` and `token`.
fn divide(name: &str) -> Option<(&str, &str)> {
    let parts = name.split('.').count();
    (matches!(parts, 2 | 3) && name.split('.').all(is_name)).then(|| name.rsplit_once('.'))?
}

fn is_name(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|letter: char| letter.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The words of a line; `start` is where it begins.
fn words(line: &str, start: usize) -> Vec<Word<'_>> {
    let mut next = start;
    let words = line.split([' ', '\t', '\r', '\n']).map(|word| {
        let at = next;
        // What divides them is one byte each.
        next += word.len() + 1;
        (at, word)
    });
    words.filter(|(_, word)| !word.is_empty()).collect()
}
