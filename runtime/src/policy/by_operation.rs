//! What calls of an operation share, found by its facts, and made anew where its settings change.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::{Policies, Stay};
use crate::facts::OperationFacts;
use crate::policy::Settings;

/// What is made of an operation's settings.
pub(crate) trait AtWork: Sized {
    /// What several of them share.
    type Shared;

    fn new(op: &'static OperationFacts, settings: Settings, shared: &Self::Shared) -> Self;

    /// The same operation under other settings; keeps what they do not touch.
    fn renewed(&self, settings: Settings, shared: &Self::Shared) -> Self;

    fn op(&self) -> &'static OperationFacts;

    fn settings(&self) -> &Settings;
}

/// The operations that were called, each made when it first is.
pub(crate) struct ByOperation<M: AtWork> {
    known: ArcSwap<Known<M>>,
    /// Held while one is added. They are under the policies as long as this lives.
    stays: Mutex<Vec<Stay>>,
    policies: Policies,
    shared: M::Shared,
}

/// By the address of their facts. The same facts may have several, so equal ones share what is made of them.
struct Known<M> {
    generation: u64,
    all: HashMap<usize, Arc<M>, BuildHasherDefault<Address>>,
}

impl<M: AtWork> ByOperation<M> {
    pub(crate) fn new(policies: Policies, shared: M::Shared) -> ByOperation<M> {
        let known = Known { generation: policies.generation(), all: HashMap::default() };
        ByOperation { known: ArcSwap::from_pointee(known), stays: Mutex::default(), policies, shared }
    }

    /// What calls of an operation share.
    pub(crate) fn of(&self, op: &'static OperationFacts) -> Arc<M> {
        let known = self.known.load();
        match known.all.get(&std::ptr::from_ref(op).addr()) {
            Some(it) if known.generation == self.policies.generation() => Arc::clone(it),
            _ => self.add(op),
        }
    }

    /// Those that are at work now.
    pub(crate) fn all(&self) -> Vec<Arc<M>> {
        let mut all: Vec<Arc<M>> = self.known.load().all.values().map(Arc::clone).collect();
        all.sort_by_key(|it| Arc::as_ptr(it).addr());
        all.dedup_by(|one, other| Arc::ptr_eq(one, other));
        all
    }

    /// The newest settings that are known.
    pub(crate) fn generation(&self) -> u64 {
        self.policies.generation()
    }

    fn add(&self, op: &'static OperationFacts) -> Arc<M> {
        let mut stays = self.stays.lock().unwrap_or_else(PoisonError::into_inner);
        // Before the settings are read: what changes meanwhile is seen by the next call.
        let generation = self.policies.generation();
        let known = self.known.load();
        let mut all = known.all.clone();
        if known.generation != generation {
            self.renew(&mut all);
        }
        if !all.contains_key(&std::ptr::from_ref(op).addr()) {
            stays.push(self.policies.meet_operation(op));
        }
        let same = all.values().find(|it| it.op().is_same(op)).map(Arc::clone);
        let it = same.unwrap_or_else(|| Arc::new(M::new(op, self.policies.settings(op), &self.shared)));
        all.insert(std::ptr::from_ref(op).addr(), Arc::clone(&it));
        self.known.store(Arc::new(Known { generation, all }));
        it
    }

    /// Puts all under the settings that hold now.
    fn renew(&self, all: &mut HashMap<usize, Arc<M>, BuildHasherDefault<Address>>) {
        let mut renewed: Vec<Arc<M>> = Vec::new();
        #[expect(clippy::iter_over_hash_type, reason = "each is renewed by itself")]
        for it in all.values_mut() {
            let known = renewed.iter().find(|other| other.op().is_same(it.op())).map(Arc::clone);
            *it = known.unwrap_or_else(|| {
                let settings = self.policies.settings(it.op());
                let same = settings == *it.settings();
                let next = if same { Arc::clone(it) } else { Arc::new(it.renewed(settings, &self.shared)) };
                renewed.push(Arc::clone(&next));
                next
            });
        }
    }
}

/// A hash for addresses of statics: nobody chooses them, and they differ in their middle bits.
#[derive(Default)]
pub(crate) struct Address(u64);

impl Hasher for Address {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_usize(byte.into()));
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0 ^ address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}
