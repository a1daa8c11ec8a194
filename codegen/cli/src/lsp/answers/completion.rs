//! `textDocument/completion`

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionParams, CompletionResponse, CompletionTextEdit, Documentation,
    MarkupContent, MarkupKind, TextEdit,
};
use wireloom_idl::editor::{Completion, CompletionKind, SymbolKind};

use super::place;
use crate::lsp::server::Failure;
use crate::lsp::session::Session;

pub(super) fn complete(
    session: &mut Session,
    params: &CompletionParams,
) -> Result<Option<CompletionResponse>, Failure> {
    let at = &params.text_document_position;
    let encoding = session.client.encoding;
    let (project, _, path) = session.project(&at.text_document.uri);
    let Some((file, offset)) = place(project, encoding, &path, at.position) else { return Ok(None) };
    let found = project.with_names(|names| names.completions(file, offset));
    let range = encoding.range(&project.loaded().sources, wireloom_idl::Span { file, ..found.replace });
    let item = |it: Completion| CompletionItem {
        kind: Some(kind(it.kind)),
        sort_text: Some(format!("{}{}", rank(it.kind), it.label)),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: it.label.clone() })),
        label: it.label,
        detail: (!it.detail.is_empty()).then_some(it.detail),
        documentation: it
            .docs
            .map(|value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })),
        ..CompletionItem::default()
    };
    Ok(Some(CompletionResponse::Array(found.offers.into_iter().map(item).collect())))
}

/// What the contract declares comes first, the language's words last.
fn rank(kind: CompletionKind) -> u8 {
    match kind {
        CompletionKind::Name(_) => 0,
        CompletionKind::Value => 1,
        CompletionKind::BuiltIn => 2,
        CompletionKind::Word => 3,
    }
}

fn kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Word => CompletionItemKind::KEYWORD,
        CompletionKind::BuiltIn => CompletionItemKind::CLASS,
        CompletionKind::Value => CompletionItemKind::VALUE,
        CompletionKind::Name(kind) => match kind {
            SymbolKind::Package | SymbolKind::Alias => CompletionItemKind::MODULE,
            SymbolKind::Scalar | SymbolKind::Fault => CompletionItemKind::CLASS,
            SymbolKind::Record | SymbolKind::Extern => CompletionItemKind::STRUCT,
            SymbolKind::Event => CompletionItemKind::EVENT,
            SymbolKind::Enum | SymbolKind::Union => CompletionItemKind::ENUM,
            SymbolKind::Service => CompletionItemKind::INTERFACE,
            SymbolKind::Parameter => CompletionItemKind::TYPE_PARAMETER,
            SymbolKind::Field => CompletionItemKind::FIELD,
            SymbolKind::Member | SymbolKind::Case => CompletionItemKind::ENUM_MEMBER,
            SymbolKind::Operation | SymbolKind::Handler => CompletionItemKind::METHOD,
            SymbolKind::Input => CompletionItemKind::VARIABLE,
        },
    }
}
