//! The Wireloom contract language: `.loom` text in, a checked [`Contract`] out.
//!
//! Text becomes a lossless tree ([`syntax`]), the tree becomes a [`Contract`] ([`lower`]); both phases always give a
//! result, and all [`Diagnostics`] of a run come together. This crate reads no file, knows no wire and no target language.

#![doc(test(attr(deny(warnings))))]

pub mod compat;
pub mod contract;
pub mod diagnostic;
pub mod editor;
pub mod format;
pub mod lock;
pub mod lower;
pub mod numbers;
pub mod source;
pub mod syntax;

pub use contract::Contract;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use lower::{is_date, nearest};
pub use source::{FileId, SourceFile, SourceMap, Span};
pub use syntax::SyntaxTree;
