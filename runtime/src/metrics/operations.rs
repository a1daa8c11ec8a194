//! What is counted of an operation's calls, as a server and as a client, from its first call on.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::time::Instant;
use tracing::span::Entered;

use super::callers::Verdict;
use super::catalog::{self, Metric};
use super::counts::{Counts, Word, words};
use super::histogram::Histogram;
use super::samples::Samples;
use crate::facts::OperationFacts;
use crate::fault::Code;
use crate::policy::{self, Address};
use crate::spans::CallSpan;

words! {
    /// What carries a call: OpenTelemetry's `rpc.system.name`.
    System {
        /// In process.
        Local = "local",
        Rest = "rest",
        Grpc = "grpc",
        /// Native RPC.
        Native = "wireloom",
        Ws = "websocket",
        /// A transport of somebody else.
        Other = "other",
    }
}

impl System {
    /// What a transport of that name is.
    pub(crate) fn named(name: &str) -> System {
        match name {
            "REST" => System::Rest,
            "gRPC" => System::Grpc,
            "native RPC" => System::Native,
            "WebSocket" => System::Ws,
            _ => System::Other,
        }
    }
}

words! {
    /// How a call ended: OpenTelemetry's `rpc.response.status_code`, in gRPC's words.
    Status {
        Ok = "OK",
        Cancelled = "CANCELLED",
        Unknown = "UNKNOWN",
        InvalidArgument = "INVALID_ARGUMENT",
        DeadlineExceeded = "DEADLINE_EXCEEDED",
        NotFound = "NOT_FOUND",
        AlreadyExists = "ALREADY_EXISTS",
        PermissionDenied = "PERMISSION_DENIED",
        ResourceExhausted = "RESOURCE_EXHAUSTED",
        FailedPrecondition = "FAILED_PRECONDITION",
        Aborted = "ABORTED",
        OutOfRange = "OUT_OF_RANGE",
        Unimplemented = "UNIMPLEMENTED",
        Internal = "INTERNAL",
        Unavailable = "UNAVAILABLE",
        DataLoss = "DATA_LOSS",
        Unauthenticated = "UNAUTHENTICATED",
    }
}

impl From<Code> for Status {
    fn from(code: Code) -> Status {
        Status::ALL[code as usize]
    }
}

words! {
    /// Why a call was not let in, or not sent.
    Refused {
        /// Its deadline had passed, or would have before it was answered.
        Expired = "expired",
        RateLimited = "rate_limited",
        /// Too many at once.
        Full = "full",
        Throttled = "throttled",
        BreakerOpen = "breaker_open",
        NoEndpoint = "no_endpoint",
        Stopping = "stopping",
        Other = "other",
    }
}

words! {
    /// Which attempt of a call.
    Turned {
        First = "first",
        Retry = "retry",
        Hedge = "hedge",
    }
}

words! {
    /// How many attempts of a call went before one that came in: retries and hedges of its caller.
    Repeated {
        One = "1",
        Two = "2",
        Three = "3",
        Four = "4",
        More = "more",
    }
}

impl Repeated {
    /// The word for so many; none for a first attempt.
    fn after(attempts: u8) -> Option<Repeated> {
        match attempts {
            0 => None,
            1 => Some(Repeated::One),
            2 => Some(Repeated::Two),
            3 => Some(Repeated::Three),
            4 => Some(Repeated::Four),
            _ => Some(Repeated::More),
        }
    }
}

/// Calls of an operation over one wire.
pub(crate) struct Calls {
    active: AtomicI64,
    times: [Histogram; Status::ALL.len()],
}

impl Calls {
    fn new() -> Box<Calls> {
        Box::new(Calls { active: AtomicI64::new(0), times: [const { Histogram::new() }; Status::ALL.len()] })
    }
}

/// The same over each wire that was used.
#[derive(Default)]
struct ByWire([OnceLock<Box<Calls>>; System::ALL.len()]);

impl ByWire {
    #[inline]
    fn began(&'static self, system: System, began: Instant, span: Option<Box<CallSpan>>) -> Measured {
        let calls = self.0[system.place()].get_or_init(Calls::new);
        calls.active.fetch_add(1, Ordering::Relaxed);
        Measured { calls, began, span, ended: false }
    }

    fn collect(&self, samples: &mut Samples, method: &str, duration: &Metric, active: &Metric) {
        for system in System::ALL {
            let Some(calls) = self.0[system.place()].get() else { continue };
            samples.add(active, &[system.as_str(), method], calls.active.load(Ordering::Relaxed));
            for status in Status::ALL {
                if let Some(times) = calls.times[status.place()].read() {
                    samples.times(duration, &[system.as_str(), method, status.as_str()], times);
                }
            }
        }
    }
}

/// A call under way. Dropped before its end, it was cancelled.
#[must_use = "a call has an end"]
pub(crate) struct Measured {
    calls: &'static Calls,
    began: Instant,
    /// What is traced of it: it ends as what is counted does. In a box, for most calls have none to keep.
    span: Option<Box<CallSpan>>,
    ended: bool,
}

