//! Proof of possession (DPoP, RFC 9449): a token of a key is taken from who has the key, and shows it anew with each request.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::Uri;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::cache::{self, Digest};
use super::jwt::proof::Proof;
use super::{Denial, InvalidKeys, jwt};
use crate::clock;
use crate::context::Context;

/// Where a proof stands.
pub(super) const HEADER: &str = "dpop";

/// What a server wants to see in the next proof.
pub(crate) const NONCE: &str = "dpop-nonce";

/// What it calls that.
pub(crate) const USE_NONCE: &str = "use_dpop_nonce";

/// How long a proof may be.
const PROOF_BYTES_MAX: usize = 4 * 1024;

/// How long a proof's own name may be.
const NAME_BYTES_MAX: usize = 256;

/// How far from now a proof may have been made.
const AGE_MAX: Duration = Duration::from_secs(60);

/// How long a proof may still be taken for one of now: made as much too late as it may be, it is until twice that.
const HOLDS_MAX: Duration = AGE_MAX.saturating_mul(2);

/// Proofs that are taken in the time that one holds: each is remembered, so that none is taken twice.
const REMEMBERED_MAX: usize = 500_000;

/// For how many seconds a nonce is taken.
const NONCE_SECONDS_MAX: u64 = 5 * 60;

/// After how many seconds the answer to its proof gives the next one: early enough that who calls now and then is never refused.
const NONCE_SECONDS: u64 = 3 * 60;

/// By how many seconds the clocks of replicas may be apart.
const CLOCKS_APART: u64 = 60;

/// Bytes of the secret that nonces are made with, at least.
const SECRET_BYTES_MIN: usize = 32;

const NO_URL: InvalidKeys = InvalidKeys::because("is no URL of https:// or http://");

/// Takes tokens that are bound to a key (`cnf` with `jkt`), from who proves to have it: a proof for each request over REST and gRPC. Cheap to
/// clone; clones share the proofs that were seen.
///
/// ```
/// use wireloom::auth::{Dpop, JwtVerifier};
///
/// # fn main() -> Result<(), wireloom::auth::InvalidKeys> {
/// let tokens = JwtVerifier::discovered("https://id.shop.example", "orders")?
///     .dpop(Dpop::at(["https://orders.shop.example"])?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Dpop {
    inner: Arc<Inner>,
}

struct Inner {
    bases: Vec<Place>,
    seen: Mutex<Seen>,
    nonces: Option<Nonces>,
}

/// What a server wants to see in proofs: a time that it has signed itself, so that none can be made long before it is used.
#[derive(Clone)]
struct Nonces {
    key: EncodingKey,
}

/// The proofs that may come again. What holds no longer is forgotten by time, not by number: whoever brings many makes nobody else's be forgotten.
#[derive(Default)]
struct Seen {
    newer: HashSet<Digest>,
    older: HashSet<Digest>,
    /// When the newer ones began.
    since: Duration,
}

impl Seen {
    /// Whether it is seen for the first time; nothing where there is no room to remember it.
    fn first(&mut self, proof: Digest, now: Duration) -> Option<bool> {
        let age = now.saturating_sub(self.since);
        if age >= HOLDS_MAX {
            let newer = std::mem::take(&mut self.newer);
            self.older = if age < 2 * HOLDS_MAX { newer } else { HashSet::new() };
            self.since = now;
        }
        if self.older.contains(&proof) {
            return Some(false);
        }
        if self.newer.len() >= REMEMBERED_MAX && !self.newer.contains(&proof) {
            return None;
        }
        Some(self.newer.insert(proof))
    }
}

/// A URL without its query, as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    scheme: String,
    host: String,
    port: u16,
    path: String,
}

/// What a proof says.
#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: f64,
    ath: String,
    #[serde(default)]
    nonce: Option<String>,
}

