//! What a connection's task and the calls on it share: the multiplexer under a lock, and who waits for what.
//!
//! The lock is held for the time of one frame, never over I/O. Whoever puts frames into the output wakes the task only if
//! it sleeps; while it runs, it finds them before it goes to sleep.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use futures_util::stream::AbortHandle;

use crate::facts::OperationFacts;
use crate::fault::{Code, Fault};
use crate::metadata::Metadata;
use crate::mux::{Encoding, MaySend, Mux, NotOpened, NotSent, StreamId, Taken, Unwritten, too_long};
use crate::transport::framed::form::{Form, unwritten};

/// The shared side of a connection.
pub(crate) struct Link<E> {
    state: Mutex<State<E>>,
}

/// What stands under the lock.
pub(crate) struct State<E> {
    pub(crate) mux: Mux<Waiting, E>,
    /// The connection's task, while it sleeps.
    pub(super) task: Option<Waker>,
    /// Those who wait for room in the output, or for leave to open a call.
    room: Vec<Waker>,
    /// The numbers of operations that have been called.
    numbers: Vec<(&'static OperationFacts, u16)>,
    /// Whether no new calls will come: the connection ends when its calls have.
    pub(super) retired: bool,
}

/// Who waits on a stream.
#[derive(Default)]
pub(crate) struct Waiting {
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
    /// The call itself, where it could not end at once.
    pub(super) call: Option<AbortHandle>,
}

/// Why a call could not be sent.
pub(super) enum NotCalled {
    /// The connection takes no new calls.
    Elsewhere,
    /// Nor would another one.
    Never(Fault),
}

impl<E: Encoding> Link<E> {
    pub(super) fn new(mux: Mux<Waiting, E>) -> Arc<Link<E>> {
        let state = State { mux, task: None, room: Vec::new(), numbers: Vec::new(), retired: false };
        Arc::new(Link { state: Mutex::new(state) })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State<E>> {
        // A message that panics while it is written leaves no half frame behind: the multiplexer takes it back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes the task if it sleeps and there is something to write.
    fn change<R>(&self, change: impl FnOnce(&mut State<E>) -> R) -> R {
        let mut state = self.lock();
        let result = change(&mut state);
        let task = if state.mux.has_output() { state.task.take() } else { None };
        drop(state);
        if let Some(task) = task {
            task.wake();
        }
        result
    }

    // The client

    /// Opens a call once it may be.
    pub(super) fn poll_open(
        &self,
        op: &'static OperationFacts,
        deadline_ms: Option<u32>,
        metadata: &Metadata,
        input: impl FnOnce(&mut bytes::BytesMut) -> Result<(), Unwritten>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Result<StreamId, NotCalled>> {
        self.change(|state| {
            let opened = match state.number(op) {
                Ok(number) => state.mux.open(number, deadline_ms, metadata, input),
                Err(unknown) if state.mux.is_greeted() => return Poll::Ready(Err(NotCalled::Never(unknown))),
                Err(_) if state.mux.takes_calls() => Err(NotOpened::Later),
                Err(_) => Err(NotOpened::Elsewhere),
            };
            Poll::Ready(match opened {
                Ok(stream) => Ok(stream),
                Err(NotOpened::Later) => {
                    state.wait_for_room(cx.waker());
                    return Poll::Pending;
                }
                Err(NotOpened::Elsewhere) => Err(NotCalled::Elsewhere),
                Err(NotOpened::TooLong(bytes)) => Err(NotCalled::Never(too_long("input", bytes))),
                Err(NotOpened::Unwritten) => Err(NotCalled::Never(unwritten("input"))),
                Err(NotOpened::MetadataTooLong) => {
                    let fault = Fault::new(Code::ResourceExhausted, "the metadata is more than the server takes");
                    Err(NotCalled::Never(fault.with_retry_never()))
                }
            })
        })
    }

    /// Waits for the answer, or for the stream back to open.
    pub(super) fn poll_reply(&self, stream: StreamId, cx: &mut TaskContext<'_>) -> Poll<Taken> {
        let mut state = self.lock();
        let taken = state.mux.take_reply(stream);
        state.or_wait(stream, taken, cx)
    }

    /// Is done with a call.
    pub(super) fn release(&self, stream: StreamId) {
        let (gone, room) = self.change(|state| (state.mux.release(stream), state.take_room()));
        let writer = gone.and_then(|waiting| waiting.writer);
        writer.into_iter().chain(room).for_each(Waker::wake);
    }

    /// Ends a call whose input failed.
    pub(super) fn abandon(&self, stream: StreamId, fault: Fault) {
        let reader = self.change(|state| {
            state.mux.abandon(stream, fault);
            state.mux.user(stream)?.reader.take()
        });
        reader.into_iter().for_each(Waker::wake);
    }

    /// Whether there are calls that have not ended.
    pub(super) fn has_calls(&self) -> bool {
        self.lock().mux.calls_open() > 0
    }

    /// No new calls will come.
    pub(super) fn retire(&self) {
        let mut state = self.lock();
        state.retired = true;
        let task = state.task.take();
        drop(state);
        task.into_iter().for_each(Waker::wake);
    }

    // The server

    /// Answers a call.
    pub(super) fn respond<F: Form<T>, T>(&self, stream: StreamId, answer: &T) {
        self.change(|state| match state.mux.respond(stream, |out| F::put(answer, out)) {
            Err(NotSent::TooLong(bytes)) => state.mux.fail(stream, &too_long("answer", bytes)),
            Err(NotSent::Unwritten) => state.mux.fail(stream, &unwritten("answer")),
            Ok(()) | Err(NotSent::Gone | NotSent::NoCredit) => {}
        });
    }

    /// Opens the stream back.
    pub(super) fn respond_with_stream(&self, stream: StreamId) {
        // A stream that is gone by now needs no opening: its items will find out as well.
        self.change(|state| state.mux.respond_with_stream(stream).ok());
    }

    /// Fails a call.
    pub(super) fn fail(&self, stream: StreamId, fault: &Fault) {
        self.change(|state| state.mux.fail(stream, fault));
    }

    // Both

    /// Waits until an item may be sent; `false` when there is nobody any more to send it to.
    pub(super) fn poll_may_send(&self, stream: StreamId, cx: &mut TaskContext<'_>) -> Poll<bool> {
        let mut state = self.lock();
        match state.mux.may_send(stream) {
            MaySend::Yes => Poll::Ready(true),
            MaySend::Gone => Poll::Ready(false),
            MaySend::Wait => {
                if !state.mux.has_room() {
                    state.wait_for_room(cx.waker());
                }
                if let Some(waiting) = state.mux.user(stream) {
                    waiting.writer = Some(cx.waker().clone());
                }
                Poll::Pending
            }
        }
    }

    /// Sends an item that may be sent; the error is the fault of one that cannot.
    pub(super) fn item<F: Form<T>, T>(&self, stream: StreamId, item: &T) -> Result<(), Fault> {
        match self.change(|state| state.mux.item(stream, |out| F::put(item, out))) {
            Err(NotSent::TooLong(bytes)) => Err(too_long("item", bytes)),
            Err(NotSent::Unwritten) => Err(unwritten("item")),
            Ok(()) | Err(NotSent::Gone | NotSent::NoCredit) => Ok(()),
        }
    }

    /// Sends no more items.
    pub(super) fn end(&self, stream: StreamId) {
        self.change(|state| state.mux.end(stream));
    }

    /// Waits for the next item.
    pub(super) fn poll_item(&self, stream: StreamId, cx: &mut TaskContext<'_>) -> Poll<Taken> {
        let mut state = self.lock();
        let was_full = !state.mux.wants_input();
        let taken = state.mux.take_item(stream);
        let to_do = state.mux.has_output() || (was_full && state.mux.wants_input());
        let task = if to_do { state.task.take() } else { None };
        let taken = state.or_wait(stream, taken, cx);
        drop(state);
        if let Some(task) = task {
            task.wake();
        }
        taken
    }
}

impl<E> std::fmt::Debug for Link<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link")
    }
}

impl<E: Encoding> State<E> {
    /// The number of an operation at this server.
    fn number(&mut self, op: &'static OperationFacts) -> Result<u16, Fault> {
        if let Some((_, number)) = self.numbers.iter().find(|(known, _)| std::ptr::eq(*known, op)) {
            return Ok(*number);
        }
        let table = self.mux.table();
        let number = table.number(&op.to_string());
        let served = number.filter(|number| table.get(*number).is_some_and(|entry| entry.shape == op.shape));
        let Some(number) = served else {
            return Err(Fault::new(Code::Unimplemented, format!("{op} is not served at this address")));
        };
        self.numbers.push((op, number));
        Ok(number)
    }

