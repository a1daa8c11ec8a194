//! Faults: the one way to fail, alike on every wire.
//!
//! A [`Fault`] is neutral: one of the sixteen canonical codes of gRPC, a message, and for a fault that the contract
//! declares its name and its fields. Generated code turns it into the operation's own enum and back, so a handler
//! returns `Err(PlaceFault::OutOfStock(it))` and a client matches on the same. What a wire could not carry whole becomes
//! `Other`, never a value made of defaults.

mod code;
mod detail;
mod fitting;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use code::Code;
use detail::Detail;

use crate::validate::{Violation, Violations};

/// A fault in its neutral form: what every wire carries.
///
/// ```
/// use wireloom::{Code, Fault};
///
/// let fault = Fault::new(Code::Unavailable, "the warehouse does not answer");
/// assert_eq!(fault.code(), Code::Unavailable);
/// assert_eq!(fault.to_string(), "unavailable: the warehouse does not answer");
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    // Boxed so that `Result<T, Fault>` stays small on the way that succeeds.
    inner: Box<Inner>,
}

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    kind: Cow<'static, str>,
    message: Cow<'static, str>,
    detail: Detail,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
    retry_never: bool,
    http_status: Option<u16>,
    challenge: Challenge,
    nonce: Option<String>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// How a caller may be known, or what it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Challenge {
    None,
    /// For the peer.
    Told(String),
    /// From the peer, whose it stays: a fault that is passed on says nothing of how to be known elsewhere.
    Received(String),
}

