//! gRPC: operations over HTTP/2 for peers in any language, on the port that serves REST as well.
//!
//! Generated code says which operations are served (`mount.grpc(&SERVICE).unary::<Place>()`) and under which path; all else is
//! generic over [`Wire`](crate::wire::Wire). tonic frames the messages and nothing more: what is in them, who may call, how
//! calls fail and what peers may send at most is ours. Messages are not compressed; one that is, is refused.
//!
//! | header | what it carries |
//! |---|---|
//! | `grpc-timeout` | the time left; bounds a call, and the opening of a stream, as a deadline does on every wire |
//! | `x-request-id` | the request's name; given by the server where the caller gave none, and sent back |
//! | `traceparent`, `tracestate` | W3C trace context |
//! | others | what the caller's context sends; the value of a name that ends in `-bin` is base64 |
//!
//! | of a fault | where it stands |
//! |---|---|
//! | code | `grpc-status`, by its number |
//! | message | `grpc-message`; no longer than 1024 bytes |
//! | kind | `google.rpc.ErrorInfo` in `grpc-status-details-bin`: `reason` `OUT_OF_STOCK`, `domain` `shop.orders`, and `kind` in its metadata |
//! | fields | the declared fault's own message there, `type.googleapis.com/shop.orders.v1.OutOfStock` |
//! | violations | `google.rpc.BadRequest` there |
//! | when to try again | `google.rpc.RetryInfo` there |
//!
//! Every server of gRPC also serves `grpc.health.v1.Health`, and `grpc.reflection` in its versions `v1` and `v1alpha`.

mod body;
mod client;
mod details;
mod headers;
mod health;
mod link;
mod messages;
mod reflection;
mod server;
mod standard;
mod status;

pub use client::{Grpc, GrpcOptions, GrpcReply};
pub use server::GrpcMount;
pub(crate) use server::{is_grpc, nothing_here};
pub(crate) use standard::routes as standard_routes;

use crate::operation::Operation;

/// An operation that has a place on gRPC: generated.
pub trait Method: Operation {
    /// `/shop.orders.v1.Orders/Place`
    const PATH: &'static str;
}

/// What tools ask of a service: generated.
///
/// ```
/// static ORDERS: wireloom::grpc::ServiceInfo = wireloom::grpc::ServiceInfo {
///     name: "shop.orders.v1.Orders",
///     // `include_bytes!(concat!(env!("OUT_DIR"), "/contract.binpb"))`
///     descriptors: &[],
/// };
/// # let _ = &ORDERS;
/// ```
#[derive(Clone, Copy)]
pub struct ServiceInfo {
    /// Its name: `shop.orders.v1.Orders`.
    pub name: &'static str,
    /// A `google.protobuf.FileDescriptorSet` with the file that declares it and all that this one imports. Several services may
    /// bring the same file.
    pub descriptors: &'static [u8],
}

impl std::fmt::Debug for ServiceInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ServiceInfo").field(&self.name).finish()
    }
}
