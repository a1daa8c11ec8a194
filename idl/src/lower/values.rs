//! Values: from what is written to a [`Literal`] in canonical form, checked against a type.
//!
//! Goes in: a value of the syntax tree and the type it must have. Comes out: the literal, or nothing where something is
//! wrong, which is reported at the very value. What scalars look like is in [`text`] and [`number`].

pub(super) mod number;
pub(super) mod satisfy;
pub(super) mod scalar;
pub(super) mod text;

use super::annotations::plain;
use super::broken::is_broken;
use super::sheets::Sheet;
use super::suggest;
use crate::contract::{Constraint, Field, Literal, Origin, Presence, Type, TypeDef, TypeKind, Union};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::source::Span;
use crate::syntax::tree::{Key, Value, ValueKind};

/// Reads values by their types.
pub(super) struct Values<'c, 'a> {
    pub(super) types: &'c [TypeDef],
    pub(super) sheets: &'c [Sheet<'a>],
    pub(super) report: &'c mut Diagnostics,
    /// Whether records may lack fields: what an example gives is a part of the answer.
    pub(super) subset: bool,
}

impl Values<'_, '_> {
    /// The value of a field or input.
    pub(super) fn of_field(
        &mut self,
        value: &Value,
        ty: &Type,
        presence: Presence,
        constraints: &[Constraint],
    ) -> Option<Literal> {
        if matches!(value.kind, ValueKind::Null) && presence != Presence::Required {
            return Some(Literal::Null);
        }
        let literal = self.read(value, ty)?;
        self.satisfies(value.span, &literal, ty, constraints).then_some(literal)
    }

    /// The value of a type.
    pub(super) fn read(&mut self, value: &Value, ty: &Type) -> Option<Literal> {
        if is_broken(ty) {
            return None;
        }
        match ty {
            Type::Scalar(scalar) => match scalar::read(value, *scalar) {
                Ok(literal) => Some(literal),
                Err(wrong) => {
                    let diagnostic = Diagnostic::new(&codes::VALUE_MISMATCH, wrong.at, wrong.message);
                    self.report.push(match scalar::meant(value, *scalar) {
                        Some(right) => diagnostic.fix(format!("write `{right}`"), value.span, right),
                        None => diagnostic,
                    });
                    None
                }
            },
            Type::Nullable(_) if matches!(value.kind, ValueKind::Null) => Some(Literal::Null),
            Type::Nullable(inner) => self.read(value, inner),
            Type::List(inner) => self.list(value, inner, false),
            Type::Set(inner) => self.list(value, inner, true),
            Type::Map(key, entry) => self.map(value, key, entry),
            Type::Named(id) => self.named(value, &self.types[id.0 as usize], &self.sheets[id.0 as usize]),
        }
    }

    fn refuse<T>(&mut self, at: Span, message: impl Into<String>) -> Option<T> {
        self.report.push(Diagnostic::new(&codes::VALUE_MISMATCH, at, message));
        None
    }

    fn list(&mut self, value: &Value, inner: &Type, is_set: bool) -> Option<Literal> {
        let ValueKind::List(items) = &value.kind else {
            return self.refuse(value.span, "a list is wanted here: `[…]`");
        };
        // A list or set stands whole even where a record may lack fields.
        let subset = std::mem::replace(&mut self.subset, false);
        let read: Vec<Option<Literal>> = items.iter().map(|item| self.read(item, inner)).collect();
        self.subset = subset;
        let literals: Vec<Literal> = read.into_iter().collect::<Option<_>>()?;
        if is_set && let Some(second) = satisfy::repeated(&literals) {
            return self.refuse(items[second].span, "this entry is in the set already");
        }
        Some(Literal::List(literals))
    }

    fn map(&mut self, value: &Value, key: &Type, entry: &Type) -> Option<Literal> {
        let ValueKind::Object(entries) = &value.kind else {
            return self.refuse(value.span, "a map is wanted here: `{ \"key\": value }`");
        };
        let subset = std::mem::replace(&mut self.subset, false);
        let mut read = Vec::new();
        for (at, value) in entries {
            read.push(self.map_key(at, key).zip(self.read(value, entry)));
        }
        self.subset = subset;
        self.unique_keys(entries).then(|| read.into_iter().collect::<Option<Vec<_>>>().map(Literal::Object))?
    }

