//! Bindings and examples: how a service travels, and what a call looks like.

use super::{Annotations, At, Literal, TypeId};
use crate::syntax::tree::{Name, Term, Text};

/// `bind Orders to rest at "/v1/orders" { … }`, its names resolved, its wire's words kept as they are.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The service: counts into the package's services.
    pub service: usize,
    /// The wire: `rest`.
    pub wire: Name,
    /// Behind `at`.
    pub place: Option<Text>,
    /// Behind `as`.
    pub alias: Option<Text>,
    /// Whether an operation, event or handler that no entry names is bound as well, by the wire's defaults:
    /// true without a block, with `...`, and in a block of only `all` and `without`.
    pub rest: bool,
    /// Clauses of `all`, for entries that do not say otherwise.
    pub all: Vec<Term>,
    /// What is named, in the order of the contract.
    pub entries: Vec<BindingEntry>,
    /// What `without` leaves out.
    pub without: Vec<Subject>,
    /// As written before it: settings of one product, `@nats(stream: "ORDERS")`.
    pub annotations: Annotations,
    /// All of it.
    pub at: At,
}

/// One named entry of a binding.
#[derive(Clone, Debug)]
pub struct BindingEntry {
    /// What it binds.
    pub subject: Subject,
    /// The wire's clauses, as written.
    pub terms: Vec<Term>,
    /// As written before it.
    pub annotations: Annotations,
    /// The name.
    pub at: At,
}

/// What a binding binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Counts into the service's operations.
    Operation(usize),
    /// Counts into the service's handlers.
    Handler(usize),
    /// An event that the service or one of its operations emits.
    Event(TypeId),
}

/// `example Orders.place "one line" { … }`, checked against the operation.
#[derive(Clone, Debug)]
pub struct Example {
    /// Counts into the package's services.
    pub service: usize,
    /// Counts into the service's operations.
    pub operation: usize,
    /// What it shows.
    pub title: String,
    /// The inputs that are said; for a stream one entry, a list.
    pub given: Vec<(String, Literal)>,
    /// How it ends.
    pub outcome: Outcome,
    /// The title.
    pub at: At,
}

/// How an example ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It answers with nothing to look at.
    Answers,
    /// It answers with at least this.
    Gives(Literal),
    /// It fails with this fault, whose fields are at least these.
    Fails(TypeId, Literal),
}
