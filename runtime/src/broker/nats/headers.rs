//! Headers to and from NATS.

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;

use crate::metadata::Metadata;

/// Headers that say something to a server; they are not the event's.
const SERVERS_OWN: &str = "nats-";

pub(super) fn write(headers: &Metadata) -> HeaderMap {
    let mut written = HeaderMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| !name.starts_with(SERVERS_OWN)) {
        written.insert(name, value);
    }
    written
}

/// The headers of a message that came, and its id where it has one. Names are lower case; of several values the last counts.
#[expect(clippy::iter_over_hash_type, reason = "names stand alone, their order says nothing")]
pub(super) fn read(headers: Option<&HeaderMap>) -> (Metadata, Option<String>) {
    let mut read = Metadata::default();
    let Some(headers) = headers else { return (read, None) };
    for (name, values) in headers.iter() {
        let name: &str = name.as_ref();
        let is_servers = name.get(..SERVERS_OWN.len()).is_some_and(|start| start.eq_ignore_ascii_case(SERVERS_OWN));
        if let Some(value) = values.last().filter(|_| !is_servers) {
            read.insert(name, value.as_str());
        }
    }
    let id = headers.get_last(NATS_MESSAGE_ID);
    (read, id.map(|id| id.as_str().to_owned()))
}
