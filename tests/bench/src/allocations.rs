//! What one call allocates: on a single thread, over a warm keep-alive connection, by a counting global allocator.
//!
//! The allocator belongs to the program; its count comes in. The client allocates nothing, so all that is counted is the
//! server's.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;

use wireloom::{Bytes, Channel, Context};

use crate::calls::{self, Addresses, Call};
use crate::cases::Case;
use crate::client;
use crate::generated::bench::{Bench as _, BenchClient, Calls as _, CallsClient, CallsEchoRequest, EchoRequest};
use crate::lean::{Connection, Protocol};
use crate::peers::{Handler, Peer};

/// Calls before the first count: lazy statics, buffers that grow, tables.
const WARM_UP: u64 = 300;

/// Calls of a round.
const CALLS: u64 = 500;

/// Rounds; the least counts, since what is rare (a table grows) is no cost of a call.
const ROUNDS: usize = 4;

/// Allocations of one request to a server.
///
/// # Errors
/// When the server does not answer.
pub fn of_request(peer: Peer, mut case: Case, count: impl Fn() -> usize) -> io::Result<f64> {
    let address = serve_on_a_thread(peer)?;
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut buffer = client::buffer();
    let mut number = 0;
    let mut call = || {
        number += 1;
        client::exchange(&mut stream, case.request(number), &mut buffer).map(drop)
    };
    (0..WARM_UP).try_for_each(|_| call())?;
    least(count, || (0..CALLS).try_for_each(|_| call()))
}

/// Allocations of one echo in process.
///
/// # Errors
/// When the call fails.
pub fn of_local_echo(count: impl Fn() -> usize) -> io::Result<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = BenchClient::local(Handler);
    let cx = Context::new();
    let calls = |times: u64| {
        runtime.block_on(async {
            for _ in 0..times {
                // The text is the one allocation that is the caller's.
                client.echo(&cx, EchoRequest::new("sixteen letters ")).await.map_err(io::Error::other)?;
            }
            Ok(())
        })
    };
    calls(WARM_UP)?;
    least(count, || calls(CALLS))
}

/// Allocations of one ready call in the server: nothing in its handler waits.
///
/// # Errors
/// When the server does not answer.
pub fn of_call<P: Protocol>(call: &Call, count: impl Fn() -> usize) -> io::Result<f64> {
    let addresses = serve_calls_on_a_thread()?;
    let address = P::address(addresses);
    let mut connection = Connection::<P>::open(address, call)?;
    connection.call(WARM_UP, 1)?;
    least(count, || connection.call(CALLS, 1))
}

/// Allocations of one echo over native RPC, of the generated client and the server together.
///
/// # Errors
/// When the call fails.
pub fn of_native_echo(count: impl Fn() -> usize) -> io::Result<f64> {
    let address = serve_calls_on_a_thread()?.native.to_string();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = CallsClient::new(Channel::rpc(&address).map_err(io::Error::other)?);
    let cx = Context::new();
    let calls = |times: u64| {
        runtime.block_on(async {
            for _ in 0..times {
                let payload = Bytes::from_static(&[b'x'; 64]);
                client.echo(&cx, CallsEchoRequest::new(payload)).await.map_err(io::Error::other)?;
            }
            Ok(())
        })
    };
    calls(WARM_UP)?;
    least(count, || calls(CALLS))
}

/// The least count of some rounds, for one call, with one decimal.
fn least(count: impl Fn() -> usize, mut round: impl FnMut() -> io::Result<()>) -> io::Result<f64> {
    let mut least = usize::MAX;
    for _ in 0..ROUNDS {
        let before = count();
        round()?;
        least = least.min(count() - before);
    }
    Ok((least as f64 / CALLS as f64 * 10.0).round() / 10.0)
}

fn serve_calls_on_a_thread() -> io::Result<Addresses> {
    let (tell, addresses) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(calls::serve(|addresses| {
            // Nobody listening has given up; so does this.
            let _ = tell.send(addresses);
        }))
    });
    addresses.recv().map_err(|_| io::Error::other("the server did not start"))
}

fn serve_on_a_thread(peer: Peer) -> io::Result<SocketAddr> {
    let (tell, address) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (address, serve) = peer.listen().await?;
            // Nobody listening has given up; so does this.
            let _ = tell.send(address);
            serve.await;
            io::Result::Ok(())
        })
    });
    address.recv().map_err(|_| io::Error::other("the server did not start"))
}
