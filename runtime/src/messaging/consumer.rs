//! One handler at work: takes deliveries, keeps the order of keys, handles within limits, settles each.
//!
//! In comes a subscription, out go settled deliveries. What becomes of one event stands in `Performer`; this loop
//! decides only what runs when: as many as may be in hand, one of a key at a time. When it is told to stop it fetches no
//! more and finishes what it has; an event that waits for a retry then goes back to the broker, and those behind it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::attempts::{self, Verdict, judge};
use super::bus::Bus;
use super::dead::{self, Death};
use super::envelope::{self, EventInfo};
use super::handler::HandlerFacts;
use super::handling::{Handling, Work};
use super::intake::Intake;
use super::lanes::Lanes;
use super::outcome::Outcome;
use super::publisher::deliver;
use super::seam::{Delivery, Subscription};
use crate::admission::{Admission, End, Head};
use crate::auth::Guard;
use crate::context::{Carried, Context};
use crate::facts::OperationFacts;
use crate::fault::{Code, Fault};
use crate::idempotency::Effect;
use crate::limits::Limits;
use crate::metrics::{Handled, HandledEvents, Passed};
use crate::peer::Peer;
use crate::spans::EventSpan;
use crate::validate::Violations;

/// How long one try at publishing a dead letter takes before it is told to the log; it is then tried again.
const DEAD_LETTER_TIME: Duration = Duration::from_secs(10);

/// How long an event waits whose publisher cannot be found out now.
const UNKNOWN_TIME: Duration = Duration::from_secs(1);

/// What all consumers of a server share.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) bus: Bus,
    pub(super) admission: Arc<dyn Admission>,
    pub(super) guard: Arc<Guard>,
    pub(super) limits: Limits,
    pub(super) stop: CancellationToken,
}

/// A delivery with what is to be done about it.
struct Job {
    delivery: Delivery,
    key: Option<String>,
    task: Task,
}

enum Task {
    Handle(Work),
    /// The handler's condition is false for it.
    PassOver,
    Bury(Death),
}

/// A job has ended.
struct Ended {
    key: Option<String>,
    /// It went back to the broker: what waits behind it must as well, or it would overtake.
    gave_back: bool,
}

/// Consumes for ever, or until told to stop.
pub(super) async fn consume(handling: Arc<dyn Handling>, around: Surroundings, mut source: Box<dyn Subscription>) {
    let facts = handling.facts();
    let counted = HandledEvents::of(around.bus.broker().system(), facts);
    let performer = Arc::new(Performer { handling, counted, around: around.clone() });
    let mut lanes = Lanes::new();
    let mut running: JoinSet<Ended> = JoinSet::new();
    let (mut in_hand, mut open) = (0usize, true);
    while open || in_hand > 0 {
        tokio::select! {
            Some(ended) = running.join_next() => {
                in_hand -= 1;
                let ended = ended.expect("a job's panics are caught, and nobody aborts it");
                while let Some(next) = lanes.leave(ended.key.as_deref()) {
                    if !ended.gave_back {
                        running.spawn(Arc::clone(&performer).run(next));
                        break;
                    }
                    in_hand -= 1;
                    performer.give_back(next.delivery, Duration::ZERO).await;
                }
            }
            () = around.stop.cancelled(), if open => {
                source.stop();
                open = false;
            }
            delivery = source.next(), if open && in_hand < facts.prefetch.max(1) => match delivery {
                None => open = false,
                Some(delivery) => {
                    in_hand += 1;
                    let job = performer.job(delivery);
                    let key = job.key.clone();
                    if let Some(job) = lanes.enter(key.as_deref(), job) {
                        running.spawn(Arc::clone(&performer).run(job));
                    }
                }
            },
        }
    }
}

/// Does what is to be done about each delivery of one handler.
struct Performer {
    handling: Arc<dyn Handling>,
    counted: &'static HandledEvents,
    around: Surroundings,
}

