//! `textDocument/formatting`: the one layout there is.

use lsp_types::{DocumentFormattingParams, TextEdit};
use wireloom_idl::{FileId, SourceMap, Span, format};

use crate::lsp::server::Failure;
use crate::lsp::session::Session;

/// The lines that change; none where the text has syntax errors, which is left as it is.
pub(super) fn format(
    session: &mut Session,
    params: &DocumentFormattingParams,
) -> Result<Option<Vec<TextEdit>>, Failure> {
    let encoding = session.client.encoding;
    let (project, _, path) = session.project(&params.text_document.uri);
    let Some(file) = project.file(&path) else { return Ok(None) };
    let sources: &SourceMap = &project.loaded().sources;
    let text = sources[file.tree.file].text();
    let Some(formatted) = format::format(&file.tree, text) else { return Ok(None) };
    let edit = changed(file.tree.file, text, &formatted);
    Ok(Some(
        edit.map(|(span, new_text)| TextEdit { range: encoding.range(sources, span), new_text }).into_iter().collect(),
    ))
}

/// From the first line that differs to the last one, so that cursors elsewhere stay.
fn changed(file: FileId, old: &str, new: &str) -> Option<(Span, String)> {
    if old == new {
        return None;
    }
    let same = |pairs: &mut dyn Iterator<Item = (&str, &str)>| -> usize {
        pairs.take_while(|(one, other)| one == other).map(|(line, _)| line.len()).sum()
    };
    let start = same(&mut old.split_inclusive('\n').zip(new.split_inclusive('\n')));
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let backwards = |text| -> Vec<&str> { str::split_inclusive(text, '\n').rev().collect() };
    let (old_lines, new_lines) = (backwards(old_rest), backwards(new_rest));
    let end = same(&mut old_lines.iter().copied().zip(new_lines.iter().copied()));
    let span = Span::new(file, start, old.len() - end);
    Some((span, new_rest[..new_rest.len() - end].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_replaced() {
        for (old, new) in [
            ("a\nb\nc\n", "a\nB\nc\n"),
            ("a\n", "a\nb\n"),
            ("a\nb\n", "a\n"),
            ("", "a\n"),
            ("a", "a\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\na\na\n", "a\na\n"),
        ] {
            let (span, text) = changed(FileId(0), old, new).unwrap();
            let mut edited = old.to_owned();
            edited.replace_range(span.range(), &text);
            assert_eq!(edited, new, "{old:?}");
        }
        assert_eq!(changed(FileId(0), "a\n", "a\n"), None);
    }
}
