//! The binary codec against prost: the same bytes, the same refusals; and what it says of what it refuses.

#[path = "wire/dice.rs"]
mod dice;
#[path = "wire/kinds.rs"]
mod kinds;
#[path = "wire/peer.rs"]
mod peer;
#[path = "wire/refused.rs"]
mod refused;
#[path = "wire/same.rs"]
mod same;
#[path = "wire/shop.rs"]
mod shop;
