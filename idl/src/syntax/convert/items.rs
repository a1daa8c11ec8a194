//! Items and the members of types.

use pest::iterators::Pair;

use super::{Converter, Parts};
use crate::contract::ScalarType;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{
    Enum, EnumMember, Extern, Field, Import, Imported, Item, Marks, Name, Package, Pin, Record, RecordKind,
    RecordMember, Scalar, Union, UnionCase,
};

/// What every item begins with.
pub(super) struct Start {
    pub(super) marks: Marks,
    pub(super) span: Span,
}

pub(super) fn item(to: &mut Converter<'_, '_>, pair: Pair<'_, Rule>) -> Item {
    let span = to.span(&pair);
    let mut parts = Parts::of(pair);
    let marks = to.marks(span, &mut parts);
    let start = Start { marks, span };
    let pair = parts.next().expect("the grammar demands one kind of item");
    let rule = pair.as_rule();
    let parts = Parts::of(pair);
    match rule {
        Rule::package => Item::Package(to.package(start, parts)),
        Rule::import => Item::Import(to.import(start, parts)),
        Rule::scalar => Item::Scalar(to.scalar(start, parts)),
        Rule::record | Rule::fault | Rule::event => Item::Record(to.record(start, rule, parts)),
        Rule::enumeration => Item::Enum(to.enumeration(start, parts)),
        Rule::union => Item::Union(to.union(start, parts)),
        Rule::foreign => Item::Extern(to.foreign(start, parts)),
        Rule::service => Item::Service(to.service(start, parts)),
        Rule::bind => Item::Bind(to.bind(start, parts)),
        Rule::example => Item::Example(to.example(start, parts)),
        _ => unreachable!("the grammar knows no other item"),
    }
}

impl Converter<'_, '_> {
    fn package(&mut self, start: Start, mut parts: Parts<'_>) -> Package {
        let path = self.path(&parts.the(Rule::path));
        let version = parts.find(Rule::number).map(|pair| self.number(&pair));
        Package { marks: start.marks, path, version, span: start.span }
    }

    fn import(&mut self, start: Start, mut parts: Parts<'_>) -> Import {
        let path = self.path(&parts.the(Rule::path));
        let what = match parts.next() {
            Some(names) if names.as_rule() == Rule::imported => {
                let names = names.into_inner().filter(|pair| pair.as_rule() == Rule::name);
                Imported::Names(names.map(|pair| self.name(&pair)).collect())
            }
            _ => Imported::Package(parts.find(Rule::name).map(|pair| self.name(&pair))),
        };
        Import { marks: start.marks, path, what, span: start.span }
    }

    fn scalar(&mut self, start: Start, mut parts: Parts<'_>) -> Scalar {
        let name = self.name(&parts.the(Rule::name));
        let was = parts.maybe(Rule::was).map(|pair| self.was(pair));
        let base = self.type_expr(parts.the(Rule::type_expr));
        let constraints = parts.find(Rule::constraints).map(|pair| self.constraints(pair)).unwrap_or_default();
        Scalar { marks: start.marks, name, was, base, constraints, span: start.span }
    }

    fn record(&mut self, start: Start, rule: Rule, mut parts: Parts<'_>) -> Record {
        let head = self.type_head(&mut parts);
        let code = (rule == Rule::fault).then(|| parts.the(Rule::fault_code));
        let members = parts.find(Rule::fields).map(|pair| self.fields(pair)).unwrap_or_default();
        let kind = match (rule, code) {
            (_, Some(code)) => RecordKind::Fault(self.name(&code)),
            (Rule::event, _) => RecordKind::Event(parts.find(Rule::path).map(|pair| self.path(&pair))),
            _ => RecordKind::Record,
        };
        let Head { name, was, parameters } = head;
        Record { marks: start.marks, kind, name, was, parameters, members, span: start.span }
    }

