//! The contract: everything the files say, resolved and checked, as plain data.
//!
//! Made by [`crate::lower`], read by every generator. Names are resolved to [`TypeId`]s, values are in their canonical
//! form, generics, drafts and patches are records of their own. It knows no wire: a [`Binding`] keeps the words of its
//! wire as [`Term`](crate::syntax::tree::Term)s, whose meaning belongs to the generator of that wire. Only ordered collections, so the same
//! text gives the same contract. Spans stay in it, so that a generator can point at the text as well.

mod allowances;
mod annotation;
mod binding;
mod generic;
mod literal;
mod pin;
mod policy;
mod service;
mod types;

pub(crate) use allowances::Allowance;
pub use allowances::Allowances;
pub use annotation::{Annotation, Annotations};
pub use binding::{Binding, BindingEntry, Example, Outcome, Subject};
pub use generic::{Generic, GenericMember};
pub use literal::Literal;
pub use pin::Pin;
pub use policy::{
    Backoff, Balance, Breaker, Concurrency, Hedge, HedgeAfter, Limit, LimitKey, Policy, Priority, Retry, Said, SaidWord,
};
pub use service::{
    Access, Answer, Auth, AuthScheme, Comparison, Condition, Deprecated, Effect, FaultCode, Handler, Inputs, Operation,
    Service, Shape,
};
pub use types::{
    Case, Constraint, Enum, Event, Extern, Fault, Field, FieldPath, Format, Member, Origin, Presence, Record, Scalar,
    ScalarType, Type, TypeDef, TypeId, TypeKind, Union,
};

use crate::numbers::Numbers;
use crate::source::Span;

/// A place in the contract's text.
pub type At = Span;

/// Everything the files of a run say.
#[derive(Clone, Debug, Default)]
pub struct Contract {
    /// The packages, imported ones before those that import them, else by name.
    pub packages: Vec<Package>,
    /// Every type of every package; [`TypeId`] counts into it.
    pub types: Vec<TypeDef>,
    /// What fields, members, cases and operations are called where names do not travel.
    pub numbers: Numbers,
    /// What may stand although it is warned of.
    pub allowances: Allowances,
}

/// Names one package of a [`Contract`]: counts into [`Contract::packages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub u32);

/// One package: what all its files declare.
#[derive(Clone, Debug)]
pub struct Package {
    /// `shop.orders`
    pub name: String,
    /// 1 unless said otherwise.
    pub version: u32,
    /// Documentation of the `package` line.
    pub docs: Option<String>,
    /// As written before `package` lines, imports and examples.
    pub annotations: Annotations,
    /// Whether it was only read for what others import from it (`-I`), and is not reported on.
    pub imported: bool,
    /// Its types in the order of their declaration, those made of generics, `draft` and `patch` behind the declared ones.
    pub types: Vec<TypeId>,
    /// In the order of their declaration.
    pub generics: Vec<Generic>,
    /// In the order of their declaration.
    pub services: Vec<Service>,
    /// In the order of their declaration.
    pub bindings: Vec<Binding>,
    /// In the order of their declaration.
    pub examples: Vec<Example>,
    /// The files it is declared in, by name, sorted.
    pub files: Vec<String>,
    /// The name in the (first) `package` line.
    pub at: At,
}

impl Contract {
    /// The type of that id.
    pub fn type_def(&self, id: TypeId) -> &TypeDef {
        &self.types[id.0 as usize]
    }

    /// The package of that id.
    pub fn package(&self, id: PackageId) -> &Package {
        &self.packages[id.0 as usize]
    }

    /// All packages with their ids.
    pub fn packages(&self) -> impl Iterator<Item = (PackageId, &Package)> {
        self.packages.iter().enumerate().map(|(index, package)| (PackageId(index as u32), package))
    }

    /// All services of all packages.
    pub fn services(&self) -> impl Iterator<Item = (PackageId, &Service)> {
        self.packages().flat_map(|(id, package)| package.services.iter().map(move |service| (id, service)))
    }

    /// The type of that name in a package.
    pub fn find_type(&self, package: PackageId, name: &str) -> Option<&TypeDef> {
        self.package(package).types.iter().map(|&id| self.type_def(id)).find(|def| def.name == name)
    }

    /// The name with its package, `shop.orders.Order`.
    pub fn full_name(&self, id: TypeId) -> String {
        let def = self.type_def(id);
        format!("{}.{}", self.package(def.package).name, def.name)
    }
}
