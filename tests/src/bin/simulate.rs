//! `cargo run --release -p wireloom-tests --bin simulate`: the goals of the runtime's policies, judged in virtual time.

use std::process::ExitCode;

fn main() -> ExitCode {
    wireloom_simulator::command()
}
