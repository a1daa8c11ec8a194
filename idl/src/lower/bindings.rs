//! Bindings: which service travels by which wire, and which of its operations, handlers and events.
//!
//! Names are resolved here; what the clauses of a wire mean is known to that wire's generator alone.

use std::collections::{BTreeMap, HashSet};

use super::scope::{FileIndex, Found, Kind};
use super::{Lowering, suggest, words};
use crate::contract::{Binding, BindingEntry, PackageId, Service, Subject};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::tree::{self, BindEntry, Item, Name, Path};

/// The wires a service can be bound to, whether or not code is generated for them.
pub const WIRES: [&str; 14] = [
    "rest", "grpc", "rpc", "ws", "broker", "kafka", "nats", "amqp", "mqtt", "stomp", "pulsar", "rocketmq", "webrtc",
    "soap",
];

/// Those of them that deliver events to handlers.
pub const MESSAGING: [&str; 8] = ["broker", "kafka", "nats", "amqp", "mqtt", "stomp", "pulsar", "rocketmq"];

/// What is bound so far: service, wire and place, with where that was said.
type Bound = BTreeMap<(PackageId, usize, String, Option<String>), Span>;

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

    fn lower_binding(&mut self, package: PackageId, file: FileIndex, source: &'a tree::Bind, bound: &mut Bound) {
        let annotations = self.annotations(&source.marks);
        self.check_wire(&source.wire);
        let Some(service) = self.own_service(package, file, &source.service) else { return };
        let place = source.place.as_ref().map(|text| text.value.clone());
        match bound.entry((package, service, source.wire.text.clone(), place)) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(source.wire.span);
            }
            std::collections::btree_map::Entry::Occupied(entry) => {
                let first = *entry.get();
                let message =
                    format!("`{}` is bound to `{}` twice at the same place", source.service.text(), source.wire.text);
                let diagnostic = Diagnostic::new(&codes::DUPLICATE_BINDING, source.wire.span, message);
                let help = "say another place: `at \"/other\"`, or put both blocks into one";
                self.report(diagnostic.also(first, "first bound here").help(help));
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
            self.report(
                Diagnostic::new(&codes::UNKNOWN_WIRE, wire.span, message).help(suggest::one_of(&wire.text, WIRES)),
            );
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
                self.report(
                    Diagnostic::new(&codes::WRONG_KIND, path.span, message).also(declaration.at, "declared here"),
                );
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
                self.report(Diagnostic::new(&codes::BIND_ORDER, rest, message));
            }
            match entry {
                BindEntry::Named { name, terms, .. } if name.text == "all" => {
                    if position > 0 {
                        let message = "`all` comes first in a block, once";
                        self.report(Diagnostic::new(&codes::BIND_ORDER, name.span, message));
                    } else {
                        binding.all = terms.clone();
                    }
                }
                BindEntry::Named { marks, name, terms, .. } => {
                    let annotations = self.annotations(marks);
                    if let (true, Some(subject)) =
                        (self.is_new_entry(&mut seen, name), self.subject(package, binding, name))
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
                        if let (true, Some(subject)) =
                            (self.is_new_entry(&mut seen, name), self.subject(package, binding, name))
                        {
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

    fn is_new_entry(&mut self, seen: &mut BTreeMap<&'a str, Span>, name: &'a Name) -> bool {
        let Some(first) = seen.insert(&name.text, name.span) else { return true };
        let message = format!("`{}` stands in this block twice", name.text);
        self.report(Diagnostic::new(&codes::DUPLICATE_ENTRY, name.span, message).also(first, "first here"));
        false
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
