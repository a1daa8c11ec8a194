//! Examples: what a call looks like, checked against its operation.

use super::Lowering;
use super::scope::{FileIndex, Found};
use super::suggest;
use super::values::{Values, needs_value};
use crate::contract::{Answer, Example, Field, Inputs, Literal, Operation, Outcome, PackageId, Type};
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::syntax::tree::{self, ExampleOutcome, Item, Key, Path, Value, ValueKind};

impl<'a> Lowering<'a> {
    /// Lowers all examples, in the order of their declaration.
    pub(super) fn lower_examples(&mut self) {
        for package in 0..self.packages.len() {
            for file in self.packages[package].files.clone() {
                for item in &self.files[file].tree.items {
                    if let Item::Example(example) = item
                        && let Some(example) = self.example(PackageId(package as u32), file, example)
                    {
                        self.finished[package].examples.push(example);
                    }
                }
            }
        }
    }

    fn example(&mut self, package: PackageId, file: FileIndex, source: &'a tree::Example) -> Option<Example> {
        let (service, position) = self.shown(package, file, &source.operation)?;
        let operation = self.finished[package.0 as usize].services[service].operations[position].clone();
        let given = self.given(&operation, source);
        let outcome = self.outcome(file, &operation, source);
        Some(Example {
            service,
            operation: position,
            title: source.title.value.clone(),
            given: given?,
            outcome: outcome?,
            at: source.title.span,
        })
    }

