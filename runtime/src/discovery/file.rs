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
//! However it is changed, [that is seen](crate::files).

mod format;

use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use super::error::DiscoveryError;
use super::seam::Discovery;
use super::snapshot::Snapshot;
use super::url::Parts;
use crate::files::{FollowedFile, POLL_DEFAULT, Unreadable};

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
        FileOptions { poll: POLL_DEFAULT, bytes_max: 1024 * 1024 }
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

    fn unreadable(&self, unreadable: Unreadable) -> DiscoveryError {
        let path = self.path.display();
        match unreadable {
            Unreadable::Failed(error) => {
                DiscoveryError::unavailable(format!("{path} cannot be read")).with_source(error)
            }
            Unreadable::Invalid(what) => DiscoveryError::invalid(format!("{path}: {what}")),
        }
    }

    fn parsed(&self, text: &str) -> Result<Snapshot, DiscoveryError> {
        let wrong = |what: String| DiscoveryError::invalid(format!("{}{what}", self.path.display()));
        Snapshot::new(format::parse(text, &self.scheme).map_err(wrong)?)
    }
}

impl Discovery for File {
    fn kind(&self) -> &'static str {
        "file"
    }

    fn watch(&self) -> BoxStream<'static, Result<Snapshot, DiscoveryError>> {
        let followed = FollowedFile::new(self.path.clone(), self.options.poll, self.options.bytes_max);
        stream::unfold((self.clone(), followed), |(file, mut followed)| async move {
            let told = match followed.news().await {
                Ok(text) => file.parsed(&text),
                Err(unreadable) => Err(file.unreadable(unreadable)),
            };
            Some((told, (file, followed)))
        })
        .boxed()
    }
}
