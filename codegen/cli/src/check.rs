//! `wireloom check`: everything that is wrong with contracts.

use wireloom_codegen::load::load_telling;

use crate::Exit;
use crate::args::{Check, Format};
use crate::console::Console;
use crate::progress::Progress;
use crate::{misuse, report};

pub(crate) fn run(args: &Check, console: &mut Console) -> Exit {
    let progress = Progress::of(args.format);
    let loaded = load_telling(&args.contracts.paths, &args.contracts.includes, &mut progress.reading());
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(missing) => {
            drop(progress);
            return misuse::tell(missing.diagnostic(), args.format, console);
        }
    };
    progress.say(&format!("checking {}", report::counted(loaded.files.len(), "file")));
    let said = loaded.check();
    drop(progress);
    report::print(&said, &loaded.sources, args.format, console);
    if args.format == Format::Human {
        let files = loaded.files.iter().filter(|file| !file.imported).count();
        console.note(&report::summary(&said, files));
    }
    if said.has_errors() { Exit::Bad } else { Exit::Good }
}
