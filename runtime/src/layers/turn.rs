//! Where layers and what is sent meet: layers know no types of operations, what is sent knows no layers.
//!
//! The request that goes through the layers holds a [`Turn`]. Called at the bottom, it says so to whoever drives both, who sends what
//! is to be sent, beside the layers and not within, and tells the end.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

use super::{Answered, Outgoing};
use crate::fault::{Code, Fault};

/// One call or attempt among its layers.
#[derive(Default)]
pub(super) struct Turn {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// Who drives both.
    driver: Option<Waker>,
    /// Who waits at the bottom of the layers.
    bottom: Option<Waker>,
}

/// How far it is.
#[derive(Default)]
enum Phase {
    /// Among the layers.
    #[default]
    Above,
    /// To be sent. Whoever asked holds the turn, and leaves this phase when it is dropped, so that it does not hold itself.
    Asked(Outgoing),
    Sent,
    Ended(Result<Answered, Fault>),
    /// Sent, and not wanted any more.
    Dropped,
    /// Nobody drives it.
    Gone,
}

/// What is to be done.
pub(super) enum Order {
    Send(Outgoing),
    Drop,
}

impl Turn {
    /// Asks that it be sent.
    pub(super) fn ask(outgoing: Outgoing) -> Answering {
        let turn = Arc::clone(&outgoing.turn);
        let mut state = turn.state();
        match state.phase {
            Phase::Above | Phase::Dropped => state.phase = Phase::Asked(outgoing),
            Phase::Gone => return Answering::failed(Fault::new(Code::Cancelled, "the caller went away")),
            Phase::Asked(_) | Phase::Sent | Phase::Ended(_) => {
                return Answering::failed(Fault::new(Code::Internal, "a layer sends what is on its way already"));
            }
        }
        let driver = state.driver.take();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
        Answering { turn: Ok(turn) }
    }

    /// What is to be done now, or else the task is woken when there is something.
    pub(super) fn order(&self, task: &TaskContext<'_>) -> Option<Order> {
        let mut state = self.state();
        match std::mem::take(&mut state.phase) {
            Phase::Asked(outgoing) => {
                state.phase = Phase::Sent;
                return Some(Order::Send(outgoing));
            }
            Phase::Dropped => return Some(Order::Drop),
            phase => state.phase = phase,
        }
        match &mut state.driver {
            Some(driver) => driver.clone_from(task.waker()),
            none => *none = Some(task.waker().clone()),
        }
        None
    }

    /// Tells how it ended.
    pub(super) fn end(&self, end: Result<Answered, Fault>) {
        let mut state = self.state();
        if let Phase::Sent = state.phase {
            state.phase = Phase::Ended(end);
        }
        let bottom = state.bottom.take();
        drop(state);
        if let Some(bottom) = bottom {
            bottom.wake();
        }
    }

    /// Nobody drives it any more.
    pub(super) fn close(&self) {
        let mut state = self.state();
        let phase = std::mem::replace(&mut state.phase, Phase::Gone);
        let bottom = state.bottom.take();
        drop(state);
        // What was to be sent holds the turn: it is dropped behind the lock.
        drop(phase);
        if let Some(bottom) = bottom {
            bottom.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turn")
    }
}

/// Waits for the answer to what was sent; dropped, it is cancelled on its wire.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are polled"]
pub struct Answering {
    turn: Result<Arc<Turn>, Option<Fault>>,
}

impl Answering {
    fn failed(fault: Fault) -> Answering {
        Answering { turn: Err(Some(fault)) }
    }
}

impl Future for Answering {
    type Output = Result<Answered, Fault>;

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let turn = match &mut self.turn {
            Ok(turn) => Arc::clone(turn),
            Err(fault) => return fault.take().map_or(Poll::Pending, |fault| Poll::Ready(Err(fault))),
        };
        let mut state = turn.state();
        match std::mem::take(&mut state.phase) {
            Phase::Ended(end) => {
                self.turn = Err(None);
                Poll::Ready(end)
            }
            Phase::Gone => {
                state.phase = Phase::Gone;
                self.turn = Err(None);
                Poll::Ready(Err(Fault::new(Code::Cancelled, "the caller went away")))
            }
            phase => {
                state.phase = phase;
                state.bottom = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let Ok(turn) = &self.turn else { return };
        let mut state = turn.state();
        let (phase, driver) = (std::mem::take(&mut state.phase), state.driver.take());
        state.phase = match phase {
            Phase::Sent => Phase::Dropped,
            Phase::Gone => Phase::Gone,
            _ => Phase::Above,
        };
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
    }
}
