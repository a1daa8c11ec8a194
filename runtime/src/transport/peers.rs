//! One connection to each endpoint, made when it is first needed and whenever it is gone.
//!
//! A dial is a task of its own. An attempt that has no more time leaves it to the next one, so an endpoint that connects slower than
//! attempts last is reached all the same. Each endpoint has one dial at a time, for which others wait; it has a time of its own, and ends with
//! the client. What comes of it is closed when no calls come any more: an endpoint that has left its service is not told of.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::Shared;
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;

use crate::endpoint::{Endpoint, Unreached};
use crate::net::in_time;
use crate::transport::{Failure, Sent};

/// A connection over which nothing goes for so long, up to twice that, is closed: hyper's time for a pool.
const IDLE_TIME_MAX: Duration = Duration::from_secs(90);

/// A connection that calls go over.
pub(crate) trait Linked: Send + Sync + 'static {
    /// Whether it may take another call, as far as that is known without asking; each call asks.
    fn is_open(&self) -> bool {
        true
    }

    /// Whether calls go over it now.
    fn is_busy(link: &Arc<Self>) -> bool;

    /// No new calls will come: it ends when its calls have.
    fn retire(&self) {}
}

/// Endpoints, each with the connection that new calls go over.
#[derive(Debug)]
pub(crate) struct Peers<L: Linked> {
    peers: Arc<Mutex<All<L>>>,
    dial_time_max: Duration,
}

/// Those that are dialled or connected: those that were called lately, however often a service's endpoints change.
type All<L> = HashMap<Endpoint, State<L>>;

enum State<L> {
    Dialled {
        outcome: Outcome<L>,
        task: AbortOnDropHandle<()>,
    },
    /// Whether it was asked for since its task has looked.
    There {
        link: Arc<L>,
        is_used: bool,
        _task: AbortOnDropHandle<()>,
    },
}

/// What those hear who wait for a dial.
type Outcome<L> = Shared<oneshot::Receiver<Result<Arc<L>, Failure>>>;

impl<L: Linked> Peers<L> {
    /// Peers that are dialled for no longer than this time.
    pub(crate) fn new(dial_time_max: Duration) -> Peers<L> {
        Peers { peers: Arc::default(), dial_time_max }
    }

    /// The connection to an endpoint, but not `spent`, which takes no calls any more.
    pub(crate) async fn link<F>(
        &self,
        to: &Endpoint,
        spent: Option<&Arc<L>>,
        dial: impl FnOnce() -> F,
    ) -> Result<Arc<L>, Failure>
    where
        F: Future<Output = io::Result<Arc<L>>> + Send + 'static,
    {
        let outcome = match self.find_or_dial(to, spent, dial) {
            Ok(link) => return Ok(link),
            Err(outcome) => outcome,
        };
        // Its task ends without a word where its runtime does.
        outcome.await.unwrap_or_else(|ended| Err(unreached(to, io::Error::other(ended))))
    }

    /// The connection that there is, or what comes of making one.
    fn find_or_dial<F>(
        &self,
        to: &Endpoint,
        spent: Option<&Arc<L>>,
        dial: impl FnOnce() -> F,
    ) -> Result<Arc<L>, Outcome<L>>
    where
        F: Future<Output = io::Result<Arc<L>>> + Send + 'static,
    {
        let mut peers = lock(&self.peers);
        match peers.get_mut(to) {
            Some(State::There { link, is_used, .. })
                if link.is_open() && !spent.is_some_and(|spent| Arc::ptr_eq(link, spent)) =>
            {
                *is_used = true;
                return Ok(Arc::clone(link));
            }
            Some(State::Dialled { outcome, .. }) => return Err(outcome.clone()),
            Some(State::There { link, .. }) => link.retire(),
            None => {}
        }
        let (tell, outcome) = oneshot::channel();
        let outcome = outcome.shared();
        // It waits for the lock before it says how it ended.
        let task = AbortOnDropHandle::new(tokio::spawn(self.dialled(to.clone(), dial(), tell)));
        peers.insert(to.clone(), State::Dialled { outcome: outcome.clone(), task });
        Err(outcome)
    }

