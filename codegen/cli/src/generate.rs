//! `wireloom generate`: what contracts describe, written into a folder.
//!
//! First the changes are found, then they are made or, with `--check`, listed. Nothing is written where a contract has an
//! error. Where an earlier run left exactly this behind, of exactly these contracts, nothing is parsed ([`seal`]).

mod leftovers;
mod seal;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wireloom_codegen::build::{differs, write};
use wireloom_codegen::load::{Bound, load_telling};
use wireloom_codegen::{Files, Options, Wires};
use wireloom_idl::{Diagnostics, SourceMap};

use self::seal::Asked;
use crate::Exit;
use crate::args::{Format, Generate};
use crate::console::Console;
use crate::progress::Progress;
use crate::{misuse, report};

/// A file that is not as it should be.
#[derive(Debug)]
struct Change<'f> {
    path: PathBuf,
    kind: Kind<'f>,
}

#[derive(Debug)]
enum Kind<'f> {
    /// It is not there.
    Missing(&'f str),
    /// It has another content.
    Stale(&'f str),
    /// An earlier run wrote it, and nothing describes it any more.
    LeftOver,
}

pub(crate) fn run(args: &Generate, console: &mut Console) -> Exit {
    let asked = Asked::of(args);
    if let Some(seal) = asked.intact() {
        console.out(&seal.said);
        if !args.check {
            tell_written(0, seal.files(), console);
        }
        return Exit::Good;
    }
    let progress = Progress::of(args.format);
    let loaded = load_telling(&args.contracts.paths, &args.contracts.includes, &mut progress.reading());
    let loaded = match loaded {
        Ok(loaded) => loaded.locked(args.locked),
        Err(missing) => {
            drop(progress);
            return misuse::tell(missing.diagnostic(), args.format, console);
        }
    };
    progress.say(&format!("generating from {}", report::counted(loaded.files.len(), "file")));
    let (bound, said) = loaded.bind(options(args).wires);
    let files = bound.map(|bound| files(args, &bound));
    drop(progress);
    let text = report::all(&said, &loaded.sources, args.format);
    console.out(&text);
    let Some((wanted, described)) = files else {
        if args.format == Format::Human {
            console.note(&report::summary(&said, loaded.files.len()));
        }
        return Exit::Bad;
    };
    let mut failures = Diagnostics::new();
    let changes = changes(&args.out, &wanted, &described, &mut failures);
    let exit = if args.check {
        list(&changes, console)
    } else {
        make(&changes, wanted.len(), &args.out, &mut failures, console)
    };
    report::print(&failures, &SourceMap::new(), args.format, console);
    if failures.has_errors() {
        return Exit::Bad;
    }
    if !args.check {
        asked.seal(&wanted, &described, &text);
    }
    exit
}

fn options(args: &Generate) -> Options {
    let mut options = Options::default();
    options.wires = Wires::of(args.wires.iter().copied());
    options.wires.json = args.json;
    options
}

/// The files of the targets that were asked for, and everything that some target describes, also what it writes only when it
/// is asked for by name.
fn files(args: &Generate, bound: &Bound<'_>) -> (Files, Files) {
    let only = |only: &[String]| {
        let mut options = options(args);
        options.only = only.to_vec();
        bound.files(&options)
    };
    let mut all = only(&[]);
    let wanted = if args.only.is_empty() { all.clone() } else { only(&args.only) };
    only(&["proto".to_owned()]).iter().for_each(|(path, text)| all.add(path, text));
    (wanted, all)
}

/// What has to happen for the folder to hold what is wanted. What any target describes is not left over.
fn changes<'f>(out: &Path, wanted: &'f Files, all: &Files, failures: &mut Diagnostics) -> Vec<Change<'f>> {
    let mut changes = Vec::new();
    for (name, text) in wanted {
        let path = out.join(name);
        match differs(&path, text) {
            Ok(false) => {}
            Ok(true) if path.exists() => changes.push(Change { path, kind: Kind::Stale(text) }),
            Ok(true) => changes.push(Change { path, kind: Kind::Missing(text) }),
            Err(error) => failures.push(report::unwritable(&path, &error)),
        }
    }
    let leftovers = leftovers::find(out, |name| all.get(name).is_some());
    changes.extend(leftovers.into_iter().map(|path| Change { path, kind: Kind::LeftOver }));
    changes
}

fn list(changes: &[Change<'_>], console: &mut Console) -> Exit {
    for Change { path, kind } in changes {
        let state = match kind {
            Kind::Missing(_) => "missing",
            Kind::Stale(_) => "stale",
            Kind::LeftOver => "left over",
        };
        console.out(&format!("{state}: {}\n", path.display()));
    }
    if changes.is_empty() { Exit::Good } else { Exit::Bad }
}

fn make(changes: &[Change<'_>], files: usize, out: &Path, failures: &mut Diagnostics, console: &mut Console) -> Exit {
    let mut written = 0;
    for Change { path, kind } in changes {
        let (made, verb) = match kind {
            Kind::Missing(text) | Kind::Stale(text) => (write(path, text).map(|_| written += 1), "wrote"),
            Kind::LeftOver => (remove(path, out), "removed"),
        };
        match made {
            Ok(()) => console.note(&format!("{verb} {}", path.display())),
            Err(error) => failures.push(report::unwritable(path, &error)),
        }
    }
    tell_written(written, files, console);
    Exit::Good
}

fn tell_written(written: usize, files: usize, console: &mut Console) {
    console.note(&format!("{written} of {} written", report::counted(files, "file")));
}

/// Removes a file, and the folders that become empty by it.
fn remove(path: &Path, out: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    for folder in path.ancestors().skip(1).take_while(|folder| *folder != out) {
        // It fails where something else is in there, which then stays.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}
