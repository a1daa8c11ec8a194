//! Peers that begin a handshake and do not end it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wireloom::tls::{ClientTls, Tls};
use wireloom::{Context, Limits, Server, Unary};

use crate::authority::Authority;
use crate::calls::{Running, rest_add, start_server};
use crate::rest_notes;

async fn start(authority: &Authority, limits: Limits) -> Running {
    let files = authority.server("server");
    start_server(Server::new().limits(limits).tls(Tls::from_files(files.certificate, files.key))).await
}

/// The head of a `ClientHello` that is said to be longer than what comes.
const HALF_A_HELLO: &[u8] = &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];

#[tokio::test]
async fn slow_handshakes_hold_nobody_up() {
    let authority = Authority::new();
    let server = start(&authority, Limits::default()).await;
    let mut slow = Vec::new();
    for _ in 0..100 {
        for address in [server.http, server.native] {
            let mut socket = TcpStream::connect(address).await.unwrap();
            socket.write_all(HALF_A_HELLO).await.unwrap();
            slow.push(socket);
        }
    }
    let channel = server.rest(ClientTls::new().roots(authority.roots()));
    let cx = Context::new().with_deadline_in(Duration::from_secs(2));
    Unary::<rest_notes::Add>::call(&channel, &cx, rest_add("x")).await.unwrap();
}

#[tokio::test]
async fn a_handshake_counts_as_a_connection_and_ends_in_time() {
    let authority = Authority::new();
    let limits = Limits { header_time_max: Duration::from_millis(300), connections_max: 1, ..Limits::default() };
    let server = start(&authority, limits).await;
    for address in [server.http, server.native] {
        for said in [&b""[..], HALF_A_HELLO, b"GET / HTTP/1.1\r\n\r\n"] {
            let mut silent = TcpStream::connect(address).await.unwrap();
            silent.write_all(said).await.unwrap();
            let closed = async { while silent.read_u8().await.is_ok() {} };
            tokio::time::timeout(Duration::from_secs(2), closed)
                .await
                .unwrap_or_else(|_| panic!("{said:?} keeps its place"));
        }
    }
    // Both are at once in the one place that there is.
    let mut waiting = TcpStream::connect(server.http).await.unwrap();
    waiting.write_all(HALF_A_HELLO).await.unwrap();
    let channel = server.rest(ClientTls::new().roots(authority.roots()));
    let since = tokio::time::Instant::now();
    Unary::<rest_notes::Add>::call(&channel, &Context::new(), rest_add("x")).await.unwrap();
    assert!(since.elapsed() >= Duration::from_millis(200), "the place was taken");
}

#[tokio::test]
async fn the_handshake_and_the_first_request_share_their_time() {
    let authority = Authority::new();
    let limits = Limits { header_time_max: Duration::from_millis(400), ..Limits::default() };
    let server = start(&authority, limits).await;
    let since = tokio::time::Instant::now();
    let mut silent = tls_stream(&authority, &server).await;
    silent.write_all(b"PRI * H").await.unwrap();
    let closed = async { while silent.read_u8().await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(2), closed).await.expect("it loses its place");
    assert!(since.elapsed() < Duration::from_millis(800));
}

/// A connection that is secured, as another's client makes it.
async fn tls_stream(authority: &Authority, server: &Running) -> tokio_rustls::client::TlsStream<TcpStream> {
    use rustls::pki_types::pem::PemObject as _;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls::pki_types::CertificateDer::from_pem_file(authority.roots()).unwrap()).unwrap();
    let provider = rustls::crypto::ring::default_provider().into();
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let socket = TcpStream::connect(server.http).await.unwrap();
    let name = "localhost".try_into().unwrap();
    tokio_rustls::TlsConnector::from(std::sync::Arc::new(config)).connect(name, socket).await.unwrap()
}
