//! Lowering: syntax trees in, a checked [`Contract`] and all that is wrong out.
//!
//! It runs in phases, each over everything before the next begins: packages and their order ([`packages`]), names
//! ([`collect`], [`scope`]), the shapes of types ([`shapes`], [`resolve`], [`derive`]), what their fields demand
//! ([`fields`], [`constraints`], [`values`]), whole-type checks ([`checks`]), services ([`services`]), bindings
//! ([`bindings`]) and examples ([`examples`]). No phase stops: what is broken is reported once, stands as a placeholder
//! ([`broken`]) that satisfies every further check, and ends as `json` in a contract nobody generates from.
//!
//! It reads no file, gives numbers in order only ([`crate::numbers`]; those of a lock are put in their place by
//! [`crate::lock`]) and does not read the clauses of wires.

mod allow;
mod annotations;
mod bindings;
mod broken;
mod checks;
mod clauses;
mod collect;
mod constraints;
mod derive;
mod edits;
mod examples;
mod fields;
mod foreign;
mod former;
mod generics;
mod handlers;
mod members;
mod naming;
mod operations;
mod packages;
mod paths;
mod pattern;
mod policies;
mod resolve;
mod scope;
mod services;
mod shapes;
mod sheets;
mod suggest;
mod values;

pub use bindings::{MESSAGING, WIRES};
pub(crate) use clauses::SCHEMES;
pub use policies::WORDS as POLICY_WORDS;
pub use suggest::nearest;
pub(crate) use values::scalar::{is_multiple_of, order};
pub use values::text::is_date;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use crate::contract::{Contract, Package, PackageId, Type, TypeDef, TypeId};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::numbers::Numbers;
use crate::source::{SourceMap, Span};
use crate::syntax::tree;

/// One file to lower.
#[derive(Clone, Copy, Debug)]
pub struct SourceTree<'a> {
    /// What was read from it.
    pub tree: &'a tree::SyntaxTree,
    /// The folder it lies in, in whatever form the caller names folders: files of one folder have equal ones.
    pub folder: &'a str,
    /// Whether it is there only for others to import from (`-I`); nothing is reported on it.
    pub imported: bool,
}

/// What may differ between runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LowerOptions {
    /// How many instances one generic may have.
    pub instances_max: usize,
    /// The folders, as [`SourceTree::folder`] names them, that have a lock: what is declared there has shipped.
    pub locked: BTreeSet<String>,
}

impl Default for LowerOptions {
    fn default() -> LowerOptions {
        LowerOptions { instances_max: 1_000, locked: BTreeSet::new() }
    }
}

