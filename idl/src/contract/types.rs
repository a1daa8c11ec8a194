//! Types: built-in, named, containers; fields and their constraints.

use super::{Annotations, At, FaultCode, Literal, PackageId, Pin};

/// Names one type of a [`Contract`](super::Contract).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u32);

/// A type as a field uses it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Built in.
    Scalar(ScalarType),
    /// Declared, or made of a generic, `draft` or `patch`.
    Named(TypeId),
    /// `[T]`
    List(Box<Type>),
    /// `set<T>`
    Set(Box<Type>),
    /// `map<K, V>`
    Map(Box<Type>, Box<Type>),
    /// `T or null` inside a container or as an answer (`T?` as an answer means the same); on a field it is [`Presence`].
    Nullable(Box<Type>),
}

/// The built-in types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is its own name in the language")]
pub enum ScalarType {
    Bool,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    String,
    Bytes,
    Uuid,
    Decimal,
    Url,
    IdempotencyKey,
    Timestamp,
    Date,
    Time,
    Duration,
    Json,
}

impl ScalarType {
    /// All of them, in the order of the language reference.
    pub const ALL: [ScalarType; 18] = {
        use ScalarType::*;
        [
            Bool,
            I32,
            U32,
            I64,
            U64,
            F32,
            F64,
            String,
            Bytes,
            Uuid,
            Decimal,
            Url,
            IdempotencyKey,
            Timestamp,
            Date,
            Time,
            Duration,
            Json,
        ]
    };

    /// The word in the language.
    pub fn as_str(self) -> &'static str {
        match self {
            ScalarType::Bool => "bool",
            ScalarType::I32 => "i32",
            ScalarType::U32 => "u32",
            ScalarType::I64 => "i64",
            ScalarType::U64 => "u64",
            ScalarType::F32 => "f32",
            ScalarType::F64 => "f64",
            ScalarType::String => "string",
            ScalarType::Bytes => "bytes",
            ScalarType::Uuid => "uuid",
            ScalarType::Decimal => "decimal",
            ScalarType::Url => "url",
            ScalarType::IdempotencyKey => "idempotency_key",
            ScalarType::Timestamp => "timestamp",
            ScalarType::Date => "date",
            ScalarType::Time => "time",
            ScalarType::Duration => "duration",
            ScalarType::Json => "json",
        }
    }

    /// The type that a word of the language names.
    pub fn named(word: &str) -> Option<ScalarType> {
        ScalarType::ALL.into_iter().find(|scalar| scalar.as_str() == word)
    }
}

/// A type with a name.
#[derive(Clone, Debug)]
pub struct TypeDef {
    /// Its own id.
    pub id: TypeId,
    /// The package it belongs to.
    pub package: PackageId,
    /// Its name: `Order`, and for derived ones `OrderDraft`, `OrderPatch`, `PagedOrder`.
    pub name: String,
    /// Its former name.
    pub was: Option<String>,
    /// Markdown.
    pub docs: Option<String>,
    /// As written before it.
    pub annotations: Annotations,
    /// What it is.
    pub kind: TypeKind,
    /// The name in its declaration; for derived types where they were first asked for.
    pub at: At,
}

/// The kinds of named types.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `scalar OrderId: uuid`
    Scalar(Scalar),
    /// `record`, also drafts, patches and instances of generics
    Record(Record),
    /// `enum`
    Enum(Enum),
    /// `union`
    Union(Union),
    /// `extern record`
    Extern(Extern),
    /// `fault`
    Fault(Fault),
    /// `event`
    Event(Event),
}

impl TypeDef {
    /// The fields, of a record, fault or event, and of a foreign type whose shape is stated.
    pub fn fields(&self) -> Option<&[Field]> {
        match &self.kind {
            TypeKind::Record(record) => Some(&record.fields),
            TypeKind::Fault(fault) => Some(&fault.fields),
            TypeKind::Event(event) => Some(&event.fields),
            TypeKind::Extern(foreign) => foreign.fields.as_deref(),
            _ => None,
        }
    }
}

/// A built-in type under a name, with constraints.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// What it is made of; a scalar of a scalar is resolved down to the built-in one.
    pub base: ScalarType,
    /// All that hold, those of the scalars below it first.
    pub constraints: Vec<Constraint>,
}

/// Fields under a name.
#[derive(Clone, Debug)]
pub struct Record {
    /// In the order of the contract, spreads put in.
    pub fields: Vec<Field>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a record or union comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Written in the contract.
    Declared,
    /// A generic with its arguments: `Paged<Order>`.
    Instance {
        /// The generic's name, with its package: `shop.common.Paged`.
        generic: String,
        /// What its parameters stand for.
        arguments: Vec<Type>,
    },
    /// `draft T`: T without its readonly fields, all the way down.
    Draft(TypeId),
    /// `patch T`: every field may be absent; an optional one may be `null`, which clears it.
    Patch(TypeId),
}

