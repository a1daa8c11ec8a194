//! Outlines of files, names of the workspace, what can be folded.

use lsp_types::{
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, FoldingRange, FoldingRangeKind, FoldingRangeParams,
    OneOf, SymbolKind, WorkspaceSymbol, WorkspaceSymbolParams, WorkspaceSymbolResponse,
};
use wireloom_idl::SourceMap;
use wireloom_idl::editor::{self, FoldKind, Outline};

use super::location;
use crate::lsp::place::Encoding;
use crate::lsp::server::Failure;
use crate::lsp::session::Session;

pub(super) fn document(
    session: &mut Session,
    params: &DocumentSymbolParams,
) -> Result<Option<DocumentSymbolResponse>, Failure> {
    let encoding = session.client.encoding;
    let (project, _, path) = session.project(&params.text_document.uri);
    let Some(file) = project.file(&path) else { return Ok(None) };
    let outline = project.with_names(|names| names.outline(file.tree.file));
    let sources = &project.loaded().sources;
    let symbols = outline.into_iter().map(|it| symbol(sources, encoding, it)).collect();
    Ok(Some(DocumentSymbolResponse::Nested(symbols)))
}

#[expect(deprecated, reason = "the struct has a field that nobody reads any more")]
fn symbol(sources: &SourceMap, encoding: Encoding, it: Outline) -> DocumentSymbol {
    DocumentSymbol {
        name: it.name,
        detail: (!it.detail.is_empty()).then_some(it.detail),
        kind: it.kind.map_or(SymbolKind::OBJECT, kind),
        tags: None,
        deprecated: None,
        // The name lies within the whole, which the protocol wants.
        range: encoding.range(sources, it.span.to(it.name_at)),
        selection_range: encoding.range(sources, it.name_at),
        children: Some(it.members.into_iter().map(|member| symbol(sources, encoding, member)).collect()),
    }
}

fn kind(kind: editor::SymbolKind) -> SymbolKind {
    use editor::SymbolKind as Ours;
    match kind {
        Ours::Package => SymbolKind::PACKAGE,
        Ours::Alias => SymbolKind::NAMESPACE,
        Ours::Scalar => SymbolKind::CLASS,
        Ours::Record | Ours::Extern => SymbolKind::STRUCT,
        Ours::Fault => SymbolKind::CLASS,
        Ours::Event => SymbolKind::EVENT,
        Ours::Enum | Ours::Union => SymbolKind::ENUM,
        Ours::Service => SymbolKind::INTERFACE,
        Ours::Parameter => SymbolKind::TYPE_PARAMETER,
        Ours::Field => SymbolKind::FIELD,
        Ours::Member | Ours::Case => SymbolKind::ENUM_MEMBER,
        Ours::Operation => SymbolKind::METHOD,
        Ours::Input => SymbolKind::VARIABLE,
        Ours::Handler => SymbolKind::FUNCTION,
    }
}

pub(super) fn workspace(
    session: &mut Session,
    params: &WorkspaceSymbolParams,
) -> Result<Option<WorkspaceSymbolResponse>, Failure> {
    let encoding = session.client.encoding;
    let (projects, documents) = session.projects();
    let mut found = Vec::new();
    for project in projects {
        for hit in project.with_names(|names| names.search(&params.query)) {
            let Some(location) = location(project, documents, encoding, hit.name_at) else { continue };
            found.push(WorkspaceSymbol {
                name: hit.name,
                kind: kind(hit.kind),
                tags: None,
                container_name: Some(hit.container),
                location: OneOf::Left(location),
                data: None,
            });
        }
    }
    Ok(Some(WorkspaceSymbolResponse::Nested(found)))
}

pub(super) fn folds(session: &mut Session, params: &FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>, Failure> {
    let encoding = session.client.encoding;
    let (project, _, path) = session.project(&params.text_document.uri);
    let Some(file) = project.file(&path) else { return Ok(None) };
    let folds = project.with_names(|names| names.folds(file.tree.file));
    let range = |fold: editor::Fold| {
        let range = encoding.range(&project.loaded().sources, fold.span);
        FoldingRange {
            start_line: range.start.line,
            start_character: Some(range.start.character),
            end_line: range.end.line,
            end_character: Some(range.end.character),
            kind: Some(match fold.kind {
                FoldKind::Block => FoldingRangeKind::Region,
                FoldKind::Comment => FoldingRangeKind::Comment,
                FoldKind::Imports => FoldingRangeKind::Imports,
            }),
            collapsed_text: None,
        }
    };
    Ok(Some(folds.into_iter().map(range).collect()))
}
