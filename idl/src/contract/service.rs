//! Services: operations, their effects and faults, handlers of events.

use std::collections::HashSet;

use super::{Annotations, At, Field, FieldPath, Literal, Pin, Policy, Type, TypeId};

/// Operations and handlers under a name.
#[derive(Clone, Debug)]
pub struct Service {
    /// `Orders`
    pub name: String,
    /// Its former name.
    pub was: Option<String>,
    /// Markdown.
    pub docs: Option<String>,
    /// As written before it.
    pub annotations: Annotations,
    /// Who may call.
    pub auth: Auth,
    /// What holds for its operations unless they say otherwise; already merged into theirs.
    pub policy: Policy,
    /// Events it publishes whatever is called: at its own time, or when something else comes in.
    pub emits: Vec<TypeId>,
    /// In the order of the contract.
    pub operations: Vec<Operation>,
    /// In the order of the contract.
    pub handlers: Vec<Handler>,
    /// Where its name stands.
    pub at: At,
}

impl Service {
    /// The operation of that name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// All events it publishes, each once: its own, then those of its operations.
    pub fn events(&self) -> Vec<TypeId> {
        let mut events = self.emits.clone();
        let mut seen: HashSet<TypeId> = events.iter().copied().collect();
        events.extend(self.operations.iter().flat_map(|it| &it.emits).filter(|&&event| seen.insert(event)));
        events
    }
}

/// Who may call a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Everyone.
    Public,
    /// Whoever satisfies one of the schemes.
    AnyOf {
        /// At least one.
        schemes: Vec<AuthScheme>,
        /// The scopes that operations may ask for; empty where none were declared.
        scopes: Vec<String>,
        /// The clause.
        at: At,
    },
}

/// The ways to say who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own name in the language")]
pub enum AuthScheme {
    Jwt,
    Oauth2,
    ApiKey,
    Mtls,
}

impl AuthScheme {
    /// The word in the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            AuthScheme::Jwt => "jwt",
            AuthScheme::Oauth2 => "oauth2",
            AuthScheme::ApiKey => "api_key",
            AuthScheme::Mtls => "mtls",
        }
    }
}

/// What an operation asks for beyond its service's [`Auth`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: whatever the service says.
    Service,
    /// Everyone, though the service says otherwise.
    Public,
    /// All of these scopes.
    Scopes(Vec<String>),
    /// This role.
    Role(String),
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `place`
    pub name: String,
    /// Its former name.
    pub was: Option<String>,
    /// Markdown.
    pub docs: Option<String>,
    /// As written before it.
    pub annotations: Annotations,
    /// What comes in.
    pub inputs: Inputs,
    /// What goes out.
    pub answer: Answer,
    /// Whether the caller does not wait for it.
    pub oneway: bool,
    /// Declared faults, in the order of the contract.
    pub faults: Vec<TypeId>,
    /// What calling it twice does.
    pub effect: Effect,
    /// Events it publishes.
    pub emits: Vec<TypeId>,
    /// Who may call it.
    pub access: Access,
    /// The service's policy with its own put over it.
    pub policy: Policy,
    /// Whether and why it should no longer be used.
    pub deprecated: Option<Deprecated>,
    /// The number given by hand.
    pub pin: Option<Pin>,
    /// Where its name stands.
    pub at: At,
}

/// Why something should no longer be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecated {
    /// Why, or what to use.
    pub note: Option<String>,
    /// The day from which on it may be gone, `2027-01-01`.
    pub until: Option<String>,
}

/// What comes into an operation.
#[derive(Clone, Debug)]
pub enum Inputs {
    /// Fields, perhaps none.
    Fields(Vec<Field>),
    /// A stream, which stands alone; the field's type is that of one item.
    Stream(Box<Field>),
}

impl Inputs {
    /// The fields; none of a stream.
    pub fn fields(&self) -> &[Field] {
        match self {
            Inputs::Fields(fields) => fields,
            Inputs::Stream(_) => &[],
        }
    }
}

/// What goes out of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing.
    Nothing,
    /// One value.
    One(Type),
    /// A stream of them.
    Stream(Type),
}

/// The shapes of an operation on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One in, one out (perhaps empty).
    Unary,
    /// One in, nothing awaited.
    Oneway,
    /// One in, many out.
    ServerStream,
    /// Many in, one out.
    ClientStream,
    /// Many in, many out.
    Duplex,
}

