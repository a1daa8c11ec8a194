//! From the contract to files: its types as messages and enums, the operations that are bound to gRPC as methods.

use wireloom_idl::contract::{
    Answer, At, Case, Contract, Effect, Enum as ContractEnum, Extern, Fault, Field as ContractField, Inputs, Member,
    Operation, Package, PackageId, ScalarType, Service as ContractService, Type, TypeDef, TypeKind, Union,
};
use wireloom_idl::numbers::NULLS;
use wireloom_idl::{Diagnostic, Diagnostics};

use std::collections::{BTreeMap, BTreeSet};

use super::names::Taken;
use super::well_known::{self, WellKnown};
use super::{
    Declared, Enum, EnumValue, Field, File, Flow, Held, Idempotency, Kind, Label, Message, Method, ProtoView, Scalar,
    Service, full_name, is_bytes, package_name,
};
use crate::bind::calls::{CallWire, CallsService, CallsView};
use crate::rust::naming::{Naming, OperationNames};
use crate::{codes, model, names, said};

/// Describes every package. That a name is another one here is told where a service travels over gRPC.
pub(in crate::bind) fn bind(contract: &Contract, calls: &CallsView, report: &mut Diagnostics) -> ProtoView {
    let all = Bound::of(contract, calls);
    let files = contract.packages().map(|(id, package)| {
        let tells = !package.imported && all.any();
        Binder::new(contract, &all, id, Wants { tells, documents: true }, report).file(package)
    });
    ProtoView { files: files.collect() }
}

/// Tells what [`bind`] tells: names are given the same way, and nothing is documented.
pub(in crate::bind) fn check_names(contract: &Contract, calls: &CallsView, report: &mut Diagnostics) {
    if calls.on(CallWire::Grpc).next().is_none() {
        return;
    }
    let all = Bound::of(contract, calls);
    for (id, package) in contract.packages().filter(|(_, package)| !package.imported) {
        Binder::new(contract, &all, id, Wants { tells: true, documents: false }, report).file(package);
    }
}

/// What all packages have together.
struct Bound<'c> {
    /// A request is called as in Rust, where nothing else of its package has the name.
    naming: Naming,
    /// The services on gRPC.
    services: BTreeMap<PackageId, Vec<&'c CallsService>>,
}

impl<'c> Bound<'c> {
    fn of(contract: &Contract, calls: &'c CallsView) -> Bound<'c> {
        let mut services: BTreeMap<PackageId, Vec<&CallsService>> = BTreeMap::new();
        calls.on(CallWire::Grpc).for_each(|bound| services.entry(bound.package).or_default().push(bound));
        Bound { naming: Naming::of(contract), services }
    }

    fn any(&self) -> bool {
        !self.services.is_empty()
    }
}

/// What is wanted of a package beside its names and types.
#[derive(Clone, Copy)]
struct Wants {
    /// Whether names that are other ones are told.
    tells: bool,
    /// Whether anybody reads the documentation.
    documents: bool,
}

/// The path of a package's file: named by its last word, in the folder of the package.
pub(super) fn path(package: &Package) -> String {
    let last = package.name.rsplit('.').next().unwrap_or_default();
    format!("{}/{last}.proto", package_name(package).replace('.', "/"))
}

/// Describes one package.
pub(super) struct Binder<'c, 'r> {
    pub(super) contract: &'c Contract,
    all: &'c Bound<'c>,
    id: PackageId,
    wants: Wants,
    /// What the package declares already.
    taken: BTreeSet<String>,
    /// The messages that containers are where protobuf wants one value.
    pub(super) wrappers: BTreeMap<Type, String>,
    /// Messages that no type of the contract is, behind those that are one.
    pub(super) made: Vec<Declared>,
    imports: BTreeSet<String>,
    report: &'r mut Diagnostics,
}

impl<'c, 'r> Binder<'c, 'r> {
    fn new(
        contract: &'c Contract,
        all: &'c Bound<'c>,
        id: PackageId,
        wants: Wants,
        report: &'r mut Diagnostics,
    ) -> Binder<'c, 'r> {
        let package = contract.package(id);
        let types = package.types.iter().map(|&id| &contract.type_def(id).name);
        let taken = types.chain(package.services.iter().map(|service| &service.name)).cloned();
        Binder {
            contract,
            all,
            id,
            wants,
            taken: taken.collect(),
            wrappers: BTreeMap::new(),
            made: Vec::new(),
            imports: BTreeSet::new(),
            report,
        }
    }

