//! The brokers that a binding may name: how they call things, and which settings their annotations take.
//!
//! `broker` names none: which one it is, a URL says when the program starts.

use super::settings::{Setting, Takes};

/// A broker that a binding may name.
#[derive(Debug)]
pub struct Product {
    /// The word in a binding: `kafka`.
    pub wire: &'static str,
    /// What it is called elsewhere.
    pub name: &'static str,
    /// Whether the runtime speaks to it.
    pub is_spoken: bool,
    /// What its annotation may say, `@kafka(partitions: 12)`.
    pub settings: &'static [Setting],
    /// What stands for a dot in derived names, where names have none.
    pub(super) dot: char,
}

impl Product {
    /// How many there are.
    pub(super) const COUNT: usize = 7;

    /// All of them, in the order of the book.
    pub const ALL: [&'static Product; Product::COUNT] = [&NATS, &KAFKA, &AMQP, &MQTT, &STOMP, &PULSAR, &ROCKETMQ];

    /// The product of that word in a binding, or of that annotation.
    pub fn named(wire: &str) -> Option<&'static Product> {
        Product::ALL.into_iter().find(|product| product.wire == wire)
    }

    /// The setting of that name.
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    pub(super) fn index(&self) -> usize {
        Product::ALL.iter().position(|product| product.wire == self.wire).expect("every product is in the list")
    }
}

static NATS: Product = Product {
    wire: "nats",
    name: "NATS JetStream",
    is_spoken: true,
    settings: &[
        Setting { name: "stream", takes: Takes::Text, topic: true, what: "the stream that keeps the topic" },
        Setting { name: "replicas", takes: Takes::Count(1, 5), topic: true, what: "on how many servers" },
        Setting {
            name: "storage",
            takes: Takes::Word(&["file", "memory"]),
            topic: true,
            what: "where events are kept",
        },
        Setting { name: "max_age", takes: Takes::Time, topic: true, what: "how long events are kept" },
        Setting { name: "max_bytes", takes: Takes::Size, topic: true, what: "how much is kept" },
        Setting { name: "duplicates", takes: Takes::Time, topic: true, what: "how long ids of events are remembered" },
        Setting {
            name: "ack_wait",
            takes: Takes::Time,
            topic: false,
            what: "after what time an event without outcome comes again",
        },
        Setting {
            name: "max_ack_pending",
            takes: Takes::Count(1, 65_536),
            topic: false,
            what: "how many events a group has in hand",
        },
    ],
    dot: '.',
};

static KAFKA: Product = Product {
    wire: "kafka",
    name: "Apache Kafka",
    is_spoken: false,
    settings: &[
        Setting {
            name: "partitions",
            takes: Takes::Count(1, 10_000),
            topic: true,
            what: "how many lanes keys are spread over",
        },
        Setting { name: "replicas", takes: Takes::Count(1, 100), topic: true, what: "on how many servers" },
        Setting { name: "min_insync", takes: Takes::Count(1, 100), topic: true, what: "how many of them confirm" },
        Setting { name: "retention", takes: Takes::Time, topic: true, what: "how long events are kept" },
        Setting { name: "compact", takes: Takes::Bool, topic: true, what: "keep the last event of each key" },
        Setting {
            name: "compression",
            takes: Takes::Word(&["none", "gzip", "snappy", "lz4", "zstd"]),
            topic: true,
            what: "how events are compressed",
        },
        Setting { name: "linger", takes: Takes::Time, topic: true, what: "how long a batch waits for more" },
        Setting {
            name: "start",
            takes: Takes::Word(&["earliest", "latest"]),
            topic: false,
            what: "where a new group begins",
        },
    ],
    dot: '.',
};

static AMQP: Product = Product {
    wire: "amqp",
    name: "RabbitMQ (AMQP 0-9-1)",
    is_spoken: false,
    settings: &[
        Setting {
            name: "exchange",
            takes: Takes::Text,
            topic: true,
            what: "the exchange that events are published to",
        },
        Setting {
            name: "queue",
            takes: Takes::Word(&["quorum", "classic", "stream"]),
            topic: false,
            what: "the kind of a group's queue",
        },
        Setting {
            name: "max_length",
            takes: Takes::Count(1, u32::MAX),
            topic: false,
            what: "how many events a queue keeps",
        },
        Setting { name: "message_ttl", takes: Takes::Time, topic: false, what: "how long a queue keeps an event" },
        Setting {
            name: "max_priority",
            takes: Takes::Count(1, 255),
            topic: false,
            what: "how many priorities a queue has",
        },
    ],
    dot: '.',
};

