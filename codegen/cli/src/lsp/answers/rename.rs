//! `textDocument/prepareRename` and `textDocument/rename`

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
    let encoding = session.client.encoding;
    let (project, documents, path) = session.project(&at.text_document.uri);
    let Some((file, offset)) = place(project, encoding, &path, at.position) else { return Ok(None) };
    let renamed = project.with_names(|names| names.rename(file, offset, &params.new_name, project.loaded()));
    let edits = renamed.map_err(|it| refused(&it))?.edits;
    Ok(Some(workspace_edit(project, documents, encoding, &edits)))
}

fn refused(refusal: &Refusal) -> Failure {
    Failure::new(ErrorCode::RequestFailed, refusal.to_string())
}