impl Measured {
    /// Its span, of those who log what belongs to it.
    pub(crate) fn span(&self) -> tracing::Span {
        self.span.as_ref().map_or_else(tracing::Span::none, |span| CallSpan::clone(span).into_span())
    }

    /// Within its span, until what is returned is dropped.
    #[inline]
    pub(crate) fn within(&self) -> Option<Entered<'_>> {
        self.span.as_ref().map(|span| span.enter())
    }

    /// It ended so.
    pub(crate) fn end(self, status: Status) {
        let took = self.began.elapsed();
        self.end_after(status, took);
    }

    /// It ended so, and took so long.
    #[inline]
    pub(crate) fn end_after(mut self, status: Status, took: Duration) {
        self.end_once(status, took);
    }

    #[inline]
    fn end_once(&mut self, status: Status, took: Duration) {
        self.ended = true;
        self.calls.active.fetch_sub(1, Ordering::Relaxed);
        self.calls.times[status.place()].add(took);
        if let Some(span) = self.span.take() {
            span.ended(status);
        }
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        if !self.ended {
            self.end_once(Status::Cancelled, self.began.elapsed());
        }
    }
}

/// An operation as a server sees it.
pub(crate) struct ServerCalls {
    op: &'static OperationFacts,
    by_wire: ByWire,
    repeated: Counts<Repeated>,
    pub(crate) refused: Counts<Refused>,
    pub(crate) queued: AtomicU64,
    pub(crate) verdicts: Counts<Verdict>,
}

/// An operation as clients see it.
pub(crate) struct ClientCalls {
    op: &'static OperationFacts,
    by_wire: ByWire,
    attempts: Counts<Turned>,
    hedges_won: AtomicU64,
    unpaid: AtomicU64,
    refused: Counts<Refused>,
    attempts_timed_out: AtomicU64,
    timed_out: AtomicU64,
}

impl ServerCalls {
    /// Those of an operation.
    pub(crate) fn of(op: &'static OperationFacts) -> &'static ServerCalls {
        SERVERS.of(op)
    }

    /// A call came in; its span is told of its end as well.
    pub(crate) fn began(&'static self, system: System, now: Instant, span: Option<Box<CallSpan>>) -> Measured {
        self.by_wire.began(system, now, span)
    }

    /// It is said to be a call of which so many attempts went before.
    pub(crate) fn repeated(&self, attempts: u8) {
        if let Some(repeated) = Repeated::after(attempts) {
            self.repeated.add(repeated);
        }
    }
}

impl ClientCalls {
    /// Those of an operation.
    pub(crate) fn of(op: &'static OperationFacts) -> &'static ClientCalls {
        CLIENTS.of(op)
    }

    /// A call goes out; its span is told of its end as well.
    #[inline]
    pub(crate) fn began(&'static self, system: System, now: Instant, span: Option<Box<CallSpan>>) -> Measured {
        self.by_wire.began(system, now, span)
    }
}

/// What its policies decided.
impl ClientCalls {
    /// It was not sent at all.
    pub(crate) fn not_sent(&self, why: &policy::Refused) {
        self.refused.add(match why {
            policy::Refused::Expired => Refused::Expired,
            policy::Refused::Throttled => Refused::Throttled,
            policy::Refused::BreakerOpen(_) => Refused::BreakerOpen,
            policy::Refused::RateLimited(_) => Refused::RateLimited,
            policy::Refused::BulkheadFull => Refused::Full,
            policy::Refused::NoEndpoint { .. } => Refused::NoEndpoint,
            _ => Refused::Other,
        });
    }

    /// An attempt is sent.
    #[inline]
    pub(crate) fn attempt(&self, number: u8, is_hedge: bool) {
        self.attempts.add(match number {
            _ if is_hedge => Turned::Hedge,
            0 => Turned::First,
            _ => Turned::Retry,
        });
    }

    /// It has its answer, or none.
    #[inline]
    pub(crate) fn decided(&self, verdict: &policy::Verdict, hedge: Option<u8>) {
        match verdict {
            policy::Verdict::Take(number) if hedge == Some(*number) => add(&self.hedges_won, 1),
            policy::Verdict::Take(_) => {}
            policy::Verdict::TimedOut => add(&self.timed_out, 1),
            policy::Verdict::Refused(why) => self.not_sent(why),
        }
    }

    /// What befell its attempts.
    #[inline]
    pub(crate) fn counted(&self, counted: policy::Counted) {
        let policy::Counted { unpaid, timed_out } = counted;
        add(&self.unpaid, unpaid);
        add(&self.attempts_timed_out, timed_out);
    }
}

/// Most calls have nothing to add.
fn add(counter: &AtomicU64, count: u32) {
    if count > 0 {
        counter.fetch_add(count.into(), Ordering::Relaxed);
    }
}

impl std::fmt::Debug for ServerCalls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ServerCalls").field(&self.op.to_string()).finish()
    }
}

