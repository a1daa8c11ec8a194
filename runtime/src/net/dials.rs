//! The dials of a pool, which go on when the request that began them has no more time.
//!
//! hyper's pool drops a dial together with the request that asks for it. Here each is a task of its own. One that is left is kept for the
//! next request to its address, which takes it over, connected by then or not; so an address that connects slower than attempts last is
//! reached all the same. Of each address one is kept, for as long as an idle connection would be, and none for longer than the pool.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context as TaskContext, Poll, ready};

use futures_util::FutureExt as _;
use futures_util::future::Either;
use http::Uri;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;
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
    began: Instant,
    /// Whether nothing is to be had of it any more. Said while `left` is locked.
    is_over: Arc<AtomicBool>,
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
            // What has closed it meanwhile, a restart or a time of its own, would fail a request that was never sent.
            Some((Ok(Ok(socket)), _)) if !socket.is_closed() => return Either::Left(std::future::ready(Ok(socket))),
            Some((Err(oneshot::error::TryRecvError::Empty), dial)) => dial,
            // What failed a while ago says nothing of now.
            Some(_) | None => self.begin(to.clone(), connect),
        };
        Either::Right(Awaited { dial: Some(dial), to, dials: Arc::downgrade(self) })
    }

    fn begin(self: &Arc<Self>, to: Uri, connect: impl Future<Output = io::Result<Socket>> + Send + 'static) -> Dial {
        let (tell, socket) = oneshot::channel();
        let (dials, times, stop) = (Arc::downgrade(self), self.times, self.stop.clone());
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let work = async move {
            let connected = in_time(times.connect_max, connect).await;
            let is_connected = connected.is_ok();
            if tell.send(connected).is_ok() && is_connected {
                // Whoever takes it ends this task.
                tokio::time::sleep(times.idle_max).await;
            }
            if let Some(dials) = dials.upgrade() {
                dials.forget(&to, &over);
            }
        };
        let task = tokio::spawn(async move { stop.run_until_cancelled(work).await });
        Dial { socket, began: Instant::now(), is_over, task: task.abort_handle() }
    }

    /// Keeps a dial that nobody waits for any more. Of two the one that began first, which is further.
    fn leave(&self, to: Uri, dial: Dial) {
        let mut left = self.lock();
        let is_further = left.get(&to).is_none_or(|kept| dial.began < kept.began);
        if is_further && !dial.is_over.load(Ordering::Relaxed) {
            left.insert(to, dial);
        }
    }

    /// A dial is over.
    fn forget(&self, to: &Uri, is_over: &Arc<AtomicBool>) {
        let mut left = self.lock();
        is_over.store(true, Ordering::Relaxed);
        if left.get(to).is_some_and(|dial| Arc::ptr_eq(&dial.is_over, is_over)) {
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::Semaphore;

    use super::*;
    use crate::net::socket::Plain;

    /// Dials that are let go on one by one, to a place that accepts.
    struct Place {
        dials: Arc<Dials>,
        listener: TcpListener,
        to: Uri,
        begun: Arc<AtomicUsize>,
    }

    impl Place {
        async fn new() -> Place {
            let second = Duration::from_secs(1);
            let dials = Arc::new(Dials::new(PoolTimes { connect_max: second, idle_max: second }));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let to = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
            Place { dials, listener, to, begun: Arc::default() }
        }

        /// One that goes on when the gate is open.
        fn dial(&self, gate: &Arc<Semaphore>) -> impl Future<Output = io::Result<Socket>> + use<> {
            let (address, gate) = (self.to.authority().unwrap().to_string(), Arc::clone(gate));
            let begun = Arc::clone(&self.begun);
            self.dials.dial(self.to.clone(), async move {
                begun.fetch_add(1, Ordering::Relaxed);
                gate.acquire().await.unwrap().forget();
                Ok(Socket::Plain(Plain::Tcp(TcpStream::connect(address).await?)))
            })
        }

        fn begun(&self) -> usize {
            self.begun.load(Ordering::Relaxed)
        }
    }

    fn gate(places: usize) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(places))
    }

    #[tokio::test]
    async fn one_that_is_left_is_handed_over_but_not_if_it_was_closed() {
        let place = Place::new().await;
        for is_closed in [false, true] {
            let before = place.begun();
            drop(place.dial(&gate(1)));
            let (accepted, _) = place.listener.accept().await.unwrap();
            let kept = (!is_closed).then_some(accepted);
            // What was closed is heard of in its own time.
            tokio::time::sleep(Duration::from_millis(50)).await;
            let socket = place.dial(&gate(1)).await.unwrap();
            assert!(!socket.is_closed());
            assert_eq!(place.begun() - before, if is_closed { 2 } else { 1 }, "closed: {is_closed}");
            if is_closed {
                place.listener.accept().await.unwrap();
            }
            drop(kept);
        }
    }

    #[tokio::test]
    async fn of_two_that_are_left_the_one_that_began_first_is_kept() {
        let place = Place::new().await;
        let (first, second) = (gate(0), gate(0));
        let (older, younger) = (place.dial(&first), place.dial(&second));
        drop(younger);
        drop(older);
        tokio::task::yield_now().await;
        let taken = place.dial(&gate(0));
        first.add_permits(1);
        taken.await.unwrap();
        assert_eq!(place.begun(), 1, "the other was ended before it began");
    }

    #[tokio::test]
    async fn one_that_has_failed_is_not_kept() {
        let place = Place::new().await;
        let refused = place.dials.dial(place.to.clone(), async { Err(io::ErrorKind::ConnectionRefused.into()) });
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(refused);
        assert!(place.dials.lock().is_empty());
    }
}