impl Performer {
    /// Opens a delivery. What cannot be opened goes to the dead topic: no retry would change it.
    fn job(&self, delivery: Delivery) -> Job {
        let (facts, limits) = (self.handling.facts(), &self.around.limits);
        let message = &delivery.message;
        let bury = |violations: Violations| {
            let reason = "the event breaks its contract".to_owned();
            (None, Task::Bury(Death { reason, attempts: 0, violations: Some(violations) }))
        };
        let (key, task) = if let Some(mismatch) = envelope::mismatch(message, self.handling.event()) {
            bury(Violations::of(mismatch))
        } else if message.payload.len() > limits.body_bytes_max {
            bury(Violations::of(format!("must not be longer than {} bytes", limits.body_bytes_max)))
        } else {
            // Conditions, keys and types of other crates are code that may panic; this loop must outlive it.
            let open = || self.handling.open(&message.payload, limits.json_depth_max);
            match catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|_| Err(Violations::of("cannot be read"))) {
                Ok(opened) => (opened.key.filter(|_| facts.keyed), opened.work.map_or(Task::PassOver, Task::Handle)),
                Err(violations) => bury(violations),
            }
        };
        Job { delivery, key, task }
    }

    /// Does all that is to be done about a job. Should it panic, its delivery goes back, as that of a process that died.
    async fn run(self: Arc<Self>, job: Job) -> Ended {
        let Job { delivery, key, task } = job;
        let gave_back = AssertUnwindSafe(self.perform(delivery, task)).catch_unwind().await.unwrap_or(true);
        Ended { key, gave_back }
    }

    /// Does it, and tells whether the delivery went back to the broker.
    async fn perform(&self, delivery: Delivery, task: Task) -> bool {
        match task {
            Task::PassOver => {
                self.counted.passed(Passed::Over);
                settle(delivery.settle.done(false).await);
                false
            }
            Task::Bury(death) => self.bury(delivery, death).await,
            Task::Handle(work) => self.handle(delivery, &work).await,
        }
    }

    /// Handles an event until it is done with; tells whether it went back to the broker.
    async fn handle(&self, delivery: Delivery, work: &Work) -> bool {
        let facts = self.handling.facts();
        // What is brought again was tried before, here or elsewhere.
        let mut attempt = delivery.delivered.max(1);
        loop {
            let info = envelope::read(&delivery.message, attempt);
            let Some((outcome, detail)) = self.admitted(&delivery, info, work).await else {
                return self.give_back(delivery, Duration::ZERO).await;
            };
            let wait = match judge(outcome, attempt, &facts.retry, attempts::random()) {
                Verdict::Done => {
                    settle(delivery.settle.done(false).await);
                    return false;
                }
                Verdict::Dead(reason) => {
                    let reason = detail.map_or(reason.clone(), |detail| format!("{reason}, at last it {detail}"));
                    return self.bury(delivery, Death { reason, attempts: attempt, violations: None }).await;
                }
                Verdict::Again(wait) => wait,
            };
            tracing::info!(handler = %facts.op, id = delivery.message.id, attempt, ?wait, detail, "an event will be tried again");
            // With an order to keep it stays in hand, and those behind it wait.
            if !facts.keyed {
                return self.give_back(delivery, wait).await;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => attempt += 1,
                () = self.around.stop.cancelled() => return self.give_back(delivery, Duration::ZERO).await,
            }
        }
    }

    /// Waits for admission and runs one attempt; `None` when told to stop while it waits.
    async fn admitted(&self, delivery: &Delivery, info: EventInfo, work: &Work) -> Option<(Outcome, Option<String>)> {
        let facts = self.handling.facts();
        let attempt = info.attempt;
        if let Some(time) = info.time.filter(|_| attempt == 1) {
            let age = jiff::Timestamp::now().duration_since(time);
            self.counted.delayed(Duration::try_from(age).unwrap_or_default());
        }
        let cx = context(delivery, info, facts);
        let (permit, cx) = loop {
            let head = Head { op: &facts.op, cx: &cx, attempt: u8::try_from(attempt - 1).unwrap_or(u8::MAX) };
            let wait = match Intake::ask(&self.around.admission, &head).await {
                Intake::Handle(permit) => match self.known(&facts.op, cx.clone()).await {
                    Ok(cx) => break (permit, cx),
                    Err(fault) => {
                        permit.settle(End::Failed(fault.code()));
                        match fault.code() {
                            // Nobody can tell who has published it: no failure of the event.
                            Code::Unavailable => UNKNOWN_TIME,
                            // Its publisher is over its rate: its turn comes.
                            Code::ResourceExhausted => fault.retry_after().unwrap_or(UNKNOWN_TIME),
                            _ => return Some((Outcome::Reject(fault.to_string()), None)),
                        }
                    }
                },
                Intake::Expired => {
                    self.counted.passed(Passed::Expired);
                    tracing::info!(handler = %facts.op, id = delivery.message.id, "an event has expired");
                    return Some((Outcome::Done, None));
                }
                Intake::Hold(wait) => wait,
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.around.stop.cancelled() => return None,
            }
        };
        let (time, began) = (self.around.admission.deadline(&facts.op), Instant::now());
        let mut cx = cx.with_deadline_in(time);
        let span = EventSpan::processed(self.around.bus.broker().system(), facts, &mut cx);
        let deadline = cx.deadline().unwrap_or_else(|| Instant::now() + time);
        let run = AssertUnwindSafe(async { work(cx).await }).catch_unwind();
        let run = tokio::time::timeout_at(deadline, run).instrument(span.span().clone());
        let (outcome, handled, detail) = match run.await {
            Ok(Ok(Outcome::Done)) => (Outcome::Done, Handled::Done, None),
            Ok(Ok(Outcome::Reject(reason))) => (Outcome::Reject(reason), Handled::Rejected, None),
            Ok(Ok(again)) => (again, Handled::Retry, None),
            Ok(Err(_)) => (Outcome::RetryNow, Handled::Panicked, Some("panicked".to_owned())),
            Err(_) => (Outcome::RetryNow, Handled::TimedOut, Some(format!("took longer than {time:?}"))),
        };
        span.handled(handled);
        self.counted.handled(handled, began.elapsed());
        permit.settle(match handled {
            Handled::Done => End::Answered,
            Handled::Retry => End::Failed(Code::Unavailable),
            Handled::Rejected => End::Failed(Code::FailedPrecondition),
            Handled::Panicked => End::Failed(Code::Internal),
            Handled::TimedOut => End::Failed(Code::DeadlineExceeded),
        });
        Some((outcome, detail))
    }

    /// Finds out who has published an event, and whether it may and is within its rate. Where that is left to the broker, nobody is known.
    async fn known(&self, op: &'static OperationFacts, cx: Context) -> Result<Context, Fault> {
        let cx = self.around.guard.let_event_in(op, cx).await?;
        if let Some(principal) = cx.principal() {
            self.around.admission.admit_principal(op, principal.key(), Instant::now())?;
        }
        Ok(cx)
    }

    /// Publishes the dead letter, for as long as it takes, and only then settles. Tells whether it went back instead.
    async fn bury(&self, delivery: Delivery, death: Death) -> bool {
        let facts = self.handling.facts();
        let letter = dead::letter(&delivery.message, facts, &death);
        let violations = death.violations.as_ref().map(Violations::places);
        tracing::warn!(
            handler = %facts.op, id = delivery.message.id, topic = letter.topic, reason = death.reason, violations,
            "an event goes to the dead topic"
        );
        while let Err(error) = deliver(&self.around.bus, letter.clone(), Instant::now() + DEAD_LETTER_TIME).await {
            tracing::error!(%error, topic = letter.topic, id = letter.id, "a dead letter is not stored yet");
            tokio::select! {
                () = tokio::time::sleep(DEAD_LETTER_TIME) => {}
                () = self.around.stop.cancelled() => return self.give_back(delivery, Duration::ZERO).await,
            }
        }
        self.counted.passed(Passed::Dead);
        settle(delivery.settle.done(true).await);
        false
    }

    async fn give_back(&self, delivery: Delivery, after: Duration) -> bool {
        self.counted.passed(Passed::Back);
        settle(delivery.settle.again(after).await);
        true
    }
}

/// The context of one attempt; each does the same once.
fn context(delivery: &Delivery, info: EventInfo, facts: &HandlerFacts) -> Context {
    let headers = delivery.message.headers.clone();
    let expires_in = info.expires.map(|expires| expires.duration_since(jiff::Timestamp::now()));
    let carried = Carried { request_id: Some(info.id.clone()), ..Carried::read(headers.headers()) };
    let parts = [facts.group, facts.op.package, facts.op.service, facts.op.name, &info.source, &info.id];
    let effect = Effect::of(parts.map(str::as_bytes));
    let cx = Context::received(Peer::default(), carried, headers).with_effect(effect).with_event(info);
    if let Some(expires_in) = expires_in {
        return cx.with_deadline_in(Duration::try_from(expires_in).unwrap_or_default());
    }
    cx
}

/// A settlement that does not reach the broker costs a redelivery, nothing else.
fn settle(settled: Result<(), super::error::BrokerError>) {
    if let Err(error) = settled {
        tracing::debug!(%error, "an event was not settled and will come again");
    }
}
