//! Calls that nobody awaits, on wires that answer them as soon as they have come.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// How many of them a server runs at once. Peers are answered before such a call ends, so this, and no limit on calls that are open,
/// bounds what they can start; further ones wait for a place before they are answered.
const CALLS_MAX: usize = 10_000;

/// The calls that run and that nobody awaits. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Unawaited {
    tasks: TaskTracker,
    places: Arc<Semaphore>,
}

impl Unawaited {
    pub(crate) fn new() -> Unawaited {
        Unawaited { tasks: TaskTracker::new(), places: Arc::new(Semaphore::new(CALLS_MAX)) }
    }

    /// Ready once there is a place for the call, which then runs in a task of its own.
    pub(super) async fn start(&self, call: impl Future<Output = ()> + Send + 'static) {
        let place = Arc::clone(&self.places).acquire_owned().await;
        self.tasks.spawn(async move {
            call.await;
            drop(place);
        });
    }

    /// Ready when none runs any more; for the time when no new ones come.
    pub(crate) async fn all_ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
