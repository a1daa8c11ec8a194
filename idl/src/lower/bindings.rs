//! Bindings: which service travels by which wire, and which of its operations, handlers and events.
//!
//! Names are resolved here; what the clauses of a wire mean is known to that wire's generator alone.

use std::collections::{BTreeMap, HashSet};

use super::edits::unmarked;
use super::scope::{FileIndex, Found, Kind};
use super::{Lowering, suggest, words};
use crate::contract::{Binding, BindingEntry, PackageId, Service, Subject};
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::source::Span;
use crate::syntax::tree::{self, BindEntry, Item, Name, Path};

/// The wires a service can be bound to, whether or not code is generated for them.
pub const WIRES: [&str; 14] = [
    "rest", "grpc", "rpc", "ws", "broker", "kafka", "nats", "amqp", "mqtt", "stomp", "pulsar", "rocketmq", "webrtc",
    "soap",
];

/// Those of them that deliver events to handlers.
pub const MESSAGING: [&str; 8] = ["broker", "kafka", "nats", "amqp", "mqtt", "stomp", "pulsar", "rocketmq"];

/// What wires are called elsewhere.
const SYNONYMS: &suggest::Synonyms = &[
    ("rest", &["http", "https", "openapi", "json", "web"]),
    ("grpc", &["grpcweb", "connect", "protobuf", "proto"]),
    ("rpc", &["tcp", "native", "thrift"]),
    ("ws", &["websocket", "websockets", "socket", "wss"]),
    ("amqp", &["rabbitmq", "rabbit"]),
    ("nats", &["jetstream"]),
    ("soap", &["wsdl"]),
];

/// What is bound so far: service, wire and place, with the binding that said so.
type Bound<'a> = BTreeMap<(PackageId, usize, String, Option<String>), &'a tree::Bind>;

impl<'a> Lowering<'a> {
    /// Lowers all bindings, in the order of their declaration.
    pub(super) fn lower_bindings(&mut self) {
        let mut bound = Bound::new();
        for package in 0..self.packages.len() {
            for file in self.packages[package].files.clone() {
                for item in &self.files[file].tree.items {
                    if let Item::Bind(bind) = item {
                        self.lower_binding(PackageId(package as u32), file, bind, &mut bound);
                    }
                }
            }
        }
        self.report_unbound_handlers();
    }

