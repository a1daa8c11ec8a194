//! Calls over TLS, and over TLS with certificates of both sides.

use std::net::SocketAddr;

use wireloom::grpc::Grpc;
use wireloom::rest::Rest;
use wireloom::rpc::Rpc;
use wireloom::tls::{ClientTls, Tls};
use wireloom::ws::Ws;
use wireloom::{Channel, Context, Endpoint, IdempotencyKey, Server, Unary};

use crate::authority::{Authority, Files};
use crate::{notes, rest_notes};

/// A server of every wire, which runs as long as its test.
pub(crate) struct Running {
    pub(crate) http: SocketAddr,
    pub(crate) native: SocketAddr,
}

pub(crate) async fn start(tls: Tls) -> Running {
    start_server(Server::new().tls(tls)).await
}

pub(crate) async fn start_server(server: Server) -> Running {
    let server = server.serve(notes::Notes::default()).serve(rest_notes::Notes::default());
    let bound = server.native("127.0.0.1:0").bind("127.0.0.1:0").await.unwrap();
    let (http, native) = (bound.local_addr().unwrap(), bound.native_addr().unwrap());
    tokio::spawn(bound.run_until(std::future::pending()));
    Running { http, native }
}

impl Running {
    pub(crate) fn rest(&self, tls: ClientTls) -> Channel<Rest> {
        Channel::new(Rest::default().tls(tls), Endpoint::new(&format!("https://{}", self.http)).unwrap())
    }

    /// What a handler hears of its caller's identity, over each wire; or why there was no call.
    async fn identities(&self, tls: ClientTls) -> Vec<Result<String, String>> {
        let (cx, http, native) = (Context::new(), self.http, self.native);
        let add = || notes::AddRequest { text: "identity".into() };
        let to = |uri: String| Endpoint::new(&uri).unwrap();
        let grpc = Channel::new(Grpc::default().tls(tls.clone()), to(format!("https://{http}")));
        let rpc = Channel::new(Rpc::default().tls(tls.clone()), to(format!("rpcs://{native}")));
        let ws: Channel<Ws> = Channel::new(Ws::default().tls(tls.clone()), to(format!("wss://{http}/ws/notes")));
        let text = |note: Result<notes::Note, notes::AddFault>| note.map(|note| note.text).map_err(|fault| why(&fault));
        let rest = Unary::<rest_notes::Add>::call(&self.rest(tls), &cx, rest_add("identity")).await;
        vec![
            rest.map(|note| note.text).map_err(|fault| why(&fault)),
            text(Unary::<notes::Add>::call(&grpc, &cx, add()).await),
            text(Unary::<notes::Add>::call(&rpc, &cx, add()).await),
            text(Unary::<notes::Add>::call(&ws, &cx, add()).await),
        ]
    }
}

pub(crate) fn rest_add(text: &str) -> rest_notes::AddRequest {
    rest_notes::AddRequest { list: "home".into(), text: text.into(), urgent: None, token: IdempotencyKey::random() }
}

/// A fault with all that is below it.
fn why(fault: &impl wireloom::OperationFault) -> String {
    let fault = fault.to_fault();
    let mut text = fault.to_string();
    let mut source = std::error::Error::source(&fault);
    while let Some(below) = source {
        text.push_str(&format!(": {below}"));
        source = below.source();
    }
    text
}

fn tls_of(Files { certificate, key }: &Files) -> Tls {
    Tls::from_files(certificate, key)
}

#[tokio::test]
async fn every_wire_is_secured_and_a_server_must_be_who_it_should() {
    let authority = Authority::new();
    let server = start(tls_of(&authority.server("server"))).await;
    let trusting = ClientTls::new().roots(authority.roots());
    for heard in server.identities(trusting.clone()).await {
        assert_eq!(heard.unwrap(), "nobody", "no certificate was asked for");
    }
    for heard in server.identities(ClientTls::new().roots(Authority::new().roots())).await {
        let why = heard.unwrap_err();
        assert!(why.starts_with("unavailable: ") && why.contains("invalid peer certificate: UnknownIssuer"), "{why}");
    }
    for heard in server.identities(trusting.clone().server_name("elsewhere.example")).await {
        let why = heard.unwrap_err();
        assert!(why.contains("invalid peer certificate: certificate not valid for name"), "{why}");
    }
    for heard in server.identities(trusting.server_name("localhost")).await {
        assert_eq!(heard.unwrap(), "nobody");
    }
}

