//! What is said to etcd's gateway and what it answers, as far as it matters here.
//!
//! Bytes are base64; whole numbers of 64 bits are texts, and left out where they are 0.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};

use crate::discovery::snapshot::Instance;
use crate::discovery::url;

/// Asks for all keys with a prefix.
#[derive(Serialize)]
pub(super) struct Range {
    key: String,
    range_end: String,
    limit: String,
}

impl Range {
    pub(super) fn of_prefix(prefix: &str, limit: usize) -> Range {
        Range { key: STANDARD.encode(prefix), range_end: STANDARD.encode(end_of(prefix)), limit: limit.to_string() }
    }
}

/// The first key behind all those with a prefix.
fn end_of(prefix: &str) -> Vec<u8> {
    let mut end = prefix.as_bytes().to_vec();
    // UTF-8 has no byte 255.
    if let Some(last) = end.last_mut() {
        *last = last.saturating_add(1);
    }
    end
}

#[derive(Deserialize)]
pub(super) struct Ranged {
    pub(super) header: Header,
    #[serde(default)]
    pub(super) kvs: Vec<KeyValue>,
}

#[derive(Default, Deserialize)]
pub(super) struct Header {
    #[serde(default, deserialize_with = "number")]
    pub(super) revision: i64,
}

#[derive(Deserialize)]
pub(super) struct KeyValue {
    #[serde(default)]
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: String,
    #[serde(default, deserialize_with = "number")]
    pub(super) mod_revision: i64,
}

/// Watches all keys with a prefix.
#[derive(Serialize)]
pub(super) struct Watch {
    create_request: WatchCreate,
}

#[derive(Serialize)]
struct WatchCreate {
    key: String,
    range_end: String,
    start_revision: String,
    /// Large answers come in pieces.
    fragment: bool,
}

impl Watch {
    pub(super) fn of_prefix(prefix: &str, revision: i64) -> Watch {
        let (key, range_end) = (STANDARD.encode(prefix), STANDARD.encode(end_of(prefix)));
        Watch { create_request: WatchCreate { key, range_end, start_revision: revision.to_string(), fragment: true } }
    }
}

/// An item of a stream.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Item<T> {
    Result(T),
    Error(Refused),
}

#[derive(Deserialize)]
pub(super) struct Watched {
    #[serde(default)]
    pub(super) canceled: bool,
    #[serde(default)]
    pub(super) cancel_reason: String,
    #[serde(default, deserialize_with = "number")]
    pub(super) compact_revision: i64,
    #[serde(default)]
    pub(super) events: Vec<Event>,
}

#[derive(Deserialize)]
pub(super) struct Event {
    #[serde(default, rename = "type")]
    pub(super) kind: EventKind,
    pub(super) kv: KeyValue,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum EventKind {
    #[default]
    Put,
    Delete,
}

/// What etcd says where it does not do it.
#[derive(Deserialize)]
pub(super) struct Refused {
    #[serde(default)]
    pub(super) message: String,
}

#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) struct Grant {
    pub(super) ttl: String,
}

/// One lease, kept alive or given back.
#[derive(Serialize)]
pub(super) struct OfLease<'a> {
    #[serde(rename = "ID")]
    pub(super) id: &'a str,
}

#[derive(Deserialize)]
pub(super) struct Lease {
    /// A number of 64 bits in figures, which is all that it is needed as.
    #[serde(default, rename = "ID")]
    pub(super) id: String,
    /// Seconds; none of one that is no more.
    #[serde(default, rename = "TTL", deserialize_with = "number")]
    pub(super) ttl: i64,
}

#[derive(Serialize)]
pub(super) struct Put<'a> {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) lease: &'a str,
}

impl<'a> Put<'a> {
    pub(super) fn new(key: &str, value: &[u8], lease: &'a str) -> Put<'a> {
        Put { key: STANDARD.encode(key), value: STANDARD.encode(value), lease }
    }
}

/// An answer of which nothing is wanted.
#[derive(Deserialize)]
pub(super) struct Ignored {}

#[derive(Serialize)]
pub(super) struct Authenticate<'a> {
    pub(super) name: &'a str,
    pub(super) password: &'a str,
}

#[derive(Deserialize)]
pub(super) struct Authenticated {
    pub(super) token: String,
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| serde::de::Error::custom("a number is no number"))
}

