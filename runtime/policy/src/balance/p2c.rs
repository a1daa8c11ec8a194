//! The better of two.

use std::time::Duration;

use super::{Choice, Picker};
use crate::endpoint::Access;
use crate::rng::Rng;

/// After so long without a call an endpoint is called once, whatever is thought of it: 5 s. go-zero's 1 s would, of a slow
/// replica, be felt in the thousandth-slowest call.
pub const REPROBE_DEFAULT: Duration = Duration::from_secs(5);

/// Two distinct endpoints are drawn, the one whose next call [costs](crate::Endpoint::cost) less is picked: latency times
/// calls on their way. It costs the same at ten and at a thousand endpoints, and clients that know nothing of each other do not
/// crowd the same endpoint.
///
/// **It hurts** when an endpoint fails fast and seems to be the best: hence failures count as long latencies, and
/// [ejection](crate::ejection) stands behind it.
#[derive(Clone, Copy, Debug)]
pub struct P2c {
    /// After so long without a call an endpoint is called once, [`REPROBE_DEFAULT`].
    pub reprobe: Duration,
}

impl Default for P2c {
    fn default() -> P2c {
        P2c { reprobe: REPROBE_DEFAULT }
    }
}

/// Draws before all endpoints are looked at: go-zero's.
const DRAWS: usize = 3;

impl<K> Picker<K> for P2c {
    fn pick(&self, choice: &Choice<'_, K>, rng: &mut Rng) -> Option<usize> {
        let all = choice.endpoints.len();
        if all >= 2 {
            for _ in 0..DRAWS {
                let one = rng.below(all);
                let other = (one + 1 + rng.below(all - 1)) % all;
                match (choice.access(one), choice.access(other)) {
                    (Access::Shut, Access::Shut) => {}
                    (Access::Shut, _) | (_, Access::Probe) => return Some(other),
                    (_, Access::Shut) | (Access::Probe, _) => return Some(one),
                    (Access::Open, Access::Open) => return Some(self.better(choice, one, other)),
                }
            }
        }
        // Few fit: all are looked at.
        let first = rng.below(all);
        let cost = |place: &usize| choice.endpoints[*place].cost();
        choice.fitting_from(first).min_by(|one, other| cost(one).total_cmp(&cost(other)))
    }
}

impl P2c {
    fn better<K>(&self, choice: &Choice<'_, K>, one: usize, other: usize) -> usize {
        let idle = |place: usize| choice.now - choice.endpoints[place].picked() > self.reprobe;
        match (idle(one), idle(other)) {
            (true, false) => one,
            (false, true) => other,
            // Where all are idle, few calls are made, and none is left out.
            _ => {
                let cost = |place: usize| choice.endpoints[place].cost();
                if cost(other) < cost(one) { other } else { one }
            }
        }
    }
}
