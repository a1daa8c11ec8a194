//! A configuration that follows its files: made anew when these change, kept when they break.

use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::files::{Contents, Files};

/// How a configuration is made of what stands in its files.
pub(super) type Make<T> = Box<dyn Fn(&Files, &Contents) -> io::Result<T> + Send + Sync>;

/// A configuration with the files that it is made of.
pub(super) struct Reloaded<T> {
    files: Files,
    make: Make<T>,
    hasher: RandomState,
    state: Mutex<State<T>>,
}

struct State<T> {
    current: Arc<T>,
    /// Of the contents that were looked at last, whether they were taken or not: what is broken is told once. No second copy
    /// of a key is kept to compare with.
    digest: u64,
    /// Whether the files could not even be read.
    unreadable: bool,
}

impl<T> Reloaded<T> {
    /// Makes it for the first time.
    ///
    /// # Errors
    /// When a file cannot be read, or nothing can be made of it.
    pub(super) fn new(files: Files, make: Make<T>) -> io::Result<Reloaded<T>> {
        let hasher = RandomState::new();
        let contents = files.read()?;
        let current = Arc::new(make(&files, &contents)?);
        let state = State { current, digest: hasher.hash_one(&contents), unreadable: false };
        Ok(Reloaded { files, make, hasher, state: Mutex::new(state) })
    }

    /// What holds now.
    pub(super) fn current(&self) -> Arc<T> {
        Arc::clone(&self.state().current)
    }

    /// Reads the files again. What they say holds for new connections; if that is nothing good, what held before goes on to
    /// hold, and the log says why. Blocks.
    pub(super) fn reload(&self) {
        let contents = match self.files.read() {
            Ok(contents) => contents,
            Err(error) => {
                if !std::mem::replace(&mut self.state().unreadable, true) {
                    tracing::error!(%error, files = ?self.files, "certificates cannot be read; those of before stay");
                }
                return;
            }
        };
        let digest = self.hasher.hash_one(&contents);
        let mut state = self.state();
        state.unreadable = false;
        if state.digest == digest {
            return;
        }
        state.digest = digest;
        match (self.make)(&self.files, &contents) {
            Ok(made) => {
                state.current = Arc::new(made);
                tracing::info!(files = ?self.files, "new certificates are taken up");
            }
            Err(error) => {
                tracing::error!(%error, files = ?self.files, "new certificates are of no use; those of before stay");
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        // What panics under the lock has changed nothing yet.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> std::fmt::Debug for Reloaded<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reloaded").field(&self.files).finish()
    }
}
