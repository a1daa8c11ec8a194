//! Reading one file: only files, only so much of them, only UTF-8.

use std::fs::File;
use std::io::{self, Read};

use wireloom_idl::diagnostic::{Code, codes as language};
use wireloom_idl::{Diagnostic, FileId, Span};

use super::codes;
use super::overlay::Overlays;
use super::walk::Found;

/// How large a file may be; the parser has the same limit for texts that come another way.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// How large all files of a run may be together.
const RUN_BYTES_MAX: u64 = 256 << 20;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const UTF16_MARKS: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

/// How much may still be read, and what is taken instead of what the disk has.
#[derive(Debug)]
pub(super) struct Budget<'o> {
    bytes: u64,
    overlays: &'o Overlays,
}

/// Without overlays.
impl Default for Budget<'static> {
    fn default() -> Budget<'static> {
        static NONE: Overlays = Overlays::none();
        Budget::new(&NONE)
    }
}

impl<'o> Budget<'o> {
    pub(super) fn new(overlays: &'o Overlays) -> Budget<'o> {
        Budget { bytes: RUN_BYTES_MAX, overlays }
    }
}

/// Why a file has no text that could be trusted.
#[derive(Debug)]
pub(super) struct Problem {
    code: &'static Code,
    message: String,
    help: &'static str,
    /// Where in `text`.
    place: (usize, usize),
    /// What could be made of the file; empty where nothing.
    pub(super) text: String,
}

impl Problem {
    fn new(code: &'static Code, message: impl Into<String>, help: &'static str) -> Problem {
        Problem { code, message: message.into(), help, place: (0, 0), text: String::new() }
    }

    /// What is wrong, in a line.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn diagnostic(&self, file: FileId) -> Diagnostic {
        let (start, end) = self.place;
        Diagnostic::new(self.code, Span::new(file, start, end), &self.message).help(self.help)
    }
}

/// The text of a file, or why there is none.
pub(super) fn read(found: &Found, budget: &mut Budget<'_>) -> Result<String, Problem> {
    if let Some(text) = budget.overlays.get(&found.canonical) {
        return read_from(text.as_bytes(), budget);
    }
    // Asked before opening: opening a pipe waits for somebody to write to it.
    let about = found.path.metadata().map_err(|error| unreadable(&error))?;
    if about.is_dir() {
        return Err(Problem::new(
            &codes::UNREADABLE_FILE,
            "this is a folder, not a file",
            "contract files end in `.loom`, folders do not",
        ));
    }
    if !about.is_file() {
        return Err(Problem::new(
            &codes::UNREADABLE_FILE,
            "this is a device or a pipe, not a file",
            "a contract is a file",
        ));
    }
    if about.len() > FILE_BYTES_MAX {
        return Err(too_large());
    }
    let file = File::open(&found.path).map_err(|error| unreadable(&error))?;
    read_from(file, budget)
}

/// The text that comes out of a reader; a file may have grown since it was measured.
pub(super) fn read_from(reader: impl Read, budget: &mut Budget<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    reader.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(too_large());
    }
    match budget.bytes.checked_sub(bytes.len() as u64) {
        Some(left) => budget.bytes = left,
        None => return Err(too_much()),
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(error.as_bytes(), error.utf8_error().valid_up_to()))
}

fn unreadable(error: &io::Error) -> Problem {
    Problem::new(
        &codes::UNREADABLE_FILE,
        format!("the file cannot be read: {error}"),
        "see that it is there and may be read",
    )
}

fn too_large() -> Problem {
    let message = format!("the file is larger than {} MiB", FILE_BYTES_MAX >> 20);
    Problem::new(&language::FILE_TOO_LARGE, message, "a package may span several files")
}

fn too_much() -> Problem {
    let message = format!("the files of this run are larger than {} MiB together", RUN_BYTES_MAX >> 20);
    Problem::new(&codes::TOO_MANY_FILES, message, "check the contracts folder by folder")
}

/// The text with what is no UTF-8 replaced, and the first such place.
fn not_utf8(bytes: &[u8], offset: usize) -> Problem {
    let help = match UTF16_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        true => "it looks like UTF-16: save it as UTF-8",
        false => "save it as UTF-8",
    };
    // The source map takes the mark off; a place lies that much earlier.
    let mark = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let start = offset - mark;
    let place = (start, start + char::REPLACEMENT_CHARACTER.len_utf8());
    let text = String::from_utf8_lossy(bytes).into_owned();
    let message = format!("not UTF-8: byte 0x{:02X}", bytes[offset]);
    Problem { place, text, ..Problem::new(&codes::NOT_UTF8, message, help) }
}
