//! Names for requests that come without one.
//!
//! A name is a UUID of version 7, so names in logs stand in the order of time. It is no secret: what makes it unlike
//! those of other processes is a keyed hash of a counter, since asking the system for random bytes would cost a system
//! call for each request.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{Builder, Uuid};

use crate::clock;

/// A name that no other request has.
pub(crate) fn new() -> String {
    static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut bytes = [0; 10];
    bytes[..2].copy_from_slice(&(count as u16).to_be_bytes());
    bytes[2..].copy_from_slice(&KEYS.hash_one(count).to_be_bytes());
    let uuid = Builder::from_unix_timestamp_millis(clock::since_epoch().as_millis() as u64, &bytes).into_uuid();
    uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_uuids_of_their_own() {
        let names: Vec<String> = (0..10_000).map(|_| new()).collect();
        let unique: std::collections::BTreeSet<&String> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        assert!(names.iter().all(|name| Uuid::parse_str(name).is_ok_and(|uuid| uuid.get_version_num() == 7)));
    }
}
