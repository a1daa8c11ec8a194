//! `wireloom check --fix`: fixes applied and contracts read again, until nothing more changes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use wireloom_codegen::build::write;
use wireloom_codegen::load::{Loaded, NoSuchPath};
use wireloom_idl::Diagnostics;

use crate::args::Check;
use crate::console::Console;
use crate::report;

/// How often contracts are read. A fix may uncover another mistake, hardly ever more than a few times; two fixes that undo each
/// other end here.
const ROUNDS_MAX: usize = 32;

/// What was mended.
#[derive(Default)]
pub(super) struct Mended {
    fixes: usize,
    files: BTreeSet<PathBuf>,
}

impl Mended {
    pub(super) fn note(&self, console: &mut Console) {
        if self.fixes > 0 {
            let (fixes, files) = (report::counted(self.fixes, "mistake"), report::counted(self.files.len(), "file"));
            console.note(&format!("mended {fixes} in {files}"));
        }
    }
}

/// The contracts and what is left to say about them once no fix changes anything.
pub(super) fn until_done(args: &Check, mended: &mut Mended) -> Result<(Loaded, Diagnostics), NoSuchPath> {
    let (mut loaded, mut said) = super::checked(args)?;
    for _ in 0..ROUNDS_MAX {
        let (files, applied) = loaded.fixed(&said);
        if files.is_empty() {
            break;
        }
        let mut failures = Diagnostics::new();
        for file in files {
            match write(&file.path, &file.text) {
                Ok(_) => drop(mended.files.insert(file.path)),
                Err(error) => failures.push(report::unwritable(&file.path, &error)),
            }
        }
        if failures.has_errors() {
            said.append(failures);
            break;
        }
        mended.fixes += applied;
        (loaded, said) = super::checked(args)?;
    }
    Ok((loaded, said))
}
