//! What a token is bound to (`cnf`, RFC 7800): whoever brings it must have that as well, so one that was stolen opens nothing.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::bearer::Presented;
use super::dpop::Dpop;
use super::{Denial, Principal};
use crate::context::Context;

/// What a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    /// To nothing: it is whoever's who has it.
    Bearer,
    /// To the certificate of its caller's connection, by that one's SHA-256 (RFC 8705).
    Certificate([u8; 32]),
    /// To a key, by its thumbprint (RFC 9449).
    Key(String),
}

impl Binding {
    /// What a claim `cnf` binds its token to. What is not understood here is not left aside: a token that was bound would be taken from
    /// anybody. A `null` is what many servers write where there is nothing to say: the token is bound to nothing, as one without the claim,
    /// and no proof beside it makes more of it.
    pub(super) fn of(cnf: Option<&Value>) -> Result<Binding, Denial> {
        let Some(cnf) = cnf.filter(|cnf| !cnf.is_null()) else { return Ok(Binding::Bearer) };
        let members: Vec<(&str, &Value)> =
            cnf.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect();
        match members.as_slice() {
            [("x5t#S256", Value::String(digest))] => {
                let digest = BASE64_URL_SAFE_NO_PAD.decode(digest).ok().and_then(|digest| digest.try_into().ok());
                digest.map(Binding::Certificate).ok_or_else(|| Denial::refused("the token's `x5t#S256` is none"))
            }
            [("jkt", Value::String(thumbprint))] => Ok(Binding::Key(thumbprint.clone())),
            _ => Err(Denial::refused("the token is bound to something that is not looked at here")),
        }
    }

    /// Whether a call has what the token is bound to.
    fn check(&self, cx: &Context, presented: Presented<'_>, dpop: Option<&Dpop>) -> Result<(), Denial> {
        match (self, cx.peer_identity()) {
            (Binding::Key(thumbprint), _) => match dpop.filter(|_| presented.has_proof) {
                Some(dpop) => dpop.check(cx, presented.token, thumbprint),
                None => Err(Denial::refused("the token is bound to a key, and comes without its proof")),
            },
            _ if presented.has_proof => Err(Denial::refused("the token is bound to no key")),
            (Binding::Bearer, _) => Ok(()),
            (Binding::Certificate(digest), Some(peer)) if Sha256::digest(peer.certificate())[..] == digest[..] => {
                Ok(())
            }
            (Binding::Certificate(_), Some(_)) => Err(Denial::refused("the token is bound to another certificate")),
            (Binding::Certificate(_), None) => Err(Denial::refused("the token is bound to a certificate")),
        }
    }
}

/// Who a token says calls, if its caller has what it is bound to.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) principal: Principal,
    pub(super) binding: Binding,
}

impl Bound {
    /// Who calls, where a call has what the token is bound to. Looked at for each call: what is remembered of a token says nothing of
    /// who brings it.
    pub(super) fn brought_by(
        self,
        cx: &Context,
        presented: Presented<'_>,
        dpop: Option<&Dpop>,
    ) -> Result<Principal, Denial> {
        self.binding.check(cx, presented, dpop)?;
        Ok(self.principal)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::context::Carried;
    use crate::metadata::Metadata;
    use crate::peer::{Peer, PeerIdentity};

    fn over_certificate(certificate: &[u8]) -> Context {
        let (uris, dns_names, subject) = (Vec::new(), Vec::new(), String::new());
        let identity = PeerIdentity { uris, dns_names, subject, certificate: certificate.to_vec() };
        let peer = Peer { address: None, identity: Some(Arc::new(identity)) };
        Context::received(peer, Carried::default(), Metadata::default())
    }

    #[test]
    fn a_token_of_a_certificate_is_taken_over_that_one_alone() {
        let digest = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(b"a certificate"));
        let binding = Binding::of(Some(&json!({ "x5t#S256": digest }))).unwrap();
        let check =
            |binding: &Binding, cx: Context| binding.check(&cx, Presented { token: "t", has_proof: false }, None);
        assert_eq!(check(&binding, over_certificate(b"a certificate")), Ok(()));
        assert!(check(&binding, over_certificate(b"another")).is_err());
        assert!(check(&binding, Context::new()).is_err());
        assert_eq!(check(&Binding::of(None).unwrap(), Context::new()), Ok(()));
    }

    /// As one without the claim: whoever's, over any connection, and not to be brought with a proof.
    #[test]
    fn a_binding_that_is_null_is_none_and_takes_no_proof() {
        let null = Binding::of(Some(&json!(null))).unwrap();
        assert_eq!(null, Binding::of(None).unwrap());
        let dpop = Dpop::at(["https://orders.example"]).unwrap();
        let proved = Presented { token: "t", has_proof: true };
        assert!(null.check(&Context::new(), proved, Some(&dpop)).unwrap_err().to_string().contains("bound to no key"));
        assert_eq!(
            null.check(&over_certificate(b"any"), Presented { has_proof: false, ..proved }, Some(&dpop)),
            Ok(())
        );
    }

    #[test]
    fn a_binding_that_is_not_understood_refuses_the_token() {
        let digest = BASE64_URL_SAFE_NO_PAD.encode([7; 32]);
        for cnf in [
            json!("x5t#S256"),
            json!("null"),
            json!(false),
            json!([]),
            json!([null]),
            json!({}),
            json!({ "jkt": null }),
            json!({ "x5t#S256": null }),
            json!({ "x5t#S256": digest, "jkt": null }),
            json!({ "kid": "a" }),
            json!({ "x5t#S256": 1 }),
            json!({ "x5t#S256": "AAAA" }),
            json!({ "x5t#S256": format!("{digest}=") }),
            json!({ "x5t#S256": digest, "jwk": {} }),
        ] {
            assert!(Binding::of(Some(&cnf)).is_err(), "{cnf}");
        }
    }
}
