//! Idempotency: one effect for one key, however often the call is repeated.
//!
//! A `keyed` call runs in a task of its own, so it ends even when its caller goes away, and whoever repeats it gets the
//! same outcome: while it runs by waiting for it, afterwards from the table. A failure that may pass (a code such as
//! `unavailable`) is forgotten, so that the repetition tries again. Each caller that is known has keys of its own.
//!
//! The table lives in memory, bounded in entries and in bytes; of an input it keeps a digest only. It knows what this process did.
//! What another replica did is known where all of them have an [`IdempotencyStore`]: a call is then performed by whichever replica
//! claims its key there, and everybody else waits for the outcome. A store that does not answer refuses keyed calls (`unavailable`): a
//! second effect is worse.

mod claims;
mod digest;
mod effect;
mod entries;
mod keyed;
#[cfg(feature = "nats")]
mod nats;
mod record;
mod replicated;
mod store;

use std::any::TypeId;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use self::claims::Claims;
use self::digest::{Digest, json_bytes};
pub(crate) use self::effect::Effect;
use self::entries::{Entries, EntryKey};
pub use self::keyed::Keyed;
#[cfg(feature = "nats")]
pub use self::nats::{NatsStore, NatsStoreOptions};
pub use self::store::{IdempotencyStore, Revision, StoreError, Stored};
use crate::context::Context;
use crate::fault::{Code, Fault, OperationFault};
use crate::operation::Operation;

/// Bounds of what is known of keyed calls.
#[derive(Clone, Copy, Debug)]
pub struct IdempotencyLimits {
    /// Calls that run and outcomes that are kept; beyond that the oldest outcomes are forgotten, and with none to forget a
    /// call is refused. 10,000 unless said otherwise.
    pub entries_max: usize,
    /// Bytes, as JSON, of the inputs of calls that run and of the outcomes that are kept; beyond that as beyond
    /// `entries_max`. 64 MiB unless said otherwise.
    pub bytes_max: usize,
    /// How long an outcome is kept, in memory and in a store. A day unless said otherwise.
    pub kept_for: Duration,
    /// How long a call in a store is left to a process that is not heard of any more; then it is performed again. Longer than callers
    /// repeat a call, and than a process may stand still. 30 seconds unless said otherwise; of no matter without a store.
    pub lease: Duration,
}

impl Default for IdempotencyLimits {
    fn default() -> IdempotencyLimits {
        IdempotencyLimits {
            entries_max: 10_000,
            bytes_max: 64 * 1024 * 1024,
            kept_for: Duration::from_secs(24 * 60 * 60),
            lease: Duration::from_secs(30),
        }
    }
}

/// Outcomes of keyed calls, by operation, caller and key.
#[derive(Debug)]
pub(crate) struct IdempotencyTable {
    limits: IdempotencyLimits,
    entries: Mutex<Entries>,
    /// The calls that run.
    tasks: TaskTracker,
    /// What other replicas know as well.
    claims: Option<Arc<Claims>>,
}

/// A call that runs or has run, and how it ended.
struct Running<O: Operation> {
    input: Digest,
    outcome: Outcome<O>,
}

/// What a call is known to have come to; nothing while it runs.
type Outcome<O> = watch::Receiver<Option<Result<<O as Operation>::Output, <O as Operation>::Fault>>>;

impl IdempotencyTable {
    pub(crate) fn new(limits: IdempotencyLimits, store: Option<Arc<dyn IdempotencyStore>>) -> IdempotencyTable {
        let claims = store.map(|store| Arc::new(Claims::new(store, &limits)));
        IdempotencyTable { limits, entries: Mutex::default(), tasks: TaskTracker::new(), claims }
    }

