//! Shapes: from the body of a declaration to the definition of a type, all but what its fields demand of values.
//!
//! Types are shaped in the order they were declared or asked for; only spreads and scalars of scalars need another
//! type's shape at once ([`Lowering::ensure`]).

use super::broken::{is_broken, parameter};
use super::members::Members;
use super::resolve::{Derive, Scope};
use super::sheets::{Form, Progress, Sheet};
use super::{Lowering, suggest, words};
use crate::contract::{
    Annotations, Case, Constraint, Enum, Event, Extern, Fault, FaultCode, Field, Member, Origin, PackageId, Pin,
    Record, Scalar, ScalarType, Type, TypeDef, TypeId, TypeKind, Union,
};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::tree::{self, RecordKind, RecordMember};

/// What HTTP and others call the codes of faults.
const HTTP_CODES: &suggest::Synonyms = &[
    (
        "invalid_argument",
        &["badrequest", "invalid", "validation", "validationerror", "unprocessable", "unprocessableentity"],
    ),
    ("unauthenticated", &["unauthorized"]),
    ("permission_denied", &["forbidden", "denied", "accessdenied"]),
    ("already_exists", &["exists", "duplicate"]),
    ("failed_precondition", &["preconditionfailed", "precondition"]),
    ("aborted", &["conflict"]),
    ("resource_exhausted", &["toomanyrequests", "ratelimited", "exhausted"]),
    ("deadline_exceeded", &["timeout", "gatewaytimeout"]),
    ("unavailable", &["serviceunavailable", "busy"]),
    ("unimplemented", &["notimplemented"]),
    ("internal", &["internalservererror", "servererror", "internalerror"]),
    ("not_found", &["gone", "missing"]),
];

/// Spreads and scalars of scalars nest no deeper.
const DEPTH_MAX: usize = 64;

/// The fields of a body, each with where it was written.
pub(super) type Fields<'a> = (Vec<Field>, Vec<&'a tree::Field>);

/// What stands in braces behind the name of a record, fault, event or foreign type.
struct Body<'a> {
    name: &'a tree::Name,
    members: &'a [RecordMember],
    readonly_fits: bool,
}

impl<'a> Body<'a> {
    fn of(record: &'a tree::Record) -> Body<'a> {
        let readonly_fits = matches!(record.kind, RecordKind::Record);
        Body { name: &record.name, members: &record.members, readonly_fits }
    }
}

impl<'a> Lowering<'a> {
    /// Shapes all declared types and all they ask for, then says what their fields demand.
    pub(super) fn lower_types(&mut self) {
        self.settle();
        for generic in 0..self.generics.len() {
            self.check_generic(generic);
        }
        self.settle();
    }

    /// Brings every type asked for so far to its end.
    pub(super) fn settle(&mut self) {
        while let Some(id) = self.pending.pop_front() {
            self.ensure(id);
        }
        while self.conditioned < self.types.len() {
            self.condition_type(TypeId(self.conditioned as u32));
            self.conditioned += 1;
        }
    }

    /// Adds a type, to be shaped later.
    pub(super) fn add_type(&mut self, package: PackageId, name: String, at: Span, sheet: Sheet<'a>) -> TypeId {
        let id = TypeId(self.types.len() as u32);
        let (marks, was) = match sheet.form {
            Form::Scalar(it) => (Some(&it.marks), it.was.as_ref()),
            Form::Record(it) => (Some(&it.marks), it.was.as_ref()),
            Form::Enum(it) => (Some(&it.marks), it.was.as_ref()),
            Form::Union(it) => (Some(&it.marks), it.was.as_ref()),
            Form::Extern(it) => (Some(&it.marks), None),
            Form::Draft(_) | Form::Patch(_) => (None, None),
        };
        let was = was.filter(|_| sheet.is_declared()).map(|name| name.text.clone());
        let docs = marks.and_then(super::annotations::docs);
        let annotations = marks.map_or_else(Annotations::default, |marks| self.annotations(marks));
        let kind = TypeKind::Record(Record { fields: Vec::new(), origin: Origin::Declared });
        self.types.push(TypeDef { id, package, name, was, docs, annotations, kind, at });
        self.sheets.push(sheet);
        self.pending.push_back(id);
        id
    }

    /// Adds a type that the contract does not declare itself; none where its name is taken, which is reported.
    pub(super) fn make_type(&mut self, package: PackageId, name: String, at: Span, sheet: Sheet<'a>) -> Option<TypeId> {
        let declared = self.packages[package.0 as usize].names.get(name.as_str()).map(|it| it.at);
        let made = self.made_names.get(&(package, name.clone())).map(|id| self.types[id.0 as usize].at);
        if let Some(other) = declared.or(made) {
            let said = if declared.is_some() { "declared here" } else { "another type is made under that name here" };
            let message = format!("the type made here is called `{name}`, and so is another");
            let diagnostic = Diagnostic::new(&codes::NAME_CLASH, at, message).also(other, said);
            self.report(diagnostic.help("rename the declared one, or declare a record for this one"));
            return None;
        }
        let id = self.add_type(package, name.clone(), at, sheet);
        self.made_names.insert((package, name), id);
        Some(id)
    }

