//! The `wireloom` command line: check, format, compare, lock, generate and explain contracts, and begin a project.
//!
//! Each command is a file below: arguments in ([`args`]), an exit code out; what there is to say goes through [`console`].
//! What a contract means is known to the libraries alone; here are files, folders and the terminal.
//!
//! Exit codes: 0 without errors, 1 with errors or where something would change, 2 where the command line is wrong.

mod args;
mod check;
mod console;
mod diff;
mod explain;
mod fmt;
mod generate;
mod init;
mod lock;
mod lsp;
mod misuse;
mod progress;
mod report;
mod watch;

use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser as _;
use console::Console;

/// Trees and tokens are many small pieces, made and dropped at once, which is what the system's allocator is slow at. Without
/// its huge pages, for a short run costs less than clearing them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Everything is as it should be.
    Good,
    /// There are errors, or something would change.
    Bad,
    /// The command line is wrong.
    Misuse,
}

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return misuse::unparsed(&error),
    };
    let mut console = Console::new(args.color);
    let exit = match args.command {
        Command::Check(args) if args.watch => {
            watch::run(&args.contracts, args.format, &mut console, |console, wrote| check::run(&args, console, wrote))
        }
        Command::Check(args) => check::run(&args, &mut console, &mut || {}),
        Command::Fmt(args) => fmt::run(&args, &mut console),
        Command::Diff(args) => diff::run(&args, &mut console),
        Command::Lock(args) => lock::run(&args, &mut console),
        Command::Generate(args) if args.watch => {
            watch::run(&args.contracts, args.format, &mut console, |console, _| generate::run(&args, console))
        }
        Command::Generate(args) => generate::run(&args, &mut console),
        Command::Explain(args) => explain::run(&args, &mut console),
        Command::Lsp => lsp::run(&mut console),
        Command::Init(args) => init::run(&args, &mut console),
    };
    match console.finish(exit) {
        Exit::Good => ExitCode::SUCCESS,
        Exit::Bad => ExitCode::from(1),
        Exit::Misuse => ExitCode::from(2),
    }
}
