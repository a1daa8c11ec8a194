//! Steps to text: which groups are flat, where lines break, where comments go.

use super::COLUMNS;
use super::build::Step;

/// Four blanks a step.
const INDENT: usize = 4;

/// An item, laid out.
pub(super) struct Laid {
    pub(super) text: String,
    /// Whether an empty line stood before it.
    pub(super) is_apart: bool,
}

/// Lays out the steps of one item.
pub(super) fn layout(steps: &[Step]) -> Laid {
    let widths = widths(steps);
    let mut writer = Writer { text: String::new(), indent: 0, pending: Pending::None, behind_comment: false };
    let mut broken = vec![true];
    for (at, step) in steps.iter().enumerate() {
        let is_broken = broken.last().copied().unwrap_or(true);
        match step {
            Step::Text(text, is_apart) => writer.word(text, *is_apart),
            Step::Comment { text, is_trailing, is_apart } => writer.comment(text, *is_trailing, *is_apart),
            Step::Space => writer.space(),
            Step::Line { may_be_apart, .. } if is_broken => {
                writer.pending = Pending::Line { may_be_apart: *may_be_apart }
            }
            Step::Line { blank: true, .. } => writer.space(),
            Step::Line { .. } => {}
            Step::Break => writer.pending = Pending::Line { may_be_apart: false },
            Step::IfFlat(text) if !is_broken => writer.word(text, false),
            Step::IfFlat(_) => {}
            Step::Begin { .. } => broken.push(writer.column() + widths[at] > COLUMNS),
            Step::End => {
                broken.pop();
            }
            Step::Indent => writer.indent += 1,
            Step::Dedent => writer.indent -= 1,
        }
    }
    let is_apart = steps.iter().find_map(|step| match step {
        Step::Text(_, is_apart) => Some(*is_apart),
        _ => None,
    });
    Laid { text: writer.text, is_apart: is_apart.unwrap_or(false) }
}

/// For each `Begin`: the width of its group when flat, with what sticks to its end; more than a line if it must break.
fn widths(steps: &[Step]) -> Vec<usize> {
    let mut widths = vec![0; steps.len()];
    let mut open: Vec<usize> = Vec::new();
    // Groups that have ended and wait for the next place where a line may break.
    let mut ended: Vec<usize> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let width = match step {
            Step::Text(text, _) => text.chars().count(),
            Step::IfFlat(text) => text.chars().count(),
            Step::Space | Step::Line { blank: true, .. } => 1,
            Step::Comment { .. } | Step::Break | Step::Begin { broken: true } => COLUMNS + 1,
            _ => 0,
        };
        if matches!(step, Step::Line { .. } | Step::Break | Step::Comment { .. } | Step::Begin { .. }) {
            ended.clear();
        }
        if matches!(step, Step::Begin { .. }) {
            open.push(at);
        }
        for &group in open.iter().chain(&ended) {
            widths[group] += width;
        }
        if matches!(step, Step::End) {
            ended.extend(open.pop());
        }
    }
    widths
}

/// What is due before the next word.
enum Pending {
    None,
    Space,
    Line { may_be_apart: bool },
}

struct Writer {
    text: String,
    indent: usize,
    pending: Pending,
    /// Whether the last thing on the line is a comment.
    behind_comment: bool,
}

impl Writer {
    fn word(&mut self, text: &str, is_apart: bool) {
        self.settle(is_apart);
        self.text.push_str(text);
        self.behind_comment = false;
    }

    fn space(&mut self) {
        if matches!(self.pending, Pending::None) {
            self.pending = Pending::Space;
        }
    }

    fn comment(&mut self, text: &str, is_trailing: bool, is_apart: bool) {
        // Empty lines stay between lines of comments and members, not in the middle of a member.
        let is_between = self.behind_comment || matches!(self.pending, Pending::Line { .. });
        if is_trailing && !self.behind_comment && !self.text.is_empty() {
            self.text.push(' ');
        } else {
            if !matches!(self.pending, Pending::Line { .. }) {
                self.pending = Pending::Line { may_be_apart: false };
            }
            self.settle(is_apart);
        }
        self.text.push_str(text);
        self.behind_comment = true;
        self.pending = Pending::Line { may_be_apart: is_between };
    }

    /// Does what is due.
    fn settle(&mut self, is_apart: bool) {
        match std::mem::replace(&mut self.pending, Pending::None) {
            Pending::None => {}
            Pending::Space => self.text.push(' '),
            Pending::Line { .. } if self.text.is_empty() => {}
            Pending::Line { may_be_apart } => {
                self.text.push_str(if may_be_apart && is_apart { "\n\n" } else { "\n" });
                self.text.extend(std::iter::repeat_n(' ', self.indent * INDENT));
            }
        }
    }

    fn column(&self) -> usize {
        match self.pending {
            Pending::Line { .. } => self.indent * INDENT,
            _ => {
                self.text.len() - self.text.rfind('\n').map_or(0, |at| at + 1)
                    + usize::from(matches!(self.pending, Pending::Space))
            }
        }
    }
}
