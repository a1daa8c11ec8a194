//! What has one effect however often it is tried: names that are the same each time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

#[cfg(feature = "broker")]
use crate::fault::{Code, Fault};

/// How many kinds and keys of events one effect counts. At some 40 bytes each, these are 4 MB.
#[cfg(feature = "broker")]
const PLACES_MAX: usize = 100_000;

/// A keyed call or the handling of an event, which may be performed a second time: after a failure that may pass, or because a process
/// has died.
#[derive(Debug)]
pub(crate) struct Effect {
    id: Uuid,
    /// How many events were published, by where they go.
    published: Mutex<HashMap<Uuid, u32>>,
}

impl Effect {
    /// The effect that these parts name.
    pub(crate) fn of<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> Effect {
        Effect { id: uuid_of(parts), published: Mutex::default() }
    }

    pub(crate) fn id(&self) -> Uuid {
        self.id
    }

    /// The id of the next event of that kind that goes there, which is the same whenever as many went there before.
    ///
    /// # Errors
    /// When so many kinds and keys went out already that no further one is counted.
    #[cfg(feature = "broker")]
    pub(crate) fn next_event(&self, topic: &str, kind: &str, key: Option<&str>) -> Result<Uuid, Fault> {
        let (id, has_key) = (self.id.as_bytes().as_slice(), [u8::from(key.is_some())]);
        let key = key.unwrap_or_default().as_bytes();
        let place = uuid_of([id, topic.as_bytes(), kind.as_bytes(), &has_key, key]);
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        if published.len() >= PLACES_MAX && !published.contains_key(&place) {
            return Err(uncounted());
        }
        let before = published.entry(place).or_default();
        let id = uuid_of([place.as_bytes().as_slice(), &before.to_be_bytes()]);
        *before += 1;
        Ok(id)
    }
}

/// What a handler is told that publishes events of too many keys.
#[cfg(feature = "broker")]
fn uncounted() -> Fault {
    let message = format!(
        "events of more than {PLACES_MAX} keys under one call or event: further ones need an id of their own (`PublishOptions::id`)"
    );
    // A code that is final for a handler's event as for a keyed call: the next try would publish as many, after all else anew.
    Fault::new(Code::FailedPrecondition, message).with_retry_never()
}

/// A uuid (version 8) that is a digest of these parts.
fn uuid_of<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> Uuid {
    let mut hasher = Sha256::new();
    for part in parts {
        // Its length stands before it, so that no two lists look alike.
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(all(test, feature = "broker"))]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::messaging::{Bus, Emits, Event, EventFacts, Outcome, Publisher};
    use crate::validate::{At, Validate, Violations};
    use crate::{Context, idempotency};

    #[derive(Clone, Serialize, Deserialize)]
    struct Pinged;

    impl Validate for Pinged {
        fn check(&self, _: &At<'_>, _: &mut Violations) {}
    }

    impl Event for Pinged {
        const FACTS: &'static EventFacts = &EventFacts { kind: "a.Pinged", version: 1, keyed: false };
    }

    enum Events {}

    impl Emits<Pinged> for Events {
        const TOPIC: &'static str = "a.pinged";
        const SOURCE: &'static str = "/a/A";
    }

    #[test]
    fn events_have_ids_of_their_own_and_the_same_each_time() {
        let ids = || {
            let effect = Effect::of(["a", "b"].map(str::as_bytes));
            let places = [("t", None), ("t", None), ("t", Some("")), ("t", Some("k")), ("u", Some("k"))];
            let ids = places.map(|(topic, key)| effect.next_event(topic, "e", key).unwrap());
            [ids.as_slice(), &[effect.next_event("t", "f", None).unwrap()]].concat()
        };
        assert_eq!(ids(), ids());
        assert_eq!(ids().iter().collect::<std::collections::BTreeSet<_>>().len(), 6);
        assert_ne!(Effect::of(["a", "b"].map(str::as_bytes)).id(), Effect::of(["ab"].map(str::as_bytes)).id());
    }

    #[test]
    fn keys_are_counted_up_to_a_bound() {
        let effect = Effect::of(["a".as_bytes()]);
        let next = |key: usize| effect.next_event("t", "e", Some(&key.to_string()));
        for key in 0..PLACES_MAX {
            next(key).unwrap();
        }
        let fault = next(PLACES_MAX).unwrap_err();
        assert_eq!((fault.code(), fault.retry_never()), (Code::FailedPrecondition, true));
        assert!(fault.message().contains("PublishOptions::id"), "{fault}");
        assert_eq!(effect.published.lock().unwrap().len(), PLACES_MAX);
        // What is counted already goes on to be.
        assert_ne!(next(0).unwrap(), next(0).unwrap());
    }
    #[tokio::test]
    async fn what_publishes_too_many_is_not_performed_again() {
        let places = (0..PLACES_MAX as u128).map(|place| (Uuid::from_u128(place), 1));
        let full = Effect { published: Mutex::new(places.collect()), ..Effect::of(["a".as_bytes()]) };
        let cx = Context::new().with_effect(full);
        let publisher = Publisher::<Events>::new(Bus::connect("memory://").await.unwrap());
        let published = publisher.publish(&cx, &Pinged).await;
        // A keyed call that fails so has ended.
        assert!(!idempotency::may_pass(published.as_ref().unwrap_err().code()));
        let outcome = Outcome::from(published);
        assert!(matches!(&outcome, Outcome::Reject(why) if why.contains("PublishOptions::id")), "{outcome:?}");
    }
}
