//! Contract files in memory: their text, their lines, and places in them.
//!
//! The crate never reads a file. Whoever does (the `wireloom` binary, the `build.rs` door) adds the text here and gets
//! a [`FileId`]; every later phase speaks of places as [`Span`]s.

use serde::Serialize;

/// Names one file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FileId(pub u32);

/// A range of bytes in one file: `start..end`, the end not included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        Span { file, start: start as u32, end: end as u32 }
    }

    /// The smallest range that holds both; `other` must lie in the same file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty range just behind this one: where something is missing.
    pub fn after(self) -> Span {
        Span { start: self.end, ..self }
    }

    /// The empty range at the start of this one: where something is to be inserted.
    pub fn before(self) -> Span {
        Span { end: self.start, ..self }
    }

    /// The range as `usize`, to slice the text with.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}..{}", self.file.0, self.start, self.end)
    }
}

/// A place as people write it: line and column from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters (not bytes).
    pub column: u32,
}

/// One contract file: a name to show, and its text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// The name as it is shown in diagnostics.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; an offset behind the end is the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = (offset as usize).min(self.text.len());
        let line = self.line_starts.partition_point(|&start| start as usize <= offset) - 1;
        let before = &self.text[self.line_starts[line] as usize..offset];
        LineColumn { line: line as u32 + 1, column: before.chars().count() as u32 + 1 }
    }

    /// The text of line `line` (from 1), without its line break.
    pub fn line(&self, line: u32) -> &str {
        let start = self.line_starts[line as usize - 1] as usize;
        let end = self.line_starts.get(line as usize).map_or(self.text.len(), |&next| next as usize);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// How many lines the file has; an empty file has one.
    pub fn line_count(&self) -> u32 {
        self.line_starts.len() as u32
    }
}

/// All the files of a run.
///
/// ```
/// use wireloom_idl::{SourceMap, Span};
///
/// let mut sources = SourceMap::new();
/// let file = sources.add("orders.loom", "package shop\n\nrecord Order {}\n");
/// let order = Span::new(file, 21, 26);
/// assert_eq!(sources.text(order), "Order");
/// assert_eq!(sources[file].line_column(order.start).line, 3);
/// ```
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> SourceMap {
        SourceMap::default()
    }

    /// Adds a file and returns its id. A byte order mark at the start is skipped.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at as u32 + 1)).collect();
        self.files.push(SourceFile { name: name.into(), text, line_starts });
        FileId(self.files.len() as u32 - 1)
    }

    /// Adds all files of another map behind its own, called as `name` says; returns how many were there before. A place in one of
    /// them is then in the file that many ids later.
    ///
    /// ```
    /// use wireloom_idl::{FileId, SourceMap};
    ///
    /// let (mut all, mut old) = (SourceMap::new(), SourceMap::new());
    /// all.add("a.loom", "");
    /// let file = old.add("a.loom", "");
    /// let shift = all.append(old, |name| format!("HEAD:{name}"));
    /// assert_eq!(all[FileId(file.0 + shift)].name(), "HEAD:a.loom");
    /// ```
    pub fn append(&mut self, other: SourceMap, name: impl Fn(&str) -> String) -> u32 {
        let before = self.files.len() as u32;
        self.files.extend(other.files.into_iter().map(|file| SourceFile { name: name(&file.name), ..file }));
        before
    }

    /// The text of a span.
    pub fn text(&self, span: Span) -> &str {
        &self[span.file].text[span.range()]
    }

    /// All files with their ids, in the order they were added.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), file))
    }
}

impl std::ops::Index<FileId> for SourceMap {
    type Output = SourceFile;

    fn index(&self, file: FileId) -> &SourceFile {
        &self.files[file.0 as usize]
    }
}
