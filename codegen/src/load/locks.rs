//! The locks of a run: `loom.lock` of each folder that contracts were read from, and what a package's should be.
//!
//! A package without a lock is numbered in order, which is said where a wire that has numbers is bound. What the lines of a
//! lock mean is [`wireloom_idl::lock`]'s business.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use wireloom_idl::contract::{Package, PackageId};
use wireloom_idl::editor::Numbered;
use wireloom_idl::lock::{self, Lock};
use wireloom_idl::{Contract, Diagnostic, Diagnostics, FileId, Severity};

use super::read::{self, Budget};
use super::walk::{Found, display_name};
use super::{Loaded, LoadedFile, NoSuchPath, codes};
use crate::Wire;

/// The name of a lock, in the folder of its package.
pub(super) const NAME: &str = "loom.lock";

/// A lock that is there.
#[derive(Debug)]
pub(super) struct FolderLock {
    path: PathBuf,
    file: FileId,
    /// What could be read of it.
    lock: Lock,
    /// What reading it had to say.
    report: Diagnostics,
}

/// Where a package lies.
struct Home<'l> {
    /// The first of its files: all of them lie in one folder.
    file: &'l LoadedFile,
    /// How many contracts of it are loaded.
    there: usize,
}

impl Home<'_> {
    /// Whether all contracts of the folder are there; only then what its lock has too much is gone.
    fn is_whole(&self) -> bool {
        super::walk::contracts_in(Path::new(&self.file.folder)) == self.there
    }
}

/// A lock as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockFile {
    /// Where it belongs.
    pub path: PathBuf,
    /// The same as it is shown.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Loads like [`load`](super::load()), but of each package all the files that lie beside those that are named: whoever
/// writes a lock must see the whole package. Tells after each file how many are read, and how many there are.
///
/// # Errors
/// When one of the paths is not there.
pub fn load_packages(
    paths: &[PathBuf],
    includes: &[PathBuf],
    tell: &mut dyn FnMut(usize, usize),
) -> Result<Loaded, NoSuchPath> {
    super::load_walked(paths, includes, &super::Overlays::default(), super::walk::Walk::beside, tell)
}

/// Reads the locks beside the files that are there.
pub(super) fn load(loaded: &mut Loaded, budget: &mut Budget<'_>) {
    let mut seen = BTreeSet::new();
    for index in 0..loaded.files.len() {
        let file = &loaded.files[index];
        if !seen.insert(file.folder.clone()) {
            continue;
        }
        let path = place(file);
        if path.symlink_metadata().is_err() {
            continue;
        }
        let (folder, imported, contract) = (file.folder.clone(), file.imported, file.tree.file);
        let lock = read_lock(loaded, path, budget);
        if imported && lock.report.has_errors() {
            loaded.broken.insert(contract);
        }
        loaded.locks.insert(folder, lock);
    }
}

fn read_lock(loaded: &mut Loaded, path: PathBuf, budget: &mut Budget<'_>) -> FolderLock {
    let found = Found { name: display_name(&path), canonical: path.clone(), path: path.clone() };
    match read::read(&found, budget) {
        Ok(text) => {
            let file = loaded.sources.add(&found.name, text);
            let (lock, report) = Lock::parse(file, loaded.sources[file].text());
            FolderLock { path, file, lock, report }
        }
        Err(problem) => {
            let file = loaded.sources.add(&found.name, problem.text.clone());
            loaded.lossy.insert(file);
            let mut report = Diagnostics::new();
            report.push(problem.diagnostic(file).help("take it from version control again: `wireloom lock` wrote it"));
            FolderLock { path, file, lock: Lock::default(), report }
        }
    }
}

/// Where the lock of a contract's folder lies: named as the contract is, unless that is a link out of another folder.
fn place(contract: &LoadedFile) -> PathBuf {
    let beside = contract.path.with_file_name(NAME);
    let folder = beside.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match folder.canonicalize() {
        Ok(folder) if folder.to_string_lossy() != contract.folder => Path::new(&contract.folder).join(NAME),
        _ => beside,
    }
}

impl Loaded {
    /// What the lock of a package says, if it has one.
    pub fn lock_of(&self, package: &Package) -> Option<&Lock> {
        Some(&self.locks.get(&self.file_of(package)?.folder)?.lock)
    }

    /// Where the locks lie that were read.
    pub fn lock_paths(&self) -> impl Iterator<Item = &Path> {
        self.locks.values().map(|lock| lock.path.as_path())
    }

