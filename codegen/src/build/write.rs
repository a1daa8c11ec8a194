//! Writing files: as a whole or not at all, and only where something changes.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// How many names are tried for the file beside; each taken one is left over from a run that was cut off.
const ATTEMPTS: u32 = 16;

/// Writes a file as a whole: beside its place first, then renamed into it; folders above it are made. Says whether that
/// was needed: a file that has this content already is not touched.
///
/// A link is written through, and a file that is there keeps its permissions.
///
/// # Errors
/// When the file cannot be written or is read-only; what was there before is still there then.
pub fn write(path: &Path, text: &str) -> io::Result<bool> {
    match Staged::new(path, text)? {
        Some(staged) => staged.place().map(|()| true),
        None => Ok(false),
    }
}

/// A file whose new content is written beside it, to be put in its place once all that belongs to it is ready as well.
///
/// Dropped instead, it leaves nothing behind.
///
/// ```
/// use wireloom_codegen::build::Staged;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.loom");
/// let staged = Staged::new(&path, "package a\n")?.expect("nothing is there yet");
/// assert!(!path.exists());
/// staged.place()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "package a\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Staged {
    beside: PathBuf,
    path: PathBuf,
    is_placed: bool,
}

impl Staged {
    /// Writes the content beside the file; none where the file has it already.
    ///
    /// # Errors
    /// When the file is read-only, or nothing can be written beside it.
    pub fn new(path: &Path, text: &str) -> io::Result<Option<Staged>> {
        if !differs(path, text)? {
            return Ok(None);
        }
        // Renaming asks the folder alone whether it may.
        if path.metadata().is_ok_and(|about| about.permissions().readonly()) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
        }
        // Renaming would replace a link, not what it leads to.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let (mut file, beside) = create_beside(&path)?;
        let staged = Staged { beside, path, is_placed: false };
        fill(&mut file, &staged.path, text).map(|()| Some(staged))
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// When it cannot be renamed; what was there before is still there then.
    pub fn place(mut self) -> io::Result<()> {
        fs::rename(&self.beside, &self.path)?;
        self.is_placed = true;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_placed {
            // The error before is the one to tell.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

/// Whether writing this text would change the file: it is not there, or has another content.
///
/// # Errors
/// When something is there that is not a file, or cannot be read.
pub fn differs(path: &Path, text: &str) -> io::Result<bool> {
    let about = match path.metadata() {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    if !about.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is something in its place that is not a file"));
    }
    if about.len() != text.len() as u64 {
        return Ok(true);
    }
    let mut there = Vec::with_capacity(text.len());
    File::open(path)?.take(text.len() as u64 + 1).read_to_end(&mut there)?;
    Ok(there != text.as_bytes())
}

/// A new file in the same folder, so that renaming it stays on one disk.
fn create_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for attempt in 0..ATTEMPTS {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let beside = path.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((file, beside)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn fill(file: &mut File, path: &Path, text: &str) -> io::Result<()> {
    if let Ok(about) = path.metadata() {
        file.set_permissions(about.permissions())?;
    }
    file.write_all(text.as_bytes())
}
