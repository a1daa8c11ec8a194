//! Encoding a value into bytes of exactly its length.
//!
//! A text grows in a buffer that its thread keeps, so it is never moved while it grows, and is then copied once: one
//! allocation, of the right size.

use std::cell::Cell;

use bytes::Bytes;
use serde_with::SerializeAs;

/// A longer text is handed on as it is, and its buffer not kept.
const KEPT_BYTES_MAX: usize = 16 * 1024;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Encodes a value in the form that the adapter `A` gives it.
///
/// # Errors
/// When the value has no JSON form, as a map whose keys are no texts.
pub(crate) fn encode<T, A: SerializeAs<T>>(value: &T) -> Result<Bytes, serde_json::Error> {
    let mut text = BUFFER.take();
    text.clear();
    A::serialize_as(value, &mut serde_json::Serializer::new(&mut text))?;
    if text.capacity() > KEPT_BYTES_MAX {
        return Ok(Bytes::from(text));
    }
    let exact = Bytes::copy_from_slice(&text);
    BUFFER.set(text);
    Ok(exact)
}

#[cfg(test)]
mod tests {
    use serde_with::Same;

    use super::*;

    #[test]
    fn texts_of_all_lengths_are_whole() {
        for length in [0, 1, 1000, 3, KEPT_BYTES_MAX, 5, 10 * KEPT_BYTES_MAX, 2] {
            let text = "x".repeat(length);
            assert_eq!(encode::<_, Same>(&text).unwrap(), format!("\"{text}\""));
        }
    }
}
