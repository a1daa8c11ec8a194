//! Opening, typing, closing; beginning and ending.

use serde_json::{Value, json};

use super::client::{Client, range};
use crate::Exit;

const SHOP: &str = "package shop\n\n/// An order.\nrecord Order { id: uuid, note: string? }\n";

#[test]
fn mistakes_are_told_as_they_are_typed_and_taken_back() {
    let mut client = Client::new(&[("shop/shop.loom", SHOP)]);
    assert_eq!(client.open("shop/shop.loom", SHOP), [""; 0]);
    assert_eq!(client.edit("shop/shop.loom", [3, 19, 3, 23], "uid"), ["3:19 unknown-type"]);
    assert_eq!(client.edit("shop/shop.loom", [3, 14, 3, 14], " "), ["3:20 unknown-type"]);
    assert_eq!(client.edit("shop/shop.loom", [3, 20, 3, 23], "uuid"), [""; 0]);
    assert_eq!(client.quit(), Exit::Good);
}

#[test]
fn what_is_open_stands_before_the_disk_until_it_is_closed() {
    let uses = "package uses\n\nimport shop.{Order}\n\nrecord A { order: Order }\n";
    let mut client = Client::new(&[("shop/shop.loom", SHOP), ("uses/uses.loom", uses)]);
    assert_eq!(client.open("uses/uses.loom", uses), [""; 0]);
    client.open("shop/shop.loom", SHOP);
    // The other file's mistake is told too.
    client.edit("shop/shop.loom", [3, 7, 3, 12], "Purchase");
    assert_eq!(client.diagnostics("uses/uses.loom"), ["2:13 unknown-name"]);
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": client.uri("shop/shop.loom") } }));
    assert_eq!(client.diagnostics("uses/uses.loom"), [""; 0]);
}

#[test]
fn a_file_is_reported_on_by_its_own_project_alone() {
    // Below the outer folder the package stands twice, which is no mistake of the inner one.
    let files = [("Cargo.toml", ""), ("shop.loom", SHOP), ("inner/Cargo.toml", ""), ("inner/shop.loom", SHOP)];
    let mut client = Client::new(&files);
    client.open("shop.loom", SHOP);
    assert_eq!(client.open("inner/shop.loom", SHOP), [""; 0]);
    assert_eq!(client.edit("inner/shop.loom", [3, 19, 3, 23], "uuid"), [""; 0]);
}

#[test]
fn files_that_others_change_are_read_again() {
    let uses = "package uses\n\nimport shop.{Order}\n\nrecord A { order: Order }\n";
    let mut client = Client::new(&[("uses/uses.loom", uses)]);
    assert_eq!(client.open("uses/uses.loom", uses), ["2:7 unknown-package"]);
    std::fs::create_dir(client.path("shop")).unwrap();
    client.write("shop/shop.loom", SHOP);
    let changes = json!({ "changes": [{ "uri": client.uri("shop/shop.loom"), "type": 1 }] });
    client.tell("workspace/didChangeWatchedFiles", changes);
    assert_eq!(client.diagnostics("uses/uses.loom"), [""; 0]);
    std::fs::remove_file(client.path("shop/shop.loom")).unwrap();
    let changes = json!({ "changes": [{ "uri": client.uri("shop/shop.loom"), "type": 3 }] });
    client.tell("workspace/didChangeWatchedFiles", changes);
    assert_eq!(client.diagnostics("uses/uses.loom"), ["2:7 unknown-package"]);
}

#[test]
fn columns_are_utf_16_unless_agreed_otherwise() {
    let text = "package a\nrecord A { /* */ }\n// \u{1f980}\u{e4}\nscalar B: strin // \u{1f980}\n";
    let line = "scalar C: string where one_of [\"\u{1f980}\u{e4}\"] and matches /(/\n";
    let text = text.replace("/* */ ", "") + line;
    let (utf16, utf8) = (before_regex(line).encode_utf16().count(), before_regex(line).len());
    for (capabilities, column) in [
        (json!({}), utf16),
        (json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } }), utf8),
        (json!({ "general": { "positionEncodings": ["utf-16"] } }), utf16),
    ] {
        let mut client = Client::with(&[], &capabilities, &json!({}));
        let found = client.open("a.loom", &text);
        assert!(found.contains(&"3:10 unknown-type".to_owned()), "{found:?}");
        assert!(found.iter().any(|it| it.starts_with(&format!("4:{column} "))), "{found:?} {column}");
    }
}

/// What stands before the bracket in the regex.
fn before_regex(line: &str) -> &str {
    &line[..line.find("(/").unwrap()]
}

#[test]
fn edits_count_in_the_agreed_units() {
    let text = "package a\n/// \u{1f980}\nscalar A: strin\u{e4}\n";
    let mut client = Client::new(&[]);
    client.open("a.loom", text);
    // Behind the crab, two units wide; then the whole of the foreign word.
    client.edit("a.loom", [1, 6, 1, 6], "!");
    assert_eq!(client.edit("a.loom", [2, 10, 2, 16], "string"), [""; 0]);
    // Several at once, each on what the one before left; the last takes everything.
    let changes = json!([
        { "range": range([0, 8, 0, 9]), "text": "b" },
        { "range": range([0, 9, 0, 9]), "text": ".c" },
        { "text": "package a\nscalar A: x\n" },
    ]);
    assert_eq!(client.change("a.loom", &changes), ["1:10 unknown-type"]);
}

#[test]
fn a_session_ends_well_only_behind_shutdown() {
    assert_eq!(Client::new(&[]).quit(), Exit::Good);
    assert_eq!(Client::new(&[]).leave(), Exit::Bad);
    let mut client = Client::new(&[]);
    client.ask("shutdown", Value::Null);
    let refused = client.answer("textDocument/hover", json!({})).response_result.unwrap_err();
    assert_eq!(refused.code, lsp_server::ErrorCode::InvalidRequest as i32);
    assert_eq!(client.leave(), Exit::Good);
}
