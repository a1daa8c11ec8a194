//! One connection of a server: a single task that reads, runs handlers and writes.

use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use futures_util::future::{Abortable, BoxFuture, abortable};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::calls::{Call, Operations, Running};
use super::context;
use super::link::Link;
use super::pipe::{Broken, Pipe};
use crate::context::Context;
use crate::fault::{Code, Fault};
use crate::mux::{Close, Encoding, Event, Mux, Request, StreamId};

/// How long a connection without calls stays open once the server stops, for calls that are on their way, and then for the peer
/// to read to the end.
const LINGER: Duration = Duration::from_millis(500);

/// A connection of a server.
pub(crate) struct Session<P, E> {
    pipe: P,
    link: Arc<Link<E>>,
    operations: Arc<Operations<E>>,
    /// The context of calls that bring nothing of their own.
    cx: Context,
    /// The box of the last call that ended at once.
    spare: Option<Running>,
    /// The calls that wait.
    waiting: FuturesUnordered<Abortable<BoxFuture<'static, ()>>>,
    timer: Pin<Box<Sleep>>,
    stop: Stop,
}

/// How far the server's end has come.
enum Stop {
    NotYet(Pin<Box<WaitForCancellationFutureOwned>>),
    Lingering(Pin<Box<Sleep>>),
    /// The connection ends with its last call.
    Due,
}

impl<P: Pipe<E>, E: Encoding> Session<P, E> {
    pub(crate) fn new(
        pipe: P,
        operations: Arc<Operations<E>>,
        cx: Context,
        stop: WaitForCancellationFutureOwned,
    ) -> Session<P, E> {
        let now = Instant::now();
        let mux = Mux::server(operations.limits, Arc::clone(&operations.table), now.into_std());
        let timer = Box::pin(tokio::time::sleep_until(Instant::from_std(mux.wake_at())));
        Session {
            pipe,
            link: Link::new(mux),
            operations,
            cx,
            spare: None,
            waiting: FuturesUnordered::new(),
            timer,
            stop: Stop::NotYet(Box::pin(stop)),
        }
    }

    /// Serves the connection to its end.
    pub(crate) async fn run(mut self) -> io::Result<Option<Close>> {
        let ended = std::future::poll_fn(|cx| self.poll(cx)).await;
        let closed = self.link.lock().mux.closed();
        let wakers = self.link.lock().disconnect();
        wakers.into_iter().for_each(Waker::wake);
        let Session { pipe, link, mut waiting, .. } = self;
        let finish = async {
            if ended.is_ok() && closed.is_some() {
                // A peer that does not take the last bytes, or does not end by itself, is left.
                let _ = tokio::time::timeout(LINGER, pipe.finish(&link)).await;
            }
        };
        // Calls that somebody awaited are cancelled and end at once. The others were taken, so they go on.
        tokio::join!(finish, async { while waiting.next().await.is_some() {} });
        ended.map(|()| closed)
    }

