//! Texts that stand before those of the disk: what an editor has open and not saved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Texts by the files they stand for.
#[derive(Clone, Debug, Default)]
pub struct Overlays {
    /// By canonical paths.
    texts: BTreeMap<PathBuf, String>,
}

impl Overlays {
    pub(super) const fn none() -> Overlays {
        Overlays { texts: BTreeMap::new() }
    }

    /// Takes a text for a file, whether or not the disk has it.
    pub fn set(&mut self, path: &Path, text: String) {
        self.texts.insert(canonical(path), text);
    }

    /// From now on the file is what the disk has.
    pub fn remove(&mut self, path: &Path) {
        self.texts.remove(&canonical(path));
    }

    /// The text for a file, by its canonical path.
    pub(super) fn get(&self, canonical: &Path) -> Option<&str> {
        self.texts.get(canonical).map(String::as_str)
    }
}

/// The same path for every way to a file, also where the file is not there but its folder is.
pub fn canonical(path: &Path) -> PathBuf {
    if let Ok(canonical) = path.canonicalize() {
        return canonical;
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
