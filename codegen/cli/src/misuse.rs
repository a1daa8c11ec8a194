//! The command line is wrong: said to people, or in the form for machines that was asked for.

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use wireloom_codegen::load::codes;
use wireloom_idl::{Diagnostic, Diagnostics, SourceMap};

use crate::Exit;
use crate::args::Format;
use crate::console::Console;
use crate::report;

/// Says that the command line is wrong.
pub(crate) fn tell(diagnostic: Diagnostic, format: Format, console: &mut Console) -> Exit {
    let mut all = Diagnostics::new();
    all.push(diagnostic);
    report::tell(&all, &SourceMap::new(), format, console);
    Exit::Misuse
}

/// The command line that clap could not read, or its help.
pub(crate) fn unparsed(error: &clap::Error) -> ExitCode {
    let is_mistake = error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    match wanted_format().filter(|_| is_mistake) {
        Some(format) => {
            let said = error.render().to_string();
            let message = said.lines().next().unwrap_or_default().trim_start_matches("error: ");
            let diagnostic = Diagnostic::nowhere(&codes::MISUSE, message).help("`wireloom --help` tells what there is");
            // Nobody listens: nobody to tell.
            let _ = write!(std::io::stdout(), "{}", report::text(&diagnostic, &SourceMap::new(), format));
        }
        None => drop(error.print()),
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// The form for machines that was asked for, as far as can be seen in a command line that cannot be read.
fn wanted_format() -> Option<Format> {
    let words: Vec<_> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let behind = words.windows(2).filter(|two| two[0] == "--format").map(|two| two[1].as_str());
    let joined = words.iter().filter_map(|word| word.strip_prefix("--format="));
    behind.chain(joined).find_map(|word| match word {
        "json" => Some(Format::Json),
        "github" => Some(Format::Github),
        _ => None,
    })
}