    fn foreign(&mut self, start: Start, mut parts: Parts<'_>) -> Extern {
        let name = self.name(&parts.the(Rule::name));
        let language = self.name(&parts.the(Rule::name));
        let target = self.text(&parts.the(Rule::text));
        let members = parts.maybe(Rule::fields).map(|pair| self.fields(pair));
        Extern { marks: start.marks, name, language, target, members, span: start.span }
    }

    fn enumeration(&mut self, start: Start, mut parts: Parts<'_>) -> Enum {
        let closed = parts.maybe(Rule::kw_closed).map(|pair| self.span(&pair));
        let name = self.name(&parts.the(Rule::name));
        let was = parts.maybe(Rule::was).map(|pair| self.was(pair));
        let mut members = Vec::new();
        while let Some(pair) = parts.find(Rule::enum_member) {
            let UnionCase { marks, name, pin, was, span, .. } = self.case(pair);
            members.push(EnumMember { marks, name, pin, was, span });
        }
        Enum { marks: start.marks, closed, name, was, members, span: start.span }
    }

    fn union(&mut self, start: Start, mut parts: Parts<'_>) -> Union {
        let closed = parts.maybe(Rule::kw_closed).map(|pair| self.span(&pair));
        let Head { name, was, parameters } = self.type_head(&mut parts);
        let mut tag = None;
        let mut cases: Vec<UnionCase> = Vec::new();
        let mut end = 0;
        while let Some(pair) = parts.next() {
            match pair.as_rule() {
                Rule::text => tag = Some(self.text(&pair)),
                Rule::case => {
                    let between = pair.get_input().get(end..pair.as_span().start()).unwrap_or_default();
                    let is_beside = !between.contains([',', '\n', '/']);
                    end = pair.as_span().end();
                    let case = self.case(pair);
                    match cases.last() {
                        Some(last) if is_beside && is_its_type(last, &case) => self.missing_colon(last, &case),
                        _ => cases.push(case),
                    }
                }
                _ => {}
            }
        }
        Union { marks: start.marks, closed, name, was, parameters, tag, cases, span: start.span }
    }

    /// `card string` is not two cases.
    fn missing_colon(&mut self, case: &UnionCase, ty: &UnionCase) {
        let message = format!("expected `:` after the case's name, found `{}`", ty.name.text);
        let help = "two cases without a payload stand on lines of their own, or with a comma between them";
        let diagnostic = Diagnostic::new(&codes::UNEXPECTED_TOKEN, ty.name.span, message).help(help);
        self.out.push(diagnostic.fix("insert `:`", case.name.span.after(), ":"));
    }

    /// A case of a union; a member of an enum is one without a type.
    fn case(&mut self, pair: Pair<'_, Rule>) -> UnionCase {
        let whole = self.span(&pair);
        let mut parts = Parts::of(pair);
        let marks = self.marks(whole, &mut parts);
        let name = self.name(&parts.the(Rule::name));
        let mut case = UnionCase { marks, span: name.span.to(whole.after()), name, ty: None, pin: None, was: None };
        while let Some(pair) = parts.next() {
            match pair.as_rule() {
                Rule::type_expr => case.ty = Some(self.type_expr(pair)),
                Rule::pin => case.pin = Some(self.pin(&pair)),
                Rule::was => case.was = Some(self.was(pair)),
                _ => {}
            }
        }
        case
    }

    fn fields(&mut self, pair: Pair<'_, Rule>) -> Vec<RecordMember> {
        let mut members = Vec::new();
        for pair in pair.into_inner().filter(|pair| pair.as_rule() == Rule::field_member) {
            let whole = self.span(&pair);
            let mut parts = Parts::of(pair);
            if let Some(spread) = parts.maybe(Rule::spread) {
                members.push(RecordMember::Spread(self.named_type(Parts::of(spread).the(Rule::named_type))));
                continue;
            }
            let marks = self.marks(whole, &mut parts);
            match parts.next() {
                Some(pair) if pair.as_rule() == Rule::field => {
                    members.push(RecordMember::Field(self.field(marks, pair)))
                }
                other => {
                    let spread = other.map_or(whole, |pair| self.span(&pair));
                    let message = "annotations mark fields, not spreads";
                    let diagnostic = Diagnostic::new(&codes::WRONG_SHAPE, whole, message);
                    self.out.push(diagnostic.fix("take them out", Span { end: spread.start, ..whole }, ""));
                    members.push(RecordMember::Broken(whole));
                }
            }
        }
        members
    }

