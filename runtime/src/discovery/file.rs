//! `file:///etc/orders.toml`: a file that somebody writes, or that a ConfigMap of Kubernetes is.
//!
//! ```toml
//! scheme = "http"
//! endpoints = [
//!     "10.0.0.1:8080",
//!     { address = "10.0.0.2:8080", weight = 3, zone = "eu-1a" },
//! ]
//! ```
//!
//! The folders are watched in which the file lies and to which its links lead, so it does not matter whether it is written,
//! renamed into its place, or one of the links on the way is turned. An event only means that somebody should look; whether
//! anything has changed the contents tell. Where the system has no events to give, or none that cross a network, looking now
//! and then does.

mod folders;
mod format;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::Notify;

use super::error::DiscoveryError;
use super::seam::Discovery;
use super::snapshot::Snapshot;
use super::url::Parts;
use folders::Folders;

/// So long after an event it is looked: files are written in several steps.
const SETTLED: Duration = Duration::from_millis(20);

/// How a file is followed.
#[derive(Clone, Copy, Debug)]
pub struct FileOptions {
    /// How often it is looked although nobody has said that anything has changed. 5 seconds unless said otherwise.
    pub poll: Duration,
    /// Bytes of the file at most. 1 MiB unless said otherwise.
    pub bytes_max: usize,
}

impl Default for FileOptions {
    fn default() -> FileOptions {
        FileOptions { poll: Duration::from_secs(5), bytes_max: 1024 * 1024 }
    }
}

/// Endpoints that stand in a file.
///
/// ```no_run
/// use wireloom::discovery::{File, FileOptions};
///
/// let orders = File::new("/etc/orders.toml", "http", FileOptions::default());
/// ```
#[derive(Clone, Debug)]
pub struct File {
    path: PathBuf,
    scheme: String,
    options: FileOptions,
}

impl File {
    /// The file at that path. Addresses in it have a scheme, or the one that the file says, or else this one.
    pub fn new(path: impl Into<PathBuf>, scheme: &str, options: FileOptions) -> File {
        File { path: path.into(), scheme: scheme.to_owned(), options }
    }

    /// What stands behind `file://`.
    pub(super) fn read(rest: &str, scheme: &str) -> Result<File, DiscoveryError> {
        let mut parts = Parts::of(rest)?;
        let scheme = parts.take("scheme").unwrap_or(scheme);
        if !parts.authority.is_empty() || parts.path.is_empty() {
            return Err(DiscoveryError::invalid("a file is named by its whole path, as in `file:///etc/orders.toml`"));
        }
        let path = percent_encoding::percent_decode_str(parts.path).decode_utf8();
        let path = path.map_err(|_| DiscoveryError::invalid("the path is no text"))?;
        parts.end(&["scheme"])?;
        Ok(File::new(path.as_ref(), scheme, FileOptions::default()))
    }

    /// What stands there now.
    fn text(&self) -> Result<String, DiscoveryError> {
        let failed =
            |error| DiscoveryError::unavailable(format!("{} cannot be read", self.path.display())).with_source(error);
        let wrong = |what: String| DiscoveryError::invalid(format!("{}: {what}", self.path.display()));
        // Opening a pipe would wait for who writes into it.
        if !std::fs::metadata(&self.path).map_err(failed)?.is_file() {
            return Err(wrong("it is no file".to_owned()));
        }
        let mut bytes = Vec::new();
        let bytes_max = self.options.bytes_max;
        let file = std::fs::File::open(&self.path).map_err(failed)?;
        file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > bytes_max {
            return Err(wrong(format!("it has more than {bytes_max} bytes")));
        }
        String::from_utf8(bytes).map_err(|_| wrong("it is no text in UTF-8".to_owned()))
    }

    fn parsed(&self, text: &str) -> Result<Snapshot, DiscoveryError> {
        let wrong = |what: String| DiscoveryError::invalid(format!("{}{what}", self.path.display()));
        Snapshot::new(format::parse(text, &self.scheme).map_err(wrong)?)
    }
}

impl Discovery for File {
    fn watch(&self) -> BoxStream<'static, Result<Snapshot, DiscoveryError>> {
        let watching = Watching::of(self.clone());
        stream::unfold(watching, |mut watching| async move { Some((watching.news().await, watching)) }).boxed()
    }
}

/// A file that is watched.
struct Watching {
    file: Arc<File>,
    happened: Arc<Notify>,
    folders: Folders,
    /// What was read last, or why nothing was.
    seen: Option<Result<String, String>>,
}

impl Watching {
    fn of(file: File) -> Watching {
        let happened = Arc::new(Notify::new());
        Watching { file: Arc::new(file), folders: Folders::new(Arc::clone(&happened)), happened, seen: None }
    }

    /// What the file says once it says something else.
    async fn news(&mut self) -> Result<Snapshot, DiscoveryError> {
        loop {
            if self.seen.is_some() {
                self.wait().await;
            }
            let text = self.look().await;
            let seen = text.clone().map_err(|error| error.to_string());
            if self.seen.as_ref() != Some(&seen) {
                self.seen = Some(seen);
                return self.file.parsed(&text?);
            }
        }
    }

    /// Waits until something has happened in the folders, or it is time to look.
    async fn wait(&self) {
        tokio::select! {
            () = self.happened.notified() => tokio::time::sleep(SETTLED).await,
            () = tokio::time::sleep(self.file.options.poll) => {}
        }
    }

    async fn look(&mut self) -> Result<String, DiscoveryError> {
        let file = Arc::clone(&self.file);
        // Watched before it is read, so that nothing happens unseen in between.
        self.folders.follow(&file.path);
        let read = tokio::task::spawn_blocking(move || file.text());
        read.await.unwrap_or_else(|_| Err(DiscoveryError::unavailable("reading the file was stopped")))
    }
}

/// The folder in which something lies.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
