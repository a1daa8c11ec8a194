//! A key of a client, and proofs that it has it (DPoP, RFC 9449).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Method, Uri};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{dpop, jwt};
use crate::clock;

/// What stands before the 32 bytes of a key of Ed25519 in PKCS#8.
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// How long a nonce may be that is kept.
const NONCE_BYTES_MAX: usize = 512;

/// Servers whose nonces are kept.
const NONCES_MAX: usize = 1_000;

/// How often a call is proved once more because its server wants to see another nonce.
const AGAIN_MAX: u8 = 2;

/// A key of Ed25519 that lives as long as its process. Its `Debug` shows nothing of it.
pub(crate) struct ProofKey {
    key: EncodingKey,
    head: Header,
    nonces: Mutex<Nonces>,
}

/// What servers want to see in their next proofs.
#[derive(Default)]
struct Nonces {
    of: HashMap<String, String>,
    /// What was said last by one of those that are called by their endpoints. Replicas know each other's.
    newest: Option<String>,
}

/// By what a server's nonces are known.
#[derive(Clone, Copy)]
pub(super) enum Server<'s> {
    /// By a name of its own, whichever endpoint it is reached by.
    Named(&'s str),
    /// By its host and port: one of the replicas of a service, perhaps.
    At(&'s Uri),
}

impl<'s> Server<'s> {
    fn name(self) -> &'s str {
        match self {
            Server::Named(name) => name,
            Server::At(uri) => uri.authority().map_or("", |authority| authority.as_str()),
        }
    }
}

#[derive(Serialize)]
struct Claims<'c> {
    jti: Uuid,
    htm: &'c str,
    htu: String,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

impl ProofKey {
    pub(super) fn generate() -> ProofKey {
        jwt::install();
        // Any 32 bytes are a key; of a random UUID six bits are not random.
        let random: Vec<u8> = std::iter::repeat_with(Uuid::new_v4).take(4).flat_map(Uuid::into_bytes).collect();
        let key = EncodingKey::from_ed_der(&[&PKCS8[..], &Sha256::digest(random)[..]].concat());
        let jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA).expect("it is a key of Ed25519");
        let head = Header { typ: Some("dpop+jwt".to_owned()), jwk: Some(jwk), ..Header::new(Algorithm::EdDSA) };
        ProofKey { key, head, nonces: Mutex::default() }
    }

    /// A proof for a request to that place, as its server knows it, with what that wants to see, and for the token that goes with it.
    pub(super) fn proof(
        &self,
        method: &Method,
        place: &str,
        nonce: Option<String>,
        token: Option<&str>,
    ) -> HeaderValue {
        let claims = Claims {
            jti: Uuid::new_v4(),
            htm: method.as_str(),
            // Without its query: what a proxy changes there is nobody's business.
            htu: place.split('?').next().unwrap_or_default().to_owned(),
            iat: clock::since_epoch().as_secs(),
            ath: token.map(|token| BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token))),
            nonce,
        };
        let proof = jsonwebtoken::encode(&self.head, &claims, &self.key).expect("texts can be written, and signed");
        let mut proof = HeaderValue::try_from(proof).expect("base64 is visible ASCII");
        // No two are alike: HTTP/2 shall not keep it.
        proof.set_sensitive(true);
        proof
    }

    /// What a server wants to see in a proof: what it has said itself, or what another one has that may be its replica.
    pub(super) fn nonce(&self, server: Server<'_>) -> Option<String> {
        let nonces = self.nonces();
        let newest = match server {
            Server::Named(_) => None,
            Server::At(_) => nonces.newest.as_ref(),
        };
        nonces.of.get(server.name()).or(newest).cloned()
    }

    /// The same for a request that is made again: another replica may take it than the one that has just said what it wants to see.
    #[cfg(feature = "http")]
    fn nonce_said(&self, server: Server<'_>) -> Option<String> {
        match server {
            Server::Named(_) => self.nonce(server),
            Server::At(_) => self.nonces().newest.clone(),
        }
    }

    /// Keeps what a server wants to see in the next proof, where its answer says so. Whether it does.
    pub(super) fn heard(&self, server: Server<'_>, headers: &HeaderMap) -> bool {
        let mut said = headers.get_all(dpop::NONCE).iter();
        let (Some(nonce), None) = (said.next(), said.next()) else { return false };
        let Some(nonce) = nonce.to_str().ok().filter(|nonce| (1..=NONCE_BYTES_MAX).contains(&nonce.len())) else {
            return false;
        };
        let mut nonces = self.nonces();
        if matches!(server, Server::At(_)) {
            nonces.newest = Some(nonce.to_owned());
        }
        match nonces.of.get_mut(server.name()) {
            Some(known) => nonce.clone_into(known),
            None => {
                // Whose is forgotten is asked for a nonce once more.
                if nonces.of.len() >= NONCES_MAX {
                    nonces.of.clear();
                }
                nonces.of.insert(server.name().to_owned(), nonce.to_owned());
            }
        }
        true
    }

    fn nonces(&self) -> std::sync::MutexGuard<'_, Nonces> {
        // No code that can panic runs under the lock.
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProofKey")
    }
}

/// What a call with a token of a key brings with each of its requests.
#[derive(Clone)]
pub(crate) struct Prover {
    pub(super) key: Arc<ProofKey>,
    pub(super) token: String,
    /// How its server is called, where that is not as its endpoint is.
    pub(super) public: Option<Arc<str>>,
    /// How often it was told that its proof is to have another nonce.
    pub(super) told: u8,
}

impl std::fmt::Debug for Prover {
    /// Without its token: contexts are written to logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prover")
    }
}

impl Prover {
    /// Has the call proved once more, with what its server wants to see. Whether that may still be of use: first with what was said last, then
    /// with what the very server has said that is called, for not all replicas know each other's nonces.
    pub(crate) fn again(&mut self) -> bool {
        let is_of_use = self.told < AGAIN_MAX;
        self.told += u8::from(is_of_use);
        is_of_use
    }

    /// Proves to have the key of the token, with that request and no other.
    #[cfg(feature = "http")]
    pub(crate) fn prove<B>(&self, request: &mut http::Request<B>) {
        let uri = request.uri();
        let nonce = match self.told {
            1 => self.key.nonce_said(self.server(uri)),
            _ => self.key.nonce(self.server(uri)),
        };
        let proof = self.key.proof(request.method(), &self.place(uri), nonce, Some(&self.token));
        request.headers_mut().insert(dpop::HEADER, proof);
    }

    /// Hears what that server answers.
    #[cfg(feature = "http")]
    pub(crate) fn heard(&self, server: &Uri, headers: &HeaderMap) {
        self.key.heard(self.server(server), headers);
    }

    /// By what the nonces of a server are known.
    #[cfg(feature = "http")]
    fn server<'s>(&'s self, uri: &'s Uri) -> Server<'s> {
        self.public.as_deref().map_or(Server::At(uri), Server::Named)
    }

    /// Where a request goes, as its server knows it.
    #[cfg(feature = "http")]
    fn place(&self, uri: &Uri) -> String {
        match &self.public {
            None => uri.to_string(),
            Some(public) => format!("{public}{}", uri.path()),
        }
    }
}
