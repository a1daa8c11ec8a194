//! An operation that a channel calls, with its policy at work.

use std::sync::Arc;

use crate::endpoint::Endpoint;
use crate::facts::OperationFacts;
use crate::metrics::ClientCalls;
use crate::policy::balance::{Choice, P2c, Picker, Rendezvous, RoundRobin};
use crate::policy::budget::{self, Budget};
use crate::policy::settings::Balance;
use crate::policy::{self, AtWork, ByOperation, Policies, Rng, Settings};

/// The operations of a channel. Their retries are paid out of one budget, where an operation has none of its own.
pub(super) type Methods = ByOperation<Method>;

pub(super) fn methods(policies: Policies) -> Methods {
    let budget = Budget::new(&budget::Config::default()).expect("the default configuration is right");
    ByOperation::new(policies, Arc::new(budget))
}

/// An operation with its policy at work.
pub(super) struct Method {
    op: &'static OperationFacts,
    settings: Settings,
    policies: policy::Method,
    picker: Balancing,
    calls: &'static ClientCalls,
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

    /// What is counted of its calls.
    pub(super) fn calls(&self) -> &'static ClientCalls {
        self.calls
    }

    fn with(
        op: &'static OperationFacts,
        settings: Settings,
        policies: Result<policy::Method, policy::Invalid>,
    ) -> Method {
        let policies = policies.expect("settings are checked before they hold");
        let picker = Balancing::new(settings.balance.unwrap_or_default());
        Method { op, settings, policies, picker, calls: ClientCalls::of(op) }
    }
}

impl AtWork for Method {
    type Shared = Arc<Budget>;

    fn new(op: &'static OperationFacts, settings: Settings, shared: &Arc<Budget>) -> Method {
        let budget = settings.budget().map_or_else(|| Arc::clone(shared), own_budget);
        Method::with(op, settings, policy::Method::new(settings.client(op.repeat()), budget))
    }

    fn renewed(&self, settings: Settings, shared: &Arc<Budget>) -> Method {
        let budget = match settings.budget() {
            None => Arc::clone(shared),
            Some(own) if self.settings.budget() == Some(own) => Arc::clone(self.policies.budget()),
            Some(own) => own_budget(own),
        };
        Method::with(self.op, settings, self.policies.under(settings.client(self.op.repeat()), budget))
    }

    fn op(&self) -> &'static OperationFacts {
        self.op
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }
}

fn own_budget(config: budget::Config) -> Arc<Budget> {
    Arc::new(Budget::new(&config).expect("settings are checked before they hold"))
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
