//! Named scalars: checked when they are made, and while a wire decodes left to validation.
//!
//! A `Sku` can only be made of a text that its contract allows, be it by `Sku::new` or by serde. A server, though, wants
//! to tell a caller *all* that is wrong with an input, not the first thing. So while a wire decodes an input, generated
//! types take any value, and the validation that always follows reports every violation with its path.

use std::cell::Cell;

thread_local! {
    static DEFERRED: Cell<bool> = const { Cell::new(false) };
}

/// Whether checks of named scalars are left to the validation that follows.
pub fn deferred() -> bool {
    DEFERRED.get()
}

/// Runs `decode` with the checks left to the validation that the caller runs next.
pub(crate) fn defer<R>(decode: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            DEFERRED.set(self.0);
        }
    }
    let _restore = Restore(DEFERRED.replace(true));
    decode()
}