    fn file(mut self, package: &Package) -> File {
        let mut declared: Vec<Declared> =
            package.types.iter().filter_map(|&id| self.type_def(self.contract.type_def(id))).collect();
        let bound = self.all.services.get(&self.id).into_iter().flatten();
        let services = bound.map(|bound| self.service(package, bound)).collect();
        declared.append(&mut self.made);
        File {
            path: path(package),
            package: package_name(package),
            docs: self.written(package.docs.as_deref()),
            sources: package.files.clone(),
            imports: self.imports.into_iter().collect(),
            declared,
            services,
        }
    }

    fn type_def(&mut self, def: &TypeDef) -> Option<Declared> {
        let numbers = self.contract.numbers.of_type(def.id);
        let docs = self.written(def.docs.as_deref());
        let message = |fields, docs| Message { name: def.name.clone(), docs, fields, oneof: None };
        Some(match &def.kind {
            // It is what it is made of.
            TypeKind::Scalar(_) => return None,
            TypeKind::Record(record) => Declared::Message(message(self.fields(&record.fields, numbers), docs)),
            TypeKind::Event(event) => Declared::Message(message(self.fields(&event.fields, numbers), docs)),
            TypeKind::Fault(fault) => {
                let docs = self.document(|| fault_docs(fault, docs));
                Declared::Message(message(self.fields(&fault.fields, numbers), docs))
            }
            TypeKind::Extern(foreign) => {
                let fields = foreign.fields.as_deref().unwrap_or_default();
                let docs = self.document(|| foreign_docs(foreign, docs));
                Declared::Message(message(self.fields(fields, numbers), docs))
            }
            TypeKind::Union(union) => Declared::Message(self.union(def, union, numbers)),
            TypeKind::Enum(it) => Declared::Enum(self.enumeration(def, it, numbers)),
        })
    }

    /// The fields of a message, and behind them the mask that says which are null.
    fn fields(&mut self, fields: &[ContractField], numbers: &[u32]) -> Vec<Field> {
        let mut taken = Taken::default();
        let mut described: Vec<Field> = Vec::new();
        for (field, &number) in fields.iter().zip(numbers) {
            let name = taken.take(&field.name, number);
            self.tell_renamed(&field.name, &name, field.at);
            let field = self.field(field, name, number);
            if matches!(field.label, Label::Map(_)) {
                taken.reserve(&field.entry_name());
            }
            described.push(field);
        }
        if fields.iter().any(|field| Held::of(field).may_be_in_mask()) {
            let docs = Some("The fields that are null.".to_owned());
            let kind = self.well_known(well_known::FIELD_MASK);
            described.push(Field { name: taken.take("nulls", NULLS), docs, number: NULLS, label: Label::Plain, kind });
        }
        described
    }

    fn field(&mut self, field: &ContractField, name: String, number: u32) -> Field {
        let docs = self.document(|| self.field_docs(field));
        match (Held::of(field), &field.ty) {
            (Held::Map, Type::Map(key, value)) => self.map(name, docs, number, key, value),
            (Held::List | Held::Set, Type::List(item) | Type::Set(item)) => {
                Field { name, docs, number, label: Label::Repeated, kind: self.kind(item) }
            }
            (held, ty) => {
                let kind = self.kind_marked(ty, is_bytes(&field.annotations));
                let label = if held == Held::Plain { Label::Plain } else { present(&kind) };
                Field { name, docs, number, label, kind }
            }
        }
    }

