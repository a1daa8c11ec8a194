//! `textDocument/hover`

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use super::place;
use crate::lsp::server::Failure;
use crate::lsp::session::Session;

pub(super) fn hover(session: &mut Session, params: &HoverParams) -> Result<Option<Hover>, Failure> {
    let at = &params.text_document_position_params;
    let encoding = session.client.encoding;
    let (project, _, path) = session.checked_project(&at.text_document.uri);
    let Some((file, offset)) = place(project, encoding, &path, at.position) else { return Ok(None) };
    let said = project.with_names(|names| names.hover(file, offset, Some(project.contract())));
    Ok(said.map(|said| Hover {
        range: Some(encoding.range(&project.loaded().sources, said.span)),
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: markdown(&said) }),
    }))
}

fn markdown(said: &wireloom_idl::editor::Hover) -> String {
    let mut text = format!("```loom\n{}\n```\n", said.declaration);
    if let Some(docs) = &said.docs {
        text += &format!("\n{docs}\n");
    }
    if !said.facts.is_empty() {
        let lines: Vec<String> = said.facts.iter().map(|fact| format!("- {fact}\n")).collect();
        text += &format!("\n{}", lines.concat());
    }
    text
}
