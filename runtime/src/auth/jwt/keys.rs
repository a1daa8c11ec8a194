//! Keys that signatures are verified by. A key has one algorithm, whatever a token says.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::token::{self, Token};
use crate::auth::Denial;

/// Keys of a set that are kept.
pub(super) const KEYS_MAX: usize = 100;

/// Keys that are tried for a token that names none.
const TRIED_MAX: usize = 4;

/// Bytes of the modulus of an RSA key, at least: 2048 bits.
const RSA_BYTES_MIN: usize = 256;

/// Bytes of a secret, at least: as long as what HMAC makes.
const SECRET_BYTES_MIN: usize = 32;

/// The keys of an issuer.
#[derive(Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// Keys that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidKeys {
    reason: &'static str,
}

impl InvalidKeys {
    pub(in crate::auth) const fn because(reason: &'static str) -> InvalidKeys {
        InvalidKeys { reason }
    }
}

impl std::fmt::Display for InvalidKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for InvalidKeys {}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// The public keys of a JSON Web Key Set (RFC 7517) that signatures may be verified by; others are left out. A key without
    /// `alg` is for RS256 if it is one of RSA, else for what its curve says.
    ///
    /// # Errors
    /// When it is no key set, has more than 100 keys, or none that can be used.
    pub fn from_jwks(json: &[u8]) -> Result<KeySet, InvalidKeys> {
        let set: Set = serde_json::from_slice(json).map_err(|_| InvalidKeys { reason: "is no JSON Web Key Set" })?;
        if set.keys.len() > KEYS_MAX {
            return Err(InvalidKeys { reason: "has too many keys" });
        }
        // One that is not understood says nothing of the others.
        let keys: Vec<Key> = set.keys.into_iter().filter_map(|key| usable(serde_json::from_value(key).ok()?)).collect();
        match keys.is_empty() {
            true => Err(InvalidKeys { reason: "has no key that signatures may be verified by" }),
            false => Ok(KeySet { keys }),
        }
    }

    /// A secret that the issuer shares with us, for HS256: whoever has it can make tokens.
    ///
    /// # Errors
    /// When it has less than 32 bytes.
    pub fn from_secret(id: Option<&str>, secret: &[u8]) -> Result<KeySet, InvalidKeys> {
        if secret.len() < SECRET_BYTES_MIN {
            return Err(InvalidKeys { reason: "has less than 32 bytes" });
        }
        let key = DecodingKey::from_secret(secret);
        Ok(KeySet { keys: vec![Key { id: id.map(str::to_owned), algorithm: Algorithm::HS256, key }] })
    }

    /// The keys of both.
    #[must_use]
    pub fn and(mut self, others: KeySet) -> KeySet {
        self.keys.extend(others.keys);
        self
    }

    /// Whether it has the key that a token names.
    pub(super) fn has(&self, id: Option<&str>) -> bool {
        match id {
            Some(_) => self.keys.iter().any(|key| key.id.as_deref() == id),
            None => !self.keys.is_empty(),
        }
    }

    /// Whether it has none.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys whose names the other has not.
    pub(super) fn without(mut self, other: &KeySet) -> KeySet {
        self.keys.retain(|key| !other.keys.iter().any(|it| it.id == key.id));
        self
    }

    /// Looks whether one of the keys has signed a token.
    pub(super) fn verify(&self, token: &Token<'_>) -> Result<(), Denial> {
        let id = token.head.kid.as_deref();
        let named = self.keys.iter().filter(|key| id.is_none_or(|id| key.id.as_deref() == Some(id)));
        let mut tried = named.filter(|key| key.algorithm == token.head.alg).take(TRIED_MAX).peekable();
        if tried.peek().is_none() {
            return Err(Denial::refused("no key of that name is for that algorithm"));
        }
        let verify = |key: &Key| {
            let verified =
                jsonwebtoken::crypto::verify(token.signature, token.signed.as_bytes(), &key.key, key.algorithm);
            verified.unwrap_or(false)
        };
        match tried.any(verify) {
            true => Ok(()),
            false => Err(Denial::refused("the signature is not that of the key")),
        }
    }
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.keys.iter().map(|key| (&key.id, key.algorithm))).finish()
    }
}

/// A key with its one algorithm, if signatures may be verified by it.
fn usable(jwk: Jwk) -> Option<Key> {
    let common = &jwk.common;
    let is_for_signatures = common.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature);
    let may_verify = common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
    if !(is_for_signatures && may_verify) {
        return None;
    }
    let fitting = algorithms(&jwk.algorithm)?;
    let algorithm = match common.key_algorithm {
        None => *fitting.first()?,
        Some(said) => Algorithm::try_from(said).ok().filter(|said| fitting.contains(said))?,
    };
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key { id: jwk.common.key_id, algorithm, key })
}

/// What a key can be for; first what it is for where it does not say.
pub(super) fn algorithms(parameters: &AlgorithmParameters) -> Option<&'static [Algorithm]> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    match parameters {
        AlgorithmParameters::RSA(rsa) => {
            let (modulus, exponent) = (token::decode(&rsa.n)?, token::decode(&rsa.e)?);
            let bytes = modulus.iter().skip_while(|&&byte| byte == 0).count();
            (bytes >= RSA_BYTES_MIN && is_exponent(&exponent)).then_some(&[RS256, RS384, RS512, PS256, PS384, PS512])
        }
        AlgorithmParameters::EllipticCurve(ec) => match ec.curve {
            EllipticCurve::P256 => Some(&[ES256]),
            EllipticCurve::P384 => Some(&[ES384]),
            _ => None,
        },
        AlgorithmParameters::OctetKeyPair(pair) => (pair.curve == EllipticCurve::Ed25519).then_some(&[EdDSA]),
        // A secret in a set that everybody can read is none.
        _ => None,
    }
}

/// Whether that is an exponent of RSA: with one everybody could sign, and an even one is none.
fn is_exponent(bytes: &[u8]) -> bool {
    match bytes {
        [0, rest @ ..] => is_exponent(rest),
        [1] => false,
        _ => bytes.last().is_some_and(|last| last % 2 == 1),
    }
}

/// Has `jsonwebtoken` verify with RustCrypto, also where another package of the program has it built with more.
pub(in crate::auth) fn install() {
    // Whoever has chosen before has chosen for all.
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
}
