//! The state of contracts at a revision of git, taken out into a temporary folder.
//!
//! Only contracts and locks are taken, as many and as much as the compiler reads anyway. Links in the revision are not
//! followed. The work tree is not touched.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use wireloom_codegen::load::{NoSuchPath, codes};
use wireloom_idl::Diagnostic;

/// How many files are taken.
const FILES_MAX: usize = 10_000;
/// How much of one file: what is larger is refused by whoever reads it.
const FILE_BYTES_MAX: u64 = (8 << 20) + 1;
/// How much of all.
const BYTES_MAX: u64 = 256 << 20;
/// The name of a lock, which is taken along with a contract that lies beside it.
const LOCK: &str = "loom.lock";

/// Why the command line cannot be followed.
pub(super) type Misused = Box<Diagnostic>;

/// A state taken out of git.
pub(super) struct Taken {
    /// Where it lies; it is removed with this.
    pub(super) folder: TempDir,
    /// What was asked for, in the folder; what the revision does not have is left out.
    pub(super) paths: Vec<PathBuf>,
    /// What was asked for and is there now.
    pub(super) here: Vec<PathBuf>,
    /// Folders to import from, in the folder where the revision has them.
    pub(super) includes: Vec<PathBuf>,
    /// As it was asked for: `main`.
    pub(super) revision: String,
}

/// Takes the state of these paths at `git:REV`. Of a file that is only there or only here its folder is taken: it may have
/// another name, or lie in another file of its package.
pub(super) fn take(against: &str, paths: &[PathBuf], includes: &[PathBuf]) -> Result<Taken, Misused> {
    let Some(revision) = against.strip_prefix("git:").filter(|it| !it.is_empty()) else {
        return Err(helped(format!("`{against}` names no state"), "name a revision of git: `--against git:main`"));
    };
    let root = root(&paths[0])?;
    let tree = tree(&root, revision)?;
    let paths = both_sided(&root, &tree, paths)?;
    let wanted: Vec<PathBuf> = paths.iter().map(|path| below(&root, path)).collect::<Result<_, _>>()?;
    // Folders that lie elsewhere are as they are.
    let imported: Vec<Option<PathBuf>> = includes.iter().map(|path| below(&root, path).ok()).collect();
    let blobs = list(&root, &tree, wanted.iter().chain(imported.iter().flatten()))?;
    let folder = tempfile::tempdir().map_err(|error| misuse(format!("there is no folder to work in: {error}")))?;
    write(&root, &blobs, folder.path())?;
    let includes = imported.iter().zip(includes);
    let includes = includes.filter_map(|(inside, outside)| match inside {
        Some(path) => Some(folder.path().join(path)).filter(|path| path.exists()),
        None => Some(outside.clone()),
    });
    let includes = includes.collect();
    let there = wanted.iter().filter(|path| has_contracts(&blobs, path)).map(|path| folder.path().join(path));
    let there = there.collect();
    let here = paths.into_iter().filter(|path| is_here(path)).collect();
    Ok(Taken { folder, paths: there, here, includes, revision: revision.to_owned() })
}

