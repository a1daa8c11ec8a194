//! What a contract may require of a broker (`requires [replay, delay]`), and what each product can do.
//!
//! The portable core needs no word: an event that is published is confirmed, delivered at least once, to one member of each
//! group, counted, retried and put aside. What stands here is beyond it, or says how a product keeps it.

use super::products::Product;

/// Something that brokers can do or not.
#[derive(Debug)]
pub struct Capability {
    /// The word behind `requires`.
    pub word: &'static str,
    /// What it is.
    pub what: &'static str,
    /// By product, in the order of [`Product::ALL`].
    support: [Support; Product::COUNT],
}

/// How a product can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// The product does it.
    Native,
    /// It is made of other things that the product does.
    Emulated(&'static str),
    /// Only with this setting: its name and its value.
    With(&'static str, &'static str),
    /// Not at all; why.
    No(&'static str),
}

use Support::{Emulated, Native, No, With};

impl Capability {
    /// The capability of that word.
    pub fn named(word: &str) -> Option<&'static Capability> {
        ALL.iter().find(|capability| capability.word == word)
    }

    /// All of them, in the order of the book.
    pub fn all() -> &'static [Capability] {
        ALL
    }

    /// How a product can do it.
    pub fn of(&self, product: &Product) -> Support {
        self.support[product.index()]
    }
}

