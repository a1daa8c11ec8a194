//! Our types and our `.proto` against each other, with prost as the judge.
//!
//! What is compiled here is prost's and tonic's Rust of our descriptor sets; what runs holds every message of every contract
//! against our own type of it: values, bytes as any peer may write them, and bytes at random.

#[path = "proto/bytes.rs"]
mod bytes;
#[path = "proto/dice.rs"]
mod dice;
#[path = "proto/hand.rs"]
mod hand;
#[path = "proto/judge.rs"]
mod judge;
#[path = "proto/messages.rs"]
mod messages;
#[path = "proto/same.rs"]
mod same;
#[path = "proto/values.rs"]
mod values;
