//! The command line is wrong: said by hand, or as JSON where that was asked for.

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use wireloom_codegen::load::codes;
use wireloom_idl::diagnostic::render;
use wireloom_idl::{Diagnostic, Diagnostics, SourceMap};

use crate::Exit;
use crate::args::Format;
use crate::console::Console;
use crate::report;

/// Says that the command line is wrong.
pub(crate) fn tell(diagnostic: Diagnostic, format: Format, console: &mut Console) -> Exit {
    let mut all = Diagnostics::new();
    all.push(diagnostic);
    match format {
        Format::Human => report::note(&all, &SourceMap::new(), console),
        Format::Json => report::print(&all, &SourceMap::new(), Format::Json, console),
    }
    Exit::Misuse
}

/// The command line that clap could not read, or its help.
pub(crate) fn unparsed(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && wants_json() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let said = error.render().to_string();
        let message = said.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let diagnostic = Diagnostic::nowhere(&codes::MISUSE, message).help("`wireloom --help` tells what there is");
        let object = render::json(&diagnostic, &SourceMap::new());
        // Nobody listens: nobody to tell.
        let _ = writeln!(std::io::stdout(), "{}", object.trim_end());
    } else {
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Whether JSON was asked for, as far as can be seen in a command line that cannot be read.
fn wants_json() -> bool {
    let words: Vec<_> = std::env::args_os().collect();
    words.iter().any(|word| word == "--format=json")
        || words.windows(2).any(|two| two[0] == "--format" && two[1] == "json")
}
