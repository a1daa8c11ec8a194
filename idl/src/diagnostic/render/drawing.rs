//! The lines that a diagnostic points at, with marks under them.

use unicode_width::UnicodeWidthChar;

use super::{Paint, printable};
use crate::diagnostic::Label;
use crate::source::{FileId, SourceMap, Span};

/// How many columns of a source line are shown.
const COLUMNS: usize = 120;
/// How much of a long line is shown before its mark.
const BEFORE: usize = 40;
/// What a tab is shown as.
const TAB: &str = "    ";

/// A drawing, line by line.
pub(super) struct Drawing<'s> {
    sources: &'s SourceMap,
    paint: &'s Paint,
    text: String,
    /// How wide the line numbers are.
    gutter: usize,
}

impl<'s> Drawing<'s> {
    pub(super) fn new(sources: &'s SourceMap, paint: &'s Paint) -> Drawing<'s> {
        Drawing { sources, paint, text: String::new(), gutter: 1 }
    }

    pub(super) fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// Files in the order in which labels name them, the main place first; within a file from top to bottom.
    pub(super) fn labels(&mut self, labels: &[Label]) {
        let last = labels.iter().map(|label| self.row(label.span)).max().unwrap_or(0);
        self.gutter = last.to_string().len();
        let mut shown: Vec<FileId> = Vec::new();
        for label in labels {
            let file = label.span.file;
            if shown.contains(&file) {
                continue;
            }
            let arrow = if shown.is_empty() { "-->" } else { ":::" };
            shown.push(file);
            self.place(arrow, label.span);
            let mut here: Vec<(usize, &Label)> =
                labels.iter().enumerate().filter(|(_, label)| label.span.file == file).collect();
            here.sort_by_key(|(_, label)| (self.row(label.span), label.span.start));
            self.file(&here);
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn row(&self, span: Span) -> u32 {
        self.sources[span.file].line_column(span.start).line
    }

    fn place(&mut self, arrow: &str, span: Span) {
        let file = &self.sources[span.file];
        let at = file.line_column(span.start);
        let arrow = format!("{:gutter$}{arrow}", "", gutter = self.gutter);
        let name = printable(file.name());
        self.line(&format!("{} {name}:{}:{}", self.paint.frame(&arrow), at.line, at.column));
        self.framed("", "");
    }

    /// A line behind the frame.
    fn framed(&mut self, number: &str, text: &str) {
        let frame = format!("{number:>gutter$} |", gutter = self.gutter);
        self.line(&format!("{} {text}", self.paint.frame(&frame)));
    }

    fn file(&mut self, labels: &[(usize, &Label)]) {
        let mut rest = labels;
        while let Some((_, first)) = rest.first() {
            let row = self.row(first.span);
            let count = rest.iter().take_while(|(_, label)| self.row(label.span) == row).count();
            let (here, later) = rest.split_at(count);
            self.row_with_marks(row, here);
            rest = later;
        }
    }

    fn row_with_marks(&mut self, row: u32, labels: &[(usize, &Label)]) {
        let Some(first) = labels.first().map(|(_, label)| label.span) else { return };
        let line = self.sources[first.file].line(row);
        let start_of_line = first.start as usize - self.offset_in_line(first);
        let marks: Vec<(usize, usize)> = labels
            .iter()
            .map(|(_, label)| {
                let start = (label.span.start as usize - start_of_line).min(line.len());
                let end = (label.span.end as usize - start_of_line).min(line.len()).max(start);
                (width(&line[..start]), width(&line[start..end]).max(1))
            })
            .collect();
        let window = Window::around(width(line), &marks);
        self.framed(&row.to_string(), &window.cut(line));
        for (&(start, length), (index, label)) in marks.iter().zip(labels) {
            self.mark(&window, start, length, *index == 0, &label.text);
        }
    }

    fn offset_in_line(&self, span: Span) -> usize {
        let text = &self.sources[span.file].text()[..(span.start as usize).min(self.sources[span.file].text().len())];
        text.len() - text.rfind('\n').map_or(0, |at| at + 1)
    }

    fn mark(&mut self, window: &Window, start: usize, length: usize, is_main: bool, text: &str) {
        let (start, length) = window.place(start, length);
        let marks = if is_main { "^" } else { "-" }.repeat(length);
        let said = if text.is_empty() { marks } else { format!("{marks} {}", printable(text)) };
        let said = if is_main { self.paint.severe(&said) } else { self.paint.frame(&said) };
        self.framed("", &format!("{:start$}{said}", ""));
    }
}

/// The part of a long line that is shown.
struct Window {
    from: usize,
    to: usize,
    is_cut_before: bool,
    is_cut_behind: bool,
}

impl Window {
    fn around(line: usize, marks: &[(usize, usize)]) -> Window {
        let first = marks.iter().map(|&(start, _)| start).min().unwrap_or(0);
        let from = if line <= COLUMNS { 0 } else { first.saturating_sub(BEFORE).min(line.saturating_sub(COLUMNS / 2)) };
        let to = (from + COLUMNS).min(line);
        Window { from, to, is_cut_before: from > 0, is_cut_behind: to < line }
    }

    fn cut(&self, line: &str) -> String {
        let mut shown = String::new();
        let mut column = 0;
        if self.is_cut_before {
            shown.push('…');
        }
        for character in line.chars() {
            let wide = character_width(character);
            if column >= self.from && column + wide <= self.to {
                match character {
                    '\t' => shown.push_str(TAB),
                    _ => shown.push_str(&printable(character.encode_utf8(&mut [0; 4]))),
                }
            } else if column < self.from && column + wide > self.from {
                // A wide character across the edge leaves its other half blank.
                shown.extend(std::iter::repeat_n(' ', column + wide - self.from));
            }
            column += wide;
            if column > self.to {
                break;
            }
        }
        if self.is_cut_behind {
            shown.push('…');
        }
        shown
    }

    /// Where a mark stands in what is shown, and how long it is there.
    fn place(&self, start: usize, length: usize) -> (usize, usize) {
        let end = (start + length).min(self.to.max(start + 1));
        let shown = start.clamp(self.from, self.to) - self.from + usize::from(self.is_cut_before);
        (shown, end.saturating_sub(start.max(self.from)).clamp(1, COLUMNS))
    }
}

fn width(text: &str) -> usize {
    text.chars().map(character_width).sum()
}

/// How many columns a character takes as it is shown.
fn character_width(character: char) -> usize {
    match character {
        '\t' => TAB.len(),
        _ => {
            printable(character.encode_utf8(&mut [0; 4])).chars().next().and_then(UnicodeWidthChar::width).unwrap_or(1)
        }
    }
}
