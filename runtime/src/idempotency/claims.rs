//! Keyed calls over a store: who performs one, for how long it is his, and what everybody else is told.
//!
//! Whoever writes the first record of a key performs the call. The record lasts for a lease and is written anew while the call runs;
//! its outcome takes its place. A process that dies leaves its record to the end of its lease, then the call is performed again:
//! whether it had its effect nobody knows. Everything a process writes bears its name, so it knows what it has written although it
//! did not hear of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Mutex;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use super::record::{Likeness, Record, State};
use super::store::{IdempotencyStore, Revision, StoreError};
use super::{IdempotencyLimits, reused};
use crate::fault::{Code, Fault};

/// The first wait for a call that runs elsewhere; each further one is twice as long.
const WAIT_MIN: Duration = Duration::from_millis(10);

/// The longest wait between two looks, and two tries.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// No lease is shorter, for it is written anew three times.
const LEASE_MIN: Duration = Duration::from_millis(100);

/// How often what stands in the store is looked at before a change, where writes of this process that were given up come between.
const LOOKS_MAX: usize = 4;

/// No time is longer than ten years or so.
const TIME_MAX: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// A store, and the name of this process in it.
#[derive(Debug)]
pub(super) struct Claims {
    store: Arc<dyn IdempotencyStore>,
    me: String,
    lease: Duration,
    kept_for: Duration,
}

/// What is known of a call that somebody wants to perform.
pub(super) enum Claimed {
    /// It is his to perform.
    Mine(Claim),
    /// It has ended before.
    Ended(State),
}

/// A call that this process performs.
#[derive(Debug)]
pub(super) struct Claim {
    name: String,
    record: Record,
    revision: Revision,
}

impl Claims {
    pub(super) fn new(store: Arc<dyn IdempotencyStore>, limits: &IdempotencyLimits) -> Claims {
        let me = uuid::Uuid::new_v4().simple().to_string();
        let IdempotencyLimits { lease, kept_for, .. } = *limits;
        Claims { store, me, lease: lease.clamp(LEASE_MIN, TIME_MAX), kept_for: kept_for.clamp(LEASE_MIN, TIME_MAX) }
    }

    /// Takes a call, or waits, no longer than for this time, until whoever performs it has ended.
    pub(super) async fn claim(
        &self,
        name: String,
        (input, shape): (&super::Digest, Option<u64>),
        until: Option<Instant>,
    ) -> Result<Claimed, Fault> {
        let record = Record::new(input, shape, State::Running(self.me.clone()));
        let mut wait = WAIT_MIN;
        loop {
            if let Some(revision) = self.write(&name, None, &record, self.lease).await.map_err(unknown)? {
                return Ok(Claimed::Mine(Claim { name, record, revision }));
            }
            if let Some((revision, found)) = self.read(&name).await.map_err(unknown)? {
                let likeness = found.likeness(&record);
                if likeness == Likeness::Other {
                    return Err(reused());
                }
                match found.state {
                    // Written before by this process, which did not hear of it: there is one call of a key in a process.
                    State::Running(by) if by == self.me => {
                        let mut claim = Claim { name: name.clone(), record: record.clone(), revision };
                        if self.replace(&mut claim, &record, self.lease).await.map_err(unknown)? {
                            return Ok(Claimed::Mine(claim));
                        }
                    }
                    State::Running(_) => {}
                    ended => {
                        if likeness == Likeness::Incomparable {
                            tracing::info!(
                                key = name,
                                "a call is taken for a repetition by its key alone: it was made before this version's input"
                            );
                        }
                        return Ok(Claimed::Ended(ended));
                    }
                }
            }
            if until.is_some_and(|until| Instant::now() + wait > until) {
                return Err(elsewhere());
            }
            sleep(wait).await;
            wait = (wait * 2).min(WAIT_MAX);
        }
    }

