//! An authority of our own, and the files that its certificates stand in.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};

/// An authority, with its own certificate in a file.
pub(crate) struct Authority {
    folder: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// The two files of a certificate.
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let folder = tempfile::tempdir().unwrap();
        // No two are called alike.
        params.distinguished_name.push(DnType::CommonName, folder.path().display().to_string());
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Authority { folder, issuer }
    }

    /// Its own certificate.
    pub(crate) fn roots(&self) -> PathBuf {
        self.path("ca.pem")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate for a server on this machine, called `name` in its subject.
    pub(crate) fn server(&self, name: &str) -> Files {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        self.issue(name, CertificateParams::new(names).unwrap(), ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate for a server that goes by that name, and by no address.
    pub(crate) fn server_of(&self, host: &str) -> Files {
        self.issue(host, CertificateParams::new([host.to_owned()]).unwrap(), ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate for a client, which is a workload of SPIFFE.
    pub(crate) fn client(&self, name: &str) -> Files {
        let mut params = CertificateParams::new([format!("{name}.shop.example")]).unwrap();
        let uri = format!("spiffe://shop.example/{name}").try_into().unwrap();
        params.subject_alt_names.push(SanType::URI(uri));
        self.issue(name, params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn issue(&self, name: &str, mut params: CertificateParams, usage: ExtendedKeyUsagePurpose) -> Files {
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = Files { certificate: self.path(&format!("{name}.pem")), key: self.path(&format!("{name}.key")) };
        std::fs::write(&files.certificate, certificate.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }
}

impl Files {
    /// Puts what stands in `other` into these, as a renewal does: whole files, one behind the other.
    pub(crate) fn become_like(&self, other: &Files) {
        replace(&other.key, &self.key);
        replace(&other.certificate, &self.certificate);
    }
}

/// Puts a copy in place of a file, at once.
fn replace(from: &Path, to: &Path) {
    let new = to.with_extension("new");
    std::fs::copy(from, &new).unwrap();
    std::fs::rename(&new, to).unwrap();
}
