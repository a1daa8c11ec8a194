//! Tokens of a service for itself: client credentials (RFC 6749, 4.4).

use std::sync::Arc;

use super::acquired::{Acquired, TokenEndpoint, Waiting};
use super::client::Client;
use super::tokens::takes_tokens;
use super::{Applied, ClientKey, Credentials, InvalidKeys};
use crate::context::Context;
use crate::facts::OperationFacts;

/// Brings tokens that a service gets for itself from an authorization server. One is used for many calls, and a new one asked for
/// once four fifths of its life are over, while calls still use it. One that a server does not take is dropped, and the call tried
/// once more with a new one. Cheap to clone; clones share the token.
///
/// A call waits for its first token within its own deadline, and for 5 seconds at most; ten thousand may wait. Where the server does not
/// answer in that time, or more would wait, the call fails with `unavailable`, for a second without the server being asked again.
///
/// ```
/// use wireloom::Channel;
/// use wireloom::auth::ClientCredentials;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let credentials = ClientCredentials::new("https://id.shop.example/token", "billing", "its secret")?
///     .audience("orders")
///     .scopes(["orders:read"]);
/// # #[cfg(feature = "rest")]
/// let channel = Channel::rest("http://127.0.0.1:8080")?.with_credentials(credentials);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientCredentials {
    endpoint: Arc<TokenEndpoint>,
    token: Arc<Acquired>,
    waiting: Arc<Waiting>,
}

impl ClientCredentials {
    /// Asks for tokens at that URL, as a client with a secret.
    ///
    /// # Errors
    /// When the URL is none of `https://`, which only this machine may go without.
    pub fn new(url: &str, id: &str, secret: &str) -> Result<ClientCredentials, InvalidKeys> {
        ClientCredentials::new_as(url, Client::new(id, secret))
    }

    /// Asks for tokens at that URL, as a client that the server knows by a key.
    ///
    /// # Errors
    /// When the URL is none of `https://`, which only this machine may go without.
    pub fn with_key(url: &str, id: &str, key: ClientKey) -> Result<ClientCredentials, InvalidKeys> {
        ClientCredentials::new_as(url, Client::of_key(id, key))
    }

    fn new_as(url: &str, client: Client) -> Result<ClientCredentials, InvalidKeys> {
        Ok(ClientCredentials::of(TokenEndpoint::new(url, client, "client_credentials")?))
    }

    /// For whom its tokens are, by name.
    #[must_use]
    pub fn audience(self, name: &str) -> ClientCredentials {
        ClientCredentials::of(self.endpoint.with("audience", name))
    }

    /// For whom its tokens are, as a URI (RFC 8707).
    #[must_use]
    pub fn resource(self, uri: &str) -> ClientCredentials {
        ClientCredentials::of(self.endpoint.with("resource", uri))
    }

    /// What they are to let it do.
    #[must_use]
    pub fn scopes<'s>(self, scopes: impl IntoIterator<Item = &'s str>) -> ClientCredentials {
        ClientCredentials::of(self.endpoint.with_scopes(scopes))
    }

    /// Has its tokens bound to a key that nobody else has: each request over REST and gRPC proves to have it (DPoP, RFC 9449), so a token that is
    /// stolen on its way opens nothing. The key lives as long as this does.
    #[must_use]
    pub fn dpop(self) -> ClientCredentials {
        ClientCredentials::of(self.endpoint.with_key())
    }

    /// The same, to a server that is called at that URL, whatever the endpoint that a channel knows it by: behind a proxy that changes the host, or
    /// found by its addresses. It is what the server was told of itself ([`Dpop::at`](super::Dpop::at)); the paths of requests are added to it.
    ///
    /// ```
    /// use wireloom::auth::ClientCredentials;
    ///
    /// # fn main() -> Result<(), wireloom::auth::InvalidKeys> {
    /// let credentials = ClientCredentials::new("https://id.shop.example/token", "billing", "its secret")?
    ///     .dpop_at("https://orders.shop.example")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is none of `https://` or `http://`.
    pub fn dpop_at(self, url: &str) -> Result<ClientCredentials, InvalidKeys> {
        Ok(ClientCredentials::of(self.endpoint.with_key().with_public(url)?))
    }

    /// One that has no token yet.
    fn of(endpoint: TokenEndpoint) -> ClientCredentials {
        ClientCredentials { endpoint: Arc::new(endpoint), token: Arc::default(), waiting: Arc::default() }
    }
}

impl Credentials for ClientCredentials {
    fn apply<'a>(&'a self, cx: Context, op: &'static OperationFacts) -> Applied<'a> {
        if !takes_tokens(op) {
            return Applied::Now(cx);
        }
        let brought = self.token.bring(cx, &self.waiting, || {
            let endpoint = Arc::clone(&self.endpoint);
            async move { endpoint.ask(&[]).await }
        });
        match brought {
            Applied::Now(cx) => Applied::Now(self.endpoint.proving(cx)),
            Applied::Later(cx) => Applied::Later(Box::pin(async { Ok(self.endpoint.proving(cx.await?)) })),
        }
    }

    fn refused(&self, cx: &Context) -> bool {
        cx.outgoing().get("authorization").is_some_and(|brought| self.token.refused(brought))
    }
}

impl std::fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCredentials").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
