//! Events and handlers of each service: clauses read, judged and completed to the view.

use wireloom_idl::contract::{
    At, Binding, BindingEntry, Contract, FieldPath, Handler, Package, ScalarType, Service, Subject, Type, TypeId,
    TypeKind,
};
use wireloom_idl::syntax::tree::Path;
use wireloom_idl::{Diagnostic, Diagnostics};

use super::vocabulary::{self, Clauses};
use super::{BoundHandler, EmittedEvent, MessagesService, MessagesView, default_topic};
use crate::{Wire, Wires, codes, names};

/// Binds every service of a reported package that emits or handles. Clauses are judged always; what is derived is told
/// only where messaging is generated.
pub(in crate::bind) fn bind(contract: &Contract, wires: Wires, report: &mut Diagnostics) -> MessagesView {
    let topics = topics(contract);
    let mut services = Vec::new();
    let mut groups = Vec::new();
    for (id, package) in contract.packages().filter(|(_, package)| !package.imported) {
        for (index, service) in package.services.iter().enumerate() {
            let binding = the_binding(package, index, report);
            let mut binder = Binder {
                contract,
                service,
                binding,
                tells: wires.has(Wire::Broker),
                topics: &topics,
                groups: &mut groups,
                report,
            };
            let all = binder.all();
            let (events, handlers) = (binder.events(), binder.handlers(&all));
            if !events.is_empty() || !handlers.is_empty() {
                services.push(MessagesService { package: id, service: index, events, handlers });
            }
        }
    }
    MessagesView { services }
}

/// The topics that bindings give to events, also those of packages that are only imported: a handler finds its event there.
fn topics(contract: &Contract) -> Vec<(TypeId, String)> {
    let mut unread = Diagnostics::new();
    let bindings = contract.packages().flat_map(|(_, package)| &package.bindings);
    let entries = bindings.filter(|binding| is_broker(binding)).flat_map(|binding| &binding.entries);
    entries
        .filter_map(|entry| match entry.subject {
            Subject::Event(event) => {
                vocabulary::read(&entry.terms, &mut unread).topic.map(|(topic, _)| (event, topic.value))
            }
            _ => None,
        })
        .collect()
}

fn is_broker(binding: &Binding) -> bool {
    binding.wire.text == Wire::Broker.as_str()
}

fn the_binding<'c>(package: &'c Package, service: usize, report: &mut Diagnostics) -> Option<&'c Binding> {
    let mut all = package.bindings.iter().filter(|binding| is_broker(binding) && binding.service == service);
    let first = all.next()?;
    for second in all {
        let message = "a second broker of one service is not generated yet";
        report.push(
            Diagnostic::new(&codes::NOT_GENERATED_YET, second.wire.span, message)
                .also(first.at, "this one is generated"),
        );
    }
    for unused in first.place.iter().chain(&first.alias) {
        let message = "a broker is chosen when the program starts; this changes nothing here";
        report.push(Diagnostic::new(&codes::NOT_GENERATED_YET, unused.span, message));
    }
    Some(first)
}

/// Where a handler takes its events from.
struct Group {
    topic: String,
    group: String,
    name: String,
    at: At,
}

/// Completes one service.
struct Binder<'c, 'r> {
    contract: &'c Contract,
    service: &'c Service,
    binding: Option<&'c Binding>,
    /// Whether what is derived is told.
    tells: bool,
    topics: &'r [(TypeId, String)],
    groups: &'r mut Vec<Group>,
    report: &'r mut Diagnostics,
}

