//! `wireloom check --fix`: fixes applied and contracts read again, until nothing more changes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use wireloom_codegen::build::Staged;
use wireloom_codegen::load::{AppliedFix, FixedFile, Loaded, NoSuchPath};
use wireloom_idl::Diagnostics;

use crate::args::Check;
use crate::console::Console;
use crate::report;

/// How often contracts are read. A fix may uncover another mistake, hardly ever more than a few times; two fixes that undo each
/// other end here.
const ROUNDS_MAX: usize = 32;

/// What was mended, each at its place in the text that was read then.
#[derive(Default)]
pub(super) struct Mended {
    fixes: Vec<AppliedFix>,
    files: BTreeSet<PathBuf>,
}

impl Mended {
    pub(super) fn note(&self, console: &mut Console) {
        for AppliedFix { place, title, code } in &self.fixes {
            console.note(&format!("{place}: {title} ({code})"));
        }
        if !self.fixes.is_empty() {
            let (fixes, files) =
                (report::counted(self.fixes.len(), "mistake"), report::counted(self.files.len(), "file"));
            console.note(&format!("mended {fixes} in {files}"));
        }
    }
}

/// The contracts and what is left to say about them once no fix changes anything; `wrote` is called whenever files were written,
/// before they are read again.
pub(super) fn until_done(
    args: &Check,
    mended: &mut Mended,
    wrote: &mut dyn FnMut(),
) -> Result<(Loaded, Diagnostics), NoSuchPath> {
    let (mut loaded, mut said) = super::checked(args)?;
    for _ in 0..ROUNDS_MAX {
        let (files, applied) = loaded.fixed(&said);
        if files.is_empty() {
            break;
        }
        let failures = write_all(&files);
        if failures.has_errors() {
            said.append(failures);
            break;
        }
        wrote();
        mended.fixes.extend(applied);
        mended.files.extend(files.into_iter().map(|file| file.path));
        (loaded, said) = super::checked(args)?;
    }
    Ok((loaded, said))
}

/// Writes all files or none, since a fix may change several: each beside its place, and once all are there they are put into it.
fn write_all(files: &[FixedFile]) -> Diagnostics {
    let mut failures = Diagnostics::new();
    let mut ready = Vec::new();
    for file in files {
        match Staged::new(&file.path, &file.text) {
            Ok(staged) => ready.extend(staged.map(|staged| (file, staged))),
            Err(error) => failures.push(report::unwritable(&file.path, &error)),
        }
    }
    if failures.has_errors() {
        return failures;
    }
    for (file, staged) in ready {
        if let Err(error) = staged.place() {
            failures.push(report::unwritable(&file.path, &error));
            break;
        }
    }
    failures
}
