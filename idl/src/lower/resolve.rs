//! Type expressions: from what is written to a [`Type`], making instances of generics on the way.
//!
//! `?`, `or null` at the top and `stream` are not read here but by whoever may have them (fields, inputs, answers):
//! left over, they stand where they must not.

use std::rc::Rc;

use super::broken::{broken, is_broken, parameter};
use super::scope::{FileIndex, Found, Kind};
use super::sheets::{Form, Sheet};
use super::{Lowering, broken::is_unresolved};
use crate::contract::{Origin, PackageId, ScalarType, Type, TypeId, TypeKind};
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::source::Span;
use crate::syntax::tree::{self, Name, TypeExpr};

/// A record or union with parameters.
pub(super) struct Generic<'a> {
    pub(super) package: PackageId,
    pub(super) file: FileIndex,
    pub(super) name: &'a Name,
    pub(super) parameters: &'a [Name],
    pub(super) form: Form<'a>,
    instances: usize,
    /// Whether its instances or its recursion have been refused; said once.
    refused: bool,
}

impl<'a> Generic<'a> {
    pub(super) fn new(
        package: PackageId,
        file: FileIndex,
        name: &'a Name,
        parameters: &'a [Name],
        form: Form<'a>,
    ) -> Generic<'a> {
        Generic { package, file, name, parameters, form, instances: 0, refused: false }
    }
}

/// Where a type expression stands.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) file: FileIndex,
    /// What the parameters of the generic around it stand for.
    pub(super) parameters: Rc<[(&'a str, Type)]>,
    /// The generic that is checked without arguments.
    pub(super) checked: Option<usize>,
    /// The type whose body this is.
    pub(super) owner: Option<TypeId>,
}

impl Scope<'_> {
    /// A place outside of any generic.
    pub(super) fn of_file(file: FileIndex) -> Scope<'static> {
        Scope { file, parameters: Rc::new([]), checked: None, owner: None }
    }
}

/// Whether `draft` and `patch` may stand at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Derive {
    Allowed,
    Refused,
}

/// Whether a type stands inside of a container, where `or null` is part of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    Element,
    Other,
}

impl<'a> Lowering<'a> {
    /// The type that is written; a placeholder where it could not be resolved, which is reported.
    pub(super) fn resolve(&mut self, scope: &Scope<'a>, expr: &'a TypeExpr, derive: Derive) -> Type {
        self.resolve_at(scope, expr, derive, Spot::Other)
    }

    fn resolve_at(&mut self, scope: &Scope<'a>, expr: &'a TypeExpr, derive: Derive, spot: Spot) -> Type {
        match &expr.kind {
            tree::TypeKind::Named { path, arguments } => self.resolve_name(scope, expr, path, arguments, derive),
            tree::TypeKind::List(inner) => Type::List(Box::new(self.element(scope, inner, derive))),
            tree::TypeKind::Set(inner) => Type::Set(Box::new(self.key(scope, inner, "a set's entry"))),
            tree::TypeKind::Map(key, value) => {
                let key = self.key(scope, key, "a map's key");
                Type::Map(Box::new(key), Box::new(self.element(scope, value, derive)))
            }
            tree::TypeKind::Optional(inner) => {
                let message = "`?` stands on fields, inputs and answers only";
                let diagnostic = Diagnostic::new(&codes::OPTIONAL_MISPLACED, expr.span, message)
                    .help("what may be missing inside a container is written `T or null`");
                let mark = Span { end: expr.span.end, ..inner.span.after() };
                self.report(match spot {
                    Spot::Element => diagnostic.fix("write `or null`", mark, " or null"),
                    Spot::Other => diagnostic.fix("take the `?` out", mark, ""),
                });
                self.resolve(scope, inner, derive)
            }
            tree::TypeKind::Nullable(inner) => {
                let message = "`or null` stands on fields, inputs, answers and inside containers only";
                let mark = Span { end: expr.span.end, ..inner.span.after() };
                let diagnostic = Diagnostic::new(&codes::OPTIONAL_MISPLACED, expr.span, message);
                self.report(diagnostic.fix("take `or null` out", mark, ""));
                self.resolve(scope, inner, derive)
            }
            tree::TypeKind::Stream(inner) => {
                let message = "`stream` stands at the front of an operation's only input or of its answer";
                let diagnostic = Diagnostic::new(&codes::STREAM_MISPLACED, expr.span, message);
                let diagnostic = diagnostic.help("what is sent whole is a list: `[T]`");
                let word = expr.span.before().to(inner.span.before());
                let list = vec![Edit::replace(word, "["), Edit::insert(inner.span.after(), "]")];
                self.report(diagnostic.fix_by("write a list", list));
                self.resolve(scope, inner, derive)
            }
            tree::TypeKind::Draft(inner) => self.derived(scope, expr, inner, derive, "draft", Self::draft),
            tree::TypeKind::Patch(inner) => self.derived(scope, expr, inner, derive, "patch", Self::patch),
        }
    }

