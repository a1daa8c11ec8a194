//! `textDocument/codeAction`: the fix of each diagnostic, as a quick fix.

use std::collections::HashMap;

use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, TextEdit, Uri, WorkspaceEdit};
use wireloom_idl::diagnostic::Edit;

use crate::lsp::diagnostics;
use crate::lsp::documents::Documents;
use crate::lsp::place::Encoding;
use crate::lsp::project::Project;
use crate::lsp::server::Failure;
use crate::lsp::session::Session;

pub(super) fn actions(
    session: &mut Session,
    params: &CodeActionParams,
) -> Result<Option<Vec<CodeActionOrCommand>>, Failure> {
    let encoding = session.client.encoding;
    if params.context.only.as_ref().is_some_and(|only| !only.contains(&CodeActionKind::QUICKFIX)) {
        return Ok(Some(Vec::new()));
    }
    let (project, documents, path) = session.checked_project(&params.text_document.uri);
    let Some(file) = project.file(&path) else { return Ok(None) };
    let sources = &project.loaded().sources;
    let start = encoding.offset_in(&sources[file.tree.file], params.range.start);
    let end = encoding.offset_in(&sources[file.tree.file], params.range.end);
    let mut found = Vec::new();
    for diagnostic in project.report() {
        let (Some(span), Some(fix)) = (diagnostic.span(), &diagnostic.fix) else { continue };
        if span.file != file.tree.file || span.end < start || end < span.start {
            continue;
        }
        found.push(CodeActionOrCommand::CodeAction(CodeAction {
            title: fix.title.clone(),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: diagnostics::one(project, documents, encoding, diagnostic).map(|it| vec![it]),
            edit: Some(workspace_edit(project, documents, encoding, &fix.edits)),
            is_preferred: Some(true),
            ..CodeAction::default()
        }));
    }
    Ok(Some(found))
}

/// Edits by the files they change.
#[expect(clippy::mutable_key_type, reason = "the protocol's type is a map by URIs")]
pub(in crate::lsp) fn workspace_edit(
    project: &Project,
    documents: &Documents,
    encoding: Encoding,
    edits: &[Edit],
) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for edit in edits {
        let Some(uri) = documents.uri_of(&project.path_of(edit.span.file)) else { continue };
        let range = encoding.range(&project.loaded().sources, edit.span);
        changes.entry(uri).or_default().push(TextEdit { range, new_text: edit.text.clone() });
    }
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}
