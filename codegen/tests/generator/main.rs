//! Contracts through the generator: what binding says, and what comes out.

mod access;
mod bind_errors;
mod compat;
mod explain;
mod fixes;
mod golden;
mod harness;
mod proto;
mod schemas;
mod vocabularies;
mod world;
