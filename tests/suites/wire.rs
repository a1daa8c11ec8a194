//! Generated services running: the tour over every way there is, and what only shows at run time.

#[path = "wire/dials.rs"]
mod dials;
#[path = "wire/kitchen.rs"]
mod kitchen;
#[path = "wire/messaging.rs"]
mod messaging;
#[path = "wire/network.rs"]
mod network;
#[path = "wire/scenarios/mod.rs"]
mod scenarios;
#[path = "wire/tiers.rs"]
mod tiers;
#[path = "wire/tour.rs"]
mod tour;
