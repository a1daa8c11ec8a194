//! Native RPC end to end over real sockets, with a service written as the generator would write it; hostile peers; and
//! the multiplexer alone, over a pipe that cuts bytes where it likes.

mod notes;
#[path = "framed/suite.rs"]
mod suite;

#[path = "rpc/hostile.rs"]
mod hostile;

#[path = "rpc/machine.rs"]
mod machine;

#[path = "rpc/page.rs"]
mod page;

use std::net::SocketAddr;

use suite::{Wire, keeps_every_promise};
use wireloom::rpc::Rpc;
use wireloom::{Bound, Channel, Server};

/// Native RPC.
struct Native;

impl Wire for Native {
    type Channel = Channel<Rpc>;
    // The text's number and its length, which takes three bytes where it matters.
    const ADD_BYTES: usize = 4;

    async fn bind(server: Server, address: &str) -> Bound {
        server.native(address).bind_native().await.unwrap()
    }

    fn address(bound: &Bound) -> SocketAddr {
        bound.native_addr().unwrap()
    }

    fn channel(address: SocketAddr) -> Channel<Rpc> {
        Channel::rpc(&address.to_string()).unwrap()
    }
}

keeps_every_promise!(Native);

#[cfg(feature = "http")]
#[tokio::test]
async fn all_ports_drain_together() {
    use std::time::Duration;

    use notes::Notes;
    use suite::add;

    let bound = Server::new().serve(Notes::default()).native("127.0.0.1:0").bind("127.0.0.1:0").await.unwrap();
    let channel = Channel::rpc(&bound.native_addr().unwrap().to_string()).unwrap();
    let http = tokio::net::TcpStream::connect(bound.local_addr().unwrap()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ended = tokio::spawn(bound.run_until(async { drop(stopped.await) }));
    let call = tokio::spawn(async move { add(&channel, "slow").await });
    tokio::time::sleep(Duration::from_millis(60)).await;
    drop(stop);
    call.await.unwrap().expect("a call in flight ends well");
    tokio::time::timeout(Duration::from_secs(5), ended).await.expect("both ports end").unwrap();
    drop(http);
}
