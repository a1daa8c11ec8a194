//! Definitions, references and highlights.

use lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, GotoDefinitionParams, GotoDefinitionResponse,
    Location, ReferenceParams,
};
use wireloom_idl::editor::Names;
use wireloom_idl::{FileId, Span};

use super::{location, place};
use crate::lsp::server::Failure;
use crate::lsp::session::Session;

pub(super) fn definition(
    session: &mut Session,
    params: &GotoDefinitionParams,
) -> Result<Option<GotoDefinitionResponse>, Failure> {
    leads_to(session, params, |names, file, offset| names.definition(file, offset))
}

pub(super) fn type_definition(
    session: &mut Session,
    params: &GotoDefinitionParams,
) -> Result<Option<GotoDefinitionResponse>, Failure> {
    leads_to(session, params, |names, file, offset| names.type_definition(file, offset))
}

fn leads_to(
    session: &mut Session,
    params: &GotoDefinitionParams,
    ask: fn(&Names<'_>, FileId, u32) -> Option<Span>,
) -> Result<Option<GotoDefinitionResponse>, Failure> {
    let at = &params.text_document_position_params;
    let encoding = session.client.encoding;
    let (project, documents, path) = session.project(&at.text_document.uri);
    let Some((file, offset)) = place(project, encoding, &path, at.position) else { return Ok(None) };
    let span = project.with_names(|names| ask(names, file, offset));
    let there = span.and_then(|span| location(project, documents, encoding, span));
    Ok(there.map(GotoDefinitionResponse::Scalar))
}

pub(super) fn references(session: &mut Session, params: &ReferenceParams) -> Result<Option<Vec<Location>>, Failure> {
    let at = &params.text_document_position;
    let encoding = session.client.encoding;
    let (project, documents, path) = session.project(&at.text_document.uri);
    let Some((file, offset)) = place(project, encoding, &path, at.position) else { return Ok(None) };
    let found = project.with_names(|names| names.references(file, offset, params.context.include_declaration));
    Ok(Some(found.into_iter().filter_map(|span| location(project, documents, encoding, span)).collect()))
}

pub(super) fn highlights(
    session: &mut Session,
    params: &DocumentHighlightParams,
) -> Result<Option<Vec<DocumentHighlight>>, Failure> {
    let at = &params.text_document_position_params;
    let encoding = session.client.encoding;
    let (project, _, path) = session.project(&at.text_document.uri);
    let Some((file, offset)) = place(project, encoding, &path, at.position) else { return Ok(None) };
    let found = project.with_names(|names| names.highlights(file, offset));
    let highlight = |it: wireloom_idl::editor::Use| DocumentHighlight {
        range: encoding.range(&project.loaded().sources, it.span),
        kind: Some(if it.declares { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ }),
    };
    Ok(Some(found.into_iter().map(highlight).collect()))
}
