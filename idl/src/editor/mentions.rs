//! Where names are meant: every place of every file, one item after the other.

use super::clauses::Mention;
use super::names::{Names, SymbolId, SymbolKind};
use super::types::{Declared, Shape, Typed};
use crate::source::Span;
use crate::syntax::tree::{
    Bind, BindEntry, Clause, ClauseKind, Condition, ConditionKind, Example, ExampleOutcome, Field, Handler, Item,
    Operation, Path, PolicyEntry, Record, RecordKind, RecordMember, Service, ServiceMember, Term, TermKind, TypeExpr,
    TypeKind,
};

impl<'a> Names<'a> {
    /// Notes the uses of all files.
    pub(super) fn mention_all(&mut self) {
        let trees = self.trees;
        for (file, source) in trees.iter().enumerate() {
            source.tree.items.iter().for_each(|item| self.mention_item(file, item));
        }
    }

    fn mention_item(&mut self, file: usize, item: &'a Item) {
        match item {
            Item::Scalar(it) => self.mention_type(file, &[], &it.base),
            Item::Record(it) => self.mention_record(file, it),
            Item::Union(it) => {
                let Some(owner) = self.declared_at(it.name.span) else { return };
                let parameters = self.parameters_of(owner);
                it.cases.iter().filter_map(|case| case.ty.as_ref()).for_each(|ty| {
                    self.mention_type(file, &parameters, ty);
                });
            }
            Item::Extern(it) => {
                for member in it.members.iter().flatten() {
                    match member {
                        RecordMember::Field(field) => self.mention_field(file, &[], field),
                        RecordMember::Spread(ty) => self.mention_type(file, &[], ty),
                        RecordMember::Broken(_) => {}
                    }
                }
            }
            Item::Service(it) => self.mention_service(file, it),
            Item::Bind(it) => self.mention_bind(file, it),
            Item::Example(it) => self.mention_example(file, it),
            Item::Package(_) | Item::Import(_) | Item::Enum(_) | Item::Broken(_) => {}
        }
    }

    fn mention_record(&mut self, file: usize, it: &'a Record) {
        let Some(owner) = self.declared_at(it.name.span) else { return };
        let parameters = self.parameters_of(owner);
        for member in &it.members {
            match member {
                RecordMember::Field(field) => self.mention_field(file, &parameters, field),
                RecordMember::Spread(ty) => self.mention_type(file, &parameters, ty),
                RecordMember::Broken(_) => {}
            }
        }
        if let RecordKind::Event(Some(key)) = &it.kind {
            self.mention_way(file, &Declared::plain(owner), key);
        }
    }

    fn mention_field(&mut self, file: usize, parameters: &[SymbolId], field: &'a Field) {
        self.mention_type(file, parameters, &field.ty);
        let typed = Typed::plain(file, &field.ty);
        if let Some(default) = &field.default {
            self.mention_value(file, default, &typed);
        }
        self.mention_constraints(file, &field.constraints, &typed);
    }

    fn mention_type(&mut self, file: usize, parameters: &[SymbolId], ty: &'a TypeExpr) {
        match &ty.kind {
            TypeKind::Named { path, arguments } => {
                self.mention_type_name(file, parameters, path);
                arguments.iter().for_each(|it| self.mention_type(file, parameters, it));
            }
            TypeKind::Map(key, value) => {
                self.mention_type(file, parameters, key);
                self.mention_type(file, parameters, value);
            }
            TypeKind::List(of)
            | TypeKind::Set(of)
            | TypeKind::Optional(of)
            | TypeKind::Nullable(of)
            | TypeKind::Draft(of)
            | TypeKind::Patch(of)
            | TypeKind::Stream(of) => self.mention_type(file, parameters, of),
        }
    }

