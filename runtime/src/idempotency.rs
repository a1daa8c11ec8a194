//! The idempotency table: one effect for one key, however often the call is repeated.
//!
//! A `keyed` call runs in a task of its own, so it ends even when its caller goes away, and whoever repeats it gets the
//! same outcome: while it runs by waiting for it, afterwards from the table. A failure that may pass (a code such as
//! `unavailable`) is forgotten, so that the repetition tries again. This table lives in memory: it knows what this
//! process did, not what another replica did.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::context::Context;
use crate::fault::{Code, Fault, OperationFault};
use crate::operation::Operation;

/// Bounds of the table.
#[derive(Clone, Copy, Debug)]
pub struct IdempotencyLimits {
    /// Outcomes kept; beyond that the oldest are forgotten. 10,000 unless said otherwise.
    pub entries_max: usize,
    /// How long an outcome is kept. A day unless said otherwise.
    pub kept_for: Duration,
}

impl Default for IdempotencyLimits {
    fn default() -> IdempotencyLimits {
        IdempotencyLimits { entries_max: 10_000, kept_for: Duration::from_secs(24 * 60 * 60) }
    }
}

/// Outcomes of keyed calls, by operation and key.
#[derive(Debug)]
pub(crate) struct IdempotencyTable {
    limits: IdempotencyLimits,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<EntryKey, Entry>,
    /// Ended entries, the oldest first; a key may stand in it that was forgotten since.
    ended: VecDeque<(Instant, EntryKey)>,
}

/// The operation by name, and the key.
type EntryKey = (String, String);

#[derive(Debug)]
struct Entry {
    /// An `Arc<Running<O>>` of the operation that the key's first part names.
    running: Arc<dyn Any + Send + Sync>,
}

/// A call that runs or has run, and how it ended.
struct Running<O: Operation> {
    input: O::Input,
    outcome: watch::Receiver<Option<Result<O::Output, O::Fault>>>,
}

impl IdempotencyTable {
    pub(crate) fn new(limits: IdempotencyLimits) -> IdempotencyTable {
        IdempotencyTable { limits, entries: Mutex::default() }
    }

    /// Performs a keyed call, or gives the outcome of the same call before it.
    pub(crate) async fn perform<O, W>(
        self: &Arc<Self>,
        cx: &Context,
        key: String,
        input: O::Input,
        work: impl FnOnce(Context, O::Input) -> W,
    ) -> Result<O::Output, O::Fault>
    where
        O: Operation,
        W: Future<Output = Result<O::Output, O::Fault>> + Send + 'static,
    {
        let key = (O::FACTS.to_string(), key);
        let mut outcome = match self.find_or_start::<O>(&key, &input) {
            Found::Before(running) if running.input != input => return Err(reused().into()),
            Found::Before(running) => running.outcome.clone(),
            Found::New(report, outcome) => {
                let work = work(cx.clone(), input);
                let table = Arc::clone(self);
                tokio::spawn(async move {
                    // Forgets the entry if the handler panics, so that a repetition is not stuck with nothing.
                    let mut ending = Ending { table, key: Some(key) };
                    let outcome = work.await;
                    ending.ended(outcome.as_ref().err().map(|fault| fault.to_fault().code()));
                    report.send_replace(Some(outcome));
                });
                outcome
            }
        };
        let ended = outcome.wait_for(Option::is_some).await;
        match ended.ok().and_then(|outcome| outcome.clone()) {
            Some(outcome) => outcome,
            None => Err(Fault::new(Code::Internal, "internal error").into()),
        }
    }

    fn find_or_start<O: Operation>(&self, key: &EntryKey, input: &O::Input) -> Found<O> {
        let mut entries = self.lock();
        entries.forget_old(Instant::now(), &self.limits);
        let before = entries.by_key.get(key).and_then(|entry| Arc::clone(&entry.running).downcast::<Running<O>>().ok());
        if let Some(running) = before {
            return Found::Before(running);
        }
        let (report, outcome) = watch::channel(None);
        let running = Running::<O> { input: input.clone(), outcome: outcome.clone() };
        entries.by_key.insert(key.clone(), Entry { running: Arc::new(running) });
        Found::New(report, outcome)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        // No code that can panic runs under the lock.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Found<O: Operation> {
    Before(Arc<Running<O>>),
    New(Sender<O>, watch::Receiver<Option<Result<O::Output, O::Fault>>>),
}

type Sender<O> = watch::Sender<Option<Result<<O as Operation>::Output, <O as Operation>::Fault>>>;

impl Entries {
    fn forget_old(&mut self, now: Instant, limits: &IdempotencyLimits) {
        while let Some((ended, _)) = self.ended.front() {
            let too_many = self.ended.len() > limits.entries_max;
            if !too_many && now.saturating_duration_since(*ended) < limits.kept_for {
                return;
            }
            if let Some((_, key)) = self.ended.pop_front() {
                self.by_key.remove(&key);
            }
        }
    }
}

/// Files an ended call: kept when its outcome is final, forgotten otherwise and after a panic.
struct Ending {
    table: Arc<IdempotencyTable>,
    key: Option<EntryKey>,
}

impl Ending {
    fn ended(&mut self, failed: Option<Code>) {
        if failed.is_some_and(may_pass) {
            return;
        }
        if let Some(key) = self.key.take() {
            self.table.lock().ended.push_back((Instant::now(), key));
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.table.lock().by_key.remove(&key);
        }
    }
}

/// Whether a failure says nothing about the next try.
fn may_pass(code: Code) -> bool {
    use Code::*;
    matches!(code, Cancelled | Unknown | DeadlineExceeded | ResourceExhausted | Aborted | Internal | Unavailable)
}

fn reused() -> Fault {
    Fault::new(Code::AlreadyExists, "the idempotency key was used before with another input")
}