    /// Shapes a type now, if it is not yet.
    pub(super) fn ensure(&mut self, id: TypeId) {
        let index = id.0 as usize;
        if self.sheets.get(index).is_none_or(|sheet| sheet.progress != Progress::Waiting) {
            return;
        }
        self.sheets[index].progress = Progress::Running;
        self.depth += 1;
        let before = self.report.len();
        let kind = self.shape(id);
        if self.sheets[index].instance_of.is_some() {
            self.report_once(before);
        }
        self.depth -= 1;
        self.types[index].kind = kind;
        self.sheets[index].progress = Progress::Done;
    }

    fn shape(&mut self, id: TypeId) -> TypeKind {
        let sheet = &self.sheets[id.0 as usize];
        let scope = Scope { file: sheet.file, parameters: sheet.parameters.clone(), checked: None, owner: Some(id) };
        match sheet.form {
            Form::Scalar(it) => self.shape_scalar(&scope, id, it),
            Form::Record(it) => self.shape_record(&scope, id, it),
            Form::Enum(it) => self.shape_enum(it),
            Form::Union(it) => {
                let cases = self.shape_cases(&scope, it);
                let tag = it.tag.as_ref().map(|tag| tag.value.clone());
                TypeKind::Union(Union { closed: it.closed.is_some(), tag, cases, origin: self.origin(id) })
            }
            Form::Extern(it) => self.shape_extern(&scope, id, it),
            Form::Draft(of) => self.shape_draft(of),
            Form::Patch(of) => self.shape_patch(of),
        }
    }

    /// Checks the body of a generic as such, whether or not it has instances.
    fn check_generic(&mut self, index: usize) {
        let generic = &self.generics[index];
        let (form, file) = (generic.form, generic.file);
        let parameters = generic.parameters.iter().enumerate();
        let parameters = parameters.map(|(position, it)| (it.text.as_str(), parameter(position))).collect();
        let scope = Scope { file, parameters, checked: Some(index), owner: None };
        let before = self.report.len();
        match form {
            Form::Record(record) => {
                let (mut fields, sources) = self.shape_fields(&scope, &Body::of(record), None);
                self.settle();
                for (field, source) in fields.iter_mut().zip(sources) {
                    self.condition_field(field, source);
                }
            }
            Form::Union(union) => {
                self.shape_cases(&scope, union);
            }
            _ => {}
        }
        self.report_once(before);
    }

    /// Of what was reported from `before` on, in the body of a generic, keeps what no other instance has said.
    pub(super) fn report_once(&mut self, before: usize) {
        if self.report.len() == before {
            return;
        }
        let all: Vec<Diagnostic> = std::mem::take(&mut self.report).into_iter().collect();
        for (position, diagnostic) in all.into_iter().enumerate() {
            let place = (diagnostic.code.name, diagnostic.span());
            if position < before || self.said_in_generics.insert(place) {
                self.report.push(diagnostic);
            }
        }
    }

    fn shape_scalar(&mut self, scope: &Scope<'a>, id: TypeId, scalar: &'a tree::Scalar) -> TypeKind {
        let ty = self.resolve(scope, &scalar.base, Derive::Refused);
        let below = match &ty {
            Type::Scalar(base) => Some((*base, Vec::new())),
            Type::Named(below) if !is_broken(&ty) => self.scalar_below(*below, scalar.base.span),
            _ => None,
        };
        let wrong = below.is_none()
            && !is_broken(&ty)
            && !self.def(&ty).is_some_and(|def| matches!(def.kind, TypeKind::Scalar(_)));
        if wrong {
            let message = "a scalar is made of a built-in type or of another scalar";
            self.report(
                Diagnostic::new(&codes::SCALAR_BASE, scalar.base.span, message).help("with fields it is a `record`"),
            );
        }
        self.sheets[id.0 as usize].broken = below.is_none();
        let (base, mut constraints) = below.unwrap_or((ScalarType::Json, Vec::new()));
        if !self.sheets[id.0 as usize].broken {
            constraints.extend(self.constraints(&Type::Scalar(base), &scalar.constraints));
        }
        TypeKind::Scalar(Scalar { base, constraints })
    }

