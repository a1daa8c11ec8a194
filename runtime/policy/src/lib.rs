//! Policies of the Wireloom runtime as pure state machines: balancing, retries, limits, without clock, task or socket.
//!
//! What time it is ([`Moment`]) and chance ([`Rng`]) come in, decisions go out. So one code runs behind a runtime, in the virtual
//! time of the simulator that judges it (`tests/simulator`), and in every interleaving that loom finds. [`Call`] is the order of a
//! client's policies, [`intake`] that of a server's; [`Fleet`] is what a client knows of endpoints.

#![forbid(unsafe_code)]

pub mod accrual;
pub mod backoff;
pub mod balance;
pub mod breaker;
pub mod budget;
pub mod bulkhead;
pub mod call;
mod deadline;
pub mod drain;
pub mod ejection;
mod end;
mod endpoint;
mod ewma;
pub mod failfast;
pub mod fleet;
pub mod gradient;
pub mod hedge;
pub mod intake;
mod invalid;
mod method;
mod quantile;
pub mod queue;
pub mod rate;
pub mod retry;
pub mod ring;
mod rng;
pub mod roster;
pub mod settings;
pub mod stream;
mod sync;
pub mod throttle;
mod time;

pub use call::{Attempt, Call, Counted, Opened, Refused, Step, Verdict};
pub use deadline::{Deadline, MARGIN_DEFAULT};
pub use end::{Blame, End, Failure, Hint, Kind, Sent};
pub use endpoint::{Access, DECAY_DEFAULT, Endpoint, HINT_MAX_DEFAULT, PENALTY_DEFAULT, Ticket, Weighing};
pub use ewma::Ewma;
pub use fleet::Fleet;
pub use invalid::Invalid;
pub use method::{DEADLINE_DEFAULT, Method, Policy};
pub use quantile::Quantile;
pub use rng::Rng;
pub use settings::{Settings, Word};
pub use time::Moment;
