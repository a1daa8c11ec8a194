//! The contract in protobuf: files of messages, enums and services that describe exactly what the codec writes.
//!
//! The `.proto` texts and the descriptor set are written from this view, and the Rust generator writes the codec's calls by
//! [`Held`], so the three cannot disagree. Names are decided here, once; numbers come from the contract's own
//! ([`Contract::numbers`]). Every package has its file, whether a service of it is bound to gRPC or not: which of them are
//! wanted is for the targets to say.

mod binder;
mod bytes;
mod held;
mod names;
mod well_known;
mod wrappers;

pub(crate) use held::is_message_scalar;
pub use held::{Held, is_bytes, is_message};
pub use well_known::well_known;

pub(super) use binder::{bind, check_names};
pub(super) use bytes::check;

use wireloom_idl::contract::{Contract, Package, TypeId};

/// `shop.orders.v1`: what the package is called on protobuf.
pub fn package_name(package: &Package) -> String {
    format!("{}.v{}", package.name, package.version)
}

/// `shop.orders.v1.Order`: what a message or enum is called on protobuf.
pub fn full_name(contract: &Contract, id: TypeId) -> String {
    let def = contract.type_def(id);
    format!("{}.{}", package_name(contract.package(def.package)), def.name)
}

/// The contract in protobuf.
#[derive(Clone, Debug, Default)]
pub struct ProtoView {
    /// A file a package, in the order of the contract: those that are imported stand before those that import them.
    pub files: Vec<File>,
}

/// What one package declares.
#[derive(Clone, Debug)]
pub struct File {
    /// Where it lies, `shop/orders/v1/orders.proto`: in the folder of its package, as `buf` wants it.
    pub path: String,
    /// `shop.orders.v1`
    pub package: String,
    /// The documentation of the package.
    pub docs: Option<String>,
    /// The contract files that it comes of; none of those that protobuf brings along.
    pub sources: Vec<String>,
    /// The paths of the files that it names types of, sorted.
    pub imports: Vec<String>,
    /// Messages and enums.
    pub declared: Vec<Declared>,
    /// The services that are bound to gRPC.
    pub services: Vec<Service>,
}

/// A type that a file declares.
#[derive(Clone, Debug)]
pub enum Declared {
    /// A message.
    Message(Message),
    /// An enum.
    Enum(Enum),
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its name in its package.
    pub name: String,
    /// What is said of it.
    pub docs: Option<String>,
    /// In the order of the contract.
    pub fields: Vec<Field>,
    /// Of a union the name that its fields, the cases, have together: only one of them holds.
    pub oneof: Option<String>,
}

/// A field of a message.
#[derive(Clone, Debug)]
pub struct Field {
    /// Unlike any other of the message, also without regard to case and `_`, as protobuf's JSON wants it.
    pub name: String,
    /// What is said of it.
    pub docs: Option<String>,
    /// What it is called in the bytes.
    pub number: u32,
    /// How often it is there.
    pub label: Label,
    /// What one value of it is; of a map that of an entry.
    pub kind: Kind,
}

/// How often a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Once: a message, a case, or a scalar that is zero when it is absent.
    Plain,
    /// Once or not at all: a scalar or enum whose absence is told from zero.
    Optional,
    /// Any number of times.
    Repeated,
    /// Any number of times, each with a key of this type.
    Map(Scalar),
}

/// What one value of a field is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Built in.
    Scalar(Scalar),
    /// A message, by its full name.
    Message(String),
    /// An enum, by its full name.
    Enum(String),
}

/// protobuf's own types, as far as the contract language has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own name in protobuf")]
pub enum Scalar {
    Double,
    Float,
    Int64,
    Uint64,
    Int32,
    Bool,
    String,
    Bytes,
    Uint32,
}

/// An enum.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Its name in its package.
    pub name: String,
    /// What is said of it.
    pub docs: Option<String>,
    /// The one that stands for nothing first.
    pub values: Vec<EnumValue>,
}

/// A value of an enum.
#[derive(Clone, Debug)]
pub struct EnumValue {
    /// Its name, which nothing else in the package has.
    pub name: String,
    /// What is said of it.
    pub docs: Option<String>,
    /// What it is in the bytes.
    pub number: u32,
}

/// A service that is bound to gRPC.
#[derive(Clone, Debug)]
pub struct Service {
    /// As the contract names it.
    pub name: String,
    /// What is said of it.
    pub docs: Option<String>,
    /// In the order of the contract.
    pub methods: Vec<Method>,
}

/// A method of a service.
#[derive(Clone, Debug)]
pub struct Method {
    /// As the contract names it.
    pub name: String,
    /// What is said of it.
    pub docs: Option<String>,
    /// What comes in.
    pub input: Flow,
    /// What goes out.
    pub output: Flow,
    /// What calling it twice does.
    pub idempotency: Option<Idempotency>,
    /// Whether it should no longer be used.
    pub deprecated: bool,
}

/// What goes into a method or comes out of it.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The message, by its full name.
    pub message: String,
    /// Whether there are any number of them.
    pub streams: bool,
}

/// protobuf's `idempotency_level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own name in protobuf")]
pub enum Idempotency {
    NoSideEffects,
    Idempotent,
}

impl Scalar {
    /// The word in a `.proto`.
    pub fn as_str(self) -> &'static str {
        match self {
            Scalar::Double => "double",
            Scalar::Float => "float",
            Scalar::Int64 => "int64",
            Scalar::Uint64 => "uint64",
            Scalar::Int32 => "int32",
            Scalar::Bool => "bool",
            Scalar::String => "string",
            Scalar::Bytes => "bytes",
            Scalar::Uint32 => "uint32",
        }
    }
}

impl Declared {
    /// Its name in its package.
    pub fn name(&self) -> &str {
        match self {
            Declared::Message(message) => &message.name,
            Declared::Enum(it) => &it.name,
        }
    }
}

impl Field {
    /// The message that an entry of a map is, within the message that has the map: protobuf derives its name.
    pub fn entry_name(&self) -> String {
        names::entry(&self.name)
    }

    /// Its name in protobuf's JSON, which protobuf derives.
    pub fn json_name(&self) -> String {
        names::camel(&self.name)
    }
}

impl Idempotency {
    /// The word in a `.proto`.
    pub fn as_str(self) -> &'static str {
        match self {
            Idempotency::NoSideEffects => "NO_SIDE_EFFECTS",
            Idempotency::Idempotent => "IDEMPOTENT",
        }
    }
}
