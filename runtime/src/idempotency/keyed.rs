//! What the table asks of a keyed operation: where the key stands, and the JSON forms of what goes in and out.

use std::fmt;
use std::hash::RandomState;

use serde::Serialize;

use super::digest::{Digested, digest, json_bytes};
use crate::operation::Operation;

/// How a server knows a repeated call of the operation `O`: [`Operation::keyed`].
///
/// It holds all that is needed of `Serialize`, so that what other operations take and give need not have it.
pub struct Keyed<O: Operation> {
    key: fn(&O::Input) -> Option<&str>,
    digest: fn(&O::Input, &[RandomState; 2]) -> Digested,
    bytes: fn(&O::Output) -> usize,
}

impl<O: Operation<Input: Serialize, Output: Serialize>> Keyed<O> {
    /// By this key of the input; a call without one is never taken for a repetition.
    pub fn by(key: fn(&O::Input) -> Option<&str>) -> Keyed<O> {
        Keyed { key, digest: digest::<O::Input>, bytes: json_bytes::<O::Output> }
    }
}

impl<O: Operation> Keyed<O> {
    /// The key of a call.
    pub(crate) fn key<'a>(&self, input: &'a O::Input) -> Option<&'a str> {
        (self.key)(input)
    }

    /// The digest of an input, and the length of its JSON form.
    pub(super) fn digest(&self, input: &O::Input, keys: &[RandomState; 2]) -> Digested {
        (self.digest)(input, keys)
    }

    /// The length of an answer's JSON form.
    pub(super) fn bytes(&self, answer: &O::Output) -> usize {
        (self.bytes)(answer)
    }
}

impl<O: Operation> Clone for Keyed<O> {
    fn clone(&self) -> Keyed<O> {
        *self
    }
}

impl<O: Operation> Copy for Keyed<O> {}

impl<O: Operation> fmt::Debug for Keyed<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keyed").field(&O::FACTS.name).finish()
    }
}
