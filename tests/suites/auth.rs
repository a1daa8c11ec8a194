//! Who may call, over every wire: what a contract says by `auth`, `scope` and `role`.

#[path = "auth/callers.rs"]
mod callers;
#[path = "auth/door.rs"]
mod door;
#[path = "auth/events.rs"]
mod events;
#[path = "auth/giver.rs"]
mod giver;
#[path = "auth/http.rs"]
mod http;
#[path = "auth/proved.rs"]
mod proved;
#[path = "auth/renewed.rs"]
mod renewed;
#[path = "auth/silence.rs"]
mod silence;
#[path = "auth/tokens.rs"]
mod tokens;
#[path = "auth/vault.rs"]
mod vault;
#[path = "auth/wires.rs"]
mod wires;