/// An instance as its value has it. What later versions say beside is none of ours.
#[derive(Deserialize, Serialize)]
struct Value {
    address: String,
    #[serde(default = "one")]
    weight: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

fn one() -> u32 {
    1
}

/// How an instance is called below its prefix, and in logs.
pub(super) fn name(instance: &Instance) -> String {
    instance.endpoint.to_string().trim_end_matches('/').to_owned()
}

/// An instance's value.
pub(super) fn value(instance: &Instance) -> Vec<u8> {
    let Instance { weight, host, zone, metadata, .. } = instance.clone();
    let value = Value { address: name(instance), weight, host, zone, metadata };
    serde_json::to_vec(&value).expect("texts and numbers are JSON")
}

/// The instance of a value, in base64; else what is wrong with it.
pub(super) fn instance(value: &str, scheme: &str, bytes_max: usize) -> Result<Instance, String> {
    let bytes = value.len() / 4 * 3;
    if bytes > bytes_max + 2 {
        return Err(format!("it has about {bytes} bytes, {bytes_max} may be"));
    }
    let bytes = STANDARD.decode(value).map_err(|error| error.to_string())?;
    let Value { address, weight, host, zone, metadata } =
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let endpoint = url::endpoint(&address, scheme).map_err(|error| error.to_string())?;
    Instance { host, zone, metadata, ..Instance::new(endpoint).weighing(weight) }.bounded()
}

/// A key as people read it.
pub(super) fn shown(key: &str) -> String {
    let bytes = STANDARD.decode(key).unwrap_or_default();
    String::from_utf8_lossy(&bytes).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Endpoint;

    fn read(json: &str) -> String {
        match instance(&STANDARD.encode(json), "rpc", 100) {
            Ok(found) => format!("{}*{}", found.endpoint, found.weight),
            Err(wrong) => wrong,
        }
    }

    #[test]
    fn an_instance_comes_back_as_it_was() {
        let mut given = Instance::new(Endpoint::new("http://10.0.0.7:8080/orders").unwrap()).weighing(3).in_zone("a");
        given.metadata.insert("rack".to_owned(), "7".to_owned());
        let back = instance(&STANDARD.encode(value(&given)), "rpc", 1000).unwrap();
        assert_eq!(back, given);
        let short = Instance::new(Endpoint::new("http://10.0.0.7:8080").unwrap());
        assert_eq!(String::from_utf8(value(&short)).unwrap(), r#"{"address":"http://10.0.0.7:8080","weight":1}"#);
    }

    #[test]
    fn a_value_that_is_none_says_why() {
        assert_eq!(read(r#"{"address": "a:1", "later": true}"#), "rpc://a:1/*1");
        assert_eq!(read(r#"{"address": "a:1", "weight": 4000000000}"#), "rpc://a:1/*65535");
        assert_eq!(read("{}"), "missing field `address` at line 1 column 2");
        assert_eq!(read(r#"{"address": "no address"}"#), "`no address` is no address such as 10.0.0.1:8080");
        assert_eq!(read(&"x".repeat(200)), "it has about 201 bytes, 100 may be");
        assert_eq!(instance("no base64", "http", 100).unwrap_err(), "Invalid symbol 32, offset 2.");
    }

    #[test]
    fn an_item_is_a_result_or_an_error() {
        let item = |json: &str| match serde_json::from_str::<Item<Watched>>(json).unwrap() {
            Item::Result(watched) => format!("{} events, {}", watched.events.len(), watched.compact_revision),
            Item::Error(refused) => refused.message,
        };
        assert_eq!(item(r#"{"result":{"header":{},"created":true}}"#), "0 events, 0");
        assert_eq!(item(r#"{"result":{"canceled":true,"compact_revision":"4"}}"#), "0 events, 4");
        assert_eq!(item(r#"{"result":{"events":[{"kv":{"key":"YQ=="}},{"type":"DELETE","kv":{}}]}}"#), "2 events, 0");
        assert_eq!(item(r#"{"error":{"grpc_code":14,"message":"transport is closing"}}"#), "transport is closing");
    }

    #[test]
    fn keys_of_a_prefix_end_where_others_begin() {
        assert_eq!(end_of("/services/orders/"), b"/services/orders0");
    }
}
