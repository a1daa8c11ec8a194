//! Keyed calls in NATS JetStream: a key-value bucket, each key a subject whose last message is the register.
//!
//! | here | in JetStream |
//! |---|---|
//! | the store | the stream `KV_idempotency`, subjects `$KV.idempotency.>`, one message a subject: `nats kv get idempotency KEY` reads it |
//! | a revision | the message's sequence |
//! | a write | a publish with `Nats-Expected-Last-Subject-Sequence`, and how long it is kept as `Nats-TTL`: server 2.11 |
//! | a removal | the message is deleted; a bucket of others', which forbids that, is not taken |
//!
//! Reads ask the stream's leader, so they see every write that was told.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, LastRawMessageErrorKind, StorageType, Stream};
use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::store::{IdempotencyStore, Revision, StoreError, Stored};
use crate::broker::nats::connection;

/// Of what a server takes in a message, that is left for headers.
const HEADER_BYTES: usize = 1024;

/// Settings of a store in NATS.
#[derive(Clone, Debug)]
pub struct NatsStoreOptions {
    /// The bucket: letters, digits, `-` and `_`. `idempotency` unless said otherwise; services may share one.
    pub bucket: String,
    /// How many servers keep it, where it is made. 1 unless said otherwise.
    pub replicas: usize,
}

impl Default for NatsStoreOptions {
    fn default() -> NatsStoreOptions {
        NatsStoreOptions { bucket: "idempotency".to_owned(), replicas: 1 }
    }
}

/// An [`IdempotencyStore`] in a bucket of NATS JetStream, server 2.11 or newer.
///
/// ```no_run
/// use wireloom::Server;
/// use wireloom::idempotency::{NatsStore, NatsStoreOptions};
///
/// # async fn serve() -> std::io::Result<()> {
/// let store = NatsStore::connect("nats://127.0.0.1:4222", NatsStoreOptions::default()).await?;
/// let server = Server::new().idempotency_store(store);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct NatsStore {
    jetstream: jetstream::Context,
    stream: Stream,
    bucket: String,
}

impl NatsStore {
    /// Connects to a server, and makes the bucket where there is none.
    ///
    /// # Errors
    /// When the server cannot be reached within 10 seconds, refuses, or is older than 2.11, and when there is such a bucket that is
    /// not for this: without TTLs of messages, with a history, or where nothing may be deleted.
    pub async fn connect(url: &str, options: NatsStoreOptions) -> Result<NatsStore, StoreError> {
        let NatsStoreOptions { bucket, replicas } = options;
        let (jetstream, _) =
            connection(url).await.map_err(|error| StoreError::new("the store is not there").with_source(error))?;
        let client = jetstream.client();
        if !client.is_server_compatible(2, 11, 0) {
            let version = client.server_info().version;
            return Err(StoreError::new(format!("NATS {version} cannot forget messages one by one: 2.11 can")));
        }
        let config = Config {
            name: format!("KV_{bucket}"),
            description: Some("outcomes of keyed calls".to_owned()),
            subjects: vec![format!("$KV.{bucket}.>")],
            max_messages_per_subject: 1,
            discard: DiscardPolicy::New,
            storage: StorageType::File,
            num_replicas: replicas,
            allow_rollup: true,
            allow_direct: true,
            allow_message_ttl: true,
            ..Config::default()
        };
        let stream = jetstream.get_or_create_stream(config).await;
        let stream = stream.map_err(|error| StoreError::new("the bucket is not there").with_source(error))?;
        let Config { allow_message_ttl, max_messages_per_subject, deny_delete, .. } = &stream.cached_info().config;
        match (*allow_message_ttl, *max_messages_per_subject, *deny_delete) {
            (true, 1, false) => Ok(NatsStore { jetstream, stream, bucket }),
            _ => Err(StoreError::new(format!(
                "the bucket `{bucket}` is of somebody else: it needs TTLs of messages, a history of 1, and deletion allowed"
            ))),
        }
    }

    fn subject(&self, key: &str) -> String {
        format!("$KV.{}.{key}", self.bucket)
    }

    /// The last message of a key.
    async fn last(&self, key: &str) -> Result<Option<Last>, StoreError> {
        match self.stream.get_last_raw_message_by_subject(&self.subject(key)).await {
            Ok(message) => Ok(Some(Last {
                is_marker: is_marker(&message.headers),
                stored: Stored { revision: Revision(message.sequence), value: message.payload },
            })),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(StoreError::new("NATS did not answer").with_source(error)),
        }
    }

    /// Publishes behind that sequence of the subject; `None` where another is the last.
    async fn publish(
        &self,
        key: &str,
        behind: u64,
        value: Bytes,
        ttl: Duration,
    ) -> Result<Option<Revision>, StoreError> {
        // In whole seconds, of which there must be one.
        let ttl = Duration::from_secs(ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0)).max(Duration::from_secs(1));
        let publish = PublishMessage::build().payload(value).expected_last_subject_sequence(behind).ttl(ttl);
        let published = async { self.jetstream.send_publish(self.subject(key), publish).await?.await };
        match published.await {
            Ok(ack) => Ok(Some(Revision(ack.sequence))),
            Err(error) if is_behind_another(&error) => Ok(None),
            Err(error) => Err(StoreError::new("NATS did not confirm").with_source(error)),
        }
    }
}

/// Whether another write came before: the server says so by one code, and by another where that is on its way over its replicas.
fn is_behind_another(error: &PublishError) -> bool {
    let code =
        || std::error::Error::source(error)?.downcast_ref::<jetstream::Error>().map(jetstream::Error::error_code);
    error.kind() == PublishErrorKind::WrongLastSequence
        || code() == Some(ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT)
}

struct Last {
    stored: Stored,
    /// Whether it says that there is nothing.
    is_marker: bool,
}

/// Whether a message marks that its key was deleted, as `nats kv del` does, and the server where it leaves markers.
fn is_marker(headers: &HeaderMap) -> bool {
    let operation = headers.get("KV-Operation").map(|operation| operation.as_str());
    matches!(operation, Some("DEL" | "PURGE")) || headers.get("Nats-Marker-Reason").is_some()
}

impl IdempotencyStore for NatsStore {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Stored>, StoreError>> {
        Box::pin(async move { Ok(self.last(key).await?.filter(|last| !last.is_marker).map(|last| last.stored)) })
    }

    fn write<'a>(
        &'a self,
        key: &'a str,
        seen: Option<Revision>,
        value: Bytes,
        kept_for: Duration,
    ) -> BoxFuture<'a, Result<Option<Revision>, StoreError>> {
        Box::pin(async move {
            let behind = seen.map_or(0, |Revision(number)| number);
            let written = self.publish(key, behind, value.clone(), kept_for).await?;
            if written.is_some() || seen.is_some() {
                return Ok(written);
            }
            match self.last(key).await? {
                Some(Last { stored, is_marker: true }) => self.publish(key, stored.revision.0, value, kept_for).await,
                _ => Ok(None),
            }
        })
    }

    fn remove<'a>(&'a self, key: &'a str, seen: Revision) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let Err(error) = self.stream.delete_message(seen.0).await else { return Ok(()) };
            // What is no longer there has been replaced, or was forgotten; a sequence is never given twice.
            match self.last(key).await? {
                Some(last) if last.stored.revision == seen => {
                    Err(StoreError::new("NATS did not delete").with_source(error))
                }
                _ => Ok(()),
            }
        })
    }

    fn value_bytes_max(&self) -> usize {
        self.jetstream.client().server_info().max_payload.saturating_sub(HEADER_BYTES)
    }
}

impl std::fmt::Debug for NatsStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NatsStore").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}
