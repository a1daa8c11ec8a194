//! How a server goes away: not ready, no longer registered, then drained; and what users say of it.
//!
//! A server that says nowhere where it is has nobody to wait for, so its lag is none unless said otherwise.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Server, addr_of};
use crate::discovery::{self, Announced, Instance, Registrar, Registry};
use crate::endpoint::Endpoint;
use crate::policy::Clock;
use crate::policy::drain::{self, Drain, Phase};
use crate::port::Port;

/// What was said of it.
#[derive(Debug, Default)]
pub(super) struct LeavingOptions {
    announced: Vec<(Registry, Announced)>,
    lag: Option<Duration>,
}

impl Server {
    /// Says in a registry, `etcd://127.0.0.1:2379/services/orders`, that it is there: at an address, `http://10.0.0.7:8080`, or
    /// [with what else is said of it](Instance). May be said several times, of several registries or wires.
    ///
    /// Port 0 is the one that it listens at, of native RPC for `rpc://`, of HTTP for any other. It is registered once it serves,
    /// and anew whenever the registry has lost it; when it is told to stop, it is taken away first.
    ///
    /// ```no_run
    /// # async fn start(server: wireloom::Server) -> std::io::Result<()> {
    /// let server = server.register("etcd://127.0.0.1:2379/services/orders", "http://10.0.0.7:8080");
    /// # #[cfg(feature = "http")]
    /// server.run("0.0.0.0:8080").await
    /// # ; Ok(())
    /// # }
    /// ```
    pub fn register(mut self, registry: impl Into<Registry>, instance: impl Into<Announced>) -> Server {
        self.leaving.announced.push((registry.into(), instance.into()));
        self
    }

    /// How long it serves on after it is told to stop, while clients find out: not ready for health checks, and registered
    /// no longer. 5 seconds unless said otherwise where it is registered, else none.
    pub fn discovery_lag(mut self, lag: Duration) -> Server {
        self.leaving.lag = Some(lag);
        self
    }
}

/// A server's way out.
#[derive(Debug)]
pub(super) struct Leaving {
    registrations: Vec<(Arc<dyn Registrar>, Instance)>,
    drain: Drain,
}

impl LeavingOptions {
    /// The way out of a server with these ports.
    pub(super) fn of(self, ports: &[Box<dyn Port>], grace: Duration) -> io::Result<Leaving> {
        let lag_default = if self.announced.is_empty() { Duration::ZERO } else { drain::LAG_DEFAULT };
        let config = drain::Config { lag: self.lag.unwrap_or(lag_default), grace };
        let drain = Drain::new(config).map_err(invalid)?;
        let registrations = self.announced.into_iter().map(|(registry, announced)| {
            let mut instance = announced.instance().map_err(invalid)?;
            instance.endpoint = with_port(&instance.endpoint, ports)?;
            Ok((registry.registrar().map_err(invalid)?, instance))
        });
        Ok(Leaving { registrations: registrations.collect::<io::Result<_>>()?, drain })
    }
}

fn invalid(wrong: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, wrong)
}

/// The endpoint with the port that the server listens at, where it says 0.
fn with_port(endpoint: &Endpoint, ports: &[Box<dyn Port>]) -> io::Result<Endpoint> {
    let uri = endpoint.uri();
    if uri.port_u16() != Some(0) {
        return Ok(endpoint.clone());
    }
    let scheme = uri.scheme_str().unwrap_or_default();
    let port = if scheme.starts_with("rpc") { "native RPC" } else { "HTTP" };
    let port = addr_of(ports, port)?.port();
    let (host, path) = (uri.host().unwrap_or_default(), uri.path());
    Endpoint::new(&format!("{scheme}://{host}:{port}{path}")).map_err(invalid)
}

impl Leaving {
    /// Keeps the server registered until `stop`. Then cancels `leaving`, when it is no longer ready, and `stopping` when it is to
    /// take nothing new; ready when what is left then has had its time.
    pub(super) async fn leave(
        mut self,
        stop: impl Future<Output = ()>,
        leaving: &CancellationToken,
        stopping: &CancellationToken,
    ) {
        let registrations = self.registrations.iter();
        let registered = registrations
            .map(|(registrar, instance)| discovery::registered(&**registrar, instance, leaving.cancelled()));
        let told = async {
            stop.await;
            leaving.cancel();
        };
        join(told, join_all(registered)).await;
        let clock = Clock::starting_at(Instant::now());
        self.drain.begin(clock.moment(Instant::now()));
        loop {
            // Whether anything runs its ports know; as long as this is asked, something does.
            match self.drain.phase(1, clock.moment(Instant::now())) {
                Phase::Serving | Phase::NotReady => {}
                Phase::GoingAway => stopping.cancel(),
                Phase::Cancelling | Phase::Gone => return,
            }
            if let Some(moment) = self.drain.wakes() {
                sleep_until(clock.instant(moment)).await;
            }
        }
    }
}