/// A field of a record, fault or event; an input of an operation.
#[derive(Clone, Debug)]
pub struct Field {
    /// `placed_at`
    pub name: String,
    /// Its former name.
    pub was: Option<String>,
    /// Markdown.
    pub docs: Option<String>,
    /// As written before it.
    pub annotations: Annotations,
    /// The type without `?` and `or null`.
    pub ty: Type,
    /// Whether it may be absent or null.
    pub presence: Presence,
    /// What an absent one stands for; only with [`Presence::Required`] or [`Presence::Nullable`].
    pub default: Option<Literal>,
    /// What a value must satisfy.
    pub constraints: Vec<Constraint>,
    /// Whether only the server sets it.
    pub readonly: bool,
    /// The number given by hand.
    pub pin: Option<Pin>,
    /// Where its name stands.
    pub at: At,
    /// Where its type stands.
    pub type_at: At,
}

/// Whether a field may be absent or null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// `T`: there, and not null (a default fills in for an absent one).
    Required,
    /// `T?`: may be absent; a null that is read counts as absent, but for a patch, where it is refused.
    Optional,
    /// `T or null`: there, perhaps as null.
    Nullable,
    /// `T? or null`: absent, null and a value are three things.
    OptionalNullable,
}

/// A condition on a value, checked to fit the type it stands on.
#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    /// Characters of a string.
    Length {
        /// At least so many.
        min: Option<u64>,
        /// At most so many.
        max: Option<u64>,
    },
    /// Entries of a list, set or map; bytes of `bytes`.
    Size {
        /// At least so many.
        min: Option<u64>,
        /// At most so many.
        max: Option<u64>,
    },
    /// Bounds of a number, decimal, duration, date, time or timestamp, both included.
    Value {
        /// The lower one.
        min: Option<Literal>,
        /// The upper one.
        max: Option<Literal>,
    },
    /// A regular expression, not anchored.
    Matches(String),
    /// One of these.
    OneOf(Vec<Literal>),
    /// A text of a known form.
    Format(Format),
    /// A multiple of this number.
    MultipleOf(Literal),
    /// No entry of a list twice.
    Unique,
}

/// The forms of text a contract can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own name in the language")]
pub enum Format {
    Email,
    Uri,
    Hostname,
    Ipv4,
    Ipv6,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 5] = [Format::Email, Format::Uri, Format::Hostname, Format::Ipv4, Format::Ipv6];

    /// The word in the language, which is JSON Schema's too.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Email => "email",
            Format::Uri => "uri",
            Format::Hostname => "hostname",
            Format::Ipv4 => "ipv4",
            Format::Ipv6 => "ipv6",
        }
    }
}

/// Names under a name.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Whether a value that is not listed is refused.
    pub closed: bool,
    /// At least one.
    pub members: Vec<Member>,
}

/// One member of an enum.
#[derive(Clone, Debug)]
pub struct Member {
    /// `placed`
    pub name: String,
    /// Its former name.
    pub was: Option<String>,
    /// Markdown.
    pub docs: Option<String>,
    /// As written before it.
    pub annotations: Annotations,
    /// The number given by hand.
    pub pin: Option<Pin>,
    /// Where its name stands.
    pub at: At,
}

/// One of several.
#[derive(Clone, Debug)]
pub struct Union {
    /// Whether a case that is not listed is refused.
    pub closed: bool,
    /// The member that tells the case, where cases are records written flat (`tagged by "kind"`).
    pub tag: Option<String>,
    /// At least one.
    pub cases: Vec<Case>,
    /// Where it comes from.
    pub origin: Origin,
}

/// One case of a union.
#[derive(Clone, Debug)]
pub struct Case {
    /// `card`
    pub name: String,
    /// Its former name.
    pub was: Option<String>,
    /// Markdown.
    pub docs: Option<String>,
    /// As written before it.
    pub annotations: Annotations,
    /// What it carries, if anything.
    pub ty: Option<Type>,
    /// The number given by hand.
    pub pin: Option<Pin>,
    /// Where its name stands.
    pub at: At,
}

/// A type written by hand in the target language.
#[derive(Clone, Debug)]
pub struct Extern {
    /// `rust`
    pub language: String,
    /// `crate::Geo`
    pub target: String,
    /// In the order of the contract, spreads put in; none where the contract does not state its shape.
    pub fields: Option<Vec<Field>>,
}

/// A way to fail, with fields.
#[derive(Clone, Debug)]
pub struct Fault {
    /// One of the sixteen.
    pub code: FaultCode,
    /// In the order of the contract.
    pub fields: Vec<Field>,
}

/// Something that happened, with fields.
#[derive(Clone, Debug)]
pub struct Event {
    /// In the order of the contract.
    pub fields: Vec<Field>,
    /// What events are kept in order by.
    pub key: Option<FieldPath>,
}

/// A way through records to a field: `order.id`; resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPath {
    /// The names, at least one.
    pub segments: Vec<String>,
    /// The type of what it leads to.
    pub ty: Type,
}
