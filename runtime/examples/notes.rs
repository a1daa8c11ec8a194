//! The program of tests/judges: the notes of the tests, served over WebSocket until it is stopped.
//!
//! `notes 127.0.0.1:8080`

#[path = "../tests/notes/mod.rs"]
#[allow(dead_code, reason = "the tests need all of it")]
mod notes;

use wireloom::Server;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    Server::new().serve(notes::Notes::default()).run(address).await
}
