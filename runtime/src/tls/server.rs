//! The server's side: the certificate that it shows, and what it demands of its peers.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::task::AbortOnDropHandle;

use super::files::{Contents, Files, Pem};
use super::reload::Reloaded;
use super::{invalid, names, provider};
use crate::clock;
use crate::net::{Plain, Protocol};
use crate::peer::PeerIdentity;

/// How often files are looked at unless said otherwise.
pub(super) const RELOAD_TIME: Duration = Duration::from_secs(10);

/// The time before a certificate's end in which the log warns of it.
const EXPIRY_WARNED: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How often the log warns.
const EXPIRY_WARNED_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// The TLS of a server: the certificate that it shows, and the certificates that it takes from clients.
///
/// ```no_run
/// # async fn start(server: wireloom::Server) -> std::io::Result<()> {
/// use wireloom::tls::Tls;
///
/// let tls = Tls::from_files("server.pem", "server.key").require_client_certificates("clients-ca.pem");
/// server.tls(tls).run("0.0.0.0:8443").await
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a server has TLS once it is told so"]
pub struct Tls {
    files: Files,
    clients: Clients,
    reload_time: Duration,
}

/// What is made of certificates of clients.
#[derive(Clone, Copy, Debug)]
enum Clients {
    NotAsked,
    Taken,
    Required,
}

impl Tls {
    /// Shows the certificate in a file, with those between it and its authority behind it, under the key in another; both PEM.
    /// They are read when the server starts, and again when they change.
    pub fn from_files(certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Tls {
        let file = |path: &Path| Pem::File(path.to_owned());
        Tls::new(file(certificate.as_ref()), file(key.as_ref()))
    }

    /// Shows a certificate that is given, in PEM.
    pub fn from_pem(certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Tls {
        Tls::new(Pem::given(certificate), Pem::given(key))
    }

    fn new(certificate: Pem, key: Pem) -> Tls {
        let files = Files { own: Some((certificate, key)), roots: None };
        Tls { files, clients: Clients::NotAsked, reload_time: RELOAD_TIME }
    }

    /// Lets only those connect that show a certificate of an authority in that file, PEM. The names in it are
    /// [`Context::peer_identity`](crate::Context::peer_identity) of their calls.
    pub fn require_client_certificates(self, authorities: impl AsRef<Path>) -> Tls {
        self.clients(Clients::Required, authorities.as_ref())
    }

    /// Asks for a certificate of an authority in that file, and lets those connect as well that show none. One that is of
    /// another authority, or has run out, is refused.
    pub fn accept_client_certificates(self, authorities: impl AsRef<Path>) -> Tls {
        self.clients(Clients::Taken, authorities.as_ref())
    }

    fn clients(mut self, clients: Clients, authorities: &Path) -> Tls {
        self.files.roots = Some(Pem::File(authorities.to_owned()));
        self.clients = clients;
        self
    }

    /// How often the files are looked at for changes; every 10 seconds unless said otherwise. They are compared by what stands
    /// in them, so links that are turned to another place count as well.
    pub fn reload_every(mut self, time: Duration) -> Tls {
        self.reload_time = time;
        self
    }

    /// What it is on every port, as these files say.
    fn make(&self, files: &Files, contents: &Contents) -> io::Result<Made> {
        let (certificates, key) = files.own(contents)?.ok_or_else(|| invalid("no certificate"))?;
        let expires = names::expiry(&certificates[0])?;
        let shown = certificates[0].clone();
        let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let builder = builder.map_err(invalid)?.with_client_cert_verifier(self.verifier(files, contents)?);
        let config = builder.with_single_cert(certificates, key).map_err(invalid)?;
        let of = |protocol: Protocol| {
            let mut config = config.clone();
            config.alpn_protocols = protocol.names();
            Arc::new(config)
        };
        Ok(Made { http: of(Protocol::Http), native: of(Protocol::Native), shown, expires })
    }

    fn verifier(&self, files: &Files, contents: &Contents) -> io::Result<Arc<dyn ClientCertVerifier>> {
        let Some(roots) = files.roots(contents)? else { return Ok(Arc::new(NoClientAuth)) };
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        let verifier = match self.clients {
            Clients::Required => verifier,
            Clients::Taken | Clients::NotAsked => verifier.allow_unauthenticated(),
        };
        verifier.build().map_err(invalid)
    }
}

/// What is made of the files.
struct Made {
    http: Arc<ServerConfig>,
    native: Arc<ServerConfig>,
    shown: CertificateDer<'static>,
    /// When the certificate ends, since 1970.
    expires: Duration,
}

/// Secures connections that come in; all ports of a server share one. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Acceptor {
    made: Arc<Reloaded<Made>>,
    /// Looks at the files from time to time, as long as somebody accepts.
    _watching: Arc<AbortOnDropHandle<()>>,
}

impl Acceptor {
    /// Reads the files and follows them from now on.
    ///
    /// # Errors
    /// When a file cannot be read, or says nothing that TLS can be made of.
    pub(crate) fn start(tls: Tls) -> io::Result<Acceptor> {
        let (files, reload_time) = (tls.files.clone(), tls.reload_time);
        let make = Box::new(move |files: &Files, contents: &Contents| tls.make(files, contents));
        let made = Arc::new(Reloaded::new(files, make)?);
        let watching = AbortOnDropHandle::new(tokio::spawn(follow(Arc::clone(&made), reload_time)));
        Ok(Acceptor { made, _watching: Arc::new(watching) })
    }

    /// The handshake: the secured connection, and who the peer has proved to be.
    pub(crate) async fn accept(
        &self,
        stream: Plain,
        protocol: Protocol,
    ) -> io::Result<(TlsStream<Plain>, Option<Arc<PeerIdentity>>)> {
        let made = self.made.current();
        let config = match protocol {
            Protocol::Native => &made.native,
            Protocol::Http | Protocol::Http1 | Protocol::Http2 => &made.http,
        };
        let stream = TlsAcceptor::from(Arc::clone(config)).accept(stream).await?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let identity = shown.map(names::identity).transpose()?;
        Ok((stream, identity.map(Arc::new)))
    }
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Acceptor").field(&self.made).finish()
    }
}

/// Reads the files anew when they change, and warns of certificates that run out.
async fn follow(made: Arc<Reloaded<Made>>, every: Duration) {
    let mut warning = Warning::default();
    loop {
        warning.look_at(&made.current(), clock::since_epoch());
        tokio::time::sleep(every).await;
        let made = Arc::clone(&made);
        // Files may lie in a network.
        if let Err(error) = tokio::task::spawn_blocking(move || made.reload()).await {
            tracing::error!(%error, "certificates could not be looked at");
        }
    }
}

/// What was said of a certificate's end.
#[derive(Default)]
struct Warning {
    /// Of which certificate, and when, since 1970.
    said: Option<(CertificateDer<'static>, Duration)>,
}

impl Warning {
    /// Says that a certificate ends soon or has ended, once a day.
    fn look_at(&mut self, made: &Made, now: Duration) -> bool {
        let left = made.expires.saturating_sub(now);
        let lately = self.said.as_ref().is_some_and(|(of, at)| *of == made.shown && now < *at + EXPIRY_WARNED_EVERY);
        if left > EXPIRY_WARNED || lately {
            return false;
        }
        match left.is_zero() {
            true => tracing::error!("the certificate of TLS has run out"),
            false => tracing::warn!(hours_left = left.as_secs() / 3600, "the certificate of TLS runs out soon"),
        }
        self.said = Some((made.shown.clone(), now));
        true
    }
}
