//! WebSocket: the protocol `loom.v1`, many calls at once on one connection of the HTTP port.
//!
//! A message of WebSocket is one frame of [`mux`](crate::mux), so all that native RPC promises of calls, credit, cancelling
//! and the orderly end is promised here as well, by the same code (`framed`). Which form frames have, the subprotocol says:
//!
//! | subprotocol | messages | frames |
//! |---|---|---|
//! | `loom.v1.bin` | binary | those of native RPC, byte for byte ([`Native`](crate::mux::Native)) |
//! | `loom.v1.json` | text | an object of JSON each ([`JsonFrames`]), as in the table below |
//!
//! The binary form is native RPC's own: one table of bytes to know, one reader to trust. The text form is for whoever has
//! nothing but a JSON parser: operations by their names, every member that says nothing may be left out.
//!
//! | `t` | members | |
//! |---|---|---|
//! | `hello` | `version?`, `message_bytes_max?`, `metadata_bytes_max?`, `window?` | the client's first frame |
//! | `ready` | `version`, `message_bytes_max`, `metadata_bytes_max`, `streams_max`, `window`, `operations` of `name`, `shape` | the server's |
//! | `req` | `id`, `m`, `d?`, `ms?`, `meta?` | a call of the operation `m`, by name or number, with the input `d`, the milliseconds `ms` and the metadata `meta` |
//! | `res` | `id`, `d?` | the answer, or the opening of a stream back |
//! | `item` | `id`, `d` | one item of a stream |
//! | `end` | `id` | no more items from this side |
//! | `err` | `id`, `code`, `kind?`, `message`, `fields?`, `violations?`, `retry_after_ms?`, `retry_never?`, `challenge?` | the call failed |
//! | `cancel` | `id` | the caller wants no answer any more |
//! | `credit` | `id`, `n` | leave to send `n` items more |
//! | `ping`, `pong` | `n?` | echoed |
//! | `goaway` | `code`, `last`, `reason?` | no new calls (1012), or the end |
//!
//! Behind a `goaway` that ends the connection the close frame of WebSocket says the same code and reason.
//!
//! A page of another host may not connect unless [`Server::allowed_origins`](crate::Server::allowed_origins) says so: browsers
//! ask nobody before they open a WebSocket, and send cookies along. Headers of the upgrade stand in the metadata of every
//! call, below the call's own.
//!
//! Not here: compression, resuming a session, calls from server to client.
//!
//! What the generator writes, and what is done with it:
//!
//! ```
//! use wireloom::json::UInt32;
//! use wireloom::policy::Settings;
//! use wireloom::ws::{Binding, Ws};
//! use wireloom::{
//!     Auth, Channel, Context, Effect, Fault, Mount, Operation, OperationFacts, Served, Server, ServiceFacts,
//!     Shape, Unary,
//! };
//!
//! struct Double;
//!
//! impl Operation for Double {
//!     type Input = u32;
//!     type Output = u32;
//!     type Fault = Fault;
//!     const FACTS: &'static OperationFacts = &OperationFacts {
//!         package: "math",
//!         service: "Math",
//!         name: "double",
//!         shape: Shape::Unary,
//!         effect: Effect::Safe,
//!         policy: Settings::UNSAID,
//!         auth: Auth::PUBLIC,
//!     };
//! }
//!
//! impl Binding<Double> for Ws {
//!     type Input = UInt32;
//!     type Output = UInt32;
//! }
//!
//! struct Math;
//!
//! impl Unary<Double> for Math {
//!     async fn call(&self, _: &Context, number: u32) -> Result<u32, Fault> {
//!         Ok(number * 2)
//!     }
//! }
//!
//! impl Served for Math {
//!     const FACTS: &'static ServiceFacts =
//!         &ServiceFacts { package: "math", name: "Math", auth: Auth::PUBLIC, operations: &[Double::FACTS], handlers: &[] };
//!
//!     fn mount(mount: &mut Mount<Math>) {
//!         mount.ws("/ws/math").unary::<Double>();
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let server = Server::new().serve(Math).bind("127.0.0.1:0").await?;
//! let address = format!("ws://{}/ws/math", server.local_addr()?);
//! tokio::spawn(server.run_until(std::future::pending()));
//!
//! let math = Channel::ws_json(&address)?;
//! assert_eq!(Unary::<Double>::call(&math, &Context::new(), 21).await?, 42);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod counted;
#[cfg(feature = "broker")]
mod events;
mod mount;
mod pipe;
mod upgrade;

pub use client::{Ws, WsOptions};
pub(crate) use mount::Place;
pub use mount::WsMount;
pub use pipe::Messages;
pub(crate) use upgrade::route;

pub use crate::transport::framed::Reply as WsReply;

use crate::json::{DeserializeAs, SerializeAs};
use crate::mux::JsonFrames;
use crate::operation::Operation;
use crate::transport::framed::{Carries, JsonAs};

/// The JSON forms of an operation's messages: generated, `impl Binding<Place> for Ws`.
///
/// Records have their own ([`Same`](crate::json::Same)); a scalar or list that stands alone has the adapter that a field of
/// its type would have, so that an `i64` is a text here as well.
#[diagnostic::on_unimplemented(message = "the contract does not bind the operation `{O}` to `ws`")]
pub trait Binding<O: Operation> {
    /// The form of what goes in: the input, or one item of the incoming stream.
    type Input: SerializeAs<O::Input> + for<'de> DeserializeAs<'de, O::Input> + 'static;
    /// The form of what comes out: the answer, or one item of the outgoing stream.
    type Output: SerializeAs<O::Output> + for<'de> DeserializeAs<'de, O::Output> + 'static;
}

impl<O: Operation> Carries<O> for JsonFrames
where
    Ws: Binding<O>,
{
    type Input = JsonAs<<Ws as Binding<O>>::Input>;
    type Output = JsonAs<<Ws as Binding<O>>::Output>;
}
