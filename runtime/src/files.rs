//! Files that are followed while they change, whoever changes them: an editor, `mv`, a ConfigMap of Kubernetes.
//!
//! The folders are watched in which a file lies and to which its links lead, so it does not matter whether it is written, renamed into
//! its place, or one of the links on the way is turned. An event only means that somebody should look; whether anything has changed
//! the contents tell. Where the system has no events to give, or none that cross a network, looking now and then does.

mod folders;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use folders::Folders;

/// So long after an event it is looked: files are written in several steps.
const SETTLED: Duration = Duration::from_millis(20);

/// How often it is looked although nobody has said that anything has changed.
pub(crate) const POLL_DEFAULT: Duration = Duration::from_secs(5);

/// A file that is followed.
pub(crate) struct FollowedFile {
    path: Arc<Path>,
    poll: Duration,
    bytes_max: usize,
    happened: Arc<Notify>,
    folders: Folders,
    /// What was read last, or why nothing was.
    seen: Option<Result<String, String>>,
    /// Whether its folders are watched, and it was looked at since.
    is_watched: bool,
}

/// A file that could not be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The system says so.
    Failed(io::Error),
    /// It is none that could be.
    Invalid(String),
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unreadable::Failed(error) => write!(f, "it cannot be read: {error}"),
            Unreadable::Invalid(what) => f.write_str(what),
        }
    }
}

impl FollowedFile {
    pub(crate) fn new(path: impl Into<PathBuf>, poll: Duration, bytes_max: usize) -> FollowedFile {
        let (path, happened) = (Arc::from(path.into()), Arc::new(Notify::new()));
        FollowedFile {
            path,
            poll,
            bytes_max,
            folders: Folders::new(Arc::clone(&happened)),
            happened,
            seen: None,
            is_watched: false,
        }
    }

    /// The same where its text is known: what it says next is news.
    pub(crate) fn after(mut self, text: &str) -> FollowedFile {
        self.seen = Some(Ok(text.to_owned()));
        self
    }

    /// What the file says once it says something else, at first what it says.
    pub(crate) async fn news(&mut self) -> Result<String, Unreadable> {
        loop {
            // What changed before it was watched is seen by the first look.
            if std::mem::replace(&mut self.is_watched, true) {
                self.wait().await;
            }
            let text = self.look().await;
            let seen = match &text {
                Ok(text) => Ok(text.clone()),
                Err(unreadable) => Err(unreadable.to_string()),
            };
            if self.seen.as_ref() != Some(&seen) {
                self.seen = Some(seen);
                return text;
            }
        }
    }

    /// Waits until something has happened in the folders, or it is time to look.
    async fn wait(&self) {
        tokio::select! {
            () = self.happened.notified() => tokio::time::sleep(SETTLED).await,
            () = tokio::time::sleep(self.poll) => {}
        }
    }

    async fn look(&mut self) -> Result<String, Unreadable> {
        // Watched before it is read, so that nothing happens unseen in between.
        self.folders.follow(&self.path);
        let (path, bytes_max) = (Arc::clone(&self.path), self.bytes_max);
        let read = tokio::task::spawn_blocking(move || read(&path, bytes_max));
        read.await.unwrap_or_else(|_| Err(Unreadable::Failed(io::Error::other("reading the file was stopped"))))
    }
}

/// What stands in a file now. Blocks.
pub(crate) fn read(path: &Path, bytes_max: usize) -> Result<String, Unreadable> {
    // Opening a pipe would wait for who writes into it.
    if !std::fs::metadata(path).map_err(Unreadable::Failed)?.is_file() {
        return Err(Unreadable::Invalid("it is no file".to_owned()));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(Unreadable::Failed)?;
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(Unreadable::Failed)?;
    if bytes.len() > bytes_max {
        return Err(Unreadable::Invalid(format!("it has more than {bytes_max} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| Unreadable::Invalid("it is no text in UTF-8".to_owned()))
}

/// The folder in which something lies.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
