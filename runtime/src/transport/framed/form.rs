//! How messages are written: protobuf's wire format in binary frames, JSON in text frames.

use bytes::{Bytes, BytesMut};

use crate::fault::Fault;
use crate::mux::{Encoding, Native, Unwritten};
use crate::operation::Operation;
use crate::validate::Violations;
use crate::wire::{self, Value};

/// A way to write messages of the type `T`.
pub trait Form<T>: Send + Sync + 'static {
    /// Appends a message.
    ///
    /// # Errors
    /// When it has none of this form.
    fn put(message: &T, out: &mut BytesMut) -> Result<(), Unwritten>;

    /// Reads a message, whose named scalars keep their contract unless a validation follows ([`scalar`](crate::scalar)).
    ///
    /// # Errors
    /// What is missing or does not fit, each with its path.
    fn take(bytes: &Bytes, depth_max: usize) -> Result<T, Violations>;
}

/// How the messages of an operation are written in frames of this encoding.
pub trait Carries<O: Operation>: Encoding {
    /// The form of what goes in.
    type Input: Form<O::Input>;
    /// The form of what comes out.
    type Output: Form<O::Output>;
}

/// protobuf's wire format.
#[derive(Clone, Copy, Debug)]
pub enum Protobuf {}

impl<T: Value> Form<T> for Protobuf {
    fn put(message: &T, out: &mut BytesMut) -> Result<(), Unwritten> {
        wire::encode(message, out);
        Ok(())
    }

    fn take(bytes: &Bytes, depth_max: usize) -> Result<T, Violations> {
        wire::decode_checked(bytes, depth_max)
    }
}

impl<O: Operation<Input: Value, Output: Value>> Carries<O> for Native {
    type Input = Protobuf;
    type Output = Protobuf;
}

/// What a call fails with whose message has no form on its wire: a mistake of its type.
pub(super) fn unwritten(what: &str) -> Fault {
    Fault::internal(format!("the {what} has no form on this wire"))
}

pub use json::JsonAs;

mod json {
    use std::any::TypeId;
    use std::marker::PhantomData;

    use bytes::{BufMut as _, Bytes, BytesMut};

    use super::Form;
    use crate::json::{DeserializeAs, SerializeAs, decode_checked};
    use crate::mux::Unwritten;
    use crate::validate::Violations;

    /// JSON, in the form that the adapter `A` gives it. No message at all is `null`.
    #[derive(Debug)]
    pub struct JsonAs<A>(PhantomData<fn() -> A>);

    impl<T: 'static, A> Form<T> for JsonAs<A>
    where
        A: SerializeAs<T> + for<'de> DeserializeAs<'de, T> + 'static,
    {
        fn put(message: &T, out: &mut BytesMut) -> Result<(), Unwritten> {
            if is_empty::<T>() {
                return Ok(());
            }
            A::serialize_as(message, &mut serde_json::Serializer::new(out.writer())).map_err(|error| {
                tracing::error!(%error, "a message has no JSON form");
                Unwritten
            })
        }

        fn take(bytes: &Bytes, depth_max: usize) -> Result<T, Violations> {
            // What stands where nothing is wanted is not looked at, as in a message of protobuf.
            let text: &[u8] = if bytes.is_empty() || is_empty::<T>() { b"null" } else { bytes };
            let decoded = decode_checked::<T, A>(text, depth_max, "");
            if bytes.is_empty() { decoded.map_err(|_| Violations::of("missing")) } else { decoded }
        }
    }

    /// Whether a message of that type says nothing.
    fn is_empty<T: 'static>() -> bool {
        TypeId::of::<T>() == TypeId::of::<()>()
    }
}
