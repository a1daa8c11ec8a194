//! Tokens of an issuer of these tests.

use std::time::{Duration, SystemTime};

use jsonwebtoken::jwk::ThumbprintHash;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use wireloom::auth::{JwtVerifier, KeySet};

/// A key of these tests alone, as PKCS#8, and what is public of it.
const KEY: [u8; 48] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20, 0xa3, 0xbc, 0x5d,
    0x1c, 0x4f, 0x83, 0xf6, 0x2a, 0x77, 0x36, 0x87, 0x07, 0xa0, 0xab, 0x20, 0x6e, 0x3d, 0x86, 0x82, 0xed, 0x0e, 0x66,
    0x7d, 0x84, 0x25, 0x2b, 0x63, 0x92, 0xef, 0x44, 0x52, 0x92,
];
const X: &str = "i92ys-5II7mRvXIyT1uRKnhVxK4v_kf1sb7frtXzcrk";

const ISSUER: &str = "https://id.example";

/// Knows callers by tokens of that issuer for the vault.
pub(crate) fn verifier() -> JwtVerifier {
    let jwks = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": X }] });
    let keys = KeySet::from_jwks(jwks.to_string().as_bytes()).expect("it is a key");
    JwtVerifier::new(ISSUER, "vault", keys).leeway(Duration::ZERO)
}

/// A token for somebody with scopes, that lives so many seconds.
pub(crate) fn token(subject: &str, scope: &str, seconds: i64) -> String {
    signed(&claims(subject, scope, seconds))
}

/// The same for who has a key, which a proof brings.
pub(crate) fn token_of_key(subject: &str, scope: &str, proof: &str) -> String {
    let jwk = jsonwebtoken::decode_header(proof).expect("a proof").jwk.expect("a proof has its key");
    let mut claims = claims(subject, scope, 300);
    claims["cnf"] = json!({ "jkt": jwk.thumbprint(ThumbprintHash::SHA256).expect("a key") });
    signed(&claims)
}

/// A token for somebody with a role.
pub(crate) fn of_role(subject: &str, role: &str) -> String {
    let mut claims = claims(subject, "", 60);
    claims["roles"] = json!([role]);
    signed(&claims)
}

/// A token for another audience.
pub(crate) fn for_another() -> String {
    let mut claims = claims("alice", "vault:read vault:write", 60);
    claims["aud"] = json!("orders");
    signed(&claims)
}

fn claims(subject: &str, scope: &str, seconds: i64) -> Value {
    #[expect(clippy::disallowed_methods, reason = "tokens go by the wall clock")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970").as_secs();
    json!({ "iss": ISSUER, "aud": "vault", "sub": subject, "scope": scope, "exp": now as i64 + seconds })
}

fn signed(claims: &Value) -> String {
    let head = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&head, claims, &EncodingKey::from_ed_der(&KEY)).expect("it can be signed")
}
