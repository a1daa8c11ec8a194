//! Sheets: what lowering knows of a type beside its definition.

use std::collections::HashSet;
use std::rc::Rc;

use super::scope::FileIndex;
use crate::contract::{Type, TypeId};
use crate::syntax::tree;

/// What is known of a type beside its definition.
pub(super) struct Sheet<'a> {
    pub(super) file: FileIndex,
    pub(super) form: Form<'a>,
    pub(super) progress: Progress,
    /// Of an instance: the generic and its arguments.
    pub(super) instance_of: Option<(usize, Vec<Type>)>,
    /// Of an instance: the type whose body asked for it first.
    pub(super) asked_by: Option<TypeId>,
    /// Of an instance: its parameters by name.
    pub(super) parameters: Rc<[(&'a str, Type)]>,
    pub(super) made: bool,
    /// Beside the definition's fields: where each was written.
    pub(super) fields: Vec<&'a tree::Field>,
    /// Words of members that could not be read.
    pub(super) broken_words: HashSet<&'a str>,
    /// Whether nothing can be said of its values: its base is broken.
    pub(super) broken: bool,
}

/// What a type is made from.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    Scalar(&'a tree::Scalar),
    Record(&'a tree::Record),
    Enum(&'a tree::Enum),
    Union(&'a tree::Union),
    Extern(&'a tree::Extern),
    Draft(TypeId),
    Patch(TypeId),
}

/// How far a type is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Waiting,
    Running,
    Done,
}

impl<'a> Sheet<'a> {
    pub(super) fn declared(file: FileIndex, form: Form<'a>) -> Sheet<'a> {
        Sheet { made: false, ..Sheet::made(file, form) }
    }

    pub(super) fn made(file: FileIndex, form: Form<'a>) -> Sheet<'a> {
        Sheet {
            file,
            form,
            progress: Progress::Waiting,
            instance_of: None,
            asked_by: None,
            parameters: Rc::new([]),
            made: true,
            fields: Vec::new(),
            broken_words: HashSet::new(),
            broken: false,
        }
    }

    /// Whether the contract says it; instances, drafts and patches are made.
    pub(super) fn is_declared(&self) -> bool {
        !self.made
    }
}
