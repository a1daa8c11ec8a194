//! The endpoints that a channel knows, and the calls that wait for some.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use arc_swap::ArcSwap;
use tokio_util::task::AbortOnDropHandle;

use crate::discovery::Followed;
use crate::endpoint::Endpoint;
use crate::policy::{Clock, Fleet, Moment, fleet};

/// The endpoints of a channel. Calls see the fleet as it is when they pick.
pub(super) struct Endpoints {
    fleet: ArcSwap<Fleet<Endpoint>>,
    waiting: Mutex<Vec<Waker>>,
}

impl Endpoints {
    pub(super) fn new(endpoints: impl IntoIterator<Item = Endpoint>, now: Moment) -> Endpoints {
        let fleet = Fleet::new(endpoints, &fleet::Config::default(), now).expect("the default configuration is right");
        Endpoints { fleet: ArcSwap::from_pointee(fleet), waiting: Mutex::default() }
    }

    /// The endpoints as they are now.
    #[inline]
    pub(super) fn fleet(&self) -> arc_swap::Guard<Arc<Fleet<Endpoint>>> {
        self.fleet.load()
    }

    /// Takes every list that a source tells, for as long as what is returned is held.
    pub(super) fn follow(self: &Arc<Endpoints>, followed: &Followed, clock: Clock) -> AbortOnDropHandle<()> {
        let (endpoints, mut lists) = (Arc::clone(self), followed.receiver());
        lists.mark_changed();
        let following = tokio::spawn(async move {
            while let Ok(()) = lists.changed().await {
                let list = lists.borrow_and_update().clone();
                if let Some(list) = list {
                    let all = list.weights();
                    endpoints.update(all, clock.now());
                }
            }
        });
        AbortOnDropHandle::new(following)
    }

    /// There is another list of them. Those in both keep what is known of them; calls that wait look again.
    fn update(&self, list: impl IntoIterator<Item = (Endpoint, u32)>, now: Moment) {
        let fleet = self.fleet.load().updated(list, now);
        self.fleet.store(Arc::new(fleet));
        std::mem::take(&mut *self.waiting()).into_iter().for_each(Waker::wake);
    }

    /// Wakes a call when there are other endpoints. Few wait at a time: the policy bounds them.
    pub(super) fn wake_on_update(&self, waker: &Waker) {
        let mut waiting = self.waiting();
        if !waiting.iter().any(|it| it.will_wake(waker)) {
            waiting.push(waker.clone());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fleet = self.fleet();
        f.debug_list().entries(fleet.endpoints().iter().map(|it| it.key().to_string())).finish()
    }
}