    fn derived(
        &mut self,
        scope: &Scope<'a>,
        expr: &'a TypeExpr,
        inner: &'a TypeExpr,
        derive: Derive,
        word: &str,
        make: fn(&mut Self, TypeId, Span) -> Type,
    ) -> Type {
        let ty = self.resolve(scope, inner, Derive::Refused);
        if derive == Derive::Refused {
            let message = format!("`{word}` stands in inputs and answers only");
            self.report(Diagnostic::new(&codes::DERIVE_MISPLACED, expr.span, message).help("declare a record for it"));
            return broken();
        }
        match self.def(&ty).map(|def| (def.id, &def.kind)) {
            Some((id, TypeKind::Record(_))) => make(self, id, expr.span),
            _ if is_broken(&ty) => broken(),
            _ => {
                let message = format!("`{word}` wants a record");
                let diagnostic = Diagnostic::new(&codes::DERIVE_WANTS_RECORD, inner.span, message);
                // A union may have something readonly below; anything else is its own draft.
                let is_plain = !self.def(&ty).is_some_and(|def| matches!(def.kind, TypeKind::Union(_)));
                self.report(match is_plain && word == "draft" {
                    true => diagnostic.fix("take `draft` out", expr.span.before().to(inner.span.before()), ""),
                    false => diagnostic,
                });
                broken()
            }
        }
    }

    /// What stands inside a container or an argument list: there `or null` is part of the type.
    pub(super) fn element(&mut self, scope: &Scope<'a>, expr: &'a TypeExpr, derive: Derive) -> Type {
        match &expr.kind {
            tree::TypeKind::Nullable(inner) => nullable(self.resolve(scope, inner, derive)),
            _ => self.resolve_at(scope, expr, derive, Spot::Element),
        }
    }

    /// What may be a map's key or a set's entry.
    fn key(&mut self, scope: &Scope<'a>, expr: &'a TypeExpr, what: &str) -> Type {
        let ty = self.resolve(scope, expr, Derive::Refused);
        if is_broken(&ty) || self.is_key(&ty) {
            return ty;
        }
        let message = format!("{what} is a string, integer, bool, uuid, enum or a scalar of these");
        let diagnostic = Diagnostic::new(&codes::MAP_KEY, expr.span, message);
        // What travels as text anyway may be a key as text.
        use ScalarType::{Date, IdempotencyKey, Time, Timestamp, Url};
        let is_text = matches!(ty, Type::Scalar(Date | IdempotencyKey | Time | Timestamp | Url));
        self.report(if is_text { diagnostic.fix("write `string`", expr.span, "string") } else { diagnostic });
        broken()
    }

