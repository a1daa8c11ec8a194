//! Bulkhead: so many calls of an operation at once, `concurrency 64`, so that one operation cannot take all there is.
//!
//! **It hurts** when the number is guessed: too small refuses what could be served, too large protects nothing. Where the right
//! number changes, see [`gradient`](crate::gradient).

use std::sync::Arc;

use crate::invalid::{Invalid, demand};
use crate::sync::{AtomicU32, Ordering};

/// A fixed number of places.
///
/// ```
/// use wireloom_policy::bulkhead::Bulkhead;
///
/// let bulkhead = Bulkhead::new(1)?;
/// let place = bulkhead.enter().expect("it is empty");
/// assert!(bulkhead.enter().is_none());
/// drop(place);
/// assert!(bulkhead.enter().is_some());
/// # Ok::<(), wireloom_policy::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Bulkhead {
    places: u32,
    taken: Arc<AtomicU32>,
}

/// A place; given back when it is dropped, however the call ended. It may be kept for longer than its bulkhead.
#[derive(Debug)]
#[must_use = "dropping it gives the place back"]
pub struct Place {
    taken: Arc<AtomicU32>,
}

impl Bulkhead {
    /// So many places.
    ///
    /// # Errors
    /// When there are none.
    pub fn new(places: u32) -> Result<Bulkhead, Invalid> {
        demand(places >= 1, "concurrency", "is 0: nothing would ever be let in")?;
        Ok(Bulkhead { places, taken: Arc::new(AtomicU32::new(0)) })
    }

    /// Takes a place, if there is one.
    pub fn enter(&self) -> Option<Place> {
        let one_more = |taken| (taken < self.places).then_some(taken + 1);
        self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
        Some(Place { taken: Arc::clone(&self.taken) })
    }

    /// Places that are taken.
    pub fn taken(&self) -> u32 {
        self.taken.load(Ordering::Acquire)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::AcqRel);
    }
}