/// The paths, with the folder in place of a file that one of the sides does not have; an error where neither has it.
fn both_sided(root: &Path, tree: &str, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Misused> {
    let mut both = Vec::new();
    for path in paths {
        let inside = below(root, path)?;
        let is_there = has_contracts(&list(root, tree, std::iter::once(&inside))?, &inside);
        let is_file = path.extension().is_some_and(|it| it == "loom") && !path.is_dir();
        let path = match (is_here(path), is_there) {
            (false, false) => return Err(Box::new(NoSuchPath { path: path.clone() }.diagnostic())),
            (true, true) => path.clone(),
            _ if is_file => folder_of(path).to_owned(),
            _ => path.clone(),
        };
        if !both.contains(&path) {
            both.push(path);
        }
    }
    Ok(both)
}

fn is_here(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn has_contracts(blobs: &[Blob], path: &Path) -> bool {
    blobs.iter().any(|blob| blob.path.starts_with(path) && blob.path.file_name().is_some_and(|name| name != LOCK))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn misuse(message: impl Into<String>) -> Misused {
    Box::new(Diagnostic::nowhere(&codes::MISUSE, message))
}

fn helped(message: impl Into<String>, help: &str) -> Misused {
    Box::new(Diagnostic::nowhere(&codes::MISUSE, message).help(help))
}

/// The folder of the work tree that a path lies in.
fn root(path: &Path) -> Result<PathBuf, Misused> {
    // What is gone may have had folders of its own.
    let folder = path.ancestors().find(|it| it.is_dir()).unwrap_or(Path::new("."));
    let told = run(folder, ["rev-parse", "--show-toplevel"])?;
    let told = String::from_utf8_lossy(&told).trim_end_matches(['\n', '\r']).to_owned();
    Path::new(&told).canonicalize().map_err(|error| misuse(format!("`{told}` cannot be read: {error}")))
}

/// The revision's tree, by its hash: nothing that follows can take it for an option.
fn tree(root: &Path, revision: &str) -> Result<String, Misused> {
    let wanted = format!("{revision}^{{tree}}");
    let told = run(root, ["rev-parse", "--verify", "--quiet", "--end-of-options", wanted.as_str()]);
    match told.map(|told| String::from_utf8_lossy(&told).trim().to_owned()) {
        Ok(hash) if !hash.is_empty() => Ok(hash),
        _ => Err(helped(format!("git knows no revision `{revision}`"), "fetch it first, if another place has it")),
    }
}

/// A path, counted from the work tree's folder.
fn below(root: &Path, path: &Path) -> Result<PathBuf, Misused> {
    let failed = |error: std::io::Error| misuse(format!("`{}`: {error}", path.display()));
    let absolute = std::path::absolute(path).map_err(failed)?;
    // What is gone lies where its folder is, or was.
    let whole = absolute
        .ancestors()
        .find_map(|above| Some(above.canonicalize().ok()?.join(absolute.strip_prefix(above).ok()?)))
        .unwrap_or_else(|| absolute.clone());
    let inside = whole.strip_prefix(root).map(Path::to_owned);
    inside.map_err(|_| misuse(format!("`{}` lies outside of `{}`", path.display(), root.display())))
}

/// A file of the revision.
struct Blob {
    hash: String,
    path: PathBuf,
}

fn list<'p>(root: &Path, tree: &str, paths: impl Iterator<Item = &'p PathBuf>) -> Result<Vec<Blob>, Misused> {
    let mut arguments: Vec<PathBuf> = Vec::new();
    for path in paths {
        let is_whole = path.as_os_str().is_empty();
        arguments.push(if is_whole { PathBuf::from(".") } else { path.clone() });
        if !is_whole {
            arguments.push(path.with_file_name(LOCK));
        }
    }
    let words = ["ls-tree", "-r", "-z", tree, "--"].map(OsStr::new);
    let told = run(root, words.into_iter().chain(arguments.iter().map(|path| path.as_os_str())))?;
    let told = String::from_utf8_lossy(&told).into_owned();
    let mut blobs: Vec<Blob> = told.split('\0').filter_map(blob).collect();
    blobs.sort_by(|one, other| one.path.cmp(&other.path));
    blobs.dedup_by(|one, other| one.path == other.path);
    match blobs.len() {
        ..=FILES_MAX => Ok(blobs),
        _ => Err(helped(format!("more than {FILES_MAX} contract files"), "name the folder of the contracts")),
    }
}

/// A line of `ls-tree`: mode, kind, hash, tab, path. Links and other repositories are passed over.
fn blob(line: &str) -> Option<Blob> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split(' ');
    let is_file = words.next().is_some_and(|mode| mode.starts_with("100"));
    let (_, hash) = (words.next()?, words.next()?);
    let path = PathBuf::from(path);
    let is_wanted = path.extension().is_some_and(|it| it == "loom") || path.file_name().is_some_and(|it| it == LOCK);
    // Git allows none but these; a folder is not left whatever a tree says.
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    (is_file && is_wanted && is_inside).then(|| Blob { hash: hash.to_owned(), path })
}

/// Writes the files' contents, all from one child process.
fn write(root: &Path, blobs: &[Blob], folder: &Path) -> Result<(), Misused> {
    let failed = |error: std::io::Error| misuse(format!("the old state cannot be taken out of git: {error}"));
    let mut command = git(root);
    command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(misuse("git cannot be talked to"));
    };
    let hashes: String = blobs.iter().map(|blob| format!("{}\n", blob.hash)).collect();
    // Beside the reading, so that neither waits for the other's full pipe.
    let feeder = std::thread::spawn(move || drop(input.write_all(hashes.as_bytes())));
    let mut output = BufReader::new(output);
    let mut left = BYTES_MAX;
    let written = blobs.iter().try_for_each(|blob| write_one(&mut output, &folder.join(&blob.path), &mut left));
    drop(output);
    let _ = child.wait();
    let _ = feeder.join();
    written.map_err(failed)
}

fn write_one(output: &mut impl BufRead, path: &Path, left: &mut u64) -> std::io::Result<()> {
    let mut head = String::new();
    output.read_line(&mut head)?;
    let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok());
    let size = size.ok_or_else(|| std::io::Error::other(format!("git says `{}`", head.trim_end())))?;
    *left = left.checked_sub(size).ok_or_else(|| std::io::Error::other("it is too large"))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut content = output.take(size);
    let mut file = fs::File::create(path)?;
    std::io::copy(&mut (&mut content).take(FILE_BYTES_MAX), &mut file)?;
    std::io::copy(&mut content, &mut std::io::sink())?;
    // The line break behind it.
    output.read_exact(&mut [0])
}

fn run<W: AsRef<OsStr>>(folder: &Path, words: impl IntoIterator<Item = W>) -> Result<Vec<u8>, Misused> {
    let ran = git(folder).args(words).stdin(Stdio::null()).output();
    let ran = ran.map_err(|error| misuse(format!("git cannot be run: {error}")))?;
    match ran.status.success() {
        true => Ok(ran.stdout),
        false => {
            let said = String::from_utf8_lossy(&ran.stderr);
            let line = said.lines().next().unwrap_or("it says nothing").to_owned();
            Err(misuse(format!("git: {}", line.trim_start_matches("fatal: "))))
        }
    }
}

fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder);
    git
}
