//! The operations that a channel calls: each with its policy at work.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::endpoint::Endpoint;
use crate::facts::OperationFacts;
use crate::policy::balance::{Choice, P2c, Picker, Rendezvous, RoundRobin};
use crate::policy::budget::{self, Budget};
use crate::policy::settings::Balance;
use crate::policy::{self, Policies, Rng, Settings};

/// The operations that were called, made when they first are.
pub(super) struct Methods {
    known: ArcSwap<Known>,
    /// Held while an operation is added.
    adding: Mutex<()>,
    policies: Policies,
    /// Of all operations that have none of their own.
    budget: Arc<Budget>,
}

/// By the address of their facts. The same facts may have several, so equal ones share a method.
#[derive(Default)]
struct Known {
    generation: u64,
    methods: HashMap<usize, Arc<Method>, BuildHasherDefault<Address>>,
}

/// An operation with its policy at work.
pub(super) struct Method {
    op: &'static OperationFacts,
    settings: Settings,
    policies: policy::Method,
    picker: Balancing,
}

impl Methods {
    pub(super) fn new(policies: Policies) -> Methods {
        let budget = Budget::new(&budget::Config::default()).expect("the default configuration is right");
        Methods { known: ArcSwap::default(), adding: Mutex::default(), policies, budget: Arc::new(budget) }
    }

    /// The method of an operation.
    pub(super) fn of(&self, op: &'static OperationFacts) -> Arc<Method> {
        let known = self.known.load();
        match known.methods.get(&std::ptr::from_ref(op).addr()) {
            Some(method) if known.generation == self.policies.generation() => Arc::clone(method),
            _ => self.add(op),
        }
    }

    /// What holds for an operation.
    pub(super) fn settings(&self, op: &'static OperationFacts) -> Settings {
        self.of(op).settings
    }

    fn add(&self, op: &'static OperationFacts) -> Arc<Method> {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let (generation, known) = (self.policies.generation(), self.known.load());
        // Other settings hold: what is known goes on under them.
        let mut next = if known.generation == generation {
            Known { generation, methods: known.methods.clone() }
        } else {
            let mut renewed: Vec<Arc<Method>> = Vec::new();
            let methods = known.methods.iter().map(|(&address, before)| {
                let same = renewed.iter().find(|it| it.op.is_same(before.op)).map(Arc::clone);
                let method = same.unwrap_or_else(|| self.renew(before));
                renewed.push(Arc::clone(&method));
                (address, method)
            });
            Known { generation, methods: methods.collect() }
        };
        let same = next.methods.values().find(|method| method.op.is_same(op)).map(Arc::clone);
        let method = same.unwrap_or_else(|| Arc::new(self.make(op)));
        next.methods.insert(std::ptr::from_ref(op).addr(), Arc::clone(&method));
        self.known.store(Arc::new(next));
        method
    }

    fn make(&self, op: &'static OperationFacts) -> Method {
        let settings = self.policies.settings(op);
        let policies = policy::Method::new(settings.client(op.repeat()), self.budget(&settings, None));
        let policies = policies.expect("settings are checked before they hold");
        Method { op, settings, policies, picker: Balancing::new(settings.balance.unwrap_or_default()) }
    }

    /// The method under the settings that hold now; the same where they are the same.
    fn renew(&self, before: &Arc<Method>) -> Arc<Method> {
        let settings = self.policies.settings(before.op);
        if settings == before.settings {
            return Arc::clone(before);
        }
        let budget = self.budget(&settings, Some(before));
        let policies = before.policies.under(settings.client(before.op.repeat()), budget);
        let policies = policies.expect("settings are checked before they hold");
        let picker = Balancing::new(settings.balance.unwrap_or_default());
        Arc::new(Method { op: before.op, settings, policies, picker })
    }

    /// The budget of retries: the channel's, or one of the operation's own, which it keeps.
    fn budget(&self, settings: &Settings, before: Option<&Method>) -> Arc<Budget> {
        let Some(own) = settings.budget() else { return Arc::clone(&self.budget) };
        match before {
            Some(before) if before.settings.budget() == Some(own) => Arc::clone(before.policies.budget()),
            _ => Arc::new(Budget::new(&own).expect("settings are checked before they hold")),
        }
    }
}

impl Method {
    /// Its policy at work.
    pub(super) fn policies(&self) -> &policy::Method {
        &self.policies
    }

    /// What spreads its calls.
    pub(super) fn picker(&self) -> &Balancing {
        &self.picker
    }
}

/// What spreads the calls of an operation over endpoints.
pub(super) enum Balancing {
    P2c(P2c),
    RoundRobin(RoundRobin),
    Rendezvous(Rendezvous),
}

impl Balancing {
    fn new(balance: Balance) -> Balancing {
        match balance {
            Balance::P2c => Balancing::P2c(P2c::default()),
            Balance::RoundRobin => Balancing::RoundRobin(RoundRobin::starting_at(0)),
            Balance::Hash => Balancing::Rendezvous(Rendezvous::default()),
        }
    }
}

impl Picker<Endpoint> for Balancing {
    fn pick(&self, choice: &Choice<'_, Endpoint>, rng: &mut Rng) -> Option<usize> {
        match self {
            Balancing::P2c(it) => it.pick(choice, rng),
            Balancing::RoundRobin(it) => it.pick(choice, rng),
            Balancing::Rendezvous(it) => it.pick(choice, rng),
        }
    }
}

/// A hash for addresses of statics: nobody else chooses them, and they differ in their middle bits.
#[derive(Default)]
struct Address(u64);

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
