//! `textDocument/semanticTokens/full`

use lsp_types::{
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensLegend,
    SemanticTokensParams, SemanticTokensResult,
};
use wireloom_idl::editor::{Highlight, HighlightKind, SymbolKind};
use wireloom_idl::{SourceFile, SourceMap};

use crate::lsp::place::Encoding;
use crate::lsp::server::Failure;
use crate::lsp::session::Session;

/// The types of tokens, by the number that each is told by.
const TYPES: [SemanticTokenType; 17] = [
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::TYPE,
    SemanticTokenType::STRUCT,
    SemanticTokenType::ENUM,
    SemanticTokenType::INTERFACE,
    SemanticTokenType::EVENT,
    SemanticTokenType::TYPE_PARAMETER,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::ENUM_MEMBER,
    SemanticTokenType::METHOD,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::KEYWORD,
    SemanticTokenType::COMMENT,
    SemanticTokenType::STRING,
    SemanticTokenType::REGEXP,
    SemanticTokenType::NUMBER,
    SemanticTokenType::DECORATOR,
];
const MODIFIERS: [SemanticTokenModifier; 3] =
    [SemanticTokenModifier::DECLARATION, SemanticTokenModifier::DEFAULT_LIBRARY, SemanticTokenModifier::DOCUMENTATION];
const DECLARATION: u32 = 1;
const DEFAULT_LIBRARY: u32 = 2;
const DOCUMENTATION: u32 = 4;

pub(in crate::lsp) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend { token_types: TYPES.to_vec(), token_modifiers: MODIFIERS.to_vec() }
}

pub(super) fn full(
    session: &mut Session,
    params: &SemanticTokensParams,
) -> Result<Option<SemanticTokensResult>, Failure> {
    let encoding = session.client.encoding;
    let (project, _, path) = session.project(&params.text_document.uri);
    let Some(file) = project.file(&path) else { return Ok(None) };
    let colours = project.with_names(|names| names.colours(file.tree.file));
    let data = encoded(&project.loaded().sources, encoding, &colours);
    Ok(Some(SemanticTokensResult::Tokens(SemanticTokens { result_id: None, data })))
}

/// Each token by how far it lies behind the one before, which is how the protocol counts.
fn encoded(sources: &SourceMap, encoding: Encoding, colours: &[Highlight]) -> Vec<SemanticToken> {
    let (mut line, mut column) = (0, 0);
    let mut tokens = Vec::with_capacity(colours.len());
    for colour in colours {
        let file: &SourceFile = &sources[colour.span.file];
        let at = encoding.position(file, colour.span.start);
        let (token_type, modifiers) = kind(colour.kind);
        tokens.push(SemanticToken {
            delta_line: at.line - line,
            delta_start: if at.line == line { at.character - column } else { at.character },
            length: encoding.length(sources.text(colour.span)),
            token_type,
            token_modifiers_bitset: modifiers | if colour.declares { DECLARATION } else { 0 },
        });
        (line, column) = (at.line, at.character);
    }
    tokens
}

fn kind(kind: HighlightKind) -> (u32, u32) {
    let (token, modifiers) = match kind {
        HighlightKind::Name(kind) => (name(kind), 0),
        HighlightKind::BuiltIn => (SemanticTokenType::TYPE, DEFAULT_LIBRARY),
        HighlightKind::Keyword => (SemanticTokenType::KEYWORD, 0),
        HighlightKind::Comment => (SemanticTokenType::COMMENT, 0),
        HighlightKind::Docs => (SemanticTokenType::COMMENT, DOCUMENTATION),
        HighlightKind::Text => (SemanticTokenType::STRING, 0),
        HighlightKind::Regex => (SemanticTokenType::REGEXP, 0),
        HighlightKind::Number => (SemanticTokenType::NUMBER, 0),
        HighlightKind::Annotation => (SemanticTokenType::DECORATOR, 0),
    };
    (TYPES.iter().position(|it| *it == token).unwrap_or_default() as u32, modifiers)
}

fn name(kind: SymbolKind) -> SemanticTokenType {
    match kind {
        SymbolKind::Package | SymbolKind::Alias => SemanticTokenType::NAMESPACE,
        SymbolKind::Scalar => SemanticTokenType::TYPE,
        SymbolKind::Record | SymbolKind::Extern | SymbolKind::Fault => SemanticTokenType::STRUCT,
        SymbolKind::Event => SemanticTokenType::EVENT,
        SymbolKind::Enum | SymbolKind::Union => SemanticTokenType::ENUM,
        SymbolKind::Service => SemanticTokenType::INTERFACE,
        SymbolKind::Parameter => SemanticTokenType::TYPE_PARAMETER,
        SymbolKind::Field => SemanticTokenType::PROPERTY,
        SymbolKind::Member | SymbolKind::Case => SemanticTokenType::ENUM_MEMBER,
        SymbolKind::Operation | SymbolKind::Handler => SemanticTokenType::METHOD,
        SymbolKind::Input => SemanticTokenType::PARAMETER,
    }
}
