//! Streams and consumers: found where they are, made where they are missing.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::consumer::pull::Config as PullConfig;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, FromConsumer as _, PriorityPolicy, PullConsumer};
use async_nats::jetstream::context::GetStreamByNameErrorKind;
use async_nats::jetstream::stream::{Config as StreamConfig, ConsumerErrorKind, StorageType};

use super::{Nats, names};
use crate::messaging::{BrokerError, Interest};

/// The priority group in which one member is pinned.
pub(super) const PIN_GROUP: &str = "ordered";

/// How long a stream that is made knows the ids of its events.
const IDS_KNOWN: Duration = Duration::from_secs(120);

/// How long a consumer that is not to last is kept without anyone reading.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// Messages that may be out to all members together where order does not matter; each member has its own `prefetch`.
const OUT_MAX: i64 = 100_000;

/// The name of the stream that takes a subject.
pub(super) async fn stream(nats: &Nats, subject: &str) -> Result<String, BrokerError> {
    let jetstream = &nats.inner.jetstream;
    match jetstream.stream_by_subject(subject).await {
        Ok(name) => return Ok(name),
        Err(error) if error.kind() == GetStreamByNameErrorKind::NotFound => {}
        Err(error) => {
            let message = format!("NATS does not tell which stream takes `{subject}`");
            return Err(BrokerError::unavailable(message).with_source(error));
        }
    }
    let name = names::stream(subject);
    let config = StreamConfig {
        name: name.clone(),
        subjects: vec![subject.to_owned()],
        storage: StorageType::File,
        max_age: nats.inner.options.stream_age_max,
        duplicate_window: IDS_KNOWN.min(nats.inner.options.stream_age_max),
        num_replicas: nats.inner.options.replicas,
        description: Some("made by wireloom".to_owned()),
        ..StreamConfig::default()
    };
    match jetstream.create_stream(config).await {
        Ok(_) => Ok(name),
        // Somebody else may have made it in between.
        Err(error) => match jetstream.stream_by_subject(subject).await {
            Ok(name) => Ok(name),
            Err(_) => Err(BrokerError::unavailable(format!("the stream `{name}` cannot be made")).with_source(error)),
        },
    }
}

/// A consumer as it was found or made.
pub(super) struct Found {
    pub(super) consumer: PullConsumer,
    /// When its stream was made: another time means another stream, with other numbers.
    pub(super) stream_made: String,
    /// The first message that the group has not settled.
    pub(super) first_open: u64,
}

/// The consumer of a group. One that was there before goes on where it was; one that is made anew begins at `resume_at`, or
/// with what comes from now on.
pub(super) async fn consumer(nats: &Nats, interest: &Interest, resume_at: Option<u64>) -> Result<Found, BrokerError> {
    let jetstream = &nats.inner.jetstream;
    if interest.ordered && !jetstream.client().is_server_compatible(2, 11, 0) {
        return Err(BrokerError::refused(
            "events with a key need NATS 2.11 or newer, which lets one member of a group read",
        ));
    }
    let subject = nats.subject(&interest.topic);
    let stream_name = stream(nats, &subject).await?;
    let failed = |what: &str| BrokerError::unavailable(format!("{what} `{stream_name}` on NATS"));
    let stream = jetstream.get_stream(&stream_name).await;
    let stream = stream.map_err(|error| failed("cannot see the stream").with_source(error))?;
    let name = names::consumer(&interest.group, &subject, &stream_name);
    let there = match jetstream.get_consumer_from_stream::<PullConfig, _, _>(&name, &stream_name).await {
        Ok(there) => Some(there),
        Err(error) if is_missing(error.kind()) => None,
        Err(error) => return Err(failed("cannot see the consumers of").with_source(error)),
    };
    let base = match &there {
        Some(there) => PullConfig::try_from_consumer_config(there.cached_info().config.clone())
            .map_err(|error| failed("cannot use a consumer of").with_source(error))?,
        None => fresh(nats, interest, name, subject, resume_at),
    };
    let wanted = wanted(nats, interest, base.clone());
    let consumer = match there {
        Some(there) if wanted == base => there,
        _ => {
            let made = stream.create_consumer(wanted).await;
            made.map_err(|error| failed("cannot make or change a consumer of").with_source(error))?
        }
    };
    let first_open = consumer.cached_info().ack_floor.stream_sequence + 1;
    Ok(Found { consumer, stream_made: stream.cached_info().created.to_string(), first_open })
}

/// A consumer that is not there yet.
fn fresh(nats: &Nats, interest: &Interest, name: String, subject: String, resume_at: Option<u64>) -> PullConfig {
    let (durable_name, passing_name) = if interest.lasting { (Some(name), None) } else { (None, Some(name)) };
    PullConfig {
        durable_name,
        name: passing_name,
        inactive_threshold: if interest.lasting { Duration::ZERO } else { FORGOTTEN_AFTER },
        filter_subject: subject,
        ack_policy: AckPolicy::Explicit,
        max_deliver: -1,
        deliver_policy: match resume_at {
            Some(start_sequence) => DeliverPolicy::ByStartSequence { start_sequence },
            None => DeliverPolicy::New,
        },
        num_replicas: nats.inner.options.replicas,
        description: Some("made by wireloom".to_owned()),
        ..PullConfig::default()
    }
}

/// A consumer's settings with those that this group needs now.
fn wanted(nats: &Nats, interest: &Interest, base: PullConfig) -> PullConfig {
    let ack_wait = nats.inner.options.ack_wait;
    let wanted = PullConfig { ack_wait, max_ack_pending: OUT_MAX, ..base };
    if !interest.ordered {
        return wanted;
    }
    PullConfig {
        // One member reads at a time, so the server itself can keep to the prefetch.
        max_ack_pending: i64::try_from(interest.prefetch).unwrap_or(OUT_MAX),
        priority_policy: PriorityPolicy::PinnedClient,
        priority_groups: vec![PIN_GROUP.to_owned()],
        // Sooner than what was in hand comes again: the next member is there to wait for it.
        priority_timeout: ack_wait / 2,
        ..wanted
    }
}

fn is_missing(kind: ConsumerErrorKind) -> bool {
    matches!(kind, ConsumerErrorKind::JetStream(error) if error.error_code() == ErrorCode::CONSUMER_NOT_FOUND)
}
