//! `textDocument/inlayHint`: what every wire derives.

use lsp_types::{InlayHint, InlayHintKind, InlayHintLabel, InlayHintParams, InlayHintTooltip};
use wireloom_codegen::hints::{self, HintKind};

use crate::lsp::server::Failure;
use crate::lsp::session::Session;

pub(super) fn hints(session: &mut Session, params: &InlayHintParams) -> Result<Option<Vec<InlayHint>>, Failure> {
    let encoding = session.client.encoding;
    let (project, _, path) = session.checked_project(&params.text_document.uri);
    let Some(file) = project.file(&path) else { return Ok(None) };
    let loaded = project.loaded();
    let source = &loaded.sources[file.tree.file];
    let start = encoding.offset_in(source, params.range.start);
    let end = encoding.offset_in(source, params.range.end);
    let all = hints::hints(project.contract(), |package| loaded.lock_of(package).is_some());
    let here = all.into_iter().filter(|hint| hint.behind.file == file.tree.file);
    let shown = here.filter(|hint| start <= hint.behind.end && hint.behind.end <= end);
    Ok(Some(
        shown
            .map(|hint| InlayHint {
                position: encoding.position(source, hint.behind.end),
                label: InlayHintLabel::String(hint.text),
                kind: Some(InlayHintKind::TYPE),
                text_edits: None,
                tooltip: Some(InlayHintTooltip::String(tooltip(hint.kind).to_owned())),
                padding_left: Some(true),
                padding_right: None,
                data: None,
            })
            .collect(),
    ))
}

fn tooltip(kind: HintKind) -> &'static str {
    match kind {
        HintKind::Route => "the route on REST, derived: an entry of the binding may say another one",
        HintKind::Topic => "the topic on brokers, unless the binding says another one",
        HintKind::Number => "the number on binary wires, from loom.lock",
    }
}
