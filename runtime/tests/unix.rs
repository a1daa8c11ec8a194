//! Unix sockets: every wire over them, and what becomes of their files.

#![cfg(unix)]

mod notes;
#[path = "rest/notes.rs"]
mod rest_notes;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tokio::task::JoinHandle;
use wireloom::{Address, Bound, Channel, Context, IdempotencyKey, Server, ServerStream, Unary};

/// A server at two sockets of a folder.
struct Running {
    folder: tempfile::TempDir,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    ended: JoinHandle<()>,
}

fn server() -> Server {
    Server::new().serve(notes::Notes::default()).serve(rest_notes::Notes::default())
}

async fn start() -> Running {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| format!("unix:{}", folder.path().join(name).display());
    let bound = server().native(path("native")).bind(path("http")).await.unwrap();
    assert!(bound.local_addr().is_err() && bound.native_addr().is_err(), "it has no such address");
    let (stop, ended) = run(bound);
    Running { folder, stop: Some(stop), ended }
}

fn run(bound: Bound) -> (tokio::sync::oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = tokio::sync::oneshot::channel();
    (stop, tokio::spawn(bound.run_until(async { drop(stopped.await) })))
}

impl Running {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn address(&self, name: &str) -> String {
        format!("unix:{}", self.path(name).display())
    }
}

fn rest_add(text: &str) -> rest_notes::AddRequest {
    rest_notes::AddRequest { list: "home".into(), text: text.into(), urgent: None, token: IdempotencyKey::random() }
}

async fn can_call(path: &Path) -> bool {
    let channel = Channel::rest(&format!("unix:{}", path.display())).unwrap();
    Unary::<rest_notes::Add>::call(&channel, &Context::new(), rest_add("x")).await.is_ok()
}

#[tokio::test]
async fn every_wire_goes_over_them() {
    let server = start().await;
    let cx = Context::new();
    let add = || notes::AddRequest { text: "milk".into() };
    let rest = Channel::rest(&server.address("http")).unwrap();
    assert_eq!(Unary::<rest_notes::Add>::call(&rest, &cx, rest_add("milk")).await.unwrap().text, "milk");
    assert_eq!(Unary::<rest_notes::Add>::call(&rest, &cx, rest_add("who")).await.unwrap().text, "None", "no address");
    let grpc = Channel::grpc(&server.address("http")).unwrap();
    assert_eq!(Unary::<notes::Add>::call(&grpc, &cx, add()).await.unwrap().text, "milk");
    let mut followed = std::pin::pin!(ServerStream::<notes::Follow>::open(&grpc, &cx, 1).await.unwrap());
    assert!(futures_util::StreamExt::next(&mut followed).await.unwrap().is_ok());
    let native = Channel::rpc(&server.address("native")).unwrap();
    assert_eq!(Unary::<notes::Add>::call(&native, &cx, add()).await.unwrap().text, "milk");
    let place = format!("{}:/ws/notes", server.address("http"));
    let binary = Channel::ws(&place).unwrap();
    assert_eq!(Unary::<notes::Add>::call(&binary, &cx, add()).await.unwrap().text, "milk");
    let json = Channel::ws_json(&place).unwrap();
    assert_eq!(Unary::<notes::Add>::call(&json, &cx, add()).await.unwrap().text, "milk");
}

#[tokio::test]
async fn one_client_knows_sockets_apart() {
    let (one, other) = (start().await, start().await);
    let (one_at, other_at) = (one.address("http"), other.address("http"));
    let channels = [&one_at, &other_at, &one_at].map(|at| Channel::rest(at).unwrap());
    for (channel, id) in channels.iter().zip([1, 1, 2]) {
        let note = Unary::<rest_notes::Add>::call(channel, &Context::new(), rest_add("x")).await.unwrap();
        assert_eq!(note.id, id, "each counts for itself");
    }
}

#[tokio::test]
async fn the_file_is_gone_with_the_server() {
    let mut server = start().await;
    let (http, native) = (server.path("http"), server.path("native"));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&http), mode(&native)), (0o660, 0o660));
    assert!(can_call(&http).await);
    server.stop.take().unwrap().send(()).unwrap();
    server.ended.await.unwrap();
    assert!(!http.exists() && !native.exists());
}

#[tokio::test]
async fn a_file_that_was_left_behind_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("http");
    // As after a crash: the file is there, and nobody listens.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let _running = run(server().bind(Address::unix(&path).mode(0o600)).await.unwrap());
    assert!(can_call(&path).await);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn what_is_anothers_stays() {
    let first = start().await;
    let path = first.path("http");
    let error = server().bind(Address::unix(&path)).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse, "{error}");
    assert!(can_call(&path).await, "the first goes on");

    let file = first.path("file");
    std::fs::write(&file, "a letter").unwrap();
    let error = server().bind(Address::unix(&file)).await.unwrap_err();
    assert!(error.to_string().ends_with("there is a file that is no socket"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a letter");
}

#[tokio::test]
async fn a_successor_keeps_its_file() {
    let mut first = start().await;
    let path = first.path("http");
    std::fs::rename(&path, first.path("old")).unwrap();
    let (_stop, _ended) = run(server().bind(Address::unix(&path)).await.unwrap());
    first.stop.take().unwrap().send(()).unwrap();
    first.ended.await.unwrap();
    assert!(can_call(&path).await);
}
