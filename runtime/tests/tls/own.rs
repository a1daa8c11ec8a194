//! Every wire over connections that are made elsewhere, here in memory, with TLS on top and without.

use std::io;
use std::net::SocketAddr;

use tokio::io::DuplexStream;
use tokio::sync::{Mutex, mpsc};
use wireloom::grpc::Grpc;
use wireloom::rest::Rest;
use wireloom::rpc::Rpc;
use wireloom::tls::{ClientTls, Tls};
use wireloom::ws::Ws;
use wireloom::{Accept, Address, Channel, Connect, Context, Endpoint, Server, Unary};

use crate::authority::Authority;
use crate::calls::rest_add;
use crate::{notes, rest_notes};

/// A place in memory, and the way to it.
fn place() -> (Place, Way) {
    let (way, place) = mpsc::channel(10);
    (Place(Mutex::new(place)), Way(way))
}

struct Place(Mutex<mpsc::Receiver<DuplexStream>>);

impl Accept for Place {
    type Stream = DuplexStream;

    async fn accept(&self) -> io::Result<(DuplexStream, Option<SocketAddr>)> {
        match self.0.lock().await.recv().await {
            Some(stream) => Ok((stream, None)),
            None => std::future::pending().await,
        }
    }
}

#[derive(Clone)]
struct Way(mpsc::Sender<DuplexStream>);

impl Connect for Way {
    type Stream = DuplexStream;

    async fn connect(&self, to: &Endpoint) -> io::Result<DuplexStream> {
        if to.uri().host() != Some("localhost") {
            return Err(io::Error::new(io::ErrorKind::NotFound, "there is no such place"));
        }
        let (near, far) = tokio::io::duplex(1000);
        self.0.send(far).await.map_err(|_| io::ErrorKind::ConnectionRefused)?;
        Ok(near)
    }
}

/// The ways to a server's ports.
struct Ways {
    http: Way,
    native: Way,
}

async fn serve(server: Server) -> Ways {
    let server = server.serve(notes::Notes::default()).serve(rest_notes::Notes::default());
    let ((http, to_http), (native, to_native)) = (place(), place());
    let bound = server.native(Address::own(native)).bind(Address::own(http)).await.unwrap();
    assert!(bound.local_addr().is_err(), "it has no such address");
    tokio::spawn(bound.run_until(std::future::pending()));
    Ways { http: to_http, native: to_native }
}

/// Calls over every wire; `s` is what a scheme has behind it where it is secured.
async fn call_over_all(ways: &Ways, tls: &ClientTls, s: &str) {
    let (cx, to) = (Context::new(), |uri: String| Endpoint::new(&uri).unwrap());
    let add = || notes::AddRequest { text: "milk".into() };
    let (http, native) = (|| ways.http.clone(), ways.native.clone());
    let rest = Rest::default().connector(http()).tls(tls.clone());
    let rest = Channel::new(rest, to(format!("http{s}://localhost")));
    assert_eq!(Unary::<rest_notes::Add>::call(&rest, &cx, rest_add("milk")).await.unwrap().text, "milk");
    let grpc = Grpc::default().tls(tls.clone()).connector(http());
    let grpc = Channel::new(grpc, to(format!("http{s}://localhost")));
    assert_eq!(Unary::<notes::Add>::call(&grpc, &cx, add()).await.unwrap().text, "milk");
    let rpc = Rpc::default().connector(native).tls(tls.clone());
    let rpc = Channel::new(rpc, to(format!("rpc{s}://localhost:1")));
    assert_eq!(Unary::<notes::Add>::call(&rpc, &cx, add()).await.unwrap().text, "milk");
    let ws: Ws = Ws::default().tls(tls.clone()).connector(http());
    let ws = Channel::new(ws, to(format!("ws{s}://localhost/ws/notes")));
    assert_eq!(Unary::<notes::Add>::call(&ws, &cx, add()).await.unwrap().text, "milk");
}

#[tokio::test]
async fn every_wire_goes_over_connections_in_memory() {
    call_over_all(&serve(Server::new()).await, &ClientTls::new(), "").await;
}

#[tokio::test]
async fn tls_comes_on_top_of_them() {
    let authority = Authority::new();
    let files = authority.server("server");
    let ways = serve(Server::new().tls(Tls::from_files(files.certificate, files.key))).await;
    call_over_all(&ways, &ClientTls::new().roots(authority.roots()), "s").await;
    let other = Authority::new();
    let stranger = Rest::default().connector(ways.http.clone()).tls(ClientTls::new().roots(other.roots()));
    let stranger = Channel::new(stranger, Endpoint::new("https://localhost").unwrap());
    let fault = Unary::<rest_notes::Add>::call(&stranger, &Context::new(), rest_add("milk")).await.unwrap_err();
    assert!(format!("{fault:?}").contains("UnknownIssuer"), "{fault:?}");
}

#[tokio::test]
async fn a_way_that_fails_is_a_connection_that_did_not_come_about() {
    let ways = serve(Server::new()).await;
    let rest = Channel::new(Rest::default().connector(ways.http), Endpoint::new("http://nowhere").unwrap());
    let fault = Unary::<rest_notes::Add>::call(&rest, &Context::new(), rest_add("milk")).await.unwrap_err();
    assert!(fault.to_string().starts_with("unavailable"), "{fault}");
}
