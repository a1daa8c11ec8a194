//! Operations: inputs, answer, and what their clauses promise.

use super::annotations::docs;
use super::broken::is_broken;
use super::clauses::OperationClauses;
use super::fields::presence;
use super::members::Members;
use super::resolve::{Derive, Scope, nullable};
use super::scope::{Found, Kind};
use super::services::Around;
use super::values::text;
use super::{Lowering, suggest};
use crate::contract::{
    Access, Answer, Auth, Deprecated, Effect, Field, Inputs, Operation, Presence, ScalarType, Type, TypeId, TypeKind,
};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::NOTHING;
use crate::syntax::tree::{self, ClauseKind, Name, Path};

impl<'a> Lowering<'a> {
    /// Lowers one operation of a service.
    pub(super) fn operation(&mut self, around: &Around<'a>, source: &'a tree::Operation) -> Operation {
        let scope = Scope::of_file(around.file);
        let inputs = self.inputs(&scope, source);
        let answer = self.answer(&scope, source);
        let said = self.operation_clauses(source);
        let effect = self.effect(&said, &inputs);
        let faults = self.named_once(around, said.fails.map(|(_, paths)| paths), "fault");
        let emits = self.named_once(around, said.emits.map(|(_, paths)| paths), "event");
        self.check_oneway(source, &said, &inputs);
        if let (Some(clause), Answer::Stream(_)) = (said.effect, &answer)
            && let ClauseKind::Keyed(_) = clause.kind
        {
            let message = format!("`{}` is keyed and answers with a stream", source.name.text);
            let help =
                "a stream cannot be answered again: start the work in a keyed operation, and follow it in a safe one";
            self.report(Diagnostic::new(&codes::CLAUSE_CONFLICT, clause.span, message).help(help));
        }
        if let (Effect::Safe, Some((clause, _))) = (effect, said.emits) {
            let message = format!("`{}` is safe and emits an event", source.name.text);
            let help = "what publishes has an effect: say `idempotent` or `once`, or emit nothing";
            let diagnostic = Diagnostic::new(&codes::EMITS_ON_SAFE, clause.span, message).help(help);
            self.report(match said.effect {
                Some(safe) => diagnostic.fix_by("leave `safe` out", vec![self.without(safe.span)]),
                None => diagnostic,
            });
        }
        let mut operation = Operation {
            name: source.name.text.clone(),
            was: source.was.as_ref().map(|name| name.text.clone()),
            docs: docs(&source.marks),
            annotations: self.annotations(&source.marks),
            inputs,
            answer,
            oneway: said.oneway.is_some(),
            faults,
            effect,
            emits,
            access: self.access(around, &said),
            policy: around.policy.clone(),
            deprecated: said.deprecated.and_then(|clause| self.deprecated(clause)),
            pin: self.pin(source.pin.as_ref()),
            at: source.name.span,
        };
        self.operation_policy(around, &said, &mut operation);
        operation
    }

    fn inputs(&mut self, scope: &Scope<'a>, source: &'a tree::Operation) -> Inputs {
        if let [only] = source.inputs.as_slice()
            && let tree::TypeKind::Stream(item) = &only.ty.kind
        {
            let mut field = self.input(scope, only, Some(item));
            self.settle();
            self.condition_field(&mut field, only);
            if let Some(value) = &only.default {
                let diagnostic = Diagnostic::new(&codes::STREAM_INPUT, value.span, "a stream has no default");
                self.report(match self.without_default(value) {
                    Some(edit) => diagnostic.fix_by("take the default out", vec![edit]),
                    None => diagnostic,
                });
                field.default = None;
            }
            return Inputs::Stream(Box::new(field));
        }
        let (mut members, mut fields) = (Members::default(), Vec::new());
        for input in &source.inputs {
            if !self.is_new(&mut members, &input.name, (&input.marks, input.span), &source.name) {
                continue;
            }
            let stream = match &input.ty.kind {
                tree::TypeKind::Stream(item) => {
                    let message = format!("`{}` streams in and is not the only input", input.name.text);
                    let help =
                        "a stream stands alone: put what else comes in into its items, or call another operation first";
                    self.report(Diagnostic::new(&codes::STREAM_INPUT, input.ty.span, message).help(help));
                    Some(&**item)
                }
                _ => None,
            };
            let field = self.input(scope, input, stream);
            self.check_pin(&mut members, field.pin, &source.name);
            fields.push((field, input));
        }
        // Their defaults may be values of the very drafts they have just asked for.
        self.settle();
        for (field, input) in &mut fields {
            self.condition_field(field, input);
        }
        Inputs::Fields(fields.into_iter().map(|(field, _)| field).collect())
    }