impl<'c> Binder<'c, '_> {
    fn all(&mut self) -> Clauses {
        let Some(binding) = self.binding else { return Clauses::default() };
        for entry in &binding.entries {
            if let Subject::Operation(index) = entry.subject {
                let message = format!(
                    "`{}` over a broker, by request and reply, is not generated yet",
                    self.service.operations[index].name
                );
                self.report.push(Diagnostic::new(&codes::NOT_GENERATED_YET, entry.at, message));
            }
        }
        let all = vocabulary::read(&binding.all, self.report);
        let own = [all.topic.as_ref().map(|(_, at)| *at), all.key.as_ref().map(|(_, at)| *at)];
        for at in own.into_iter().flatten() {
            self.report.push(
                Diagnostic::new(&codes::BROKER_CLAUSE, at, "this clause belongs to one event or handler, not to `all`")
                    .help("`all` takes `group`, `retry`, `dead` and `prefetch`"),
            );
        }
        all
    }

    /// What the binding says of a subject; `Err` where it leaves it out.
    fn entry(&self, subject: Subject) -> Result<Option<&'c BindingEntry>, LeftOut> {
        let Some(binding) = self.binding else { return Ok(None) };
        match binding.without.contains(&subject) {
            true => Err(LeftOut),
            false => Ok(binding.entries.iter().find(|entry| entry.subject == subject)),
        }
    }

    fn events(&mut self) -> Vec<EmittedEvent> {
        let mut emitted: Vec<(TypeId, At)> = Vec::new();
        for operation in &self.service.operations {
            for &event in &operation.emits {
                if !emitted.iter().any(|(other, _)| *other == event) {
                    emitted.push((event, operation.at));
                }
            }
        }
        emitted.into_iter().filter_map(|(event, at)| self.event(event, at)).collect()
    }

    fn event(&mut self, event: TypeId, at: At) -> Option<EmittedEvent> {
        let entry = self.entry(Subject::Event(event)).ok()?;
        let name = &self.contract.type_def(event).name;
        let clauses = entry.map(|entry| vocabulary::read(&entry.terms, self.report)).unwrap_or_default();
        let consumers = [
            clauses.group.as_ref().map(|(_, at)| *at),
            clauses.retry.map(|(_, at)| at),
            clauses.dead.as_ref().map(|(_, at)| *at),
            clauses.prefetch.map(|(_, at)| at),
        ];
        for at in consumers.into_iter().flatten() {
            let message = format!("this clause is about handling, and `{name}` is emitted here");
            self.report.push(
                Diagnostic::new(&codes::BROKER_CLAUSE, at, message)
                    .help("an event takes `topic` and `key`; say the rest at its handlers"),
            );
        }
        let topic = clauses.topic.map(|(topic, _)| topic.value);
        let derived = default_topic(self.contract, event);
        if topic.is_none() && entry.is_none() {
            self.tell(at, format!("`{name}` goes to its default topic, `{derived}`"), name);
        }
        let key = clauses.key.and_then(|(path, _)| self.key(event, &path));
        Some(EmittedEvent { event, topic: topic.unwrap_or(derived), key })
    }

    fn handlers(&mut self, all: &Clauses) -> Vec<BoundHandler> {
        let service = self.service;
        let handlers = service.handlers.iter().enumerate();
        handlers.filter_map(|(index, handler)| self.handler(index, handler, all)).collect()
    }

    fn handler(&mut self, index: usize, handler: &Handler, all: &Clauses) -> Option<BoundHandler> {
        let entry = self.entry(Subject::Handler(index)).ok()?;
        let own = entry.map(|entry| vocabulary::read(&entry.terms, self.report)).unwrap_or_default();
        let clauses = own.over(all);
        let topic = clauses.topic.map_or_else(|| self.topic_of(handler.event), |(topic, _)| topic.value);
        let group = clauses.group.map_or_else(|| names::snake(&self.service.name), |(group, _)| group.value);
        if entry.is_none() {
            let message = format!("`{}` listens on `{topic}` in the group `{group}`", handler.name);
            self.tell(handler.at, message, &handler.name);
        }
        let key = clauses.key.and_then(|(path, _)| self.key(handler.event, &path));
        self.share(&topic, &group, &handler.name, entry.map_or(handler.at, |entry| entry.at));
        Some(BoundHandler {
            handler: index,
            topic,
            group,
            key,
            retry: clauses.retry.map(|(retry, _)| retry),
            dead: clauses.dead.map(|(dead, _)| dead.value),
            prefetch: clauses.prefetch.map(|(prefetch, _)| prefetch),
        })
    }

    /// Where an event goes: the topic that the bindings give it, if they agree on one.
    fn topic_of(&self, event: TypeId) -> String {
        let mut said = self.topics.iter().filter(|(other, _)| *other == event).map(|(_, topic)| topic);
        match said.next() {
            Some(first) if said.all(|other| other == first) => first.clone(),
            _ => default_topic(self.contract, event),
        }
    }

    /// Two handlers of one topic and group would share its events, each missing what the other gets.
    fn share(&mut self, topic: &str, group: &str, name: &str, at: At) {
        if self.binding.is_none() && !self.tells {
            return;
        }
        let name = format!("{}.{name}", self.service.name);
        match self.groups.iter().find(|other| other.topic == topic && other.group == group) {
            Some(other) => self.report.push(
                Diagnostic::new(
                    &codes::BROKER_GROUP,
                    at,
                    format!("`{}` and `{name}` are one group, `{group}`, on the topic `{topic}`", other.name),
                )
                .also(other.at, "the other one")
                .help("each event would reach only one of them: give one another `group`"),
            ),
            None => self.groups.push(Group { topic: topic.to_owned(), group: group.to_owned(), name, at }),
        }
    }

    /// The field that a binding's key leads to.
    fn key(&mut self, event: TypeId, path: &Path) -> Option<FieldPath> {
        let mut ty = Type::Named(event);
        for name in &path.segments {
            let fields = match &ty {
                Type::Named(id) => self.contract.type_def(*id).fields().unwrap_or_default(),
                _ => &[],
            };
            let Some(field) = fields.iter().find(|field| field.name == name.text) else {
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                let message = format!("the key names `{}`, which is no field here", name.text);
                let diagnostic = Diagnostic::new(&codes::BROKER_KEY, name.span, message);
                self.report.push(crate::bind::mend(diagnostic, name.span, &name.text, &names, "fields"));
                return None;
            };
            ty = field.ty.clone();
        }
        let fits = match &ty {
            Type::Scalar(scalar) => *scalar != ScalarType::Json,
            Type::Named(id) => match &self.contract.type_def(*id).kind {
                TypeKind::Scalar(scalar) => scalar.base != ScalarType::Json,
                kind => matches!(kind, TypeKind::Enum(_)),
            },
            _ => false,
        };
        if !fits {
            let message = format!("`{}` cannot be a key: a key is a scalar or an enum", path.text());
            self.report.push(
                Diagnostic::new(&codes::BROKER_KEY, path.span, message)
                    .help("go on to one of its fields: `key order.id`"),
            );
            return None;
        }
        Some(FieldPath { segments: path.segments.iter().map(|name| name.text.clone()).collect(), ty })
    }

    /// Tells what is derived where no binding says it.
    fn tell(&mut self, at: At, message: String, name: &str) {
        let said = self.binding.is_some_and(|binding| binding.rest);
        if self.tells && !said {
            let help = format!("say so in `bind {} to broker {{ {name} }}` to be rid of this", self.service.name);
            self.report.push(Diagnostic::new(&codes::BROKER_DERIVED, at, message).help(help));
        }
    }
}

/// A binding leaves something out (`without`).
struct LeftOut;
