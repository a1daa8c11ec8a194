//! What is looked at when metrics are read, and counts nothing by itself: the channels and gates that live.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Samples;

/// Tells of its state when it is asked.
pub(crate) trait Observe: Send + Sync {
    fn observe(&self, samples: &mut Samples);
}

static OBSERVED: Mutex<Vec<Weak<dyn Observe>>> = Mutex::new(Vec::new());

/// Asks it from now on, for as long as it lives.
pub(crate) fn observe<T: Observe + 'static>(it: &Arc<T>) {
    let mut observed = OBSERVED.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever comes takes the places of those who went, so many short lives leave nothing.
    observed.retain(|it| it.strong_count() > 0);
    let it: Weak<T> = Arc::downgrade(it);
    observed.push(it);
}

pub(super) fn collect(samples: &mut Samples) {
    let observed = OBSERVED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    observed.iter().filter_map(Weak::upgrade).for_each(|it| it.observe(samples));
}
