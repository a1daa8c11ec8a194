//! What a long run is at: a line at the bottom of a terminal, which goes away again.
//!
//! It comes when a run lasts, and never where something else than a terminal takes the error stream or where a program reads
//! along (`--format json`). Whoever prints ends it first.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::args::Format;

/// A run that lasts no longer than this shows nothing.
const QUIET: Duration = Duration::from_millis(500);
/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(100);
/// Back to the start of the line, and away with what stands there.
const CLEAR: &str = "\r\x1b[2K";

/// The line, until it is dropped.
pub(crate) struct Progress {
    now: Arc<Mutex<String>>,
    /// Dropped, it ends the thread that draws.
    drawing: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins, where somebody looks at it.
    pub(crate) fn of(format: Format) -> Progress {
        let now = Arc::new(Mutex::new("looking for contracts".to_owned()));
        let is_seen = format == Format::Human && std::io::stderr().is_terminal();
        let drawing = is_seen.then(|| {
            let (end, ended) = channel();
            let now = Arc::clone(&now);
            (end, std::thread::spawn(move || draw(&now, &ended)))
        });
        Progress { now, drawing }
    }

    /// Says what the run is at.
    pub(crate) fn say(&self, what: &str) {
        if self.drawing.is_some()
            && let Ok(mut now) = self.now.lock()
        {
            what.clone_into(&mut now);
        }
    }

    /// Says how many files are read, for whoever reads them.
    pub(crate) fn reading(&self) -> impl FnMut(usize, usize) {
        |read, all| self.say(&format!("reading contracts: {read} of {all}"))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.drawing.take() {
            drop(end);
            // It has nothing to panic over, and nobody would miss the line.
            let _ = thread.join();
        }
    }
}

fn draw(now: &Mutex<String>, ended: &Receiver<()>) {
    let mut wait = QUIET;
    let mut is_drawn = false;
    while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        let Ok(text) = now.lock().map(|text| text.clone()) else { break };
        is_drawn = true;
        wait = TICK;
        print(&format!("{CLEAR}{text} …"));
    }
    if is_drawn {
        print(CLEAR);
    }
}

/// Not through the console, which belongs to another thread. Without an error stream there is nobody to tell.
fn print(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}
