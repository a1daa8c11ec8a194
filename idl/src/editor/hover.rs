//! What there is to say about a name: how it is declared, what it is documented as, and facts beside.

use super::names::{Names, SymbolId, SymbolKind};
use crate::contract::{Contract, Effect, Operation, ScalarType, Shape, TypeKind};
use crate::source::{FileId, Span};

/// How many members of a declaration are shown.
const MEMBERS_MAX: usize = 24;
/// How much of one member is shown.
const MEMBER_CHARS_MAX: usize = 160;

/// What is said about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The name that it is said about.
    pub span: Span,
    /// The declaration, as the language writes it.
    pub declaration: String,
    /// Its documentation, in Markdown.
    pub docs: Option<String>,
    /// What else is known, a line each: `field 6 on binary wires`.
    pub facts: Vec<String>,
}

impl Names<'_> {
    /// What to say about the name at a place. The contract, if lowering gave one, adds facts.
    pub fn hover(&self, file: FileId, offset: u32, contract: Option<&Contract>) -> Option<Hover> {
        let Some(found) = self.use_at(file, offset) else { return self.built_in(file, offset) };
        let symbol = self.symbol(found.symbol);
        let mut facts = vec![self.described(found.symbol)];
        if let Some(was) = symbol.was {
            facts.push(format!("formerly `{}`", was.text));
        }
        if let Some(contract) = contract {
            facts.extend(facts_of(contract, symbol.kind, symbol.name_at));
        }
        Some(Hover {
            span: found.span,
            declaration: self.declaration(found.symbol),
            docs: symbol.docs().map(str::to_owned),
            facts,
        })
    }

    /// "field of `shop.orders.Order`"
    fn described(&self, id: SymbolId) -> String {
        let symbol = self.symbol(id);
        let word = symbol.kind.as_str();
        match symbol.owner {
            Some(owner) => format!("{word} of `{}`", self.full_name(owner)),
            None => match self.package_of(symbol.file) {
                Some(package) if symbol.kind.is_of_package() => format!("{word} of package `{}`", package.name),
                _ => word.to_owned(),
            },
        }
    }

    /// How it is declared; of what has members, the members without their documentation.
    fn declaration(&self, id: SymbolId) -> String {
        let symbol = self.symbol(id);
        let members: Vec<SymbolId> = match symbol.kind {
            // Inputs stand in the operation's own text.
            SymbolKind::Operation => Vec::new(),
            _ => symbol.members.iter().copied().filter(|&it| self.symbol(it).kind != SymbolKind::Parameter).collect(),
        };
        let (true, Some(first)) = (symbol.kind.is_of_package(), members.first()) else {
            return one_line(self.text(symbol.span));
        };
        let text = self.text(symbol.span);
        let head_end = (self.symbol(*first).name_at.start - symbol.span.start) as usize;
        let head = text.get(..head_end).and_then(|head| head.find('{').map(|at| &head[..at])).unwrap_or(symbol.name);
        let lines = members.iter().take(MEMBERS_MAX).map(|&it| format!("    {}\n", self.member_line(it)));
        let more = if members.len() > MEMBERS_MAX { "    // …\n" } else { "" };
        format!("{} {{\n{}{more}}}", one_line(head), lines.collect::<String>())
    }

    fn member_line(&self, id: SymbolId) -> String {
        let line = one_line(self.text(self.symbol(id).span));
        match line.char_indices().nth(MEMBER_CHARS_MAX) {
            Some((end, _)) => format!("{} …", &line[..end]),
            None => line,
        }
    }

    /// A type that the language has.
    fn built_in(&self, file: FileId, offset: u32) -> Option<Hover> {
        let span = self.word_at(file, offset)?;
        let word = self.text(span);
        let said = match word {
            "map" => "A map; its keys are strings, integers, `bool`, `uuid`, enums or scalars of these.",
            "set" => "A set: no entry twice; on JSON an array.",
            "draft" => "A record without its `readonly` fields, all the way down.",
            "patch" => {
                "Changes to a record: every field may be absent, an optional one may be `null`, which clears it."
            }
            "stream" => "Many values, one after the other.",
            _ => scalar(ScalarType::named(word)?),
        };
        let is_type = self.is_type_position(file, span);
        is_type.then(|| Hover {
            span,
            declaration: word.to_owned(),
            docs: Some(said.to_owned()),
            facts: vec!["built in".to_owned()],
        })
    }

    /// Whether a word stands where a type is written: not behind a dot, and not before a colon or an opening parenthesis.
    fn is_type_position(&self, file: FileId, word: Span) -> bool {
        let text = self.sources[file].text();
        let behind = text[word.end as usize..].trim_start();
        let before = text[..word.start as usize].trim_end();
        !behind.starts_with([':', '(']) && !before.ends_with('.') && !before.ends_with('"')
    }

    /// The identifier at a place, outside of comments and texts.
    pub(super) fn word_at(&self, file: FileId, offset: u32) -> Option<Span> {
        let tree = self.trees[self.index_of(file)?].tree;
        let behind = tree.tokens.partition_point(|token| token.start <= offset);
        let near = tree.tokens[..behind].iter().rev().take(2);
        let word = near.into_iter().find(|it| it.kind == crate::syntax::lexer::TokenKind::Word && offset <= it.end)?;
        Some(Span { file, start: word.start, end: word.end })
    }
}