    /// An input's shape; of a stream the item's type is given.
    fn input(&mut self, scope: &Scope<'a>, source: &'a tree::Field, item: Option<&'a tree::TypeExpr>) -> Field {
        if let Some(place) = source.readonly {
            let message = "an input is never readonly";
            let out = vec![self.without(place)];
            self.report(Diagnostic::new(&codes::READONLY_MISPLACED, place, message).fix_by("take it out", out));
        }
        match item {
            None => self.shape_field(scope, source, Derive::Allowed),
            Some(item) => Field {
                name: source.name.text.clone(),
                was: source.was.as_ref().map(|name| name.text.clone()),
                docs: docs(&source.marks),
                annotations: self.annotations(&source.marks),
                ty: self.element(scope, item, Derive::Allowed),
                presence: Presence::Required,
                default: None,
                constraints: Vec::new(),
                readonly: false,
                pin: self.pin(source.pin.as_ref()),
                at: source.name.span,
                type_at: source.ty.span,
            },
        }
    }

    fn answer(&mut self, scope: &Scope<'a>, source: &'a tree::Operation) -> Answer {
        let Some(expr) = &source.answer else { return Answer::Nothing };
        if self.means_nothing(scope, expr) {
            return Answer::Nothing;
        }
        if let tree::TypeKind::Stream(item) = &expr.kind {
            return Answer::Stream(self.element(scope, item, Derive::Allowed));
        }
        let (inner, presence) = presence(expr);
        let ty = self.resolve(scope, inner, Derive::Allowed);
        Answer::One(if presence == Presence::Required { ty } else { nullable(ty) })
    }

