//! Callers of the vault over every wire, and what they bring.

use std::sync::Mutex;

use wireloom::auth::{ApiKeyCredentials, Applied, BearerToken, ClientCredentials, Credentials};
use wireloom::{Channel, Context, OperationFacts};
use wireloom_tests::golden::vault::vault::VaultClient;

/// What a caller brings.
pub(crate) enum As {
    Bearer(String),
    Key(String),
    /// A token for each call.
    Each(Vec<String>),
    /// Tokens that it gets for itself.
    Service(ClientCredentials),
}

/// Brings another token with each call.
struct Changing(Mutex<Vec<String>>);

impl Credentials for Changing {
    fn apply<'a>(&'a self, cx: Context, _: &'static OperationFacts) -> Applied<'a> {
        let token = self.0.lock().unwrap().remove(0);
        Applied::Now(cx.with_metadata("authorization", &format!("Bearer {token}")))
    }
}

/// A client that brings that.
pub(crate) fn client<T>(channel: Channel<T>, brings: Option<As>) -> VaultClient<Channel<T>>
where
    T: wireloom::transport::Transport,
{
    VaultClient::new(match brings {
        None => channel,
        Some(As::Bearer(token)) => channel.with_credentials(BearerToken::new(token)),
        Some(As::Key(key)) => channel.with_credentials(ApiKeyCredentials::new(key)),
        Some(As::Each(tokens)) => channel.with_credentials(Changing(Mutex::new(tokens))),
        Some(As::Service(credentials)) => channel.with_credentials(credentials),
    })
}

/// Runs tests over every wire. Each is given a vault that is served, and how a client is made of what it brings.
macro_rules! over_every_wire {
    ($($test:ident)*) => { $(
        mod $test {
            use wireloom::Channel;

            use crate::callers;
            use crate::vault::{self, Served};

            macro_rules! over {
                ($wire:ident, $channel:expr) => {
                    #[tokio::test]
                    async fn $wire() {
                        let served = vault::serve().await;
                        let channel: fn(&Served) -> _ = $channel;
                        super::$test(&served, |brings| callers::client(channel(&served).unwrap(), brings)).await;
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
pub(crate) use over_every_wire;
