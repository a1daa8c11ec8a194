//! Allowances of a run: `loom.allow` of each folder that is reported on, and files that are named beside.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wireloom_idl::{Diagnostics, FileId};

use super::read::{self, Budget};
use super::walk::{Found, display_name};
use super::{Loaded, NoSuchPath};
use crate::compat::Allowances;

/// The name of the file, in the folder of its package.
const NAME: &str = "loom.allow";

impl Loaded {
    /// Reads what may break: beside the packages, and in these files.
    ///
    /// # Errors
    /// When one of the files is not there.
    pub fn allowances(&mut self, named: &[PathBuf]) -> Result<(Allowances, Diagnostics), NoSuchPath> {
        if let Some(missing) = named.iter().find(|path| path.symlink_metadata().is_err()) {
            return Err(NoSuchPath { path: missing.clone() });
        }
        let own = self.files.iter().filter(|file| !file.imported);
        let beside: BTreeSet<PathBuf> = own.map(|file| file.path.with_file_name(NAME)).collect();
        let beside = beside.into_iter().filter(|path| path.symlink_metadata().is_ok());
        let (mut all, mut report, mut budget) = (Allowances::default(), Diagnostics::new(), Budget::default());
        for path in beside.chain(named.iter().cloned()) {
            match self.text_of(&path, &mut budget) {
                Ok(file) => {
                    let (lines, said) = Allowances::parse(file, self.sources[file].text());
                    all.append(lines);
                    report.append(said);
                }
                Err(said) => report.append(said),
            }
        }
        Ok((all, report))
    }

    fn text_of(&mut self, path: &Path, budget: &mut Budget) -> Result<FileId, Diagnostics> {
        let found = Found { name: display_name(path), canonical: path.to_owned(), path: path.to_owned() };
        let problem = match read::read(&found, budget) {
            Ok(text) => return Ok(self.sources.add(&found.name, text)),
            Err(problem) => problem,
        };
        let file = self.sources.add(&found.name, problem.text.clone());
        let mut report = Diagnostics::new();
        report.push(problem.diagnostic(file));
        Err(report)
    }
}
