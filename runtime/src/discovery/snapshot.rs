//! What is known of where a service is.

use std::collections::BTreeMap;

use super::error::DiscoveryError;
use crate::endpoint::{Endpoint, is_host_name};

/// The heaviest that an instance is: what DNS can say.
pub const WEIGHT_MAX: u32 = 65_535;
/// Instances of one service at most. A source that tells more is not believed.
pub const INSTANCES_MAX: usize = 10_000;
/// Bytes at most of a host, of a zone, of a name or a text of metadata.
const TEXT_BYTES_MAX: usize = 1024;
/// Pieces of metadata of an instance at most.
const METADATA_MAX: usize = 64;

/// One instance of a service. Its endpoint is its identity: all else may change while it stays the same.
///
/// ```
/// use wireloom::{Endpoint, discovery::Instance};
///
/// let instance = Instance::new(Endpoint::new("http://10.0.0.1:8080")?).weighing(3).in_zone("eu-1a");
/// assert_eq!((instance.weight, instance.zone.as_deref()), (3, Some("eu-1a")));
/// # Ok::<(), wireloom::InvalidEndpoint>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instance {
    /// Where it is.
    pub endpoint: Endpoint,
    /// How many calls it takes, beside others: from 1 to [`WEIGHT_MAX`].
    pub weight: u32,
    /// The name that it goes by, where the endpoint has only its address: what its certificate must say over TLS, unless the channel says another
    /// (`ClientTls::server_name`), and what requests are addressed to over HTTP.
    pub host: Option<String>,
    /// Where it stands: a region, a data centre.
    pub zone: Option<String>,
    /// What else is said of it.
    pub metadata: BTreeMap<String, String>,
}

impl Instance {
    /// An instance of weight 1 of which nothing else is known.
    pub fn new(endpoint: Endpoint) -> Instance {
        Instance { endpoint, weight: 1, host: None, zone: None, metadata: BTreeMap::new() }
    }

    /// The same of another weight; what is too light or too heavy is as light or as heavy as may be.
    #[must_use]
    pub fn weighing(mut self, weight: u32) -> Instance {
        self.weight = weight.clamp(1, WEIGHT_MAX);
        self
    }

    /// The same that goes by a name.
    #[must_use]
    pub fn named(mut self, host: impl Into<String>) -> Instance {
        self.host = Some(host.into());
        self
    }

    /// The same in a zone.
    #[must_use]
    pub fn in_zone(mut self, zone: impl Into<String>) -> Instance {
        self.zone = Some(zone.into());
        self
    }

    /// Its endpoint under the name that it goes by. One that no host can have is passed over, as is that of an endpoint whose host is a name.
    fn named_endpoint(&self) -> Endpoint {
        let endpoint = self.endpoint.clone();
        match &self.host {
            Some(host) if endpoint.is_number() => endpoint.named(host).unwrap_or_else(|_| self.endpoint.clone()),
            Some(_) | None => endpoint,
        }
    }

    /// Refuses what is too much, for whoever read it somewhere.
    pub(super) fn bounded(self) -> Result<Instance, String> {
        let texts = self.host.iter().chain(&self.zone).chain(self.metadata.keys()).chain(self.metadata.values());
        if let Some(text) = texts.into_iter().find(|text| text.len() > TEXT_BYTES_MAX) {
            return Err(format!("a text of {} bytes, {TEXT_BYTES_MAX} may be", text.len()));
        }
        if let Some(host) = self.host.as_deref().filter(|host| !is_host_name(host.trim_end_matches('.'))) {
            return Err(format!("`{host}` is no name of a host"));
        }
        match self.metadata.len() {
            0..=METADATA_MAX => Ok(self),
            pieces => Err(format!("{pieces} pieces of metadata, {METADATA_MAX} may be")),
        }
    }
}

/// All instances of a service, as known at one time. Never a part of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    instances: Vec<Instance>,
    version: String,
}

impl Snapshot {
    /// These are all instances. An endpoint that is told twice counts once, as told last.
    ///
    /// # Errors
    /// When they are more than [`INSTANCES_MAX`].
    pub fn new(instances: impl IntoIterator<Item = Instance>) -> Result<Snapshot, DiscoveryError> {
        let mut by_endpoint = BTreeMap::new();
        for instance in instances {
            by_endpoint.insert(instance.endpoint.clone(), instance);
            if by_endpoint.len() > INSTANCES_MAX {
                return Err(DiscoveryError::invalid(format!("more than {INSTANCES_MAX} instances are told")));
            }
        }
        Ok(Snapshot { instances: by_endpoint.into_values().collect(), version: String::new() })
    }

    /// The same with what its source calls it: `revision 17`. For people.
    #[must_use]
    pub fn called(mut self, version: impl Into<String>) -> Snapshot {
        self.version = version.into();
        self
    }

    /// The instances, by endpoint.
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }

    /// What its source calls it; empty where it has no name.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Endpoints and weights, as `Fleet::updated` takes them.
    ///
    /// ```
    /// use wireloom::{Endpoint, discovery::{Instance, Snapshot}};
    /// use wireloom::policy::{Fleet, Moment};
    ///
    /// let found = Snapshot::new([Instance::new(Endpoint::new("http://10.0.0.1:8080")?)])?;
    /// let nobody = Fleet::new([], &Default::default(), Moment::ZERO)?;
    /// assert_eq!(nobody.updated(found.weights(), Moment::ZERO).endpoints().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn weights(&self) -> impl Iterator<Item = (Endpoint, u32)> {
        self.instances.iter().map(|instance| (instance.named_endpoint(), instance.weight))
    }

    /// These instances, of which there are not too many.
    pub(super) fn of(instances: &BTreeMap<Endpoint, Instance>, version: String) -> Snapshot {
        Snapshot { instances: instances.values().cloned().collect(), version }
    }
}