    /// `-> void`: reported, unless there is such a type.
    fn means_nothing(&mut self, scope: &Scope<'a>, expr: &tree::TypeExpr) -> bool {
        let tree::TypeKind::Named { path, arguments } = &expr.kind else { return false };
        let is_unknown = arguments.is_empty() && matches!(self.find(scope.file, path), Found::Missing);
        if !is_unknown || !NOTHING.contains(&path.text().as_str()) {
            return false;
        }
        let message = format!("no type `{}` is known here", path.text());
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_TYPE, path.span, message)
            .help("what answers with nothing has no `->`; it is awaited all the same");
        let before = self.sources[expr.span.file].text()[..expr.span.start as usize].trim_end();
        self.report(match before.strip_suffix("->") {
            Some(before) => {
                let arrow = Span { start: before.len() as u32, ..expr.span };
                diagnostic.fix_by("take the arrow out", vec![self.without(arrow)])
            }
            None => diagnostic,
        });
        true
    }

    fn effect(&mut self, said: &OperationClauses<'a>, inputs: &Inputs) -> Effect {
        match said.effect.map(|clause| &clause.kind) {
            Some(ClauseKind::Safe) => Effect::Safe,
            Some(ClauseKind::Idempotent) => Effect::Idempotent,
            Some(ClauseKind::Keyed(name)) => match self.scalar_input(inputs, name) {
                Some(position) if self.is_text(&inputs.fields()[position].ty) => Effect::Keyed(position),
                Some(_) => {
                    let message = format!("`{}` is no text that tells calls apart", name.text);
                    let help = "the input of `keyed` is an `idempotency_key`, a string or a uuid";
                    let diagnostic = Diagnostic::new(&codes::KEYED_INPUT, name.span, message).help(help);
                    let is_key = |field: &&Field| self.scalar_of(&field.ty) == Some(ScalarType::IdempotencyKey);
                    let key = inputs.fields().iter().find(is_key).map(|field| field.name.clone());
                    self.report(match key {
                        Some(key) => diagnostic.fix(format!("write `{key}`"), name.span, key),
                        None => diagnostic,
                    });
                    Effect::Once
                }
                None => Effect::Once,
            },
            _ => Effect::Once,
        }
    }

    /// The position of the input of that name; none where there is none, which is reported.
    pub(super) fn scalar_input(&mut self, inputs: &Inputs, name: &Name) -> Option<usize> {
        let position = inputs.fields().iter().position(|field| field.name == name.text);
        if position.is_none() {
            let message = format!("there is no input `{}`", name.text);
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_INPUT, name.span, message);
            let names = inputs.fields().iter().map(|field| field.name.as_str());
            self.report(suggest::mend(diagnostic, name.span, &name.text, names));
        }
        position
    }

    fn is_text(&self, ty: &Type) -> bool {
        let base = match (ty, self.def(ty).map(|def| &def.kind)) {
            (Type::Scalar(scalar), _) => Some(*scalar),
            (_, Some(TypeKind::Scalar(scalar))) => Some(scalar.base),
            _ => None,
        };
        let fits = |base| {
            matches!(base, ScalarType::IdempotencyKey | ScalarType::String | ScalarType::Uuid | ScalarType::Json)
        };
        is_broken(ty) || base.is_some_and(fits)
    }

    /// The faults or events of a list, each once.
    /// The faults or events that a list names.
    pub(super) fn named_once(&mut self, around: &Around<'a>, paths: Option<&'a [Path]>, what: &str) -> Vec<TypeId> {
        let (code, wanted): (_, fn(Kind) -> bool) = match what {
            "fault" => (&codes::UNKNOWN_FAULT, |kind| matches!(kind, Kind::Fault(_))),
            _ => (&codes::UNKNOWN_EVENT, |kind| matches!(kind, Kind::Event(_))),
        };
        let mut found = Vec::new();
        for path in paths.unwrap_or_default() {
            match self.of_kind(around.file, path, code, what, wanted) {
                Some(id) if found.contains(&id) => self.report_twice(&Name { text: path.text(), span: path.span }),
                Some(id) => found.push(id),
                None => {}
            }
        }
        found
    }

    /// Nobody waits for a oneway call: it has no answer, no faults, no streams.
    fn check_oneway(&mut self, source: &tree::Operation, said: &OperationClauses<'a>, inputs: &Inputs) {
        let Some(oneway) = said.oneway else { return };
        let stream = match inputs {
            Inputs::Stream(_) => source.inputs.first().map(|input| ("a stream", input.span)),
            Inputs::Fields(_) => None,
        };
        let answer = source.answer.as_ref().map(|answer| ("an answer", answer.span));
        let fails = said.fails.map(|(clause, _)| ("faults", clause.span));
        for (what, place) in [answer, fails, stream].into_iter().flatten() {
            let message = format!("`{}` is oneway and has {what}", source.name.text);
            let diagnostic =
                Diagnostic::new(&codes::ONEWAY_CONFLICT, place, message).also(oneway.span, "nobody waits for it");
            let diagnostic = diagnostic.help("without `oneway` an operation that answers nothing is still awaited");
            self.report(diagnostic.fix_by("leave `oneway` out", vec![self.without(oneway.span)]));
        }
    }

    fn access(&mut self, around: &Around<'a>, said: &OperationClauses<'a>) -> Access {
        let Some(clause) = said.access else { return Access::Service };
        if !matches!(clause.kind, ClauseKind::Public) && matches!(around.auth, Some(Auth::Public)) {
            let message = format!("`{}` is public: nobody has scopes or roles in it", around.name.text);
            let help = "say `auth …` in the service; single operations may then be `public`";
            self.report(Diagnostic::new(&codes::ACCESS_WITHOUT_AUTH, clause.span, message).help(help));
            return Access::Service;
        }
        match &clause.kind {
            ClauseKind::Public => Access::Public,
            ClauseKind::Role(role) => Access::Role(role.value.clone()),
            ClauseKind::Scope(texts) => {
                let declared = match &around.auth {
                    Some(Auth::AnyOf { scopes, .. }) if !scopes.is_empty() => Some(scopes),
                    _ => None,
                };
                let unknown = |text: &&tree::Text| declared.is_some_and(|scopes| !scopes.contains(&text.value));
                for text in texts.iter().filter(unknown) {
                    let message = format!("`{}` declares no scope `{}`", around.name.text, text.value);
                    let words = declared.into_iter().flatten().map(String::as_str);
                    let near = suggest::nearest(&text.value, words.clone());
                    let help = suggest::one_of(&text.value, words);
                    let diagnostic = Diagnostic::new(&codes::UNKNOWN_SCOPE, text.span, message).help(help);
                    self.report(match near {
                        Some(near) => diagnostic.fix(format!("write `{near}`"), text.span, format!("{near:?}")),
                        None => diagnostic,
                    });
                }
                Access::Scopes(texts.iter().map(|text| text.value.clone()).collect())
            }
            _ => Access::Service,
        }
    }

    fn deprecated(&mut self, clause: &tree::Clause) -> Option<Deprecated> {
        let ClauseKind::Deprecated { note, until } = &clause.kind else { return None };
        let until = until.as_ref().filter(|day| {
            let sound = text::is_date(&day.value);
            if !sound {
                let message = format!("`{}` is no day", day.value);
                let diagnostic = Diagnostic::new(&codes::DEPRECATED_DATE, day.span, message);
                self.report(match text::meant_date(&day.value) {
                    Some(right) => diagnostic.fix(format!("write `\"{right}\"`"), day.span, format!("\"{right}\"")),
                    None => diagnostic.help("write it as `\"2027-01-31\"`"),
                });
            }
            sound
        });
        let text = |it: &tree::Text| it.value.clone();
        Some(Deprecated { note: note.as_ref().map(text), until: until.map(text) })
    }
}
