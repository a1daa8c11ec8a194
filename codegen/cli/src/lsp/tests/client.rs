//! A client that waits for what it asked.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Exit;
use crate::lsp::{server, uri};

/// How long any answer may take.
const TIME_MAX: Duration = Duration::from_secs(30);

/// An editor with a folder.
pub(super) struct Client {
    folder: TempDir,
    connection: Connection,
    server: Option<JoinHandle<Exit>>,
    asked: i32,
}

impl Client {
    /// Starts with files on the disk.
    pub(super) fn new(files: &[(&str, &str)]) -> Client {
        Client::with(files, &json!({}), &json!({}))
    }

    pub(super) fn with(files: &[(&str, &str)], capabilities: &Value, options: &Value) -> Client {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let (connection, theirs) = Connection::memory();
        let server = std::thread::spawn(move || server::serve(&theirs).unwrap());
        let mut client = Client { folder, connection, server: Some(server), asked: 0 };
        let root = client.uri("");
        let params = json!({
            "processId": null, "rootUri": root, "capabilities": capabilities, "initializationOptions": options,
            "workspaceFolders": [{ "uri": root, "name": "work" }],
        });
        let result = client.ask("initialize", params);
        assert!(result["capabilities"]["hoverProvider"].as_bool().unwrap());
        client.tell("initialized", json!({}));
        client
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub(super) fn uri(&self, name: &str) -> String {
        uri::of_path(&self.path(name)).unwrap().as_str().to_owned()
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(super) fn tell(&self, method: &str, params: Value) {
        self.connection.sender.send(Message::Notification(Notification::new(method.to_owned(), params))).unwrap();
    }

    pub(super) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.answer(method, params).response_result.unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    /// The answer to a request, also where it is an error.
    pub(super) fn answer(&mut self, method: &str, params: Value) -> Response {
        let id = self.send(method, params);
        self.wait(|message| match message {
            Message::Response(response) if response.id == id => Some(response.clone()),
            _ => None,
        })
    }

    pub(super) fn send(&mut self, method: &str, params: Value) -> RequestId {
        self.asked += 1;
        let id = RequestId::from(self.asked);
        self.connection.sender.send(Message::Request(Request::new(id.clone(), method.to_owned(), params))).unwrap();
        id
    }

    /// Waits for a message, and passes over those before it.
    pub(super) fn wait<T>(&mut self, wanted: impl Fn(&Message) -> Option<T>) -> T {
        loop {
            let message = self.connection.receiver.recv_timeout(TIME_MAX).expect("the server answers");
            if let Some(found) = wanted(&message) {
                return found;
            }
        }
    }

    pub(super) fn open(&mut self, name: &str, text: &str) -> Vec<String> {
        let document = json!({ "uri": self.uri(name), "languageId": "loom", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.diagnostics(name)
    }

    /// Replaces a stretch: line, column, line, column.
    pub(super) fn edit(&mut self, name: &str, at: [u32; 4], text: &str) -> Vec<String> {
        let range = range(at);
        self.change(name, &json!([{ "range": range, "text": text }]))
    }

    pub(super) fn change(&mut self, name: &str, changes: &Value) -> Vec<String> {
        let document = json!({ "uri": self.uri(name), "version": 2 });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
        self.diagnostics(name)
    }

    /// The next diagnostics that are told of a file: `line:column code`.
    pub(super) fn diagnostics(&mut self, name: &str) -> Vec<String> {
        let uri = self.uri(name);
        self.wait(|message| match message {
            Message::Notification(notice) if notice.method == "textDocument/publishDiagnostics" => {
                (notice.params["uri"] == uri.as_str()).then(|| lines(&notice.params["diagnostics"]))
            }
            _ => None,
        })
    }

    /// The position of `|` behind a text that occurs once in a file of the disk.
    pub(super) fn at(&self, name: &str, text: &str, marked: &str) -> Value {
        let before = marked.find('|').unwrap();
        let start = text.find(&marked.replace('|', "")).unwrap_or_else(|| panic!("no {marked}")) + before;
        let line = text[..start].matches('\n').count();
        let column = text[..start].rsplit('\n').next().unwrap().encode_utf16().count();
        json!({ "textDocument": { "uri": self.uri(name) }, "position": { "line": line, "character": column } })
    }

    /// Says good-bye; how the server ended.
    pub(super) fn quit(mut self) -> Exit {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap()
    }

    /// Says `exit`, and nothing before.
    pub(super) fn leave(mut self) -> Exit {
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap()
    }
}

fn lines(diagnostics: &Value) -> Vec<String> {
    let line = |it: &Value| {
        let start = &it["range"]["start"];
        format!("{}:{} {}", start["line"], start["character"], it["code"].as_str().unwrap())
    };
    diagnostics.as_array().unwrap().iter().map(line).collect()
}

pub(super) fn range([line, column, end_line, end_column]: [u32; 4]) -> Value {
    json!({ "start": { "line": line, "character": column }, "end": { "line": end_line, "character": end_column } })
}

pub(super) fn contracts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/orders/contracts")
}
