//! Another text for one file of a run that is loaded already: what an editor does at every keystroke.

use wireloom_idl::lower::SourceTree;
use wireloom_idl::{FileId, SyntaxTree, syntax};

use super::{Loaded, LoadedFile};

impl Loaded {
    /// All files as lowering wants them.
    pub fn source_trees(&self) -> Vec<SourceTree<'_>> {
        self.trees(false)
    }

    /// Gives a file another text. Only what changed is parsed anew; ids stay what they are.
    ///
    /// False where the run has to be loaded anew, for the file imports something else now and that decides which files
    /// there are.
    #[must_use]
    pub fn replace(&mut self, file: FileId, text: String) -> bool {
        let Some(index) = self.files.iter().position(|it| it.tree.file == file) else { return false };
        let before = self.has_includes.then(|| leans_on(&self.files[index]));
        let old = self.sources.replace(file, text);
        let tree = std::mem::replace(&mut self.files[index].tree, SyntaxTree::empty(file));
        let (tree, said) = syntax::reparse(tree, &old, self.sources[file].text());
        self.report.retain(|it| it.span().is_none_or(|span| span.file != file));
        self.broken.remove(&file);
        match self.files[index].imported {
            false => self.report.append(said),
            true if said.has_errors() => drop(self.broken.insert(file)),
            true => {}
        }
        self.files[index].tree = tree;
        before.is_none_or(|before| before == leans_on(&self.files[index]))
    }
}

/// The package of a file, and what it imports.
fn leans_on(file: &LoadedFile) -> (Option<String>, Vec<String>) {
    (file.package(), file.imports().map(|import| import.path.text()).collect())
}
