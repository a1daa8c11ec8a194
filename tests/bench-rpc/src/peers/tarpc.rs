//! Echo on tarpc, as in its own example: bincode over TCP, a task for each call.

use std::net::SocketAddr;

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
struct Answers;

impl Echo for Answers {
    async fn echo(self, _: context::Context, payload: Bytes) -> Bytes {
        payload
    }
}

pub async fn serve(listening: impl FnOnce(SocketAddr)) {
    let mut incoming = serde_transport::tcp::listen("127.0.0.1:0", Bincode::default).await.unwrap();
    listening(incoming.local_addr());
    while let Some(Ok(transport)) = incoming.next().await {
        transport.get_ref().set_nodelay(true).unwrap();
        let requests = BaseChannel::with_defaults(transport).execute(Answers.serve());
        tokio::spawn(requests.for_each(|answer| async {
            tokio::spawn(answer);
        }));
    }
}

#[derive(Clone)]
pub struct Client(EchoClient);

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        let transport = serde_transport::tcp::connect(address, Bincode::default).await.unwrap();
        transport.get_ref().set_nodelay(true).unwrap();
        Client(EchoClient::new(client::Config::default(), transport).spawn())
    }

    pub async fn echo(&self, payload: Bytes) -> Bytes {
        self.0.echo(context::current(), payload).await.unwrap()
    }
}
