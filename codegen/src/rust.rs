//! Contract types and services as Rust: tokens for one item at a time, printed by [`print`].
//!
//! Each file below writes one kind of item; what they share (names, types, JSON forms, what a type can do) stands in the
//! first five. Where the text lands is for [`crate::target::rust`], how a wire carries an operation for that wire's target.

pub(crate) mod abilities;
pub(crate) mod docs;
pub(crate) mod json;
pub(crate) mod naming;
pub(crate) mod scope;

pub(crate) mod client;
pub(crate) mod conditions;
pub(crate) mod enums;
pub(crate) mod events;
pub(crate) mod externs;
pub(crate) mod faults;
pub(crate) mod fields;
pub(crate) mod handlers;
pub(crate) mod literal;
pub(crate) mod operations;
pub(crate) mod patches;
pub(crate) mod paths;
pub(crate) mod policies;
pub(crate) mod print;
pub(crate) mod records;
pub(crate) mod requests;
pub(crate) mod scalars;
pub(crate) mod server;
pub(crate) mod service;
mod shape;
pub(crate) mod unions;
pub(crate) mod validate;
pub(crate) mod wire;