    /// Ready when the connection has ended, by the peer or by us; what is still to be written then is written behind it.
    fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        self.link.lock().task = None;
        loop {
            self.poll_stop(cx);
            let frames_left = self.take_frames(cx);
            let calls_left = self.poll_waiting(cx);
            let written = self.pipe.write(cx, &self.link)?;
            if written.is_sign_of_life() {
                self.heard();
            }
            if written.bytes > 0 {
                let room = self.link.lock().take_room();
                room.into_iter().for_each(Waker::wake);
            }
            let state = self.link.lock();
            let (wants_input, has_room) = (state.mux.wants_input(), state.mux.has_room());
            if state.mux.closed().is_some() {
                return Poll::Ready(Ok(()));
            }
            drop(state);
            if (frames_left && wants_input) || (calls_left && has_room) {
                continue;
            }
            if wants_input && let Poll::Ready(read) = self.pipe.poll_read(cx) {
                match read {
                    Ok(true) => self.heard(),
                    Ok(false) => return Poll::Ready(Ok(())),
                    Err(Broken::Io(error)) => return Poll::Ready(Err(error)),
                    Err(Broken::Protocol(close)) => self.link.lock().mux.close(close),
                }
                continue;
            }
            if self.poll_time(cx).is_ready() {
                continue;
            }
            let mut state = self.link.lock();
            let is_due = matches!(self.stop, Stop::Due) && state.mux.calls_open() == 0;
            let to_write = state.mux.has_output() && !written.blocked;
            let to_read = state.mux.wants_input() && !wants_input;
            if !(is_due || to_write || to_read) {
                state.task = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
    }

    fn heard(&self) {
        self.link.lock().mux.heard(Instant::now().into_std());
    }

    /// Takes the frames that were read and starts their calls; whether it stopped for want of room rather than of frames.
    fn take_frames(&mut self, cx: &mut TaskContext<'_>) -> bool {
        loop {
            let mut state = self.link.lock();
            if !state.mux.wants_input() {
                return true;
            }
            let event = state.mux.receive(self.pipe.input());
            let waker = match &event {
                Ok(Some(Event::Readable(stream))) => state.mux.user(*stream).and_then(|user| user.reader.take()),
                Ok(Some(Event::Writable(stream))) => state.mux.user(*stream).and_then(|user| user.writer.take()),
                _ => None,
            };
            drop(state);
            waker.into_iter().for_each(Waker::wake);
            match event {
                Ok(None) | Err(_) => return false,
                Ok(Some(Event::Request(request))) => self.start(request, cx),
                Ok(Some(Event::Cancelled(user))) => {
                    user.call.iter().for_each(futures_util::stream::AbortHandle::abort);
                    user.reader.into_iter().chain(user.writer).for_each(Waker::wake);
                }
                Ok(Some(Event::PeerClosed(code))) => {
                    tracing::debug!(code, "the peer ended its connection");
                    self.link.lock().mux.close(Close::Done);
                }
                Ok(Some(Event::Greeted(metadata))) => {
                    if let Some(metadata) = metadata {
                        self.cx = context::read(&self.cx, Some(metadata), None);
                    }
                    // Set for the hello until now, which may be the longer time.
                    let wake_at = self.link.lock().mux.wake_at();
                    self.timer.as_mut().reset(Instant::from_std(wake_at));
                }
                Ok(Some(Event::Readable(_) | Event::Writable(_) | Event::GoingAway)) => {}
            }
        }
    }

    /// Starts a call. Most end right here; one that has to wait is kept beside the others.
    fn start(&mut self, request: Request, cx: &mut TaskContext<'_>) {
        let Request { stream, op, deadline_ms, metadata, input } = request;
        let performer = &self.operations.calls[usize::from(op)];
        let call = Call {
            link: Arc::clone(&self.link),
            stream,
            cx: context::read(&self.cx, metadata, deadline_ms),
            input,
            depth_max: 0,
        };
        let mut running = performer.start(call, self.spare.take());
        // What a handler that panics leaves behind is its own; the connection's state is behind a lock that knows panics.
        match std::panic::catch_unwind(AssertUnwindSafe(|| running.poll(cx))) {
            Ok(Poll::Ready(())) => self.spare = Some(running),
            Ok(Poll::Pending) => {
                let (running, handle) = abortable(guarded(running, Arc::clone(&self.link), stream).boxed());
                if let Some(user) = self.link.lock().mux.user(stream) {
                    user.call = Some(handle);
                }
                self.waiting.push(running);
            }
            Err(_) => panicked(&self.link, stream),
        }
    }

    /// Goes on with the calls that wait, as long as there is room for what they answer; whether it stopped for want of it.
    fn poll_waiting(&mut self, cx: &mut TaskContext<'_>) -> bool {
        while !self.waiting.is_empty() {
            if !self.link.lock().mux.has_room() {
                return true;
            }
            let Poll::Ready(Some(_)) = self.waiting.poll_next_unpin(cx) else { return false };
        }
        false
    }

    fn poll_stop(&mut self, cx: &mut TaskContext<'_>) {
        if let Stop::NotYet(stop) = &mut self.stop
            && stop.as_mut().poll(cx).is_ready()
        {
            self.link.lock().mux.go_away();
            self.stop = Stop::Lingering(Box::pin(tokio::time::sleep(LINGER)));
        }
        if let Stop::Lingering(linger) = &mut self.stop
            && linger.as_mut().poll(cx).is_ready()
        {
            self.stop = Stop::Due;
        }
        if matches!(self.stop, Stop::Due) {
            let mut state = self.link.lock();
            if state.mux.calls_open() == 0 {
                state.mux.close(Close::Done);
            }
        }
    }

    /// Does what time demands; ready when something was done.
    fn poll_time(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        std::task::ready!(self.timer.as_mut().poll(cx));
        let mut state = self.link.lock();
        state.mux.on_time(Instant::now().into_std());
        let wake_at = Instant::from_std(state.mux.wake_at());
        drop(state);
        self.timer.as_mut().reset(wake_at);
        Poll::Ready(())
    }
}

/// Goes on with a call that waits; a panic is its fault and nobody else's.
async fn guarded<E: Encoding>(running: Running, link: Arc<Link<E>>, stream: StreamId) {
    if AssertUnwindSafe(running).catch_unwind().await.is_err() {
        panicked(&link, stream);
    }
}

fn panicked<E: Encoding>(link: &Link<E>, stream: StreamId) {
    tracing::error!("a handler panicked");
    link.fail(stream, &Fault::new(Code::Internal, "internal error"));
}
