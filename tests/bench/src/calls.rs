//! The calls of RPC, and the generated service that answers them over gRPC and native RPC.

use std::io;
use std::net::SocketAddr;

use wireloom::{Bytes, Context, Server, wire};

use crate::cases;
use crate::generated::bench::{
    Calls, CallsEchoFault, CallsEchoRequest, CallsOrderFault, CallsOrderRequest, CallsServer, Payload,
};
use crate::generated::shop::orders::Order;
use crate::peers::order_of;

/// A call as bytes: its input, and the answer that there should be.
#[derive(Clone, Debug)]
pub struct Call {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Its number on native RPC.
    pub number: u16,
    /// Its path on gRPC.
    pub path: &'static str,
    /// The input in protobuf.
    pub input: Vec<u8>,
    /// The answer in protobuf.
    pub answer: Vec<u8>,
}

impl Call {
    /// 64 bytes and back.
    pub fn echo() -> Call {
        let payload = Bytes::from_static(&[b'x'; 64]);
        let input = wire::encode_to_vec(&CallsEchoRequest::new(payload.clone()));
        let answer = wire::encode_to_vec(&Payload { payload });
        Call { name: "echo", number: 0, path: "/bench.v1.Calls/echo", input, answer }
    }

    /// The order that REST is measured with.
    pub fn order() -> Call {
        let input = CallsOrderRequest::new(cases::order_draft());
        let (input, answer) = (wire::encode_to_vec(&input), wire::encode_to_vec(&order_of(input.draft)));
        Call { name: "order", number: 1, path: "/bench.v1.Calls/order", input, answer }
    }

    /// All of them.
    pub fn all() -> [Call; 2] {
        [Call::echo(), Call::order()]
    }
}

/// The service: nothing but the answers.
#[derive(Debug)]
pub struct Answers;

impl Calls for Answers {
    async fn echo(&self, _: &Context, input: CallsEchoRequest) -> Result<Payload, CallsEchoFault> {
        Ok(Payload { payload: input.payload })
    }

    async fn order(&self, _: &Context, input: CallsOrderRequest) -> Result<Order, CallsOrderFault> {
        Ok(order_of(input.draft))
    }
}

/// Where the service listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// gRPC.
    pub grpc: SocketAddr,
    /// Native RPC.
    pub native: SocketAddr,
}

/// Serves both wires on this thread while it is polled, once `listening` has been told where.
///
/// # Errors
/// When there is no port to be had.
pub async fn serve(listening: impl FnOnce(Addresses)) -> io::Result<()> {
    let server = Server::new().serve(CallsServer::new(Answers)).native("127.0.0.1:0");
    let bound = server.bind("127.0.0.1:0").await?;
    listening(Addresses { grpc: bound.local_addr()?, native: bound.native_addr()? });
    bound.run_until(std::future::pending()).await;
    Ok(())
}