    /// What is said of a field, and behind it its conditions and those of its scalar, which protobuf has not.
    fn field_docs(&self, field: &ContractField) -> Option<String> {
        let docs = self.written(field.docs.as_deref());
        let scalar = match &field.ty {
            Type::Named(id) => match &self.contract.type_def(*id).kind {
                TypeKind::Scalar(scalar) => scalar.constraints.as_slice(),
                _ => &[],
            },
            _ => &[],
        };
        match said::in_words(scalar.iter().chain(&field.constraints)) {
            Some(conditions) => Some(with(docs, &conditions)),
            None => docs,
        }
    }

    pub(super) fn map(&mut self, name: String, docs: Option<String>, number: u32, key: &Type, value: &Type) -> Field {
        let kind = self.kind(value);
        let (key, docs) = match (model::scalar_of(self.contract, key), key) {
            (None, Type::Named(id)) => {
                let members = &self.contract.type_def(*id).name;
                // No key of protobuf is an enum.
                (Scalar::Int32, Some(with(docs, &format!("The keys are the numbers of `{members}`."))))
            }
            (scalar, _) => (self.key(scalar.unwrap_or(ScalarType::String)), docs),
        };
        Field { name, docs, number, label: Label::Map(key), kind }
    }

    fn key(&mut self, scalar: ScalarType) -> Scalar {
        match self.scalar(scalar, false) {
            Kind::Scalar(scalar) => scalar,
            // The language has no such keys.
            Kind::Message(_) | Kind::Enum(_) => Scalar::String,
        }
    }

    fn union(&mut self, def: &TypeDef, union: &Union, numbers: &[u32]) -> Message {
        let mut taken = Taken::default();
        let cases = union.cases.iter().zip(numbers);
        let fields: Vec<Field> = cases.map(|(case, &number)| self.case(case, number, &mut taken)).collect();
        let mut oneof = "case".to_owned();
        while fields.iter().any(|field| field.name == oneof) {
            oneof.push('_');
        }
        Message { name: def.name.clone(), docs: self.written(def.docs.as_deref()), fields, oneof: Some(oneof) }
    }

    fn case(&mut self, case: &Case, number: u32, taken: &mut Taken) -> Field {
        let name = taken.take(&case.name, number);
        self.tell_renamed(&case.name, &name, case.at);
        let kind = match &case.ty {
            Some(ty) => self.kind(ty),
            None => self.well_known(well_known::EMPTY),
        };
        Field { name, docs: self.written(case.docs.as_deref()), number, label: Label::Plain, kind }
    }

    fn enumeration(&mut self, def: &TypeDef, it: &ContractEnum, numbers: &[u32]) -> Enum {
        let prefix = names::snake(&def.name).to_ascii_uppercase();
        let mut taken = Taken::default();
        let nothing = EnumValue { name: self.value(&prefix, "UNSPECIFIED", 0, &mut taken), docs: None, number: 0 };
        let members = it.members.iter().zip(numbers);
        let members = members.map(|(member, &number)| self.member(&prefix, member, number, &mut taken));
        let values = std::iter::once(nothing).chain(members).collect();
        Enum { name: def.name.clone(), docs: self.written(def.docs.as_deref()), values }
    }

    fn member(&mut self, prefix: &str, member: &Member, number: u32, taken: &mut Taken) -> EnumValue {
        let usual = names::snake(&member.name).to_ascii_uppercase();
        let name = self.value(prefix, &usual, number, taken);
        self.tell_renamed(&format!("{prefix}_{usual}"), &name, member.at);
        EnumValue { name, docs: self.written(member.docs.as_deref()), number }
    }

    /// The name of a value: alike no other of its enum, and the same as no other of the package.
    fn value(&mut self, prefix: &str, usual: &str, number: u32, taken: &mut Taken) -> String {
        let mut own = taken.take(usual, number);
        while !self.taken.insert(format!("{prefix}_{own}")) {
            own = taken.take(&format!("{own}_{number}"), number);
        }
        format!("{prefix}_{own}")
    }

