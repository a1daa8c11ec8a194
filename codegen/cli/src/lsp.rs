//! `wireloom lsp`: a language server over the standard input and output.
//!
//! An editor starts it, tells it what is open and what is typed, and asks. [`server`] reads messages and answers them in turn;
//! [`session`] knows what is open ([`documents`]), and what belongs together and is checked as one ([`project`]). The answers
//! themselves are the libraries': files below `answers` turn plain data into the protocol's words and back.

mod answers;
mod capabilities;
mod diagnostics;
mod documents;
mod place;
mod project;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod uri;

use lsp_server::Connection;

use crate::Exit;
use crate::console::Console;

pub(crate) fn run(console: &mut Console) -> Exit {
    let (connection, threads) = Connection::stdio();
    let exit = match server::serve(&connection) {
        Ok(exit) => exit,
        Err(error) => {
            console.note(&format!("wireloom lsp: {error}\n"));
            Exit::Bad
        }
    };
    // The threads end with the channels.
    drop(connection);
    if exit == Exit::Good && threads.join().is_err() {
        return Exit::Bad;
    }
    exit
}
