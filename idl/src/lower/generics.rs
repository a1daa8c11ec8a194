//! Generics as such, for the contract: the members that every instance has, whether or not there is one.
//!
//! They are read off the declaration, since a generic has no shape of its own. What is wrong with it has been reported when
//! its body was checked; nothing is reported here.

use std::collections::HashMap;
use std::rc::Rc;

use super::Lowering;
use super::scope::{FileIndex, Found, Kind};
use super::sheets::Form;
use crate::contract::{Generic, GenericMember, Pin};
use crate::numbers;
use crate::syntax::tree::{self, Name, RecordMember};

/// Generics that spread each other nest no deeper.
const DEPTH_MAX: usize = 64;

impl Lowering<'_> {
    /// The generics of each package, but for those whose members hang on their arguments.
    pub(super) fn generics_by_package(&self) -> Vec<Vec<Generic>> {
        let mut by_package: Vec<Vec<Generic>> = self.packages.iter().map(|_| Vec::new()).collect();
        let mut reader = Reader { lowering: self, known: HashMap::new(), depth: 0 };
        for (index, generic) in self.generics.iter().enumerate() {
            let Some(members) = reader.members(index) else { continue };
            let was = match generic.form {
                Form::Record(it) => it.was.as_ref(),
                Form::Union(it) => it.was.as_ref(),
                _ => None,
            };
            by_package[generic.package.0 as usize].push(Generic {
                name: generic.name.text.clone(),
                was: text(was),
                members: members.to_vec(),
            });
        }
        by_package
    }
}

/// The members of one generic; none where they hang on its arguments.
type Members = Option<Rc<[GenericMember]>>;

struct Reader<'l, 'a> {
    lowering: &'l Lowering<'a>,
    known: HashMap<usize, Members>,
    depth: usize,
}

impl Reader<'_, '_> {
    fn members(&mut self, index: usize) -> Members {
        if let Some(known) = self.known.get(&index) {
            return known.clone();
        }
        // One that spreads itself finds nothing the second time.
        self.known.insert(index, None);
        self.depth += 1;
        let generic = &self.lowering.generics[index];
        let members = match generic.form {
            _ if self.depth > DEPTH_MAX => None,
            Form::Record(record) => self.fields(generic.file, generic.parameters, record),
            Form::Union(union) => Some(union.cases.iter().map(case).collect()),
            _ => None,
        };
        self.depth -= 1;
        self.known.insert(index, members.clone());
        members
    }

    fn fields(&mut self, file: FileIndex, parameters: &[Name], record: &tree::Record) -> Members {
        let mut members = Vec::new();
        for member in &record.members {
            match member {
                RecordMember::Field(it) => members.push(field(it)),
                RecordMember::Spread(expr) => members.extend(self.spread(file, parameters, expr)?.iter().cloned()),
                RecordMember::Broken(_) => {}
            }
        }
        Some(members.into())
    }

    fn spread(&mut self, file: FileIndex, parameters: &[Name], expr: &tree::TypeExpr) -> Members {
        let tree::TypeKind::Named { path, .. } = &expr.kind else { return None };
        let is_parameter = path.segments.len() == 1 && parameters.iter().any(|it| it.text == path.segments[0].text);
        let found = if is_parameter { Found::Missing } else { self.lowering.find(file, path) };
        match found {
            Found::Declared(declaration) => match declaration.kind {
                Kind::Generic(index) => self.members(index),
                kind => {
                    let def = &self.lowering.types[kind.type_id()?.0 as usize];
                    let fields = def.fields()?.iter();
                    Some(fields.map(|it| member(it.name.clone(), it.was.clone(), it.pin)).collect())
                }
            },
            Found::Broken | Found::Missing => None,
        }
    }
}

fn field(it: &tree::Field) -> GenericMember {
    member(it.name.text.clone(), text(it.was.as_ref()), pin(it.pin.as_ref()))
}

fn case(it: &tree::UnionCase) -> GenericMember {
    member(it.name.text.clone(), text(it.was.as_ref()), pin(it.pin.as_ref()))
}

fn member(name: String, was: Option<String>, pin: Option<Pin>) -> GenericMember {
    GenericMember { name, was, pin }
}

fn pin(pin: Option<&tree::Pin>) -> Option<Pin> {
    let pin = pin?;
    Some(Pin { number: numbers::parse(&pin.number)?, at: pin.span })
}

fn text(name: Option<&Name>) -> Option<String> {
    name.map(|name| name.text.clone())
}
