//! What no editor would say, and some do: the server answers and goes on.

use lsp_server::ErrorCode;
use serde_json::{Value, json};

use super::client::{Client, range};
use crate::Exit;

const ASKED: &[&str] = &[
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/typeDefinition",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/completion",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/semanticTokens/full",
    "textDocument/formatting",
    "textDocument/codeAction",
    "textDocument/inlayHint",
];

/// Everything that any request wants, of a file and a position.
fn everything(uri: &str, line: u32, character: u32) -> Value {
    json!({
        "textDocument": { "uri": uri },
        "position": { "line": line, "character": character },
        "range": range([line, character, 0, 0]),
        "context": { "includeDeclaration": true, "diagnostics": [], "triggerKind": 1 },
        "newName": "anything",
        "options": { "tabSize": 4, "insertSpaces": true },
    })
}

#[test]
fn files_that_are_not_there_have_no_answers() {
    let mut client = Client::new(&[("a/a.loom", "package a\nrecord A {}\n")]);
    client.open("a/a.loom", "package a\nrecord A {}\n");
    for uri in [
        client.uri("gone.loom"),
        client.uri("gone/gone.loom"),
        client.uri(""),
        "file:///c%3A/x/y.loom".to_owned(),
        "file:///C:/x/y.loom".to_owned(),
        "file://server/share/y.loom".to_owned(),
        "file:///%00%FF/y.loom".to_owned(),
        "untitled:Untitled-1".to_owned(),
        "git:/a/b.loom?x".to_owned(),
        "file:".to_owned(),
    ] {
        for method in ASKED {
            let answer = client.answer(method, everything(&uri, 0, 0)).response_result;
            assert!(answer.is_ok(), "{method} of {uri}: {answer:?}");
        }
    }
    assert_eq!(client.quit(), Exit::Good);
}

#[test]
fn positions_that_are_not_there_are_survived() {
    let text = "package a\n\nrecord A { b: A? } // \u{1f980}\u{e4}\r\n";
    let mut client = Client::new(&[]);
    client.open("a.loom", text);
    for (line, character) in [(0, u32::MAX), (u32::MAX, 0), (2, 24), (2, 23), (2, 25), (3, 0), (u32::MAX, u32::MAX)] {
        for method in ASKED {
            let answer = client.answer(method, everything(&client.uri("a.loom"), line, character)).response_result;
            let is_refusal = answer.as_ref().is_err_and(|it| it.code == ErrorCode::RequestFailed as i32);
            assert!(answer.is_ok() || is_refusal, "{method} at {line}:{character}: {answer:?}");
        }
    }
    // Ranges that end before they begin, and outside of the text.
    client.edit("a.loom", [9, 9, 0, 0], "\nrecord B {}");
    client.edit("a.loom", [2, 5, 1, 0], "");
    client.edit("a.loom", [u32::MAX, u32::MAX, u32::MAX, u32::MAX], " ");
    assert_eq!(client.quit(), Exit::Good);
}

#[test]
fn what_is_not_a_request_is_refused() {
    let mut client = Client::new(&[]);
    for (method, params, code) in [
        ("textDocument/nonsense", json!({}), ErrorCode::MethodNotFound),
        ("textDocument/hover", json!([1, 2]), ErrorCode::InvalidParams),
        ("textDocument/hover", json!({ "textDocument": { "uri": "::::" } }), ErrorCode::InvalidParams),
        ("textDocument/completion", Value::Null, ErrorCode::InvalidParams),
    ] {
        let refused = client.answer(method, params).response_result.unwrap_err();
        assert_eq!(refused.code, code as i32, "{method}");
    }
    for (method, params) in [
        ("textDocument/didOpen", json!({})),
        (
            "textDocument/didChange",
            json!({ "textDocument": { "uri": "file:///x", "version": 1 }, "contentChanges": [] }),
        ),
        ("textDocument/didClose", json!({ "textDocument": { "uri": "file:///x" } })),
        ("$/cancelRequest", json!({})),
        ("$/setTrace", json!({ "value": "off" })),
        ("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": "untitled:x", "type": 3 }] })),
        ("nonsense", Value::Null),
    ] {
        client.tell(method, params);
    }
    assert_eq!(client.quit(), Exit::Good);
}

#[test]
fn texts_of_all_kinds_are_open_at_once() {
    let mut client = Client::new(&[("b/b.loom", "package b\nrecord B {}\n")]);
    client.open("a.loom", "");
    client.open("b/b.loom", &"{".repeat(5_000));
    client.open("c/c.loom", &"record A { a: [[[[".repeat(2_000));
    client.open("d.loom", "\u{feff}package d\u{0}\u{202e}\r\r\n\"");
    client.change("a.loom", &json!([{ "text": "package a\nimport b.{B}\nrecord A { b: B }\n" }]));
    for name in ["a.loom", "b/b.loom", "c/c.loom", "d.loom"] {
        for method in ASKED {
            client.answer(method, everything(&client.uri(name), 0, 3)).response_result.map_or_else(
                |error| assert_eq!(error.code, ErrorCode::RequestFailed as i32, "{method} of {name}: {error:?}"),
                drop,
            );
        }
    }
    assert_eq!(client.quit(), Exit::Good);
}

#[test]
fn a_text_that_grows_too_large_is_lost_until_it_is_sent_whole() {
    let text = "package a\nrecord A {}\n";
    let mut client = Client::new(&[]);
    client.open("a.loom", text);
    let large = json!([{ "range": range([0, 0, 0, 0]), "text": " ".repeat(16 << 20) }]);
    let document = json!({ "uri": client.uri("a.loom"), "version": 2 });
    client.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": large }));
    let said = client.wait(|message| match message {
        lsp_server::Message::Notification(it) if it.method == "window/logMessage" => Some(it.params["message"].clone()),
        _ => None,
    });
    assert!(said.as_str().unwrap().contains("too large"), "{said}");
    assert_eq!(client.diagnostics("a.loom"), ["0:0 package-line"], "it counts as empty");
    // What stands in the old text is no longer answered for, and edits of what is unknown are not taken.
    client.edit("a.loom", [1, 0, 1, 0], "nonsense");
    let hover = client.ask("textDocument/hover", client.at("a.loom", text, "record |A"));
    assert_eq!(hover, Value::Null);
    assert_eq!(client.change("a.loom", &json!([{ "text": text }])), [""; 0]);
    assert_ne!(client.ask("textDocument/hover", client.at("a.loom", text, "record |A")), Value::Null);
    assert_eq!(client.quit(), Exit::Good);
}

#[test]
fn a_request_that_is_cancelled_in_time_is_not_answered_for() {
    let mut client = Client::new(&[]);
    client.open("a.loom", &format!("package a\n{}", "record A { b: C }\n".repeat(500)));
    // While the server is busy with the first, the others wait.
    let uri = client.uri("a.loom");
    let first = client.send("textDocument/hover", everything(&uri, 1, 8));
    let second = client.send("textDocument/hover", everything(&uri, 1, 8));
    client.tell("$/cancelRequest", json!({ "id": 2 }));
    let mut answers = Vec::new();
    for _ in [&first, &second] {
        answers.push(client.wait(|message| match message {
            lsp_server::Message::Response(response) => Some(response.clone()),
            _ => None,
        }));
    }
    assert_eq!(answers.iter().map(|it| &it.id).collect::<Vec<_>>(), [&first, &second]);
    for answer in answers {
        assert!(answer.response_result.map_or_else(|it| it.code == ErrorCode::RequestCanceled as i32, |_| true));
    }
    assert_eq!(client.quit(), Exit::Good);
}