    fn wait_for_room(&mut self, waker: &Waker) {
        if !self.room.iter().any(|waiting| waiting.will_wake(waker)) {
            self.room.push(waker.clone());
        }
    }

    /// Those who wait for room, now that there may be some.
    pub(super) fn take_room(&mut self) -> Vec<Waker> {
        if self.mux.has_room() { std::mem::take(&mut self.room) } else { Vec::new() }
    }

    /// Ends the connection's state: calls that somebody awaited are cancelled, everyone who waits is to be woken.
    pub(super) fn disconnect(&mut self) -> Vec<Waker> {
        let mut wakers = std::mem::take(&mut self.room);
        for waiting in self.mux.disconnected() {
            wakers.extend(waiting.reader.take());
            wakers.extend(waiting.writer.take());
            waiting.call.iter().for_each(AbortHandle::abort);
        }
        wakers
    }

    fn or_wait(&mut self, stream: StreamId, taken: Taken, cx: &mut TaskContext<'_>) -> Poll<Taken> {
        if !matches!(taken, Taken::Wait) {
            return Poll::Ready(taken);
        }
        if let Some(waiting) = self.mux.user(stream) {
            match &mut waiting.reader {
                Some(reader) => reader.clone_from(cx.waker()),
                None => waiting.reader = Some(cx.waker().clone()),
            }
        }
        Poll::Pending
    }
}