/// Columns: nats, kafka, amqp, mqtt, stomp, pulsar, rocketmq.
const ALL: &[Capability] = &[
    Capability {
        word: "replay",
        what: "a new group may begin with events of the past",
        support: [
            Native,
            Native,
            With("queue", "stream"),
            No("MQTT keeps the last event of a topic, no history"),
            No("a queue forgets what was handled"),
            Native,
            Native,
        ],
    },
    Capability {
        word: "durable",
        what: "events outlive a restart of the broker, and wait for a group that is away",
        support: [Native, Native, Native, Native, Native, Native, Native],
    },
    Capability {
        word: "key_order",
        what: "events of one key are handled in their order, however many members a group has",
        support: [
            Emulated("one member of a group reads"),
            Native,
            Emulated("a single active consumer"),
            No("a shared subscription spreads events without regard to keys"),
            Native,
            Native,
            Native,
        ],
    },
    Capability {
        word: "broadcast",
        what: "every group sees every event",
        support: [Native, Native, Native, Native, Native, Native, Native],
    },
    Capability {
        word: "request_reply",
        what: "operations over the broker: a request, and an answer to who asked",
        support: [
            Native,
            Emulated("a topic of answers"),
            Native,
            Native,
            Native,
            Emulated("a topic of answers"),
            Emulated("a topic of answers"),
        ],
    },
    Capability {
        word: "retry_after",
        what: "an event comes again after a time that the handler says",
        support: [
            Native,
            Emulated("the event waits in hand, and its partition with it"),
            Emulated("a queue with a time to live in front"),
            Emulated("the event waits in hand"),
            Native,
            Native,
            Native,
        ],
    },
    Capability {
        word: "count",
        what: "how often an event was delivered is known across restarts of its handler",
        support: [
            Native,
            Emulated("a header of its copy"),
            Native,
            Emulated("a header of its copy"),
            Emulated("a header of its copy"),
            Native,
            Native,
        ],
    },
    Capability {
        word: "dead_letter",
        what: "what cannot be handled is put aside",
        support: [
            Emulated("published by the handler's side"),
            Emulated("published by the handler's side"),
            Native,
            Emulated("published by the handler's side"),
            Native,
            Emulated("published by the handler's side"),
            Native,
        ],
    },
    Capability {
        word: "delay",
        what: "an event may be published now and delivered later",
        support: [
            Emulated("a stream of what waits"),
            Emulated("a topic of what waits"),
            Emulated("a queue with a time to live in front"),
            No("MQTT delivers at once"),
            Native,
            Native,
            Native,
        ],
    },
    Capability {
        word: "priority",
        what: "urgent events overtake others",
        support: [
            No("a stream is read in its order"),
            No("a partition is read in its order"),
            Native,
            No("MQTT knows no priorities"),
            Native,
            No("a topic is read in its order"),
            No("a queue is read in its order"),
        ],
    },
    Capability {
        word: "ttl",
        what: "an event may say when it is too old to be delivered",
        support: [
            Native,
            No("Kafka drops by age of the topic, not of the event"),
            Native,
            Native,
            Native,
            No("Pulsar drops by age of the namespace, not of the event"),
            No("RocketMQ drops by age of the store, not of the event"),
        ],
    },
    Capability {
        word: "dedup",
        what: "an event that is published twice is delivered once",
        support: [
            Native,
            Emulated("the handler's side remembers ids"),
            Emulated("the handler's side remembers ids"),
            Emulated("the handler's side remembers ids"),
            Emulated("the handler's side remembers ids"),
            Native,
            Emulated("the handler's side remembers ids"),
        ],
    },
    Capability {
        word: "transactions",
        what: "several events are published all or none",
        support: [
            No("JetStream has them from 2.12 on, which the client does not speak"),
            Native,
            Native,
            No("MQTT knows no transactions"),
            Native,
            No("the Rust client has no transactions"),
            Native,
        ],
    },
    Capability {
        word: "exactly_once",
        what: "handling an event and publishing others is one act",
        support: [
            No("only Kafka joins both in one transaction"),
            Native,
            No("only Kafka joins both in one transaction"),
            No("only Kafka joins both in one transaction"),
            No("only Kafka joins both in one transaction"),
            No("the Rust client has no transactions"),
            No("only Kafka joins both in one transaction"),
        ],
    },
    Capability {
        word: "batch",
        what: "many events travel in one message of the broker",
        support: [
            Emulated("many are on their way at once"),
            Native,
            Emulated("many are on their way at once"),
            No("an event is a message"),
            Emulated("many are on their way at once"),
            Native,
            Native,
        ],
    },
    Capability {
        word: "compression",
        what: "events are compressed on their way and at rest",
        support: [
            No("NATS takes bytes as they are"),
            Native,
            No("AMQP takes bytes as they are"),
            No("MQTT takes bytes as they are"),
            No("STOMP takes bytes as they are"),
            Native,
            Native,
        ],
    },
    Capability {
        word: "schema_registry",
        what: "the broker knows the schema of a topic, and refuses what does not fit",
        support: [
            No("NATS knows no schemas"),
            Emulated("a registry beside Kafka, in Confluent's framing"),
            No("AMQP knows no schemas"),
            No("MQTT knows no schemas"),
            No("STOMP knows no schemas"),
            Native,
            No("RocketMQ knows no schemas"),
        ],
    },
    Capability {
        word: "wildcard",
        what: "one subscription over all topics of a pattern",
        support: [Native, Native, Native, Native, Native, Native, No("a group names its topics")],
    },
    Capability {
        word: "last_value",
        what: "who subscribes gets the last event of each key first",
        support: [
            Native,
            Native,
            No("a queue forgets what was handled"),
            Native,
            No("a queue forgets what was handled"),
            Native,
            No("a queue keeps events by age"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_capabilities_want_exist() {
        for (capability, product) in ALL.iter().flat_map(|it| Product::ALL.iter().map(move |product| (it, product))) {
            if let With(name, value) = capability.of(product) {
                let setting = product.setting(name).unwrap_or_else(|| panic!("{} has no {name}", product.wire));
                assert!(setting.takes.words().contains(&value), "{}: {name}", product.wire);
            }
        }
    }

    #[test]
    fn every_capability_is_somebodys() {
        for capability in ALL {
            assert!(Product::ALL.iter().any(|product| capability.of(product) == Native), "{}", capability.word);
        }
    }
}