static MQTT: Product = Product {
    wire: "mqtt",
    name: "MQTT 5",
    is_spoken: false,
    settings: &[
        Setting {
            name: "qos",
            takes: Takes::Count(1, 2),
            topic: true,
            what: "the quality of service; 0 would lose events",
        },
        Setting {
            name: "retain",
            takes: Takes::Bool,
            topic: true,
            what: "keep the last event for who subscribes later",
        },
        Setting { name: "message_expiry", takes: Takes::Time, topic: true, what: "how long an event may wait" },
        Setting {
            name: "session_expiry",
            takes: Takes::Time,
            topic: false,
            what: "how long a group that is away is waited for",
        },
    ],
    dot: '.',
};

static STOMP: Product = Product {
    wire: "stomp",
    name: "ActiveMQ (STOMP 1.2)",
    is_spoken: false,
    settings: &[
        Setting {
            name: "destination",
            takes: Takes::Word(&["queue", "topic"]),
            topic: true,
            what: "the kind of destination",
        },
        Setting { name: "persistent", takes: Takes::Bool, topic: true, what: "whether events outlive a restart" },
        Setting { name: "expires", takes: Takes::Time, topic: true, what: "how long an event may wait" },
    ],
    dot: '.',
};

static PULSAR: Product = Product {
    wire: "pulsar",
    name: "Apache Pulsar",
    is_spoken: false,
    settings: &[
        Setting { name: "tenant", takes: Takes::Text, topic: true, what: "the tenant of the topic" },
        Setting { name: "namespace", takes: Takes::Text, topic: true, what: "the namespace of the topic" },
        Setting {
            name: "partitions",
            takes: Takes::Count(0, 10_000),
            topic: true,
            what: "how many parts the topic has",
        },
        Setting {
            name: "compression",
            takes: Takes::Word(&["none", "lz4", "zlib", "zstd", "snappy"]),
            topic: true,
            what: "how events are compressed",
        },
        Setting {
            name: "subscription",
            takes: Takes::Word(&["shared", "key_shared", "failover", "exclusive"]),
            topic: false,
            what: "how a group shares events",
        },
        Setting {
            name: "start",
            takes: Takes::Word(&["earliest", "latest"]),
            topic: false,
            what: "where a new group begins",
        },
    ],
    dot: '.',
};

static ROCKETMQ: Product = Product {
    wire: "rocketmq",
    name: "Apache RocketMQ 5",
    is_spoken: false,
    settings: &[
        Setting { name: "namespace", takes: Takes::Text, topic: true, what: "the namespace of topics and groups" },
        Setting { name: "queues", takes: Takes::Count(1, 1_024), topic: true, what: "how many queues the topic has" },
        Setting {
            name: "kind",
            takes: Takes::Word(&["normal", "fifo", "delay", "transaction"]),
            topic: true,
            what: "the type of the topic",
        },
    ],
    dot: '-',
};

/// What every broker can take: wildcards and spaces mean something to some of them.
pub(super) fn no_name(text: &str) -> Option<&'static str> {
    let is_forbidden = |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '*' | '>');
    let is_wrong = text.contains(is_forbidden) || text.split('.').any(str::is_empty);
    is_wrong.then_some("a name has no empty part between its dots, no space, no `*` and no `>`")
}

fn made_of(text: &str, marks: &str, most: usize) -> bool {
    let is_fine = |letter: char| letter.is_ascii_alphanumeric() || marks.contains(letter);
    !text.is_empty() && text.len() <= most && text.chars().all(is_fine)
}

pub(super) fn no_kafka_name(text: &str) -> Option<&'static str> {
    let is_fine = made_of(text, "._-", 249) && !matches!(text, "." | "..");
    (!is_fine).then_some("a name on Kafka is made of up to 249 letters, digits, `.`, `_` and `-`")
}

pub(super) fn no_amqp_name(text: &str) -> Option<&'static str> {
    if text.len() > 255 || text.contains('#') {
        return Some("a name on AMQP has at most 255 bytes, and no `#`");
    }
    no_name(text)
}

pub(super) fn no_mqtt_name(text: &str) -> Option<&'static str> {
    let is_wrong = text.is_empty() || text.len() > 65_535 || text.starts_with('$') || text.contains(['+', '#', '\0']);
    is_wrong.then_some("a name on MQTT has no `+`, no `#`, and no `$` in front")
}

pub(super) fn no_pulsar_name(text: &str) -> Option<&'static str> {
    let (kind, name) = text.split_once("://").unwrap_or(("persistent", text));
    let is_fine = matches!(kind, "persistent" | "non-persistent") && made_of(name, "._-=:/", 1_024);
    (!is_fine).then_some(
        "a name on Pulsar is made of letters, digits and `._-=:`, or whole: \"persistent://tenant/namespace/topic\"",
    )
}

pub(super) fn no_rocketmq_name(text: &str) -> Option<&'static str> {
    (!made_of(text, "%|_-", 127))
        .then_some("a name on RocketMQ is made of up to 127 letters, digits, `_`, `-`, `%` and `|`: it has no dots")
}
