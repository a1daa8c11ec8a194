//! `wireloom explain`: codes and operations.

use crate::stage::{SHOP, Stage, objects};

#[test]
fn every_code_is_listed_and_explained() {
    let stage = Stage::new(&[]);
    let list = stage.run(&["explain", "--list"]);
    assert_eq!(list.code, 0);
    let codes: Vec<&str> = list.out.lines().map(|line| line.split_whitespace().nth(1).unwrap()).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(codes, sorted, "by name, none twice");
    for code in ["unknown-type", "rest-verb-safe", "not-utf8"] {
        assert!(codes.contains(&code), "{code}");
    }
    let with_fix: Vec<&str> = list.out.lines().filter(|line| line.ends_with(" fix")).collect();
    assert!(with_fix.len() >= 75, "{} codes have a fix", with_fix.len());
    assert!(with_fix.iter().any(|line| line.starts_with("error    unknown-type ")), "{with_fix:?}");
    let explained = stage.run(&["explain", "unknown-type"]);
    assert_eq!(explained.code, 0);
    assert!(explained.out.starts_with("error[unknown-type]\n\n"), "{}", explained.out);
    assert!(explained.out.contains("wrong") && explained.out.contains("right"), "{}", explained.out);
}

#[test]
fn an_operation_is_shown_on_its_wires() {
    let stage = Stage::new(&[("shop.loom", SHOP)]);
    let ran = stage.run(&["explain", "Orders.get"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("GET") && ran.out.contains("/orders"), "{}", ran.out);
    stage.write("shop.loom", SHOP.replace("string?", "sring?"));
    let ran = stage.run(&["explain", "Orders.get", "shop.loom"]);
    assert!(ran.code == 1 && ran.err.contains("unknown-type"), "{ran:?}");
}

#[test]
fn a_service_is_shown_whole_and_as_data() {
    let stage = Stage::new(&[("shop.loom", SHOP)]);
    let ran = stage.run(&["explain", "Orders"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(
        ran.out.starts_with(
            "operation   shop.Orders.get
"
        ),
        "{}",
        ran.out
    );
    let ran = stage.run(&["explain", "Orders", "--format", "json"]);
    let shown: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!shown.is_empty() && shown.iter().all(|it| it["wires"].is_array()), "{}", ran.out);
    let ran = stage.run(&["explain", "Orders.gte", "--format", "json"]);
    assert_eq!(ran.code, 2);
    // What a wire refuses has no mapping.
    stage.write("shop.loom", format!("{SHOP}bind Orders to grpc {{ get: GET \"/\" }}\n"));
    let ran = stage.run(&["explain", "Orders.get"]);
    assert!(ran.code == 1 && ran.err.contains("wire-clause"), "{ran:?}");
    let ran = stage.run(&["explain", "Orders.get", "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(objects(&ran).iter().any(|it| it["code"] == "wire-clause"), "{}", ran.out);
}

#[test]
fn what_is_not_there_is_guessed() {
    let stage = Stage::new(&[("shop.loom", SHOP)]);
    for (args, help) in [
        (&["explain", "unknwon-type"][..], "did you mean `unknown-type`?"),
        (&["explain", "Orders.gte"], "did you mean `Orders.get`?"),
        (&["explain", "xyzzy"], "explain --list"),
        (&["explain", "Orders.get", "nowhere"], "no such file or folder: `nowhere`"),
        (&["explain"], "CODE|NAME"),
    ] {
        let ran = stage.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.contains(help), "{args:?}: {}", ran.err);
    }
}
