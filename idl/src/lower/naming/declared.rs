//! All names that contracts declare, each with who owns it.

use super::{is_pascal, is_snake, pascal, snake};
use crate::contract::ScalarType;
use crate::lower::Lowering;
use crate::lower::scope::FileIndex;
use crate::source::Span;
use crate::syntax::tree::{Item, Name, RecordMember, ServiceMember};

/// What a name should look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Pascal,
    Snake,
}

/// A name where it is declared.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) name: &'a Name,
    /// With its article.
    pub(super) what: &'static str,
    pub(super) case: Case,
    pub(super) file: FileIndex,
    pub(super) owner: Owner,
    /// Where `was` would stand; none where it says so already, or has no identity that could be carried.
    pub(super) was_at: Option<Span>,
}

/// Within an owner names are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    Package(u32),
    /// The declaration that begins there.
    Declaration(Span),
}

impl Named<'_> {
    pub(super) fn is_well_named(&self) -> bool {
        let fits = match self.case {
            Case::Pascal => is_pascal(&self.name.text),
            Case::Snake => is_snake(&self.name.text),
        };
        // A built-in type's name is refused as such.
        fits || ScalarType::named(&self.name.text).is_some()
    }

    pub(super) fn better(&self) -> String {
        match self.case {
            Case::Pascal => pascal(&self.name.text),
            Case::Snake => snake(&self.name.text),
        }
    }
}

impl<'a> Lowering<'a> {
    /// The names that all files declare, those that are only imported from among them.
    pub(super) fn declared_names(&self) -> Vec<Named<'a>> {
        let mut names = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            let mut gatherer = Gatherer { names: &mut names, file: index, owner: Owner::Package(file.package.0) };
            file.tree.items.iter().for_each(|item| gatherer.item(item));
        }
        names
    }
}

struct Gatherer<'n, 'a> {
    names: &'n mut Vec<Named<'a>>,
    file: FileIndex,
    owner: Owner,
}

impl<'a> Gatherer<'_, 'a> {
    fn add(&mut self, name: &'a Name, what: &'static str, case: Case, was: Option<&Name>, was_at: Option<Span>) {
        let was_at = was_at.filter(|_| was.is_none());
        self.names.push(Named { name, what, case, file: self.file, owner: self.owner, was_at });
    }

    /// A declaration of a package, and what it owns.
    fn declaration(
        &mut self,
        name: &'a Name,
        what: &'static str,
        was: Option<&Name>,
        members: impl FnOnce(&mut Gatherer<'_, 'a>),
    ) {
        self.add(name, what, Case::Pascal, was, Some(name.span.after()));
        self.within(name.span, members);
    }

    fn within(&mut self, owner: Span, members: impl FnOnce(&mut Gatherer<'_, 'a>)) {
        members(&mut Gatherer { names: self.names, file: self.file, owner: Owner::Declaration(owner) });
    }

    fn member(&mut self, name: &'a Name, what: &'static str, was: Option<&Name>, whole: Span) {
        self.add(name, what, Case::Snake, was, Some(whole.after()));
    }

    fn item(&mut self, item: &'a Item) {
        match item {
            Item::Scalar(it) => self.declaration(&it.name, "a type", it.was.as_ref(), |_| {}),
            Item::Extern(it) => {
                self.add(&it.name, "a type", Case::Pascal, None, None);
                self.within(it.name.span, |owner| owner.fields(it.members.iter().flatten()));
            }
            Item::Record(it) => self.declaration(&it.name, "a type", it.was.as_ref(), |owner| {
                it.parameters.iter().for_each(|name| owner.add(name, "a parameter", Case::Pascal, None, None));
                owner.fields(&it.members);
            }),
            Item::Enum(it) => self.declaration(&it.name, "a type", it.was.as_ref(), |owner| {
                it.members.iter().for_each(|member| {
                    owner.member(&member.name, "a member", member.was.as_ref(), member.span);
                });
            }),
            Item::Union(it) => self.declaration(&it.name, "a type", it.was.as_ref(), |owner| {
                it.parameters.iter().for_each(|name| owner.add(name, "a parameter", Case::Pascal, None, None));
                it.cases.iter().for_each(|case| owner.member(&case.name, "a case", case.was.as_ref(), case.span));
            }),
            Item::Service(it) => self.declaration(&it.name, "a service", it.was.as_ref(), |owner| {
                it.members.iter().for_each(|member| owner.service_member(member));
            }),
            Item::Package(_) | Item::Import(_) | Item::Bind(_) | Item::Example(_) | Item::Broken(_) => {}
        }
    }

    fn fields(&mut self, members: impl IntoIterator<Item = &'a RecordMember>) {
        for member in members {
            if let RecordMember::Field(field) = member {
                self.member(&field.name, "a field", field.was.as_ref(), field.span);
            }
        }
    }

    fn service_member(&mut self, member: &'a ServiceMember) {
        match member {
            ServiceMember::Operation(it) => {
                self.member(&it.name, "an operation", it.was.as_ref(), it.name.span);
                self.within(it.name.span, |owner| {
                    it.inputs.iter().for_each(|input| {
                        owner.member(&input.name, "an input", input.was.as_ref(), input.span);
                    });
                });
            }
            ServiceMember::Handler(it) => self.member(&it.name, "a handler", it.was.as_ref(), it.name.span),
            ServiceMember::Clause(_) | ServiceMember::Broken(_) => {}
        }
    }
}