    fn service(&mut self, package: &Package, bound: &CallsService) -> Service {
        let of = &package.services[bound.service];
        let names = self.all.naming.service(self.id, bound.service);
        let methods = bound.operations.iter().map(|&index| {
            let inputs = &self.contract.numbers.of_operation(self.id, bound.service, index).inputs;
            self.method(of, &of.operations[index], &names.operations[index], inputs)
        });
        let methods = methods.collect();
        Service { name: of.name.clone(), docs: self.written(of.docs.as_deref()), methods }
    }

    fn method(
        &mut self,
        service: &ContractService,
        operation: &Operation,
        names: &OperationNames,
        numbers: &[u32],
    ) -> Method {
        let of = format!("`{}.{}`", service.name, operation.name);
        let request = names.request.to_string();
        let input = match &operation.inputs {
            Inputs::Fields(fields) => self.request(&request, &of, fields, numbers),
            Inputs::Stream(item) => self.alone(&item.ty, &request, &format!("One item of what {of} takes.")),
        };
        let stem = request.strip_suffix("Request").unwrap_or(&request).to_owned();
        let output = match &operation.answer {
            Answer::Nothing => self.whole(well_known::EMPTY),
            Answer::One(ty) => self.alone(ty, &format!("{stem}Answer"), &format!("What {of} answers with.")),
            Answer::Stream(ty) => self.alone(ty, &format!("{stem}Item"), &format!("One item of what {of} gives.")),
        };
        let streams_in = matches!(operation.inputs, Inputs::Stream(_));
        Method {
            name: operation.name.clone(),
            docs: self.document(|| self.method_docs(service, operation)),
            input: Flow { message: input, streams: streams_in },
            output: Flow { message: output, streams: matches!(operation.answer, Answer::Stream(_)) },
            idempotency: match operation.effect {
                Effect::Safe => Some(Idempotency::NoSideEffects),
                Effect::Idempotent => Some(Idempotency::Idempotent),
                Effect::Keyed(_) | Effect::Once => None,
            },
            deprecated: operation.deprecated.is_some(),
        }
    }

    fn method_docs(&self, service: &ContractService, operation: &Operation) -> Option<String> {
        let docs = self.written(operation.docs.as_deref());
        let faults: Vec<String> =
            operation.faults.iter().map(|&id| format!("`{}`", self.contract.type_def(id).name)).collect();
        let faults = (!faults.is_empty()).then(|| format!("Fails with {}.", faults.join(", ")));
        let deprecated = operation.deprecated.as_ref().map(said::deprecation);
        let callers = said::callers(service, operation).map(|who| format!("For {who}."));
        callers.into_iter().chain(faults).chain(deprecated).fold(docs, |docs, more| Some(with(docs, &more)))
    }

    fn request(&mut self, name: &str, of: &str, inputs: &[ContractField], numbers: &[u32]) -> String {
        let name = self.free(name);
        let fields = self.fields(inputs, numbers);
        self.declare(name, format!("What {of} is given."), fields)
    }

    /// What one value of a type is.
    pub(super) fn kind(&mut self, ty: &Type) -> Kind {
        self.kind_marked(ty, false)
    }

