//! Certificates: callers known by the names in the one that their connection has shown, which TLS has verified.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Denial, Principal, Verification, Verifier};
use crate::context::Context;
use crate::facts::Scheme;

/// Who says that a caller is who it is, where its name is one of DNS.
const ISSUER: &str = "mtls";

/// Knows callers by their certificates. Their subject is the name that is known: a SPIFFE ID, or a name in DNS.
///
/// ```
/// use wireloom::auth::Certificates;
/// use wireloom::{Scheme, Server};
///
/// let certificates = Certificates::of_trust_domain("shop.example")
///     .grant("spiffe://shop.example/billing", ["orders:read"], ["clerk"]);
/// let server = Server::new().verifier(Scheme::Mtls, certificates);
/// ```
#[derive(Clone, Debug)]
pub struct Certificates {
    trust_domain: Option<String>,
    granted: Arc<BTreeMap<String, Granted>>,
}

#[derive(Clone, Debug, Default)]
struct Granted {
    scopes: Vec<String>,
    roles: Vec<String>,
}

impl Certificates {
    /// Knows every workload of a SPIFFE trust domain: `spiffe://shop.example/billing`.
    pub fn of_trust_domain(domain: impl Into<String>) -> Certificates {
        Certificates { trust_domain: Some(domain.into()), granted: Arc::default() }
    }

    /// Knows those alone who are granted something.
    pub fn of_the_granted() -> Certificates {
        Certificates { trust_domain: None, granted: Arc::default() }
    }

    /// Gives who has that name, a SPIFFE ID or one in DNS, scopes and roles.
    #[must_use]
    pub fn grant<'g>(
        mut self,
        name: impl Into<String>,
        scopes: impl IntoIterator<Item = &'g str>,
        roles: impl IntoIterator<Item = &'g str>,
    ) -> Certificates {
        let granted = Arc::make_mut(&mut self.granted).entry(name.into()).or_default();
        granted.scopes.extend(scopes.into_iter().map(str::to_owned));
        granted.roles.extend(roles.into_iter().map(str::to_owned));
        self
    }

    /// Who a certificate's names say it is.
    fn judge(&self, uris: &[String], dns_names: &[String]) -> Result<Principal, Denial> {
        let ids: Vec<&String> = uris.iter().filter(|uri| uri.starts_with("spiffe://")).collect();
        // One that names several has no identity (X509-SVID, 4.2).
        if ids.len() > 1 {
            return Err(Denial::refused("the certificate has several SPIFFE IDs"));
        }
        let (issuer, subject) = match ids.first() {
            Some(id) => (self.domain_of(id)?, *id),
            None => {
                let known = dns_names.iter().find(|name| self.granted.contains_key(*name));
                (ISSUER.to_owned(), known.ok_or_else(|| Denial::refused("no name of the certificate is known"))?)
            }
        };
        let granted = self.granted.get(subject).cloned().unwrap_or_default();
        Ok(Principal::new(Scheme::Mtls, issuer, subject).with_scopes(granted.scopes).with_roles(granted.roles))
    }

    /// The trust domain of a SPIFFE ID, where those of it are known.
    fn domain_of(&self, id: &str) -> Result<String, Denial> {
        let domain =
            id["spiffe://".len()..].split_once('/').filter(|(_, path)| is_path(path)).map(|(domain, _)| domain);
        let domain = domain.ok_or_else(|| Denial::refused("the certificate's SPIFFE ID is none"))?;
        match self.trust_domain.as_deref() == Some(domain) || self.granted.contains_key(id) {
            true => Ok(format!("spiffe://{domain}")),
            false => Err(Denial::refused("the certificate is of another trust domain")),
        }
    }
}

/// Whether that is the path of a SPIFFE ID: no empty part, none that leads elsewhere.
fn is_path(path: &str) -> bool {
    let is_part = |part: &str| {
        let is_plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        !part.is_empty() && part != "." && part != ".." && is_plain
    };
    path.split('/').all(is_part)
}

impl Verifier for Certificates {
    fn verify<'a>(&'a self, cx: &'a Context) -> Verification<'a> {
        match cx.peer_identity() {
            None => Verification::Absent,
            Some(identity) => self.judge(identity.uris(), identity.dns_names()).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(uris: &[&str], dns_names: &[&str]) -> Result<Principal, Denial> {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        Certificates::of_trust_domain("shop.example")
            .grant("spiffe://shop.example/billing", ["read"], ["clerk"])
            .grant("old.shop.example", ["read"], [])
            .judge(&owned(uris), &owned(dns_names))
    }

    #[test]
    fn a_workload_is_its_spiffe_id() {
        let billing = judge(&["spiffe://shop.example/billing"], &["old.shop.example"]).unwrap();
        assert_eq!((billing.subject(), billing.issuer()), ("spiffe://shop.example/billing", "spiffe://shop.example"));
        assert!(billing.has_scope("read") && billing.has_role("clerk"));
        let other = judge(&["https://shop.example", "spiffe://shop.example/ns/a/sa/b"], &[]).unwrap();
        assert!(!other.has_scope("read"));
        assert!(judge(&[], &["x.example", "old.shop.example"]).unwrap().has_scope("read"));
    }

    #[test]
    fn what_only_looks_like_one_is_refused() {
        for uri in [
            "spiffe://evil.example/billing",
            "spiffe://shop.example.evil.example/billing",
            "spiffe://shop.example",
            "spiffe://shop.example/",
            "spiffe://shop.example/../billing",
            "spiffe://shop.example/a//b",
            "spiffe://shop.example/billing?x",
            "spiffe://shop.example:443/billing",
            "SPIFFE://shop.example/billing",
        ] {
            assert!(judge(&[uri], &[]).is_err(), "{uri}");
        }
        assert!(judge(&["spiffe://shop.example/a", "spiffe://shop.example/b"], &[]).is_err());
        assert!(judge(&[], &["new.shop.example"]).is_err() && judge(&[], &[]).is_err());
    }
}
