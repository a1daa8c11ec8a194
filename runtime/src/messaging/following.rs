//! Events that are followed by whoever is there: each server process hears all of them, and keeps none.
//!
//! Unlike a handler's, the group of a follower is its process's own and ends with it; what breaks its contract is passed over,
//! since nobody stands behind the queue who would want it dead-lettered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::consumer::Surroundings;
use super::envelope;
use super::error::BrokerError;
use super::event::EventFacts;
use super::seam::{Delivery, Interest, Subscription};
use crate::validate::Violations;

/// Events that may be on their way to this process at once.
const PREFETCH: usize = 256;

/// Where followed events go.
pub(crate) trait Feed: Send + Sync + 'static {
    fn topic(&self) -> &'static str;

    fn event(&self) -> &'static EventFacts;

    /// Decodes, validates and hands on a payload.
    fn feed(&self, payload: &[u8], json_depth_max: usize) -> Result<(), Violations>;
}

/// Begins to hear a feed's events: from now on none is missed.
pub(super) async fn join(feed: &dyn Feed, around: &Surroundings) -> Result<Box<dyn Subscription>, BrokerError> {
    let interest = Interest {
        topic: feed.topic().to_owned(),
        group: format!("followers-{}", uuid::Uuid::new_v4().simple()),
        prefetch: PREFETCH,
        ordered: false,
        lasting: false,
    };
    around.bus.broker().subscribe(&interest).await
}

/// Feeds for ever, or until told to stop.
pub(super) async fn follow(feed: Arc<dyn Feed>, around: Surroundings, mut source: Box<dyn Subscription>) {
    loop {
        let delivery = tokio::select! {
            () = around.stop.cancelled() => break,
            delivery = source.next() => delivery,
        };
        let Some(delivery) = delivery else { break };
        if let Err(wrong) = hand_on(&*feed, &around, &delivery) {
            tracing::warn!(
                wrong = wrong.places(),
                topic = delivery.message.topic,
                id = delivery.message.id,
                "an event was passed over"
            );
        }
        if let Err(error) = delivery.settle.done(false).await {
            tracing::debug!(%error, "an event was not settled and will come again");
        }
    }
    source.stop();
}

fn hand_on(feed: &dyn Feed, around: &Surroundings, delivery: &Delivery) -> Result<(), Violations> {
    let (message, limits) = (&delivery.message, &around.limits);
    if let Some(mismatch) = envelope::mismatch(message, feed.event()) {
        return Err(Violations::of(mismatch));
    }
    if message.payload.len() > limits.body_bytes_max {
        return Err(Violations::of(format!("must not be longer than {} bytes", limits.body_bytes_max)));
    }
    // Types of other crates are code that may panic; this loop must outlive it.
    let feed = || feed.feed(&message.payload, limits.json_depth_max);
    catch_unwind(AssertUnwindSafe(feed)).unwrap_or_else(|_| Err(Violations::of("cannot be read")))
}
