//! `wireloom lock`: the wire numbers of packages, written down for good.
//!
//! Packages are taken whole, also where only one of their files was named. With errors nothing is written.

use wireloom_codegen::build::{differs, write};
use wireloom_codegen::load::{LockFile, load_packages};
use wireloom_idl::{Diagnostics, SourceMap};

use crate::Exit;
use crate::args::{Format, Lock};
use crate::console::Console;
use crate::progress::Progress;
use crate::{misuse, report};

pub(crate) fn run(args: &Lock, console: &mut Console) -> Exit {
    let progress = Progress::of(args.format);
    let loaded = load_packages(&args.contracts.paths, &args.contracts.includes, &mut progress.reading());
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(missing) => {
            drop(progress);
            return misuse::tell(missing.diagnostic(), args.format, console);
        }
    };
    progress.say(&format!("numbering {}", report::counted(loaded.files.len(), "file")));
    let (locks, said) = loaded.locks();
    drop(progress);
    report::print(&said, &loaded.sources, args.format, console);
    if said.has_errors() {
        if args.format == Format::Human {
            console.note(&report::summary(&said, loaded.files.len()));
        }
        return Exit::Bad;
    }
    let mut failures = Diagnostics::new();
    let exit = if args.check { list(&locks, &mut failures, console) } else { make(&locks, &mut failures, console) };
    report::print(&failures, &SourceMap::new(), args.format, console);
    if failures.has_errors() { Exit::Bad } else { exit }
}

fn list(locks: &[LockFile], failures: &mut Diagnostics, console: &mut Console) -> Exit {
    let mut exit = Exit::Good;
    for LockFile { path, name, text } in locks {
        match differs(path, text) {
            Ok(true) => {
                let state = if path.exists() { "stale" } else { "missing" };
                console.out(&format!("{state}: {name}\n"));
                exit = Exit::Bad;
            }
            Ok(false) => {}
            Err(error) => failures.push(report::unwritable(path, &error)),
        }
    }
    exit
}

fn make(locks: &[LockFile], failures: &mut Diagnostics, console: &mut Console) -> Exit {
    let mut written = 0;
    for LockFile { path, name, text } in locks {
        match write(path, text) {
            Ok(true) => {
                written += 1;
                console.note(&format!("wrote {name}"));
            }
            Ok(false) => {}
            Err(error) => failures.push(report::unwritable(path, &error)),
        }
    }
    console.note(&format!("{written} of {} written", report::counted(locks.len(), "lock")));
    Exit::Good
}