    /// An input of an operation.
    pub(super) fn input(&mut self, pair: Pair<'_, Rule>) -> Field {
        let whole = self.span(&pair);
        let mut parts = Parts::of(pair);
        let marks = self.marks(whole, &mut parts);
        self.field(marks, parts.the(Rule::field))
    }

    fn field(&mut self, marks: Marks, pair: Pair<'_, Rule>) -> Field {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let name = self.name(&parts.the(Rule::name));
        let ty = self.type_expr(parts.the(Rule::type_expr));
        let mut field = Field {
            marks,
            name,
            ty,
            default: None,
            constraints: Vec::new(),
            readonly: None,
            pin: None,
            was: None,
            span,
        };
        while let Some(pair) = parts.next() {
            self.tail(&mut field, pair);
        }
        field
    }

    fn tail(&mut self, field: &mut Field, pair: Pair<'_, Rule>) {
        let span = self.span(&pair);
        let again = match pair.as_rule() {
            Rule::default => field.default.replace(self.value(Parts::of(pair).the(Rule::value))).is_some(),
            Rule::constraints => {
                let first = field.constraints.last().map(|constraint| constraint.span);
                field.constraints.extend(self.constraints(pair));
                if let Some(first) = first {
                    self.constraints_twice(span, first);
                }
                false
            }
            Rule::kw_readonly => field.readonly.replace(span).is_some(),
            Rule::pin => field.pin.replace(self.pin(&pair)).is_some(),
            _ => field.was.replace(self.was(pair)).is_some(),
        };
        if again {
            self.said_twice(span);
        }
    }

    fn type_head(&mut self, parts: &mut Parts<'_>) -> Head {
        let name = self.name(&parts.the(Rule::name));
        let mut was = parts.maybe(Rule::was).map(|pair| self.was(pair));
        let parameters = parts.maybe(Rule::parameters);
        let parameters = parameters.into_iter().flat_map(Pair::into_inner).filter(|pair| pair.as_rule() == Rule::name);
        let parameters = parameters.map(|pair| self.name(&pair)).collect();
        was = was.or_else(|| parts.maybe(Rule::was).map(|pair| self.was(pair)));
        Head { name, was, parameters }
    }

    pub(super) fn was(&self, pair: Pair<'_, Rule>) -> Name {
        self.name(&Parts::of(pair).the(Rule::name))
    }

    pub(super) fn pin(&self, pair: &Pair<'_, Rule>) -> Pin {
        Pin { number: pair.as_str()[1..].to_owned(), span: self.span(pair) }
    }
}

/// What stands between the keyword and the body of a type.
struct Head {
    name: Name,
    was: Option<Name>,
    parameters: Vec<Name>,
}

/// Whether what stands beside a case without a comma is meant to be its type: a built-in one, or named as types are.
fn is_its_type(case: &UnionCase, next: &UnionCase) -> bool {
    let is_bare = |it: &UnionCase| it.ty.is_none() && it.pin.is_none() && it.was.is_none();
    let is_type_name = |it: &UnionCase| it.name.text.starts_with(|letter: char| letter.is_ascii_uppercase());
    let is_type = ScalarType::named(&next.name.text).is_some() || is_type_name(next) && !is_type_name(case);
    is_bare(case) && is_bare(next) && is_type && next.marks.docs.is_none() && next.marks.annotations.is_empty()
}
