//! The server: messages in, one after the other, answers and diagnostics out.
//!
//! What waits is taken at once: texts are brought up to date, requests that were cancelled meanwhile are not answered twice, and
//! diagnostics are told when nothing is left. A mistake of ours costs the request that it hit.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response};
use lsp_types::notification::{self as notices, Notification as _};
use lsp_types::{InitializeParams, InitializeResult, ServerInfo};
use serde_json::Value;

use super::answers;
use super::capabilities::{self, Client};
use super::session::Session;
use crate::Exit;

/// How many messages are taken at once.
const BATCH_MAX: usize = 1_000;

/// Why a request has no answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: ErrorCode,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into() }
    }
}

/// Serves one client until it says `exit` or goes away.
pub(super) fn serve(connection: &Connection) -> Result<Exit, ProtocolError> {
    let (id, params) = connection.initialize_start()?;
    // What a client says wrongly of itself is taken as not said.
    let params: InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let client = Client::new(&params);
    let info = ServerInfo { name: "wireloom".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
    let result = InitializeResult { capabilities: capabilities::server(client.encoding), server_info: Some(info) };
    connection.initialize_finish(id, serde_json::to_value(result).unwrap_or(Value::Null))?;
    let mut server = Server { connection, session: Session::new(client), is_shut: false };
    server.watch();
    Ok(server.run())
}

struct Server<'c> {
    connection: &'c Connection,
    session: Session,
    /// Whether `shutdown` was said.
    is_shut: bool,
}

impl Server<'_> {
    fn run(&mut self) -> Exit {
        while let Ok(first) = self.connection.receiver.recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH_MAX
                && let Ok(message) = self.connection.receiver.try_recv()
            {
                batch.push(message);
            }
            let cancelled = cancelled(&batch);
            for message in batch {
                match message {
                    Message::Request(request) => self.request(request, &cancelled),
                    Message::Notification(notice) if notice.method == notices::Exit::METHOD => return self.end(),
                    Message::Notification(notice) => self.notice(notice),
                    // Nothing that is asked of clients has an answer worth waiting for.
                    Message::Response(_) => {}
                }
            }
            self.publish();
        }
        self.end()
    }

    fn end(&self) -> Exit {
        if self.is_shut { Exit::Good } else { Exit::Bad }
    }

    fn request(&mut self, request: Request, cancelled: &HashSet<RequestId>) {
        let id = request.id.clone();
        let answer = if cancelled.contains(&id) {
            Err(Failure::new(ErrorCode::RequestCanceled, "cancelled"))
        } else if self.is_shut {
            Err(Failure::new(ErrorCode::InvalidRequest, "the server is shut down"))
        } else if request.method == "shutdown" {
            self.is_shut = true;
            Ok(Value::Null)
        } else {
            let method = request.method.clone();
            guarded(|| answers::answer(&mut self.session, request))
                .unwrap_or_else(|| Err(Failure::new(ErrorCode::InternalError, format!("`{method}` failed"))))
        };
        self.send(Message::Response(match answer {
            Ok(value) => Response { id, response_result: Ok(value) },
            Err(failure) => Response::new_err(id, failure.code as i32, failure.message),
        }));
    }

    fn notice(&mut self, notice: Notification) {
        if !self.is_shut {
            guarded(|| self.session.notice(notice));
        }
    }

    /// Tells diagnostics that are news.
    fn publish(&mut self) {
        let news = guarded(|| self.session.news()).unwrap_or_default();
        news.into_iter().for_each(|notice| self.send(Message::Notification(notice)));
    }

    /// Asks the client to tell of files that others change.
    fn watch(&mut self) {
        if self.session.client.watches_files {
            let method = "client/registerCapability".to_owned();
            let id = RequestId::from("watch".to_owned());
            self.send(Message::Request(Request::new(id, method, capabilities::watching())));
        }
    }

    fn send(&self, message: Message) {
        // A client that is gone will not be missed: reading ends as well.
        let _ = self.connection.sender.send(message);
    }
}

/// The requests that the client no longer wants.
fn cancelled(batch: &[Message]) -> HashSet<RequestId> {
    let notices = batch.iter().filter_map(|message| match message {
        Message::Notification(notice) if notice.method == notices::Cancel::METHOD => Some(notice),
        _ => None,
    });
    let id = |notice: &Notification| serde_json::from_value(notice.params.get("id")?.clone()).ok();
    notices.filter_map(id).collect()
}

/// None where we made a mistake; the state stays as far as it came, and is loaded anew by the next change.
fn guarded<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}
