//! Finding files: which `.loom` files lie below a folder.
//!
//! Hidden folders and those that hold no sources are passed over. Links are followed, but no folder is entered and no file
//! taken twice, so a link back up ends the way there. Whether what is found can be read is not asked here.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};

use wireloom_idl::{Diagnostic, Diagnostics};

use super::codes;

/// How deep folders may lie below the one that was named.
const DEPTH_MAX: usize = 64;
/// How many contract files a run may have.
const FILES_MAX: usize = 10_000;
/// How many entries a run looks at: a home folder named by mistake ends here.
const ENTRIES_MAX: usize = 1_000_000;
/// Folders of other tools, which hold copies at best.
const PASSED_OVER: [&str; 2] = ["target", "node_modules"];

/// A file to read.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// As it is shown: as the user wrote it, with `/`.
    pub(super) name: String,
    /// The same for every way to the file.
    pub(super) canonical: PathBuf,
}

/// Files found so far, over any number of roots.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) found: Vec<Found>,
    pub(super) report: Diagnostics,
    files: HashSet<PathBuf>,
    folders: HashSet<PathBuf>,
    entries: usize,
    is_full: bool,
}

impl Walk {
    /// A file, whatever its name, or all contracts below a folder.
    pub(super) fn root(&mut self, path: &Path) {
        // A name that ends in `.loom` promises a file; reading will tell that it is none.
        if path.is_dir() && !is_contract(path) { self.folder(path, &mut Vec::new()) } else { self.file(path) }
    }

    /// The other contracts in the folders of those that are found so far.
    pub(super) fn beside(&mut self) {
        let folders: BTreeSet<PathBuf> =
            self.found.iter().map(|found| found.path.parent().unwrap_or(Path::new("")).to_owned()).collect();
        for folder in folders {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
            self.entries(folder).iter().filter(|path| is_contract(path)).for_each(|path| self.file(path));
        }
    }

    /// Every folder that was entered, in its canonical form.
    pub(super) fn folders(&self) -> &HashSet<PathBuf> {
        &self.folders
    }

    fn file(&mut self, path: &Path) {
        // What leads nowhere is told by reading it.
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if !self.files.insert(canonical.clone()) {
            return;
        }
        if self.found.len() == FILES_MAX {
            return self.stop(format!("more than {FILES_MAX} contract files"));
        }
        self.found.push(Found { name: display_name(path), path: path.to_owned(), canonical });
    }

    /// `above` are the folders on the way here, in their canonical form.
    fn folder(&mut self, path: &Path, above: &mut Vec<PathBuf>) {
        let canonical = match path.canonicalize() {
            Ok(canonical) => canonical,
            Err(error) => return self.unreadable(path, &error),
        };
        if above.contains(&canonical) {
            let message = format!("the link `{}` leads back to a folder above it", display_name(path));
            self.report.push(Diagnostic::nowhere(&codes::LINK_LOOP, message).help("it is not followed"));
            return;
        }
        if !self.folders.insert(canonical.clone()) {
            return;
        }
        if above.len() == DEPTH_MAX {
            return self.stop(format!("`{}` lies more than {DEPTH_MAX} folders deep", display_name(path)));
        }
        above.push(canonical);
        for entry in self.entries(path) {
            if self.is_full {
                break;
            }
            self.entry(&entry, above);
        }
        above.pop();
    }

    fn entry(&mut self, path: &Path, above: &mut Vec<PathBuf>) {
        if is_contract(path) {
            self.file(path);
        } else if path.is_dir() && !is_passed_over(path) {
            self.folder(path, above);
        }
    }

    /// What lies in a folder, sorted by name.
    fn entries(&mut self, path: &Path) -> Vec<PathBuf> {
        let listed = fs::read_dir(path).and_then(|entries| {
            let entries = entries.take(ENTRIES_MAX.saturating_sub(self.entries) + 1);
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()
        });
        match listed {
            Ok(mut entries) => {
                entries.sort();
                self.entries += entries.len();
                if self.entries > ENTRIES_MAX {
                    self.stop(format!("more than {ENTRIES_MAX} files and folders"));
                }
                entries
            }
            Err(error) => {
                self.unreadable(path, &error);
                Vec::new()
            }
        }
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        let message = format!("folder `{}` cannot be read: {error}", display_name(path));
        self.report.push(Diagnostic::nowhere(&codes::UNREADABLE_FILE, message));
    }

    fn stop(&mut self, message: String) {
        if !self.is_full {
            let diagnostic = Diagnostic::nowhere(&codes::TOO_MANY_FILES, message);
            self.report.push(diagnostic.help("name the folder of the contracts, not one that lies far above it"));
        }
        self.is_full = true;
    }
}

/// How many contracts lie in a folder itself.
pub(super) fn contracts_in(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().take(ENTRIES_MAX);
    entries.filter(|entry| entry.as_ref().is_ok_and(|entry| is_contract(&entry.path()))).count()
}

/// A path as it is shown: as it was written, with `/`, without `./` and without characters that would break a line.
pub(super) fn display_name(path: &Path) -> String {
    let written: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    let name = written.to_string_lossy().replace(MAIN_SEPARATOR, "/").replace(char::is_control, "\u{fffd}");
    if name.is_empty() { ".".to_owned() } else { name }
}

fn is_contract(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "loom")
}

fn is_passed_over(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || PASSED_OVER.contains(&name.as_ref())
}
