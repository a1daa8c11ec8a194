//! What is counted of who calls: what the guard found, and where verifiers looked.

use super::catalog;
use super::counts::{Counts, Word as _, words};
use super::operations::signed;
use super::samples::Samples;

words! {
    /// What the guard says of a caller.
    Verdict {
        /// Is known, and may.
        LetIn = "let_in",
        /// Brought nothing to be known by.
        Anonymous = "anonymous",
        /// Brought what is not accepted.
        Refused = "refused",
        /// Is known, and lacks a scope or the role.
        Forbidden = "forbidden",
        /// Is known, and calls more often than it may.
        Limited = "limited",
        /// Is to prove to have its token's key once more, with a nonce.
        Nonce = "nonce",
        /// Nobody could tell now.
        Unavailable = "unavailable",
    }
}

words! {
    /// How a verifier came to know what it needs.
    Looked {
        /// It was known already.
        Cached = "cached",
        /// Somebody was asked, and has answered.
        Asked = "asked",
        /// Somebody was asked, and has not answered.
        Failed = "failed",
    }
}

/// The keys of issuers.
pub(crate) static KEYS: Counts<Looked> = Counts::new();

/// What tokens are.
pub(crate) static INTROSPECTION: Counts<Looked> = Counts::new();

pub(super) fn collect(samples: &mut Samples) {
    for (what, counts) in [("keys", &KEYS), ("introspection", &INTROSPECTION)] {
        for (looked, count) in counts.each() {
            samples.add(&catalog::LOOKUPS, &[what, looked.as_str()], signed(count));
        }
    }
}
