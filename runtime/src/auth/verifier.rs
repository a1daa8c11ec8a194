//! The seam between a server and the ways in which callers are known.

use std::borrow::Cow;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::Principal;
use crate::context::Context;

/// Knows callers by what their calls bring: a token, a key, a certificate.
///
/// The feature `auth` has those for JSON Web Tokens, introspection, API keys and certificates. One of your own:
///
/// ```
/// use wireloom::auth::{Denial, Principal, Verification, Verifier};
/// use wireloom::{Context, Scheme};
///
/// /// Believes a gateway that nobody can get around.
/// struct Gateway;
///
/// impl Verifier for Gateway {
///     fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a> {
///         match cx.metadata().get("x-user") {
///             None => Verification::Absent,
///             Some("") => Verification::Refused(Denial::refused("the name is empty")),
///             Some(name) => Verification::Known(Principal::new(Scheme::Jwt, "gateway", name)),
///         }
///     }
/// }
/// # assert!(matches!(Gateway.verify(&Context::new()), Verification::Absent));
/// ```
pub trait Verifier: Send + Sync + 'static {
    /// Judges what a call brings.
    fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a>;

    /// Whether it takes tokens with a proof of their key beside them (DPoP): who is not known is told so.
    fn takes_proofs(&self) -> bool {
        false
    }
}

/// What a [`Verifier`] makes of a call.
#[expect(missing_debug_implementations, reason = "a future has none")]
pub enum Verification<'a> {
    /// It brings nothing of this verifier's kind.
    Absent,
    /// The caller is known.
    Known(Principal),
    /// What it brings is not accepted.
    Refused(Denial),
    /// Somebody else must be asked first.
    Later(BoxFuture<'a, Result<Principal, Denial>>),
}

impl From<Result<Principal, Denial>> for Verification<'_> {
    fn from(verified: Result<Principal, Denial>) -> Self {
        match verified {
            Ok(principal) => Verification::Known(principal),
            Err(denial) => Verification::Refused(denial),
        }
    }
}

/// Why a caller is not known. The reason is for the log alone: a caller who could read it could try until it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    reason: Cow<'static, str>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Refused,
    Outage,
    Busy(Duration),
    #[cfg(feature = "auth")]
    Nonce(String),
}

impl Denial {
    /// What the call brings is not accepted.
    pub fn refused(reason: impl Into<Cow<'static, str>>) -> Denial {
        Denial { reason: reason.into(), kind: Kind::Refused }
    }

    /// Nobody can tell now: who must be asked does not answer. The call fails with `unavailable`, and may be tried again.
    pub fn unavailable(reason: impl Into<Cow<'static, str>>) -> Denial {
        Denial { reason: reason.into(), kind: Kind::Outage }
    }

    /// The caller is known, and calls more often than it may. The call fails with `resource_exhausted`, an event waits; both may be tried
    /// again after that time.
    pub fn busy(retry_after: Duration) -> Denial {
        Denial { reason: "the caller is over its rate".into(), kind: Kind::Busy(retry_after) }
    }

    /// The proof beside the token has not this nonce, which its next one is to have.
    #[cfg(feature = "auth")]
    pub(crate) fn nonce(nonce: String) -> Denial {
        Denial { reason: "the proof has no nonce of ours".into(), kind: Kind::Nonce(nonce) }
    }

    /// The nonce that the next proof is to have.
    pub(crate) fn wanted_nonce(&self) -> Option<&str> {
        match &self.kind {
            #[cfg(feature = "auth")]
            Kind::Nonce(nonce) => Some(nonce),
            _ => None,
        }
    }

    /// Whether nobody could tell.
    pub fn is_outage(&self) -> bool {
        self.kind == Kind::Outage
    }

    /// When a caller may call again that does so more often than it may.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            Kind::Busy(retry_after) => Some(retry_after),
            _ => None,
        }
    }
}

impl std::fmt::Display for Denial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Denial {}
