//! The text as it grows: lines, their indentation, and what still fits.

use super::flat::{Flat, Part};

const LINE_WIDTH_MAX: usize = 100;
const INDENT: usize = 4;

/// Lays out one line of tokens as lines that can be read.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) flat: &'a Flat,
    pub(super) text: String,
    indent: usize,
    /// Where the last line begins.
    line: usize,
}

impl<'a> Layout<'a> {
    pub(super) fn new(flat: &'a Flat) -> Layout<'a> {
        Layout { flat, text: String::with_capacity(flat.text.len() * 5 / 4), indent: 0, line: 0 }
    }

    pub(super) fn write(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The part on one line, as it is.
    pub(super) fn copy(&mut self, part: Part) {
        let text = self.flat.text(part);
        self.text.push_str(text);
        if let Some(at) = self.flat.breaks(part).then(|| text.rfind('\n')).flatten() {
            self.line = self.text.len() - (text.len() - at - 1);
        }
    }

    /// The part up to this token, with the blank in front of that.
    pub(super) fn copy_up_to(&mut self, part: Part, at: usize) {
        let flat = self.flat;
        self.text.push_str(&flat.text[flat.tokens[part.from].start..flat.tokens[at].start]);
    }

    pub(super) fn newline(&mut self) {
        self.text.push('\n');
        self.line = self.text.len();
        self.text.extend(std::iter::repeat_n(' ', self.indent));
    }

    pub(super) fn blank_line(&mut self) {
        self.text.push('\n');
    }

    pub(super) fn indented(&mut self, write: impl FnOnce(&mut Self)) {
        self.indent += INDENT;
        write(self);
        self.indent -= INDENT;
    }

    fn column(&self) -> usize {
        self.text.len() - self.line
    }

    /// Whether the part may and can stand on what is left of the line, with so much behind it.
    pub(super) fn fits(&self, part: Part, tail: usize) -> bool {
        !self.flat.breaks(part) && self.is_room(self.flat.width(part) + tail)
    }

    /// The same, if a new line begins for it.
    pub(super) fn fits_on_next(&self, part: Part, tail: usize) -> bool {
        !self.flat.breaks(part) && self.indent + INDENT + self.flat.width(part) + tail <= LINE_WIDTH_MAX
    }

    pub(super) fn is_room(&self, width: usize) -> bool {
        self.column() + width <= LINE_WIDTH_MAX
    }

    /// How far a line is indented.
    pub(super) const fn indentation() -> usize {
        INDENT
    }
}
