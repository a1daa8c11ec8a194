//! Balancing: which endpoint the next attempt goes to.
//!
//! [`P2c`] is the default; [`RoundRobin`] counts on equal endpoints and calls; [`Rendezvous`] sends the same key to the same
//! endpoint. A picker of one's own is a [`Picker`].

mod p2c;
mod rendezvous;
mod round_robin;

use std::sync::Arc;

pub use p2c::{P2c, REPROBE_DEFAULT};
pub use rendezvous::{LOAD_BOUND_DEFAULT, Rendezvous};
pub use round_robin::RoundRobin;

use crate::endpoint::{Access, Endpoint};
use crate::rng::Rng;
use crate::time::Moment;

/// Picks endpoints.
pub trait Picker<K>: Send + Sync {
    /// The place of an endpoint that [`Choice::fits`], `None` where there is none.
    fn pick(&self, choice: &Choice<'_, K>, rng: &mut Rng) -> Option<usize>;
}

/// What an attempt asks of the picker.
#[derive(Debug)]
pub struct Ask<'a, K> {
    /// Endpoints that were tried for this call.
    pub tried: &'a [Arc<Endpoint<K>>],
    /// What calls for the same endpoint have in common, as a hash of it.
    pub key: u64,
}

impl<K> Ask<'_, K> {
    /// Any endpoint will do.
    pub const fn any() -> Ask<'static, K> {
        Ask { tried: &[], key: 0 }
    }
}

impl<K> Clone for Ask<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Ask<'_, K> {}

/// What a picker chooses from.
#[derive(Debug)]
pub struct Choice<'a, K> {
    /// All endpoints; there are some.
    pub endpoints: &'a [Arc<Endpoint<K>>],
    /// What is asked.
    pub ask: &'a Ask<'a, K>,
    /// The time.
    pub now: Moment,
    /// Whether health is ignored, see [`Fleet::panics`](crate::Fleet::panics).
    pub panics: bool,
}

impl<K> Choice<'_, K> {
    /// Whether the endpoint at that place may be picked: it takes calls and was not tried.
    pub fn fits(&self, place: usize) -> bool {
        self.access(place) != Access::Shut
    }

    /// How the endpoint at that place may be called.
    pub(crate) fn access(&self, place: usize) -> Access {
        let endpoint = &self.endpoints[place];
        if self.ask.tried.iter().any(|tried| Arc::ptr_eq(tried, endpoint)) {
            return Access::Shut;
        }
        match endpoint.access(self.now) {
            Access::Shut if self.panics => Access::Open,
            access => access,
        }
    }

    /// The places of all endpoints that fit, beginning at one of them.
    pub fn fitting_from(&self, first: usize) -> impl Iterator<Item = usize> + '_ {
        let all = self.endpoints.len();
        (0..all).map(move |step| (first + step) % all).filter(|&place| self.fits(place))
    }
}

impl<K, P: Picker<K> + ?Sized> Picker<K> for Arc<P> {
    fn pick(&self, choice: &Choice<'_, K>, rng: &mut Rng) -> Option<usize> {
        (**self).pick(choice, rng)
    }
}
