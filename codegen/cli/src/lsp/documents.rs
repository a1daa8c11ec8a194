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
    /// Empty where the text is lost.
    pub(super) text: String,
    /// Whether the text has grown too large: what edits mean is unknown until the whole text is said again.
    is_lost: bool,
}

impl Document {
    fn replace(&mut self, text: String) {
        self.is_lost = text.len() > TEXT_BYTES_MAX;
        self.text = if self.is_lost { String::new() } else { text };
    }

    fn apply(&mut self, change: TextDocumentContentChangeEvent, encoding: Encoding) {
        let Some(range) = change.range else { return self.replace(change.text) };
        if self.is_lost {
            return;
        }
        let start = encoding.offset(&self.text, range.start);
        // What ends before it begins is where it begins.
        let end = encoding.offset(&self.text, range.end).max(start);
        if self.text.len() - (end - start) + change.text.len() <= TEXT_BYTES_MAX {
            self.text.replace_range(start..end, &change.text);
        } else {
            (self.text, self.is_lost) = (String::new(), true);
        }
    }
}

/// All texts that are open, by their canonical paths.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
    /// Those whose text was lost since this was asked last.
    lost: Vec<PathBuf>,
}

impl Documents {
    pub(super) fn open(&mut self, uri: Uri, version: i32, text: String) -> PathBuf {
        let path = load::canonical(&uri::path(&uri));
        let mut document = Document { uri, version, text: String::new(), is_lost: false };
        document.replace(text);
        self.lost.extend(document.is_lost.then(|| path.clone()));
        self.open.insert(path.clone(), document);
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
        let was_lost = document.is_lost;
        for change in changes {
            document.apply(change, encoding);
        }
        self.lost.extend((document.is_lost && !was_lost).then(|| path.clone()));
        Some(path)
    }

    /// The files whose text was lost since this was asked last.
    pub(super) fn take_lost(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.lost)
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
