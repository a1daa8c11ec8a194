//! Pickers to compare with. They are baselines: the runtime does not have them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use wireloom_policy::balance::{Choice, Picker};
use wireloom_policy::{Access, Rng};

/// Any.
pub(crate) struct Random;

impl<K> Picker<K> for Random {
    fn pick(&self, choice: &Choice<'_, K>, rng: &mut Rng) -> Option<usize> {
        let first = rng.below(choice.endpoints.len());
        choice.fitting_from(first).next()
    }
}

/// Of two, the one with fewer calls of this client on their way.
pub(crate) struct P2cPending;

impl<K> Picker<K> for P2cPending {
    fn pick(&self, choice: &Choice<'_, K>, rng: &mut Rng) -> Option<usize> {
        let all = choice.endpoints.len();
        let one = rng.below(all);
        let other = (one + 1 + rng.below(all.max(2) - 1)) % all.max(1);
        let pending = |place: usize| choice.endpoints[place].pending();
        let of_two = if pending(other) < pending(one) { other } else { one };
        choice.fitting_from(of_two).next()
    }
}

/// Of three, the one with the least load, which it is told by the servers themselves, at once and for nothing: what probing
/// could reach at best.
pub(crate) struct Probing {
    /// The true load of each replica: calls there, times how slow it is.
    pub(crate) load: Arc<Vec<AtomicU32>>,
}

impl Picker<usize> for Probing {
    fn pick(&self, choice: &Choice<'_, usize>, rng: &mut Rng) -> Option<usize> {
        let all = choice.endpoints.len();
        let load = |place: &usize| self.load[*choice.endpoints[*place].key()].load(Ordering::Relaxed);
        let open = |place: &usize| choice.endpoints[*place].access(choice.now) == Access::Open;
        (0..3).map(|_| rng.below(all)).filter(open).min_by_key(load)
    }
}
