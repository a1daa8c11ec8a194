//! Progress: seen on a terminal while a run lasts, and nowhere else.

use std::process::{Command, Stdio};

use crate::stage::Stage;

/// So much that even a fast machine takes a while.
fn stage() -> Stage {
    let stage = Stage::new(&[]);
    for file in 0..120 {
        let record =
            |index| format!("record R{file}x{index} {{ a: string where length in 1..80, b: [u64], c: uuid? }}\n");
        let records: String = (0..150).map(record).collect();
        stage.write(&format!("contracts/p{file}/p.loom"), format!("package p{file}\n{records}"));
    }
    stage
}

#[test]
fn a_terminal_sees_a_line_that_goes_away() {
    let stage = stage();
    let command = format!("{} check contracts", env!("CARGO_BIN_EXE_wireloom"));
    // A terminal of its own, by util-linux.
    let ran =
        Command::new("script").args(["-qec", &command, "/dev/null"]).current_dir(stage.path(".")).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}");
    let (before, after) = said.rsplit_once("\r\u{1b}[2K").unwrap_or_else(|| panic!("no line was drawn: {said:?}"));
    assert!(before.contains("reading contracts: ") || before.contains("checking 120 files"), "{said:?}");
    assert!(after.contains("no errors in 120 files"), "{said:?}");
}

#[test]
fn nobody_else_does() {
    let stage = stage();
    let ran = stage.run(&["check", "contracts"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "no errors in 120 files\n"));
    let command = format!("{} check contracts --format json", env!("CARGO_BIN_EXE_wireloom"));
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).current_dir(stage.path(".")).stdin(Stdio::null());
    assert_eq!(String::from_utf8_lossy(&script.output().unwrap().stdout), "");
}
