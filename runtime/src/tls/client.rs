//! The client's side: whom it trusts, and the certificate that it shows.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::files::{Contents, Files, Pem};
use super::reload::Reloaded;
use super::server::RELOAD_TIME;
use super::{invalid, provider};
use crate::net::{Plain, Protocol};

/// The TLS of a client: the authorities that it trusts, the system's unless said otherwise, and the certificate that it shows to
/// servers that ask for one. What a server's certificate says is always checked: its authority, its time, and the name in it.
///
#[cfg_attr(feature = "rest", doc = "```")]
#[cfg_attr(not(feature = "rest"), doc = "```text")]
/// use wireloom::rest::Rest;
/// use wireloom::tls::ClientTls;
/// use wireloom::{Channel, Endpoint};
///
/// # let _in_runtime = tokio::runtime::Runtime::new().unwrap();
/// let tls = ClientTls::new().roots("ca.pem").certificate("client.pem", "client.key");
/// let channel = Channel::new(Rest::default().tls(tls), Endpoint::new("https://orders.example")?);
/// # Ok::<(), wireloom::InvalidEndpoint>(())
/// ```
///
/// Files are read when the first connection is made, and again, for further ones, when they have changed. Clones share what
/// was read.
#[derive(Clone, Debug, Default)]
#[must_use = "a client has TLS once it is told so"]
pub struct ClientTls {
    files: Files,
    server_name: Option<String>,
    state: Arc<Mutex<Option<Loaded>>>,
}

/// What was made of the files, and when they were looked at.
#[derive(Debug)]
struct Loaded {
    made: Arc<Reloaded<ClientConfig>>,
    looked_at: Instant,
}

impl ClientTls {
    /// Trusts the authorities that the system does, and shows no certificate.
    pub fn new() -> ClientTls {
        ClientTls::default()
    }

    /// Trusts the authorities in a file, PEM, and no others.
    pub fn roots(self, authorities: impl AsRef<Path>) -> ClientTls {
        let roots = Some(Pem::File(authorities.as_ref().to_owned()));
        ClientTls { files: Files { roots, ..self.files }, server_name: self.server_name, ..ClientTls::default() }
    }

    /// Trusts the authorities in a text, PEM, and no others.
    pub fn roots_pem(self, authorities: impl Into<Vec<u8>>) -> ClientTls {
        let roots = Some(Pem::given(authorities));
        ClientTls { files: Files { roots, ..self.files }, server_name: self.server_name, ..ClientTls::default() }
    }

    /// Shows the certificate in a file, with those between it and its authority behind it, under the key in another; both PEM.
    pub fn certificate(self, certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> ClientTls {
        let file = |path: &Path| Pem::File(path.to_owned());
        let own = Some((file(certificate.as_ref()), file(key.as_ref())));
        ClientTls { files: Files { own, ..self.files }, server_name: self.server_name, ..ClientTls::default() }
    }

    /// Expects that name in servers' certificates, not that of the endpoint: where an endpoint is an address of a service
    /// whose certificate has the service's name.
    pub fn server_name(mut self, name: impl Into<String>) -> ClientTls {
        self.server_name = Some(name.into());
        self
    }

    /// The handshake.
    pub(crate) async fn connect(&self, host: &str, stream: Plain, protocol: Protocol) -> io::Result<TlsStream<Plain>> {
        let name = self.server_name.as_deref().unwrap_or(host).to_owned();
        let name = ServerName::try_from(name).map_err(invalid)?;
        let tls = self.clone();
        let config = tokio::task::spawn_blocking(move || tls.config()).await.map_err(io::Error::other)??;
        let mut config = ClientConfig::clone(&config);
        config.alpn_protocols = protocol.names();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// What holds now. Blocks.
    fn config(&self) -> io::Result<Arc<ClientConfig>> {
        // What panics under the lock has changed nothing yet.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let loaded = match &mut *state {
            Some(loaded) => loaded,
            none => none
                .insert(Loaded { made: Arc::new(Reloaded::new(self.files.clone(), Box::new(make))?), looked_at: now }),
        };
        if now.saturating_duration_since(loaded.looked_at) >= RELOAD_TIME {
            loaded.looked_at = now;
            loaded.made.reload();
        }
        Ok(loaded.made.current())
    }
}

fn make(files: &Files, contents: &Contents) -> io::Result<ClientConfig> {
    let roots = match files.roots(contents)? {
        Some(roots) => roots,
        None => system_roots()?,
    };
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(invalid)?.with_root_certificates(roots);
    match files.own(contents)? {
        Some((certificates, key)) => builder.with_client_auth_cert(certificates, key).map_err(invalid),
        None => Ok(builder.with_no_client_auth()),
    }
}

/// The authorities that the system trusts; those that cannot be read are left out.
fn system_roots() -> io::Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "authorities of the system cannot be read");
    }
    let mut roots = RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(found.certs);
    if taken == 0 {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the system has no authorities that could be trusted"));
    }
    Ok(roots)
}
