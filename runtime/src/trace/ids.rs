//! Ids of traces and spans: random bytes, written in hexadecimal.

use std::cell::RefCell;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};

use crate::policy::Rng;

macro_rules! id {
    ($(#[$about:meta])* $name:ident $bytes:literal) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// The id of these bytes; `None` where all are zero, which stands for none.
            pub fn from_bytes(bytes: [u8; $bytes]) -> Option<$name> {
                (bytes != [0; $bytes]).then_some($name(bytes))
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; 2 * $bytes];
                write(&self.0, &mut text);
                f.write_str(std::str::from_utf8(&text).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id! {
    /// What all spans of a trace have in common. Written as 32 hexadecimal digits.
    TraceId 16
}

id! {
    /// A span of a trace. Written as 16 hexadecimal digits.
    SpanId 8
}

impl TraceId {
    /// One that no other trace has.
    pub(super) fn random() -> TraceId {
        let (high, low) = numbers(|high, low| (high.next_u64(), low.next_u64()));
        // All zeros once in a universe; that is no id.
        TraceId((u128::from(high) << 64 | u128::from(low)).max(1).to_be_bytes())
    }
}

impl SpanId {
    /// One that no other span of its trace has.
    pub(super) fn random() -> SpanId {
        SpanId(numbers(|high, _| high.next_u64()).max(1).to_be_bytes())
    }
}

/// Chance of this thread. Its own, so that no two share a cache line for it; two generators, so that traces of all processes are
/// told apart by 128 bits. They are no secret.
fn numbers<T>(take: impl FnOnce(&mut Rng, &mut Rng) -> T) -> T {
    thread_local! {
        static NUMBERS: RefCell<(Rng, Rng)> = {
            let keys = RandomState::new();
            RefCell::new((Rng::seeded(keys.hash_one(0)), Rng::seeded(keys.hash_one(1))))
        };
    }
    NUMBERS.with_borrow_mut(|(high, low)| take(high, low))
}

/// Writes bytes as digits, two each.
pub(super) fn write(bytes: &[u8], text: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, digits) in bytes.iter().zip(text.chunks_exact_mut(2)) {
        digits[0] = DIGITS[usize::from(byte >> 4)];
        digits[1] = DIGITS[usize::from(byte & 0xf)];
    }
}

/// Reads digits, two a byte; upper case is none.
pub(super) fn read<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(digits[0])? << 4 | digit(digits[1])?;
    }
    (text.len() == 2 * N).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unlike_on_all_threads() {
        let made = || (0..1_000).map(|_| (TraceId::random(), SpanId::random())).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(made)).collect();
        let all: Vec<_> = threads.into_iter().flat_map(|it| it.join().unwrap()).collect();
        assert_eq!(all.iter().map(|(trace, _)| trace).collect::<HashSet<_>>().len(), all.len());
        assert_eq!(all.iter().map(|(_, span)| span).collect::<HashSet<_>>().len(), all.len());
    }

    #[test]
    fn zeros_are_no_id() {
        assert_eq!((TraceId::from_bytes([0; 16]), SpanId::from_bytes([0; 8])), (None, None));
        assert_eq!(SpanId::from_bytes([0, 0, 0, 0, 0, 0, 1, 0xab]).unwrap().to_string(), "00000000000001ab");
    }
}