impl Operation {
    /// Its shape.
    pub fn shape(&self) -> Shape {
        match (&self.inputs, &self.answer) {
            (Inputs::Fields(_), Answer::Stream(_)) => Shape::ServerStream,
            (Inputs::Stream(_), Answer::Stream(_)) => Shape::Duplex,
            (Inputs::Stream(_), _) => Shape::ClientStream,
            (Inputs::Fields(_), _) if self.oneway => Shape::Oneway,
            (Inputs::Fields(_), _) => Shape::Unary,
        }
    }
}

/// What calling an operation twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is changed: may be cached, hedged, retried.
    Safe,
    /// The same as calling once: may be retried.
    Idempotent,
    /// May be retried with the same value of this input (counts into the fields), for the server knows it again.
    Keyed(usize),
    /// Must not be sent twice.
    Once,
}

/// The sixteen canonical codes, by gRPC's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own name; OK is no fault and is left out")]
pub enum FaultCode {
    Cancelled,
    Unknown,
    InvalidArgument,
    DeadlineExceeded,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    Unimplemented,
    Internal,
    Unavailable,
    DataLoss,
    Unauthenticated,
}

impl FaultCode {
    /// All of them, by number from 1.
    pub const ALL: [FaultCode; 16] = {
        use FaultCode::*;
        [
            Cancelled,
            Unknown,
            InvalidArgument,
            DeadlineExceeded,
            NotFound,
            AlreadyExists,
            PermissionDenied,
            ResourceExhausted,
            FailedPrecondition,
            Aborted,
            OutOfRange,
            Unimplemented,
            Internal,
            Unavailable,
            DataLoss,
            Unauthenticated,
        ]
    };

    /// The word in the language.
    pub fn as_str(self) -> &'static str {
        match self {
            FaultCode::Cancelled => "cancelled",
            FaultCode::Unknown => "unknown",
            FaultCode::InvalidArgument => "invalid_argument",
            FaultCode::DeadlineExceeded => "deadline_exceeded",
            FaultCode::NotFound => "not_found",
            FaultCode::AlreadyExists => "already_exists",
            FaultCode::PermissionDenied => "permission_denied",
            FaultCode::ResourceExhausted => "resource_exhausted",
            FaultCode::FailedPrecondition => "failed_precondition",
            FaultCode::Aborted => "aborted",
            FaultCode::OutOfRange => "out_of_range",
            FaultCode::Unimplemented => "unimplemented",
            FaultCode::Internal => "internal",
            FaultCode::Unavailable => "unavailable",
            FaultCode::DataLoss => "data_loss",
            FaultCode::Unauthenticated => "unauthenticated",
        }
    }

    /// The code that a word names.
    pub fn named(word: &str) -> Option<FaultCode> {
        FaultCode::ALL.into_iter().find(|code| code.as_str() == word)
    }

    /// The HTTP status it stands for, as google.rpc.Code says.
    pub fn http_status(self) -> u16 {
        match self {
            FaultCode::Cancelled => 499,
            FaultCode::InvalidArgument | FaultCode::FailedPrecondition | FaultCode::OutOfRange => 400,
            FaultCode::Unauthenticated => 401,
            FaultCode::PermissionDenied => 403,
            FaultCode::NotFound => 404,
            FaultCode::AlreadyExists | FaultCode::Aborted => 409,
            FaultCode::ResourceExhausted => 429,
            FaultCode::Unimplemented => 501,
            FaultCode::Unavailable => 503,
            FaultCode::DeadlineExceeded => 504,
            FaultCode::Unknown | FaultCode::Internal | FaultCode::DataLoss => 500,
        }
    }
}

/// `on pay.Settled as settle where …`
#[derive(Clone, Debug)]
pub struct Handler {
    /// `settle`
    pub name: String,
    /// Its former name.
    pub was: Option<String>,
    /// Markdown.
    pub docs: Option<String>,
    /// As written before it.
    pub annotations: Annotations,
    /// The event.
    pub event: TypeId,
    /// What an event must satisfy to reach it.
    pub condition: Option<Condition>,
    /// Where its name stands.
    pub at: At,
}

/// The condition of a handler, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Both hold.
    And(Box<Condition>, Box<Condition>),
    /// One holds.
    Or(Box<Condition>, Box<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A bool field is true.
    Holds(FieldPath),
    /// A field compares so with a value.
    Compare(FieldPath, Comparison, Literal),
}

pub use crate::syntax::tree::Comparison;
