//! One after the other.

use super::{Choice, Picker};
use crate::rng::Rng;
use crate::sync::{AtomicUsize, Ordering};

/// Endpoints take turns, whatever their weight; those that take no calls are passed over.
///
/// **It hurts** as soon as endpoints are not equally fast: the slowest gets as many calls as the fastest, and queues.
#[derive(Debug)]
pub struct RoundRobin {
    turn: AtomicUsize,
}

impl RoundRobin {
    /// Begins at that place; clients that all begin at 0 would walk in step.
    pub fn starting_at(place: usize) -> RoundRobin {
        RoundRobin { turn: AtomicUsize::new(place) }
    }
}

impl<K> Picker<K> for RoundRobin {
    fn pick(&self, choice: &Choice<'_, K>, _: &mut Rng) -> Option<usize> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        choice.fitting_from(turn % choice.endpoints.len()).next()
    }
}