    fn is_key(&mut self, ty: &Type) -> bool {
        match ty {
            Type::Scalar(scalar) => is_key_scalar(*scalar),
            Type::Named(id) => {
                self.ensure(*id);
                match &self.types[id.0 as usize].kind {
                    TypeKind::Enum(_) => true,
                    TypeKind::Scalar(scalar) => is_key_scalar(scalar.base) || self.sheets[id.0 as usize].broken,
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn resolve_name(
        &mut self,
        scope: &Scope<'a>,
        expr: &'a TypeExpr,
        path: &'a tree::Path,
        arguments: &'a [TypeExpr],
        derive: Derive,
    ) -> Type {
        let plain = match path.segments.as_slice() {
            [name] => {
                let parameter = scope.parameters.iter().find(|(it, _)| *it == name.text).map(|(_, ty)| ty.clone());
                parameter.or_else(|| ScalarType::named(&name.text).map(Type::Scalar))
            }
            _ => None,
        };
        if let Some(ty) = plain {
            self.refuse_arguments(path, arguments);
            return ty;
        }
        match self.find(scope.file, path) {
            Found::Broken => broken(),
            Found::Missing => {
                let is_type = |kind| matches!(kind, Kind::Type(_) | Kind::Event(_) | Kind::Generic(_));
                match self.foreign_type(scope.file, expr, path, arguments) {
                    Some(diagnostic) => self.report(diagnostic),
                    None => self.report_missing(&codes::UNKNOWN_TYPE, "type", scope.file, path, is_type),
                }
                broken()
            }
            Found::Declared(declaration) => match declaration.kind {
                Kind::Type(id) | Kind::Event(id) => {
                    self.refuse_arguments(path, arguments);
                    Type::Named(id)
                }
                Kind::Generic(index) => self.apply(scope, expr, index, arguments, derive),
                Kind::Fault(_) | Kind::Service(_) => {
                    let what = if matches!(declaration.kind, Kind::Service(_)) { "service" } else { "fault" };
                    let message = format!("`{}` is a {what}, not a type of data", path.text());
                    let diagnostic =
                        Diagnostic::new(&codes::WRONG_KIND, path.span, message).also(declaration.at, "declared here");
                    let is_type = |kind| matches!(kind, Kind::Type(_) | Kind::Event(_) | Kind::Generic(_));
                    let diagnostic = self.suggest_kind(diagnostic, scope.file, path, is_type);
                    self.report(diagnostic);
                    broken()
                }
            },
        }
    }

    fn refuse_arguments(&mut self, path: &tree::Path, arguments: &[TypeExpr]) {
        if let [first, .., last] | [first @ last] = arguments {
            let message = format!("`{}` takes no arguments", path.text());
            let text = self.sources[path.span.file].text();
            let end = text[last.span.end as usize..].find('>').map(|at| last.span.end + at as u32 + 1);
            let diagnostic = Diagnostic::new(&codes::GENERIC_ARGUMENTS, first.span.to(last.span), message);
            self.report(match end {
                Some(end) => diagnostic.fix("take them out", Span { end, ..path.span.after() }, ""),
                None => diagnostic,
            });
        }
    }

    fn apply(
        &mut self,
        scope: &Scope<'a>,
        expr: &'a TypeExpr,
        index: usize,
        arguments: &'a [TypeExpr],
        derive: Derive,
    ) -> Type {
        let wanted = self.generics[index].parameters.len();
        if arguments.len() != wanted {
            let generic = self.generics[index].name;
            let plural = if wanted == 1 { "" } else { "s" };
            let message = format!("`{}` takes {wanted} argument{plural}, not {}", generic.text, arguments.len());
            let diagnostic = Diagnostic::new(&codes::GENERIC_ARGUMENTS, expr.span, message);
            self.report(diagnostic.also(generic.span, "declared here"));
            return broken();
        }
        let arguments: Vec<Type> = arguments.iter().map(|it| self.element(scope, it, derive)).collect();
        if arguments.iter().any(is_unresolved) || self.grows(scope, expr, index, &arguments) {
            return broken();
        }
        if arguments.iter().any(is_broken) {
            return broken();
        }
        self.instance(scope, expr, index, arguments)
    }

    /// Polymorphic recursion: a generic that asks for itself with other arguments would never end.
    fn grows(&mut self, scope: &Scope<'a>, expr: &TypeExpr, index: usize, arguments: &[Type]) -> bool {
        let itself = |(position, ty): (usize, &Type)| *ty == parameter(position);
        let mut differs = scope.checked == Some(index) && !arguments.iter().enumerate().all(itself);
        let mut way = scope.owner;
        while let (false, Some(id)) = (differs, way) {
            let sheet = &self.sheets[id.0 as usize];
            differs = sheet.instance_of.as_ref().is_some_and(|(it, own)| *it == index && own != arguments);
            way = sheet.asked_by;
        }
        if differs && !std::mem::replace(&mut self.generics[index].refused, true) {
            let name = self.generics[index].name;
            let message = format!("`{}` asks for itself with other arguments: that never ends", name.text);
            let diagnostic = Diagnostic::new(&codes::POLYMORPHIC_RECURSION, expr.span, message);
            self.report(diagnostic.also(name.span, "declared here"));
        }
        differs
    }

    fn instance(&mut self, scope: &Scope<'a>, expr: &TypeExpr, index: usize, arguments: Vec<Type>) -> Type {
        let key = (index, arguments);
        if let Some(id) = self.instances.get(&key) {
            return Type::Named(*id);
        }
        let generic = &mut self.generics[index];
        if generic.instances >= self.options.instances_max {
            if !std::mem::replace(&mut generic.refused, true) {
                let message = format!("`{}` has more than {} instances", generic.name.text, self.options.instances_max);
                let diagnostic = Diagnostic::new(&codes::TOO_MANY_INSTANCES, expr.span, message);
                self.report.push(diagnostic.also(generic.name.span, "declared here"));
            }
            return broken();
        }
        generic.instances += 1;
        let (form, file, package) = (generic.form, generic.file, generic.package);
        let base = generic.name.text.clone();
        let parameters = generic.parameters.iter().map(|it| it.text.as_str()).zip(key.1.iter().cloned()).collect();
        let name: String = base + &key.1.iter().map(|it| self.label(it)).collect::<String>();
        let home = self.home(package, &key.1);
        let sheet =
            Sheet { instance_of: Some(key.clone()), asked_by: scope.owner, parameters, ..Sheet::made(file, form) };
        let made = self.make_type(home, name, expr.span, sheet);
        self.instances.insert(key, made.unwrap_or(TypeId(u32::MAX)));
        made.map_or_else(broken, Type::Named)
    }

    /// The package that sees all the others, which is the last of them in the order of packages.
    fn home(&self, generic: PackageId, arguments: &[Type]) -> PackageId {
        arguments.iter().filter_map(|it| self.package_of(it)).fold(generic, Ord::max)
    }

    fn package_of(&self, ty: &Type) -> Option<PackageId> {
        match ty {
            Type::Scalar(_) => None,
            Type::Named(_) => self.def(ty).map(|def| def.package),
            Type::List(inner) | Type::Set(inner) | Type::Nullable(inner) => self.package_of(inner),
            Type::Map(key, value) => self.package_of(key).max(self.package_of(value)),
        }
    }

    /// How a type reads as part of an instance's name.
    fn label(&self, ty: &Type) -> String {
        match ty {
            Type::Scalar(scalar) => pascal(scalar.as_str()),
            Type::Named(_) => self.def(ty).map_or_else(String::new, |def| def.name.clone()),
            Type::List(inner) => self.label(inner) + "List",
            Type::Set(inner) => self.label(inner) + "Set",
            Type::Nullable(inner) => self.label(inner) + "OrNull",
            Type::Map(key, value) if **key == Type::Scalar(ScalarType::String) => self.label(value) + "Map",
            Type::Map(key, value) => self.label(key) + &self.label(value) + "Map",
        }
    }

    /// The origin of an instance, as its definition tells it.
    pub(super) fn origin(&self, id: TypeId) -> Origin {
        match &self.sheets[id.0 as usize].instance_of {
            None => Origin::Declared,
            Some((index, arguments)) => {
                let generic = &self.generics[*index];
                let package = &self.packages[generic.package.0 as usize].name;
                Origin::Instance { generic: format!("{package}.{}", generic.name.text), arguments: arguments.clone() }
            }
        }
    }
}

/// `T or null`; saying it twice is saying it once.
pub(super) fn nullable(ty: Type) -> Type {
    match ty {
        Type::Nullable(_) => ty,
        other => Type::Nullable(Box::new(other)),
    }
}

fn is_key_scalar(scalar: ScalarType) -> bool {
    use ScalarType::{Bool, I32, I64, String, U32, U64, Uuid};
    matches!(scalar, Bool | I32 | U32 | I64 | U64 | String | Uuid)
}

/// `idempotency_key` → `IdempotencyKey`
fn pascal(word: &str) -> String {
    let capital = |part: &str| part[..1].to_ascii_uppercase() + &part[1..];
    word.split('_').filter(|part| !part.is_empty()).map(capital).collect()
}
