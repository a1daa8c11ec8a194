//! SRV: targets by priority and weight, and where they are.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use hickory_resolver::proto::rr::rdata::SRV;

use super::lookup::{Answer, Lookups, Records, instance};
use crate::discovery::error::DiscoveryError;
use crate::discovery::snapshot::{Instance, Snapshot};

/// Targets that are asked for at once.
const AT_ONCE: usize = 16;

/// Who is there, of the best priority that has anybody.
pub(super) async fn services(lookups: &Lookups, name: &str, scheme: &str) -> Result<Answer, DiscoveryError> {
    let Records { records, mut ttl } = lookups.srv(name).await?;
    for targets in by_priority(records) {
        let found = Located::of(lookups, targets, scheme, domain(name)).await?;
        ttl = ttl.min(found.ttl);
        if !found.instances.is_empty() {
            return Ok(Answer { found: Snapshot::new(found.instances), ttl });
        }
    }
    Ok(Answer::nobody(name, ttl))
}

/// The domain that has a service: what stands behind its labels with `_`. Certificates are asked for this name and not for those of targets, which
/// are whatever DNS says (RFC 9525).
fn domain(service: &str) -> &str {
    let mut domain = service;
    while let Some((label, behind)) = domain.split_once('.')
        && label.starts_with('_')
    {
        domain = behind;
    }
    domain
}

/// Targets, the best priority first. A target that is the root says that there is no such service.
fn by_priority(records: Vec<SRV>) -> Vec<Vec<SRV>> {
    let mut priorities: BTreeMap<u16, Vec<SRV>> = BTreeMap::new();
    for record in records.into_iter().filter(|record| !record.target.is_root()) {
        priorities.entry(record.priority).or_default().push(record);
    }
    priorities.into_values().collect()
}

/// Targets with their addresses.
struct Located {
    instances: Vec<Instance>,
    ttl: Duration,
}

impl Located {
    async fn of(lookups: &Lookups, targets: Vec<SRV>, scheme: &str, domain: &str) -> Result<Located, DiscoveryError> {
        let mut asked = stream::iter(targets)
            .map(|target| async move {
                let ips = lookups.ips(&target.target.to_utf8()).await;
                (target, ips)
            })
            .buffer_unordered(AT_ONCE);
        let mut located = Located { instances: Vec::new(), ttl: Duration::MAX };
        while let Some((target, ips)) = asked.next().await {
            let Records { records, ttl } = ips?;
            located.ttl = located.ttl.min(ttl);
            located.add(&target, records, scheme, domain)?;
        }
        Ok(located)
    }

    /// Each address of a target has the target's weight; 0, of which there should be few calls, is the lightest here.
    fn add(&mut self, target: &SRV, ips: Vec<IpAddr>, scheme: &str, domain: &str) -> Result<(), DiscoveryError> {
        let name = target.target.to_utf8();
        for ip in ips {
            let mut found = instance(ip, target.port, scheme, domain)?;
            found.metadata.insert("target".to_owned(), name.trim_end_matches('.').to_owned());
            self.instances.push(found.weighing(u32::from(target.weight)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::rr::Name;

    use super::*;

    #[test]
    fn a_service_is_its_domains() {
        for (service, expected) in [
            ("_orders._tcp.shop.internal", "shop.internal"),
            ("_tcp.internal.", "internal."),
            ("orders.internal", "orders.internal"),
            ("_orders", "_orders"),
        ] {
            assert_eq!(domain(service), expected);
        }
    }

    #[test]
    fn the_best_priority_comes_first_and_the_root_is_nobody() {
        let srv = |priority, target: &str| SRV::new(priority, 1, 80, Name::from_utf8(target).unwrap());
        let records = vec![srv(20, "c."), srv(5, "."), srv(10, "a."), srv(10, "b.")];
        let shown: Vec<Vec<_>> =
            by_priority(records).iter().map(|targets| targets.iter().map(|it| it.target.to_utf8()).collect()).collect();
        assert_eq!(shown, [vec!["a.", "b."], vec!["c."]]);
    }
}
