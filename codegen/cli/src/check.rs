//! `wireloom check`: everything that is wrong with contracts.

use wireloom_codegen::load::load;

use crate::Exit;
use crate::args::{Check, Format};
use crate::console::Console;
use crate::{misuse, report};

pub(crate) fn run(args: &Check, console: &mut Console) -> Exit {
    let loaded = match load(&args.contracts.paths, &args.contracts.includes) {
        Ok(loaded) => loaded,
        Err(missing) => return misuse::tell(missing.diagnostic(), args.format, console),
    };
    let said = loaded.check();
    report::print(&said, &loaded.sources, args.format, console);
    if args.format == Format::Human {
        let files = loaded.files.iter().filter(|file| !file.imported).count();
        console.note(&report::summary(&said, files));
    }
    if said.has_errors() { Exit::Bad } else { Exit::Good }
}