    fn map_key(&mut self, key: &Key, ty: &Type) -> Option<String> {
        if !key.quoted {
            let message = format!("the keys of a map stand in quotes: `\"{}\"`", key.text);
            self.report.push(Diagnostic::new(&codes::VALUE_MISMATCH, key.span, message).fix(
                "put it in quotes",
                key.span,
                format!("\"{}\"", key.text),
            ));
            return None;
        }
        let scalar = match ty {
            Type::Scalar(scalar) => Some(*scalar),
            Type::Named(id) => match self.types.get(id.0 as usize).map(|def| &def.kind) {
                Some(TypeKind::Scalar(it)) => Some(it.base),
                _ => None,
            },
            _ => None,
        };
        let kind = scalar.map_or_else(|| ValueKind::Text(key.text.clone()), |scalar| scalar::key(&key.text, scalar));
        self.read(&Value { kind, span: key.span }, ty).map(|_| key.text.clone())
    }

    fn unique_keys(&mut self, entries: &[(Key, Value)]) -> bool {
        let mut seen = std::collections::HashMap::new();
        let mut sound = true;
        for (key, _) in entries {
            if let Some(first) = seen.insert(key.text.as_str(), key.span) {
                let message = format!("`{}` is said twice", key.text);
                self.report
                    .push(Diagnostic::new(&codes::DUPLICATE_MEMBER, key.span, message).also(first, "first said here"));
                sound = false;
            }
        }
        sound
    }

    fn named(&mut self, value: &Value, def: &TypeDef, sheet: &Sheet<'_>) -> Option<Literal> {
        match &def.kind {
            TypeKind::Scalar(_) if sheet.broken => None,
            TypeKind::Scalar(it) => {
                let literal = self.read(value, &Type::Scalar(it.base))?;
                self.satisfies(value.span, &literal, &Type::Scalar(it.base), &it.constraints).then_some(literal)
            }
            TypeKind::Enum(it) => {
                let names: Vec<&str> = it.members.iter().map(|member| member.name.as_str()).collect();
                self.choice(value, &def.name, "member", &names)
            }
            TypeKind::Union(it) => self.union(value, def, it),
            TypeKind::Extern(foreign) if foreign.fields.is_none() => Some(plain(value)),
            TypeKind::Extern(_) | TypeKind::Record(_) | TypeKind::Fault(_) | TypeKind::Event(_) => match &value.kind {
                ValueKind::Object(entries) => self.record(value.span, entries, def, sheet, None),
                _ => self.refuse(value.span, format!("a `{}` is wanted here: `{{ field: value }}`", def.name)),
            },
        }
    }

    /// A bare name out of a closed list.
    fn choice(&mut self, value: &Value, owner: &str, what: &str, names: &[&str]) -> Option<Literal> {
        let (ValueKind::Word(word) | ValueKind::Text(word)) = &value.kind else {
            return self.refuse(value.span, format!("a {what} of `{owner}` is wanted here"));
        };
        if names.is_empty() {
            return None;
        }
        if names.contains(&word.as_str()) {
            return Some(Literal::Text(word.clone()));
        }
        let diagnostic =
            Diagnostic::new(&codes::UNKNOWN_MEMBER, value.span, format!("`{owner}` has no {what} `{word}`"));
        self.report.push(suggest::word(diagnostic, value.span, word, names.iter().copied(), &[]));
        None
    }

    fn union(&mut self, value: &Value, def: &TypeDef, union: &Union) -> Option<Literal> {
        match (&value.kind, &union.tag) {
            (ValueKind::Object(entries), Some(tag)) => self.tagged(value.span, entries, def, union, tag),
            (ValueKind::Object(entries), None) => {
                let [(key, payload)] = entries.as_slice() else {
                    return self.refuse(value.span, format!("a case of `{}` is written `{{ case: value }}`", def.name));
                };
                let ty = self.case(key.span, &key.text, def, union)?;
                let Some(ty) = ty else {
                    return self.refuse(payload.span, format!("case `{0}` carries nothing: write `{0}`", key.text));
                };
                Some(Literal::Object(vec![(key.text.clone(), self.read(payload, ty)?)]))
            }
            (ValueKind::Word(word) | ValueKind::Text(word), _) => match self.case(value.span, word, def, union)? {
                None => Some(Literal::Text(word.clone())),
                Some(_) => self.refuse(value.span, format!("case `{word}` carries a value: `{{ {word}: … }}`")),
            },
            _ => self.refuse(value.span, format!("a case of `{}` is wanted here", def.name)),
        }
    }

