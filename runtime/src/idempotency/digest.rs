//! Digests and lengths of values, by their JSON form; the form itself is never kept.

use std::io;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// What is kept of an input: SHA-256 of its JSON form, the same in every process; nobody finds two inputs with the same one.
pub(super) type Digest = [u8; 32];

/// The digest of a value, and the length of its JSON form; nothing of what has no such form.
pub(super) type Digested = Result<(Digest, usize), serde_json::Error>;

/// Takes the digest of a value.
pub(super) fn digest<T: Serialize>(value: &T) -> Digested {
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let sink = Sink(|piece: &[u8]| {
        bytes += piece.len();
        hasher.update(piece);
    });
    // Collected into larger pieces: serde_json writes many of a byte or two.
    let mut sink = io::BufWriter::with_capacity(512, sink);
    serde_json::to_writer(&mut sink, value)?;
    io::Write::flush(&mut sink).map_err(serde_json::Error::io)?;
    drop(sink);
    Ok((hasher.finalize().into(), bytes))
}

/// The length of a value's JSON form; of one that has none, of what could be written.
pub(super) fn json_bytes<T: Serialize>(value: &T) -> usize {
    let mut bytes = 0;
    // What cannot be written fails again, and is told, where the answer itself is written.
    let _ = serde_json::to_writer(Sink(|piece: &[u8]| bytes += piece.len()), value);
    bytes
}

/// Shows what is written to a function.
struct Sink<F>(F);

impl<F: FnMut(&[u8])> io::Write for Sink<F> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        (self.0)(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
