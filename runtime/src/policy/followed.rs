//! How it stands with what is followed: whether it holds, and how often it did not.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::policies::Inner;
use crate::metrics::{Observe, Samples};

/// Why what was read does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It cannot be read, or cannot be whatever contracts say.
    Text,
    /// It names an operation that its service has not.
    Name,
    /// It contradicts a contract.
    Contract,
}

impl Refusal {
    pub(crate) const ALL: [Refusal; 3] = [Refusal::Text, Refusal::Name, Refusal::Contract];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Refusal::Text => "text",
            Refusal::Name => "name",
            Refusal::Contract => "contract",
        }
    }
}

/// The state of what is followed.
#[derive(Debug, Default)]
pub(in crate::policy) struct State {
    is_followed: AtomicBool,
    /// What it says now does not hold, but what it said before.
    is_refused: AtomicBool,
    refusals: [AtomicU64; Refusal::ALL.len()],
}

impl State {
    pub(super) fn begun(&self) {
        self.is_followed.store(true, Ordering::Relaxed);
    }

    /// What it says now holds.
    pub(super) fn accepted(&self) {
        self.is_refused.store(false, Ordering::Relaxed);
    }

    /// What it says now does not hold.
    pub(super) fn held_back(&self, why: Refusal) {
        self.is_refused.store(true, Ordering::Relaxed);
        self.refused(why);
    }

    /// Something of it does not hold.
    pub(super) fn refused(&self, why: Refusal) {
        self.refusals[why as usize].fetch_add(1, Ordering::Relaxed);
    }
}

impl Observe for Inner {
    fn observe(&self, samples: &mut Samples) {
        let state = &self.followed;
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        if is(&state.is_followed) {
            samples.policy_file(is(&state.is_refused));
        }
        for why in Refusal::ALL {
            samples.policy_refusals(why.as_str(), state.refusals[why as usize].load(Ordering::Relaxed));
        }
    }
}
