//! What belongs together: the contracts below one folder, loaded with what is open before what is on the disk.
//!
//! A keystroke replaces one text in what is loaded; only when files come or go is everything loaded anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use wireloom_codegen::WireClauses;
use wireloom_codegen::load::{self, Loaded, LoadedFile, Overlays};
use wireloom_idl::editor::Names;
use wireloom_idl::{Contract, Diagnostics, FileId};

use super::documents::Documents;

/// One run of the compiler, kept.
#[derive(Debug)]
pub(super) struct Project {
    /// The folder, or the one file.
    root: PathBuf,
    includes: Vec<PathBuf>,
    loaded: Loaded,
    contract: Contract,
    report: Diagnostics,
    /// Whether texts have changed since the report was made.
    stale: bool,
    /// Whether everything is to be loaded anew.
    outdated: bool,
    /// Files whose diagnostics are told with the next news, changed or not: those that were edited.
    edited: BTreeSet<PathBuf>,
    is_unpublished: bool,
    /// What was told last, by file, so that only news is told.
    told: BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>>,
    told_lines: Vec<String>,
}

impl Project {
    pub(super) fn new(root: PathBuf, includes: Vec<PathBuf>) -> Project {
        Project {
            root,
            includes,
            loaded: Loaded::default(),
            contract: Contract::default(),
            report: Diagnostics::new(),
            stale: true,
            outdated: true,
            edited: BTreeSet::new(),
            is_unpublished: true,
            told: BTreeMap::new(),
            told_lines: Vec::new(),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a file would be read for it.
    pub(super) fn reaches(&self, path: &Path) -> bool {
        path.starts_with(&self.root) || self.includes.iter().any(|folder| path.starts_with(folder))
    }

    /// Files have come, gone or changed on the disk.
    pub(super) fn outdate(&mut self) {
        (self.outdated, self.stale, self.is_unpublished) = (true, true, true);
    }

    /// The diagnostics of a file are told with the next news, whether or not they changed.
    pub(super) fn tell_anew(&mut self, path: &Path) {
        self.edited.insert(path.to_owned());
    }

    /// An open text has changed.
    pub(super) fn edit(&mut self, path: &Path, text: &str) {
        (self.stale, self.is_unpublished) = (true, true);
        self.tell_anew(path);
        let file = self.loaded.files.iter().find(|file| file.canonical == path).map(|file| file.tree.file);
        let is_replaced = file.is_some_and(|file| !self.outdated && self.loaded.replace(file, text.to_owned()));
        self.outdated |= !is_replaced;
    }

    pub(super) fn is_unpublished(&self) -> bool {
        self.is_unpublished
    }

    /// What is news of what was found: everything else was told before, and what is found no longer is taken back.
    pub(super) fn tell(
        &mut self,
        found: BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>>,
    ) -> Vec<(PathBuf, Vec<lsp_types::Diagnostic>)> {
        let before = std::mem::take(&mut self.told);
        let edited = std::mem::take(&mut self.edited);
        let gone = before.keys().filter(|path| !found.contains_key(*path)).map(|path| (path.clone(), Vec::new()));
        let mut news: Vec<_> = gone.collect();
        let is_news = |path: &PathBuf, said: &Vec<_>| edited.contains(path) || before.get(path) != Some(said);
        news.extend(
            found.iter().filter(|(path, said)| is_news(path, said)).map(|(path, said)| (path.clone(), said.clone())),
        );
        self.told = found;
        self.is_unpublished = false;
        news
    }

    /// The lines that were not told last time.
    pub(super) fn tell_lines(&mut self, lines: Vec<String>) -> Vec<String> {
        let news = lines.iter().filter(|line| !self.told_lines.contains(line)).cloned().collect();
        self.told_lines = lines;
        news
    }

    /// Whether something is told that was not taken back.
    pub(super) fn has_told(&self) -> bool {
        self.told.values().any(|said| !said.is_empty())
    }

    /// Brings everything up to date.
    pub(super) fn refresh(&mut self, documents: &Documents) {
        if self.outdated {
            self.load(documents);
        }
        if self.stale {
            let before = std::mem::take(&mut self.contract);
            // Giving a large contract back to the system takes longer than a keystroke should wait for.
            std::thread::spawn(move || drop(before));
            (self.contract, self.report) = self.loaded.check_contract();
        }
        (self.outdated, self.stale) = (false, false);
    }

    /// Loads without checking: for questions that the names alone answer.
    pub(super) fn refresh_names(&mut self, documents: &Documents) {
        if self.outdated {
            self.load(documents);
            self.outdated = false;
        }
    }

    fn load(&mut self, documents: &Documents) {
        let mut overlays = Overlays::default();
        let mut paths = vec![self.root.clone()];
        for (path, document) in documents.iter().filter(|(path, _)| self.reaches(path)) {
            overlays.set(path, document.text.clone());
            paths.push(path.clone());
        }
        paths.retain(|path| path.symlink_metadata().is_ok() || documents.get(path).is_some());
        let includes: Vec<PathBuf> = self.includes.iter().filter(|it| it.is_dir()).cloned().collect();
        self.loaded = load::load_over(&paths, &includes, &overlays).unwrap_or_default();
    }

    pub(super) fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    pub(super) fn contract(&self) -> &Contract {
        &self.contract
    }

    pub(super) fn report(&self) -> &Diagnostics {
        &self.report
    }

    pub(super) fn file(&self, path: &Path) -> Option<&LoadedFile> {
        self.loaded.files.iter().find(|file| file.canonical == path)
    }

    /// Where a file of the run lies: a contract, or the lock beside one.
    pub(super) fn path_of(&self, file: FileId) -> PathBuf {
        let contract = self.loaded.files.iter().find(|it| it.tree.file == file);
        contract.map_or_else(|| PathBuf::from(self.loaded.sources[file].name()), |it| it.canonical.clone())
    }

    /// Asks something of all names of the project.
    pub(super) fn with_names<T>(&self, ask: impl FnOnce(&Names<'_>) -> T) -> T {
        let trees = self.loaded.source_trees();
        ask(&Names::new(&self.loaded.sources, &trees, &WireClauses))
    }
}