/// What lowering knows of a declaration.
fn facts_of(contract: &Contract, kind: SymbolKind, at: Span) -> Vec<String> {
    match kind {
        SymbolKind::Field | SymbolKind::Member | SymbolKind::Case => member_number(contract, at).into_iter().collect(),
        SymbolKind::Operation | SymbolKind::Input => operation_facts(contract, kind, at),
        SymbolKind::Fault => fault_facts(contract, at),
        _ => Vec::new(),
    }
}

fn member_number(contract: &Contract, at: Span) -> Option<String> {
    contract.types.iter().find_map(|def| {
        let position = match &def.kind {
            TypeKind::Enum(it) => it.members.iter().position(|member| member.at == at),
            TypeKind::Union(it) => it.cases.iter().position(|case| case.at == at),
            _ => def.fields()?.iter().position(|field| field.at == at),
        }?;
        let number = contract.numbers.of_type(def.id).get(position)?;
        Some(format!("number {number} on binary wires"))
    })
}

fn operation_facts(contract: &Contract, kind: SymbolKind, at: Span) -> Vec<String> {
    for (package, _) in contract.packages() {
        for (index, service) in contract.package(package).services.iter().enumerate() {
            for (position, operation) in service.operations.iter().enumerate() {
                let numbers = contract.numbers.of_operation(package, index, position);
                if kind == SymbolKind::Operation && operation.at == at {
                    return vec![
                        format!("{}, {}", shape(operation.shape()), effect(operation)),
                        format!("number {} on binary wires", numbers.own),
                    ];
                }
                let input = operation.inputs.fields().iter().position(|input| input.at == at);
                if let Some(number) = input.and_then(|input| numbers.inputs.get(input)) {
                    return vec![format!("number {number} on binary wires")];
                }
            }
        }
    }
    Vec::new()
}

fn fault_facts(contract: &Contract, at: Span) -> Vec<String> {
    let code = contract.types.iter().find_map(|def| match &def.kind {
        TypeKind::Fault(fault) if def.at == at => Some(fault.code),
        _ => None,
    });
    code.map(|code| format!("status {} on HTTP", code.http_status())).into_iter().collect()
}

fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Unary => "one in, one out",
        Shape::Oneway => "one in, nothing awaited",
        Shape::ServerStream => "one in, a stream out",
        Shape::ClientStream => "a stream in, one out",
        Shape::Duplex => "a stream in, a stream out",
    }
}

fn effect(operation: &Operation) -> &'static str {
    match operation.effect {
        Effect::Safe => "safe: may be cached and retried",
        Effect::Idempotent => "idempotent: may be retried",
        Effect::Keyed(_) => "keyed: may be retried with the same key",
        Effect::Once => "once: resent only when certainly not sent",
    }
}

fn scalar(scalar: ScalarType) -> &'static str {
    match scalar {
        ScalarType::Bool => "`true` or `false`.",
        ScalarType::I32 => "A whole number of 32 bits with a sign; on JSON a number.",
        ScalarType::U32 => "A whole number of 32 bits without a sign; on JSON a number.",
        ScalarType::I64 => {
            "A whole number of 64 bits with a sign; on JSON text, unless `@json(number)` says otherwise."
        }
        ScalarType::U64 => {
            "A whole number of 64 bits without a sign; on JSON text, unless `@json(number)` says otherwise."
        }
        ScalarType::F32 => "A floating point number of 32 bits.",
        ScalarType::F64 => "A floating point number of 64 bits.",
        ScalarType::String => "Text.",
        ScalarType::Bytes => "Bytes; on JSON as base64.",
        ScalarType::Uuid => "A UUID; on JSON as text.",
        ScalarType::Decimal => "A decimal number, exact; on JSON as text.",
        ScalarType::Url => "A URL, checked.",
        ScalarType::IdempotencyKey => "What a caller repeats a call with; on REST it travels as `Idempotency-Key`.",
        ScalarType::Timestamp => "A moment; on JSON as RFC 3339.",
        ScalarType::Date => "A day of the calendar.",
        ScalarType::Time => "A time of day.",
        ScalarType::Duration => "A length of time, with a sign; on JSON as `\"1.5s\"`.",
        ScalarType::Json => "Any JSON, as it is.",
    }
}

/// A text on one line, its blanks as one each; comments end where their lines do, so they are left out.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for token in crate::syntax::lexer::lex(text) {
        match token.kind {
            crate::syntax::lexer::TokenKind::Blank
            | crate::syntax::lexer::TokenKind::Comment
            | crate::syntax::lexer::TokenKind::Doc => {
                if !line.ends_with([' ', '(']) && !line.is_empty() {
                    line.push(' ');
                }
            }
            crate::syntax::lexer::TokenKind::RightParen => {
                line.truncate(line.trim_end().len());
                line.push(')');
            }
            _ => line.push_str(&text[token.range()]),
        }
    }
    line.truncate(line.trim_end().len());
    line
}
