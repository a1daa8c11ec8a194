//! Types that other languages have under other names: `int`, `List<T>`, `Optional<T>`.

use super::Lowering;
use super::scope::{FileIndex, Found, Kind};
use crate::contract::ScalarType;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::tree::{Path, TypeExpr};
use crate::syntax::{container, is_byte, is_result, meant};

impl Lowering<'_> {
    /// What is said of a type that is not known here by its name, but known to others; `expr` is all of it.
    pub(super) fn foreign_type(
        &self,
        file: FileIndex,
        expr: &TypeExpr,
        path: &Path,
        arguments: &[TypeExpr],
    ) -> Option<Diagnostic> {
        let name = path.text();
        if let [answer, fault] = arguments
            && is_result(&name)
        {
            return Some(self.result(expr, path, answer, fault));
        }
        let (right, optional) = match arguments {
            [] if self.is_nearly_known(file, path) => return None,
            [] if is_byte(&name) && self.bytes(expr.span).is_some() => {
                let list = self.bytes(expr.span)?;
                let diagnostic =
                    Diagnostic::new(&codes::UNKNOWN_TYPE, path.span, format!("no type `{name}` is known here"));
                let help = "numbers of eight bits one after the other are `bytes`";
                return Some(diagnostic.help(help).fix("write `bytes`", list, "bytes"));
            }
            [] => (meant(&name)?.to_owned(), false),
            _ => {
                let written: Vec<String> = arguments.iter().map(|it| self.sources.text(it.span).to_owned()).collect();
                container(&name, &written)?
            }
        };
        let right = right + if optional { self.may_be_missing(expr.span) } else { "" };
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_TYPE, path.span, format!("no type `{name}` is known here"));
        Some(diagnostic.help(format!("here it is `{right}`")).fix(format!("write `{right}`"), expr.span, right))
    }

    /// `Result<Order, NotFound>`: an answer says what it is, and how an operation fails is a clause of its own.
    fn result(&self, expr: &TypeExpr, path: &Path, answer: &TypeExpr, fault: &TypeExpr) -> Diagnostic {
        let text = |it: &TypeExpr| self.sources.text(it.span);
        let right = format!("{} fails {}", text(answer), text(fault));
        let message = format!("no type `{}` is known here", path.text());
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_TYPE, path.span, message)
            .help(format!("how an operation fails is said behind its answer: `-> {right}`"));
        let whole = self.sources[expr.span.file].text();
        let before = whole[..expr.span.start as usize].trim_end();
        let rest = whole[expr.span.end as usize..].lines().next().unwrap_or_default();
        match before.ends_with("->") && !rest.contains("fails") {
            true => diagnostic.fix(format!("write `{right}`"), expr.span, right),
            false => diagnostic,
        }
    }

    /// The list whose entries are just that: `[u8]`.
    fn bytes(&self, entry: Span) -> Option<Span> {
        let text = self.sources[entry.file].text();
        let before = text[..entry.start as usize].strip_suffix('[')?;
        text[entry.end as usize..].starts_with(']').then(|| Span::new(entry.file, before.len(), entry.end as usize + 1))
    }

    /// Whether a declaration or a built-in type differs from it in upper and lower case alone.
    fn is_nearly_known(&self, file: FileIndex, path: &Path) -> bool {
        let [name] = path.segments.as_slice() else { return false };
        let package = &self.packages[self.files[file].package.0 as usize];
        let is_same = |other: &str| other.eq_ignore_ascii_case(&name.text);
        let is_declared =
            |(other, it): (&&str, &super::scope::Declaration)| is_same(other) && matches!(it.kind, Kind::Type(_));
        // Whether it is declared in another package is asked first as well.
        ScalarType::ALL.iter().any(|scalar| is_same(scalar.as_str()))
            || package.names.iter().any(is_declared)
            || self.packages.iter().any(|it| it.names.contains_key(name.text.as_str()))
            || !matches!(self.find(file, path), Found::Missing)
    }

    /// How a type says that it may be missing: inside of brackets in another way than alone.
    fn may_be_missing(&self, place: Span) -> &'static str {
        let before = self.sources[place.file].text()[..place.start as usize].trim_end();
        if before.ends_with([':']) || before.ends_with("->") { "?" } else { " or null" }
    }
}
