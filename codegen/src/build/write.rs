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
/// When the file cannot be written; what was there before is still there then.
pub fn write(path: &Path, text: &str) -> io::Result<bool> {
    if !differs(path, text)? {
        return Ok(false);
    }
    // Renaming would replace a link, not what it leads to.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let (mut file, beside) = create_beside(path)?;
    let written = fill(&mut file, path, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written.map(|()| true)
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
