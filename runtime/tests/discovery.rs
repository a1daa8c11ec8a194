//! Discovery: what is believed of a source, and the sources themselves.
//!
//! What needs a server starts the program that `WIRELOOM_DNSMASQ` or `WIRELOOM_ETCD` names, and is ignored but in
//! `tests/discovery/run`.

// What only some sources use has no user in a build without them: a build of all judges.
#![cfg_attr(
    not(all(feature = "dns", feature = "etcd", feature = "file", feature = "rpc", feature = "tls")),
    allow(dead_code, unused_imports)
)]

#[cfg(all(feature = "etcd", feature = "tls"))]
#[path = "tls/authority.rs"]
#[allow(dead_code, reason = "only etcd's certificate is issued here")]
mod authority;
#[cfg(feature = "dns")]
#[path = "discovery/dns.rs"]
mod dns;
#[cfg(feature = "etcd")]
#[path = "discovery/etcd.rs"]
mod etcd;
#[cfg(feature = "file")]
#[path = "discovery/file.rs"]
mod file;
#[path = "discovery/follow.rs"]
mod follow;
#[cfg(feature = "etcd")]
#[path = "discovery/hostile.rs"]
mod hostile;
#[cfg(feature = "rpc")]
#[path = "discovery/leaving.rs"]
mod leaving;
#[cfg(feature = "rpc")]
#[allow(dead_code, reason = "little of it is called here")]
mod notes;
#[cfg(any(feature = "dns", feature = "etcd"))]
#[path = "discovery/peer.rs"]
mod peer;
#[path = "discovery/urls.rs"]
mod urls;

use std::time::Duration;

use tokio::time::{Instant, timeout};
use wireloom::Endpoint;
use wireloom::discovery::{Followed, Instance, Snapshot};

/// An instance on this machine.
fn instance(port: u16) -> Instance {
    Instance::new(Endpoint::new(&format!("http://127.0.0.1:{port}")).unwrap())
}

/// Ports and weights of a set: `1 2*3`.
fn shown(set: &Snapshot) -> String {
    let shown = set.instances().iter().map(|it| match (it.endpoint.uri().port_u16().unwrap_or_default(), it.weight) {
        (port, 1) => port.to_string(),
        (port, weight) => format!("{port}*{weight}"),
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// What is in force now.
fn now(followed: &Followed) -> String {
    followed.latest().map_or_else(|| "nothing".to_owned(), |set| shown(&set))
}

/// Waits until that set is in force; what is in force instead is told.
async fn becomes(followed: &Followed, expected: &str) {
    let mut sets = followed.receiver();
    let met = sets.wait_for(|set| set.as_ref().is_some_and(|set| shown(set) == expected));
    let in_time = timeout(Duration::from_secs(20), met).await.is_ok();
    assert!(in_time, "`{}` in force, not `{expected}`: {:?}", now(followed), followed.status());
}

/// Waits until something holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not happen: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
