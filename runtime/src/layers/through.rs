//! Drives layers and what they let pass, side by side.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use tower::load_shed::error::Overloaded;
use tower::timeout::error::Elapsed;
use tower::{BoxError, Service as _, ServiceExt as _};

use super::turn::{Order, Turn};
use super::{Answered, Outgoing, Stack};
use crate::fault::{Code, Fault};

/// Why there is no answer.
pub(crate) enum Stopped<E> {
    /// What was sent failed.
    Failed(E),
    /// A layer said no.
    Refused(Refused),
}

/// A layer's no.
pub(crate) struct Refused {
    pub(crate) fault: Fault,
    /// Whether it came before anything was sent.
    pub(crate) unsent: bool,
}

/// Sends by `run` what the layers let pass, as they let it pass; `told` is what they hear of a failure.
pub(crate) async fn through<R, E, F: Future<Output = Result<R, E>>>(
    mut stack: Stack,
    outgoing: Outgoing,
    run: impl Fn(Outgoing) -> F,
    told: impl Fn(&E) -> Fault,
) -> Result<R, Stopped<E>> {
    let driven = Driven(Arc::clone(&outgoing.turn));
    // Ready and called is the same service: a clone of one that is ready is not.
    let mut layers = pin!(async move { stack.ready().await?.call(outgoing).await });
    let mut running = pin!(None);
    let (mut ended, mut unsent) = (None, true);
    let outcome = std::future::poll_fn(|task| {
        loop {
            if let Poll::Ready(outcome) = layers.as_mut().poll(task) {
                return Poll::Ready(outcome);
            }
            // Asked until there is none: then this task is woken by the next.
            while let Some(order) = driven.0.order(task) {
                match order {
                    Order::Send(outgoing) => {
                        (ended, unsent) = (None, false);
                        running.set(Some(run(outgoing)));
                    }
                    Order::Drop => running.set(None),
                }
            }
            let Some(sent) = running.as_mut().as_pin_mut() else { return Poll::Pending };
            let end = ready!(sent.poll(task));
            running.set(None);
            driven.0.end(end.as_ref().map(|_| Answered).map_err(&told));
            ended = Some(end);
        }
    });
    let outcome = outcome.await;
    match (outcome, ended) {
        (Ok(Answered), Some(Ok(answer))) => Ok(answer),
        (Ok(Answered), Some(Err(failed))) => Err(Stopped::Failed(failed)),
        (Ok(Answered), None) => {
            let fault = Fault::new(Code::Internal, "a layer answered in place of the service");
            Err(Stopped::Refused(Refused { fault, unsent }))
        }
        (Err(error), ended) => {
            let fault = fault_of(error);
            match ended {
                Some(Err(failed)) if is_same(&told(&failed), &fault) => Err(Stopped::Failed(failed)),
                // The service has answered: what a layer makes of that says nothing of it.
                Some(Ok(_)) => Err(Stopped::Refused(Refused { fault, unsent: true })),
                _ => Err(Stopped::Refused(Refused { fault, unsent })),
            }
        }
    }
}

/// Drives a turn; dropped, it drives it no more.
struct Driven(Arc<Turn>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What a layer failed with, in words that its caller knows.
fn fault_of(error: BoxError) -> Fault {
    let error = match error.downcast::<Fault>() {
        Ok(fault) => return *fault,
        Err(error) => error,
    };
    let (code, message) = match &error {
        error if error.is::<Elapsed>() => (Code::DeadlineExceeded, "no answer in the time that a layer gives"),
        error if error.is::<Overloaded>() => (Code::ResourceExhausted, "not sent: a layer lets no more pass"),
        _ => (Code::Unavailable, "a layer failed"),
    };
    Fault::new(code, message).with_source(error)
}

/// Whether a layer has handed a fault on as it was.
fn is_same(told: &Fault, fault: &Fault) -> bool {
    (told.code(), told.kind(), told.message()) == (fault.code(), fault.kind(), fault.message())
}
