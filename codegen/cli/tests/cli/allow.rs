//! `@allow`: infos and warnings of every phase, on the command line.

use crate::stage::{Stage, objects};

fn codes(stage: &Stage, args: &[&str]) -> Vec<String> {
    let ran = stage.run(&[args, &["--format", "json"]].concat());
    let mut codes: Vec<String> = objects(&ran).iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect();
    codes.dedup();
    codes
}

/// A contract that each phase has something to say of.
const TALKED_OF: &str = "\
@P package shop

record Order { id: uuid, lines: [Line] }
record Line { sku: string }
event Placed { id: uuid } key id

@S service Orders {
    public

    @D find(filter: Order) -> Order
        safe
        policy { balance hash(filter) }
    place(id: uuid)
        emits Placed
    /// The end.
}

@B bind Orders to rest
@G bind Orders to grpc
@M bind Orders to broker
";

fn allowed(code: &str) -> String {
    format!("@allow(\"{code}\", \"looked at\")\n")
}

#[test]
fn every_phase_listens() {
    let all = TALKED_OF.replace(['@'], "//@").replace("//@P ", "").replace("//@S ", "").replace("//@D ", "");
    let bare = all.replace("//@B ", "").replace("//@G ", "").replace("//@M ", "");
    let stage = Stage::new(&[("shop.loom", &bare)]);
    let said = codes(&stage, &["check"]);
    assert_eq!(said, ["no-lock", "not-generated-yet", "rest-derived-post", "doc-before-nothing"], "{said:?}");

    let quiet = TALKED_OF
        .replace("@P ", &(allowed("no-lock")))
        .replace("@S ", &(allowed("not-generated-yet") + &allowed("doc-before-nothing")))
        .replace("@D ", &allowed("rest-derived-post"))
        .replace("@B ", "")
        .replace("@G ", &allowed("not-generated-yet"))
        .replace("@M ", &allowed("not-generated-yet"));
    stage.write("shop.loom", &quiet);
    assert_eq!(codes(&stage, &["check"]), Vec::<String>::new());
    assert_eq!(codes(&stage, &["generate", "--out", "gen"]), Vec::<String>::new());
    // What only a build with fewer wires hears is no allowance in vain.
    stage.run(&["lock"]);
    assert_eq!(codes(&stage, &["check"]), ["allow-unused"], "there is a lock now");
    let told = stage.run(&["check", "--fix"]).err;
    assert!(told.ends_with("\nmended 1 mistake in 1 file\nno errors in 1 file\n"), "{told}");
    assert!(!stage.read("shop.loom").contains("no-lock"));
    stage.write("shop.loom", stage.read("shop.loom").replace("{ sku: string }", "{ sku: string, note: string? }"));
    assert_eq!(codes(&stage, &["check"]), ["lock-stale"]);
    stage.write("shop.loom", allowed("lock-stale") + &stage.read("shop.loom"));
    assert_eq!(codes(&stage, &["check"]), Vec::<String>::new());
}

#[test]
fn a_code_that_does_not_exist_is_mended() {
    let stage = Stage::new(&[(
        "shop.loom",
        "package shop\n@allow(\"not-genrated-yet\", \"later\") service S { public get(a: f32) safe policy { balance hash(a) } }\n",
    )]);
    assert_eq!(codes(&stage, &["check"]), ["allow-unknown", "not-generated-yet"]);
    let told = stage.run(&["check", "--fix"]).err;
    assert!(told.ends_with("\nmended 1 mistake in 1 file\nno errors in 1 file\n"), "{told}");
}
