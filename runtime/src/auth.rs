//! Who calls, and whether it may: what a contract says by `auth`, `scope` and `role`, alike on every wire.
//!
//! A server is told how callers of each scheme are known ([`Server::verifier`](crate::Server::verifier)); one that serves a scheme
//! without a verifier does not start. Of each call the [`Verifier`]s of the operation's schemes make a [`Principal`], which the
//! handler finds in its context, or the call ends before its input is read: with `unauthenticated` where nobody is known,
//! with `permission_denied` where somebody is and lacks a scope or the role. What was wrong the log learns, callers do not.
//!
//! Clients bring what servers ask for by [`Credentials`], which a channel has.
//!
//! What stands here is in every build, and costs a public operation nothing. Verifiers and credentials are the feature `auth`.

#[cfg(feature = "auth")]
mod acquired;
#[cfg(feature = "auth")]
mod api_keys;
#[cfg(feature = "auth")]
mod bearer;
#[cfg(feature = "auth")]
mod binding;
#[cfg(feature = "auth")]
mod cache;
#[cfg(feature = "auth")]
mod client;
#[cfg(feature = "auth")]
mod client_credentials;
mod credentials;
#[cfg(feature = "auth")]
mod dpop;
#[cfg(all(test, feature = "auth"))]
mod fake;
#[cfg(feature = "auth")]
mod fetch;
mod guard;
#[cfg(feature = "auth")]
mod introspection;
#[cfg(feature = "auth")]
mod jwt;
#[cfg(feature = "auth")]
mod mtls;
mod principal;
#[cfg(feature = "auth")]
mod proof_key;
#[cfg(feature = "auth")]
mod question;
#[cfg(feature = "auth")]
mod token_exchange;
#[cfg(feature = "auth")]
mod tokens;
mod verifier;

#[cfg(feature = "auth")]
pub use api_keys::{ApiKey, ApiKeys};
#[cfg(feature = "auth")]
pub use client::ClientKey;
#[cfg(feature = "auth")]
pub use client_credentials::ClientCredentials;
pub(crate) use credentials::Introduced;
pub use credentials::{Applied, Credentials};
#[cfg(feature = "auth")]
pub use dpop::Dpop;
pub(crate) use guard::{Guard, expired};
#[cfg(feature = "auth")]
pub use introspection::Introspection;
#[cfg(feature = "auth")]
pub use jwt::{InvalidKeys, JwtVerifier, KeyRotation, KeySet};
#[cfg(feature = "auth")]
pub use mtls::Certificates;
pub use principal::Principal;
#[cfg(feature = "auth")]
pub(crate) use proof_key::Prover;
#[cfg(feature = "auth")]
pub use token_exchange::TokenExchange;
#[cfg(feature = "auth")]
pub use tokens::{ApiKeyCredentials, BearerToken, ForwardedToken};
pub use verifier::{Denial, Verification, Verifier};
