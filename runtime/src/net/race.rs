//! Connecting to a name that has several addresses (RFC 8305): the next one is tried when one fails, or takes too long, and the
//! first that answers has won.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;

/// How long an address has before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// A connection to whichever of a host's addresses answers first.
///
/// # Errors
/// When the host is not known, or the last of its addresses does not answer.
pub(super) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let addresses = alternating(tokio::net::lookup_host((host, port)).await?);
    first(addresses, TcpStream::connect).await
}

/// What the first of them gives that does not fail; the next one starts when one fails or its head start is over.
async fn first<T, C>(addresses: Vec<SocketAddr>, connect: impl Fn(SocketAddr) -> C) -> io::Result<T>
where
    C: Future<Output = io::Result<T>>,
{
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let (mut left, mut running) = (addresses.into_iter(), FuturesUnordered::new());
    loop {
        let more = left.len() > 0;
        tokio::select! {
            biased;
            Some(connected) = running.next() => match connected {
                Ok(connected) => return Ok(connected),
                Err(error) => last = error,
            },
            () = tokio::time::sleep(HEAD_START), if more && !running.is_empty() => {}
            else => {}
        }
        match left.next() {
            Some(address) => running.push(connect(address)),
            None if running.is_empty() => return Err(last),
            None => {}
        }
    }
}

/// The addresses in turns of their families, as one of them may lead nowhere.
fn alternating(addresses: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let addresses: Vec<_> = addresses.collect();
    let Some(first) = addresses.first().map(SocketAddr::is_ipv4) else { return addresses };
    let (same, other): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv4() == first);
    let (mut same, mut other) = (same.into_iter(), other.into_iter());
    let mut turns = Vec::new();
    loop {
        let before = turns.len();
        turns.extend(same.next());
        turns.extend(other.next());
        if turns.len() == before {
            return turns;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn families_take_turns() {
        let all = ["[::1]:1", "[::2]:1", "[::3]:1", "127.0.0.1:1"].map(address);
        let turns = alternating(all.into_iter());
        assert_eq!(turns, ["[::1]:1", "127.0.0.1:1", "[::2]:1", "[::3]:1"].map(address));
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_does_not_answer_holds_nobody() {
        let all = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"].map(address);
        let answers = |address: SocketAddr| async move {
            match address.port() {
                1 => std::future::pending().await,
                2 => Err(io::ErrorKind::ConnectionRefused.into()),
                port => Ok(port),
            }
        };
        let since = tokio::time::Instant::now();
        assert_eq!(first(all.to_vec(), answers).await.unwrap(), 3);
        assert_eq!(since.elapsed(), HEAD_START);
        let fails = |_| async { Err::<(), _>(io::ErrorKind::ConnectionRefused.into()) };
        assert_eq!(first(all.to_vec(), fails).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(first(Vec::new(), fails).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
