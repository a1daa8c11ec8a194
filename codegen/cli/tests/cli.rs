//! The `wireloom` binary from outside: what it prints, what it writes, how it ends.

// Pipes, links and permissions are Unix's.
#![cfg(unix)]

#[path = "cli/allow.rs"]
mod allow;
#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/diff.rs"]
mod diff;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/fix.rs"]
mod fix;
#[path = "cli/fmt.rs"]
mod fmt;
#[path = "cli/generate.rs"]
mod generate;
#[path = "cli/init.rs"]
mod init;
#[path = "cli/lock.rs"]
mod lock;
#[path = "cli/progress.rs"]
mod progress;
#[path = "cli/seal.rs"]
mod seal;
#[path = "cli/stage.rs"]
mod stage;
#[path = "cli/watch.rs"]
mod watch;
