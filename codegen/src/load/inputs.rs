//! What a run would read, without parsing any of it: whether anything has changed since another run, and where to look for it.
//!
//! Taken are all contracts and locks that may matter, also those of include folders that nobody imports. So equal inputs
//! mean equal results, while a change may turn out to mean nothing.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};

use super::locks;
use super::read::{self, Budget};
use super::walk::{Found, Walk, display_name};

/// What a run would read.
#[derive(Debug)]
pub struct Inputs {
    /// Equal where names, places and contents of all files are.
    pub digest: String,
    /// Whether all of it can be read, and nothing had to be said about finding it.
    pub is_sound: bool,
    /// The folders in which a new or changed file would matter.
    pub folders: BTreeSet<PathBuf>,
}

/// Looks at what [`load`](super::load()) would read for these paths and includes.
pub fn inputs(paths: &[PathBuf], includes: &[PathBuf]) -> Inputs {
    let mut look = Look { digest: Digest::new(), is_sound: true, budget: Budget::default(), locks: BTreeSet::new() };
    let mut walk = Walk::default();
    for (kind, path) in paths.iter().map(|path| ("path", path)).chain(includes.iter().map(|path| ("include", path))) {
        look.digest.text(kind).text(&path.to_string_lossy());
        match path.symlink_metadata() {
            Ok(_) => walk.root(path),
            Err(_) => look.is_sound = false,
        }
        walk.found.sort_by(|one, other| one.name.cmp(&other.name));
        std::mem::take(&mut walk.found).iter().for_each(|found| look.file(found));
    }
    look.is_sound &= walk.report.is_empty();
    for diagnostic in &walk.report {
        look.digest.text(&diagnostic.message);
    }
    for lock in std::mem::take(&mut look.locks) {
        look.lock(lock);
    }
    let above = paths.iter().chain(includes).filter_map(|path| folder_of(path));
    let folders = walk.folders().iter().cloned().chain(above).collect();
    Inputs { digest: look.digest.finish(), is_sound: look.is_sound, folders }
}

/// The folder that a file lies in, so that it is missed and seen again there.
fn folder_of(path: &Path) -> Option<PathBuf> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    parent.canonicalize().ok()
}

struct Look {
    digest: Digest,
    is_sound: bool,
    budget: Budget<'static>,
    /// Where a lock may lie.
    locks: BTreeSet<PathBuf>,
}

impl Look {
    fn file(&mut self, found: &Found) {
        self.digest.text(&found.name).text(&found.canonical.to_string_lossy());
        self.content(found);
        self.locks.insert(found.path.with_file_name(locks::NAME));
        self.locks.insert(found.canonical.with_file_name(locks::NAME));
    }

    fn lock(&mut self, path: PathBuf) {
        if path.symlink_metadata().is_ok() {
            self.digest.text("lock").text(&path.to_string_lossy());
            self.content(&Found { name: display_name(&path), canonical: path.clone(), path });
        }
    }

    fn content(&mut self, found: &Found) {
        match read::read(found, &mut self.budget) {
            Ok(text) => drop(self.digest.text(&text)),
            Err(problem) => {
                self.is_sound = false;
                self.digest.text(problem.message()).text(&problem.text);
            }
        }
    }
}

/// A digest of texts, 128 bits wide: it tells what changed by itself or by mistake, not what somebody forged.
///
/// It is the standard library's hash, so it says nothing from one version of a program to another.
#[derive(Debug)]
pub struct Digest {
    halves: [DefaultHasher; 2],
}

impl Default for Digest {
    fn default() -> Digest {
        Digest::new()
    }
}

impl Digest {
    /// Of nothing yet.
    pub fn new() -> Digest {
        let mut second = DefaultHasher::new();
        second.write_u8(1);
        Digest { halves: [DefaultHasher::new(), second] }
    }

    /// Adds a text; two texts are another digest than the two as one.
    pub fn text(&mut self, text: &str) -> &mut Digest {
        self.bytes(text.as_bytes())
    }

    /// Adds bytes, as [`Digest::text`] does.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Digest {
        for half in &mut self.halves {
            half.write_usize(bytes.len());
            half.write(bytes);
        }
        self
    }

    /// The digest in hexadecimal.
    pub fn finish(&self) -> String {
        self.halves.iter().map(|half| format!("{:016x}", half.finish())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn whatever_may_matter_changes_the_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("contracts/deep")).unwrap();
        fs::create_dir_all(path("lib")).unwrap();
        let look = || inputs(&[path("contracts")], &[path("lib")]);
        let mut seen = vec![look().digest];
        for (name, text) in [
            ("contracts/a.loom", "package a"),
            ("contracts/a.loom", "package b"),
            ("contracts/deep/b.loom", "package a"),
            ("contracts/loom.lock", "# loom.lock 1\n"),
            ("lib/c.loom", "package c"),
        ] {
            fs::write(path(name), text).unwrap();
            let now = look();
            assert!(now.is_sound && !seen.contains(&now.digest), "{name}");
            seen.push(now.digest);
        }
        fs::write(path("contracts/readme.md"), "no contract").unwrap();
        assert_eq!(look().digest, *seen.last().unwrap());
        assert!(look().folders.iter().any(|folder| folder.ends_with("contracts/deep")));
        fs::write(path("contracts/a.loom"), [0xff]).unwrap();
        assert!(!look().is_sound);
        fs::remove_dir_all(path("lib")).unwrap();
        assert!(!look().is_sound);
    }
}
