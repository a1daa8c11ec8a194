//! Faults: the one way to fail, alike on every wire.
//!
//! A [`Fault`] is neutral: one of the sixteen canonical codes of gRPC, a message, and for a fault that the contract
//! declares its name and its fields. Generated code turns it into the operation's own enum and back, so a handler
//! returns `Err(PlaceFault::OutOfStock(it))` and a client matches on the same. What a wire could not carry whole becomes
//! `Other`, never a value made of defaults.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::validate::{Violation, Violations};

/// The sixteen canonical codes, by gRPC's names and numbers (google.rpc.Code; OK is no fault).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Code {
    /// The caller gave up.
    Cancelled = 1,
    /// Something failed that nobody classified.
    Unknown = 2,
    /// The input is wrong whatever the state of the service.
    InvalidArgument = 3,
    /// The deadline passed.
    DeadlineExceeded = 4,
    /// What was asked for is not there.
    NotFound = 5,
    /// What was to be made is there already.
    AlreadyExists = 6,
    /// The caller may not do this.
    PermissionDenied = 7,
    /// A limit or quota is used up.
    ResourceExhausted = 8,
    /// The service is not in a state in which this is possible.
    FailedPrecondition = 9,
    /// A concurrent change got in the way.
    Aborted = 10,
    /// Past the valid range.
    OutOfRange = 11,
    /// The operation is not there.
    Unimplemented = 12,
    /// An invariant of the service is broken.
    Internal = 13,
    /// The service cannot be reached or does not take calls; trying again may help.
    Unavailable = 14,
    /// Data is lost or broken beyond repair.
    DataLoss = 15,
    /// The caller did not say who it is.
    Unauthenticated = 16,
}

impl Code {
    /// All of them, by number.
    pub const ALL: [Code; 16] = [
        Code::Cancelled,
        Code::Unknown,
        Code::InvalidArgument,
        Code::DeadlineExceeded,
        Code::NotFound,
        Code::AlreadyExists,
        Code::PermissionDenied,
        Code::ResourceExhausted,
        Code::FailedPrecondition,
        Code::Aborted,
        Code::OutOfRange,
        Code::Unimplemented,
        Code::Internal,
        Code::Unavailable,
        Code::DataLoss,
        Code::Unauthenticated,
    ];

    /// The code's name: `not_found`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::Cancelled => "cancelled",
            Code::Unknown => "unknown",
            Code::InvalidArgument => "invalid_argument",
            Code::DeadlineExceeded => "deadline_exceeded",
            Code::NotFound => "not_found",
            Code::AlreadyExists => "already_exists",
            Code::PermissionDenied => "permission_denied",
            Code::ResourceExhausted => "resource_exhausted",
            Code::FailedPrecondition => "failed_precondition",
            Code::Aborted => "aborted",
            Code::OutOfRange => "out_of_range",
            Code::Unimplemented => "unimplemented",
            Code::Internal => "internal",
            Code::Unavailable => "unavailable",
            Code::DataLoss => "data_loss",
            Code::Unauthenticated => "unauthenticated",
        }
    }

    /// The code of that name.
    ///
    /// ```
    /// use wireloom::Code;
    ///
    /// assert_eq!(Code::named("not_found"), Some(Code::NotFound));
    /// assert_eq!(Code::named("ok"), None);
    /// ```
    pub fn named(name: &str) -> Option<Code> {
        Code::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// The HTTP status it stands for, as google/rpc/code.proto says.
    pub const fn http_status(self) -> u16 {
        match self {
            Code::Cancelled => 499,
            Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
            Code::Unauthenticated => 401,
            Code::PermissionDenied => 403,
            Code::NotFound => 404,
            Code::AlreadyExists | Code::Aborted => 409,
            Code::ResourceExhausted => 429,
            Code::Unimplemented => 501,
            Code::Unavailable => 503,
            Code::DeadlineExceeded => 504,
            Code::Unknown | Code::Internal | Code::DataLoss => 500,
        }
    }

    /// The code that best describes an HTTP status that no Wireloom server sent: the one who answered may be a proxy.
    pub const fn from_http_status(status: u16) -> Code {
        match status {
            401 => Code::Unauthenticated,
            403 => Code::PermissionDenied,
            404 | 410 => Code::NotFound,
            408 | 504 => Code::DeadlineExceeded,
            409 => Code::Aborted,
            412 => Code::FailedPrecondition,
            429 => Code::ResourceExhausted,
            499 => Code::Cancelled,
            405 | 501 => Code::Unimplemented,
            502 | 503 => Code::Unavailable,
            500..=599 => Code::Internal,
            400..=499 => Code::InvalidArgument,
            _ => Code::Unknown,
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

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
    fields: Option<serde_json::Value>,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
    http_status: Option<u16>,
    source: Option<std::sync::Arc<dyn std::error::Error + Send + Sync>>,
}

impl Fault {
    /// A fault that no contract declares. The message reaches the peer: it must not tell internals.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Fault {
        Fault {
            inner: Box::new(Inner {
                code,
                kind: Cow::Borrowed(""),
                message: message.into(),
                fields: None,
                violations: Vec::new(),
                retry_after: None,
                http_status: None,
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
        match serde_json::to_value(declared) {
            Ok(fields) => fault.inner.fields = Some(fields),
            Err(error) => return Fault::internal(error),
        }
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
        self.inner.fields = Some(fields);
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

    /// Says the HTTP status, where HTTP has a better one than the code's.
    #[must_use]
    pub(crate) fn with_http_status(mut self, status: u16) -> Fault {
        self.inner.http_status = Some(status);
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

    /// The declared fault's fields, in their JSON form.
    pub fn fields(&self) -> Option<&serde_json::Value> {
        self.inner.fields.as_ref()
    }

    /// What is wrong with the input.
    pub fn violations(&self) -> &[Violation] {
        &self.inner.violations
    }

    /// When trying again may help.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// The HTTP status, where HTTP has a better one than the code's.
    pub(crate) fn http_status(&self) -> Option<u16> {
        self.inner.http_status
    }

    /// The declared fault itself, when this is one of that kind and its fields came whole.
    ///
    /// # Errors
    /// Gives the fault back when it is of another kind, or when a field is missing or wrong.
    pub fn declared_as<F: DeclaredFault>(self) -> Result<F, Fault> {
        if self.inner.kind != F::KIND {
            return Err(self);
        }
        match self.inner.fields.as_ref().map(F::deserialize) {
            Some(Ok(declared)) => Ok(declared),
            _ => Err(self),
        }
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

/// For generic code that needs no types: the neutral fault is itself a way to fail.
impl OperationFault for Fault {
    fn to_fault(&self) -> Fault {
        self.clone()
    }

    fn from_fault(fault: Fault) -> Fault {
        fault
    }
}