    /// Performs a keyed call, or gives the outcome of the same call before it.
    pub(crate) async fn perform<O, W>(
        self: &Arc<Self>,
        cx: &Context,
        keyed: Keyed<O>,
        key: String,
        input: O::Input,
        work: impl FnOnce(Context, O::Input) -> W,
    ) -> Result<O::Output, O::Fault>
    where
        O: Operation,
        W: Future<Output = Result<O::Output, O::Fault>> + Send + 'static,
    {
        let caller = cx.principal().map(|principal| Arc::clone(principal.key()));
        let key = EntryKey { operation: TypeId::of::<O>(), caller, key: key.into() };
        let (digest, bytes) = keyed.digest(&input).map_err(Fault::internal)?;
        let (report, outcome) = watch::channel(None);
        let running = Arc::new(Running::<O> { input: digest, outcome });
        let found = self.lock().find_or_start(&key, running.clone(), bytes, &self.limits, Instant::now());
        drop(found.forgotten);
        let before = found.before.map_err(|_| full())?.and_then(|before| before.downcast::<Running<O>>().ok());
        let mut outcome = match before {
            Some(before) if before.input != digest => return Err(reused().into()),
            Some(before) => before.outcome.clone(),
            None => {
                let work = work(cx.clone().with_effect(key.effect(O::FACTS, &digest)), input);
                let deadline = cx.deadline();
                // Forgets the entry if the handler panics, so that a repetition is not stuck with nothing.
                let mut ending = Ending { table: Arc::clone(self), key: Some(key.clone()) };
                let run = async move {
                    let ended = match &ending.table.claims {
                        None => Ended::of(work.await),
                        // Boxed, so that a call without a store has no room for it.
                        Some(claims) => {
                            Box::pin(replicated::perform(claims, keyed, &key, &digest, deadline, work)).await
                        }
                    };
                    if ended.is_final {
                        ending.keep(keyed, &ended.outcome);
                    }
                    drop(ending);
                    report.send_replace(Some(ended.outcome));
                };
                self.tasks.spawn(run.instrument(tracing::Span::current()));
                running.outcome.clone()
            }
        };
        let ended = outcome.wait_for(Option::is_some).await;
        match ended.ok().and_then(|outcome| outcome.clone()) {
            Some(outcome) => outcome,
            None => Err(Fault::new(Code::Internal, "internal error").into()),
        }
    }

    /// Ready when no call runs any more, be it awaited or not; for the time when no new ones come.
    pub(crate) async fn all_ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        // No code that can panic runs under the lock.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a call has ended.
struct Ended<O: Operation> {
    outcome: Result<O::Output, O::Fault>,
    /// Whether a repetition gets the same; otherwise it is a call of its own.
    is_final: bool,
}

impl<O: Operation> Ended<O> {
    /// The end of a call that was performed.
    fn of(outcome: Result<O::Output, O::Fault>) -> Ended<O> {
        let is_final = !matches!(&outcome, Err(fault) if may_pass(fault.to_fault().code()));
        Ended { outcome, is_final }
    }

    /// The end of a call that was not.
    fn refused(fault: Fault) -> Ended<O> {
        Ended { outcome: Err(fault.into()), is_final: false }
    }
}

/// Files an ended call: forgotten unless it is kept, also after a panic.
struct Ending {
    table: Arc<IdempotencyTable>,
    key: Option<EntryKey>,
}

impl Ending {
    fn keep<O: Operation>(&mut self, keyed: Keyed<O>, outcome: &Result<O::Output, O::Fault>) {
        let bytes = match outcome {
            Ok(answer) => keyed.bytes(answer),
            Err(fault) => {
                let fault = fault.to_fault();
                fault.message().len() + fault.fields().map_or(0, |fields| json_bytes(&*fields))
            }
        };
        if let Some(key) = self.key.take() {
            let forgotten = self.table.lock().ended(key, bytes, &self.table.limits, Instant::now());
            drop(forgotten);
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            let forgotten = self.table.lock().forget(&key);
            drop(forgotten);
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

fn full() -> Fault {
    Fault::new(Code::ResourceExhausted, "too many calls with an idempotency key are running")
}
