//! JSON Schema 2020-12 of the contract's types: what a value looks like in JSON, on REST and elsewhere.
//!
//! OpenAPI 3.1 takes these schemas as they are, so the document and the schemas of their own say the same. They are as strict as the
//! server, and where it is lenient (open enums, `i64` as text or number) just as lenient, but for former names (`was`): those the
//! server reads, and a schema wants the name of today. What JSON Schema cannot say of a value stands in its description, and so
//! does the former name of a field.

mod integers;
mod keywords;
mod scalars;
mod types;
pub(crate) mod values;

pub(crate) use keywords::{Additional, Properties, Schema};
pub(crate) use types::Schemas;