    /// Notes a way through fields, and gives the type of what it leads to.
    pub(super) fn mention_way(&mut self, file: usize, from: &Declared<'a>, path: &Path) -> Option<Typed<'a>> {
        let mut at = from.clone();
        let mut typed = None;
        for (index, name) in path.segments.iter().enumerate() {
            let member = self.member_of(&at, &name.text)?;
            self.note(file, name.span, member);
            let ty = self.type_of(&at, member)?;
            if index + 1 < path.segments.len() {
                let Some(Shape::Declared(next)) = self.shape(&ty) else { return None };
                at = next;
            }
            typed = Some(ty);
        }
        typed
    }

    fn mention_service(&mut self, file: usize, it: &'a Service) {
        for member in &it.members {
            match member {
                ServiceMember::Clause(clause) => self.mention_clause(file, None, clause),
                ServiceMember::Operation(operation) => self.mention_operation(file, operation),
                ServiceMember::Handler(handler) => self.mention_handler(file, handler),
                ServiceMember::Broken(_) => {}
            }
        }
    }

    fn mention_operation(&mut self, file: usize, it: &'a Operation) {
        let own = self.declared_at(it.name.span);
        it.inputs.iter().for_each(|input| self.mention_field(file, &[], input));
        if let Some(answer) = &it.answer {
            self.mention_type(file, &[], answer);
        }
        it.clauses.iter().for_each(|clause| self.mention_clause(file, own, clause));
    }

    fn mention_clause(&mut self, file: usize, operation: Option<SymbolId>, clause: &'a Clause) {
        match &clause.kind {
            ClauseKind::Fails(paths) | ClauseKind::Emits(paths) => {
                for path in paths {
                    self.mention_path(file, path);
                }
            }
            ClauseKind::Keyed(name) => {
                if let Some(input) = operation.and_then(|it| self.member(it, &name.text)) {
                    self.note(file, name.span, input);
                }
            }
            ClauseKind::Policy(entries) => {
                entries.iter().for_each(|entry| self.mention_policy(file, operation, entry));
            }
            _ => {}
        }
    }

    /// `key(input)` and `hash(input)`.
    fn mention_policy(&mut self, file: usize, operation: Option<SymbolId>, entry: &'a PolicyEntry) {
        let Some(operation) = operation else { return };
        for term in &entry.terms {
            if let TermKind::Call(_, path) = &term.kind {
                self.mention_input_way(file, operation, path);
            }
        }
    }

    /// An input, or a way that begins at one.
    fn mention_input_way(&mut self, file: usize, operation: SymbolId, path: &Path) {
        self.mention_way(file, &Declared::plain(operation), path);
    }

    fn mention_handler(&mut self, file: usize, it: &'a Handler) {
        let event = self.mention_path(file, &it.event);
        if let (Some(event), Some(condition)) = (event, &it.condition) {
            self.mention_condition(file, event, condition);
        }
    }

    fn mention_condition(&mut self, file: usize, event: SymbolId, condition: &'a Condition) {
        match &condition.kind {
            ConditionKind::And(one, other) | ConditionKind::Or(one, other) => {
                self.mention_condition(file, event, one);
                self.mention_condition(file, event, other);
            }
            ConditionKind::Not(of) => self.mention_condition(file, event, of),
            ConditionKind::Holds(path) => {
                self.mention_way(file, &Declared::plain(event), path);
            }
            ConditionKind::Compare(path, _, value) => {
                if let Some(typed) = self.mention_way(file, &Declared::plain(event), path) {
                    self.mention_value(file, value, &typed);
                }
            }
        }
    }

    fn mention_bind(&mut self, file: usize, it: &'a Bind) {
        let Some(service) = self.mention_path(file, &it.service) else { return };
        for entry in it.entries.iter().flatten() {
            match entry {
                BindEntry::Named { name, terms, .. } => {
                    let subject = self.subject(file, service, &name.text);
                    if let Some(subject) = subject {
                        self.note(file, name.span, subject);
                    }
                    self.mention_terms(file, service, subject, &it.wire.text, terms);
                }
                BindEntry::Without(names, _) => {
                    for name in names {
                        if let Some(subject) = self.subject(file, service, &name.text) {
                            self.note(file, name.span, subject);
                        }
                    }
                }
                BindEntry::Rest(_) | BindEntry::Broken(_) => {}
            }
        }
    }

    /// What an entry of a binding names: an operation or handler, else an event.
    pub(super) fn subject(&self, file: usize, service: SymbolId, name: &str) -> Option<SymbolId> {
        if name == "all" {
            return None;
        }
        let event = || {
            // An event is named by its last word, wherever it comes from.
            let emitted = self.emitted(service);
            let named = |id: &SymbolId| self.symbol(*id).name == name;
            emitted.into_iter().find(named).or_else(|| self.find_name(file, name))
        };
        self.member(service, name).or_else(|| event().filter(|&it| self.symbol(it).kind == SymbolKind::Event))
    }

    /// The events that the operations of a service emit.
    pub(super) fn emitted(&self, service: SymbolId) -> Vec<SymbolId> {
        let symbol = self.symbol(service);
        let items = self.trees[symbol.file].tree.items.iter();
        let tree = items.filter_map(|item| match item {
            Item::Service(it) => Some(it),
            _ => None,
        });
        let Some(tree) = tree.into_iter().find(|it| it.name.span == symbol.name_at) else { return Vec::new() };
        let operations = tree.members.iter().filter_map(|member| match member {
            ServiceMember::Operation(it) => Some(it),
            _ => None,
        });
        let paths = operations.flat_map(|it| &it.clauses).filter_map(|clause| match &clause.kind {
            ClauseKind::Emits(paths) => Some(paths),
            _ => None,
        });
        paths.flatten().filter_map(|path| Some(self.find(symbol.file, path)?.symbol)).collect()
    }

    fn mention_terms(
        &mut self,
        file: usize,
        service: SymbolId,
        subject: Option<SymbolId>,
        wire: &str,
        terms: &'a [Term],
    ) {
        for mention in self.clauses.mentions(wire, terms) {
            match (mention, subject) {
                (Mention::Input { name, at }, Some(subject)) => {
                    if let Some(input) = self.member(subject, &name) {
                        self.note(file, at, input);
                    }
                }
                (Mention::Field(path), Some(subject)) => {
                    if let Some(event) = self.event_of(subject) {
                        self.mention_way(file, &Declared::plain(event), &path);
                    }
                }
                (Mention::Variables(text), Some(subject)) => self.mention_variables(file, subject, text),
                (Mention::Fault { at }, _) => self.mention_fault(file, service, at),
                (_, None) => {}
            }
        }
    }

    /// The event that an entry is about: itself, or the one that the handler hears.
    fn event_of(&self, subject: SymbolId) -> Option<SymbolId> {
        let symbol = self.symbol(subject);
        match symbol.kind {
            SymbolKind::Event => Some(subject),
            SymbolKind::Handler => {
                let handlers = self.trees[symbol.file].tree.items.iter().flat_map(|item| match item {
                    Item::Service(it) => it.members.as_slice(),
                    _ => &[],
                });
                let event = handlers.into_iter().find_map(|member| match member {
                    ServiceMember::Handler(it) if it.name.span == symbol.name_at => Some(&it.event),
                    _ => None,
                })?;
                Some(self.find(symbol.file, event)?.symbol)
            }
            _ => None,
        }
    }

    /// The inputs in the braces of a text such as `"/{id}"`.
    fn mention_variables(&mut self, file: usize, operation: SymbolId, text: Span) {
        let written = self.text(text);
        let mut from = 0;
        while let Some(open) = written[from..].find('{').map(|at| from + at + 1) {
            let Some(length) = written[open..].find(['}', '{']) else { break };
            let name = &written[open..open + length];
            if let Some(input) = self.member(operation, name) {
                let start = text.start as usize + open;
                self.note(file, Span::new(text.file, start, start + length), input);
            }
            from = open + length;
        }
    }

    /// A fault in a clause, named as the service's operations name it.
    fn mention_fault(&mut self, file: usize, service: SymbolId, at: Span) {
        let written = self.text(at);
        let name = written.rsplit('.').next().unwrap_or(written);
        let home = self.symbol(service).file;
        let found = match written.split_once('.') {
            None => self.find_name(file, name).or_else(|| self.find_name(home, name)),
            Some((alias, name)) => {
                self.find_qualified(file, alias, name).or_else(|| self.find_qualified(home, alias, name))
            }
        };
        if let Some(fault) = found {
            let start = at.end as usize - name.len();
            self.note(file, Span::new(at.file, start, at.end as usize), fault);
        }
    }

    fn mention_example(&mut self, file: usize, it: &'a Example) {
        let [service_name, operation_name] = it.operation.segments.as_slice() else { return };
        let Some(service) = self.find_name(file, &service_name.text) else { return };
        self.note(file, service_name.span, service);
        let Some(operation) = self.member(service, &operation_name.text) else { return };
        self.note(file, operation_name.span, operation);
        if let Some(given) = &it.given {
            self.mention_given(file, operation, given);
        }
        match &it.outcome {
            Some(ExampleOutcome::Gives(value)) => {
                if let Some(answer) = self.plain_type(operation) {
                    self.mention_streamed(file, value, &answer);
                }
            }
            Some(ExampleOutcome::Fails(path, value)) => {
                let fault = self.mention_path(file, path);
                if let (Some(fault), Some(value)) = (fault, value) {
                    self.mention_members(file, value, &Declared::plain(fault));
                }
            }
            None => {}
        }
    }

    /// The symbol whose declaration's name stands there.
    pub(super) fn declared_at(&self, at: Span) -> Option<SymbolId> {
        self.declared.get(&at).copied()
    }

    fn parameters_of(&self, owner: SymbolId) -> Vec<SymbolId> {
        let members = self.symbol(owner).members.iter().copied();
        members.filter(|&id| self.symbol(id).kind == SymbolKind::Parameter).collect()
    }
}
