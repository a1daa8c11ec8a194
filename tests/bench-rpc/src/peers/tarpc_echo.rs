//! Echo on tarpc, as in its own example: bincode over TCP.

use bytes::Bytes;
use futures_util::StreamExt as _;
use tarpc::server::{BaseChannel, Channel as _};
use tarpc::tokio_serde::formats::Bincode;
use tarpc::{client, context, serde_transport};

#[tarpc::service]
trait Echo {
    async fn echo(payload: Bytes) -> Bytes;
}

#[derive(Clone)]
struct EchoServer;

impl Echo for EchoServer {
    async fn echo(self, _: context::Context, payload: Bytes) -> Bytes {
        payload
    }
}

pub async fn serve() {
    let mut incoming = serde_transport::tcp::listen("127.0.0.1:0", Bincode::default).await.unwrap();
    println!("{}", incoming.local_addr().port());
    while let Some(Ok(transport)) = incoming.next().await {
        transport.get_ref().set_nodelay(true).unwrap();
        let requests = BaseChannel::with_defaults(transport).execute(EchoServer.serve());
        tokio::spawn(requests.for_each(|answer| async {
            tokio::spawn(answer);
        }));
    }
}

#[derive(Clone)]
pub struct Client {
    client: EchoClient,
}

impl Client {
    pub async fn connect(port: u16) -> Client {
        let transport = serde_transport::tcp::connect(("127.0.0.1", port), Bincode::default).await.unwrap();
        transport.get_ref().set_nodelay(true).unwrap();
        Client { client: EchoClient::new(client::Config::default(), transport).spawn() }
    }

    pub async fn echo(&self, payload: Bytes) -> Bytes {
        self.client.echo(context::current(), payload).await.unwrap()
    }
}