impl Fault {
    /// A fault that no contract declares. The message reaches the peer: it must not tell internals.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Fault {
        Fault {
            inner: Box::new(Inner {
                code,
                kind: Cow::Borrowed(""),
                message: message.into(),
                detail: Detail::None,
                violations: Vec::new(),
                retry_after: None,
                retry_never: false,
                http_status: None,
                challenge: Challenge::None,
                nonce: None,
                source: None,
            }),
        }
    }

    /// Something broke inside: the peer learns only that, the log learns the source.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
        Fault::new(Code::Internal, "internal error").with_source(source)
    }

    /// The input breaks the contract.
    pub fn invalid(violations: Violations) -> Fault {
        let mut fault = Fault::new(Code::InvalidArgument, "the input breaks the contract");
        fault.inner.violations = violations.into_vec();
        fault
    }

    /// One input is wrong in a way that only the handler can tell; the path is the contract's, `page.token`.
    ///
    /// ```
    /// let fault = wireloom::Fault::invalid_input("page.token", "is not one of ours");
    /// assert_eq!(fault.violations()[0].to_string(), "page.token: is not one of ours");
    /// ```
    pub fn invalid_input(path: impl Into<String>, message: impl Into<String>) -> Fault {
        let mut violations = Violations::new();
        violations.push(Violation { path: path.into(), message: message.into() });
        Fault::invalid(violations)
    }

    /// The neutral form of a declared fault.
    pub fn declared<F: DeclaredFault>(declared: &F) -> Fault {
        let mut fault = Fault::new(F::CODE, declared.to_string());
        fault.inner.kind = Cow::Borrowed(F::KIND);
        fault.inner.retry_after = declared.retry_after();
        fault.inner.detail = Detail::Declared(Arc::new(declared.clone()));
        fault
    }

    /// A fault as it came over a wire.
    pub fn received(code: Code, kind: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Fault {
        let mut fault = Fault::new(code, message);
        fault.inner.kind = kind.into();
        fault
    }

    /// Adds the fields of a declared fault, in their JSON form.
    #[must_use]
    pub fn with_fields(mut self, fields: serde_json::Value) -> Fault {
        self.inner.detail = Detail::Json(fields);
        self
    }

    /// Adds the fields of a declared fault as they came over a binary wire: a message of protobuf, and its type's name there
    /// where the wire says it.
    #[must_use]
    pub(crate) fn with_message_fields(mut self, proto_name: impl Into<Cow<'static, str>>, message: Bytes) -> Fault {
        self.inner.detail = Detail::Message { proto_name: proto_name.into(), message };
        self
    }

    /// Adds what is wrong with the input.
    #[must_use]
    pub fn with_violations(mut self, violations: Vec<Violation>) -> Fault {
        self.inner.violations = violations;
        self
    }

    /// Says when trying again may help.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Fault {
        self.inner.retry_after = Some(wait);
        self
    }

    /// Says that trying again is of no use: somebody below has done so already, or what is wrong stays so. A channel says it of a
    /// call that failed although it was tried again. A handler that passes the fault on thereby tells its own caller, so that not
    /// every tier retries; one that knows better makes a new fault.
    ///
    /// ```
    /// use wireloom::{Code, Fault};
    /// use wireloom::policy::{Failure, Hint};
    ///
    /// let fault = Fault::new(Code::Unavailable, "three warehouses do not answer").with_retry_never();
    /// assert_eq!(Failure::from(&fault).hint, Hint::Never);
    /// ```
    #[must_use]
    pub fn with_retry_never(mut self) -> Fault {
        self.inner.retry_never = true;
        self
    }

    /// Says the HTTP status, where HTTP has a better one than the code's.
    #[must_use]
    pub(crate) fn with_http_status(mut self, status: u16) -> Fault {
        self.inner.http_status = Some(status);
        self
    }

    /// Says how a caller may be known, or what it lacks: `WWW-Authenticate` of HTTP.
    #[must_use]
    pub(crate) fn with_challenge(mut self, challenge: impl Into<Option<String>>) -> Fault {
        self.inner.challenge = challenge.into().map_or(Challenge::None, Challenge::Told);
        self
    }

    /// Says what the proof beside the next call's token is to have: `DPoP-Nonce` of HTTP.
    #[must_use]
    pub(crate) fn with_nonce(mut self, nonce: impl Into<Option<String>>) -> Fault {
        self.inner.nonce = nonce.into();
        self
    }

    /// Says what a server has asked for.
    #[must_use]
    pub(crate) fn with_challenge_received(mut self, challenge: impl Into<Option<String>>) -> Fault {
        self.inner.challenge = challenge.into().map_or(Challenge::None, Challenge::Received);
        self
    }

    /// Keeps what caused it, for the log; peers never see it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
        self.inner.source = Some(source.into().into());
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.inner.code
    }

    /// The declared fault's name with its package, `shop.orders.NotFound`; empty for one that no contract declares.
    pub fn kind(&self) -> &str {
        &self.inner.kind
    }

    /// What to tell people.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// The declared fault's fields, in their JSON form; `None` also where they came over a binary wire and nobody has read
    /// them as the fault that they belong to.
    pub fn fields(&self) -> Option<Cow<'_, serde_json::Value>> {
        self.inner.detail.to_json()
    }

    /// The declared fault's fields as a message of protobuf, with its type's name there.
    pub(crate) fn message_fields(&self) -> Option<(&str, Bytes)> {
        self.inner.detail.to_message()
    }

    /// What is wrong with the input.
    pub fn violations(&self) -> &[Violation] {
        &self.inner.violations
    }

    /// When trying again may help.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Whether trying again is of no use.
    pub fn retry_never(&self) -> bool {
        self.inner.retry_never
    }

    /// The HTTP status, where HTTP has a better one than the code's.
    pub(crate) fn http_status(&self) -> Option<u16> {
        self.inner.http_status
    }

    /// What a server asks for that has not let a call in, as `WWW-Authenticate` of HTTP says it (RFC 6750):
    /// `Bearer realm="shop.Orders", error="insufficient_scope", scope="orders:write"`. `None` where it has not said so, and of a fault that
    /// a handler made.
    pub fn challenge(&self) -> Option<&str> {
        match &self.inner.challenge {
            Challenge::Told(challenge) | Challenge::Received(challenge) => Some(challenge),
            Challenge::None => None,
        }
    }

    /// How the peer may be known, or what it lacks.
    pub(crate) fn challenge_told(&self) -> Option<&str> {
        match &self.inner.challenge {
            Challenge::Told(challenge) => Some(challenge),
            Challenge::Received(_) | Challenge::None => None,
        }
    }

    /// What the proof beside the peer's next token is to have.
    pub(crate) fn nonce_told(&self) -> Option<&str> {
        self.inner.nonce.as_deref()
    }

    /// The declared fault itself, when this is one of that kind and its fields came whole.
    ///
    /// # Errors
    /// Gives the fault back when it is of another kind, or when a field is missing or wrong.
    pub fn declared_as<F: DeclaredFault>(self) -> Result<F, Fault> {
        if self.inner.kind != F::KIND {
            return Err(self);
        }
        self.inner.detail.to_declared().ok_or(self)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.inner.code, self.inner.message)?;
        for violation in &self.inner.violations {
            write!(f, "; {violation}")?;
        }
        Ok(())
    }
}

