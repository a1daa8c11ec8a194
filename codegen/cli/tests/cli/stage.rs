//! A folder to run the binary in, and what a run gave.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// A contract without mistakes.
pub(crate) const SHOP: &str = "\
package shop version 1

record Order {
    id: uuid readonly
    note: string?
}

service Orders {
    public

    get(id: uuid) -> Order
        safe
}

bind Orders to rest at \"/orders\"
";

/// How long any run may take; a run that hangs fails instead of stopping the suite.
const TIME_MAX: Duration = Duration::from_secs(60);

/// A folder of its own, with files.
pub(crate) struct Stage {
    folder: TempDir,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Stage {
    pub(crate) fn new(files: &[(&str, &str)]) -> Stage {
        let stage = Stage { folder: tempfile::tempdir().unwrap() };
        files.iter().for_each(|(name, text)| stage.write(name, text));
        stage
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, b"")
    }

    pub(crate) fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = Command::new("timeout");
        command.arg(TIME_MAX.as_secs().to_string()).arg(env!("CARGO_BIN_EXE_wireloom")).args(args);
        command.current_dir(self.folder.path()).env_remove("NO_COLOR");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // Beside the run, so that neither waits for the other's full pipe.
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let ran = Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
        assert!(!ran.err.contains("panicked"), "{args:?}: {ran:?}");
        ran
    }
}

/// When a file was last written, and by which handle: a rename changes the latter even within the same moment.
pub(crate) fn stamp(path: &Path) -> (SystemTime, u64) {
    use std::os::unix::fs::MetadataExt as _;
    let about = fs::metadata(path).unwrap();
    (about.modified().unwrap(), about.ino())
}

/// The diagnostics of a run with `--format json`.
pub(crate) fn objects(ran: &Ran) -> Vec<serde_json::Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
