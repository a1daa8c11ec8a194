//! An identity provider of tests: answers what it is told to, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

/// One that answers on this machine, until it is dropped.
pub(super) struct Provider {
    pub(super) url: String,
    state: Arc<State>,
    _serving: AbortOnDropHandle<()>,
}

struct State {
    answer: Mutex<Answer>,
    asked: Mutex<Vec<Asked>>,
}

/// What it answers with: status, headers, body.
#[derive(Clone)]
pub(super) struct Answer {
    status: u16,
    headers: String,
    body: String,
    after: Duration,
}

/// What it was asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(value: &Value) -> Answer {
        Answer::status(200, &value.to_string())
    }

    pub(super) fn status(status: u16, body: &str) -> Answer {
        Answer { status, headers: String::new(), body: body.to_owned(), after: Duration::ZERO }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Answer {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Takes its time.
    pub(super) fn after(self, after: Duration) -> Answer {
        Answer { after, ..self }
    }
}

impl Provider {
    pub(super) async fn answering(answer: Answer) -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State { answer: Mutex::new(answer), asked: Mutex::default() });
        let serving = tokio::spawn(serve(listener, Arc::clone(&state)));
        Provider { url, state, _serving: AbortOnDropHandle::new(serving) }
    }

    /// Answers something else from now on.
    pub(super) fn answers(&self, answer: Answer) {
        *self.state.answer.lock().unwrap() = answer;
    }

    /// All that it was asked.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    /// A place of it.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move { answer(stream, &state).await });
    }
}

/// Answers one request. Whoever goes away meanwhile is nobody's business.
async fn answer(mut stream: TcpStream, state: &State) -> Option<()> {
    let mut text = Vec::new();
    let (head, body) = loop {
        let read = stream.read_buf(&mut text).await.ok()?;
        let said = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = said.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                break (said[..head.len()].to_owned(), body.to_owned());
            }
        }
        if read == 0 {
            return None;
        }
    };
    let path = head.split(' ').nth(1)?.to_owned();
    state.asked.lock().unwrap().push(Asked { path, head, body });
    let Answer { status, headers, body, after } = state.answer.lock().unwrap().clone();
    tokio::time::sleep(after).await;
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} .\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
    stream.write_all(answer.as_bytes()).await.ok()
}
