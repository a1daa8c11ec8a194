//! Echo on native RPC, as the generator would write it. The default admission is on; so are validation and the deadline.

use std::time::Duration;

use bytes::Bytes;
use wireloom::rpc::Rpc;
use wireloom::{
    Channel, Context, Effect, Fault, Mount, Operation, OperationFacts, Served, Server, ServiceFacts, Shape, Unary,
};

struct Echo;

impl Operation for Echo {
    type Input = Bytes;
    type Output = Bytes;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &OperationFacts {
        package: "bench",
        service: "Echo",
        name: "echo",
        shape: Shape::Unary,
        effect: Effect::Safe,
        deadline: Duration::from_secs(30),
    };
}

struct EchoServer;

impl Unary<Echo> for EchoServer {
    async fn call(&self, _: &Context, input: Bytes) -> Result<Bytes, Fault> {
        Ok(input)
    }
}

impl Served for EchoServer {
    const FACTS: &'static ServiceFacts = &ServiceFacts { package: "bench", name: "Echo", operations: &[Echo::FACTS] };

    fn mount(mount: &mut Mount<EchoServer>) {
        mount.rpc().unary::<Echo>();
    }
}

pub async fn serve() {
    let bound = Server::new().serve(EchoServer).native("127.0.0.1:0").bind_native().await.unwrap();
    println!("{}", bound.native_addr().unwrap().port());
    bound.run().await.unwrap();
}

#[derive(Clone)]
pub struct Client {
    channel: Channel<Rpc>,
    cx: Context,
}

impl Client {
    pub fn connect(port: u16) -> Client {
        Client { channel: Channel::rpc(&format!("127.0.0.1:{port}")).unwrap(), cx: Context::new() }
    }

    pub async fn echo(&self, payload: Bytes) -> Bytes {
        Unary::<Echo>::call(&self.channel, &self.cx, payload).await.unwrap()
    }
}
