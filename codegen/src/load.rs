//! Contract files from disk: paths in, texts and trees out.
//!
//! Paths are files or folders, whose `.loom` files below are taken ([`walk`]); every one is read with limits ([`read`])
//! and parsed. What they import and do not bring along is looked for in further folders ([`imports`]), read and not
//! reported on. Whatever cannot be read is a diagnostic like any other, and the rest is loaded all the same; from there
//! the compiler's phases go on ([`run`]), with the numbers of the locks beside the files ([`locks`]). Together with
//! [`crate::build`] and the `wireloom` binary this is the only place that touches a disk.

mod allowed;
pub mod codes;
mod fix;
mod imports;
mod inputs;
mod locks;
mod overlay;
mod read;
mod replace;
mod run;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use wireloom_idl::syntax::tree::{Import, Item};
use wireloom_idl::{Diagnostic, Diagnostics, FileId, Severity, SourceMap, SyntaxTree, syntax};

pub use fix::{AppliedFix, FixedFile};
pub use inputs::{Digest, Inputs, inputs};
pub use locks::{LockFile, load_packages};
pub use overlay::{Overlays, canonical};
pub use run::Bound;

use locks::FolderLock;
use read::{Budget, Problem};
use walk::{Found, Walk};

/// The files of a run, read and parsed.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Their texts.
    pub sources: SourceMap,
    /// Those that could be read, by name; behind them those read for what the others import.
    pub files: Vec<LoadedFile>,
    /// What reading and parsing had to say, in files that are reported on.
    report: Diagnostics,
    /// Files that are only imported from and whose text or lock has errors.
    broken: BTreeSet<FileId>,
    /// Files whose text is not what lies on the disk: not UTF-8, too large.
    lossy: BTreeSet<FileId>,
    /// By the folders they lie in.
    locks: BTreeMap<String, FolderLock>,
    /// Whether a lock that is missing or lacks something is an error.
    wants_locks: bool,
    /// Whether what a file imports decides which files are read.
    has_includes: bool,
}

/// One file, read and parsed.
#[derive(Debug)]
pub struct LoadedFile {
    /// Where it lies.
    pub path: PathBuf,
    /// The same for every way to it.
    pub canonical: PathBuf,
    /// What was read from it.
    pub tree: SyntaxTree,
    /// The folder it lies in, in the form that is equal for all files of one folder.
    pub folder: String,
    /// Whether it is there only for others to import from, and is not reported on.
    pub imported: bool,
}

impl LoadedFile {
    /// The package of the `package` line.
    fn package(&self) -> Option<String> {
        self.tree.items.iter().find_map(|item| match item {
            Item::Package(package) => Some(package.path.text()),
            _ => None,
        })
    }

    fn imports(&self) -> impl Iterator<Item = &Import> {
        self.tree.items.iter().filter_map(|item| match item {
            Item::Import(import) => Some(import),
            _ => None,
        })
    }
}

/// A path was named that is not there: the command line is wrong, not a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchPath {
    /// As it was written.
    pub path: PathBuf,
}

impl NoSuchPath {
    /// The same as a diagnostic, which points nowhere.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::nowhere(&codes::NO_SUCH_PATH, self.to_string()).help("name a contract file, or a folder of them")
    }
}

impl std::fmt::Display for NoSuchPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no such file or folder: `{}`", walk::display_name(&self.path))
    }
}

impl std::error::Error for NoSuchPath {}

/// Loads the files named by `paths` and found in the folders among them, and from the folders of `includes` what they import.
///
/// # Errors
/// When one of the paths is not there; everything else that goes wrong is told by [`Loaded::report`].
pub fn load(paths: &[PathBuf], includes: &[PathBuf]) -> Result<Loaded, NoSuchPath> {
    load_telling(paths, includes, &mut |_, _| {})
}

/// Loads, and tells after each file how many are read and how many there are; what they import comes on top.
///
/// # Errors
/// As [`load`].
pub fn load_telling(
    paths: &[PathBuf],
    includes: &[PathBuf],
    tell: &mut dyn FnMut(usize, usize),
) -> Result<Loaded, NoSuchPath> {
    load_walked(paths, includes, &Overlays::default(), |_| {}, tell)
}

/// Loads like [`load`], with texts that are taken instead of those on the disk: what an editor has open and not saved. A path
/// that only an overlay has is there.
///
/// # Errors
/// When one of the paths is not there.
pub fn load_over(paths: &[PathBuf], includes: &[PathBuf], overlays: &Overlays) -> Result<Loaded, NoSuchPath> {
    load_walked(paths, includes, overlays, |_| {}, &mut |_, _| {})
}

