//! `--watch`: a child process that goes on, and what it does when files change.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::stage::{SHOP, Stage};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is said when a run is over.
const WAITS: &str = "Ctrl-C ends it";

/// The child, which ends with the test.
struct Watching {
    child: Child,
    said: Receiver<String>,
}

impl Watching {
    fn begin(stage: &Stage, args: &[&str]) -> Watching {
        // A shell has what it runs in the background ignore Ctrl-C, and whatever that runs inherits it.
        let mut command = Command::new("env");
        command.args(["--default-signal=INT", env!("CARGO_BIN_EXE_wireloom")]).args(args);
        command.current_dir(stage.path(".")).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, said) = channel();
        let also = tell.clone();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).try_for_each(|line| tell.send(line))
        });
        std::thread::spawn(move || {
            BufReader::new(err).lines().map_while(Result::ok).try_for_each(|line| also.send(line))
        });
        Watching { child, said }
    }

    /// Waits until each of these was said, in whatever order the two outputs bring it, and gives all that was said meanwhile.
    fn until(&self, texts: &[&str]) -> Vec<String> {
        let mut lines = Vec::<String>::new();
        while let Ok(line) = self.said.recv_timeout(PATIENCE) {
            lines.push(line);
            if texts.iter().all(|text| lines.iter().any(|line| line.contains(text))) {
                return lines;
            }
        }
        panic!("not all of {texts:?} is said: {lines:#?}");
    }

    fn interrupt(mut self) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt as _;
        Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap().signal()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn order(field: &str) -> String {
    SHOP.replace("note", field)
}

#[test]
fn generate_follows_every_change() {
    let stage = Stage::new(&[("contracts/shop.loom", SHOP)]);
    fs::create_dir_all(stage.path("lib")).unwrap();
    let args = ["generate", "contracts", "-I", "lib", "--out", "contracts/gen", "--watch"];
    let watching = Watching::begin(&stage, &args);
    watching.until(&["3 of 3 files written", WAITS]);

    stage.write("contracts/shop.loom", order("remark"));
    watching.until(&["wrote contracts/gen/shop.rs", WAITS]);
    assert!(stage.read("contracts/gen/shop.rs").contains("pub remark"));

    // Broken: it is told, what was made stays, and it goes on.
    stage.write("contracts/shop.loom", order("remark").replace("string?", "sring?"));
    watching.until(&["unknown-type", WAITS]);
    assert!(stage.read("contracts/gen/shop.rs").contains("pub remark"));
    stage.write("contracts/shop.loom", order("words"));
    watching.until(&["wrote contracts/gen/shop.rs", WAITS]);

    // As editors save: another file, renamed into its place.
    stage.write("contracts/.shop.loom.swp", order("renamed"));
    fs::rename(stage.path("contracts/.shop.loom.swp"), stage.path("contracts/shop.loom")).unwrap();
    watching.until(&["wrote contracts/gen/shop.rs", WAITS]);

    // A folder that was not there, with a contract in it.
    stage.write("contracts/more/deep/pay.loom", "package pay\nrecord Paid { id: uuid }\n");
    watching.until(&["wrote contracts/gen/pay.rs", WAITS]);
    stage.write("contracts/more/deep/pay.loom", "package pay\nrecord Settled { id: uuid }\n");
    watching.until(&["wrote contracts/gen/pay.rs", WAITS]);
    fs::remove_dir_all(stage.path("contracts/more")).unwrap();
    watching.until(&["removed contracts/gen/pay.rs", WAITS]);

    // Includes and locks.
    stage.write("lib/common.loom", "package common\nrecord Money { amount: decimal }\n");
    watching.until(&[WAITS]);
    let imports =
        order("renamed").replace("version 1", "version 1\nimport common.{Money}").replace("note: string", "m: Money");
    stage.write("contracts/shop.loom", imports.replace("renamed: string?", "price: Money?"));
    watching.until(&["wrote contracts/gen/common.rs", WAITS]);
    stage.write("lib/common.loom", "package common\nrecord Money { amount: u64 }\n");
    watching.until(&["wrote contracts/gen/common.rs", WAITS]);
    stage.write("contracts/loom.lock", "no lock");
    watching.until(&["error[lock-", WAITS]);

    // What is no contract wakes nobody: the next thing said is about the next change.
    stage.write("contracts/notes.md", "nothing");
    std::thread::sleep(Duration::from_millis(300));
    fs::remove_file(stage.path("contracts/loom.lock")).unwrap();
    let said = watching.until(&[WAITS]);
    assert!(said.iter().filter(|line| line.contains("files written")).count() <= 1, "{said:#?}");

    assert_eq!(watching.interrupt(), Some(2));
}

#[test]
fn check_says_again_what_is_wrong() {
    let stage = Stage::new(&[("shop.loom", SHOP)]);
    let watching = Watching::begin(&stage, &["check", "shop.loom", "--watch", "--format", "json"]);
    std::thread::sleep(Duration::from_millis(500));
    stage.write("shop.loom", order("Note"));
    watching.until(&["\"code\":\"naming\""]);
    fs::remove_file(stage.path("shop.loom")).unwrap();
    watching.until(&["\"code\":\"no-such-path\""]);
    stage.write("shop.loom", order("Text"));
    watching.until(&["\"code\":\"naming\""]);
    assert_eq!(watching.interrupt(), Some(2));
}

/// What it mends itself is no news: all that is said until the next change is said once.
#[test]
fn what_check_mends_does_not_wake_it() {
    let stage = Stage::new(&[("shop.loom", &order("note").replace("string?", "strng?"))]);
    let watching = Watching::begin(&stage, &["check", "shop.loom", "--fix", "--watch"]);
    watching.until(&["mended 1 mistake", WAITS]);
    std::thread::sleep(Duration::from_millis(500));
    stage.write("shop.loom", order("note").replace("string?", "sring?"));
    let said = watching.until(&["mended 1 mistake", WAITS]);
    assert_eq!(said.iter().filter(|line| line.contains(WAITS)).count(), 1, "{said:#?}");
    assert_eq!(watching.interrupt(), Some(2));
}

#[test]
fn a_wrong_command_line_is_not_watched() {
    let stage = Stage::new(&[("shop.loom", SHOP)]);
    assert_eq!(stage.run(&["check", "nowhere", "--watch"]).code, 2);
    assert_eq!(stage.run(&["generate", "--out", "gen", "--watch", "--check"]).code, 2);
}
