//! Checks over whole types: recursion that cannot end, unions whose tag does not work.

use std::collections::HashMap;

use super::Lowering;
use super::sheets::Form;
use crate::contract::{Presence, ScalarType, Type, TypeId, TypeKind};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

impl Lowering<'_> {
    /// Checks all types that are known so far.
    pub(super) fn check_types(&mut self) {
        self.check_recursion();
        for id in 0..self.types.len() {
            if self.sheets[id].is_declared() {
                self.check_tag(TypeId(id as u32));
                self.check_retry_after(TypeId(id as u32));
            }
        }
    }

    /// A value of a type that holds itself, always, could never be written to its end.
    fn check_recursion(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum Seen {
            No,
            Open,
            Done,
        }
        let mut seen = vec![Seen::No; self.types.len()];
        for start in 0..self.types.len() {
            if seen[start] != Seen::No {
                continue;
            }
            seen[start] = Seen::Open;
            let mut way = vec![(start, self.always_holds(start), 0)];
            while let Some((at, holds, next)) = way.last_mut() {
                let at = *at;
                let Some(&(to, place)) = holds.get(*next) else {
                    seen[at] = Seen::Done;
                    way.pop();
                    continue;
                };
                *next += 1;
                match seen[to] {
                    Seen::Done => {}
                    Seen::No => {
                        seen[to] = Seen::Open;
                        way.push((to, self.always_holds(to), 0));
                    }
                    Seen::Open => {
                        let from = way.iter().position(|(it, ..)| *it == to).unwrap_or(0);
                        let round: Vec<usize> = way[from..].iter().map(|(it, ..)| *it).chain([to]).collect();
                        self.report_endless(&round, place);
                    }
                }
            }
        }
    }

    fn report_endless(&mut self, round: &[usize], place: Span) {
        if round.iter().any(|&it| matches!(self.sheets[it].form, Form::Draft(_) | Form::Patch(_))) {
            // What they are made of has been reported.
            return;
        }
        let names: Vec<&str> = round.iter().map(|&it| self.types[it].name.as_str()).collect();
        let message = match names.as_slice() {
            [name, _] => format!("`{name}` always holds another `{name}`: it never ends"),
            names => format!("these types always hold each other and never end: {}", names.join(" → ")),
        };
        let help = "let it pass through something that may be missing or empty: `T?`, `[T]`, a map or a union";
        self.report(Diagnostic::new(&codes::INFINITE_TYPE, place, message).help(help));
    }

    /// The types that every value of a type holds, with the places where they are written.
    fn always_holds(&self, index: usize) -> Vec<(usize, Span)> {
        let fields = self.types[index].fields().unwrap_or_default();
        let needed = fields.iter().filter(|field| field.presence == Presence::Required);
        let named = needed.filter_map(|field| match field.ty {
            Type::Named(id) if (id.0 as usize) < self.types.len() => Some((id.0 as usize, field.type_at)),
            _ => None,
        });
        named.collect()
    }

    /// Cases of a tagged union are records, written flat beside the tag.
    fn check_tag(&mut self, id: TypeId) {
        let def = &self.types[id.0 as usize];
        let (TypeKind::Union(union), Form::Union(source)) = (&def.kind, self.sheets[id.0 as usize].form) else {
            return;
        };
        let Some(tag) = &source.tag else { return };
        let mut wrong = Vec::new();
        if tag.value.is_empty() {
            let diagnostic = Diagnostic::new(&codes::UNION_TAG, tag.span, "the tag needs a name");
            wrong.push(diagnostic.fix("call it `kind`", tag.span, "\"kind\""));
        }
        let exprs: HashMap<&str, Span> =
            source.cases.iter().filter_map(|case| Some((case.name.text.as_str(), case.ty.as_ref()?.span))).collect();
        for case in &union.cases {
            let Some(ty) = case.ty.as_ref().filter(|ty| !super::broken::is_broken(ty)) else { continue };
            let place = exprs.get(case.name.as_str()).copied().unwrap_or(case.at);
            let payload = self.def(ty).filter(|def| matches!(def.kind, TypeKind::Record(_) | TypeKind::Event(_)));
            let Some(payload) = payload else {
                let message = format!("case `{}` of a tagged union is a record", case.name);
                let help = "a record's fields stand beside the tag; wrap the value in a record, or take the tag away";
                wrong.push(Diagnostic::new(&codes::UNION_TAG, place, message).help(help));
                continue;
            };
            if let Some(field) = payload.fields().unwrap_or_default().iter().find(|field| field.name == tag.value) {
                let message = format!("`{}` has a field with the name of the tag, `{}`", payload.name, tag.value);
                wrong.push(Diagnostic::new(&codes::UNION_TAG, place, message).also(field.at, "this field"));
            }
        }
        self.report.extend(wrong);
    }

    /// `retry_after` is honoured, which only a duration can be.
    fn check_retry_after(&mut self, id: TypeId) {
        let def = &self.types[id.0 as usize];
        let TypeKind::Fault(fault) = &def.kind else { return };
        let Some(field) = fault.fields.iter().find(|field| field.name == "retry_after") else { return };
        if field.ty != Type::Scalar(ScalarType::Duration) && !super::broken::is_broken(&field.ty) {
            let message = "`retry_after` of a fault tells callers how long to wait: it is a `duration`";
            self.report.push(Diagnostic::new(&codes::RETRY_AFTER, field.type_at, message).fix(
                "write `duration`",
                field.type_at,
                "duration",
            ));
        }
    }
}
