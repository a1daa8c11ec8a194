//! `wireloom check`: everything that is wrong with contracts, and with `--fix` what is left once machines have mended.

mod fix;

use wireloom_codegen::load::{Loaded, NoSuchPath, load_telling};
use wireloom_idl::Diagnostics;

use crate::Exit;
use crate::args::{Check, Format};
use crate::console::Console;
use crate::progress::Progress;
use crate::{misuse, report};

/// Checks; `wrote` is called whenever contracts were written, before they are read again.
pub(crate) fn run(args: &Check, console: &mut Console, wrote: &mut dyn FnMut()) -> Exit {
    let mut mended = fix::Mended::default();
    let checked = if args.fix { fix::until_done(args, &mut mended, wrote) } else { checked(args) };
    let (loaded, said) = match checked {
        Ok(checked) => checked,
        Err(missing) => return misuse::tell(missing.diagnostic(), args.format, console),
    };
    report::print(&said, &loaded.sources, args.format, console);
    if args.format == Format::Human {
        mended.note(console);
        let files = loaded.files.iter().filter(|file| !file.imported).count();
        console.note(&report::summary(&said, files));
    }
    if said.has_errors() { Exit::Bad } else { Exit::Good }
}

/// The contracts as they are now, and all there is to say about them.
fn checked(args: &Check) -> Result<(Loaded, Diagnostics), NoSuchPath> {
    let progress = Progress::of(args.format);
    let loaded = load_telling(&args.contracts.paths, &args.contracts.includes, &mut progress.reading())?;
    progress.say(&format!("checking {}", report::counted(loaded.files.len(), "file")));
    let loaded = loaded.locked(args.locked);
    let said = loaded.check();
    Ok((loaded, said))
}
