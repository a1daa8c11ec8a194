//! The connections that HTTP has let go: whoever upgrades one answers for its end.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// The open sessions of a server. Cheap to clone; clones are the same sessions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    tasks: TaskTracker,
    /// Cancelled when the drain time is over.
    cut_off: CancellationToken,
    one_ended: Notify,
}

impl Sessions {
    /// Runs a session beside the others.
    pub(crate) fn spawn(&self, session: impl Future<Output = ()> + Send + 'static) {
        let inner = Arc::clone(&self.inner);
        self.inner.tasks.spawn(async move {
            let cut_off = inner.cut_off.clone();
            cut_off.run_until_cancelled_owned(session).await;
            inner.one_ended.notify_one();
        });
    }

    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.inner.tasks.len()
    }

    /// Ready when one has ended, perhaps some time ago.
    pub(crate) async fn one_ended(&self) {
        self.inner.one_ended.notified().await;
    }

    /// Ready when all have ended.
    pub(crate) async fn all_ended(&self) {
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Cuts off those that are open when it is dropped.
    pub(crate) fn cut_off_when_dropped(&self) -> DropGuard {
        self.inner.cut_off.clone().drop_guard()
    }
}
