//! A list that does not change: `http://10.0.0.1:8080,http://10.0.0.2:8080`.

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use super::error::DiscoveryError;
use super::seam::Discovery;
use super::snapshot::{Instance, Snapshot};
use super::url::endpoint;

/// Instances that were known beforehand.
///
/// ```
/// use wireloom::{Endpoint, discovery::{Instance, List}};
///
/// let heavy = Instance::new(Endpoint::new("http://10.0.0.1:8080")?).weighing(3);
/// let light = Instance::new(Endpoint::new("http://10.0.0.2:8080")?);
/// let list = List::new([heavy, light])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct List {
    snapshot: Snapshot,
}

impl List {
    /// These instances.
    ///
    /// # Errors
    /// When there are none, or too many.
    pub fn new(instances: impl IntoIterator<Item = Instance>) -> Result<List, DiscoveryError> {
        let snapshot = Snapshot::new(instances)?;
        if snapshot.is_empty() { Err(DiscoveryError::invalid("the list is empty")) } else { Ok(List { snapshot }) }
    }

    /// Addresses with commas between them; one without scheme has the one that is given.
    pub(super) fn read(text: &str, scheme: &str) -> Result<List, DiscoveryError> {
        let instances: Result<Vec<_>, _> =
            text.split(',').map(|address| endpoint(address.trim(), scheme).map(Instance::new)).collect();
        List::new(instances?)
    }
}

impl Discovery for List {
    fn kind(&self) -> &'static str {
        "list"
    }

    fn watch(&self) -> BoxStream<'static, Result<Snapshot, DiscoveryError>> {
        stream::once(std::future::ready(Ok(self.snapshot.clone()))).chain(stream::pending()).boxed()
    }
}
