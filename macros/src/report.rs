//! All that is wrong with a type, told at once.

use proc_macro2::Span;
use syn::Error;

/// Errors that add up.
#[derive(Default)]
pub(crate) struct Report(Option<Error>);

impl Report {
    /// Adds an error at a place.
    pub(crate) fn push(&mut self, at: Span, message: impl std::fmt::Display) {
        self.add(Error::new(at, message));
    }

    /// Adds an error.
    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, unless something is wrong.
    ///
    /// # Errors
    /// All that was added.
    pub(crate) fn finish<T>(self, value: T) -> syn::Result<T> {
        self.0.map_or(Ok(value), Err)
    }
}
