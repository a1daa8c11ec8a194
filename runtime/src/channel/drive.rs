//! Drives the attempts of one call: sends, waits and gives up as its policies say, with one timer.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use tokio::time::Instant;
use tracing::Instrument as _;

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

/// What an attempt's success is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// All of the answer.
    Whole,
    /// Its beginning; the rest is still to come.
    Opens,
}

/// An answer that has begun: who is to be told of its end.
pub(super) struct Begun {
    pub(super) opened: Option<Opened<Endpoint>>,
    pub(super) measured: Measured,
}

/// The answer of a call that has all of it.
pub(super) fn whole<R>((answer, begun): (R, Begun)) -> R {
    begun.measured.end(Status::Ok);
    answer
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
    /// Runs a call until it has its answer, or its beginning; whoever is to be told of its end comes with it.
    pub(super) async fn drive<O, R, F>(
        &self,
        cx: &Context,
        key: u64,
        answer: Answer,
        attempt: impl Fn(Sending) -> F,
    ) -> Result<(R, Begun), O::Fault>
    where
        O: Operation,
        F: Future<Output = Result<R, Failed>>,
    {
        let method = self.methods.of(O::FACTS);
        let (calls, began) = (method.calls(), Instant::now());
        let (span, cx) = CallSpan::called(O::FACTS, self.system, cx);
        let measured = calls.began(self.system, began).traced(&span);
        let (now, mut rng) = (self.clock.moment(began), self.rng());
        let parent = cx.deadline().map(|deadline| Deadline::at(self.clock.moment(deadline)));
        let call = Call::start(method.policies(), parent, now, &mut rng);
        let call = match call {
            Ok(call) => call,
            Err(why) => {
                calls.not_sent(&why);
                return Err(failed(measured, refused(why)).into());
            }
        };
        let mut driven = Driven {
            inner: self,
            method: &method,
            key,
            call: Some(call),
            hedge: None,
            rng,
            now,
            polled: false,
            opened: None,
        };
        let mut attempts = pin!(Attempts::none());
        let mut alarm = pin!(Alarm::default());
        let start = |made: Attempt<Endpoint>| {
            let Attempt { number, endpoint, until, .. } = made;
            let mut cx = Context::clone(&cx).with_deadline(self.clock.instant(until));
            let span = CallSpan::attempted(O::FACTS, self.system, endpoint.key(), number, &mut cx);
            Traced::new(attempt(Sending { endpoint, cx, number }), span)
        };
        let verdict = poll_fn(|task| driven.poll(answer, attempts.as_mut(), &start, alarm.as_mut(), task));
        let verdict = verdict.instrument(span.into_span()).await;
        let mut gave_up = false;
        if let Some(call) = driven.call.take() {
            gave_up = call.gave_up();
            calls.decided(&verdict, driven.hedge);
            calls.counted(call.counted());
        }
        let ended = match (verdict, attempts.take_ended()) {
            (Verdict::Take(_), Some(ended)) => ended.map(|answer| (answer, driven.opened.take())),
            (Verdict::Refused(why), _) => Err(refused(why)),
            (Verdict::TimedOut | Verdict::Take(_), _) => Err(timed_out()),
        };
        match ended {
            Ok((answer, opened)) => Ok((answer, Begun { opened, measured })),
            Err(fault) => {
                let fault = if gave_up { fault.with_retry_never() } else { fault };
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
    call: Option<Call<'c, Endpoint>>,
    /// The attempt that was a hedge.
    hedge: Option<u8>,
    rng: Rng,
    now: Moment,
    polled: bool,
    opened: Option<Opened<Endpoint>>,
}

impl<T> Driven<'_, T> {
    fn poll<R, F: Future<Output = Result<R, Failed>>>(
        &mut self,
        answer: Answer,
        mut attempts: Pin<&mut Attempts<F, R>>,
        start: &impl Fn(Attempt<Endpoint>) -> F,
        mut alarm: Pin<&mut Alarm>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Verdict> {
        let Driven { inner, method, key, call, hedge, rng, now, polled, opened } = self;
        let calls = method.calls();
        let call = call.as_mut().expect("it is there until it has ended");
        // Time has passed since this was polled last, whatever wakes it now.
        let mut is_late = std::mem::replace(polled, true);
        let mut is_told = false;
        loop {
            while let Some((number, end)) = attempts.as_mut().poll_next(task) {
                *now = inner.clock.now();
                is_late = false;
                match end {
                    End::Answered if answer == Answer::Opens => *opened = call.opened(number, *now),
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
            match call.step(&inner.endpoints.fleet(), method.picker(), *key, *now, rng) {
                Step::Send(attempt) => {
                    calls.attempt(attempt.number, attempt.hedge);
                    if attempt.hedge {
                        *hedge = Some(attempt.number);
                    }
                    attempts.as_mut().start(attempt.number, start(attempt));
                }
                Step::Cancel(number) => attempts.as_mut().cancel(number),
                Step::Done(verdict) => return Poll::Ready(verdict),
                Step::Wait(_) if call.awaits_endpoint() && !is_told => {
                    // Looked at again after this task is known to want to hear of changes, so that none is missed.
                    inner.endpoints.wake_on_update(task.waker());
                    is_told = true;
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
        if let Some(call) = self.call.take() {
            self.method.calls().counted(call.counted());
            call.cancel(self.inner.clock.now());
        }
    }
}
