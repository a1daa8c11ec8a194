//! STAND-IN, to be replaced as a whole by the generated types' codec: the trait [`Wire`] and what the wire's own tests need.
//!
//! The trait's surface is what native RPC is written against; the implementations here are for scalars only.

use bytes::{Bytes, BytesMut};

use crate::validate::Violations;

/// A type that native RPC and the other binary wires carry.
pub trait Wire: Sized {
    /// Appends the value.
    fn put_to(&self, out: &mut BytesMut);

    /// Reads a value from all of these bytes; what it nests may not be deeper than so much.
    ///
    /// # Errors
    /// What is wrong with the bytes, each thing with its path.
    fn get_from(bytes: Bytes, depth_max: usize) -> Result<Self, Violations>;
}

impl Wire for () {
    fn put_to(&self, _: &mut BytesMut) {}

    fn get_from(_: Bytes, _: usize) -> Result<(), Violations> {
        Ok(())
    }
}

impl Wire for u32 {
    fn put_to(&self, out: &mut BytesMut) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn get_from(bytes: Bytes, _: usize) -> Result<u32, Violations> {
        let bytes = bytes.first_chunk().ok_or_else(|| Violations::of("must be four bytes"))?;
        Ok(u32::from_le_bytes(*bytes))
    }
}

impl Wire for String {
    fn put_to(&self, out: &mut BytesMut) {
        out.extend_from_slice(self.as_bytes());
    }

    fn get_from(bytes: Bytes, _: usize) -> Result<String, Violations> {
        String::from_utf8(bytes.into()).map_err(|_| Violations::of("must be UTF-8"))
    }
}

impl Wire for Bytes {
    fn put_to(&self, out: &mut BytesMut) {
        out.extend_from_slice(self);
    }

    fn get_from(bytes: Bytes, _: usize) -> Result<Bytes, Violations> {
        Ok(bytes)
    }
}

/// Appends a value.
pub fn encode<T: Wire>(value: &T, out: &mut BytesMut) {
    value.put_to(out);
}

/// Reads a value from all of these bytes.
///
/// # Errors
/// What is wrong with the bytes, each thing with its path.
pub fn decode<T: Wire>(bytes: Bytes, depth_max: usize) -> Result<T, Violations> {
    T::get_from(bytes, depth_max)
}