    /// The base and constraints of a scalar that another is made of; none where it is no scalar or broken.
    fn scalar_below(&mut self, id: TypeId, place: Span) -> Option<(ScalarType, Vec<Constraint>)> {
        if !matches!(self.sheets[id.0 as usize].form, Form::Scalar(_)) {
            // Not a scalar: the placeholder's kind (a record) makes the caller say so.
            return None;
        }
        if !self.may_descend(id, place) {
            self.types[id.0 as usize].kind =
                TypeKind::Scalar(Scalar { base: ScalarType::Json, constraints: Vec::new() });
            return None;
        }
        self.ensure(id);
        match &self.types[id.0 as usize].kind {
            TypeKind::Scalar(scalar) if !self.sheets[id.0 as usize].broken => {
                Some((scalar.base, scalar.constraints.clone()))
            }
            _ => None,
        }
    }

    /// Whether another type's shape can be had now: not where it is being shaped, nor too deep.
    fn may_descend(&mut self, id: TypeId, place: Span) -> bool {
        let name = &self.types[id.0 as usize].name;
        let message = match self.sheets[id.0 as usize].progress {
            Progress::Running => format!("`{name}` is made of itself"),
            Progress::Waiting if self.depth >= DEPTH_MAX => {
                format!("more than {DEPTH_MAX} types are made of each other")
            }
            _ => return true,
        };
        self.report(Diagnostic::new(&codes::SPREAD_CYCLE, place, message));
        false
    }

    fn shape_record(&mut self, scope: &Scope<'a>, id: TypeId, record: &'a tree::Record) -> TypeKind {
        let body = Body::of(record);
        let (fields, sources) = self.shape_fields(scope, &body, Some(id));
        self.sheets[id.0 as usize].fields = sources;
        match &record.kind {
            RecordKind::Record => TypeKind::Record(Record { fields, origin: self.origin(id) }),
            RecordKind::Fault(code) => TypeKind::Fault(Fault { code: self.fault_code(code), fields }),
            // The key is found later: the way to it may lead through types that have no shape yet.
            RecordKind::Event(_) => TypeKind::Event(Event { fields, key: None }),
        }
    }

    /// A type written by hand: opaque, or of a shape that is stated and held against it where its language is compiled.
    fn shape_extern(&mut self, scope: &Scope<'a>, id: TypeId, it: &'a tree::Extern) -> TypeKind {
        if it.language.text != "rust" {
            let message = format!("no types can be taken from `{}`", it.language.text);
            let diagnostic = Diagnostic::new(&codes::EXTERN_LANGUAGE, it.language.span, message);
            let synonyms = [("rust", &["rs", "crate"][..])];
            self.report(suggest::word(diagnostic, it.language.span, &it.language.text, ["rust"], &synonyms));
        }
        let fields = it.members.as_ref().map(|members| {
            let body = Body { name: &it.name, members, readonly_fits: true };
            let (fields, sources) = self.shape_fields(scope, &body, Some(id));
            sources.iter().for_each(|source| self.check_shape(source));
            self.sheets[id.0 as usize].fields = sources;
            fields
        });
        TypeKind::Extern(Extern { language: it.language.text.clone(), target: it.target.value.clone(), fields })
    }

    /// A shape says names, types and numbers; what else a value must be, its own type decides.
    fn check_shape(&mut self, field: &tree::Field) {
        let value = field.default.as_ref().map(|value| ("a default", value.span));
        let constraint = field.constraints.first().map(|constraint| ("`where`", constraint.span));
        let said = [value, constraint, field.readonly.map(|place| ("`readonly`", place))];
        for (what, place) in said.into_iter().flatten() {
            let message = format!("{what} cannot be said of a foreign type's field");
            let help = "say it in the type itself: `#[validate(…)]`, `#[wire(default)]`";
            self.report(Diagnostic::new(&codes::EXTERN_SHAPE, place, message).help(help));
        }
    }

    fn fault_code(&mut self, word: &tree::Name) -> FaultCode {
        FaultCode::named(&word.text).unwrap_or_else(|| {
            let message = format!("`{}` is no code of a fault", word.text);
            let words = FaultCode::ALL.iter().map(|code| code.as_str());
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_FAULT_CODE, word.span, message);
            self.report(suggest::word(diagnostic, word.span, &word.text, words, HTTP_CODES));
            FaultCode::Unknown
        })
    }

