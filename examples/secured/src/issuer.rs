//! An issuer of tokens for this example alone, so that it runs without an identity provider: it shares a secret with the server.

use std::time::{Duration, SystemTime};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use wireloom::auth::{InvalidKeys, JwtVerifier, KeySet};

const ISSUER: &str = "https://id.secured.example";
const AUDIENCE: &str = "diary";

/// Makes tokens, and knows them again.
#[derive(Debug)]
pub struct Issuer {
    secret: Vec<u8>,
}

impl Issuer {
    /// One with a secret of at least 32 bytes.
    pub fn new(secret: impl Into<Vec<u8>>) -> Issuer {
        Issuer { secret: secret.into() }
    }

    /// Knows who has one of its tokens.
    ///
    /// # Errors
    /// When the secret is too short.
    pub fn verifier(&self) -> Result<JwtVerifier, InvalidKeys> {
        Ok(JwtVerifier::new(ISSUER, AUDIENCE, KeySet::from_secret(None, &self.secret)?))
    }

    /// A token for somebody, with these scopes and roles, that lives for a while.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn token(
        &self,
        subject: &str,
        scope: &str,
        roles: &[&str],
        life: Duration,
    ) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        #[expect(clippy::disallowed_methods, reason = "tokens go by the wall clock")]
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "scope": scope, "roles": roles, "exp": (now + life).as_secs(),
        });
        let key = EncodingKey::from_secret(&self.secret);
        Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)?)
    }
}
