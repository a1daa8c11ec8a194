//! Being there: a key that lives as long as its lease, and a lease that is kept alive.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep_until};

use super::Inner;
use super::messages::{Grant, Ignored, Item, Lease, OfLease, Put, name, value};
use crate::discovery::error::DiscoveryError;
use crate::discovery::seam::Registration;
use crate::discovery::snapshot::Instance;

/// The pause before a lease that could not be kept alive is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// An instance that is known as long as its lease lives.
pub(super) struct Leased {
    etcd: Arc<Inner>,
    lease: String,
    /// Until when it lives, as far as we know.
    until: Instant,
    /// When it is kept alive next.
    next: Instant,
}

impl Leased {
    pub(super) async fn put(etcd: Arc<Inner>, instance: &Instance) -> Result<Leased, DiscoveryError> {
        let value = value(instance);
        let bytes_max = etcd.options.value_bytes_max;
        if value.len() > bytes_max {
            let bytes = value.len();
            return Err(DiscoveryError::invalid(format!("what is said of it has {bytes} bytes, {bytes_max} may be")));
        }
        let ttl = etcd.options.ttl.as_secs().to_string();
        let asked = Instant::now();
        let granted: Lease = etcd.client.call("/v3/lease/grant", &Grant { ttl }).await?;
        let mut leased = Leased { etcd, lease: granted.id, until: asked, next: asked };
        leased.lives(asked, granted.ttl);
        let key = format!("{}{}", leased.etcd.prefix, name(instance));
        let _: Ignored = leased.etcd.client.call("/v3/kv/put", &Put::new(&key, &value, &leased.lease)).await?;
        Ok(leased)
    }

    /// It was said at that time that it lives for so many seconds.
    fn lives(&mut self, asked: Instant, seconds: i64) {
        // Of what a server says no more is believed than was asked for.
        let ttl = Duration::from_secs(u64::try_from(seconds).unwrap_or_default()).min(self.etcd.options.ttl);
        self.until = asked + ttl;
        self.next = asked + ttl / 3;
    }

    /// Keeps it alive for ever; ready where that cannot be.
    async fn keep(&mut self) -> DiscoveryError {
        loop {
            sleep_until(self.next).await;
            let asked = Instant::now();
            let kept: Result<Item<Lease>, _> =
                self.etcd.client.call("/v3/lease/keepalive", &OfLease { id: &self.lease }).await;
            match kept {
                Ok(Item::Result(lease)) if lease.ttl > 0 => self.lives(asked, lease.ttl),
                Ok(Item::Result(_)) => return DiscoveryError::unavailable("etcd no longer knows the lease"),
                Ok(Item::Error(refused)) if Instant::now() >= self.until => {
                    return DiscoveryError::unavailable(format!("etcd: {}", refused.message));
                }
                Err(error) if Instant::now() >= self.until => return error,
                Ok(Item::Error(_)) | Err(_) => self.next = Instant::now() + AGAIN,
            }
        }
    }
}

impl Registration for Leased {
    fn lost(&mut self) -> BoxFuture<'_, DiscoveryError> {
        self.keep().boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, Result<(), DiscoveryError>> {
        async move {
            let _: Ignored = self.etcd.client.call("/v3/lease/revoke", &OfLease { id: &self.lease }).await?;
            Ok(())
        }
        .boxed()
    }
}