    fn lower_binding(&mut self, package: PackageId, file: FileIndex, source: &'a tree::Bind, bound: &mut Bound<'a>) {
        let annotations = self.annotations(&source.marks);
        self.check_wire(&source.wire);
        let Some(service) = self.own_service(package, file, &source.service) else { return };
        let place = source.place.as_ref().map(|text| text.value.clone());
        match bound.entry((package, service, source.wire.text.clone(), place)) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(source);
            }
            std::collections::btree_map::Entry::Occupied(entry) => {
                let first: &tree::Bind = entry.get();
                let message =
                    format!("`{}` is bound to `{}` twice at the same place", source.service.text(), source.wire.text);
                let diagnostic = Diagnostic::new(&codes::DUPLICATE_BINDING, source.wire.span, message);
                let help = "say another place: `at \"/other\"`, or put both blocks into one";
                let diagnostic = diagnostic.also(first.wire.span, "first bound here").help(help);
                let second = unmarked(&source.marks, source.span);
                self.report(self.without_copy(diagnostic, first.span, second));
            }
        }
        let mut binding = Binding {
            service,
            wire: source.wire.clone(),
            place: source.place.clone(),
            alias: source.alias.clone(),
            rest: source.entries.is_none(),
            all: Vec::new(),
            entries: Vec::new(),
            without: Vec::new(),
            annotations,
            at: source.span,
        };
        if let Some(entries) = &source.entries {
            self.block(package, entries, &mut binding);
        }
        self.finished[package.0 as usize].bindings.push(binding);
    }

    fn check_wire(&mut self, wire: &Name) {
        if !WIRES.contains(&wire.text.as_str()) {
            let message = format!("no wire is called `{}`", wire.text);
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_WIRE, wire.span, message);
            self.report(suggest::word(diagnostic, wire.span, &wire.text, WIRES, SYNONYMS));
        }
    }

    /// The service of the same package that a path names, as its position there; none where there is none.
    pub(super) fn own_service(&mut self, package: PackageId, file: FileIndex, path: &Path) -> Option<usize> {
        let wanted = |kind| matches!(kind, Kind::Service(_));
        let declaration = match self.find(file, path) {
            Found::Broken => return None,
            Found::Missing => {
                self.report_missing(&codes::UNKNOWN_SERVICE, "service", file, path, wanted);
                return None;
            }
            Found::Declared(declaration) => declaration,
        };
        match declaration.kind {
            Kind::Service(index) if self.services[index].package == package => Some(self.services[index].position),
            Kind::Service(index) => {
                let home = &self.packages[self.services[index].package.0 as usize].name;
                let message = format!("`{}` belongs to package `{home}`", path.text());
                let help = format!("write this in a file of `{home}`");
                self.report(Diagnostic::new(&codes::UNKNOWN_SERVICE, path.span, message).help(help));
                None
            }
            _ => {
                let message = format!("`{}` is not declared as `service`", path.text());
                let diagnostic =
                    Diagnostic::new(&codes::WRONG_KIND, path.span, message).also(declaration.at, "declared here");
                let diagnostic = self.suggest_kind(diagnostic, file, path, wanted);
                self.report(diagnostic);
                None
            }
        }
    }

    fn block(&mut self, package: PackageId, entries: &'a [BindEntry], binding: &mut Binding) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut rest = None;
        let broken = self.broken_entries(entries);
        for (position, entry) in entries.iter().enumerate() {
            if let (Some(rest), BindEntry::Named { .. } | BindEntry::Rest(_)) = (rest, entry) {
                let message = "`...` adds all the rest: it comes last, once";
                let diagnostic = Diagnostic::new(&codes::BIND_ORDER, rest, message);
                self.report(diagnostic.fix_by("put it at the end", self.at_the_end(rest, entries)));
            }
            match entry {
                BindEntry::Named { name, terms, .. } if name.text == "all" => {
                    if position > 0 {
                        self.report_late_all(entries, position);
                    } else {
                        binding.all = terms.clone();
                    }
                }
                BindEntry::Named { marks, name, terms, span } => {
                    let annotations = self.annotations(marks);
                    let whole = unmarked(marks, *span);
                    if let (true, Some(subject)) =
                        (self.is_new_entry(&mut seen, name, *span, whole), self.subject(package, binding, name))
                    {
                        binding.entries.push(BindingEntry {
                            subject,
                            terms: terms.clone(),
                            annotations,
                            at: name.span,
                        });
                    }
                }
                BindEntry::Rest(span) => rest = Some(*span),
                BindEntry::Without(names, _) => {
                    for name in names {
                        if let (true, Some(subject)) = (
                            self.is_new_entry(&mut seen, name, name.span, Some(name.span)),
                            self.subject(package, binding, name),
                        ) {
                            binding.without.push(subject);
                        }
                    }
                }
                BindEntry::Broken(_) => {}
            }
        }
        let names = |entry: &BindEntry| matches!(entry, BindEntry::Named { name, .. } if name.text != "all");
        let only_defaults = !entries.is_empty() && broken.is_empty() && !entries.iter().any(names);
        binding.rest = rest.is_some() || only_defaults;
    }

    fn broken_entries(&self, entries: &'a [BindEntry]) -> HashSet<&'a str> {
        let spans = entries.iter().filter_map(|entry| match entry {
            BindEntry::Broken(span) => Some(*span),
            _ => None,
        });
        spans.flat_map(|span| words(self.sources, span)).collect()
    }

    /// Whether a name is new in its block; `whole` is the entry, none where it cannot be taken out.
    fn is_new_entry(
        &mut self,
        seen: &mut BTreeMap<&'a str, Span>,
        name: &'a Name,
        entry: Span,
        whole: Option<Span>,
    ) -> bool {
        let Some(first) = seen.insert(&name.text, entry) else { return true };
        let message = format!("`{}` stands in this block twice", name.text);
        let diagnostic = Diagnostic::new(&codes::DUPLICATE_ENTRY, name.span, message).also(first, "first here");
        self.report(match whole {
            // A bare name says nothing that the first does not.
            Some(bare) if bare == name.span => {
                diagnostic.fix_by("take the second one out", vec![self.without_entry(bare)])
            }
            other => self.without_copy(diagnostic, first, other),
        });
        false
    }

    /// Moves `...` behind all entries; where another one stands there, this one goes.
    fn at_the_end(&self, rest: Span, entries: &[BindEntry]) -> Vec<Edit> {
        let out = self.without_entry(rest);
        match entries.last() {
            None | Some(BindEntry::Rest(_)) => vec![out],
            Some(last) => vec![out, Edit::insert(place_of(last).after(), ", ...")],
        }
    }

    fn report_late_all(&mut self, entries: &[BindEntry], position: usize) {
        let (late, first) = (place_of(&entries[position]), &entries[0]);
        let diagnostic = Diagnostic::new(&codes::BIND_ORDER, late, "`all` comes first in a block, once");
        let is_all = matches!(first, BindEntry::Named { name, .. } if name.text == "all");
        self.report(match is_all {
            true => diagnostic.also(place_of(first), "the first is here"),
            false => {
                let text = format!("{}, ", self.sources.text(late));
                let edits = vec![Edit::insert(start_of(first), text), self.without_entry(late)];
                diagnostic.fix_by("put it first", edits)
            }
        });
    }

    /// What a name of a block stands for; none where it stands for nothing, which is reported.
    fn subject(&mut self, package: PackageId, binding: &Binding, name: &Name) -> Option<Subject> {
        let service = &self.finished[package.0 as usize].services[binding.service];
        if let Some(position) = service.operations.iter().position(|it| it.name == name.text) {
            return Some(Subject::Operation(position));
        }
        if let Some(position) = service.handlers.iter().position(|it| it.name == name.text) {
            return Some(Subject::Handler(position));
        }
        let mut events = service.events().into_iter();
        if let Some(event) = events.find(|id| self.types[id.0 as usize].name == name.text) {
            return Some(Subject::Event(event));
        }
        if !self.is_broken_member(package, binding.service, &name.text) {
            self.report_unknown_entry(package, binding.service, name);
        }
        None
    }

    /// Whether a name may belong to a member of a service that could not be lowered.
    pub(super) fn is_broken_member(&self, package: PackageId, service: usize, name: &str) -> bool {
        let mut sheets = self.services.iter();
        let sheet = sheets.find(|sheet| sheet.package == package && sheet.position == service);
        sheet.is_some_and(|sheet| sheet.broken_words.contains(name))
    }

    fn report_unknown_entry(&mut self, package: PackageId, service: usize, name: &Name) {
        let service = &self.finished[package.0 as usize].services[service];
        let message = format!("`{}` has no operation, handler or event `{}`", service.name, name.text);
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_ENTRY, name.span, message);
        let declared = self.packages[package.0 as usize].names.get(name.text.as_str());
        let diagnostic = match declared.map(|it| it.kind) {
            Some(Kind::Event(_)) => {
                let (service, event) = (&service.name, &name.text);
                diagnostic.help(format!("neither `{service}` nor an operation of it says `emits {event}`"))
            }
            _ => suggest::mend(diagnostic, name.span, &name.text, self.entry_names(service)),
        };
        self.report.push(diagnostic);
    }

    fn entry_names<'s>(&'s self, service: &'s Service) -> impl Iterator<Item = &'s str> {
        let operations = service.operations.iter().map(|it| it.name.as_str());
        let handlers = service.handlers.iter().map(|it| it.name.as_str());
        let events = service.events().into_iter().map(|id| self.types[id.0 as usize].name.as_str());
        operations.chain(handlers).chain(events)
    }

    /// A handler that nothing from outside reaches hears what this process publishes: good to know.
    fn report_unbound_handlers(&mut self) {
        let mut found = Vec::new();
        for parts in &self.finished {
            let mut reached: HashSet<(usize, usize)> = HashSet::new();
            let mut whole: HashSet<usize> = HashSet::new();
            for binding in parts.bindings.iter().filter(|it| MESSAGING.contains(&it.wire.text.as_str())) {
                if binding.rest && binding.without.is_empty() {
                    whole.insert(binding.service);
                    continue;
                }
                let handlers = 0..parts.services[binding.service].handlers.len();
                let named = |handler: usize| binding.entries.iter().any(|it| it.subject == Subject::Handler(handler));
                let left_out = |handler: usize| binding.without.contains(&Subject::Handler(handler));
                let bound = |handler: &usize| named(*handler) || binding.rest && !left_out(*handler);
                reached.extend(handlers.filter(bound).map(|handler| (binding.service, handler)));
            }
            for (position, service) in
                parts.services.iter().enumerate().filter(|(position, _)| !whole.contains(position))
            {
                for (index, handler) in service.handlers.iter().enumerate() {
                    if !reached.contains(&(position, index)) {
                        let message =
                            format!("no binding names `{}`: it hears what this process publishes", handler.name);
                        let help =
                            format!("bind it: `bind {} to broker {{ {}: topic \"…\" }}`", service.name, handler.name);
                        found.push(Diagnostic::new(&codes::HANDLER_UNBOUND, handler.at, message).help(help));
                    }
                }
            }
        }
        self.report.extend(found);
    }
}

fn place_of(entry: &BindEntry) -> Span {
    match entry {
        BindEntry::Named { span, .. }
        | BindEntry::Rest(span)
        | BindEntry::Without(_, span)
        | BindEntry::Broken(span) => *span,
    }
}

/// Where an entry begins, its documentation and annotations included.
fn start_of(entry: &BindEntry) -> Span {
    let place = place_of(entry).before();
    let BindEntry::Named { marks, .. } = entry else { return place };
    let docs = marks.docs.iter().map(|docs| docs.span.before());
    docs.chain(marks.annotations.iter().map(|it| it.span.before())).fold(place, Ord::min)
}
