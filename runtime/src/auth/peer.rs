//! The peer of a connection, as its certificate names it.

/// The names in a certificate that the peer of a connection has shown and that was verified: its subject alternative names.
///
/// ```
/// use wireloom::auth::PeerIdentity;
///
/// let billing = PeerIdentity::new(["spiffe://shop.example/billing"], ["billing.shop.example"]);
/// assert_eq!(billing.uris(), ["spiffe://shop.example/billing"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerIdentity {
    uris: Vec<String>,
    dns_names: Vec<String>,
}

impl PeerIdentity {
    /// A peer with these names.
    pub fn new<U: Into<String>, D: Into<String>>(
        uris: impl IntoIterator<Item = U>,
        dns_names: impl IntoIterator<Item = D>,
    ) -> PeerIdentity {
        let uris = uris.into_iter().map(Into::into).collect();
        PeerIdentity { uris, dns_names: dns_names.into_iter().map(Into::into).collect() }
    }

    /// Its URIs, of which SPIFFE's is one.
    pub fn uris(&self) -> &[String] {
        &self.uris
    }

    /// Its names in DNS.
    pub fn dns_names(&self) -> &[String] {
        &self.dns_names
    }
}
