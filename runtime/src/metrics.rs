//! Metrics: what calls took and how they ended, and a count of everything that policies decided.
//!
//! Counters are atomics of the process, registered for each operation when it is first called; a call adds to them and looks nothing
//! up by text. They are read as Prometheus' text: by [`Server::metrics`](crate::Server::metrics), or by [`render`].
//! Labels are operations of contracts and words of closed enums, never what a caller sent, so the number of series has a bound that is
//! known from the contract. Names and units are those of OpenTelemetry's conventions, as Prometheus spells them.

mod callers;
mod catalog;
mod counts;
#[cfg(feature = "broker")]
mod events;
mod histogram;
mod observed;
mod operations;
mod samples;

pub(crate) use callers::{INTROSPECTION, KEYS, Looked, Verdict};
pub use catalog::{CATALOG, Kind, Metric};
pub(crate) use counts::Word;
#[cfg(feature = "broker")]
pub(crate) use events::{Handled, HandledEvents, Passed, Sent, SentEvents};
pub(crate) use observed::{Observe, observe};
pub(crate) use operations::{ClientCalls, Measured, Refused, ServerCalls, Status, System};
pub(crate) use samples::Samples;

/// The media type of what [`render`] writes.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics of this process, as Prometheus reads them.
///
/// ```
/// let text = wireloom::metrics::render();
/// assert!(text.lines().all(|line| line.starts_with('#') || line.contains(' ')));
/// ```
pub fn render() -> String {
    let mut samples = Samples::default();
    operations::collect(&mut samples);
    callers::collect(&mut samples);
    #[cfg(feature = "broker")]
    events::collect(&mut samples);
    observed::collect(&mut samples);
    samples.text()
}