/// Lowers files to one contract: everything sound is in it, everything else in the diagnostics, sorted.
///
/// The order of `files` does not matter: they are taken by name.
pub fn lower(sources: &SourceMap, files: &[SourceTree<'_>], options: &LowerOptions) -> (Contract, Diagnostics) {
    let mut lowering = Lowering::new(sources, files, options);
    lowering.collect();
    lowering.lower_types();
    lowering.lower_services();
    lowering.check_types();
    lowering.lower_bindings();
    lowering.lower_examples();
    lowering.lower_loose_annotations();
    lowering.check_former_names();
    lowering.check_naming();
    lowering.report_unused_imports();
    lowering.finish()
}

/// The state of a run: what is known so far, read and extended by every phase.
struct Lowering<'a> {
    sources: &'a SourceMap,
    options: &'a LowerOptions,
    /// By name.
    files: Vec<scope::File<'a>>,
    /// Imported ones before those that import them, else by name.
    packages: Vec<scope::PackageScope<'a>>,
    /// Every type, shaped or not; a [`TypeId`] counts into it.
    types: Vec<TypeDef>,
    /// Beside `types`: where each comes from and how far it is.
    sheets: Vec<sheets::Sheet<'a>>,
    /// Types asked for and not yet shaped.
    pending: VecDeque<TypeId>,
    /// Types before this one have had their fields' demands lowered.
    conditioned: usize,
    generics: Vec<resolve::Generic<'a>>,
    instances: HashMap<(usize, Vec<Type>), TypeId>,
    derived: derive::Derived,
    /// Names of made types, by package, so that clashes are found.
    made_names: BTreeMap<(PackageId, String), TypeId>,
    /// How deep spreads and scalars of scalars are nested right now.
    depth: usize,
    services: Vec<services::ServiceSheet<'a>>,
    finished: Vec<PackageParts>,
    suggestions: suggest::Budget,
    /// What was said inside of generics, so that no instance repeats it.
    said_in_generics: HashSet<(&'static str, Option<Span>)>,
    report: Diagnostics,
}

/// What becomes of a package beside its types.
#[derive(Default)]
struct PackageParts {
    services: Vec<crate::contract::Service>,
    bindings: Vec<crate::contract::Binding>,
    examples: Vec<crate::contract::Example>,
    annotations: Vec<crate::contract::Annotation>,
}

impl<'a> Lowering<'a> {
    fn new(sources: &'a SourceMap, files: &[SourceTree<'a>], options: &'a LowerOptions) -> Lowering<'a> {
        let mut report = Diagnostics::new();
        let (files, packages) = packages::group(sources, files, &mut report);
        let finished = packages.iter().map(|_| PackageParts::default()).collect();
        Lowering {
            sources,
            options,
            files,
            packages,
            types: Vec::new(),
            sheets: Vec::new(),
            pending: VecDeque::new(),
            conditioned: 0,
            generics: Vec::new(),
            instances: HashMap::new(),
            derived: derive::Derived::default(),
            made_names: BTreeMap::new(),
            depth: 0,
            services: Vec::new(),
            finished,
            suggestions: suggest::Budget::default(),
            said_in_generics: HashSet::new(),
            report,
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    /// The definition behind a name; none behind a placeholder or anything without a name.
    fn def(&self, ty: &Type) -> Option<&TypeDef> {
        match ty {
            Type::Named(id) => self.types.get(id.0 as usize),
            _ => None,
        }
    }

    fn finish(mut self) -> (Contract, Diagnostics) {
        let allowances = self.allowances();
        self.report.retain(|diagnostic| !allowances.cover(diagnostic));
        self.drop_imported();
        self.report.sort();
        let generics = self.generics_by_package();
        broken::mend(&mut self.types, &mut self.finished);
        let mut by_package: Vec<Vec<TypeId>> = self.packages.iter().map(|_| Vec::new()).collect();
        let (declared, made): (Vec<_>, Vec<_>) =
            self.types.iter().zip(&self.sheets).partition(|(_, sheet)| sheet.is_declared());
        for (def, _) in declared.into_iter().chain(made) {
            by_package[def.package.0 as usize].push(def.id);
        }
        let packages = self.packages.iter().zip(self.finished).zip(by_package).zip(generics);
        let packages = packages.map(|(((scope, parts), types), generics)| Package {
            name: scope.name.clone(),
            version: scope.version,
            docs: scope.docs.clone(),
            annotations: crate::contract::Annotations(parts.annotations),
            imported: scope.imported,
            types,
            generics,
            services: parts.services,
            bindings: parts.bindings,
            examples: parts.examples,
            files: scope.files.iter().map(|&file| self.sources[self.files[file].tree.file].name().to_owned()).collect(),
            at: scope.at,
        });
        let mut contract =
            Contract { packages: packages.collect(), types: self.types, allowances, ..Contract::default() };
        contract.numbers = Numbers::in_order(&contract);
        (contract, self.report)
    }

    /// Whether the package of a file has a lock.
    fn has_lock(&self, file: scope::FileIndex) -> bool {
        self.options.locked.contains(self.files[file].folder)
    }

    /// What stands in a file that was only imported is not reported on.
    fn drop_imported(&mut self) {
        let quiet: HashSet<_> = self.files.iter().filter(|file| file.imported).map(|file| file.tree.file).collect();
        if !quiet.is_empty() {
            self.report.retain(|diagnostic| diagnostic.span().is_none_or(|span| !quiet.contains(&span.file)));
        }
    }
}

/// The words of a piece of text: what a broken declaration may have been about to declare.
fn words(sources: &SourceMap, span: Span) -> impl Iterator<Item = &str> {
    sources
        .text(span)
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}
