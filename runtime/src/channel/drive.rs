//! Drives the attempts of one call: sends, waits and gives up as its policies say, with one timer.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};
use std::time::Duration;

use tokio::time::Instant;

use super::Inner;
use super::alarm::Alarm;
use super::attempts::Attempts;
use super::failed::{Failed, refused, timed_out};
use super::methods::Method;
use super::traced::Traced;
use crate::admission::Head;
use crate::context::Context;
use crate::endpoint::Endpoint;
use crate::fault::{Fault, OperationFault as _};
use crate::metrics::{Measured, Status};
use crate::operation::Operation;
use crate::policy::{self, Attempt, Call, Deadline, End, Moment, Opened, Rng, Step, Verdict};
use crate::spans::CallSpan;

/// What an attempt's success is to its call.
pub(super) trait Answer {
    const OPENS: bool;
    type Of<R>;

    /// An attempt has succeeded, so long after the call began.
    fn of<R>(begun: Begun<R>, after: Duration) -> Self::Of<R>;
}

/// All of the answer.
pub(super) struct Whole;

impl Answer for Whole {
    const OPENS: bool = false;
    type Of<R> = R;

    fn of<R>(begun: Begun<R>, after: Duration) -> R {
        begun.measured.end_after(Status::Ok, after);
        begun.answer
    }
}

/// Its beginning; the rest is still to come.
pub(super) struct Opens;

impl Answer for Opens {
    const OPENS: bool = true;
    type Of<R> = Begun<R>;

    fn of<R>(begun: Begun<R>, _: Duration) -> Begun<R> {
        begun
    }
}

/// An answer that has begun, and who is to be told of its end.
pub(super) struct Begun<R> {
    pub(super) answer: R,
    pub(super) opened: Option<Opened<Endpoint>>,
    pub(super) measured: Measured,
}

/// An attempt to send: where to, and under which context.
pub(super) struct Sending {
    endpoint: Arc<policy::Endpoint<Endpoint>>,
    cx: Context,
    number: u8,
}

impl Sending {
    pub(super) fn endpoint(&self) -> &Endpoint {
        self.endpoint.key()
    }

    /// The same under another context.
    #[cfg(feature = "tower")]
    pub(super) fn under(&self, cx: &Context) -> Sending {
        Sending { endpoint: Arc::clone(&self.endpoint), cx: cx.clone(), number: self.number }
    }

    pub(super) fn head<O: Operation>(&self) -> Head<'_> {
        Head { op: O::FACTS, cx: &self.cx, attempt: self.number }
    }
}

impl<T> Inner<T> {
    /// Runs a call until it has its answer.
    pub(super) async fn drive<O, A, R, F>(
        &self,
        cx: &Context,
        key: u64,
        attempt: impl Fn(Sending) -> F,
    ) -> Result<A::Of<R>, O::Fault>
    where
        O: Operation,
        A: Answer,
        F: Future<Output = Result<R, Failed>>,
    {
        let method = self.methods.of(O::FACTS);
        let (calls, began) = (method.calls(), Instant::now());
        let (span, cx) = CallSpan::called(O::FACTS, self.system, cx);
        let measured = calls.began(self.system, began, span);
        let start = self.clock.moment(began);
        let parent = cx.deadline().map(|deadline| Deadline::at(self.clock.moment(deadline)));
        let mut driven = Driven {
            inner: self,
            method: &method,
            key,
            call: Call::new(method.policies(), parent, start),
            hedge: None,
            rng: self.rng(),
            now: start,
            polled: false,
            ended: false,
            opened: None,
        };
        if let Err(why) = driven.admit() {
            calls.not_sent(&why);
            return Err(failed(measured, refused(why)).into());
        }
        let mut attempts = pin!(Attempts::none());
        let mut alarm = pin!(Alarm::default());
        let send = |made: Attempt<Endpoint>| {
            let Attempt { number, endpoint, until, .. } = made;
            let mut cx = Context::clone(&cx);
            cx.end_by(self.clock.instant(until));
            let span = CallSpan::attempted(O::FACTS, self.system, endpoint.key(), number, &mut cx);
            Traced::new(attempt(Sending { endpoint, cx, number }), span)
        };
        let verdict = poll_fn(|task| {
            let _within = measured.within();
            driven.poll(A::OPENS, attempts.as_mut(), &send, alarm.as_mut(), task)
        });
        let verdict = verdict.await;
        calls.decided(&verdict, driven.hedge);
        driven.end();
        let ended = match (verdict, attempts.take_ended()) {
            (Verdict::Take(_), Some(ended)) => ended,
            (Verdict::Refused(why), _) => Err(refused(why)),
            (Verdict::TimedOut | Verdict::Take(_), _) => Err(timed_out()),
        };
        match ended {
            Ok(answer) => Ok(A::of(Begun { answer, opened: driven.opened.take(), measured }, driven.now - start)),
            Err(fault) => {
                let fault = if driven.call.gave_up() { fault.with_retry_never() } else { fault };
                Err(O::Fault::from_fault(failed(measured, fault)))
            }
        }
    }
}