    /// Performs a call that is this process's, and keeps it so meanwhile.
    pub(super) async fn hold<T>(self: &Arc<Self>, claim: Claim, work: impl Future<Output = T>) -> (Claim, T) {
        let held = Arc::new(Mutex::new(claim));
        // In a task of its own: a handler that blocks its thread would keep itself from being renewed.
        let renewing = AbortOnDropHandle::new(tokio::spawn(Arc::clone(self).renewing(Arc::clone(&held))));
        // That has begun once this is polled again; what a worker is to do next goes to no other while it is blocked.
        yield_now().await;
        let ended = work.await;
        // What is on its way ends first, and no further one begins: behind a write that nobody has heard of, the next would be too late.
        let renewed = held.lock().await;
        renewing.abort();
        // Cancelled, which is no news.
        let _ = renewing.await;
        drop(renewed);
        let claim = Arc::into_inner(held).expect("who renews it has ended");
        (claim.into_inner(), ended)
    }

    /// Writes a claim anew three times a lease, until it is taken.
    async fn renewing(self: Arc<Self>, held: Arc<Mutex<Claim>>) {
        let mut wait = self.lease / 3;
        loop {
            sleep(wait).await;
            wait = self.lease / 3;
            let mut claim = held.lock().await;
            let running = claim.record.clone();
            match self.replace(&mut claim, &running, self.lease).await {
                Ok(true) => {}
                Ok(false) => {
                    let key = claim.name.as_str();
                    tracing::error!(key, "a call was taken from this process, and may be performed twice");
                    return;
                }
                Err(error) => {
                    tracing::warn!(key = claim.name, %error, "the lease of a call could not be renewed yet");
                    wait = wait.min(WAIT_MAX);
                }
            }
        }
    }

    /// Says how a call has ended. A store that does not answer is asked again, for a lease longer.
    pub(super) async fn finish(&self, mut claim: Claim, state: State) {
        let record = claim.record.with_state(state);
        let (until, mut wait) = (Instant::now() + self.lease, WAIT_MIN);
        loop {
            match self.replace(&mut claim, &record, self.kept_for).await {
                Ok(true) => return,
                Ok(false) => {
                    tracing::error!(key = claim.name, "a call was taken from this process, and may be performed twice");
                    return;
                }
                Err(error) if Instant::now() + wait < until => {
                    tracing::warn!(key = claim.name, %error, "the outcome of a call could not be stored yet");
                }
                Err(error) => {
                    tracing::error!(key = claim.name, %error, "the outcome of a call is not stored, and it may be performed again");
                    return;
                }
            }
            sleep(wait).await;
            wait = (wait * 2).min(WAIT_MAX);
        }
    }

    /// Leaves a call to whoever wants it next.
    pub(super) async fn release(&self, claim: Claim) {
        let released = async {
            for _ in 0..LOOKS_MAX {
                match self.read(&claim.name).await? {
                    // Not as it was seen last: what was written then may have gone through unheard, and may yet.
                    Some((revision, found)) if self.is_mine(&found) => {
                        self.in_time(async { self.store.remove(&claim.name, revision).await }).await?;
                    }
                    _ => return Ok(()),
                }
            }
            Err(unsettled())
        };
        if let Err(error) = released.await {
            tracing::warn!(key = claim.name, %error, "a call that failed is not given back, and waits for the end of its lease");
        }
    }

    /// Writes in the place of a claim, also where an earlier write went through unheard, and where the lease is over and nobody has
    /// taken the call since; `false` where it is somebody else's.
    async fn replace(&self, claim: &mut Claim, record: &Record, kept_for: Duration) -> Result<bool, StoreError> {
        let mut seen = Some(claim.revision);
        for _ in 0..LOOKS_MAX {
            if let Some(revision) = self.write(&claim.name, seen, record, kept_for).await? {
                claim.revision = revision;
                return Ok(true);
            }
            seen = match self.read(&claim.name).await? {
                None => None,
                Some((revision, found)) if self.is_mine(&found) => Some(revision),
                // An outcome that was written before, unheard, stands there already.
                Some((_, found)) => return Ok(found.to_bytes(usize::MAX) == record.to_bytes(usize::MAX)),
            };
        }
        Err(unsettled())
    }

