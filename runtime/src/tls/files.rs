//! Where certificates and keys come from: files, or texts that are given. All are PEM.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::invalid;

/// How long a file of certificates may be; the largest sets of roots are a tenth of it.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A text in PEM.
#[derive(Clone)]
pub(super) enum Pem {
    File(PathBuf),
    Given(Arc<[u8]>),
}

impl Pem {
    pub(super) fn given(text: impl Into<Vec<u8>>) -> Pem {
        Pem::Given(text.into().into())
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        match self {
            Pem::Given(text) => Ok(text.to_vec()),
            Pem::File(path) => {
                let read = || {
                    let file = std::fs::File::open(path)?;
                    let mut text = Vec::new();
                    io::Read::read_to_end(&mut io::Read::take(file, FILE_BYTES_MAX + 1), &mut text)?;
                    match text.len() as u64 > FILE_BYTES_MAX {
                        true => Err(invalid(format!("it has more than {FILE_BYTES_MAX} bytes"))),
                        false => Ok(text),
                    }
                };
                read().map_err(|error: io::Error| self.named(error))
            }
        }
    }

    /// An error that says where it is.
    fn named(&self, error: io::Error) -> io::Error {
        match self {
            Pem::File(path) => io::Error::new(error.kind(), format!("{}: {error}", path.display())),
            Pem::Given(_) => error,
        }
    }
}

/// Shows which file, and nothing of what is given.
impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Pem::File(path) => path.fmt(f),
            Pem::Given(_) => f.write_str("given"),
        }
    }
}

/// What one side of TLS is made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    /// The certificate that is shown, with those above it, and its key.
    pub(super) own: Option<(Pem, Pem)>,
    /// The authorities whose certificates are taken.
    pub(super) roots: Option<Pem>,
}

/// What stood in them.
#[derive(Hash)]
pub(super) struct Contents {
    own: Option<(Vec<u8>, Vec<u8>)>,
    roots: Option<Vec<u8>>,
}

/// A certificate with those above it, and its key.
pub(super) type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Files {
    /// Reads all of them.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub(super) fn read(&self) -> io::Result<Contents> {
        let own = self.own.as_ref().map(|(certificate, key)| Ok::<_, io::Error>((certificate.read()?, key.read()?)));
        let roots = self.roots.as_ref().map(Pem::read);
        Ok(Contents { own: own.transpose()?, roots: roots.transpose()? })
    }

    /// The certificate and key in what was read.
    ///
    /// # Errors
    /// When there is none, or it is no PEM.
    pub(super) fn own(&self, contents: &Contents) -> io::Result<Option<Own>> {
        let (Some((at, key_at)), Some((text, key))) = (&self.own, &contents.own) else { return Ok(None) };
        let certificates = certificates(text).map_err(|error| at.named(error))?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| key_at.named(invalid(format!("no private key: {error}"))))?;
        Ok(Some((certificates, key)))
    }

    /// The authorities in what was read.
    ///
    /// # Errors
    /// When there is none, or one that is no certificate.
    pub(super) fn roots(&self, contents: &Contents) -> io::Result<Option<RootCertStore>> {
        let (Some(at), Some(text)) = (&self.roots, &contents.roots) else { return Ok(None) };
        let read = || {
            let mut roots = RootCertStore::empty();
            certificates(text)?.into_iter().try_for_each(|root| roots.add(root).map_err(invalid))?;
            Ok(roots)
        };
        read().map(Some).map_err(|error| at.named(error))
    }
}

/// The certificates in a text; one at least.
fn certificates(text: &[u8]) -> io::Result<Vec<CertificateDer<'static>>> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let all = all.map_err(|error| invalid(format!("no certificate: {error}")))?;
    if all.is_empty() { Err(invalid("no certificate in it")) } else { Ok(all) }
}
