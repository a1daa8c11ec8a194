//! A token that is signed by the key that it brings: a proof that whoever made it has the key, and of nothing else (RFC 9449).

use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::keys::{algorithms, install};
use super::token::decode;
use crate::auth::Denial;

/// A proof whose signature is verified.
pub(in crate::auth) struct Proof {
    thumbprint: String,
    payload: Vec<u8>,
}

#[derive(Deserialize)]
struct Head {
    typ: String,
    alg: Algorithm,
    jwk: Map<String, Value>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

impl Proof {
    pub(in crate::auth) fn verified(text: &str) -> Result<Proof, Denial> {
        let parts: Vec<&str> = text.splitn(4, '.').collect();
        let &[head, payload, signature] = parts.as_slice() else {
            return Err(Denial::refused("the proof is no JSON Web Token"));
        };
        let signed = &text[..head.len() + 1 + payload.len()];
        let head: Option<Head> = decode(head).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let head = head.filter(|head| head.typ.eq_ignore_ascii_case("dpop+jwt") && head.crit.is_none());
        let Head { alg, jwk, .. } = head.ok_or_else(|| Denial::refused("the proof's head is none"))?;
        let (key, thumbprint) = public(jwk, alg).ok_or_else(|| Denial::refused("the proof's key is none"))?;
        install();
        match jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, alg) {
            Ok(true) => {}
            _ => return Err(Denial::refused("the proof is not signed by its key")),
        }
        let payload = decode(payload).ok_or_else(|| Denial::refused("the proof's claims cannot be read"))?;
        Ok(Proof { thumbprint, payload })
    }

    /// What it claims.
    pub(in crate::auth) fn claims<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.payload).ok()
    }

    /// By what its key is known (RFC 7638).
    pub(in crate::auth) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }
}

/// A public key that may verify that algorithm, with its thumbprint.
fn public(jwk: Map<String, Value>, alg: Algorithm) -> Option<(DecodingKey, String)> {
    // Who sends the private part has lost it.
    if jwk.contains_key("d") {
        return None;
    }
    let jwk: Jwk = serde_json::from_value(Value::Object(jwk)).ok()?;
    if !algorithms(&jwk.algorithm)?.contains(&alg) {
        return None;
    }
    // Read before it is written anew: of members that are no base64 there would be another thumbprint than it seems.
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some((key, jwk.thumbprint(ThumbprintHash::SHA256).ok()?))
}