impl Dpop {
    /// Takes proofs of requests to these URLs: how callers reach this server, before any proxy. What a request itself says of where it goes is
    /// not believed, or a proof that was made for another server would be taken here.
    ///
    /// # Errors
    /// When one is none of `https://` or `http://`.
    pub fn at<'u>(urls: impl IntoIterator<Item = &'u str>) -> Result<Dpop, InvalidKeys> {
        let bases: Option<Vec<Place>> = urls.into_iter().map(Place::of).collect();
        let bases = bases.ok_or(NO_URL)?;
        Ok(Dpop { inner: Arc::new(Inner { bases, seen: Mutex::default(), nonces: None }) })
    }

    /// Takes a proof only with a nonce that this server has given in the last five minutes (RFC 9449, 9). A client that has none is given one, and calls
    /// once more; so whoever got hold of a client for a moment has made no proofs for later. After three minutes the answer to a call gives the next one, so
    /// who calls that often is not refused again. A nonce is made with the secret: replicas that share it know each other's, where their clocks are not
    /// further apart than a minute.
    ///
    /// ```
    /// use wireloom::auth::Dpop;
    ///
    /// let secret = b"of at least 32 bytes, and random";
    /// let dpop = Dpop::at(["https://orders.shop.example"])?.with_nonces(secret)?;
    /// # Ok::<(), wireloom::auth::InvalidKeys>(())
    /// ```
    ///
    /// # Errors
    /// When the secret has less than 32 bytes.
    pub fn with_nonces(self, secret: &[u8]) -> Result<Dpop, InvalidKeys> {
        if secret.len() < SECRET_BYTES_MIN {
            return Err(InvalidKeys::because("has less than 32 bytes"));
        }
        jwt::install();
        let nonces = Some(Nonces { key: EncodingKey::from_secret(secret) });
        Ok(Dpop { inner: Arc::new(Inner { bases: self.inner.bases.clone(), seen: Mutex::default(), nonces }) })
    }

    /// Whether a call proves to have the key of that thumbprint, to which its token is bound.
    pub(super) fn check(&self, cx: &Context, token: &str, thumbprint: &str) -> Result<(), Denial> {
        let mut said = cx.metadata().headers().get_all(HEADER).iter();
        let (Some(proof), None) = (said.next(), said.next()) else {
            return Err(Denial::refused("there is not one proof of the token's key"));
        };
        let proof = proof.to_str().ok().filter(|proof| proof.len() <= PROOF_BYTES_MAX);
        let proof = Proof::verified(proof.ok_or_else(|| Denial::refused("the proof is too long, or no text"))?)?;
        let claims: Claims =
            proof.claims().ok_or_else(|| Denial::refused("a claim of the proof is missing or wrong"))?;
        self.compare(cx, token, &claims)?;
        if proof.thumbprint() != thumbprint {
            return Err(Denial::refused("the proof is of another key than the token's"));
        }
        let next_nonce = self.look_at_nonce(claims.nonce.as_deref())?;
        self.once(&claims, thumbprint)?;
        if let Some(nonce) = next_nonce {
            cx.tell_nonce(&nonce);
        }
        Ok(())
    }

    /// Whether a proof has a nonce of ours, where it is to have one; and the one for the next proof, where this one is old. Asked last: what is wrong
    /// otherwise is given none.
    fn look_at_nonce(&self, said: Option<&str>) -> Result<Option<String>, Denial> {
        let (Some(nonces), now) = (&self.inner.nonces, clock::since_epoch().as_secs()) else { return Ok(None) };
        match said.and_then(|said| nonces.age(said, now)) {
            Some(age) => Ok((age >= NONCE_SECONDS).then(|| nonces.at(now))),
            None => Err(Denial::nonce(nonces.at(now))),
        }
    }

    /// Whether a proof is of this request, and of now.
    fn compare(&self, cx: &Context, token: &str, claims: &Claims) -> Result<(), Denial> {
        let target = cx.target().ok_or_else(|| Denial::refused("a proof is of a request over HTTP"))?;
        let place = Place::of(&claims.htu);
        let is_here = |base: &Place| {
            place == Some(Place { path: format!("{}{}", base.path.trim_end_matches('/'), target.path), ..base.clone() })
        };
        if claims.htm != target.method.as_str() || !self.inner.bases.iter().any(is_here) {
            return Err(Denial::refused("the proof is of another request"));
        }
        if claims.ath != BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token)) {
            return Err(Denial::refused("the proof is of another token"));
        }
        let made = Duration::try_from_secs_f64(claims.iat).map_err(|_| Denial::refused("the proof is of no time"))?;
        match made.abs_diff(clock::since_epoch()) <= AGE_MAX {
            true => Ok(()),
            false => Err(Denial::refused("the proof is of another time")),
        }
    }

    /// Whether a proof is seen for the first time.
    fn once(&self, claims: &Claims, thumbprint: &str) -> Result<(), Denial> {
        if claims.jti.is_empty() || claims.jti.len() > NAME_BYTES_MAX {
            return Err(Denial::refused("the proof's name is none"));
        }
        let proof = cache::digest(&format!("{thumbprint} {}", claims.jti));
        // No code that can panic runs under the lock.
        let mut seen = self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.first(proof, clock::since_epoch()) {
            Some(true) => Ok(()),
            Some(false) => Err(Denial::refused("the proof was seen before")),
            None => Err(Denial::unavailable("more proofs than can be remembered")),
        }
    }
}

