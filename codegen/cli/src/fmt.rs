//! `wireloom fmt`: contracts in their one layout, in place or from standard input to standard output.

use std::path::Path;

use wireloom_codegen::build::{differs, write};
use wireloom_codegen::load::{Loaded, LoadedFile, codes, load, load_text};
use wireloom_idl::{Diagnostic, Diagnostics, Severity, format};

use crate::Exit;
use crate::args::{self, Fmt};
use crate::console::Console;
use crate::{misuse, report};

pub(crate) fn run(args: &Fmt, console: &mut Console) -> Exit {
    match args.paths.as_slice() {
        [path] if path == Path::new("-") => stdin(args, console),
        paths if paths.iter().any(|path| path == Path::new("-")) => {
            let message = "`-` is the standard input, which is formatted alone";
            misuse::tell(Diagnostic::nowhere(&codes::MISUSE, message), args::Format::Human, console)
        }
        paths => match load(paths, &[]) {
            Ok(loaded) => files(&loaded, args.check, console),
            Err(missing) => misuse::tell(missing.diagnostic(), args::Format::Human, console),
        },
    }
}

fn stdin(args: &Fmt, console: &mut Console) -> Exit {
    let loaded = load_text("<stdin>", std::io::stdin().lock());
    let formatted = loaded.files.first().and_then(|file| formatted(&loaded, file));
    let Some(formatted) = formatted else {
        report::note(&errors(&loaded), &loaded.sources, console);
        return Exit::Bad;
    };
    if !args.check {
        console.out(&formatted);
        return Exit::Good;
    }
    if loaded.files.iter().all(|file| loaded.sources[file.tree.file].text() == formatted) {
        return Exit::Good;
    }
    console.out("<stdin>\n");
    Exit::Bad
}

fn files(loaded: &Loaded, only_check: bool, console: &mut Console) -> Exit {
    let mut said = errors(loaded);
    let mut changed = 0;
    for file in &loaded.files {
        let Some(text) = formatted(loaded, file) else { continue };
        match if only_check { differs(&file.path, &text) } else { write(&file.path, &text) } {
            Ok(true) => {
                changed += 1;
                console.out(&format!("{}\n", loaded.sources[file.tree.file].name()));
            }
            Ok(false) => {}
            Err(error) => said.push(report::unwritable(&file.path, &error)),
        }
    }
    report::note(&said, &loaded.sources, console);
    let verb = if only_check { "would change" } else { "changed" };
    console.note(&format!("{} of {} {verb}", changed, report::counted(loaded.files.len(), "file")));
    if said.has_errors() || (only_check && changed > 0) { Exit::Bad } else { Exit::Good }
}

/// None where the file has syntax errors.
fn formatted(loaded: &Loaded, file: &LoadedFile) -> Option<String> {
    let id = file.tree.file;
    if loaded.is_broken(id) { None } else { format::format(&file.tree, loaded.sources[id].text()) }
}

/// The formatter is not the place for warnings.
fn errors(loaded: &Loaded) -> Diagnostics {
    let mut errors = Diagnostics::new();
    errors.extend(loaded.report().iter().filter(|it| it.severity == Severity::Error).cloned());
    errors.sort();
    errors
}