/// A call ended so.
fn failed(measured: Measured, fault: Fault) -> Fault {
    measured.end(fault.code().into());
    fault
}

/// A call under way; dropped before its end, it was cancelled.
struct Driven<'c, T> {
    inner: &'c Inner<T>,
    method: &'c Method,
    key: u64,
    call: Call<'c, Endpoint>,
    /// The attempt that was a hedge.
    hedge: Option<u8>,
    rng: Rng,
    now: Moment,
    polled: bool,
    ended: bool,
    opened: Option<Opened<Endpoint>>,
}

impl<T> Driven<'_, T> {
    /// Asks the policies that may speak against the call; one that is not admitted has ended.
    fn admit(&mut self) -> Result<(), policy::Refused> {
        let admitted = self.call.admit(self.now, &mut self.rng);
        self.ended = admitted.is_err();
        admitted
    }

    /// It has ended.
    fn end(&mut self) {
        self.ended = true;
        self.method.calls().counted(self.call.counted());
    }

    fn poll<R, F: Future<Output = Result<R, Failed>>>(
        &mut self,
        opens: bool,
        mut attempts: Pin<&mut Attempts<F, R>>,
        send: &impl Fn(Attempt<Endpoint>) -> F,
        mut alarm: Pin<&mut Alarm>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Verdict> {
        let Driven { inner, method, key, call, hedge, rng, now, polled, opened, .. } = self;
        let calls = method.calls();
        // Time has passed since this was polled last, whatever wakes it now.
        let mut is_late = std::mem::replace(polled, true);
        let mut is_told = false;
        let mut fleet = inner.endpoints.fleet();
        loop {
            while let Some((number, end)) = attempts.as_mut().poll_next(task) {
                *now = inner.clock.now();
                is_late = false;
                match end {
                    End::Answered if opens => *opened = call.opened(number, *now),
                    end => call.ended(number, end, *now, rng),
                }
                // The other attempt is given up: what it came to in the same moment must not take the answer's place.
                if end == End::Answered {
                    break;
                }
            }
            if std::mem::take(&mut is_late) {
                *now = inner.clock.now();
            }
            match call.step(&fleet, method.picker(), *key, *now, rng) {
                Step::Send(attempt) => {
                    calls.attempt(attempt.number, attempt.hedge);
                    if attempt.hedge {
                        *hedge = Some(attempt.number);
                    }
                    attempts.as_mut().start(attempt.number, send(attempt));
                }
                Step::Cancel(number) => attempts.as_mut().cancel(number),
                Step::Done(verdict) => return Poll::Ready(verdict),
                Step::Wait(_) if call.awaits_endpoint() && !is_told => {
                    // Looked at again after this task is known to want to hear of changes, so that none is missed.
                    inner.endpoints.wake_on_update(task.waker());
                    is_told = true;
                    fleet = inner.endpoints.fleet();
                }
                Step::Wait(until) => {
                    ready!(alarm.as_mut().poll_at(inner.clock.instant(until), task));
                    *now = inner.clock.now().max(until);
                }
            }
        }
    }
}

impl<T> Drop for Driven<'_, T> {
    fn drop(&mut self) {
        if !self.ended {
            self.end();
            self.call.cancel(self.inner.clock.now());
        }
    }
}
