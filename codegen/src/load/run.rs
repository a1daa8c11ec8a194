//! From loaded files on: the compiler's phases over them, and what is said of which file.

use std::collections::{BTreeMap, HashMap, HashSet};

use wireloom_idl::lower::{LowerOptions, SourceTree, lower};
use wireloom_idl::{Contract, Diagnostic, Diagnostics, FileId, Severity, SourceMap, Span};

use super::{Loaded, LoadedFile, codes};
use crate::{Files, Options, Views, Wire, Wires, target};

/// Contracts that have been lowered and bound, so that different files can be made of them.
#[derive(Debug)]
pub struct Bound<'l> {
    sources: &'l SourceMap,
    contract: Contract,
    views: Views,
    wires: Wires,
}

impl Bound<'_> {
    /// What the options ask for, over the wires that the contracts were bound for.
    pub fn files(&self, options: &Options) -> Files {
        let options = &Options { wires: self.wires, ..options.clone() };
        target::files(&target::Input { contract: &self.contract, sources: self.sources, views: &self.views, options })
    }
}

impl Loaded {
    /// Lowers all files to one contract, with the numbers of its locks; the diagnostics are all of them so far, sorted.
    pub fn lower(&self) -> (Contract, Diagnostics) {
        let mut options = LowerOptions::default();
        options.locked = self.locks.keys().cloned().collect();
        let (mut contract, lowered) = lower(&self.sources, &self.trees(false), &options);
        let mut report = self.report.clone();
        report.append(lowered);
        report.append(self.number(&mut contract));
        // What parsing and numbering say may be allowed as well as what comes of lowering.
        report.retain(|diagnostic| !contract.allowances.cover(diagnostic));
        if self.files.iter().any(|file| file.imported) {
            // Lowering is silent on imported files, but a contract that leans on a broken one is not sound either.
            let (_, everything) = lower(&self.sources, &self.trees(true), &options);
            report.append(self.broken_imports(&everything));
        }
        report.sort();
        (contract, report)
    }

    /// Everything there is to say about the contracts, sorted. No build is looked at, so no wire counts as one that nobody asked for.
    pub fn check(&self) -> Diagnostics {
        self.check_contract().1
    }

    /// The same, with the contract: what is sound of it, where there are errors.
    pub fn check_contract(&self) -> (Contract, Diagnostics) {
        let (contract, mut report) = self.lower();
        if !report.has_errors() {
            report.append(self.unlocked(&contract));
        }
        report.append(self.reported(crate::check(&contract, Wires::of(Wire::ALL.iter().copied()))));
        if !report.has_errors() && !contract.allowances.is_empty() {
            // A build that asks for fewer wires hears more, which may be allowed for its sake.
            crate::bind::allow_fewer_wires(&contract);
            report.append(contract.allowances.unused(&self.sources, &crate::all_codes()));
        }
        report.sort();
        (contract, report)
    }

    /// Generates what the options ask for: nothing where there are errors. The diagnostics are those of
    /// [`Loaded::check`], and what the contracts bind to wires that the options do not ask for.
    pub fn generate(&self, options: &Options) -> (Files, Diagnostics) {
        let (bound, report) = self.bind(options.wires);
        (bound.map_or_else(Files::new, |bound| bound.files(options)), report)
    }

    /// Does all of [`Loaded::generate`] that goes before files are made; nothing to make them of where there are errors.
    pub fn bind(&self, wires: Wires) -> (Option<Bound<'_>>, Diagnostics) {
        let (contract, mut report) = self.lower();
        if !report.has_errors() {
            report.append(self.unlocked(&contract));
        }
        let (views, said) = crate::bind::bind(&contract, wires);
        let is_sound = !report.has_errors() && !said.has_errors();
        report.append(self.reported(said));
        report.sort();
        (is_sound.then_some(Bound { sources: &self.sources, contract, views, wires }), report)
    }

    /// Takes out what stands in files that are only imported from; where that is an error, the import is told instead.
    pub(super) fn reported(&self, diagnostics: Diagnostics) -> Diagnostics {
        let mut reported = self.broken_imports(&diagnostics);
        let imported = self.imported();
        reported.extend(diagnostics.into_iter().filter(|it| it.span().is_none_or(|at| !imported.contains(&at.file))));
        reported.sort();
        reported
    }

    pub(super) fn trees(&self, report_on_all: bool) -> Vec<SourceTree<'_>> {
        let files = self.files.iter();
        files
            .map(|file| SourceTree {
                tree: &file.tree,
                folder: &file.folder,
                imported: file.imported && !report_on_all,
            })
            .collect()
    }

    /// One error for each package that was read for imports and has errors, at the import of it.
    fn broken_imports(&self, diagnostics: &Diagnostics) -> Diagnostics {
        let errors = diagnostics.iter().filter(|it| it.severity == Severity::Error);
        let (imported, mut broken) = (self.imported(), self.broken.clone());
        broken.extend(errors.filter_map(Diagnostic::span).map(|at| at.file).filter(|file| imported.contains(file)));
        if broken.is_empty() {
            return Diagnostics::new();
        }
        let files = self.files.iter().filter(|file| broken.contains(&file.tree.file));
        let packages: BTreeMap<String, &LoadedFile> =
            files.map(|file| (file.package().unwrap_or_default(), file)).collect();
        let mut firsts: HashMap<String, Span> = HashMap::new();
        for import in self.files.iter().filter(|file| !file.imported).flat_map(LoadedFile::imports) {
            firsts.entry(import.path.text()).or_insert(import.path.span);
        }
        let mut report = Diagnostics::new();
        for (package, file) in packages {
            let message = format!("package `{package}` has errors of its own");
            let diagnostic = match firsts.get(&package) {
                Some(&import) => Diagnostic::new(&codes::BROKEN_IMPORT, import, message),
                None => Diagnostic::nowhere(&codes::BROKEN_IMPORT, message),
            };
            report
                .push(diagnostic.help(format!("`wireloom check {}` tells them", self.sources[file.tree.file].name())));
        }
        report
    }

    /// The files that are only imported from.
    fn imported(&self) -> HashSet<FileId> {
        self.files.iter().filter(|file| file.imported).map(|file| file.tree.file).collect()
    }
}
