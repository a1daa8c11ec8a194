//! What is open in the editor: texts that stand before those of the disk, changed as the user types.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lsp_types::{TextDocumentContentChangeEvent, Uri};
use wireloom_codegen::load;

use super::place::Encoding;
use super::uri;

/// How large an open text may grow; the compiler takes no larger one.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// One text that is open.
#[derive(Debug)]
pub(super) struct Document {
    /// As the editor names it, which is how it is answered.
    pub(super) uri: Uri,
    pub(super) version: i32,
    pub(super) text: String,
}

/// All texts that are open, by their canonical paths.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

impl Documents {
    pub(super) fn open(&mut self, uri: Uri, version: i32, text: String) -> PathBuf {
        let path = load::canonical(&uri::path(&uri));
        self.open.insert(path.clone(), Document { uri, version, text });
        path
    }

    pub(super) fn close(&mut self, uri: &Uri) -> PathBuf {
        let path = load::canonical(&uri::path(uri));
        self.open.remove(&path);
        path
    }

    /// Applies edits in their order; none where the text is not open.
    pub(super) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Option<PathBuf> {
        let path = self.path_of(uri);
        let document = self.open.get_mut(&path)?;
        document.version = version;
        for change in changes {
            apply(&mut document.text, change, encoding);
        }
        Some(path)
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    /// The canonical path of a URI; that of an open text is known without asking the disk.
    pub(super) fn path_of(&self, uri: &Uri) -> PathBuf {
        let known = self.open.iter().find(|(_, document)| document.uri == *uri);
        known.map_or_else(|| load::canonical(&uri::path(uri)), |(path, _)| path.clone())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Document)> {
        self.open.iter()
    }

    /// How the editor calls a file.
    pub(super) fn uri_of(&self, path: &Path) -> Option<Uri> {
        self.open.get(path).map(|document| document.uri.clone()).or_else(|| uri::of_path(path))
    }
}

fn apply(text: &mut String, change: TextDocumentContentChangeEvent, encoding: Encoding) {
    let Some(range) = change.range else {
        *text = change.text;
        return;
    };
    let start = encoding.offset(text, range.start);
    // What ends before it begins is where it begins.
    let end = encoding.offset(text, range.end).max(start);
    if text.len() - (end - start) + change.text.len() <= TEXT_BYTES_MAX {
        text.replace_range(start..end, &change.text);
    }
}
