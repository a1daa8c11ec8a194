//! `--watch`: a command again and again, whenever what it reads has changed.
//!
//! The folders that contracts may lie in are watched one by one, not all that lies below: what other tools write there is no
//! news. An event only means that somebody should look; whether anything has changed the inputs tell, by their contents. So
//! what the command makes of them never wakes it, nor what it writes into them, which it tells; and where the system has no events to give, looking now and then does.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use wireloom_codegen::load::{Inputs, inputs};

use crate::Exit;
use crate::args::{Contracts, Format};
use crate::console::Console;

/// So long nothing must happen before it is looked: editors write in several steps.
const SETTLED: Duration = Duration::from_millis(50);
/// Where something happens all the time, it is looked nevertheless.
const EVENTS_MAX: usize = 1_000;
/// How often it is looked where the system tells no events.
const POLL: Duration = Duration::from_secs(1);

/// Runs the command, and again whenever its contracts change, until the process is ended. What the command is given it calls
/// once it has written contracts itself, before it reads them again: then only later changes are news.
pub(crate) fn run(
    contracts: &Contracts,
    format: Format,
    console: &mut Console,
    mut command: impl FnMut(&mut Console, &mut dyn FnMut()) -> Exit,
) -> Exit {
    let look = || inputs(&contracts.paths, &contracts.includes);
    let (events, happened) = channel();
    let mut watched = Watched::new(events);
    // Watched before it is looked, so that nothing happens unseen in between.
    watched.follow(&look().folders);
    let mut seen = look().digest;
    // A command line that names what is not there is wrong, not on its way.
    if command(console, &mut || seen = look().digest) == Exit::Misuse {
        return Exit::Misuse;
    }
    tell_waiting(&watched, format, console);
    loop {
        wait(&happened, watched.is_told());
        watched.follow(&look().folders);
        let Inputs { digest, .. } = look();
        if digest != seen {
            seen = digest;
            command(console, &mut || seen = look().digest);
            tell_waiting(&watched, format, console);
        }
    }
}

fn tell_waiting(watched: &Watched, format: Format, console: &mut Console) {
    if format == Format::Human {
        let folders = crate::report::counted(watched.folders.len(), "folder");
        console.note(&format!("watching {folders}; Ctrl-C ends it\n"));
    }
}

/// Waits until something has happened and is over; where nobody would tell, for a while.
fn wait(happened: &Receiver<()>, is_told: bool) {
    let first = match is_told {
        true => happened.recv().map_err(|_| RecvTimeoutError::Disconnected),
        false => happened.recv_timeout(POLL),
    };
    if first == Err(RecvTimeoutError::Disconnected) {
        // Without a watcher there is nobody to wait for.
        std::thread::sleep(POLL);
    }
    // What goes on without a pause is not waited out.
    for _ in 0..EVENTS_MAX {
        if happened.recv_timeout(SETTLED).is_err() {
            break;
        }
    }
}

/// The folders that are watched.
struct Watched {
    /// None where the system has no events to give.
    watcher: Option<RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
    /// Whether one of them could not be watched.
    is_partial: bool,
}

impl Watched {
    fn new(events: Sender<()>) -> Watched {
        let tell = move |event: notify::Result<Event>| {
            // Reading is no news, and this process reads a lot.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                // After the end nobody waits.
                let _ = events.send(());
            }
        };
        Watched { watcher: notify::recommended_watcher(tell).ok(), folders: BTreeSet::new(), is_partial: false }
    }

    /// Watches these folders and no others. One that was away and is back is another to the system, so each is named anew.
    fn follow(&mut self, folders: &BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else { return };
        for gone in self.folders.difference(folders) {
            // It may have gone by itself.
            let _ = watcher.unwatch(gone);
        }
        self.is_partial = false;
        for folder in folders {
            self.is_partial |= watcher.watch(folder, RecursiveMode::NonRecursive).is_err();
        }
        self.folders.clone_from(folders);
    }

    /// Whether everything that happens is told.
    fn is_told(&self) -> bool {
        self.watcher.is_some() && !self.is_partial
    }
}
