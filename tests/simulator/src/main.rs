//! `cargo run --release -p wireloom-simulator`: the same as `simulate` of wireloom-tests, without compiling all the rest.

use std::process::ExitCode;

fn main() -> ExitCode {
    wireloom_simulator::command()
}
