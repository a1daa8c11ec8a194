//! The door that all cases go through.

use std::collections::BTreeSet;

use wireloom_idl::editor::{Clauses, Mention, Names, Numbered, Word};
use wireloom_idl::lower::{LowerOptions, SourceTree, lower};
use wireloom_idl::syntax::tree::{SyntaxTree, Term, TermKind, ValueKind};
use wireloom_idl::{Contract, FileId, SourceMap, Span, syntax};

const FILE: &str = "// file ";
const CURSOR: &str = "$0";

/// Files, parsed, and the place that is asked about.
pub(super) struct Case {
    pub(super) sources: SourceMap,
    trees: Vec<(SyntaxTree, String)>,
    pub(super) file: FileId,
    pub(super) offset: u32,
}

impl Case {
    pub(super) fn new(text: &str) -> Case {
        let mut sources = SourceMap::new();
        let mut trees = Vec::new();
        let mut cursor = (FileId(0), 0);
        for (name, mut text) in files(text) {
            let at = text.find(CURSOR);
            if let Some(at) = at {
                text.replace_range(at..at + CURSOR.len(), "");
            }
            let folder = name.rsplit_once('/').map_or("", |it| it.0).to_owned();
            let file = sources.add(name, text);
            if let Some(at) = at {
                cursor = (file, at as u32);
            }
            trees.push((syntax::parse(file, sources[file].text()).0, folder));
        }
        Case { sources, trees, file: cursor.0, offset: cursor.1 }
    }

    pub(super) fn with<T>(&self, ask: impl FnOnce(&Names<'_>) -> T) -> T {
        let trees = self.source_trees();
        ask(&Names::new(&self.sources, &trees, &Wires))
    }

    pub(super) fn contract(&self) -> Contract {
        lower(&self.sources, &self.source_trees(), &LowerOptions::default()).0
    }

    fn source_trees(&self) -> Vec<SourceTree<'_>> {
        self.trees.iter().map(|(tree, folder)| SourceTree { tree, folder, imported: folder == "imported" }).collect()
    }

    /// `shop.loom:3 note` and where in the line it stands, by what surrounds it.
    pub(super) fn place(&self, span: Span) -> String {
        let file = &self.sources[span.file];
        let at = file.line_column(span.start);
        format!("{}:{}:{} {}", file.name(), at.line, at.column, self.sources.text(span))
    }
}

/// The files of a text; what stands before the first line that begins one is `a.loom`.
pub(super) fn files(text: &str) -> Vec<(String, String)> {
    let mut files = vec![("a.loom".to_owned(), String::new())];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix(FILE) {
            Some(name) => files.push((name.trim().to_owned(), String::new())),
            None => files.last_mut().unwrap().1.push_str(line),
        }
    }
    // What stands before the first of these lines is a file only if there is something, or nothing else.
    if files.len() > 1 && files[0].1.trim().is_empty() {
        files.remove(0);
    }
    files
}

/// A wire much like `rest`: inputs behind `body` and in braces, faults behind `fault`; and one much like `broker`.
pub(super) struct Wires;

impl Clauses for Wires {
    fn mentions(&self, wire: &str, terms: &[Term]) -> Vec<Mention> {
        let mut found = Vec::new();
        for two in terms.windows(2) {
            let (TermKind::Path(word), TermKind::Path(path)) = (&two[0].kind, &two[1].kind) else { continue };
            match (wire, word.text().as_str()) {
                ("rest", "body") => found.push(Mention::Input { name: path.text(), at: path.span }),
                ("rest", "fault") => found.push(Mention::Fault { at: path.span }),
                ("broker", "key") => found.push(Mention::Field(path.clone())),
                _ => {}
            }
        }
        let texts = terms.iter().filter(|it| matches!(&it.kind, TermKind::Value(value) if is_text(&value.kind)));
        found.extend(texts.map(|it| Mention::Variables(it.span)));
        found
    }

    fn words(&self, wire: &str) -> Vec<Word> {
        let forms: &[&str] = match wire {
            "rest" => &["GET \"/path\"", "body input", "header \"X\" = input", "as sse", "fault Fault -> 410"],
            "broker" => &["topic \"x\"", "key order.id"],
            _ => &[],
        };
        forms.iter().map(|form| word(form)).collect()
    }

    fn words_behind(&self, wire: &str, behind: &str) -> Vec<Word> {
        if (wire, behind) == ("rest", "as") { vec![word("sse"), word("ndjson")] } else { Vec::new() }
    }

    fn annotations(&self) -> Vec<Word> {
        vec![word("sensitive")]
    }
}

fn is_text(kind: &ValueKind) -> bool {
    matches!(kind, ValueKind::Text(_))
}

fn word(form: &str) -> Word {
    Word { word: form.split(' ').next().unwrap().to_owned(), form: form.to_owned() }
}

/// A lock of one package with these lines.
pub(super) struct Locked<'l>(pub(super) Option<&'l [&'l str]>);

impl Numbered for Locked<'_> {
    fn lists(&self, _: &str, name: &str) -> Option<bool> {
        let lines: BTreeSet<&str> = self.0?.iter().copied().collect();
        Some(lines.contains(name))
    }
}