/// Loads; `more` may add to the files that are named by `paths`.
fn load_walked(
    paths: &[PathBuf],
    includes: &[PathBuf],
    overlays: &Overlays,
    more: impl FnOnce(&mut Walk),
    tell: &mut dyn FnMut(usize, usize),
) -> Result<Loaded, NoSuchPath> {
    for path in paths.iter().chain(includes) {
        // A dangling link is there; what it leads to is not, which reading it will tell.
        if path.symlink_metadata().is_err() && overlays.get(&overlay::canonical(path)).is_none() {
            return Err(NoSuchPath { path: path.clone() });
        }
    }
    let mut loaded = Loaded { has_includes: !includes.is_empty(), ..Loaded::default() };
    let mut budget = Budget::new(overlays);
    let mut walk = Walk::default();
    paths.iter().for_each(|path| walk.root(path));
    more(&mut walk);
    walk.found.sort_by(|one, other| one.name.cmp(&other.name));
    loaded.report.append(std::mem::take(&mut walk.report));
    let all = walk.found.len();
    for (index, found) in std::mem::take(&mut walk.found).into_iter().enumerate() {
        let text = read::read(&found, &mut budget);
        loaded.take(found, text);
        tell(index + 1, all);
    }
    if loaded.files.is_empty() && !loaded.report.has_errors() {
        loaded.report.push(no_contracts(paths));
    }
    imports::load(&mut loaded, walk, includes, &mut budget);
    locks::load(&mut loaded, &mut budget);
    Ok(loaded)
}

/// Loads one text that is no file: the standard input. `name` is what diagnostics call it.
pub fn load_text(name: &str, text: impl Read) -> Loaded {
    let mut loaded = Loaded::default();
    let found = Found { path: PathBuf::from(name), name: name.to_owned(), canonical: PathBuf::from(name) };
    loaded.take(found, read::read_from(text, &mut Budget::default()));
    loaded
}

fn no_contracts(paths: &[PathBuf]) -> Diagnostic {
    let names: Vec<_> = paths.iter().map(|path| format!("`{}`", walk::display_name(path))).collect();
    Diagnostic::nowhere(&codes::NO_CONTRACTS, format!("no contract below {}", names.join(", ")))
        .help("contracts are files that end in `.loom`")
}

impl Loaded {
    /// Takes numbers from locks alone: a lock that is missing where numbers travel, or is not up to date, is an error then.
    #[must_use]
    pub fn locked(mut self, wants_locks: bool) -> Loaded {
        self.wants_locks = wants_locks;
        self
    }

    /// What reading and parsing had to say.
    pub fn report(&self) -> &Diagnostics {
        &self.report
    }

    /// Whether this file's text is broken: it could not be read as what it should be, or has syntax errors.
    pub fn is_broken(&self, file: FileId) -> bool {
        let here = |it: &Diagnostic| it.severity == Severity::Error && it.span().is_some_and(|span| span.file == file);
        self.broken.contains(&file) || self.report.iter().any(here)
    }

    /// Parses a file that is reported on, or says why it cannot be read.
    fn take(&mut self, found: Found, text: Result<String, Problem>) {
        let problem = match text {
            Ok(text) => return self.add(found, text, false),
            Err(problem) => problem,
        };
        let file = self.sources.add(&found.name, problem.text.clone());
        self.lossy.insert(file);
        self.report.push(problem.diagnostic(file));
        if !problem.text.is_empty() {
            // Its names are known, so that nobody misses them; its own mistakes may be the encoding's.
            let (tree, _) = syntax::parse(file, self.sources[file].text());
            self.push(found, tree, false);
        }
    }

    fn add(&mut self, found: Found, text: String, imported: bool) {
        let file = self.sources.add(&found.name, text);
        let (tree, said) = syntax::parse(file, self.sources[file].text());
        match imported {
            false => self.report.append(said),
            true if said.has_errors() => drop(self.broken.insert(file)),
            true => {}
        }
        self.push(found, tree, imported);
    }

    fn push(&mut self, found: Found, tree: SyntaxTree, imported: bool) {
        let folder = found.canonical.parent().unwrap_or(Path::new("")).to_string_lossy().into_owned();
        self.files.push(LoadedFile { path: found.path, canonical: found.canonical, tree, folder, imported });
    }
}
