//! What is promised of calls on wires of frames holds over TLS as well.

use std::net::SocketAddr;
use std::sync::LazyLock;

use wireloom::mux::JsonFrames;
use wireloom::rpc::Rpc;
use wireloom::tls::{ClientTls, Tls};
use wireloom::ws::Ws;
use wireloom::{Bound, Channel, Endpoint, Server};

use crate::authority::Authority;
use crate::suite::Wire;

/// The texts of an authority and of a certificate by it.
struct Texts {
    roots: String,
    certificate: String,
    key: String,
}

static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    let authority = Authority::new();
    let server = authority.server("server");
    let text = |path| std::fs::read_to_string(path).unwrap();
    Texts { roots: text(authority.roots()), certificate: text(server.certificate), key: text(server.key) }
});

fn server_tls() -> Tls {
    Tls::from_pem(TEXTS.certificate.as_str(), TEXTS.key.as_str())
}

fn client_tls() -> ClientTls {
    ClientTls::new().roots_pem(TEXTS.roots.as_str())
}

struct Native;

impl Wire for Native {
    type Channel = Channel<Rpc>;
    const ADD_BYTES: usize = 4;

    async fn bind(server: Server, address: &str) -> Bound {
        server.tls(server_tls()).native(address).bind_native().await.unwrap()
    }

    fn address(bound: &Bound) -> SocketAddr {
        bound.native_addr().unwrap()
    }

    fn channel(address: SocketAddr) -> Channel<Rpc> {
        let endpoint = Endpoint::new(&format!("rpcs://{address}")).unwrap();
        Channel::new(Rpc::default().tls(client_tls()), endpoint)
    }
}

struct Json;

impl Wire for Json {
    type Channel = Channel<Ws<JsonFrames>>;
    const ADD_BYTES: usize = 11;

    async fn bind(server: Server, address: &str) -> Bound {
        server.tls(server_tls()).bind(address).await.unwrap()
    }

    fn address(bound: &Bound) -> SocketAddr {
        bound.local_addr().unwrap()
    }

    fn channel(address: SocketAddr) -> Channel<Ws<JsonFrames>> {
        let endpoint = Endpoint::new(&format!("wss://{address}/ws/notes")).unwrap();
        Channel::new(Ws::default().tls(client_tls()), endpoint)
    }
}

mod native {
    crate::suite::keeps_every_promise!(super::Native);
}

mod json {
    crate::suite::keeps_every_promise!(super::Json);
}
