//! The same key, the same endpoint.

use super::{Choice, Picker};
use crate::rng::{Rng, mix};

/// How far above the mean an endpoint's load may be before its keys go elsewhere: 1.25, as in "Consistent Hashing with Bounded
/// Loads".
pub const LOAD_BOUND_DEFAULT: f64 = 1.25;

/// Rendezvous hashing with bounded load: each key has its own order of endpoints and goes to the first that is not overloaded.
///
/// Weights are not looked at. An endpoint that leaves moves its own keys and no others; there is no ring to build. A pick looks at every endpoint, about a
/// nanosecond each.
///
/// **It hurts** where few keys have most of the calls: the bound then sends them on, and their endpoint's cache is missed.
#[derive(Clone, Copy, Debug)]
pub struct Rendezvous {
    /// Load over the mean, [`LOAD_BOUND_DEFAULT`].
    pub load_bound: f64,
}

impl Default for Rendezvous {
    fn default() -> Rendezvous {
        Rendezvous { load_bound: LOAD_BOUND_DEFAULT }
    }
}

impl<K> Picker<K> for Rendezvous {
    fn pick(&self, choice: &Choice<'_, K>, _: &mut Rng) -> Option<usize> {
        let fitting = || choice.fitting_from(0);
        let (count, pending) =
            fitting().fold((0_u64, 0_u64), |sum, at| (sum.0 + 1, sum.1 + u64::from(choice.endpoints[at].pending())));
        // With the call that is to come; the mean itself is always allowed.
        let bound = (self.load_bound.max(1.0) * (pending + 1) as f64 / count.max(1) as f64).ceil() as u64;
        let has_room = |at: &usize| u64::from(choice.endpoints[*at].pending()) < bound;
        let score = |at: &usize| mix(choice.endpoints[*at].hash() ^ choice.ask.key);
        fitting().filter(has_room).max_by_key(score)
    }
}
