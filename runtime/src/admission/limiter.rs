//! Rates: so many calls of an operation in a time, for all callers together or for each.

use std::net::IpAddr;

use super::{Head, Refusal};
use crate::policy::rate::{Full, Keyed, Rate};
use crate::policy::settings::{Limit, Per};
use crate::policy::{Invalid, Moment};

/// Callers that are told apart at once, each in a few dozen bytes. Where there are more, those who come last are refused: the limit
/// holds, whatever a flood of callers does.
const KEYS: usize = 10_000;

/// A rate, and who shares it.
#[derive(Debug)]
pub(super) struct Limiter {
    limit: Limit,
    rate: Shared,
}

#[derive(Debug)]
enum Shared {
    ByAll(Rate),
    ByEach(Keyed),
}

impl Limiter {
    pub(super) fn new(limit: Limit) -> Result<Limiter, Invalid> {
        let rate = match limit.per {
            Per::All => Shared::ByAll(Rate::new(&limit.rate)?),
            Per::Principal | Per::Peer | Per::Input => Shared::ByEach(Keyed::new(&limit.rate, KEYS, Full::Refuse)?),
        };
        Ok(Limiter { limit, rate })
    }

    pub(super) fn limit(&self) -> &Limit {
        &self.limit
    }

    /// Lets a call in by its head, as far as a head says whose it is.
    pub(super) fn admit(&self, head: &Head<'_>, now: Moment) -> Result<(), Refusal> {
        let admitted = match (&self.rate, self.limit.per) {
            (Shared::ByAll(rate), _) => rate.admit(now),
            // Looked at once the input is decoded.
            (Shared::ByEach(_), Per::Input) => Ok(()),
            // Looked at once the caller is known; who is not never comes that far.
            (Shared::ByEach(_), Per::Principal) if !head.op.auth.is_public() => Ok(()),
            // Callers without an address, in process or of one machine, are one.
            (Shared::ByEach(keyed), _) => keyed.admit(&head.cx.peer().map(|peer| one_caller(peer.ip())), now),
        };
        admitted.map_err(|retry_after| Refusal::Busy { retry_after })
    }

    /// Lets a call in by who calls.
    pub(super) fn admit_principal(&self, principal: &str, now: Moment) -> Result<(), Refusal> {
        match (&self.rate, self.limit.per) {
            (Shared::ByEach(keyed), Per::Principal) => {
                keyed.admit(&principal, now).map_err(|retry_after| Refusal::Busy { retry_after })
            }
            _ => Ok(()),
        }
    }

    /// Lets a call in by its input.
    pub(super) fn admit_key(&self, key: u64, now: Moment) -> Result<(), Refusal> {
        match (&self.rate, self.limit.per) {
            (Shared::ByEach(keyed), Per::Input) => {
                keyed.admit(&key, now).map_err(|retry_after| Refusal::Busy { retry_after })
            }
            _ => Ok(()),
        }
    }
}

/// The addresses that one caller has: of IPv6 whoever has one has all of its /64.
fn one_caller(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => IpAddr::V4(ip),
            None => IpAddr::V6((u128::from(ip) >> 64 << 64).into()),
        },
    }
}
