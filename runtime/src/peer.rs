//! Who is at the other end of a connection.

use std::net::SocketAddr;
use std::sync::Arc;

/// What a connection tells of its peer; of a call that came in, of its caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer {
    /// Where it is; none where it came in over a Unix socket.
    pub(crate) address: Option<SocketAddr>,
    /// Who it has proved to be.
    pub(crate) identity: Option<Arc<PeerIdentity>>,
}

impl Peer {
    /// Whether anything is known of it.
    pub(crate) fn is_known(&self) -> bool {
        self.address.is_some() || self.identity.is_some()
    }
}

/// Who a caller has proved to be: the names in its certificate, which was verified when the connection began.
///
/// Its `Debug` shows the names.
#[derive(Clone, PartialEq, Eq)]
pub struct PeerIdentity {
    pub(crate) uris: Vec<String>,
    pub(crate) dns_names: Vec<String>,
    pub(crate) subject: String,
    pub(crate) certificate: Vec<u8>,
}

impl PeerIdentity {
    /// The URIs among its alternative names: `spiffe://shop.example/orders`.
    pub fn uris(&self) -> &[String] {
        &self.uris
    }

    /// The DNS names among its alternative names: `orders.shop.example`.
    pub fn dns_names(&self) -> &[String] {
        &self.dns_names
    }

    /// Its subject, as RFC 4514 writes it: `CN=orders,O=Shop`. Empty where it has none. Which authority said so it does not
    /// tell: whoever decides by it should trust one authority alone, or better decide by a URI.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The certificate itself, in DER: what a token that is bound to one (RFC 8705) is compared with.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }
}

impl std::fmt::Debug for PeerIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeerIdentity")
            .field("uris", &self.uris)
            .field("dns_names", &self.dns_names)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