    /// The service and the operation that an example shows.
    fn shown(&mut self, package: PackageId, file: FileIndex, path: &'a Path) -> Option<(usize, usize)> {
        let [service, operation] = path.segments.as_slice() else {
            let message = "an example names a service and its operation: `Orders.place`";
            self.report(Diagnostic::new(&codes::UNKNOWN_OPERATION, path.span, message));
            return None;
        };
        let path = Path { segments: vec![service.clone()], span: service.span };
        let declared = self.own_service(package, file, &path)?;
        let found = &self.finished[package.0 as usize].services[declared];
        if let Some(position) = found.operations.iter().position(|it| it.name == operation.text) {
            return Some((declared, position));
        }
        if self.is_broken_member(package, declared, &operation.text) {
            return None;
        }
        let message = format!("`{}` has no operation `{}`", found.name, operation.text);
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_OPERATION, operation.span, message);
        let names = found.operations.iter().map(|it| it.name.as_str());
        self.report.push(suggest::mend(diagnostic, operation.span, &operation.text, names));
        None
    }

    /// The inputs that are said; all that are needed must be.
    fn given(&mut self, operation: &Operation, source: &'a tree::Example) -> Option<Vec<(String, Literal)>> {
        let none: &[(Key, Value)] = &[];
        let entries = match source.given.as_ref().map(|value| (&value.kind, value.span)) {
            None => none,
            Some((ValueKind::Object(entries), _)) => entries,
            Some((_, span)) => {
                let message = "`given` names the inputs: `given { id: … }`";
                self.report(Diagnostic::new(&codes::VALUE_MISMATCH, span, message));
                return None;
            }
        };
        let read = match &operation.inputs {
            Inputs::Fields(fields) => self.given_fields(fields, entries),
            Inputs::Stream(item) => {
                let list =
                    Field { ty: Type::List(Box::new(item.ty.clone())), constraints: Vec::new(), ..(**item).clone() };
                self.given_fields(std::slice::from_ref(&list), entries)
            }
        };
        let fields = match &operation.inputs {
            Inputs::Fields(fields) => fields.as_slice(),
            Inputs::Stream(item) => std::slice::from_ref(&**item),
        };
        let needed = fields.iter().filter(|field| field.default.is_none() && needs_value(field));
        let missing = needed.filter(|field| entries.iter().all(|(key, _)| key.text != field.name));
        let missing: Vec<&str> = missing.map(|field| field.name.as_str()).collect();
        // An unknown input is likely a missing one, misspelt: that has been said.
        let all_known = entries.iter().all(|(key, _)| fields.iter().any(|field| field.name == key.text));
        if missing.is_empty() || !all_known {
            return read;
        }
        let place = source.given.as_ref().map_or(source.operation.span, |value| value.span);
        let inputs = suggest::listed(&missing, "and");
        let message = format!("`{}` is given without {inputs}", operation.name);
        self.report(
            Diagnostic::new(&codes::MISSING_INPUT, place, message)
                .help("say every input that is not optional and has no default"),
        );
        None
    }

    fn given_fields(&mut self, fields: &[Field], entries: &'a [(Key, Value)]) -> Option<Vec<(String, Literal)>> {
        let mut read = Some(Vec::new());
        let mut seen: Vec<&str> = Vec::new();
        for (key, value) in entries {
            if seen.contains(&key.text.as_str()) {
                self.report_twice(&tree::Name { text: key.text.clone(), span: key.span });
                continue;
            }
            seen.push(&key.text);
            let literal = match fields.iter().find(|field| field.name == key.text) {
                Some(field) => self.values().of_field(value, &field.ty, field.presence, &field.constraints),
                None => {
                    self.report_unknown_input(fields, key);
                    None
                }
            };
            read = read.zip(literal).map(|(mut all, literal)| {
                all.push((key.text.clone(), literal));
                all
            });
        }
        read
    }

    fn report_unknown_input(&mut self, fields: &[Field], key: &Key) {
        let message = format!("there is no input `{}`", key.text);
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_INPUT, key.span, message);
        let names = fields.iter().map(|field| field.name.as_str());
        self.report(suggest::mend(diagnostic, key.span, &key.text, names));
    }

    fn outcome(&mut self, file: FileIndex, operation: &Operation, source: &'a tree::Example) -> Option<Outcome> {
        match &source.outcome {
            None => Some(Outcome::Answers),
            Some(ExampleOutcome::Gives(value)) => self.gives(operation, value),
            Some(ExampleOutcome::Fails(path, value)) => self.fails(file, operation, path, value.as_ref()),
        }
    }

    fn gives(&mut self, operation: &Operation, value: &'a Value) -> Option<Outcome> {
        let literal = match (&operation.answer, &value.kind) {
            (Answer::Nothing, _) => {
                let message = format!("`{}` answers with nothing", operation.name);
                let diagnostic = Diagnostic::new(&codes::EXAMPLE_OUTCOME, value.span, message);
                self.report(diagnostic.help("take `gives` out, or give the operation an answer"));
                return None;
            }
            (Answer::One(ty), _) => self.part().read(value, ty),
            (Answer::Stream(ty), ValueKind::List(items)) => {
                let items: Vec<_> = items.iter().map(|item| self.part().read(item, ty)).collect();
                items.into_iter().collect::<Option<_>>().map(Literal::List)
            }
            (Answer::Stream(_), _) => {
                let message = format!("`{}` streams: what it gives is a list", operation.name);
                let around = vec![Edit::insert(value.span, "["), Edit::insert(value.span.after(), "]")];
                let diagnostic = Diagnostic::new(&codes::EXAMPLE_OUTCOME, value.span, message);
                self.report(diagnostic.help("write `gives [ … ]`").fix_by("put it in a list", around));
                return None;
            }
        };
        literal.map(Outcome::Gives)
    }

    fn fails(
        &mut self,
        file: FileIndex,
        operation: &Operation,
        path: &'a Path,
        value: Option<&'a Value>,
    ) -> Option<Outcome> {
        let known = match self.find(file, path) {
            Found::Broken => return None,
            Found::Declared(declaration) => declaration.kind.type_id().filter(|id| operation.faults.contains(id)),
            Found::Missing => None,
        };
        let Some(fault) = known else {
            let message = format!("`{}` does not declare that it fails with `{}`", operation.name, path.text());
            let names: Vec<String> = operation.faults.iter().map(|id| self.types[id.0 as usize].name.clone()).collect();
            let diagnostic = Diagnostic::new(&codes::FAULT_NOT_DECLARED, path.span, message);
            let near = suggest::nearest(&path.text(), names.iter().map(String::as_str));
            self.report(match near {
                Some(near) => {
                    let (help, title) = (format!("did you mean `{near}`?"), format!("write `{near}`"));
                    diagnostic.help(help).fix(title, path.span, near)
                }
                None => diagnostic.help("add it behind `fails` of the operation"),
            });
            return None;
        };
        let literal = match value {
            None => Some(Literal::Object(Vec::new())),
            Some(value) => self.part().read(value, &Type::Named(fault)),
        };
        literal.map(|literal| Outcome::Fails(fault, literal))
    }

    /// Reads values that may be a part of their records.
    fn part(&mut self) -> Values<'_, 'a> {
        Values { subset: true, ..self.values() }
    }
}
