//! The envelope: identity, source, time, trace and key of an event, as headers of a message.
//!
//! CloudEvents 1.0 in binary mode: `ce-id`, `ce-source`, `ce-type`, `ce-time`, `ce-dataschema`, and the documented extensions
//! `ce-partitionkey` and `ce-expirytime`; values percent-encoded as CloudEvents' HTTP binding says. The trace travels as W3C
//! `traceparent` and `tracestate`. A message without these headers is read as well: whoever publishes need not know CloudEvents.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::event::EventFacts;
use super::message::Message;
use crate::context::Context;
use crate::metadata::Metadata;

/// What CloudEvents wants encoded in a header's value, beside all that is not ASCII.
const VALUE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// How long an event's id may be; a longer one is replaced by the broker's own.
const ID_BYTES_MAX: usize = 256;

/// What a handler may know of an event beside its fields: [`Context::event`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EventInfo {
    /// Its identity: the same whenever and wherever it comes again.
    pub id: String,
    /// Who published it: `/shop.orders/Orders`; empty where the publisher did not say.
    pub source: String,
    /// When it was published, where the publisher said so.
    pub time: Option<Timestamp>,
    /// When it is worth nothing any more.
    pub expires: Option<Timestamp>,
    /// The topic that it came from.
    pub topic: String,
    /// Which attempt at handling it this is, from 1.
    pub attempt: u32,
}

/// What an envelope is made of.
pub(super) struct Sealing<'a> {
    pub(super) id: String,
    pub(super) topic: &'a str,
    pub(super) source: &'a str,
    pub(super) event: &'a EventFacts,
    pub(super) key: Option<Cow<'a, str>>,
    pub(super) time: Timestamp,
    pub(super) expires_in: Option<Duration>,
}

/// Puts an event's payload into a message.
pub(super) fn seal(sealing: Sealing<'_>, cx: &Context, payload: Bytes) -> Message {
    let Sealing { id, topic, source, event, key, time, expires_in } = sealing;
    let mut headers = Metadata::default();
    headers.insert("content-type", "application/json");
    headers.insert("ce-specversion", "1.0");
    headers.insert("ce-id", &encoded(&id));
    headers.insert("ce-source", &encoded(source));
    headers.insert("ce-type", event.kind);
    headers.insert("ce-time", &time.to_string());
    headers.insert("ce-dataschema", &format!("urn:wireloom:{}:{}", event.kind, event.version));
    if let Some(key) = &key {
        headers.insert("ce-partitionkey", &encoded(key));
    }
    if let Some(expires) = expires_in.and_then(|wait| time.checked_add(SignedDuration::try_from(wait).ok()?).ok()) {
        headers.insert("ce-expirytime", &expires.to_string());
    }
    for (name, value) in cx.outgoing().iter() {
        headers.insert(name, value);
    }
    cx.carry_trace(headers.headers_mut());
    Message { topic: topic.to_owned(), id, key: key.map(Cow::into_owned), headers, payload }
}

/// What a message says of its event.
pub(super) fn read(message: &Message, attempt: u32) -> EventInfo {
    let text = |name| message.headers.get(name).map(decoded);
    let time = |name| text(name).and_then(|text| text.parse().ok());
    EventInfo {
        id: text("ce-id").filter(|id| !id.is_empty() && id.len() <= ID_BYTES_MAX).unwrap_or_else(|| message.id.clone()),
        source: text("ce-source").unwrap_or_default(),
        time: time("ce-time"),
        expires: time("ce-expirytime"),
        topic: message.topic.clone(),
        attempt,
    }
}

/// What keeps a message from being read as that event, told by its headers alone.
pub(super) fn mismatch(message: &Message, event: &EventFacts) -> Option<String> {
    if let Some(kind) = message.headers.get("ce-type").filter(|kind| *kind != event.kind) {
        return Some(format!("is a `{}`, not a `{}`", decoded(kind), event.kind));
    }
    let media_type = message.headers.get("content-type")?;
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    (!is_json).then(|| format!("is `{}`, not application/json", decoded(media_type)))
}

/// The key that the publisher gave a message.
pub(super) fn key(headers: &Metadata) -> Option<String> {
    headers.get("ce-partitionkey").map(decoded)
}

fn encoded(value: &str) -> Cow<'_, str> {
    utf8_percent_encode(value, VALUE).into()
}

fn decoded(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: EventFacts = EventFacts { kind: "shop.orders.OrderPlaced", version: 2, keyed: true };

    fn sealed() -> Message {
        let sealing = Sealing {
            id: "ä 1%".into(),
            topic: "shop.orders.placed",
            source: "/shop.orders/Orders",
            event: &EVENT,
            key: Some("Zoë \"Z\"".into()),
            time: "2026-01-31T13:45:00.5Z".parse().unwrap(),
            expires_in: Some(Duration::from_secs(60)),
        };
        seal(sealing, &Context::new().with_metadata("x-tenant", "blue"), Bytes::from_static(b"{}"))
    }

    #[test]
    fn an_envelope_is_a_cloud_event() {
        let mut headers: Vec<_> = sealed().headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        headers.sort();
        assert_eq!(
            headers,
            [
                "ce-dataschema: urn:wireloom:shop.orders.OrderPlaced:2",
                "ce-expirytime: 2026-01-31T13:46:00.5Z",
                "ce-id: %C3%A4%201%25",
                "ce-partitionkey: Zo%C3%AB%20%22Z%22",
                "ce-source: /shop.orders/Orders",
                "ce-specversion: 1.0",
                "ce-time: 2026-01-31T13:45:00.5Z",
                "ce-type: shop.orders.OrderPlaced",
                "content-type: application/json",
                "x-tenant: blue",
            ]
        );
    }

    #[test]
    fn what_is_sealed_is_read() {
        let message = sealed();
        let info = read(&message, 3);
        assert_eq!((info.id.as_str(), info.source.as_str(), info.attempt), ("ä 1%", "/shop.orders/Orders", 3));
        assert_eq!(key(&message.headers).as_deref(), Some("Zoë \"Z\""));
        assert_eq!(info.expires.unwrap().to_string(), "2026-01-31T13:46:00.5Z");
        assert_eq!(mismatch(&message, &EVENT), None);
    }

    #[test]
    fn a_foreign_message_needs_no_headers_but_may_not_lie() {
        let mut message = Message { headers: Metadata::default(), id: "7".into(), ..sealed() };
        assert_eq!((mismatch(&message, &EVENT), read(&message, 1).id), (None, "7".into()));
        for (name, value, told) in [
            ("ce-type", "shop.Other", "is a `shop.Other`, not a `shop.orders.OrderPlaced`"),
            ("content-type", "text/xml", "is `text/xml`, not application/json"),
        ] {
            message.headers = Metadata::default();
            message.headers.insert(name, value);
            assert_eq!(mismatch(&message, &EVENT).as_deref(), Some(told));
        }
        message.headers = Metadata::default();
        message.headers.insert("content-type", "application/vnd.shop+json; charset=utf-8");
        message.headers.insert("ce-time", "yesterday");
        assert_eq!((mismatch(&message, &EVENT), read(&message, 1).time), (None, None));
    }
}