    /// Whether a record says that this process performs the call.
    fn is_mine(&self, record: &Record) -> bool {
        matches!(&record.state, State::Running(by) if *by == self.me)
    }

    /// What a store answers, in time: a lease must not end meanwhile. One that panics has not answered.
    async fn in_time<T>(&self, asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let late = |_| StoreError::new("the store did not answer in time");
        let answered = tokio::time::timeout(self.lease / 3, AssertUnwindSafe(asked).catch_unwind()).await;
        answered.map_err(late)?.unwrap_or_else(|_| Err(StoreError::new("the store panicked")))
    }

    async fn write(
        &self,
        name: &str,
        seen: Option<Revision>,
        record: &Record,
        kept_for: Duration,
    ) -> Result<Option<Revision>, StoreError> {
        let written = async {
            let bytes_max = self.store.value_bytes_max();
            let value = record.to_bytes(bytes_max).or_else(|| record.with_state(State::TooLong).to_bytes(bytes_max));
            let value = value.ok_or_else(|| StoreError::new(format!("the store takes {bytes_max} bytes only")))?;
            self.store.write(name, seen, value, kept_for).await
        };
        self.in_time(written).await
    }

    async fn read(&self, name: &str) -> Result<Option<(Revision, Record)>, StoreError> {
        let Some(stored) = self.in_time(async { self.store.read(name).await }).await? else { return Ok(None) };
        let record = Record::read(&stored.value);
        let record = record.map_err(|error| StoreError::new("what stands there is no record").with_source(error))?;
        Ok(Some((stored.revision, record)))
    }
}

/// Without the store nobody knows whether the call was performed: it is not.
fn unknown(error: StoreError) -> Fault {
    tracing::warn!(%error, "keyed calls are refused: their store does not answer");
    Fault::new(Code::Unavailable, "whether the call was made before cannot be found out now").with_source(error)
}

/// Each look found another record of this process.
fn unsettled() -> StoreError {
    StoreError::new("what was written before still changes the record")
}

