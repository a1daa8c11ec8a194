//! The file of a Unix socket: made for a listener, and removed with it.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// The file of a socket; dropped, it removes the file, unless another has taken its place.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Which file it is, whatever its path leads to by now.
    is: (u64, u64),
}

/// Listens at a path.
///
/// # Errors
/// When somebody listens there, when what is there is no socket, or when the file cannot be made.
pub(super) async fn bind(path: PathBuf, mode: u32) -> io::Result<(UnixListener, SocketFile)> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    remove_stale(&path).await.map_err(named)?;
    let listener = UnixListener::bind(&path).map_err(named)?;
    let is = identity(&path).map_err(named)?;
    let file = SocketFile { path: path.clone(), is };
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).map_err(named)?;
    Ok((listener, file))
}

/// Removes a socket that a server left behind which did not end in order.
async fn remove_stale(path: &Path) -> io::Result<()> {
    let there = match std::fs::symlink_metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !there.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is no socket"));
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        // Also when it cannot be asked, for want of leave or of room in its queue.
        _ => Err(io::Error::new(io::ErrorKind::AddrInUse, "somebody listens there")),
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let file = std::fs::symlink_metadata(path)?;
    Ok((file.dev(), file.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|is| is == self.is)
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "the socket's file stays");
        }
    }
}
