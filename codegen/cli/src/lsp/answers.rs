//! Requests to answers: which file knows the answer to which request.

mod actions;
pub(super) mod colours;
mod completion;
mod formatting;
mod hints;
mod hover;
mod outline;
mod places;
mod rename;

use std::path::Path;

use lsp_server::{ErrorCode, Request};
use lsp_types::request::{self as requests, Request as Kind};
use lsp_types::{Position, Uri};
use serde_json::Value;
use wireloom_idl::{FileId, SourceMap};

use super::project::Project;
use super::server::Failure;
use super::session::Session;

/// The answer to a request.
pub(super) fn answer(session: &mut Session, request: Request) -> Result<Value, Failure> {
    match request.method.as_str() {
        requests::HoverRequest::METHOD => given::<requests::HoverRequest>(session, request, hover::hover),
        requests::GotoDefinition::METHOD => given::<requests::GotoDefinition>(session, request, places::definition),
        requests::GotoTypeDefinition::METHOD => {
            given::<requests::GotoTypeDefinition>(session, request, places::type_definition)
        }
        requests::References::METHOD => given::<requests::References>(session, request, places::references),
        requests::DocumentHighlightRequest::METHOD => {
            given::<requests::DocumentHighlightRequest>(session, request, places::highlights)
        }
        requests::Completion::METHOD => given::<requests::Completion>(session, request, completion::complete),
        requests::PrepareRenameRequest::METHOD => {
            given::<requests::PrepareRenameRequest>(session, request, rename::prepare)
        }
        requests::Rename::METHOD => given::<requests::Rename>(session, request, rename::rename),
        requests::DocumentSymbolRequest::METHOD => {
            given::<requests::DocumentSymbolRequest>(session, request, outline::document)
        }
        requests::WorkspaceSymbolRequest::METHOD => {
            given::<requests::WorkspaceSymbolRequest>(session, request, outline::workspace)
        }
        requests::FoldingRangeRequest::METHOD => {
            given::<requests::FoldingRangeRequest>(session, request, outline::folds)
        }
        requests::SemanticTokensFullRequest::METHOD => {
            given::<requests::SemanticTokensFullRequest>(session, request, colours::full)
        }
        requests::Formatting::METHOD => given::<requests::Formatting>(session, request, formatting::format),
        requests::CodeActionRequest::METHOD => given::<requests::CodeActionRequest>(session, request, actions::actions),
        requests::InlayHintRequest::METHOD => given::<requests::InlayHintRequest>(session, request, hints::hints),
        other => Err(Failure::new(ErrorCode::MethodNotFound, format!("`{other}` is not known"))),
    }
}

fn given<K: Kind>(
    session: &mut Session,
    request: Request,
    answer: fn(&mut Session, &K::Params) -> Result<K::Result, Failure>,
) -> Result<Value, Failure> {
    let params: K::Params = serde_json::from_value(request.params)
        .map_err(|error| Failure::new(ErrorCode::InvalidParams, error.to_string()))?;
    let result = answer(session, &params)?;
    serde_json::to_value(result).map_err(|error| Failure::new(ErrorCode::InternalError, error.to_string()))
}

/// A file of a project, and the byte that a position means in it; none where the file is no part of it.
fn place(
    project: &Project,
    encoding: super::place::Encoding,
    path: &Path,
    position: Position,
) -> Option<(FileId, u32)> {
    let file = project.file(path)?.tree.file;
    let sources: &SourceMap = &project.loaded().sources;
    Some((file, encoding.offset_in(&sources[file], position)))
}

/// A place in another file, as the client calls it.
fn location(
    project: &Project,
    documents: &super::documents::Documents,
    encoding: super::place::Encoding,
    span: wireloom_idl::Span,
) -> Option<lsp_types::Location> {
    let uri: Uri = documents.uri_of(&project.path_of(span.file))?;
    Some(lsp_types::Location { uri, range: encoding.range(&project.loaded().sources, span) })
}
