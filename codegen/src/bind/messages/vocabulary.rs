//! The clauses of brokers: the same for all of them, but for the names that each admits.

use super::products::{self, Product};
use crate::bind::clauses::{About, Clause, Takes, Vocabulary};
use crate::codes;

/// What a clause about handling is about.
const HANDLING: &[About] = &[About::Handler];
/// What has a topic.
const TOPICS: &[About] = &[About::Event, About::Handler, About::Call];

/// The clauses of a broker whose names are judged so.
const fn clauses(wrong_name: fn(&str) -> Option<&'static str>) -> [Clause; 7] {
    [
        Clause {
            word: "topic",
            form: "topic \"shop.orders.placed\"",
            about: TOPICS,
            in_all: false,
            unsaid: "an event: `package.event_in_snake_case`; a handler: the topic that the bindings give its event; \
                     an operation: `package.service.operation`",
            what: "where it is published, heard or asked for",
            takes: Takes::Text(wrong_name),
            excludes: &[],
        },
        Clause {
            word: "group",
            form: "group \"orders\"",
            about: &[About::Handler, About::Call],
            in_all: true,
            unsaid: "the service's name in snake case",
            what: "who shares the events of a topic: each goes to one member of every group",
            takes: Takes::Text(wrong_name),
            excludes: &[],
        },
        Clause {
            word: "key",
            form: "key order.id",
            about: &[About::Event, About::Handler],
            in_all: false,
            unsaid: "the event's own key, or none",
            what: "the field whose events are handled in their order",
            takes: Takes::Path,
            excludes: &[],
        },
        Clause {
            word: "retry",
            form: "retry 5 backoff 200ms..30s",
            about: HANDLING,
            in_all: true,
            unsaid: "5 times, after 200ms to 30s",
            what: "how often an event is tried again, and after which waits",
            takes: Takes::Retry,
            excludes: &[],
        },
        Clause {
            word: "dead",
            form: "dead \"shop.orders.dead\"",
            about: HANDLING,
            in_all: true,
            unsaid: "the topic with `.dead` behind it",
            what: "where events go that cannot be handled",
            takes: Takes::Text(wrong_name),
            excludes: &[],
        },
        Clause {
            word: "prefetch",
            form: "prefetch 64",
            about: &[About::Handler, About::Call],
            in_all: true,
            unsaid: "64 events",
            what: "how many are in hand at once",
            takes: Takes::Count(1),
            excludes: &[],
        },
        Clause {
            word: "requires",
            form: "requires [replay, delay]",
            about: TOPICS,
            in_all: true,
            unsaid: "what every broker can do",
            what: "what the broker must be able to do",
            takes: Takes::Words,
            excludes: &[],
        },
    ]
}

/// Makes the vocabulary of each line.
macro_rules! vocabularies {
    ($($name:ident $wire:literal $wrong_name:path)*) => {
        $(static $name: Vocabulary = Vocabulary { wire: $wire, clauses: &const { clauses($wrong_name) }, code: &codes::BROKER_CLAUSE };)*

        /// All that bindings to `broker` may say, or to a product.
        pub(super) fn of(product: Option<&Product>) -> &'static Vocabulary {
            let wire = product.map_or("broker", |product| product.wire);
            let all = [$(&$name),*];
            all.into_iter().find(|it| it.wire == wire).expect("every product has a line")
        }
    };
}

vocabularies! {
    BROKER "broker" products::no_name
    NATS "nats" products::no_name
    KAFKA "kafka" products::no_kafka_name
    AMQP "amqp" products::no_amqp_name
    MQTT "mqtt" products::no_mqtt_name
    STOMP "stomp" products::no_name
    PULSAR "pulsar" products::no_pulsar_name
    ROCKETMQ "rocketmq" products::no_rocketmq_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_has_its_words() {
        for product in Product::ALL {
            assert_eq!(of(Some(product)).wire, product.wire);
        }
        assert_eq!(of(None).wire, "broker");
    }
}
