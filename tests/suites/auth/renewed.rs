//! A token that a server does not take is dropped, and the call tried once more with a new one, on every wire.

use std::time::Duration;

use tokio::time::Instant;
use wireloom::{Channel, Code, Context, IdempotencyKey, Inbound, OperationFault};
use wireloom_tests::golden::vault::vault::*;

use crate::callers::{As, over_every_wire};
use crate::giver::Giver;
use crate::tokens;
use crate::vault::{self, Served};

/// What has become of a token is known to its issuer, not to who has it: one that was revoked, or for whose key there is no room any more.
fn stale() -> String {
    tokens::token("billing", "vault:read vault:write", -60)
}

fn good() -> String {
    tokens::token("billing", "vault:read vault:write", 300)
}

fn by(giver: &Giver) -> Option<As> {
    Some(As::Service(giver.credentials()))
}

over_every_wire! {
    a_call_is_tried_once_more_with_a_new_token
    many_calls_at_once_ask_for_one_new_token
    a_call_is_tried_once_more_and_not_for_ever
}

async fn a_call_is_tried_once_more_with_a_new_token<C: Vault>(_: &Served, client: impl Fn(Option<As>) -> C) {
    use futures_util::StreamExt as _;
    let cx = Context::new();
    // Whatever the operation's effect: nothing was done.
    let giver = Giver::of(vec![stale(), good()]).await;
    let write = WriteRequest::new(Secret::new("a", "b"), IdempotencyKey::random());
    assert_eq!(client(by(&giver)).write(&cx, write).await.unwrap(), 1);
    assert_eq!(giver.asked(), 2);

    let giver = Giver::of(vec![stale(), good()]).await;
    let mut opened = Box::pin(client(by(&giver)).watch(&cx, WatchRequest::new()).await.unwrap());
    assert_eq!(opened.next().await.unwrap().unwrap(), Secret::new("a", "b"));
}

async fn many_calls_at_once_ask_for_one_new_token<C: Vault>(_: &Served, client: impl Fn(Option<As>) -> C) {
    let giver = Giver::of(vec![stale(), good()]).await;
    let (client, cx) = (client(by(&giver)), Context::new());
    let all = futures_util::future::join_all((0..20).map(|_| client.whoami(&cx, WhoamiRequest::new()))).await;
    assert!(all.into_iter().all(|caller| caller.unwrap().subject == "billing"));
    assert_eq!(giver.asked(), 2);
}

async fn a_call_is_tried_once_more_and_not_for_ever<C: Vault>(_: &Served, client: impl Fn(Option<As>) -> C) {
    let giver = Giver::of(vec![stale()]).await;
    let (client, cx) = (client(by(&giver)), Context::new());
    for _ in 0..5 {
        let fault = client.whoami(&cx, WhoamiRequest::new()).await.unwrap_err().to_fault();
        assert_eq!(fault.code(), Code::Unauthenticated);
    }
    assert_eq!(giver.asked(), 2, "where no token is taken, new ones are of no use");
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
    let (served, hanging) = (vault::serve().await, Giver::hanging().await);
    let channel = Channel::rest(&format!("http://{}", served.http)).unwrap();
    let client = VaultClient::new(channel.with_credentials(hanging.credentials()));
    let calls = (0..50).map(async |_| {
        let (cx, began) = (Context::new().with_deadline_in(Duration::from_millis(300)), Instant::now());
        let fault = client.whoami(&cx, WhoamiRequest::new()).await.unwrap_err().to_fault();
        (fault.code(), began.elapsed() < Duration::from_secs(3))
    });
    for ended in futures_util::future::join_all(calls).await {
        assert_eq!(ended, (Code::DeadlineExceeded, true));
    }
}