#[tokio::test]
async fn what_is_not_secured_is_not_answered() {
    let authority = Authority::new();
    let server = start(tls_of(&authority.server("server"))).await;
    let plain = Channel::rest(&format!("http://{}", server.http)).unwrap();
    Unary::<rest_notes::Add>::call(&plain, &Context::new(), rest_add("x")).await.unwrap_err();
    let plain = Channel::rpc(&server.native.to_string()).unwrap();
    Unary::<notes::Add>::call(&plain, &Context::new(), notes::AddRequest { text: "x".into() }).await.unwrap_err();
}

#[tokio::test]
async fn a_client_that_must_show_a_certificate_is_known_by_it() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let tls = tls_of(&authority.server("server")).require_client_certificates(clients.roots());
    let server = start(tls).await;
    let trusting = ClientTls::new().roots(authority.roots());

    let billing = clients.client("billing");
    for heard in server.identities(trusting.clone().certificate(&billing.certificate, &billing.key)).await {
        assert_eq!(heard.unwrap(), "spiffe://shop.example/billing");
    }
    let stranger = Authority::new().client("billing");
    for tls in [trusting.clone(), trusting.certificate(&stranger.certificate, &stranger.key)] {
        for heard in server.identities(tls).await {
            heard.unwrap_err();
        }
    }
}

#[tokio::test]
async fn a_client_that_may_show_a_certificate_need_not() {
    let authority = Authority::new();
    let tls = tls_of(&authority.server("server")).accept_client_certificates(authority.roots());
    let server = start(tls).await;
    let trusting = ClientTls::new().roots(authority.roots());
    for heard in server.identities(trusting.clone()).await {
        assert_eq!(heard.unwrap(), "nobody");
    }
    let billing = authority.client("billing");
    for heard in server.identities(trusting.clone().certificate(&billing.certificate, &billing.key)).await {
        assert_eq!(heard.unwrap(), "spiffe://shop.example/billing");
    }
    // A certificate for servers is none for clients.
    let other = authority.server("other");
    for heard in server.identities(trusting.certificate(&other.certificate, &other.key)).await {
        heard.unwrap_err();
    }
}

#[tokio::test]
async fn calls_of_rest_share_a_connection_of_http2_over_tls() {
    let authority = Authority::new();
    let server = start(tls_of(&authority.server("server"))).await;
    let channel = server.rest(ClientTls::new().roots(authority.roots()));
    let cx = Context::new();
    let first = Unary::<rest_notes::Add>::call(&channel, &cx, rest_add("who")).await.unwrap().text;
    let rest = (0..10).map(|_| Unary::<rest_notes::Add>::call(&channel, &cx, rest_add("who")));
    for note in futures_util::future::join_all(rest).await {
        assert_eq!(note.unwrap().text, first, "another connection");
    }
}

#[tokio::test]
async fn a_server_does_not_start_with_what_is_no_certificate() {
    let authority = Authority::new();
    let (one, other) = (authority.server("one"), authority.server("other"));
    std::fs::write(authority.path("empty.pem"), "").unwrap();
    let whole = std::fs::read(&one.certificate).unwrap();
    std::fs::write(authority.path("long.pem"), [whole, vec![b'\n'; 4 * 1024 * 1024]].concat()).unwrap();
    for (tls, said) in [
        (Tls::from_files(authority.path("none.pem"), &one.key), "none.pem: "),
        (Tls::from_files(authority.path("empty.pem"), &one.key), "empty.pem: no certificate in it"),
        (Tls::from_files(authority.path("long.pem"), &one.key), "long.pem: it has more than 4194304 bytes"),
        (Tls::from_files(&one.certificate, &one.certificate), "one.pem: no private key"),
        (Tls::from_files(&one.certificate, &other.key), "keys may not be consistent"),
        (tls_of(&one).require_client_certificates(authority.path("empty.pem")), "empty.pem: no certificate in it"),
    ] {
        let error = Server::new().tls(tls).bind("127.0.0.1:0").await.unwrap_err();
        assert!(error.to_string().contains(said), "wanted {said}: {error}");
    }
}