    /// The locks that the packages should have, but for those that are only imported from: none where there are errors. What a
    /// wire refuses changes no number, so only the language's errors count. A package without numbers needs no lock.
    pub fn locks(&self) -> (Vec<LockFile>, Diagnostics) {
        let (contract, report) = self.lower();
        let mut files = Vec::new();
        if !report.has_errors() {
            let homes = self.homes();
            for (id, package) in contract.packages().filter(|(_, package)| !package.imported) {
                let Some(Home { file, .. }) = homes.get(&package.name) else { continue };
                let there = self.locks.get(&file.folder);
                let wanted = lock::updated(&contract, id, there.map_or(&Lock::default(), |it| &it.lock));
                if there.is_some() || !wanted.is_empty() {
                    let path = there.map_or_else(|| place(file), |it| it.path.clone());
                    files.push(LockFile { name: display_name(&path), path, text: wanted.to_string() });
                }
            }
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        (files, report)
    }

    /// The locks of the packages of a contract that these files were lowered to.
    pub fn package_locks(&self, contract: &Contract) -> BTreeMap<PackageId, &Lock> {
        self.locks_of(contract).into_iter().map(|(id, it)| (id, &it.lock)).collect()
    }

    /// Puts the numbers of the locks into a contract.
    pub(super) fn number(&self, contract: &mut Contract) -> Diagnostics {
        let locks = self.locks_of(contract);
        let mut report = Diagnostics::new();
        // Without locks the numbers are in order, as lowering gave them.
        if !locks.is_empty() {
            let (numbers, said) = lock::assign(contract, &locks.iter().map(|(&id, it)| (id, &it.lock)).collect());
            contract.numbers = numbers;
            report.append(self.reported(said));
        }
        report.extend(self.reported_locks().flat_map(|it| it.report.iter().cloned()));
        report
    }

    /// What keeps the numbers of a contract without errors from lasting: locks that are not there, or lack something.
    pub(super) fn unlocked(&self, contract: &Contract) -> Diagnostics {
        let locks = self.locks_of(contract);
        let is_numbered = |word: &str| Wire::named(word).is_some_and(Wire::is_numbered);
        let has_numbers = reported(contract)
            .any(|(_, package)| package.bindings.iter().any(|binding| is_numbered(&binding.wire.text)));
        let homes = self.homes();
        // Text that is no file has no place for a lock.
        let has_place = |package: &Package| homes.get(&package.name).is_some_and(|home| !home.file.folder.is_empty());
        let mut report = Diagnostics::new();
        for (id, package) in reported(contract) {
            let wants_lock = || has_place(package) && !lock::updated(contract, id, &Lock::default()).is_empty();
            match locks.get(&id) {
                Some(it) => report.extend(lock::stale(contract, id, &it.lock, homes[&package.name].is_whole())),
                None if has_numbers && wants_lock() => report.push(no_lock(package)),
                None => {}
            }
        }
        if self.wants_locks {
            let mut errors = Diagnostics::new();
            errors.extend(report.into_iter().map(|it| Diagnostic { severity: Severity::Error, ..it }));
            return errors;
        }
        report.retain(|diagnostic| !contract.allowances.cover(diagnostic));
        report
    }

    fn locks_of(&self, contract: &Contract) -> BTreeMap<PackageId, &FolderLock> {
        if self.locks.is_empty() {
            return BTreeMap::new();
        }
        let homes = self.homes();
        let of = |(id, package): (_, &Package)| Some((id, self.locks.get(&homes.get(&package.name)?.file.folder)?));
        contract.packages().filter_map(of).collect()
    }

    /// Where each package lies, by its name.
    fn homes(&self) -> HashMap<String, Home<'_>> {
        let mut there: HashMap<&str, usize> = HashMap::new();
        self.files.iter().for_each(|file| *there.entry(&file.folder).or_default() += 1);
        let mut homes = HashMap::new();
        for file in &self.files {
            let Some(package) = file.package() else { continue };
            homes.entry(package).or_insert_with(|| Home { file, there: there[file.folder.as_str()] });
        }
        homes
    }

    /// A file of that package: all of them lie in one folder.
    fn file_of(&self, package: &Package) -> Option<&LoadedFile> {
        self.files.iter().find(|file| file.package().as_ref() == Some(&package.name))
    }

    /// Where a lock lies that is reported on.
    pub(super) fn own_lock_path(&self, file: FileId) -> Option<&Path> {
        self.reported_locks().find(|lock| lock.file == file).map(|lock| lock.path.as_path())
    }

    /// Locks in folders that are reported on.
    fn reported_locks(&self) -> impl Iterator<Item = &FolderLock> {
        let own = self.files.iter().filter(|file| !file.imported).map(|file| file.folder.as_str());
        let own: HashSet<&str> = own.collect();
        self.locks.iter().filter(move |(folder, _)| own.contains(folder.as_str())).map(|(_, lock)| lock)
    }
}

impl Numbered for Loaded {
    fn lists(&self, package: &str, name: &str) -> Option<bool> {
        let file = self.files.iter().find(|file| file.package().as_deref() == Some(package))?;
        Some(self.locks.get(&file.folder)?.lock.lists(name))
    }
}

fn reported(contract: &Contract) -> impl Iterator<Item = (PackageId, &Package)> {
    contract.packages().filter(|(_, package)| !package.imported)
}

fn no_lock(package: &Package) -> Diagnostic {
    let message = format!("the numbers of `{}` are not locked: they follow the order of the contract", package.name);
    Diagnostic::new(&codes::NO_LOCK, package.at, message)
        .help("run `wireloom lock` before anything ships, and commit it")
}
