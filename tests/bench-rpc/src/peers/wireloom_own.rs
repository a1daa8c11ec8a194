//! The generated client over both wires.

use std::net::SocketAddr;

use bytes::Bytes;
use wireloom::{Channel, Context};
use wireloom_bench::generated::bench::{Calls, CallsClient, CallsEchoRequest};

pub type Native = Client<CallsClient<Channel<wireloom::rpc::Rpc>>>;
pub type Grpc = Client<CallsClient<Channel<wireloom::grpc::Grpc>>>;

pub fn native(address: SocketAddr) -> Native {
    Client { client: CallsClient::new(Channel::rpc(&address.to_string()).unwrap()), cx: Context::new() }
}

pub fn grpc(address: SocketAddr) -> Grpc {
    let channel = Channel::grpc(&format!("http://{address}")).unwrap();
    Client { client: CallsClient::new(channel), cx: Context::new() }
}

#[derive(Clone)]
pub struct Client<C> {
    client: C,
    cx: Context,
}

impl<C: Calls> Client<C> {
    pub async fn echo(&self, payload: Bytes) -> Bytes {
        self.client.echo(&self.cx, CallsEchoRequest::new(payload)).await.unwrap().payload
    }
}
