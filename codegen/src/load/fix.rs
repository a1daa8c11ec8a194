//! Fixes of a run: which files change where they are applied, and how.
//!
//! Contracts and locks that are only imported from are never among them, and neither is a file whose text could not be read
//! as it is. Nothing is written here.

use std::path::{Path, PathBuf};

use wireloom_idl::diagnostic::fix;
use wireloom_idl::{Diagnostic, Diagnostics, FileId, Severity};

use super::Loaded;

/// A file with fixes applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its new text.
    pub text: String,
}

/// A fix that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedFix {
    /// Where that stood which it mends, in the text as it was: `shop.loom:4:3`.
    pub place: String,
    /// What it does: "insert `public`".
    pub title: String,
    /// What it mends.
    pub code: &'static str,
}

impl Loaded {
    /// The files that change where the fixes of these diagnostics are applied, and the fixes that were, in the order of their places;
    /// those that get in each other's way are left for another run.
    pub fn fixed(&self, report: &Diagnostics) -> (Vec<FixedFile>, Vec<AppliedFix>) {
        let fixable = |it: &&Diagnostic| {
            let mut edits = it.fix.iter().flat_map(|fix| &fix.edits);
            edits.all(|edit| self.own_path(edit.span.file).is_some())
        };
        let mut mended: Vec<&Diagnostic> = report.iter().filter(fixable).collect();
        // Errors first: what mends one may mend a warning as well.
        mended.sort_by_key(|it| it.severity != Severity::Error);
        mended.retain(|it| it.fix.is_some());
        let fixed = fix::apply(mended.iter().filter_map(|it| it.fix.as_ref()), &self.sources);
        let files = fixed.texts.into_iter().filter(|(file, text)| self.sources[*file].text() != text);
        let files = files.filter_map(|(file, text)| Some(FixedFile { path: self.own_path(file)?.to_owned(), text }));
        let mut applied: Vec<&Diagnostic> =
            fixed.applied.iter().filter_map(|&number| mended.get(number).copied()).collect();
        applied.sort_by_key(|it| it.span());
        (files.collect(), applied.into_iter().filter_map(|it| self.applied(it)).collect())
    }

    fn applied(&self, mended: &Diagnostic) -> Option<AppliedFix> {
        let (fix, span) = (mended.fix.as_ref()?, mended.span()?);
        let source = &self.sources[span.file];
        let at = source.line_column(span.start);
        let place = format!("{}:{}:{}", source.name(), at.line, at.column);
        Some(AppliedFix { place, title: fix.title.clone(), code: mended.code.name })
    }

    /// Where a file lies that is reported on and was read as it is.
    fn own_path(&self, file: FileId) -> Option<&Path> {
        if self.lossy.contains(&file) {
            return None;
        }
        let contract = self.files.iter().find(|it| it.tree.file == file && !it.imported).map(|it| it.path.as_path());
        contract.or_else(|| self.own_lock_path(file))
    }
}
