//! Brokers: topics, keys, groups and dead letters.

use wireloom_idl::compat::{Change, Facet, Facets, Rule, pair, rules as language};
use wireloom_idl::contract::FieldPath;

use super::{Pair, WireDiff, rules};
use crate::Wire;
use crate::bind::messages::{BoundHandler, EmittedEvent};

const EVENT: Facets = Facets::of(&[Facet::Event]);

impl WireDiff<'_, '_> {
    /// Compares a service on brokers, where it is bound to one.
    pub(super) fn messages(&mut self, pair: Pair) {
        let broker = Wire::Broker.as_str();
        let is_bound = self.old.binding(pair.old, broker).is_some() && self.new.binding(pair.new, broker).is_some();
        if !is_bound {
            return;
        }
        let Some(old) = self.old.views.messages.service(pair.old.0, pair.old.1) else { return };
        let (mut events, mut handlers): (&[EmittedEvent], &[BoundHandler]) = (&[], &[]);
        if let Some(new) = self.new.views.messages.service(pair.new.0, pair.new.1) {
            (events, handlers) = (&new.events, &new.handlers);
        }
        for event in &old.events {
            self.event(pair, event, events);
        }
        self.handlers_on_topics(pair, &old.handlers, handlers);
    }

    fn event(&mut self, pair: Pair, old: &EmittedEvent, all: &[EmittedEvent]) {
        let Some(id) = self.pairing.now(old.event) else { return };
        let def = self.new.side.contract.type_def(id);
        let Some(new) = all.iter().find(|it| it.event == id) else {
            let service = self.new.service(pair.new);
            // One that nobody emits any more is told there.
            if service.operations.iter().any(|it| it.emits.contains(&id)) {
                let at = self.old.binding(pair.old, Wire::Broker.as_str()).map_or(def.at, |it| it.at);
                self.unbound(pair, Wire::Broker.as_str(), &def.name, at);
            }
            return;
        };
        if old.topic != new.topic {
            let message = format!("`{}` goes to `{}`, and went to `{}`", def.name, new.topic, old.topic);
            self.message(pair, &rules::TOPIC_CHANGED, &def.name, message);
        }
        self.key(pair, &def.name, old.key.as_ref(), new.key.as_ref());
    }

    fn key(&mut self, pair: Pair, name: &str, old: Option<&FieldPath>, new: Option<&FieldPath>) {
        let told = |path: Option<&FieldPath>| path.map(|path| path.segments.join("."));
        let (before, now) = (told(old), told(new));
        if before != now {
            let word =
                |key: Option<String>| key.map_or("the event's own key".to_owned(), |key| format!("the key `{key}`"));
            let message = format!("`{name}` has {} on its topic, and had {}", word(now), word(before));
            self.message(pair, &language::EVENT_KEY, name, message);
        }
    }

    fn handlers_on_topics(&mut self, at: Pair, old: &[BoundHandler], new: &[BoundHandler]) {
        let (before, now) = (self.old.service(at.old), self.new.service(at.new));
        let found = pair(
            before.handlers.iter().map(|it| it.name.as_str()),
            now.handlers.iter().map(|it| (it.name.as_str(), it.was.as_deref())),
        );
        for (index, was) in found.into_iter().enumerate() {
            let Some(was) = was.and_then(|was| old.iter().find(|it| it.handler == was)) else { continue };
            let name = &now.handlers[index].name;
            match new.iter().find(|it| it.handler == index) {
                Some(is) => self.handler(at, name, was, is),
                None => self.unbound(at, Wire::Broker.as_str(), name, before.handlers[was.handler].at),
            }
        }
    }

    fn handler(&mut self, pair: Pair, name: &str, old: &BoundHandler, new: &BoundHandler) {
        if old.topic != new.topic {
            let message = format!("`{name}` listens on `{}`, and did on `{}`", new.topic, old.topic);
            self.message(pair, &rules::TOPIC_CHANGED, name, message);
        }
        if old.group != new.group {
            let message = format!("`{name}` is of the group `{}`, and was of `{}`", new.group, old.group);
            self.message(pair, &rules::GROUP_CHANGED, name, message);
        }
        if old.dead != new.dead {
            let word = |dead: &Option<String>| dead.as_ref().map_or("the default".to_owned(), |it| format!("`{it}`"));
            let message =
                format!("what `{name}` cannot handle goes to {}, and went to {}", word(&new.dead), word(&old.dead));
            self.message(pair, &rules::DEAD_LETTER, name, message);
        }
        if (old.retry, old.prefetch) != (new.retry, new.prefetch) {
            self.message(pair, &rules::DELIVERY_CHANGED, name, format!("`{name}` is retried or fetched another way"));
        }
        self.key(pair, name, old.key.as_ref(), new.key.as_ref());
    }

    fn message(&mut self, pair: Pair, rule: &'static Rule, name: &str, message: String) {
        let broker = Wire::Broker.as_str();
        let mut change = Change::new(format!("{}.{name}", self.new.full_name(pair.new)), message);
        change.was = self.old.binding(pair.old, broker).map(|it| it.at);
        change.now = self.new.binding(pair.new, broker).map(|it| it.at);
        self.tell_both_ways(rule, EVENT, change);
    }
}
