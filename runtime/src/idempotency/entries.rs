//! What the idempotency table holds, and what it forgets; knows no types and no time of its own.
//!
//! Whatever is taken out is handed back, so that it is dropped when the table's lock is given up.

use std::any::{Any, TypeId};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;

use super::IdempotencyLimits;
use super::digest::Digest;
use super::effect::Effect;
use crate::facts::OperationFacts;

/// What a call is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct EntryKey {
    pub(super) operation: TypeId,
    /// The key of who calls, where it is known: what somebody else has asked for is nobody's answer.
    pub(super) caller: Option<Arc<str>>,
    pub(super) key: Arc<str>,
}

impl EntryKey {
    /// What a call of the operation, known by this and with that input, is to do once.
    pub(super) fn effect(&self, op: &OperationFacts, input: &Digest) -> Effect {
        // Nobody is another than somebody without a name.
        let who = if self.caller.is_some() { "known" } else { "unknown" };
        let parts = [op.package, op.service, op.name, who, self.caller.as_deref().unwrap_or_default(), &self.key];
        // A call that has failed leaves its key to another input, and that is another effect.
        Effect::of(parts.map(str::as_bytes).into_iter().chain([input.as_slice()]))
    }

    fn bytes(&self) -> usize {
        self.key.len() + self.caller.as_ref().map_or(0, |caller| caller.len())
    }
}

/// A `Running<O>` of the operation that the key names.
pub(super) type AnyRunning = Arc<dyn Any + Send + Sync>;

#[derive(Debug, Default)]
pub(super) struct Entries {
    by_key: HashMap<EntryKey, Entry>,
    /// The keys of ended entries, the oldest first.
    ended: VecDeque<(Instant, EntryKey)>,
    /// What all entries are counted with.
    bytes: usize,
}

#[derive(Debug)]
pub(super) struct Entry {
    running: AnyRunning,
    /// What the entry is counted with: its input while it runs, then its outcome, and its key.
    bytes: usize,
}

/// No room for another call.
pub(super) struct Full;

pub(super) struct Found {
    /// The call of that key before this one; `None` when this one is the first and was put in.
    pub(super) before: Result<Option<AnyRunning>, Full>,
    pub(super) forgotten: Vec<Entry>,
}

impl Entries {
    /// Finds the call with that key, or puts one in whose input is so long.
    pub(super) fn find_or_start(
        &mut self,
        key: &EntryKey,
        running: AnyRunning,
        input_bytes: usize,
        limits: &IdempotencyLimits,
        now: Instant,
    ) -> Found {
        let mut forgotten = Vec::new();
        self.forget_aged(limits, now, &mut forgotten);
        if let Some(before) = self.by_key.get(key) {
            return Found { before: Ok(Some(Arc::clone(&before.running))), forgotten };
        }
        let bytes = input_bytes + key.bytes();
        while self.by_key.len() >= limits.entries_max || self.bytes.saturating_add(bytes) > limits.bytes_max {
            let Some(entry) = self.forget_oldest() else { return Found { before: Err(Full), forgotten } };
            forgotten.push(entry);
        }
        self.bytes += bytes;
        self.by_key.insert(key.clone(), Entry { running, bytes });
        Found { before: Ok(None), forgotten }
    }

    /// Keeps a call that has ended with an outcome that is so long, at the cost of older ones.
    pub(super) fn ended(
        &mut self,
        key: EntryKey,
        outcome_bytes: usize,
        limits: &IdempotencyLimits,
        now: Instant,
    ) -> Vec<Entry> {
        let mut forgotten = Vec::new();
        let Some(entry) = self.by_key.get_mut(&key) else { return forgotten };
        let bytes = outcome_bytes + key.bytes();
        self.bytes = self.bytes - entry.bytes + bytes;
        entry.bytes = bytes;
        self.forget_aged(limits, now, &mut forgotten);
        while self.bytes > limits.bytes_max
            && let Some(entry) = self.forget_oldest()
        {
            forgotten.push(entry);
        }
        // Put behind the others only now: the newest outcome is kept, be it as long as it may.
        self.ended.push_back((now, key));
        forgotten
    }

    /// Forgets a call.
    pub(super) fn forget(&mut self, key: &EntryKey) -> Option<Entry> {
        let entry = self.by_key.remove(key)?;
        self.bytes -= entry.bytes;
        Some(entry)
    }

    fn forget_aged(&mut self, limits: &IdempotencyLimits, now: Instant, forgotten: &mut Vec<Entry>) {
        while let Some((ended, _)) = self.ended.front()
            && now.saturating_duration_since(*ended) >= limits.kept_for
        {
            forgotten.extend(self.forget_oldest());
        }
    }

    /// Forgets the oldest outcome; `None` when only running calls are left.
    fn forget_oldest(&mut self) -> Option<Entry> {
        let (_, key) = self.ended.pop_front()?;
        self.forget(&key)
    }
}