impl Nonces {
    /// The nonce of a second since 1970.
    fn at(&self, second: u64) -> String {
        let second = second.to_string();
        let signature = jsonwebtoken::crypto::sign(second.as_bytes(), &self.key, Algorithm::HS256);
        format!("{second}.{}", signature.expect("a secret signs whatever it is"))
    }

    /// How old a nonce of ours is, in seconds; none where it is none, or too old. One of a replica whose clock is ahead is new.
    fn age(&self, nonce: &str, now: u64) -> Option<u64> {
        let made = nonce.split_once('.')?.0.parse::<u64>().ok()?;
        let is_now = (now.saturating_sub(NONCE_SECONDS_MAX)..=now + CLOCKS_APART).contains(&made);
        let is_ours = is_now && bool::from(self.at(made).as_bytes().ct_eq(nonce.as_bytes()));
        is_ours.then(|| now.saturating_sub(made))
    }
}

/// A URL of a server, to which paths are added.
pub(super) fn base(url: &str) -> Result<Arc<str>, InvalidKeys> {
    Place::of(url).ok_or(NO_URL)?;
    let end = url.find(['?', '#']).unwrap_or(url.len());
    Ok(url[..end].trim_end_matches('/').into())
}

impl Place {
    fn of(url: &str) -> Option<Place> {
        let uri: Uri = url.split('#').next()?.parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let port = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let host = uri.host().filter(|host| !host.is_empty())?.to_ascii_lowercase();
        Some(Place { scheme, host, port: uri.port_u16().unwrap_or(port), path: uri.path().to_owned() })
    }
}

