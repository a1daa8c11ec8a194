//! What a certificate says: whom it names, and until when.

use std::io;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::invalid;
use crate::peer::PeerIdentity;

/// The names in a certificate that was verified.
///
/// # Errors
/// When it cannot be read: nobody is let in under names that are not known.
pub(super) fn identity(der: &CertificateDer<'_>) -> io::Result<PeerIdentity> {
    let certificate = read(der)?;
    let mut identity = PeerIdentity {
        uris: Vec::new(),
        dns_names: Vec::new(),
        subject: certificate.tbs_certificate().subject().to_string(),
        certificate: der.to_vec(),
    };
    let alternative = certificate.tbs_certificate().get_extension::<SubjectAltName>().map_err(invalid)?;
    for name in alternative.into_iter().flat_map(|(_, names)| names.0) {
        match name {
            GeneralName::UniformResourceIdentifier(uri) => identity.uris.push(uri.to_string()),
            GeneralName::DnsName(name) => identity.dns_names.push(name.to_string()),
            _ => {}
        }
    }
    Ok(identity)
}

/// When a certificate stops being good, since 1970.
pub(super) fn expiry(der: &CertificateDer<'_>) -> io::Result<Duration> {
    Ok(read(der)?.tbs_certificate().validity().not_after.to_unix_duration())
}

fn read(der: &CertificateDer<'_>) -> io::Result<Certificate> {
    Certificate::from_der(der).map_err(|error| invalid(format!("a certificate cannot be read: {error}")))
}