    /// Makes a connection, says so to the peers first, then to whoever waits, and looks after it.
    fn dialled(
        &self,
        to: Endpoint,
        dial: impl Future<Output = io::Result<Arc<L>>> + Send + 'static,
        tell: oneshot::Sender<Result<Arc<L>, Failure>>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let time_max = self.dial_time_max;
        let mut ending = Ending { peers: Arc::clone(&self.peers), endpoint: to, link: None };
        async move {
            let dialled = in_time(time_max, dial).await.map_err(|error| unreached(&ending.endpoint, error));
            ending.link = dialled.as_ref().ok().cloned();
            let (peers, endpoint) = (Arc::downgrade(&ending.peers), ending.endpoint.clone());
            drop(ending);
            // Those who waited may have gone.
            let _ = tell.send(dialled);
            until_idle(peers, endpoint).await;
        }
    }
}

/// Closes the connection to an endpoint when no calls have come for a while.
async fn until_idle<L: Linked>(peers: Weak<Mutex<All<L>>>, endpoint: Endpoint) {
    loop {
        tokio::time::sleep(IDLE_TIME_MAX).await;
        let Some(peers) = peers.upgrade() else { return };
        let mut peers = lock(&peers);
        // No other's: whatever takes its place ends this task.
        let Some(State::There { link, is_used, .. }) = peers.get_mut(&endpoint) else { return };
        if !std::mem::take(is_used) && !L::is_busy(link) {
            link.retire();
            peers.remove(&endpoint);
            return;
        }
    }
}

impl<L: Linked> Drop for Peers<L> {
    /// Dials end; calls in flight go on, and each connection ends with its last one.
    fn drop(&mut self) {
        for state in std::mem::take(&mut *lock(&self.peers)).into_values() {
            if let State::There { link, .. } = state {
                link.retire();
            }
        }
    }
}

/// The end of a dial, also of one that panics or is cut off: its endpoint is there, or may be dialled again.
struct Ending<L: Linked> {
    peers: Arc<Mutex<All<L>>>,
    endpoint: Endpoint,
    link: Option<Arc<L>>,
}

impl<L: Linked> Drop for Ending<L> {
    fn drop(&mut self) {
        let mut peers = lock(&self.peers);
        match (peers.remove(&self.endpoint), self.link.take()) {
            (Some(State::Dialled { task, .. }), Some(link)) => {
                peers.insert(self.endpoint.clone(), State::There { link, is_used: true, _task: task });
            }
            // The client has gone meanwhile.
            (_, Some(link)) => link.retire(),
            (_, None) => {}
        }
    }
}

fn unreached(to: &Endpoint, error: io::Error) -> Failure {
    Failure { fault: Unreached::fault(to, error), sent: Sent::No }
}

fn lock<L>(peers: &Mutex<All<L>>) -> MutexGuard<'_, All<L>> {
    // What may panic under the lock leaves an endpoint as it was.
    peers.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<L> std::fmt::Debug for State<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            State::Dialled { .. } => "Dialled",
            State::There { .. } => "There",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[derive(Default)]
    struct Line {
        is_retired: AtomicBool,
    }

    impl Linked for Line {
        fn is_busy(link: &Arc<Line>) -> bool {
            Arc::strong_count(link) > 1
        }

        fn retire(&self) {
            self.is_retired.store(true, Ordering::Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_calls_over_is_closed() {
        let peers = Peers::new(Duration::from_secs(1));
        let to = |number: usize| Endpoint::new(&format!("http://10.0.0.{number}")).unwrap();
        let dial =
            async |number| peers.link(&to(number), None, || async { Ok(Arc::new(Line::default())) }).await.unwrap();
        let (called, busy) = (dial(0).await, dial(1).await);
        let left = Arc::downgrade(&dial(2).await);
        let called = Arc::downgrade(&called);
        for _ in 0..10 {
            tokio::time::sleep(IDLE_TIME_MAX / 2).await;
            assert!(Arc::ptr_eq(&dial(0).await, &called.upgrade().unwrap()));
        }
        assert!(left.upgrade().is_none() && !busy.is_retired.load(Ordering::Relaxed));
        assert_eq!(lock(&peers.peers).len(), 2);
        let again = dial(2).await;
        drop(peers);
        assert!(again.is_retired.load(Ordering::Relaxed) && busy.is_retired.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn an_endpoint_that_is_not_reached_keeps_no_place() {
        let peers: Peers<Line> = Peers::new(Duration::from_secs(1));
        let nowhere = Endpoint::new("http://10.0.1.0").unwrap();
        let refused = peers.link(&nowhere, None, || async { Err(io::ErrorKind::ConnectionRefused.into()) }).await;
        assert!(refused.is_err());
        assert!(lock(&peers.peers).is_empty());
    }
}
