//! The connections that HTTP has let go: whoever upgrades one answers for its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    open: AtomicUsize,
    one_ended: Notify,
}

/// A session that is counted as open; dropped, it is not, also after a panic.
struct Open(Arc<Inner>);

impl Open {
    fn new(inner: Arc<Inner>) -> Open {
        inner.open.fetch_add(1, Ordering::AcqRel);
        Open(inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Counted first: whoever is woken looks at the count.
        self.0.open.fetch_sub(1, Ordering::AcqRel);
        self.0.one_ended.notify_one();
    }
}

impl Sessions {
    /// Runs a session beside the others.
    pub(crate) fn spawn(&self, session: impl Future<Output = ()> + Send + 'static) {
        let (open, cut_off) = (Open::new(Arc::clone(&self.inner)), self.inner.cut_off.clone());
        self.inner.tasks.spawn(async move {
            let _open = open;
            cut_off.run_until_cancelled_owned(session).await;
        });
    }

    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.inner.open.load(Ordering::Acquire)
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
