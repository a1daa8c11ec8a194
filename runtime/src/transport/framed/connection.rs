//! One connection of a client: a task that writes what callers have put out and tells them what came.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::link::Link;
use super::pipe::{Broken, Pipe};
use crate::mux::{Close, Encoding, Event, Mux, MuxLimits};

/// How long the end of a connection may take.
const LINGER: Duration = Duration::from_millis(500);

/// A connection of a client.
pub(super) struct Connection<P, E> {
    pipe: P,
    link: Arc<Link<E>>,
    /// Those to wake behind a batch of frames.
    wakers: Vec<Waker>,
    timer: Pin<Box<Sleep>>,
}

impl<P: Pipe<E>, E: Encoding> Connection<P, E> {
    pub(super) fn new(pipe: P, limits: MuxLimits) -> Connection<P, E> {
        let mux = Mux::client(limits, Instant::now().into_std());
        let timer = Box::pin(tokio::time::sleep_until(Instant::from_std(mux.wake_at())));
        Connection { pipe, link: Link::new(mux), wakers: Vec::new(), timer }
    }

    pub(super) fn link(&self) -> Arc<Link<E>> {
        Arc::clone(&self.link)
    }

    /// Carries calls until the connection ends; those that it leaves unfinished fail.
    pub(super) async fn run(mut self) {
        let ended = std::future::poll_fn(|cx| self.poll(cx)).await;
        self.wakers.append(&mut self.link.lock().disconnect());
        self.wakers.drain(..).for_each(Waker::wake);
        match ended {
            // A server that does not take the last bytes, or does not end by itself, is left.
            Ok(()) => drop(tokio::time::timeout(LINGER, self.pipe.finish(&self.link)).await),
            Err(error) => tracing::debug!(%error, "a connection broke"),
        }
    }

    fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        self.link.lock().task = None;
        loop {
            self.take_frames();
            let written = self.pipe.write(cx, &self.link)?;
            let mut state = self.link.lock();
            if written.is_sign_of_life() {
                state.mux.heard(Instant::now().into_std());
            }
            if written.bytes > 0 {
                self.wakers.append(&mut state.take_room());
            }
            let unwanted = state.retired || !state.mux.takes_calls();
            if unwanted && state.mux.calls_open() == 0 {
                state.mux.close(Close::Done);
            }
            if state.mux.closed().is_some() {
                return Poll::Ready(Ok(()));
            }
            drop(state);
            self.wakers.drain(..).for_each(Waker::wake);
            if let Poll::Ready(read) = self.pipe.poll_read(cx) {
                let mux = &mut self.link.lock().mux;
                match read {
                    Ok(true) => mux.heard(Instant::now().into_std()),
                    Ok(false) => return Poll::Ready(Ok(())),
                    Err(Broken::Io(error)) => return Poll::Ready(Err(error)),
                    Err(Broken::Protocol(close)) => mux.close(close),
                }
                continue;
            }
            if self.poll_time(cx).is_ready() {
                continue;
            }
            let mut state = self.link.lock();
            if state.retired && state.mux.calls_open() == 0 {
                continue;
            }
            if written.blocked || !state.mux.has_output() {
                state.task = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
    }

    /// Takes the frames that were read, and collects those whom they concern.
    fn take_frames(&mut self) {
        let mut state = self.link.lock();
        let open_before = state.mux.calls_open();
        loop {
            match state.mux.receive(self.pipe.input()) {
                Ok(None) | Err(_) => break,
                Ok(Some(Event::Readable(stream))) => {
                    self.wakers.extend(state.mux.user(stream).and_then(|waiting| waiting.reader.take()));
                }
                Ok(Some(Event::Writable(stream))) => {
                    self.wakers.extend(state.mux.user(stream).and_then(|waiting| waiting.writer.take()));
                }
                Ok(Some(event @ (Event::Greeted(_) | Event::GoingAway))) => {
                    self.wakers.append(&mut state.take_room());
                    if let Event::Greeted(_) = event {
                        self.timer.as_mut().reset(Instant::from_std(state.mux.wake_at()));
                    }
                }
                Ok(Some(Event::PeerClosed(code))) => {
                    tracing::debug!(code, "the server ended the connection");
                    state.mux.close(Close::Done);
                }
                // Nobody calls a client.
                Ok(Some(Event::Request(_) | Event::Cancelled(_))) => {}
            }
        }
        if state.mux.calls_open() < open_before {
            self.wakers.append(&mut state.take_room());
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