/// Two faults are equal whose code, kind, message, fields, violations and word on trying again (`retry_after`, `retry_never`) are. What has
/// caused them is this side's own, and a nonce is another each time, so neither is compared.
///
/// Fields are compared by their JSON form, so a declared fault that was made here equals the same one that came over a wire of JSON, as far as
/// the wire tells it: REST tells times to wait in whole seconds. Fields
/// that came over a binary wire (gRPC, native RPC) are a message until somebody reads them, and equal only the same message: compare the
/// operation's enum of faults, or what [`declared_as`](Fault::declared_as) gives. A [challenge](Fault::challenge) that was made here never
/// equals one that a server sent, for only the first goes on to the peer; nor is a fault with an HTTP status of its own, as the server
/// makes them, equal to one without.
///
/// ```
/// use wireloom::{Code, Fault};
///
/// let broken = || Fault::new(Code::Internal, "broken");
/// assert_eq!(broken(), broken().with_source("the disk is full"));
/// assert_ne!(broken(), Fault::new(Code::Unavailable, "broken"));
/// ```
impl PartialEq for Fault {
    fn eq(&self, other: &Fault) -> bool {
        let (one, other) = (&*self.inner, &*other.inner);
        let Inner {
            code,
            kind,
            message,
            detail,
            violations,
            retry_after,
            retry_never,
            http_status,
            challenge,
            nonce: _,
            source: _,
        } = one;
        (code, kind, message, violations) == (&other.code, &other.kind, &other.message, &other.violations)
            && (retry_after, retry_never, http_status) == (&other.retry_after, &other.retry_never, &other.http_status)
            && challenge == &other.challenge
            && detail == &other.detail
    }
}

impl Eq for Fault {}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_ref().map(|source| &**source as _)
    }
}

impl From<Violations> for Fault {
    fn from(violations: Violations) -> Fault {
        Fault::invalid(violations)
    }
}

/// A fault that a contract declares: a generated struct with its fields. Its `Display` is what peers are told.
pub trait DeclaredFault: std::error::Error + Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Its code.
    const CODE: Code;
    /// Its name with its package: `shop.orders.NotFound`.
    const KIND: &'static str;
    /// Its name as a message of protobuf: `shop.orders.v1.NotFound`.
    const PROTO_NAME: &'static str;

    /// Its fields as a message of protobuf. `None` in a build without a binary wire.
    fn to_message(&self) -> Option<Vec<u8>> {
        None
    }

    /// The fault in a message of protobuf; `None` when a field is missing or wrong, and in a build without a binary wire.
    fn from_message(message: &Bytes) -> Option<Self> {
        let _ = message;
        None
    }

    /// When trying again may help; the field `retry_after` where the fault has one.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// How one operation fails: a generated enum of its declared faults and `Other`.
pub trait OperationFault: std::error::Error + From<Fault> + Clone + Send + Sync + 'static {
    /// The neutral form.
    fn to_fault(&self) -> Fault;

    /// The typed form; `Other` where the kind is not one of the operation's, or the fields did not come whole.
    fn from_fault(fault: Fault) -> Self;
}

