//! What is known of a service and its operations before any call: constants that generated code writes.

use std::time::Duration;

pub use wireloom_policy::DEADLINE_DEFAULT;

use crate::policy::Settings;
use crate::policy::retry::Repeat;

/// Facts of one service.
#[derive(Clone, Copy, Debug)]
pub struct ServiceFacts {
    /// `shop.orders`
    pub package: &'static str,
    /// `Orders`
    pub name: &'static str,
    /// Who may call, where an operation does not say otherwise.
    pub auth: Auth,
    /// Its operations, in the order of the contract.
    pub operations: &'static [&'static OperationFacts],
    /// The names of its handlers of events.
    pub handlers: &'static [&'static str],
}

/// Facts of one operation: what policies and transports ask, without a call at hand.
#[derive(Clone, Copy, Debug)]
pub struct OperationFacts {
    /// `shop.orders`
    pub package: &'static str,
    /// `Orders`; empty where the operation is an event to subscribe to.
    pub service: &'static str,
    /// `place`
    pub name: &'static str,
    /// How many messages go each way.
    pub shape: Shape,
    /// What calling it twice does.
    pub effect: Effect,
    /// What the contract says of how its calls are bounded and repeated.
    pub policy: Settings,
    /// Who may call it.
    pub auth: Auth,
}

impl OperationFacts {
    /// The deadline that the contract gives a call; [`DEADLINE_DEFAULT`] where it gives none, for a call always has one.
    pub fn deadline(&self) -> Duration {
        self.policy.deadline.unwrap_or(DEADLINE_DEFAULT)
    }

    /// How far a call of it may be repeated. An input that is a stream is gone once it was sent.
    pub(crate) fn repeat(&self) -> Repeat {
        match self.shape {
            Shape::ClientStream | Shape::Duplex => Repeat::Never,
            Shape::Unary | Shape::Oneway | Shape::ServerStream => self.effect.into(),
        }
    }

    /// Whether these are facts of the same operation: a constant may stand at several addresses.
    pub(crate) fn is_same(&self, other: &OperationFacts) -> bool {
        std::ptr::eq(self, other)
            || (self.name, self.service, self.package) == (other.name, other.service, other.package)
    }
}

impl std::fmt::Display for OperationFacts {
    /// `shop.orders.Orders/place`, or `shop.orders.OrderPlaced` where it is an event.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.service {
            "" => write!(f, "{}.{}", self.package, self.name),
            service => write!(f, "{}.{service}/{}", self.package, self.name),
        }
    }
}

/// Who may call: `auth any of jwt, api_key` of a service with what an operation of it wants besides, `scope "orders:write"`.
///
/// ```
/// use wireloom::{Auth, Scheme};
///
/// const AUTH: Auth = Auth::any_of(&[Scheme::Jwt, Scheme::ApiKey]).with_scopes(&["orders:write"]);
/// assert!(!AUTH.is_public());
/// assert!(Auth::PUBLIC.is_public());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auth {
    /// The ways in which a caller may say who it is, one of which it takes; none where everybody may call.
    pub schemes: &'static [Scheme],
    /// The scopes that it must have, all of them.
    pub scopes: &'static [&'static str],
    /// The role that it must have.
    pub role: Option<&'static str>,
}

impl Auth {
    /// Everybody may call.
    pub const PUBLIC: Auth = Auth::any_of(&[]);

    /// Who is known by one of these schemes may call.
    pub const fn any_of(schemes: &'static [Scheme]) -> Auth {
        Auth { schemes, scopes: &[], role: None }
    }

    /// Wants all of these scopes.
    #[must_use]
    pub const fn with_scopes(self, scopes: &'static [&'static str]) -> Auth {
        Auth { scopes, ..self }
    }

    /// Wants this role.
    #[must_use]
    pub const fn with_role(self, role: &'static str) -> Auth {
        Auth { role: Some(role), ..self }
    }

    /// Whether everybody may call.
    pub const fn is_public(&self) -> bool {
        self.schemes.is_empty()
    }
}

/// A way to say who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// A JSON Web Token.
    Jwt,
    /// An access token of OAuth 2.0, which may say nothing by itself.
    Oauth2,
    /// An API key.
    ApiKey,
    /// A certificate of the client.
    Mtls,
}

impl Scheme {
    /// The word in the contract.
    ///
    /// ```
    /// assert_eq!(wireloom::Scheme::ApiKey.as_str(), "api_key");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Scheme::Jwt => "jwt",
            Scheme::Oauth2 => "oauth2",
            Scheme::ApiKey => "api_key",
            Scheme::Mtls => "mtls",
        }
    }
}

impl std::fmt::Display for Scheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many messages go each way.
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

/// What calling an operation twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is changed: may be cached, hedged, retried.
    Safe,
    /// The same as calling once: may be retried.
    Idempotent,
    /// The server knows a repeated call by its key: may be retried with the same key.
    Keyed,
    /// Must not be sent twice.
    Once,
}