fn elsewhere() -> Fault {
    Fault::new(Code::Unavailable, "the call with this idempotency key is still running")
        .with_retry_after(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bytes::Bytes;
    use futures_util::future::BoxFuture;
    use serde_json::value::to_raw_value;
    use tokio::time::timeout;

    use super::*;
    use crate::idempotency::store::Stored;

    const LEASE: Duration = Duration::from_secs(1);

    /// How long the store takes to write.
    const SHORT: Duration = Duration::from_millis(20);

    /// So long that nobody waits for it.
    const LATE: Duration = Duration::from_millis(1_000 / 3 + 10);

    /// One register. It refuses at once what is out of date; the rest is written by a task of its own, a while later, be it awaited or not.
    #[derive(Debug, Default)]
    struct Register {
        written: Arc<Mutex<Written>>,
        /// How long the first writes take; further ones are short.
        take: Vec<Duration>,
        /// The number of the write at which it panics.
        panics: Option<usize>,
    }

    #[derive(Debug, Default)]
    struct Written {
        stored: Option<Stored>,
        begun: usize,
    }

    impl Written {
        fn is(&self, seen: Option<Revision>) -> bool {
            self.stored.as_ref().map(|stored| stored.revision) == seen
        }
    }

    impl Register {
        fn begun(&self) -> usize {
            self.written.lock().unwrap().begun
        }

        fn stored(&self) -> Option<Record> {
            self.written.lock().unwrap().stored.as_ref().map(|stored| Record::read(&stored.value).unwrap())
        }

        /// Puts that in the place of what was seen, later; `false` if that is not there any more.
        async fn put(&self, seen: Option<Revision>, stored: Option<Stored>, takes: Duration) -> bool {
            let written = Arc::clone(&self.written);
            let putting = tokio::spawn(async move {
                sleep(takes).await;
                let mut written = written.lock().unwrap();
                let is_there = written.is(seen);
                if is_there {
                    written.stored = stored;
                }
                is_there
            });
            putting.await.unwrap()
        }
    }

    impl IdempotencyStore for Register {
        fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Stored>, StoreError>> {
            Box::pin(async { Ok(self.written.lock().unwrap().stored.clone()) })
        }

        fn write<'a>(
            &'a self,
            _: &'a str,
            seen: Option<Revision>,
            value: Bytes,
            _: Duration,
        ) -> BoxFuture<'a, Result<Option<Revision>, StoreError>> {
            let number = {
                let mut written = self.written.lock().unwrap();
                if !written.is(seen) {
                    return Box::pin(async { Ok(None) });
                }
                written.begun += 1;
                written.begun
            };
            assert!(self.panics != Some(number), "the store panics");
            let takes = self.take.get(number - 1).copied().unwrap_or(SHORT);
            let revision = Revision(number as u64);
            Box::pin(
                async move { Ok(self.put(seen, Some(Stored { revision, value }), takes).await.then_some(revision)) },
            )
        }

        fn remove<'a>(&'a self, _: &'a str, seen: Revision) -> BoxFuture<'a, Result<(), StoreError>> {
            Box::pin(async move {
                self.put(Some(seen), None, SHORT).await;
                Ok(())
            })
        }
    }

    /// A call that ends as soon as so many writes have begun.
    async fn held(store: Register, writes: usize) -> (Arc<Register>, Arc<Claims>, Claim) {
        let store = Arc::new(store);
        let limits = IdempotencyLimits { lease: LEASE, ..IdempotencyLimits::default() };
        let claims = Arc::new(Claims::new(Arc::clone(&store) as _, &limits));
        let claimed = claims.claim("k".into(), (&[7; 32], None), None).await;
        let Ok(Claimed::Mine(claim)) = claimed else { panic!("nobody else wants it") };
        let begun = async {
            while store.begun() < writes {
                sleep(Duration::from_millis(1)).await;
            }
        };
        let (claim, ended) = claims.hold(claim, timeout(10 * LEASE, begun)).await;
        ended.expect("it is renewed");
        (store, claims, claim)
    }

    /// A call that ends while it is renewed. The renewal before is stored, unheard, so that this one is written at its second try.
    async fn ended_while_renewed(takes: Duration) -> (Arc<Register>, Arc<Claims>, Claim) {
        held(Register { take: vec![SHORT, LATE, takes], ..Register::default() }, 3).await
    }

    fn answered() -> State {
        State::Answered(to_raw_value(&7).unwrap())
    }

    fn is_answered(store: &Register) -> bool {
        matches!(store.stored(), Some(Record { state: State::Answered(_), .. }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_on_its_way_ends_before_the_call_does() {
        let (_, _, claim) = ended_while_renewed(SHORT).await;
        assert_eq!(claim.revision, Revision(3));
    }

    #[tokio::test(start_paused = true)]
    async fn an_outcome_is_stored_behind_a_renewal_on_its_way() {
        for takes in [SHORT, LATE] {
            let (store, claims, claim) = ended_while_renewed(takes).await;
            claims.finish(claim, answered()).await;
            assert!(is_answered(&store), "{takes:?}: {store:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_given_back_behind_a_renewal_on_its_way() {
        for takes in [SHORT, LATE] {
            let (store, claims, claim) = ended_while_renewed(takes).await;
            claims.release(claim).await;
            assert!(store.stored().is_none(), "{takes:?}: {store:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_panics_is_asked_again() {
        // At a renewal, then at the outcome.
        for (panics, writes) in [(2, 3), (2, 1)] {
            let (store, claims, claim) = held(Register { panics: Some(panics), ..Register::default() }, writes).await;
            claims.finish(claim, answered()).await;
            assert!(is_answered(&store), "{store:?}");
        }
    }
}
