//! A message: what a broker carries.

use bytes::Bytes;

use super::envelope;
use crate::metadata::Metadata;

/// A payload with headers, for a topic. Brokers carry it and look at nothing but topic, key and id.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where it goes, or came from: `shop.orders.placed`.
    pub topic: String,
    /// Names this message among all: a broker that knows it already may drop it.
    pub id: String,
    /// Messages of one key keep their order.
    pub key: Option<String>,
    /// Lower-case names and texts.
    pub headers: Metadata,
    /// The payload.
    pub payload: Bytes,
}

impl Message {
    /// A message as a broker brings it. `id` is what the broker knows it by; its key is among the headers.
    pub fn received(topic: impl Into<String>, id: impl Into<String>, headers: Metadata, payload: Bytes) -> Message {
        Message { topic: topic.into(), id: id.into(), key: envelope::key(&headers), headers, payload }
    }
}