    /// A union whose case is told by a member of the very object.
    fn tagged(
        &mut self,
        at: Span,
        entries: &[(Key, Value)],
        def: &TypeDef,
        union: &Union,
        tag: &str,
    ) -> Option<Literal> {
        let Some((_, word)) = entries.iter().find(|(key, _)| key.text == tag) else {
            return self.refuse(at, format!("`{tag}` tells the case of `{}` and is missing", def.name));
        };
        let (ValueKind::Word(name) | ValueKind::Text(name)) = &word.kind else {
            return self.refuse(word.span, format!("a case of `{}` is wanted here", def.name));
        };
        let case = self.case(word.span, name, def, union)?;
        let told = (tag.to_owned(), Literal::Text(name.clone()));
        let Some(Type::Named(id)) = case else { return Some(Literal::Object(vec![told])) };
        let (types, sheets) = (self.types, self.sheets);
        let (def, sheet) = types.get(id.0 as usize).zip(sheets.get(id.0 as usize))?;
        match self.record(at, entries, def, sheet, Some(tag))? {
            Literal::Object(fields) => Some(Literal::Object([told].into_iter().chain(fields).collect())),
            other => Some(other),
        }
    }

    /// What the case of that name carries; none where there is no such case, which is reported.
    fn case<'u>(&mut self, at: Span, name: &str, def: &TypeDef, union: &'u Union) -> Option<Option<&'u Type>> {
        if let Some(case) = union.cases.iter().find(|case| case.name == name) {
            return Some(case.ty.as_ref());
        }
        if !union.cases.is_empty() {
            let diagnostic =
                Diagnostic::new(&codes::UNKNOWN_MEMBER, at, format!("`{}` has no case `{name}`", def.name));
            let names = union.cases.iter().map(|case| case.name.as_str());
            self.report.push(suggest::word(diagnostic, at, name, names, &[]));
        }
        None
    }

    fn record(
        &mut self,
        at: Span,
        entries: &[(Key, Value)],
        def: &TypeDef,
        sheet: &Sheet<'_>,
        tag: Option<&str>,
    ) -> Option<Literal> {
        let fields = def.fields().unwrap_or_default();
        let said = |entry: &&(Key, Value)| Some(entry.0.text.as_str()) != tag;
        let (mut sound, mut all_known) = (self.unique_keys(entries), true);
        let mut read = Vec::new();
        for (key, value) in entries.iter().filter(said) {
            match fields.iter().find(|field| field.name == key.text) {
                Some(field) => match self.entry(value, field, &def.kind) {
                    Some(literal) => read.push((key.text.clone(), literal)),
                    None => sound = false,
                },
                None => {
                    (sound, all_known) = (false, false);
                    self.unknown_field(key, def, sheet);
                }
            }
        }
        // An unknown field is likely a missing one, misspelt: that has been said.
        if !self.subset && all_known {
            let needed = fields.iter().filter(|it| it.default.is_none() && needs_value(it));
            let missing: Vec<&str> = needed
                .map(|it| it.name.as_str())
                .filter(|name| entries.iter().all(|(key, _)| key.text != *name))
                .collect();
            if !missing.is_empty() {
                sound = false;
                let message = format!("a `{}` lacks {}", def.name, suggest::listed(&missing, "and"));
                self.report.push(Diagnostic::new(&codes::MISSING_FIELD, at, message));
            }
        }
        sound.then_some(Literal::Object(read))
    }

    fn entry(&mut self, value: &Value, field: &Field, owner: &TypeKind) -> Option<Literal> {
        let is_patch = matches!(owner, TypeKind::Record(record) if matches!(record.origin, Origin::Patch(_)));
        if is_patch && matches!(value.kind, ValueKind::Null) && field.presence == Presence::Optional {
            return self.refuse(value.span, format!("`{}` cannot be cleared: it is not optional", field.name));
        }
        self.of_field(value, &field.ty, field.presence, &field.constraints)
    }

    fn unknown_field(&mut self, key: &Key, def: &TypeDef, sheet: &Sheet<'_>) {
        if sheet.broken || sheet.broken_words.contains(key.text.as_str()) {
            return;
        }
        let message = format!("`{}` has no field `{}`", def.name, key.text);
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_FIELD, key.span, message);
        let fields = def.fields().unwrap_or_default().iter().map(|field| field.name.as_str());
        self.report.push(suggest::mend(diagnostic, key.span, &key.text, fields));
    }
}

/// Whether a field must be said where no default is.
pub(super) fn needs_value(field: &Field) -> bool {
    matches!(field.presence, Presence::Required | Presence::Nullable)
}