impl std::fmt::Debug for Dpop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dpop").field("bases", &self.inner.bases).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
    use serde_json::{Value, json};

    use super::*;

    const TOKEN: &str = "a token";

    /// A key of Ed25519, made of one byte.
    fn key(byte: u8) -> EncodingKey {
        jwt::install();
        let prefix = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
        EncodingKey::from_ed_der(&[&prefix[..], &[byte; 32]].concat())
    }

    fn jwk(key: &EncodingKey) -> Value {
        serde_json::to_value(Jwk::from_encoding_key(key, Algorithm::EdDSA).unwrap()).unwrap()
    }

    fn thumbprint(byte: u8) -> String {
        Jwk::from_encoding_key(&key(byte), Algorithm::EdDSA).unwrap().thumbprint(ThumbprintHash::SHA256).unwrap()
    }

    fn head() -> Value {
        json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk(&key(7)) })
    }

    fn claims(name: &str) -> Value {
        json!({
            "jti": name, "htm": "POST", "htu": "https://orders.example/v1/orders", "iat": clock::since_epoch().as_secs(),
            "ath": BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(TOKEN)),
        })
    }

    /// With something else in its place; `null` takes it away.
    fn but(of: Value, name: &str, value: Value) -> Value {
        let Value::Object(mut of) = of else { panic!("an object") };
        match value {
            Value::Null => of.remove(name),
            value => of.insert(name.to_owned(), value),
        };
        of.into()
    }

    fn signed(head: &Value, claims: &Value, byte: u8) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(head), part(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key(byte), Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    fn with(proofs: &[&str]) -> Context {
        let mut headers = http::HeaderMap::new();
        for proof in proofs {
            headers.append(HEADER, proof.parse().unwrap());
        }
        let received = crate::context::Carried::default();
        Context::received(crate::peer::Peer::default(), received, headers.into())
    }

    fn asked(proof: &str) -> Context {
        with(&[proof]).with_target(&Method::POST, "/v1/orders")
    }

    fn dpop() -> Dpop {
        Dpop::at(["https://orders.example", "http://127.0.0.1:8080/behind/"]).unwrap()
    }

    #[test]
    fn a_proof_is_of_its_request_and_taken_once() {
        let dpop = dpop();
        let check = |proof: &str| dpop.check(&asked(proof), TOKEN, &thumbprint(7));
        let proof = signed(&head(), &claims("1"), 7);
        assert_eq!(check(&proof), Ok(()));
        assert!(check(&proof).unwrap_err().to_string().contains("seen before"));
        assert!(dpop.clone().check(&asked(&proof), TOKEN, &thumbprint(7)).is_err(), "clones share what was seen");
        // However it writes the same place, and behind a proxy.
        for (name, place) in [
            ("2", "HTTPS://Orders.Example:443/v1/orders"),
            ("3", "https://orders.example/v1/orders?page=2#top"),
            ("4", "http://127.0.0.1:8080/behind/v1/orders"),
        ] {
            let proof = signed(&head(), &but(claims(name), "htu", json!(place)), 7);
            assert_eq!(check(&proof), Ok(()), "{place}");
        }
    }

    #[test]
    fn proofs_of_something_else_are_refused() {
        let now = clock::since_epoch().as_secs();
        let with_head = |name: &str, value: Value| signed(&but(head(), name, value), &claims("x"), 7);
        let with_claim = |name: &str, value: Value| signed(&head(), &but(claims("x"), name, value), 7);
        let good = signed(&head(), &claims("x"), 7);
        let mut private = jwk(&key(7));
        private["d"] = json!(BASE64_URL_SAFE_NO_PAD.encode([7; 32]));
        let of_another_key = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk(&key(8)) });
        let oct = json!({ "kty": "oct", "k": BASE64_URL_SAFE_NO_PAD.encode([7; 32]) });
        let hmac = json!({ "typ": "dpop+jwt", "alg": "HS256", "jwk": oct });
        let other_token = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest("another"));
        let refused = [
            ("no proof", "x".to_owned(), "no JSON Web Token"),
            ("too long", "x".repeat(PROOF_BYTES_MAX + 1), "too long"),
            ("another type", with_head("typ", json!("JWT")), "head is none"),
            ("no type", with_head("typ", Value::Null), "head is none"),
            ("no algorithm", with_head("alg", json!("none")), "head is none"),
            ("something critical", with_head("crit", json!(["exp"])), "head is none"),
            ("no key", with_head("jwk", Value::Null), "head is none"),
            ("a private key", with_head("jwk", private), "key is none"),
            ("another algorithm than the key's", with_head("alg", json!("ES256")), "key is none"),
            ("a secret as its key", signed(&hmac, &claims("x"), 7), "key is none"),
            ("signed by another key", signed(&head(), &claims("x"), 8), "not signed by its key"),
            ("of another key than the token's", signed(&of_another_key, &claims("x"), 8), "another key"),
            ("changed", good.replace(".ey", ".eyJ4IjoxLC"), "not signed"),
            ("another method", with_claim("htm", json!("GET")), "another request"),
            ("another path", with_claim("htu", json!("https://orders.example/v1/order")), "another request"),
            ("another server", with_claim("htu", json!("https://stock.example/v1/orders")), "another request"),
            ("another port", with_claim("htu", json!("https://orders.example:444/v1/orders")), "another request"),
            ("another scheme", with_claim("htu", json!("http://orders.example/v1/orders")), "another request"),
            ("no place", with_claim("htu", json!("/v1/orders")), "another request"),
            ("another token", with_claim("ath", json!(other_token)), "another token"),
            ("no token", with_claim("ath", Value::Null), "missing or wrong"),
            ("no name", with_claim("jti", Value::Null), "missing or wrong"),
            ("an empty name", with_claim("jti", json!("")), "name is none"),
            ("a name that is too long", with_claim("jti", json!("x".repeat(300))), "name is none"),
            ("too old", with_claim("iat", json!(now - 62)), "another time"),
            ("of later", with_claim("iat", json!(now + 62)), "another time"),
            ("of no time", with_claim("iat", json!(-1)), "of no time"),
            ("a time as a text", with_claim("iat", json!(now.to_string())), "missing or wrong"),
        ];
        let dpop = dpop();
        for (attack, proof, reason) in refused {
            let denial = dpop.check(&asked(&proof), TOKEN, &thumbprint(7)).expect_err(attack);
            assert!(denial.to_string().contains(reason), "{attack}: {denial}");
        }
        let two = with(&[&good, &good]).with_target(&Method::POST, "/v1/orders");
        assert!(dpop.check(&two, TOKEN, &thumbprint(7)).is_err());
        assert!(dpop.check(&with(&[]), TOKEN, &thumbprint(7)).is_err());
        assert!(dpop.check(&with(&[&good]), TOKEN, &thumbprint(7)).is_err(), "it did not come over HTTP");
        // None of them has used it up.
        assert_eq!(dpop.check(&asked(&good), TOKEN, &thumbprint(7)), Ok(()));
    }

    #[test]
    fn a_proof_has_a_nonce_of_its_server_where_that_wants_one() {
        let secret = [7; 32];
        let dpop = dpop().with_nonces(&secret).unwrap();
        let check = |dpop: &Dpop, name: &str, nonce: Value| {
            let proof = signed(&head(), &but(claims(name), "nonce", nonce), 7);
            dpop.check(&asked(&proof), TOKEN, &thumbprint(7))
        };
        let given = |denial: Denial| denial.wanted_nonce().unwrap().to_owned();
        let nonce = given(check(&dpop, "1", Value::Null).unwrap_err());
        assert!(nonce.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "RFC 9449, 8.1: {nonce}");
        assert_eq!(check(&dpop, "1", json!(nonce)), Ok(()), "the name of what was not taken is not used up");
        assert_eq!(check(&dpop, "2", json!(nonce)), Ok(()), "a nonce is for many proofs");
        assert!(check(&dpop, "2", json!(nonce)).unwrap_err().to_string().contains("seen before"));
        let replica = Dpop::at(["https://orders.example"]).unwrap();
        assert_eq!(check(&replica.clone().with_nonces(&secret).unwrap(), "1", json!(nonce)), Ok(()));
        let other = replica.clone().with_nonces(&[8; 32]).unwrap();
        let changed = nonce.replacen('.', "0.", 1);
        for (dpop, nonce) in [(&other, nonce.as_str()), (&dpop, ""), (&dpop, "."), (&dpop, "x.y"), (&dpop, &changed)] {
            let denial = check(dpop, "3", json!(nonce)).unwrap_err();
            assert_eq!(check(dpop, &format!("after {nonce}"), json!(given(denial))), Ok(()), "{nonce}");
        }
        // What is wrong otherwise is given none.
        let of_another = signed(&head(), &but(claims("4"), "htm", json!("GET")), 7);
        assert_eq!(dpop.check(&asked(&of_another), TOKEN, &thumbprint(7)).unwrap_err().wanted_nonce(), None);
        assert!(check(&dpop, "5", json!(1)).unwrap_err().wanted_nonce().is_none());
        // Who wants none looks at none.
        assert_eq!(check(&replica, "6", json!("whatever")), Ok(()));
        assert!(replica.with_nonces(&[7; 31]).is_err());
    }

    #[test]
    fn a_nonce_is_taken_for_five_minutes() {
        jwt::install();
        let nonces = Nonces { key: EncodingKey::from_secret(&[7; 32]) };
        let nonce = nonces.at(10_000);
        let age = |now: u64| nonces.age(&nonce, now);
        assert_eq!([10_000, 10_001, 10_300, 10_301].map(age), [Some(0), Some(1), Some(300), None]);
        // Made by a replica whose clock is ahead.
        assert_eq!([9_999, 9_940, 9_939].map(age), [Some(0), Some(0), None]);
        assert_eq!(nonces.age(&nonces.at(u64::MAX), 0), None);
    }

    #[test]
    fn a_nonce_that_is_old_is_followed_by_the_next_one_with_the_answer() {
        let dpop = dpop().with_nonces(&[7; 32]).unwrap();
        let (nonces, now) = (dpop.inner.nonces.clone().unwrap(), clock::since_epoch().as_secs());
        let told = |name: &str, nonce: String| {
            let cx = asked(&signed(&head(), &but(claims(name), "nonce", json!(nonce)), 7));
            // What answers has a clone.
            let answering = cx.clone();
            let checked = dpop.check(&cx, TOKEN, &thumbprint(7));
            (checked.is_ok(), answering.next_nonce().map(|nonce| nonce.to_str().unwrap().to_owned()))
        };
        assert_eq!(told("1", nonces.at(now - 100)), (true, None));
        let (is_good, next) = told("2", nonces.at(now - 200));
        assert!(is_good && nonces.age(&next.unwrap(), now).is_some_and(|age| age < 100));
        // Who is refused is told by that, or nothing.
        assert_eq!(told("2", nonces.at(now - 200)), (false, None));
        assert_eq!(told("3", nonces.at(now - 400)), (false, None));
    }

    #[test]
    fn what_is_no_url_is_no_place_of_a_server() {
        for url in ["", "orders.example", "/v1", "ftp://orders.example", "https://"] {
            assert!(Dpop::at([url]).is_err() && base(url).is_err(), "{url}");
        }
        for url in ["https://orders.example", "https://orders.example/", "https://orders.example/?a#b"] {
            assert_eq!(base(url).as_deref(), Ok("https://orders.example"), "{url}");
        }
        assert_eq!(base("http://127.0.0.1:8080/behind/").as_deref(), Ok("http://127.0.0.1:8080/behind"));
    }

    #[test]
    fn a_proof_is_remembered_for_as_long_as_it_holds_and_no_longer() {
        let second = Duration::from_secs;
        let mut seen = Seen::default();
        let begins = second(1_000_000);
        assert_eq!(seen.first([1; 32], begins), Some(true));
        assert_eq!(seen.first([2; 32], begins + HOLDS_MAX - second(1)), Some(true));
        for later in [0, 60, 119] {
            assert_eq!(seen.first([2; 32], begins + HOLDS_MAX + second(later)), Some(false), "{later}");
        }
        assert_eq!(seen.first([1; 32], begins + 3 * HOLDS_MAX), Some(true));
        seen.newer.extend((0..REMEMBERED_MAX as u64).map(|number| {
            let mut proof = [7; 32];
            proof[..8].copy_from_slice(&number.to_be_bytes());
            proof
        }));
        assert_eq!(seen.first([9; 32], begins + 3 * HOLDS_MAX), None, "nothing that holds is forgotten for it");
        assert_eq!(seen.first([1; 32], begins + 3 * HOLDS_MAX), Some(false));
    }
}