    /// The fields of a body, spreads put in; `id` is the type that keeps the words of what could not be read.
    fn shape_fields(&mut self, scope: &Scope<'a>, body: &Body<'a>, id: Option<TypeId>) -> Fields<'a> {
        let mut members = Members::default();
        let (mut fields, mut sources) = (Vec::new(), Vec::new());
        for member in body.members {
            match member {
                RecordMember::Broken(span) => {
                    if let Some(id) = id {
                        self.sheets[id.0 as usize].broken_words.extend(words(self.sources, *span));
                    }
                }
                RecordMember::Field(source) => {
                    if !self.is_new(&mut members, &source.name, (&source.marks, source.span), body.name) {
                        continue;
                    }
                    let field = self.shape_field(scope, source, Derive::Refused);
                    self.check_pin(&mut members, field.pin, body.name);
                    if let (Some(place), false) = (source.readonly, body.readonly_fits) {
                        let message = "`readonly` stands on fields of records only";
                        let out = vec![self.without(place)];
                        let diagnostic = Diagnostic::new(&codes::READONLY_MISPLACED, place, message);
                        self.report(diagnostic.fix_by("take it out", out));
                    }
                    fields.push(field);
                    sources.push(source);
                }
                RecordMember::Spread(expr) => {
                    for (field, source) in self.spread(scope, expr, id) {
                        let name = (source.name.text.as_str(), expr.span);
                        // Fields that come with others are not taken out alone.
                        if self.is_new_at(&mut members, name, (&source.marks, field.at), body.name) {
                            let pin = field.pin.map(|pin| Pin { at: expr.span, ..pin });
                            self.check_pin(&mut members, pin, body.name);
                            fields.push(field);
                            sources.push(source);
                        }
                    }
                }
            }
        }
        (fields, sources)
    }

    /// The fields that a spread puts in.
    fn spread(
        &mut self,
        scope: &Scope<'a>,
        expr: &'a tree::TypeExpr,
        into: Option<TypeId>,
    ) -> Vec<(Field, &'a tree::Field)> {
        let ty = self.resolve(scope, expr, Derive::Refused);
        if is_broken(&ty) {
            self.note_broken_spread(into);
            return Vec::new();
        }
        let id = self.def(&ty).map(|def| def.id);
        let form = id.map(|id| self.sheets[id.0 as usize].form);
        let (Some(id), Some(Form::Record(_))) = (id, form) else {
            let message = "only the fields of a record can be spread";
            self.report(Diagnostic::new(&codes::SPREAD_WANTS_RECORD, expr.span, message));
            return Vec::new();
        };
        if !self.may_descend(id, expr.span) {
            self.note_broken_spread(into);
            return Vec::new();
        }
        self.ensure(id);
        let fields = self.types[id.0 as usize].fields().unwrap_or_default().iter().cloned();
        fields.zip(self.sheets[id.0 as usize].fields.iter().copied()).collect()
    }

    /// Fields that a broken spread would have brought are unknown: nobody is told that they are not there.
    fn note_broken_spread(&mut self, into: Option<TypeId>) {
        if let Some(id) = into {
            self.sheets[id.0 as usize].broken = true;
        }
    }

    fn shape_enum(&mut self, it: &'a tree::Enum) -> TypeKind {
        let mut seen = Members::default();
        let mut members = Vec::new();
        for member in &it.members {
            if !self.is_new(&mut seen, &member.name, (&member.marks, member.span), &it.name) {
                continue;
            }
            let pin = self.pin(member.pin.as_ref());
            self.check_pin(&mut seen, pin, &it.name);
            members.push(Member {
                name: member.name.text.clone(),
                was: member.was.as_ref().map(|name| name.text.clone()),
                docs: super::annotations::docs(&member.marks),
                annotations: self.annotations(&member.marks),
                pin,
                at: member.name.span,
            });
        }
        if it.members.is_empty() {
            let message = format!("enum `{}` has no members", it.name.text);
            self.report(
                Diagnostic::new(&codes::EMPTY_ENUM, it.name.span, message).help("a value of it could not be written"),
            );
        }
        TypeKind::Enum(Enum { closed: it.closed.is_some(), members })
    }

    fn shape_cases(&mut self, scope: &Scope<'a>, it: &'a tree::Union) -> Vec<Case> {
        let mut seen = Members::default();
        let mut cases = Vec::new();
        for case in &it.cases {
            if !self.is_new(&mut seen, &case.name, (&case.marks, case.span), &it.name) {
                continue;
            }
            let pin = self.pin(case.pin.as_ref());
            self.check_pin(&mut seen, pin, &it.name);
            cases.push(Case {
                name: case.name.text.clone(),
                was: case.was.as_ref().map(|name| name.text.clone()),
                docs: super::annotations::docs(&case.marks),
                annotations: self.annotations(&case.marks),
                ty: case.ty.as_ref().map(|expr| self.resolve(scope, expr, Derive::Refused)),
                pin,
                at: case.name.span,
            });
        }
        if it.cases.is_empty() {
            let message = format!("union `{}` has no cases", it.name.text);
            self.report(
                Diagnostic::new(&codes::EMPTY_UNION, it.name.span, message).help("a value of it could not be written"),
            );
        }
        cases
    }
}
