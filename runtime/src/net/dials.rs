//! The dials of a pool, which go on when the request that began them has no more time.
//!
//! hyper's pool drops a dial together with the request that asks for it. Here each is a task of its own. One that is left is kept for the
//! next request to its address, which takes it over, connected by then or not; so an address that connects slower than attempts last is
//! reached all the same. Of each address one is kept, for as long as an idle connection would be, and none for longer than the pool.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context as TaskContext, Poll, ready};

use futures_util::FutureExt as _;
use futures_util::future::Either;
use http::Uri;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{PoolTimes, Socket, in_time};

/// The dials of a pool.
#[derive(Debug)]
pub(super) struct Dials {
    left: Mutex<HashMap<Uri, Dial>>,
    times: PoolTimes,
    stop: CancellationToken,
    /// Ends those that hyper still waits for.
    _stops: DropGuard,
}

/// A dial on its way, or what came of it; dropped, it ends.
#[derive(Debug)]
struct Dial {
    socket: oneshot::Receiver<io::Result<Socket>>,
    task: AbortHandle,
}

/// A dial that somebody waits for; dropped before its end, it is left to the next.
struct Awaited {
    dial: Option<Dial>,
    to: Uri,
    dials: Weak<Dials>,
}

impl Dials {
    pub(super) fn new(times: PoolTimes) -> Dials {
        let stop = CancellationToken::new();
        Dials { left: Mutex::default(), times, _stops: stop.clone().drop_guard(), stop }
    }

    /// A connection to an address: what another has left, or a new one.
    pub(super) fn dial<F>(
        self: &Arc<Self>,
        to: Uri,
        connect: F,
    ) -> impl Future<Output = io::Result<Socket>> + Send + use<F>
    where
        F: Future<Output = io::Result<Socket>> + Send + 'static,
    {
        let left = self.lock().remove(&to);
        let dial = match left.map(|mut dial| (dial.socket.try_recv(), dial)) {
            Some((Ok(Ok(socket)), _)) => return Either::Left(std::future::ready(Ok(socket))),
            Some((Err(oneshot::error::TryRecvError::Empty), dial)) => dial,
            // What failed a while ago says nothing of now.
            Some(_) | None => self.begin(to.clone(), connect),
        };
        Either::Right(Awaited { dial: Some(dial), to, dials: Arc::downgrade(self) })
    }

    fn begin(self: &Arc<Self>, to: Uri, connect: impl Future<Output = io::Result<Socket>> + Send + 'static) -> Dial {
        let (tell, socket) = oneshot::channel();
        let (dials, times, stop) = (Arc::downgrade(self), self.times, self.stop.clone());
        let work = async move {
            let connected = in_time(times.connect_max, connect).await;
            let is_connected = connected.is_ok();
            if tell.send(connected).is_ok() && is_connected {
                // Whoever takes it ends this task.
                tokio::time::sleep(times.idle_max).await;
            }
            if let Some(dials) = dials.upgrade() {
                dials.forget(&to, tokio::task::id());
            }
        };
        let task = tokio::spawn(async move { stop.run_until_cancelled(work).await });
        Dial { socket, task: task.abort_handle() }
    }

    /// Keeps a dial that nobody waits for any more, unless there is one already.
    fn leave(&self, to: Uri, dial: Dial) {
        if let Entry::Vacant(entry) = self.lock().entry(to)
            && !dial.task.is_finished()
        {
            entry.insert(dial);
        }
    }

    fn forget(&self, to: &Uri, task: tokio::task::Id) {
        let mut left = self.lock();
        if left.get(to).is_some_and(|dial| dial.task.id() == task) {
            left.remove(to);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uri, Dial>> {
        // No code that can panic runs under the lock.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Future for Awaited {
    type Output = io::Result<Socket>;

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<io::Result<Socket>> {
        let dial = self.dial.as_mut().expect("it is polled until it is ready");
        // Its task ends without a word where the pool does, or its runtime.
        let told = ready!(dial.socket.poll_unpin(task)).unwrap_or_else(|ended| Err(io::Error::other(ended)));
        self.dial = None;
        Poll::Ready(told)
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if let (Some(dial), Some(dials)) = (self.dial.take(), self.dials.upgrade()) {
            dials.leave(std::mem::take(&mut self.to), dial);
        }
    }
}

impl Drop for Dial {
    fn drop(&mut self) {
        self.task.abort();
    }
}