trait PerOperation: Sized + Send + Sync + 'static {
    fn new(op: &'static OperationFacts) -> Self;
    fn op(&self) -> &'static OperationFacts;
    fn collect(&self, samples: &mut Samples, method: &str);
}

impl PerOperation for ServerCalls {
    fn new(op: &'static OperationFacts) -> ServerCalls {
        ServerCalls {
            op,
            by_wire: ByWire::default(),
            repeated: Counts::new(),
            refused: Counts::new(),
            queued: AtomicU64::new(0),
            verdicts: Counts::new(),
        }
    }

    fn op(&self) -> &'static OperationFacts {
        self.op
    }

    fn collect(&self, samples: &mut Samples, method: &str) {
        self.by_wire.collect(samples, method, &catalog::SERVER_DURATION, &catalog::SERVER_ACTIVE);
        for (attempts, count) in self.repeated.each() {
            samples.add(&catalog::SERVER_REPEATED, &[method, attempts.as_str()], signed(count));
        }
        for (reason, count) in self.refused.each() {
            samples.add(&catalog::SERVER_REFUSED, &[method, reason.as_str()], signed(count));
        }
        for (verdict, count) in self.verdicts.each() {
            samples.add(&catalog::VERDICTS, &[method, verdict.as_str()], signed(count));
        }
        samples.add(&catalog::SERVER_QUEUED, &[method], read(&self.queued));
    }
}

impl PerOperation for ClientCalls {
    fn new(op: &'static OperationFacts) -> ClientCalls {
        ClientCalls {
            op,
            by_wire: ByWire::default(),
            attempts: Counts::new(),
            hedges_won: AtomicU64::new(0),
            unpaid: AtomicU64::new(0),
            refused: Counts::new(),
            attempts_timed_out: AtomicU64::new(0),
            timed_out: AtomicU64::new(0),
        }
    }

    fn op(&self) -> &'static OperationFacts {
        self.op
    }

    fn collect(&self, samples: &mut Samples, method: &str) {
        self.by_wire.collect(samples, method, &catalog::CLIENT_DURATION, &catalog::CLIENT_ACTIVE);
        for (turn, count) in self.attempts.each() {
            samples.add(&catalog::CLIENT_ATTEMPTS, &[method, turn.as_str()], signed(count));
        }
        for (reason, count) in self.refused.each() {
            samples.add(&catalog::CLIENT_REFUSED, &[method, reason.as_str()], signed(count));
        }
        samples.add(&catalog::CLIENT_HEDGES_WON, &[method], read(&self.hedges_won));
        samples.add(&catalog::CLIENT_UNPAID, &[method], read(&self.unpaid));
        samples.add(&catalog::CLIENT_TIMED_OUT, &[method, "attempt"], read(&self.attempts_timed_out));
        samples.add(&catalog::CLIENT_TIMED_OUT, &[method, "call"], read(&self.timed_out));
    }
}

static SERVERS: LazyLock<Operations<ServerCalls>> = LazyLock::new(Operations::default);
static CLIENTS: LazyLock<Operations<ClientCalls>> = LazyLock::new(Operations::default);

/// By the address of their facts, of which equal ones share. They stay for ever: a program has so many operations.
struct Operations<M: 'static> {
    known: ArcSwap<HashMap<usize, &'static M, BuildHasherDefault<Address>>>,
    /// Held while one is added.
    adding: Mutex<()>,
}

impl<M> Default for Operations<M> {
    fn default() -> Operations<M> {
        Operations { known: ArcSwap::default(), adding: Mutex::default() }
    }
}

impl<M: PerOperation> Operations<M> {
    fn of(&self, op: &'static OperationFacts) -> &'static M {
        match self.known.load().get(&std::ptr::from_ref(op).addr()) {
            Some(it) => it,
            None => self.add(op),
        }
    }

    fn add(&self, op: &'static OperationFacts) -> &'static M {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = HashMap::clone(&self.known.load());
        let same = all.values().find(|it| it.op().is_same(op)).copied();
        let it = same.unwrap_or_else(|| Box::leak(Box::new(M::new(op))));
        all.insert(std::ptr::from_ref(op).addr(), it);
        self.known.store(all.into());
        it
    }

    fn collect(&self, samples: &mut Samples) {
        let known = self.known.load();
        let mut told: Vec<&M> = Vec::new();
        for it in known.values().copied() {
            if !told.iter().any(|other| std::ptr::eq(*other, it)) {
                told.push(it);
                it.collect(samples, &it.op().to_string());
            }
        }
    }
}

pub(super) fn collect(samples: &mut Samples) {
    SERVERS.collect(samples);
    CLIENTS.collect(samples);
}

fn read(counter: &AtomicU64) -> i64 {
    signed(counter.load(Ordering::Relaxed))
}

pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_status() {
        for code in Code::ALL {
            assert_eq!(Status::from(code).as_str(), code.as_str().to_ascii_uppercase());
        }
    }
}
