//! A token that a server does not take is dropped, and the call tried once more with a new one, on every wire.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use wireloom::auth::ClientCredentials;
use wireloom::{Channel, Code, Context, IdempotencyKey, Inbound, OperationFault};
use wireloom_tests::golden::vault::vault::*;

use crate::tokens;
use crate::vault::{self, Served};

/// An authorization server that gives one token after the other, the last one for ever.
struct Giver {
    address: SocketAddr,
    given: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Drop for Giver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Giver {
    async fn of(tokens: Vec<String>) -> Giver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, given) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
        let count = Arc::clone(&given);
        let serving = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                // A short form comes in one piece.
                let _ = stream.read(&mut [0; 4096]).await;
                let token = &tokens[count.fetch_add(1, Ordering::SeqCst).min(tokens.len() - 1)];
                let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":300}}"#);
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Giver { address, given, serving }
    }

    fn credentials(&self) -> ClientCredentials {
        ClientCredentials::new(&format!("http://{}/token", self.address), "billing", "its secret").unwrap()
    }

    fn given(&self) -> usize {
        self.given.load(Ordering::SeqCst)
    }
}

/// What has become of a token is known to its issuer, not to who has it: one that was revoked, or for whose key there is no room any more.
fn stale() -> String {
    tokens::token("billing", "vault:read vault:write", -60)
}

fn good() -> String {
    tokens::token("billing", "vault:read vault:write", 300)
}

macro_rules! over_every_wire {
    ($($test:ident)*) => { $(
        mod $test {
            use super::*;

            macro_rules! over {
                ($wire:ident, $channel:expr) => {
                    #[tokio::test]
                    async fn $wire() {
                        let served = vault::serve().await;
                        let channel: fn(&Served) -> _ = $channel;
                        let channel = channel(&served).unwrap();
                        super::$test(|giver| VaultClient::new(channel.clone().with_credentials(giver.credentials()))).await;
                    }
                };
            }

            over!(rest, |served| Channel::rest(&format!("http://{}", served.http)));
            over!(grpc, |served| Channel::grpc(&format!("http://{}", served.http)));
            over!(rpc, |served| Channel::rpc(&served.native.to_string()));
            over!(ws, |served| Channel::ws(&format!("ws://{}/ws/vault", served.http)));
            over!(ws_json, |served| Channel::ws_json(&format!("ws://{}/ws/vault", served.http)));
        }
    )* };
}

over_every_wire! {
    a_call_is_tried_once_more_with_a_new_token
    many_calls_at_once_ask_for_one_new_token
    a_call_is_tried_once_more_and_not_for_ever
}

async fn a_call_is_tried_once_more_with_a_new_token<C: Vault>(client: impl Fn(&Giver) -> C) {
    use futures_util::StreamExt as _;
    let cx = Context::new();
    // Whatever the operation's effect: nothing was done.
    let giver = Giver::of(vec![stale(), good()]).await;
    let write = WriteRequest::new(Secret::new("a", "b"), IdempotencyKey::random());
    assert_eq!(client(&giver).write(&cx, write).await.unwrap(), 1);
    assert_eq!(giver.given(), 2);

    let giver = Giver::of(vec![stale(), good()]).await;
    let mut opened = Box::pin(client(&giver).watch(&cx, WatchRequest::new()).await.unwrap());
    assert_eq!(opened.next().await.unwrap().unwrap(), Secret::new("a", "b"));
}

async fn many_calls_at_once_ask_for_one_new_token<C: Vault>(client: impl Fn(&Giver) -> C) {
    let giver = Giver::of(vec![stale(), good()]).await;
    let (client, cx) = (client(&giver), Context::new());
    let all = futures_util::future::join_all((0..20).map(|_| client.whoami(&cx, WhoamiRequest::new()))).await;
    assert!(all.into_iter().all(|caller| caller.unwrap().subject == "billing"));
    assert_eq!(giver.given(), 2);
}

async fn a_call_is_tried_once_more_and_not_for_ever<C: Vault>(client: impl Fn(&Giver) -> C) {
    let giver = Giver::of(vec![stale()]).await;
    let (client, cx) = (client(&giver), Context::new());
    for _ in 0..5 {
        let fault = client.whoami(&cx, WhoamiRequest::new()).await.unwrap_err().to_fault();
        assert_eq!(fault.code(), Code::Unauthenticated);
    }
    assert_eq!(giver.given(), 2, "where no token is taken, new ones are of no use");
}

/// Its items may be gone; the next one has a token that is taken.
#[tokio::test]
async fn a_stream_in_is_sent_once() {
    let (served, giver) = (vault::serve().await, Giver::of(vec![stale(), good()]).await);
    let channel = Channel::rpc(&served.native.to_string()).unwrap();
    let (client, cx) = (VaultClient::new(channel.with_credentials(giver.credentials())), Context::new());
    let secrets = || Inbound::new(futures_util::stream::iter([Ok(Secret::new("a", "b"))]));
    assert_eq!(client.upload(&cx, secrets()).await.unwrap_err().to_fault().code(), Code::Unauthenticated);
    assert_eq!(client.upload(&cx, secrets()).await.unwrap(), 1);
}

/// However long an authorization server hangs, a call has its own deadline.
#[tokio::test]
async fn a_call_waits_for_its_token_within_its_deadline() {
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", hanging.local_addr().unwrap());
    let served = vault::serve().await;
    let channel = Channel::rest(&format!("http://{}", served.http)).unwrap();
    let client = VaultClient::new(channel.with_credentials(ClientCredentials::new(&url, "billing", "x").unwrap()));
    let calls = (0..50).map(async |_| {
        let (cx, began) = (Context::new().with_deadline_in(Duration::from_millis(300)), Instant::now());
        let fault = client.whoami(&cx, WhoamiRequest::new()).await.unwrap_err().to_fault();
        (fault.code(), began.elapsed() < Duration::from_secs(3))
    });
    for ended in futures_util::future::join_all(calls).await {
        assert_eq!(ended, (Code::DeadlineExceeded, true));
    }
}
