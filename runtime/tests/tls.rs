//! TLS on every wire: what a server shows and demands, what a client trusts, certificates that change, peers that never end
//! their handshake.

mod notes;
#[path = "rest/notes.rs"]
mod rest_notes;
#[path = "framed/suite.rs"]
mod suite;

#[path = "tls/authority.rs"]
mod authority;
#[cfg(feature = "auth")]
#[path = "tls/callers.rs"]
mod callers;
#[path = "tls/calls.rs"]
mod calls;
#[path = "tls/hostile.rs"]
mod hostile;
#[path = "tls/named.rs"]
mod named;
#[path = "tls/own.rs"]
mod own;
#[path = "tls/reload.rs"]
mod reload;
#[path = "tls/wires.rs"]
mod wires;
