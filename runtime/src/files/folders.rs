//! The folders in which a file and what it links to lie, watched for changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use super::folder_of;

/// Links that are followed; more are a circle.
const LINKS_MAX: usize = 16;

/// Folders that are watched.
pub(super) struct Folders {
    /// None where the system has no events to give.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
}

impl Folders {
    /// None yet. Tells of whatever happens in them but reading.
    pub(super) fn new(happened: Arc<Notify>) -> Folders {
        let tell = move |event: notify::Result<Event>| {
            if !event.is_ok_and(|event| event.kind.is_access()) {
                happened.notify_one();
            }
        };
        let watcher = notify::recommended_watcher(tell)
            .inspect_err(|error| tracing::info!(%error, "no events of files: it is looked now and then"));
        Folders { watcher: watcher.ok(), watched: BTreeSet::new() }
    }

    /// Watches the folders on the way to a file, and no others. One that was away and is back is another to the system, so
    /// each is named anew.
    pub(super) fn follow(&mut self, path: &Path) {
        let Some(watcher) = &mut self.watcher else { return };
        let folders = on_the_way(path);
        for gone in self.watched.difference(&folders) {
            // It may have gone by itself.
            let _ = watcher.unwatch(gone);
        }
        for folder in &folders {
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                tracing::debug!(%error, folder = %folder.display(), "not watched: it is looked now and then");
            }
        }
        self.watched = folders;
    }
}

/// Where the file lies, and where each thing lies that its links lead to.
fn on_the_way(path: &Path) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::from([folder_of(path)]);
    let mut at = path.to_owned();
    for _ in 0..LINKS_MAX {
        let Ok(target) = std::fs::read_link(&at) else { break };
        at = folder_of(&at).join(target);
        folders.insert(folder_of(&at));
    }
    // Folders may be links as well: the last of all is where it really lies.
    folders.extend(std::fs::canonicalize(path).ok().map(|real| folder_of(&real)));
    folders
}
