//! The one place that prints: standard output for results, standard error for what goes with them.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};

use crate::Exit;
use crate::args::When;

/// Both outputs of the process.
pub(crate) struct Console {
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    /// Why results did not arrive, if that is nobody's wish.
    lost: Option<io::Error>,
}

impl Console {
    pub(crate) fn new(color: When) -> Console {
        match color {
            When::Auto => ColorChoice::Auto,
            When::Always => ColorChoice::AlwaysAnsi,
            When::Never => ColorChoice::Never,
        }
        .write_global();
        Console { out: AutoStream::auto(io::stdout()), err: AutoStream::auto(io::stderr()), lost: None }
    }

    /// A result.
    pub(crate) fn out(&mut self, text: &str) {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        if let Err(error) = written {
            // Whoever read has read enough (`| head`); the work goes on without listeners.
            if error.kind() != io::ErrorKind::BrokenPipe {
                self.lost = Some(error);
            }
        }
    }

    /// Something about the results, a line.
    pub(crate) fn note(&mut self, line: &str) {
        // Without an error stream there is nobody to tell.
        let _ = writeln!(self.err, "{line}");
    }

    /// Ends a command: results that did not arrive are a failure.
    pub(crate) fn finish(mut self, exit: Exit) -> Exit {
        match self.lost.take() {
            Some(error) => {
                self.note(&format!("the output cannot be written: {error}"));
                Exit::Bad
            }
            None => exit,
        }
    }
}
