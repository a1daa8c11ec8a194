//! tonic over what tonic-prost-build generates, with nothing around the handlers: protobuf's types come in and go out.

use std::net::SocketAddr;

use bytes::Bytes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};

use super::proto::bench::v1::calls_client::CallsClient;
use super::proto::bench::v1::calls_server::{Calls, CallsServer};
use super::proto::bench::v1::{CallsEchoRequest, CallsOrderRequest, Payload};
use super::proto::shop::orders::v1::Order;

struct Answers;

#[tonic::async_trait]
impl Calls for Answers {
    async fn echo(&self, request: Request<CallsEchoRequest>) -> Result<Response<Payload>, Status> {
        Ok(Response::new(Payload { payload: request.into_inner().payload }))
    }

    async fn order(&self, request: Request<CallsOrderRequest>) -> Result<Response<Order>, Status> {
        let draft = request.into_inner().draft.ok_or_else(|| Status::invalid_argument("draft: missing"))?;
        Ok(Response::new(Order {
            id: Some("00000000-0000-0000-0000-000000000000".to_owned()),
            customer: draft.customer,
            lines: draft.lines,
            total: draft.total,
            payment: draft.payment,
            status: draft.status,
            note: draft.note,
            tags: draft.tags,
            placed_at: Some(prost_types::Timestamp::default()),
        }))
    }
}

pub async fn serve(listening: impl FnOnce(SocketAddr)) {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap().with_nodelay(Some(true));
    listening(incoming.local_addr().unwrap());
    Server::builder().add_service(CallsServer::new(Answers)).serve_with_incoming(incoming).await.unwrap();
}

#[derive(Clone)]
pub struct Client(CallsClient<Channel>);

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap().tcp_nodelay(true);
        Client(CallsClient::new(endpoint.connect().await.unwrap()))
    }

    pub async fn echo(&mut self, payload: Bytes) -> Bytes {
        self.0.echo(CallsEchoRequest { payload }).await.unwrap().into_inner().payload
    }
}
