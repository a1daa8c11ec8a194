//! The Wireloom runtime: what generated servers and clients run on, alike on every wire.
//!
//! A team writes one contract; the compiler makes types, a service trait, a client and the wires of it; this crate holds
//! all that would be equal in every service. In suggested reading order:
//!
//! - [`operation`]: an operation as a type, and the four shapes of performing one. Servers, channels and [`Local`] meet here.
//! - [`Context`], [`Fault`], [`Validate`]: what goes with a call, how it fails, what its input must satisfy.
//! - [`admission`] and [`auth`], then the server's side of a call: admit, know the caller, decode, validate, perform within the deadline.
//! - [`Wire`]: the binary form of values, on every wire that has one.
//! - [`Channel`] and [`transport`]: the client's side, and what carries it: `rest`, `grpc`, `rpc`, `ws`, a Cargo feature each.
//! - [`discovery`]: where a service is, and how a server says that it is there.
//! - [`trace`]: which trace a call belongs to, on every wire.
//! - [`metrics`]: what calls took and what policies decided, as Prometheus reads it.
//! - `messaging`: events that a service emits and handles, over any broker.
//! - `tls`: TLS of every wire, a Cargo feature.
//! - [`Server`]: one builder, one HTTP port, one native port, an orderly end.

// What only some wires use has no user in a build without them, and says so nowhere else: a build of every wire judges.
#![cfg_attr(
    not(all(
        feature = "rest",
        feature = "grpc",
        feature = "rpc",
        feature = "ws",
        feature = "broker",
        feature = "dns",
        feature = "etcd",
        feature = "file"
    )),
    allow(dead_code, unused_imports, unreachable_pub)
)]

pub mod admission;
pub mod auth;
#[cfg(feature = "broker")]
pub mod broker;
mod called;
mod channel;
pub mod check;
mod clock;
mod context;
pub mod discovery;
mod endpoint;
mod facts;
mod fault;
#[cfg(feature = "file")]
mod files;
pub mod idempotency;
mod inbound;
pub mod json;
#[cfg(feature = "tower")]
pub mod layers;
mod limits;
mod local;
#[cfg(feature = "broker")]
pub mod messaging;
mod metadata;
pub mod metrics;
mod mount;
#[cfg(feature = "framed")]
pub mod mux;
mod net;
pub mod operation;
#[cfg(feature = "http")]
mod origins;
mod peer;
pub mod policy;
mod port;
#[cfg(feature = "http")]
mod request_id;
pub mod scalar;
mod server;
mod serving;
mod spans;
mod streaming;
mod text;
#[cfg(feature = "tls")]
pub mod tls;
pub mod trace;
pub mod transport;
mod validate;
mod value;
pub mod wire;

pub use called::Called;
pub use channel::{Channel, ChannelBuilder};
pub use context::Context;
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use facts::{Auth, DEADLINE_DEFAULT, Effect, OperationFacts, Scheme, ServiceFacts, Shape};
pub use fault::{Code, DeclaredFault, FailsWith, Fault, OperationFault};
pub use idempotency::{IdempotencyLimits, Keyed};
pub use inbound::Inbound;
pub use limits::Limits;
pub use local::Local;
pub use metadata::Metadata;
pub use mount::Mount;
pub use net::{Accept, Address, Connect};
pub use operation::{Client, ClientStream, Duplex, Operation, Served, ServerStream, Unary};
pub use peer::PeerIdentity;
#[cfg(feature = "http")]
pub use server::Cors;
pub use server::{Bound, Server};
pub use text::Text;
pub use trace::Trace;
#[cfg(feature = "grpc")]
pub use transport::grpc;
#[cfg(feature = "rest")]
pub use transport::rest;
#[cfg(feature = "rpc")]
pub use transport::rpc;
#[cfg(feature = "ws")]
pub use transport::ws;
pub use validate::{At, VIOLATIONS_MAX, Validate, Violation, Violations};
pub use value::{IdempotencyKey, Maybe, UnknownCase, Unrecognized, Url};
pub use wire::Wire;
#[cfg(feature = "contract-macros")]
pub use wireloom_macros::include_contract;
#[cfg(feature = "macros")]
pub use wireloom_macros::{Validate, Wire};

pub use bytes::Bytes;
pub use futures_core::Stream;
pub use jiff::SignedDuration as Duration;
pub use jiff::Timestamp;
pub use jiff::civil::{Date, Time};
pub use rust_decimal::Decimal;
pub use serde;
pub use serde_json::Value as Json;
pub use uuid::Uuid;

/// Includes what `wireloom_codegen::compile` made in `build.rs`: the modules of the contract's packages.
///
/// ```text
/// mod contract {
///     wireloom::contract!();
/// }
/// ```
#[macro_export]
macro_rules! contract {
    () => {
        include!(concat!(env!("OUT_DIR"), "/contract.rs"));
    };
}
