//! Where keyed calls are known to all replicas: registers that are written only where they still are as the writer has seen them.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// What all replicas of a service know of its keyed calls: [`Server::idempotency_store`](crate::Server::idempotency_store).
///
/// It is a table of registers, and knows nothing of calls. Whatever can compare and swap is one: a row with its version, a key of
/// etcd, a subject of NATS JetStream ([`NatsStore`](super::NatsStore)). Keys are letters, digits, `.`, `-` and `_`, of 300 bytes at
/// most. A write must be durable when it is told, and whoever reads afterwards must see it.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use std::time::{Duration, Instant};
///
/// use bytes::Bytes;
/// use futures_util::future::{BoxFuture, ready};
/// use wireloom::idempotency::{IdempotencyStore, Revision, StoreError, Stored};
///
/// /// For servers of one process.
/// #[derive(Debug, Default)]
/// struct Registers(Mutex<Table>);
///
/// #[derive(Debug, Default)]
/// struct Table {
///     kept: HashMap<String, (Stored, Instant)>,
///     /// Of all keys: what is written anew after it was forgotten must have another number.
///     writes: u64,
/// }
///
/// impl Table {
///     fn now(&mut self, key: &str) -> Option<Stored> {
///         let now = Instant::now();
///         self.kept.retain(|_, (_, until)| *until > now);
///         self.kept.get(key).map(|(stored, _)| stored.clone())
///     }
///
///     fn write(&mut self, key: &str, seen: Option<Revision>, value: Bytes, kept_for: Duration) -> Option<Revision> {
///         if self.now(key).map(|stored| stored.revision) != seen {
///             return None;
///         }
///         self.writes += 1;
///         let revision = Revision(self.writes);
///         self.kept.insert(key.to_owned(), (Stored { revision, value }, Instant::now() + kept_for));
///         Some(revision)
///     }
/// }
///
/// impl IdempotencyStore for Registers {
///     fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Stored>, StoreError>> {
///         Box::pin(ready(Ok(self.0.lock().unwrap().now(key))))
///     }
///
///     fn write<'a>(
///         &'a self,
///         key: &'a str,
///         seen: Option<Revision>,
///         value: Bytes,
///         kept_for: Duration,
///     ) -> BoxFuture<'a, Result<Option<Revision>, StoreError>> {
///         // Under one lock: nobody may write between the look and the write.
///         Box::pin(ready(Ok(self.0.lock().unwrap().write(key, seen, value, kept_for))))
///     }
///
///     fn remove<'a>(&'a self, key: &'a str, seen: Revision) -> BoxFuture<'a, Result<(), StoreError>> {
///         let mut table = self.0.lock().unwrap();
///         if table.now(key).is_some_and(|stored| stored.revision == seen) {
///             table.kept.remove(key);
///         }
///         Box::pin(ready(Ok(())))
///     }
/// }
///
/// # futures_util::FutureExt::now_or_never(async {
/// let store = Registers::default();
/// let first = store.write("a", None, Bytes::from("1"), Duration::from_secs(9)).await.unwrap();
/// assert_eq!(store.write("a", None, Bytes::from("2"), Duration::from_secs(9)).await.unwrap(), None);
/// assert!(store.write("a", first, Bytes::from("3"), Duration::from_secs(9)).await.unwrap().is_some());
/// # }).unwrap();
/// ```
pub trait IdempotencyStore: std::fmt::Debug + Send + Sync + 'static {
    /// What stands under the key; `None` where nothing does, or no longer.
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Stored>, StoreError>>;

    /// Writes what is to be kept for so long, if what was seen is what still stands there (`None`: nothing), and gives its
    /// revision; `None` where something else stands there.
    fn write<'a>(
        &'a self,
        key: &'a str,
        seen: Option<Revision>,
        value: Bytes,
        kept_for: Duration,
    ) -> BoxFuture<'a, Result<Option<Revision>, StoreError>>;

    /// Removes what was seen, if it still stands there.
    fn remove<'a>(&'a self, key: &'a str, seen: Revision) -> BoxFuture<'a, Result<(), StoreError>>;

    /// How long a value may be, in bytes. 512 KiB unless said otherwise.
    fn value_bytes_max(&self) -> usize {
        512 * 1024
    }
}

/// What stands in a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Which write it is of.
    pub revision: Revision,
    /// What was written.
    pub value: Bytes,
}

/// One write of a register: a later one has another number, and no number comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision(pub u64);

/// The store cannot be asked, or refuses.
#[derive(Debug)]
pub struct StoreError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// What went wrong, in words.
    pub fn new(message: impl Into<String>) -> StoreError {
        StoreError { message: message.into(), source: None }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
        self.source = Some(source.into());
        self
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl From<StoreError> for std::io::Error {
    fn from(error: StoreError) -> std::io::Error {
        std::io::Error::new(std::io::ErrorKind::NotConnected, error)
    }
}
