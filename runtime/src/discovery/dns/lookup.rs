//! Questions to DNS, and what the answers are to us.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{RData, Record};
use hickory_resolver::{Resolver, TokioResolver};

use crate::discovery::error::DiscoveryError;
use crate::discovery::snapshot::{Instance, Snapshot};
use crate::discovery::url;

/// How long a negative answer holds where it does not say.
const NEGATIVE_TTL: Duration = Duration::from_secs(30);

/// An answer: who is there, or that it is nobody, and how long it holds.
pub(super) struct Answer {
    pub(super) found: Result<Snapshot, DiscoveryError>,
    pub(super) ttl: Duration,
}

/// What was asked for, or that there is none.
pub(super) struct Records<T> {
    pub(super) records: Vec<T>,
    pub(super) ttl: Duration,
}

/// Asks.
pub(super) struct Lookups {
    resolver: TokioResolver,
}

impl Lookups {
    /// Asks that server, or those of the system.
    pub(super) fn new(server: Option<SocketAddr>) -> Result<Lookups, DiscoveryError> {
        let provider = TokioRuntimeProvider::default();
        let mut builder = match server {
            Some(server) => Resolver::builder_with_config(config(server), provider),
            None => Resolver::builder(provider).map_err(|error| {
                DiscoveryError::unavailable("the system does not say whom to ask").with_source(error)
            })?,
        };
        // How long answers hold is known here.
        builder.options_mut().cache_size = 0;
        let resolver = builder.build();
        let resolver =
            resolver.map_err(|error| DiscoveryError::unavailable("DNS cannot be asked").with_source(error))?;
        Ok(Lookups { resolver })
    }

    /// Who is at the addresses of a name.
    pub(super) async fn addresses(&self, name: &str, port: u16, scheme: &str) -> Result<Answer, DiscoveryError> {
        let Records { records, ttl } = self.ips(name).await?;
        if records.is_empty() {
            return Ok(Answer::nobody(name, ttl));
        }
        let found = records.into_iter().map(|ip| instance(ip, port, scheme, name)).collect::<Result<Vec<_>, _>>()?;
        Ok(Answer { found: Snapshot::new(found), ttl })
    }

    /// The addresses of a name: those of IPv6 only where there are no others. A machine that has both is one machine.
    pub(super) async fn ips(&self, name: &str) -> Result<Records<IpAddr>, DiscoveryError> {
        let ip = |data: &RData| match data {
            RData::A(ip) => Some(IpAddr::V4(ip.0)),
            RData::AAAA(ip) => Some(IpAddr::V6(ip.0)),
            _ => None,
        };
        let four = records(self.resolver.ipv4_lookup(name).await.as_ref().map(|it| it.answers()), name, ip)?;
        if !four.records.is_empty() {
            return Ok(four);
        }
        records(self.resolver.ipv6_lookup(name).await.as_ref().map(|it| it.answers()), name, ip)
    }

    pub(super) async fn srv(&self, name: &str) -> Result<Records<SRV>, DiscoveryError> {
        let srv = |data: &RData| match data {
            RData::SRV(srv) => Some(srv.clone()),
            _ => None,
        };
        records(self.resolver.srv_lookup(name).await.as_ref().map(|it| it.answers()), name, srv)
    }
}

impl Answer {
    /// There is no such name, or nobody behind it.
    pub(super) fn nobody(name: &str, ttl: Duration) -> Answer {
        Answer { found: Err(DiscoveryError::unavailable(format!("DNS knows nobody of the name `{name}`"))), ttl }
    }
}

fn config(server: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, connections.into())])
}

/// The records of a kind in an answer; none where it is negative.
fn records<T>(
    answer: Result<&[Record], &NetError>,
    name: &str,
    read: impl Fn(&RData) -> Option<T>,
) -> Result<Records<T>, DiscoveryError> {
    match answer {
        Ok(answers) => {
            let ttl = answers.iter().map(|record| record.ttl).min().unwrap_or_default();
            let records = answers.iter().filter_map(|record| read(&record.data)).collect();
            Ok(Records { records, ttl: Duration::from_secs(ttl.into()) })
        }
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
            let ttl = none.negative_ttl.map_or(NEGATIVE_TTL, |ttl| Duration::from_secs(ttl.into()));
            Ok(Records { records: Vec::new(), ttl })
        }
        Err(error) => {
            Err(DiscoveryError::unavailable(format!("DNS does not answer: {name}")).with_source(error.clone()))
        }
    }
}

/// The instance at an address that goes by a name.
pub(super) fn instance(ip: IpAddr, port: u16, scheme: &str, name: &str) -> Result<Instance, DiscoveryError> {
    let endpoint = url::endpoint(&SocketAddr::new(ip, port).to_string(), scheme)?;
    Ok(Instance::new(endpoint).named(name.trim_end_matches('.')))
}