/// A fault that an operation declares. Generated; what implements it is `From<F>`, so that `?` takes a declared fault.
///
/// It stands between, and not `From` itself, so that rustc tells of an undeclared fault where to declare it.
#[diagnostic::on_unimplemented(
    message = "`{F}` is no declared fault of this operation: `{Self}` has no such case",
    label = "the operation's `fails` does not list it; what a contract does not declare is a `wireloom::Fault`",
    note = "the contract would say `fails …, {F}` behind the operation"
)]
pub trait FailsWith<F> {
    /// The fault as the operation's.
    fn with(fault: F) -> Self;
}

/// For generic code that needs no types: the neutral fault is itself a way to fail.
impl OperationFault for Fault {
    fn to_fault(&self) -> Fault {
        self.clone()
    }

    fn from_fault(fault: Fault) -> Fault {
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As generated ones are.
    #[derive(Clone, Debug, Serialize, serde::Deserialize)]
    struct Gone {
        id: String,
    }

    impl std::fmt::Display for Gone {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{} is gone", self.id)
        }
    }

    impl std::error::Error for Gone {}

    impl DeclaredFault for Gone {
        const CODE: Code = Code::NotFound;
        const KIND: &'static str = "shop.Gone";
        const PROTO_NAME: &'static str = "shop.v1.Gone";

        fn to_message(&self) -> Option<Vec<u8>> {
            Some(self.id.clone().into_bytes())
        }
    }

    fn gone(id: &str) -> Fault {
        Fault::declared(&Gone { id: id.to_owned() })
    }

    /// As it came over a wire of JSON.
    #[cfg(feature = "http")]
    #[test]
    fn a_declared_fault_equals_itself_as_it_came() {
        use crate::transport::problem;
        let response = problem::respond(&gone("o-1"), None, None);
        let received = problem::read_fault(404, response.headers(), response.body());
        assert_eq!(received, gone("o-1"));
        assert_eq!(gone("o-1"), received);
        assert_ne!(received, gone("o-2"));
        assert_ne!(received, Fault::received(Code::NotFound, Gone::KIND, "o-1 is gone"), "its fields did not come");
    }

    /// A message nobody has read may be any: were it equal to a fault, and that to its JSON form, so would the two have to be.
    #[test]
    fn fields_in_a_message_equal_the_same_message() {
        let of =
            |fault: Fault, id: &str| fault.with_message_fields(Gone::PROTO_NAME, Bytes::copy_from_slice(id.as_bytes()));
        assert_eq!(of(gone("o-1"), "o-1"), of(gone("o-1"), "o-1"));
        assert_ne!(of(gone("o-1"), "o-1"), of(gone("o-1"), "o-2"));
        assert_ne!(of(gone("o-1"), "o-1"), gone("o-1"));
    }

    #[test]
    fn a_challenge_that_came_equals_none_that_is_told() {
        let fault = || Fault::new(Code::Unauthenticated, "who?");
        let (told, received) =
            (fault().with_challenge("Bearer".to_owned()), fault().with_challenge_received("Bearer".to_owned()));
        assert_eq!(told.challenge(), received.challenge());
        assert_ne!(told, received);
        assert_ne!(received, fault());
    }

    /// What one service asks for is nothing to tell the callers of another.
    #[cfg(feature = "http")]
    #[test]
    fn a_challenge_that_came_goes_no_further() {
        use crate::transport::problem;
        let told = Fault::new(Code::Unauthenticated, "who?").with_challenge("Bearer realm=\"a\"".to_owned());
        let response = problem::respond(&told, None, None);
        let received = problem::read_fault(401, response.headers(), response.body());
        assert_eq!(received.challenge(), Some("Bearer realm=\"a\""));
        assert!(problem::respond(&received, None, None).headers().get(http::header::WWW_AUTHENTICATE).is_none());
    }
}