    fn kind_marked(&mut self, ty: &Type, bytes: bool) -> Kind {
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar, bytes),
            Type::Named(id) => self.named(self.contract.type_def(*id)),
            Type::List(_) | Type::Set(_) | Type::Map(..) | Type::Nullable(_) => Kind::Message(self.wrapper(ty)),
        }
    }

    fn named(&mut self, def: &TypeDef) -> Kind {
        if let TypeKind::Scalar(scalar) = &def.kind {
            return self.scalar(scalar.base, is_bytes(&def.annotations));
        }
        if def.package != self.id {
            self.imports.insert(path(self.contract.package(def.package)));
        }
        let name = full_name(self.contract, def.id);
        if matches!(def.kind, TypeKind::Enum(_)) { Kind::Enum(name) } else { Kind::Message(name) }
    }

    fn scalar(&mut self, scalar: ScalarType, bytes: bool) -> Kind {
        Kind::Scalar(match scalar {
            ScalarType::Bool => Scalar::Bool,
            ScalarType::I32 => Scalar::Int32,
            ScalarType::U32 => Scalar::Uint32,
            ScalarType::I64 => Scalar::Int64,
            ScalarType::U64 => Scalar::Uint64,
            ScalarType::F32 => Scalar::Float,
            ScalarType::F64 => Scalar::Double,
            ScalarType::Bytes => Scalar::Bytes,
            ScalarType::Uuid if bytes => Scalar::Bytes,
            ScalarType::String
            | ScalarType::Uuid
            | ScalarType::Decimal
            | ScalarType::Url
            | ScalarType::IdempotencyKey
            | ScalarType::Date
            | ScalarType::Time => Scalar::String,
            ScalarType::Timestamp => return self.well_known(well_known::TIMESTAMP),
            ScalarType::Duration => return self.well_known(well_known::DURATION),
            ScalarType::Json => return self.well_known(well_known::VALUE),
        })
    }

    fn well_known(&mut self, of: WellKnown) -> Kind {
        Kind::Message(self.whole(of))
    }

    fn whole(&mut self, of: WellKnown) -> String {
        self.imports.insert(of.path());
        of.full_name()
    }

    /// Declares a message that no type of the contract is, and gives its full name.
    pub(super) fn declare(&mut self, name: String, docs: String, fields: Vec<Field>) -> String {
        let full = self.full(&name);
        self.made.push(Declared::Message(Message { name, docs: Some(docs), fields, oneof: None }));
        full
    }

    pub(super) fn full(&self, name: &str) -> String {
        format!("{}.{name}", package_name(self.contract.package(self.id)))
    }

    /// The name, or the first one with a number behind it that nothing else of the package has. An `_` would not do: what
    /// reads a `.proto` makes names of its own of these, without it.
    pub(super) fn free(&mut self, name: &str) -> String {
        let numbered = (2..).map(|number: u32| format!("{name}{number}"));
        let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !self.taken.contains(name));
        let free = free.unwrap_or_default();
        self.taken.insert(free.clone());
        free
    }

    /// The documentation of something, where anybody reads it.
    fn document(&self, make: impl FnOnce() -> Option<String>) -> Option<String> {
        self.wants.documents.then(make).flatten()
    }

    /// What a contract says of something, unless it is blank.
    fn written(&self, docs: Option<&str>) -> Option<String> {
        self.document(|| docs.filter(|docs| !docs.trim().is_empty()).map(str::to_owned))
    }

    fn tell_renamed(&mut self, usual: &str, name: &str, at: At) {
        if self.wants.tells && usual != name {
            let message = format!("in the `.proto` this is `{name}`, since there is something like `{usual}` already");
            self.report.push(
                Diagnostic::new(&codes::PROTO_NAME, at, message).help(
                    "protobuf tells names apart neither by case nor by `_`; give it another one to choose yourself",
                ),
            );
        }
    }
}

/// A value that has presence: a message has it by itself.
pub(super) fn present(kind: &Kind) -> Label {
    if matches!(kind, Kind::Message(_)) { Label::Plain } else { Label::Optional }
}

fn with(docs: Option<String>, more: &str) -> String {
    docs.map_or_else(|| more.to_owned(), |docs| format!("{}\n\n{more}", docs.trim_end()))
}

fn fault_docs(fault: &Fault, docs: Option<String>) -> Option<String> {
    Some(with(docs, &format!("A detail of the status {}.", fault.code.as_str().to_ascii_uppercase())))
}

fn foreign_docs(foreign: &Extern, docs: Option<String>) -> Option<String> {
    if foreign.fields.is_some() {
        return docs;
    }
    Some(with(docs, &format!("Written by hand (`{}`): the contract does not know its fields.", foreign.target)))
}
