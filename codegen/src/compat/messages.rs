//! Brokers: topics, keys, groups, dead letters and what is asked of them.

use wireloom_idl::Span;
use wireloom_idl::compat::{Change, Facet, Facets, Rule, pair, rules as language};
use wireloom_idl::contract::{FieldPath, TypeId};

use super::{Pair, WireDiff, rules};
use crate::bind::messages::{BoundHandler, BoundRequest, Capability, MessagesService};

const EVENT: Facets = Facets::of(&[Facet::Event]);

/// A service at one broker, before and now.
struct Broker<'a> {
    pair: Pair,
    wire: &'static str,
    old: &'a MessagesService,
    new: &'a MessagesService,
    was: Option<Span>,
    now: Option<Span>,
}

impl<'a> WireDiff<'a, '_> {
    /// Compares a service at each broker that it is bound to.
    pub(super) fn messages(&mut self, pair: Pair) {
        for &old in self.old.index.brokers(pair.old) {
            let wire = old.wire();
            let was = self.old.binding(pair.old, wire).map(|it| it.at);
            let now = self.new.binding(pair.new, wire).map(|it| it.at);
            // What is not bound any more is told as that; what no block names may be in no view.
            let nothing = MessagesService {
                package: pair.new.0,
                service: pair.new.1,
                product: old.product,
                is_bound: true,
                events: Vec::new(),
                handlers: Vec::new(),
                requests: Vec::new(),
            };
            if now.is_some() {
                let new =
                    self.new.index.brokers(pair.new).iter().find(|it| it.wire() == wire).copied().unwrap_or(&nothing);
                let broker = Broker { pair, wire, old, new, was, now };
                self.events(&broker);
                self.handlers_of(&broker);
                self.requests(&broker);
            }
        }
    }

    fn events(&mut self, broker: &Broker<'_>) {
        for old in &broker.old.events {
            let Some(id) = self.pairing.now(old.event) else { continue };
            let name = &self.new.side.contract.type_def(id).name;
            let Some(new) = broker.new.events.iter().find(|it| it.event == id) else {
                self.event_unbound(broker, id, name);
                continue;
            };
            self.topic(broker, name, ("goes to", "went to"), (&old.topic, &new.topic));
            self.key(broker, name, old.key.as_ref(), new.key.as_ref());
            self.requires(broker, name, &old.requires, &new.requires);
        }
    }

    fn event_unbound(&mut self, broker: &Broker<'_>, event: TypeId, name: &str) {
        // One that nobody emits any more is told there.
        if let Some(was) = broker.was.filter(|_| self.new.service(broker.pair.new).events().contains(&event)) {
            self.unbound(broker.pair, broker.wire, name, was);
        }
    }

    fn topic(&mut self, broker: &Broker<'_>, name: &str, verbs: (&str, &str), (old, new): (&str, &str)) {
        if old != new {
            let message = format!("`{name}` {} `{new}`, and {} `{old}`", verbs.0, verbs.1);
            self.message(broker, &rules::TOPIC_CHANGED, name, message);
        }
    }

    fn key(&mut self, broker: &Broker<'_>, name: &str, old: Option<&FieldPath>, new: Option<&FieldPath>) {
        let told = |path: Option<&FieldPath>| path.map(|path| path.segments.join("."));
        let (before, now) = (told(old), told(new));
        if before != now {
            let word =
                |key: Option<String>| key.map_or("the event's own key".to_owned(), |key| format!("the key `{key}`"));
            let message = format!("`{name}` has {} on its topic, and had {}", word(now), word(before));
            self.message(broker, &language::EVENT_KEY, name, message);
        }
    }

    fn requires(&mut self, broker: &Broker<'_>, name: &str, old: &[&Capability], new: &[&Capability]) {
        let gone = old.iter().filter(|it| !new.iter().any(|other| other.word == it.word));
        let gone: Vec<String> = gone.map(|it| format!("`{}`", it.word)).collect();
        if !gone.is_empty() {
            let message = format!("`{name}` does not require {} any more", gone.join(", "));
            self.message(broker, &rules::REQUIREMENT_DROPPED, name, message);
        }
    }

    fn handlers_of(&mut self, broker: &Broker<'_>) {
        let (before, now) = (self.old.service(broker.pair.old), self.new.service(broker.pair.new));
        let found = pair(
            before.handlers.iter().map(|it| it.name.as_str()),
            now.handlers.iter().map(|it| (it.name.as_str(), it.was.as_deref())),
        );
        for (index, was) in found.into_iter().enumerate() {
            let Some(was) = was.and_then(|was| broker.old.handlers.iter().find(|it| it.handler == was)) else {
                continue;
            };
            let name = &now.handlers[index].name;
            match broker.new.handlers.iter().find(|it| it.handler == index) {
                Some(is) => self.handler(broker, name, was, is),
                None => self.unbound(broker.pair, broker.wire, name, before.handlers[was.handler].at),
            }
        }
    }

    fn handler(&mut self, broker: &Broker<'_>, name: &str, old: &BoundHandler, new: &BoundHandler) {
        self.topic(broker, name, ("listens on", "did on"), (&old.topic, &new.topic));
        self.group(broker, name, &old.group, &new.group);
        if old.dead != new.dead {
            let word = |dead: &Option<String>| dead.as_ref().map_or("the default".to_owned(), |it| format!("`{it}`"));
            let message =
                format!("what `{name}` cannot handle goes to {}, and went to {}", word(&new.dead), word(&old.dead));
            self.message(broker, &rules::DEAD_LETTER, name, message);
        }
        if (old.retry, old.prefetch) != (new.retry, new.prefetch) {
            let message = format!("`{name}` is retried or fetched another way");
            self.message(broker, &rules::DELIVERY_CHANGED, name, message);
        }
        self.key(broker, name, old.key.as_ref(), new.key.as_ref());
        self.requires(broker, name, &old.requires, &new.requires);
    }

    fn group(&mut self, broker: &Broker<'_>, name: &str, old: &str, new: &str) {
        if old != new {
            let message = format!("`{name}` is of the group `{new}`, and was of `{old}`");
            self.message(broker, &rules::GROUP_CHANGED, name, message);
        }
    }

    /// Operations by request and reply.
    fn requests(&mut self, broker: &Broker<'_>) {
        for (old_at, new_at) in self.operations(broker.pair) {
            let find = |all: &'_ [BoundRequest], index: usize| all.iter().position(|it| it.operation == index);
            let Some(old) = find(&broker.old.requests, old_at.2) else { continue };
            let old = &broker.old.requests[old];
            let name = &self.new.service(broker.pair.new).operations[new_at.2].name;
            let Some(new) = find(&broker.new.requests, new_at.2) else {
                let at = super::operation(self.old.side.contract, old_at).at;
                self.unbound(broker.pair, broker.wire, name, at);
                continue;
            };
            let new = &broker.new.requests[new];
            self.topic(broker, name, ("is asked on", "was on"), (&old.topic, &new.topic));
            self.group(broker, name, &old.group, &new.group);
            self.requires(broker, name, &old.requires, &new.requires);
        }
    }

    fn message(&mut self, broker: &Broker<'_>, rule: &'static Rule, name: &str, message: String) {
        let subject = format!("{}.{name}.{}", self.new.full_name(broker.pair.new), broker.wire);
        let change = Change { was: broker.was, now: broker.now, ..Change::new(subject, message) };
        self.tell_both_ways(rule, EVENT, change);
    }
}
