//! Where the example is: what its server listens with, and the ways to it over every wire.

#[cfg(feature = "tls")]
use wireloom::Endpoint;
use wireloom::grpc::Grpc;
use wireloom::mux::JsonFrames;
use wireloom::rest::{Compression, Rest};
use wireloom::rpc::Rpc;
#[cfg(feature = "tls")]
use wireloom::tls::{ClientTls, Tls};
use wireloom::ws::Ws;
use wireloom::{Channel, Cors, InvalidEndpoint, Server};

use crate::Arguments;

/// Has a server do what the command line says.
pub fn furnished(server: Server, said: &Arguments) -> Server {
    let server = registered(server, said).etags().compression(Compression::default()).native(said.native.as_str());
    let server = match said.origin.as_str() {
        "" => server,
        origin => server.cors(Cors::allow([origin])),
    };
    secured(server, said)
}

/// Has a server know the keyed calls of other replicas, where the command line says in which store.
///
/// # Errors
/// When the store is not there.
#[cfg(feature = "nats")]
pub async fn replicated(server: Server, said: &Arguments) -> std::io::Result<Server> {
    use wireloom::idempotency::{NatsStore, NatsStoreOptions};

    match said.idempotency.as_str() {
        "" => Ok(server),
        url => Ok(server.idempotency_store(NatsStore::connect(url, NatsStoreOptions::default()).await?)),
    }
}

/// Has a server know the keyed calls of other replicas: without `nats` it knows its own.
///
/// # Errors
/// None.
#[cfg(not(feature = "nats"))]
pub async fn replicated(server: Server, _: &Arguments) -> std::io::Result<Server> {
    Ok(server)
}

/// Says in a registry where it is, over HTTP and over native RPC.
fn registered(server: Server, said: &Arguments) -> Server {
    let Arguments { http, native, register, .. } = said;
    if register.is_empty() {
        return server;
    }
    let secured = if said.cert.is_empty() { "" } else { "s" };
    server
        .register(register.clone(), format!("http{secured}://{http}"))
        .register(format!("{register}-native"), format!("rpc{secured}://{native}"))
}

#[cfg(feature = "tls")]
fn secured(server: Server, said: &Arguments) -> Server {
    if said.cert.is_empty() {
        return server;
    }
    let tls = Tls::from_files(&said.cert, &said.key);
    server.tls(if said.ca.is_empty() { tls } else { tls.require_client_certificates(&said.ca) })
}

#[cfg(not(feature = "tls"))]
fn secured(server: Server, _: &Arguments) -> Server {
    server
}

/// A channel to the example over a wire, over TLS where authorities are said.
macro_rules! channel {
    ($name:ident, $wire:ty, $plain:path, $scheme:literal, $secured:literal, $at:ident, $path:literal) => {
        #[doc = concat!("The example over the wire `", stringify!($name), "`.")]
        ///
        /// # Errors
        /// When the address is none.
        pub fn $name(said: &Arguments) -> Result<Channel<$wire>, InvalidEndpoint> {
            #[cfg(feature = "tls")]
            if !said.ca.is_empty() {
                let endpoint = Endpoint::new(&format!("{}{}{}", $secured, said.$at, $path))?;
                return Ok(Channel::new(<$wire>::default().tls(client_tls(said)), endpoint));
            }
            // A path stands behind a colon where the address is that of a socket.
            $plain(&match said.$at.starts_with("unix:") {
                true if $path.is_empty() => said.$at.clone(),
                true => format!("{}:{}", said.$at, $path),
                false => format!("{}{}{}", $scheme, said.$at, $path),
            })
        }
    };
}

channel!(rest, Rest, Channel::rest, "http://", "https://", http, "");
channel!(grpc, Grpc, Channel::grpc, "http://", "https://", http, "");
channel!(native, Rpc, Channel::rpc, "rpc://", "rpcs://", native, "");
channel!(ws, Ws, Channel::ws, "ws://", "wss://", http, "/v1/orders/live");
channel!(ws_json, Ws<JsonFrames>, Channel::ws_json, "ws://", "wss://", http, "/v1/orders/live");

#[cfg(feature = "tls")]
fn client_tls(said: &Arguments) -> ClientTls {
    let tls = ClientTls::new().roots(&said.ca);
    if said.cert.is_empty() { tls } else { tls.certificate(&said.cert, &said.key) }
}
