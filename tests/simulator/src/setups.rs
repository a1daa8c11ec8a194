//! The worlds of the scenarios: ten replicas of eight workers, five clients, half a minute, a fault in half of it.

use std::time::Duration;

use wireloom_policy::intake::{self, Concurrency};
use wireloom_policy::retry::Repeat;
use wireloom_policy::{Policy, budget, ejection, fleet, retry};

use crate::replica::Fault;
use crate::world::{Change, Setup};

pub(crate) const REPLICAS: usize = 10;
pub(crate) const WORKERS: u32 = 8;
pub(crate) const CLIENTS: usize = 5;
/// The time of a run, and when the fault begins and ends.
pub(crate) const TIME: Duration = Duration::from_secs(30);
pub(crate) const FAULT: (u64, u64) = (8, 23);

/// The time an attempt has.
const ATTEMPT: Duration = Duration::from_secs(1);

/// Clients of operations that may be repeated, with a second for each attempt and three for the call; all else are the defaults
/// of the runtime.
pub(crate) fn ours(load: f64) -> Setup {
    Setup {
        replicas: REPLICAS,
        workers: WORKERS,
        clients: CLIENTS,
        load,
        time: TIME,
        policy: Policy { repeat: Repeat::Freely, deadline: 3 * ATTEMPT, attempt: Some(ATTEMPT), ..Policy::default() },
        budget: budget::Config::default(),
        fleet: fleet::Config::default(),
        intake: None,
        cancels: true,
        doubts: true,
        plan: Vec::new(),
    }
}

/// Clients with the defaults of the runtime and nothing else: half a minute for a call, and nothing is repeated that a server may
/// have seen.
pub(crate) fn plain(load: f64) -> Setup {
    Setup { policy: Policy::default(), ..ours(load) }
}

/// Clients that have a picker and a timeout, and nothing else.
pub(crate) fn bare(load: f64) -> Setup {
    let mut setup = ours(load);
    setup.policy = Policy { deadline: ATTEMPT, attempt: None, retry: None, throttle: None, ..setup.policy };
    setup.fleet.ejection = ejection::Config::off();
    setup
}

impl Setup {
    /// These replicas have a fault in the middle of the run.
    pub(crate) fn with_fault(self, replicas: std::ops::Range<usize>, fault: Fault) -> Setup {
        self.with_fault_during(FAULT, replicas, fault)
    }

    pub(crate) fn with_fault_during(
        mut self,
        (from, to): (u64, u64),
        replicas: std::ops::Range<usize>,
        fault: Fault,
    ) -> Setup {
        for replica in replicas {
            self.plan.push((Duration::from_secs(from), Change::Fault(replica, Some(fault))));
            self.plan.push((Duration::from_secs(to), Change::Fault(replica, None)));
        }
        self
    }

    /// Servers have a door.
    pub(crate) fn with_intake(mut self) -> Setup {
        let concurrency = Concurrency::Fixed(self.workers);
        self.intake = Some(intake::Config { concurrency, ..intake::Config::default() });
        self
    }

    /// Retries as others do them.
    pub(crate) fn with_retries(mut self, retries: u32, ratio: f64) -> Setup {
        self.policy.retry = Some(retry::Config { retries, ..retry::Config::default() });
        if ratio >= 1.0 {
            // As good as none.
            self.budget = budget::Config { ratio: 1.0, reserve: 1e6, bank: 1_000_000 };
        } else {
            self.budget.ratio = ratio;
        }
        self
    }
}
