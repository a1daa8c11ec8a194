//! What the table asks of a keyed operation: where the key stands, and the JSON forms of what goes in and out.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use serde_with::Same;

use super::digest::{Digested, digest, json_bytes};
use crate::json::{DEPTH_MAX, decode_checked};
use crate::operation::Operation;
use crate::validate::Violations;

/// How a server knows a repeated call of the operation `O`: [`Operation::keyed`].
///
/// It holds all that is needed of serde, so that what other operations take and give need not have it.
pub struct Keyed<O: Operation> {
    key: fn(&O::Input) -> Option<&str>,
    shape: Option<u64>,
    digest: fn(&O::Input) -> Digested,
    bytes: fn(&O::Output) -> usize,
    write: fn(&O::Output) -> serde_json::Result<Box<RawValue>>,
    read: fn(&RawValue) -> Result<O::Output, Violations>,
}

impl<O: Operation<Input: Serialize, Output: Serialize + DeserializeOwned>> Keyed<O> {
    /// By this key of the input; a call without one is never taken for a repetition.
    pub fn by(key: fn(&O::Input) -> Option<&str>) -> Keyed<O> {
        Keyed {
            key,
            shape: None,
            digest: digest::<O::Input>,
            bytes: json_bytes::<O::Output>,
            write: to_raw_value::<O::Output>,
            read: |text| decode_checked::<O::Output, Same>(text.get().as_bytes(), DEPTH_MAX, ""),
        }
    }
}

impl<O: Operation> Keyed<O> {
    /// Inputs have a shape that is known by this number: two inputs of another shape cannot be compared. Generated, of names and types.
    #[must_use]
    pub fn of_shape(self, shape: u64) -> Keyed<O> {
        Keyed { shape: Some(shape), ..self }
    }

    /// The shape of inputs.
    pub(super) fn shape(&self) -> Option<u64> {
        self.shape
    }

    /// The key of a call.
    pub(crate) fn key<'a>(&self, input: &'a O::Input) -> Option<&'a str> {
        (self.key)(input)
    }

    /// The digest of an input, and the length of its JSON form.
    pub(super) fn digest(&self, input: &O::Input) -> Digested {
        (self.digest)(input)
    }

    /// The length of an answer's JSON form.
    pub(super) fn bytes(&self, answer: &O::Output) -> usize {
        (self.bytes)(answer)
    }

    /// An answer in its JSON form.
    pub(super) fn write(&self, answer: &O::Output) -> serde_json::Result<Box<RawValue>> {
        (self.write)(answer)
    }

    /// The answer that a text is of.
    pub(super) fn read(&self, text: &RawValue) -> Result<O::Output, Violations> {
        (self.read)(text)
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
