//! Places: the protocol counts lines from 0 and columns in units that client and server agree on, we count bytes.

use lsp_types::{Position, PositionEncodingKind, Range};
use wireloom_idl::{SourceFile, SourceMap, Span};

/// In which units columns are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// What every client knows.
    #[default]
    Utf16,
    Utf8,
    Utf32,
}

impl Encoding {
    /// The first of those that the client offers, for it prefers that one; what it does not say is UTF-16.
    pub(super) fn agreed(offered: Option<&[PositionEncodingKind]>) -> Encoding {
        let known = offered.unwrap_or_default().iter().find_map(|kind| match kind.as_str() {
            "utf-8" => Some(Encoding::Utf8),
            "utf-16" => Some(Encoding::Utf16),
            "utf-32" => Some(Encoding::Utf32),
            _ => None,
        });
        known.unwrap_or_default()
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn width(self, letter: char) -> usize {
        match self {
            Encoding::Utf8 => letter.len_utf8(),
            Encoding::Utf16 => letter.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }

    /// How long a text is in these units.
    pub(super) fn length(self, text: &str) -> u32 {
        match self {
            Encoding::Utf8 => text.len() as u32,
            _ if text.is_ascii() => text.len() as u32,
            _ => text.chars().map(|letter| self.width(letter) as u32).sum(),
        }
    }

    /// The byte of a line at which so many units have passed; the line's end where there are fewer, the letter's start within
    /// a letter.
    fn byte_in(self, line: &str, units: u32) -> usize {
        let mut left = units as usize;
        if line.is_ascii() {
            return left.min(line.len());
        }
        for (byte, letter) in line.char_indices() {
            let width = self.width(letter);
            if left < width {
                return byte;
            }
            left -= width;
        }
        line.len()
    }

    /// The byte of a text at a position; of one that is not there the nearest before it.
    pub(super) fn offset(self, text: &str, position: Position) -> usize {
        let mut start = 0;
        for _ in 0..position.line {
            match text[start..].find('\n') {
                Some(end) => start += end + 1,
                None => return text.len(),
            }
        }
        let line = text[start..].split('\n').next().unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        start + self.byte_in(line, position.character)
    }

    /// The same in a file, whose lines are known.
    pub(super) fn offset_in(self, file: &SourceFile, position: Position) -> u32 {
        if position.line >= file.line_count() {
            return file.text().len() as u32;
        }
        let line = position.line + 1;
        file.line_start(line) + self.byte_in(file.line(line), position.character) as u32
    }

    pub(super) fn position(self, file: &SourceFile, offset: u32) -> Position {
        let text = file.text();
        let offset = text.floor_char_boundary((offset as usize).min(text.len()));
        let line = file.line_of(offset as u32);
        let before = &text[file.line_start(line) as usize..offset];
        Position { line: line - 1, character: self.length(before) }
    }

    pub(super) fn range(self, sources: &SourceMap, span: Span) -> Range {
        let file = &sources[span.file];
        Range { start: self.position(file, span.start), end: self.position(file, span.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\u{e4}\u{1f980}b\r\n\u{1f980}\n";

    #[test]
    fn columns_are_counted_as_agreed() {
        let mut sources = SourceMap::new();
        let id = sources.add("a", TEXT);
        let file = &sources[id];
        for (encoding, columns) in
            [(Encoding::Utf8, [0, 1, 3, 7]), (Encoding::Utf16, [0, 1, 2, 4]), (Encoding::Utf32, [0, 1, 2, 3])]
        {
            for (offset, column) in [0, 1, 3, 7].into_iter().zip(columns) {
                let position = Position { line: 0, character: column };
                assert_eq!(encoding.position(file, offset), position, "{encoding:?}");
                assert_eq!(encoding.offset_in(file, position), offset, "{encoding:?}");
                assert_eq!(encoding.offset(TEXT, position), offset as usize, "{encoding:?}");
            }
        }
    }

    #[test]
    fn positions_that_are_not_there_are_the_nearest() {
        let mut sources = SourceMap::new();
        let id = sources.add("a", TEXT);
        for (line, character, wanted) in [
            (0, 99, 8),
            (0, 3, 3),
            (1, 1, 10),
            (1, 2, 14),
            (2, 0, 15),
            (2, 5, 15),
            (9, 9, 15),
            (u32::MAX, u32::MAX, 15),
        ] {
            let position = Position { line, character };
            assert_eq!(Encoding::Utf16.offset(TEXT, position), wanted, "{line}:{character}");
            assert_eq!(Encoding::Utf16.offset_in(&sources[id], position), wanted as u32, "{line}:{character}");
        }
    }

    #[test]
    fn the_first_that_both_know_is_taken() {
        let kinds = [PositionEncodingKind::new("ebcdic"), PositionEncodingKind::UTF8, PositionEncodingKind::UTF16];
        assert_eq!(Encoding::agreed(Some(&kinds)), Encoding::Utf8);
        assert_eq!(Encoding::agreed(Some(&kinds[..1])), Encoding::Utf16);
        assert_eq!(Encoding::agreed(None), Encoding::Utf16);
    }
}
