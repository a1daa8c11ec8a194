//! What is known of tokens for a while: bounded, and of a token it keeps a digest only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// What a token is known by.
pub(super) type Digest = [u8; 32];

/// Answers by token, each until its time. Past its bound it forgets the older half at once.
pub(super) struct Cache<V> {
    entries_max: usize,
    halves: Mutex<Halves<V>>,
}

struct Halves<V> {
    newer: HashMap<Digest, Entry<V>>,
    older: HashMap<Digest, Entry<V>>,
}

#[derive(Clone)]
struct Entry<V> {
    value: V,
    /// Since 1970.
    until: Duration,
}

impl<V: Clone> Cache<V> {
    pub(super) fn new(entries_max: usize) -> Cache<V> {
        let halves = Halves { newer: HashMap::new(), older: HashMap::new() };
        Cache { entries_max, halves: Mutex::new(halves) }
    }

    /// What is known of a token, if it still holds.
    pub(super) fn get(&self, token: &str, now: Duration) -> Option<V> {
        let halves = self.lock();
        let digest = digest(token);
        let entry = halves.newer.get(&digest).or_else(|| halves.older.get(&digest))?;
        (now < entry.until).then(|| entry.value.clone())
    }

    /// Knows that until then.
    pub(super) fn put(&self, token: &str, value: V, until: Duration) {
        self.lock().put(digest(token), Entry { value, until }, self.entries_max);
    }

    /// What is known of a token, or is from now on until then.
    pub(super) fn get_or_put(&self, token: &str, now: Duration, until: Duration, make: impl FnOnce() -> V) -> V {
        let (digest, mut halves) = (digest(token), self.lock());
        let known = halves.newer.get(&digest).or_else(|| halves.older.get(&digest));
        if let Some(entry) = known.filter(|entry| now < entry.until) {
            return entry.value.clone();
        }
        let value = make();
        halves.put(digest, Entry { value: value.clone(), until }, self.entries_max);
        value
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Halves<V>> {
        // No code that can panic runs under the lock.
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Halves<V> {
    fn put(&mut self, digest: Digest, entry: Entry<V>, entries_max: usize) {
        if self.newer.len() >= entries_max / 2 {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(digest, entry);
    }
}

/// What a token is known by.
pub(super) fn digest(token: &str) -> Digest {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_holds_until_its_time_and_within_its_bound() {
        let cache = Cache::new(100);
        cache.put("a", 1, SECOND);
        assert_eq!(
            (cache.get("a", Duration::ZERO), cache.get("a", SECOND), cache.get("b", Duration::ZERO)),
            (Some(1), None, None)
        );
        for count in 0..1000 {
            cache.put(&format!("{count}"), count, SECOND);
            assert_eq!(cache.get_or_put(&format!("{count}"), Duration::ZERO, SECOND, || -1), count);
            assert_eq!(cache.get_or_put(&format!("other {count}"), Duration::ZERO, SECOND, || -1), -1);
            let halves = cache.lock();
            assert!(halves.newer.len() + halves.older.len() <= 100);
        }
        assert_eq!((cache.get("999", Duration::ZERO), cache.get("1", Duration::ZERO)), (Some(999), None));
    }
}
