//! `textDocument/prepareRename` and `textDocument/rename`

use std::path::Path;

use lsp_server::ErrorCode;
use lsp_types::{PrepareRenameResponse, RenameParams, TextDocumentPositionParams, WorkspaceEdit};
use wireloom_idl::editor::Refusal;

use super::actions::workspace_edit;
use super::place;
use crate::lsp::server::Failure;
use crate::lsp::session::Session;

pub(super) fn prepare(
    session: &mut Session,
    params: &TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>, Failure> {
    let encoding = session.client.encoding;
    let (project, _, path) = session.project(&params.text_document.uri);
    let Some((file, offset)) = place(project, encoding, &path, params.position) else { return Ok(None) };
    let span = project.with_names(|names| names.renamable(file, offset)).map_err(|it| refused(&it))?;
    let sources = &project.loaded().sources;
    Ok(Some(PrepareRenameResponse::RangeWithPlaceholder {
        range: encoding.range(sources, span),
        placeholder: sources.text(span).trim_matches('`').to_owned(),
    }))
}

pub(super) fn rename(session: &mut Session, params: &RenameParams) -> Result<Option<WorkspaceEdit>, Failure> {
    let at = &params.text_document_position;
    let (project, _, path) = session.project(&at.text_document.uri);
    let root = project.root().to_owned();
    let Some(edit) = renamed(session, &root, &path, params)? else { return Ok(None) };
    for other in session.roots().filter(|it| *it != root).collect::<Vec<_>>() {
        // What another project would change as well, this one does not know.
        if !renamed(session, &other, &path, params)?.is_none_or(|it| is_part(&it, &edit)) {
            let text =
                format!("the name stands in contracts of `{}` as well, which are another project", other.display());
            return Err(Failure::new(ErrorCode::RequestFailed, text));
        }
    }
    Ok(Some(edit))
}

/// The edits of one project; none where the file is no part of it.
fn renamed(
    session: &mut Session,
    root: &Path,
    path: &Path,
    params: &RenameParams,
) -> Result<Option<WorkspaceEdit>, Failure> {
    let encoding = session.client.encoding;
    let (projects, documents) = session.projects();
    let Some(project) = projects.iter().find(|project| project.root() == root) else { return Ok(None) };
    let position = params.text_document_position.position;
    let Some((file, offset)) = place(project, encoding, path, position) else { return Ok(None) };
    let renamed = project.with_names(|names| names.rename(file, offset, &params.new_name, project.loaded()));
    let edits = renamed.map_err(|it| refused(&it))?.edits;
    Ok(Some(workspace_edit(project, documents, encoding, &edits)))
}

/// Whether each change of the one is among those of the other.
fn is_part(one: &WorkspaceEdit, other: &WorkspaceEdit) -> bool {
    let (Some(one), Some(other)) = (&one.changes, &other.changes) else { return false };
    one.iter().all(|(uri, edits)| other.get(uri).is_some_and(|there| edits.iter().all(|edit| there.contains(edit))))
}

fn refused(refusal: &Refusal) -> Failure {
    Failure::new(ErrorCode::RequestFailed, refusal.to_string())
}
