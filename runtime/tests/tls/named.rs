//! Endpoints that were found by a name are numbers; certificates and requests say the name.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wireloom::discovery::{Discovery, DiscoveryError, FollowOptions, Followed, Instance, Snapshot, follow};
use wireloom::grpc::Grpc;
use wireloom::rest::Rest;
use wireloom::rpc::Rpc;
use wireloom::tls::{ClientTls, Tls};
use wireloom::transport::Transport;
use wireloom::ws::Ws;
use wireloom::{Channel, Code, Context, Endpoint, OperationFault as _, Server, Unary};

use crate::authority::Authority;
use crate::calls::rest_add;
use crate::{notes, rest_notes};

const NAME: &str = "orders.internal";

/// Finds one instance, as DNS does: at a number, by a name.
#[derive(Debug)]
struct Found(String);

impl Discovery for Found {
    fn watch(&self) -> BoxStream<'static, Result<Snapshot, DiscoveryError>> {
        let instance = Instance::new(Endpoint::new(&self.0).unwrap()).named(NAME);
        stream::iter([Snapshot::new([instance])]).chain(stream::pending()).boxed()
    }
}

fn found(at: &str) -> Followed {
    follow(Arc::new(Found(at.to_owned())), FollowOptions::default()).unwrap()
}

fn channel<T: Transport>(transport: T, at: &str) -> Channel<T> {
    Channel::over(transport).follow(found(at)).build()
}

/// Whether calls pass to a server whose certificate is for that name, over every wire.
async fn passes(host: &str, said: Option<&str>) -> [Result<(), Code>; 4] {
    let authority = Authority::new();
    let files = authority.server_of(host);
    let tls = ClientTls::new().roots(authority.roots());
    let tls = || said.map_or_else(|| tls.clone(), |name| tls.clone().server_name(name));
    let server = Server::new().serve(notes::Notes::default()).serve(rest_notes::Notes::default());
    let server = server.tls(Tls::from_files(files.certificate, files.key)).native("127.0.0.1:0");
    let bound = server.bind("127.0.0.1:0").await.unwrap();
    let (http, native) = (bound.local_addr().unwrap(), bound.native_addr().unwrap());
    tokio::spawn(bound.run_until(std::future::pending()));
    let (cx, add) = (Context::new(), || notes::AddRequest { text: "milk".into() });
    let rest = channel(Rest::default().tls(tls()), &format!("https://{http}"));
    let rest = Unary::<rest_notes::Add>::call(&rest, &cx, rest_add("milk")).await;
    let grpc = channel(Grpc::default().tls(tls()), &format!("https://{http}"));
    let grpc = Unary::<notes::Add>::call(&grpc, &cx, add()).await;
    let rpc = channel(Rpc::default().tls(tls()), &format!("rpcs://{native}"));
    let rpc = Unary::<notes::Add>::call(&rpc, &cx, add()).await;
    let ws: Ws = Ws::default().tls(tls());
    let ws = channel(ws, &format!("wss://{http}/ws/notes"));
    let ws = Unary::<notes::Add>::call(&ws, &cx, add()).await;
    [
        rest.map(drop).map_err(|fault| fault.to_fault().code()),
        grpc.map(drop).map_err(|fault| fault.to_fault().code()),
        rpc.map(drop).map_err(|fault| fault.to_fault().code()),
        ws.map(drop).map_err(|fault| fault.to_fault().code()),
    ]
}

#[tokio::test]
async fn a_certificate_is_asked_for_the_name_that_was_looked_up() {
    assert_eq!(passes(NAME, None).await, [Ok(()); 4]);
    assert_eq!(passes("others.internal", None).await, [Err(Code::Unavailable); 4]);
}

#[tokio::test]
async fn a_name_that_the_channel_says_goes_before() {
    assert_eq!(passes("others.internal", Some("others.internal")).await, [Ok(()); 4]);
}

#[tokio::test]
async fn requests_are_addressed_to_the_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let mut heads = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let length = stream.read(&mut bytes).await.unwrap();
            heads.push(String::from_utf8_lossy(&bytes[..length]).to_ascii_lowercase());
            stream
                .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .await
                .unwrap();
        }
        heads
    });
    let rest = channel(Rest::default(), &format!("http://{address}"));
    Unary::<rest_notes::Add>::call(&rest, &Context::new(), rest_add("milk")).await.unwrap_err();
    let ws: Ws = Ws::default();
    let ws = channel(ws, &format!("ws://{address}/ws/notes"));
    drop(Unary::<notes::Add>::call(&ws, &Context::new(), notes::AddRequest { text: "milk".into() }).await);
    let host = format!("host: {NAME}:{}\r\n", address.port());
    for head in heard.await.unwrap() {
        assert!(head.contains(&host) && !head.contains("name="), "{head}");
        assert_eq!(head.matches("host:").count(), 1, "{head}");
    }
}
