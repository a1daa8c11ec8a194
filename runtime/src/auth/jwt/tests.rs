//! Tokens that are taken, and a table of those that are not: the attacks on JSON Web Tokens that are known.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::token::Token;
use super::{JwtVerifier, KeySet};
use crate::auth::bearer::{Presented, TOKEN_BYTES_MAX};
use crate::auth::{Denial, Principal, Verification, Verifier};
use crate::context::Context;

/// Keys of these tests alone.
pub(in crate::auth) const ED: &str = "MC4CAQAwBQYDK2VwBCIEIKO8XRxPg/YqdzaHB6CrIG49hoLtDmZ9hCUrY5LvRFKS";
pub(in crate::auth) const ED_X: &str = "i92ys-5II7mRvXIyT1uRKnhVxK4v_kf1sb7frtXzcrk";
pub(in crate::auth) const EC: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBHkyvDjDqOhyO26DUHKvH/FJ85dIxH0EWvulcql+YzmhRANCAAThcmH5ZdQqH/AuDcMyIqBRssK/sboemilo/2A3iK1OYmdskRKwiKpaIdBwF4OkVppfVaXGoAWDrQnU1M8rbT+Q";
pub(in crate::auth) const EC_X: &str = "4XJh-WXUKh_wLg3DMiKgUbLCv7G6HpopaP9gN4itTmI";
pub(in crate::auth) const EC_Y: &str = "Z2yRErCIqloh0HAXg6RWml9VpcagBYOtCdTUzyttP5A";
pub(in crate::auth) const RSA: &str = concat!(
    "MIIEogIBAAKCAQEAo+4DgyIb1r9jqeZi5CG2gWKUghMJYWbauKNny1ICruC/b6H0ttSEdCwwfru83NX5Qkrx6RRmY3cXZuT/sq+Wc2icant8HVkT",
    "WyDcg81qz3QrG4vIZDXoy1hX1yM2kEzbclgmbHW2KMMxgCVANNsyeyV3PsaJ0uEmTyYkjJfuOcXNyrdWlJ02QtxsAMz5K0kN6X6h6s1c0sZno8UB",
    "DPZB5EXERuYWp+E5JWs5mhLM8E5WmUBi6QzlcY7mlcJELgN+xFiZco2LFk3lUfUvNCS/cThyCXU6s/ezyl/++o7Wpm9TJfxId9RYqHz6YA2sr9bo",
    "nDm02wtUsxhefDIl0wlFbwIDAQABAoIBABUtcfm2ZddL2WHBGCR1sICtjhbxw6P4KChzP7z2Bs+1zDVtPFKESOpDLS6qLT9wSyfDy9W7I3EVGQpb",
    "aicY5Pxa1t4wvruB3uzGZYaHepV7YfhIiiZcCot+ibaK34krzKvMdIZNfK9ubA4sgctyR+a909ZhyrtaB9twx4b8N7Pxw2OESgTQdTOr6cR4Hg4I",
    "8D25DDW9yannDqTNbCfV90QnhXHMIQoxVQIPnopXsJsc+UnaPePyUo2GhrvJjEoOnD/s91dsUsEauQlfDpuZYMyXaZaplh4BiwezoDoPaxOYa9kC",
    "Hi3rJpQRRrsJzILVmBWqGRsXi3loJpjgVUeqxPkCgYEA1sNKbxzs+1K9guhM2ZvaD/O3za5pqXs51yKFn6vgDeCip5QwDmKKenim6SyOzMxOOV2v",
    "mYDoVP8huVU67RzArxUMWdL/973T0eCv/NmbzyNa2hLOpqjExG2sFvznWJGHCClEyO5iRP2wEuk+1+p7FCfF6cYazcfBWKI8Ynt0cvcCgYEAw2gC",
    "9Ar83W08udLxtQgIhrdf0HKS6xAMJbZyfzr0VbmAvrZh8tp8XlQX8jYGK+3zIWU/AQGxrfKVM9WOs1EYDBEMBHfgmbpPC3ElglcmGP0cnecaiwul",
    "zbdc9mDARHcKgfHZApEpQGVdryN1khCCVsSLS1NUI+Uq97rg8LZjK0kCgYAq9TNNWHbaqqk3pynAGVmb+T8ZyDpgaUKfkssxrhqKDBXc+VpHdlSG",
    "vN1+JKiHtJItDV1TkiJm5gWj4bWAulCcdNRcn0UOFA1rnMr3A7wTydmhZ0OouHdrZxiWHI5V+/4Llt2oZ26GqEvw7HDilYd6952x7itsX/l/tivn",
    "8xPO7wKBgF4jfNC/fmTanJfVdVbGoPzt2P4eRIN0PrXoeK6s40ttTAYU7YlHEwWKs+Kffkepoikjkr/UZhosNQ88wjvHRLODfuukKRNGe5BCmVR6",
    "0cLWJfQ4g0Qbf2xk+ydDIz2Yr/o8XlTrRBle/ExE4/5Tb8eHdqf6ZB3K6PFiGb49z/bpAoGAPNXt83u4c5rArIO1aVB0k/ZkyI4LD/n0F1Wp0p62",
    "tn78QwFhfy9x+EzUKilBwQhmHCzRDoDoPkMNlUZee7SBlbgMtZHQfnZ3JxhoWkGtZcvHiDysanH8z/tI7vPfGMXCL8tkjVrTSg65vFBq9YwbgD/O",
    "0f+iO8Qed6uOq7xVBXo=",
);
pub(in crate::auth) const RSA_N: &str = concat!(
    "o-4DgyIb1r9jqeZi5CG2gWKUghMJYWbauKNny1ICruC_b6H0ttSEdCwwfru83NX5Qkrx6RRmY3cXZuT_sq-Wc2icant8HVkTWyDcg81qz3QrG4vI",
    "ZDXoy1hX1yM2kEzbclgmbHW2KMMxgCVANNsyeyV3PsaJ0uEmTyYkjJfuOcXNyrdWlJ02QtxsAMz5K0kN6X6h6s1c0sZno8UBDPZB5EXERuYWp-E5",
    "JWs5mhLM8E5WmUBi6QzlcY7mlcJELgN-xFiZco2LFk3lUfUvNCS_cThyCXU6s_ezyl_--o7Wpm9TJfxId9RYqHz6YA2sr9bonDm02wtUsxhefDIl",
    "0wlFbw",
);

const NOW: u64 = 1_800_000_000;

fn now() -> Duration {
    Duration::from_secs(NOW)
}

fn jwks() -> Value {
    json!({ "keys": [
        { "kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": ED_X, "use": "sig" },
        { "kty": "EC", "crv": "P-256", "kid": "ec", "x": EC_X, "y": EC_Y, "alg": "ES256" },
        { "kty": "RSA", "kid": "rsa", "n": RSA_N, "e": "AQAB", "key_ops": ["verify"] },
        { "kty": "RSA", "kid": "pss", "n": RSA_N, "e": "AQAB", "alg": "PS256" },
        { "kty": "RSA", "kid": "enc", "n": RSA_N, "e": "AQAB", "use": "enc" },
        { "kty": "RSA", "kid": "wrap", "n": RSA_N, "e": "AQAB", "key_ops": ["wrapKey"] },
        { "kty": "RSA", "kid": "short", "n": &RSA_N[..170], "e": "AQAB" },
        { "kty": "RSA", "kid": "one", "n": RSA_N, "e": "AQ" },
        { "kty": "EC", "crv": "P-256", "kid": "off", "x": EC_X, "y": EC_X },
        { "kty": "oct", "kid": "oct", "k": BASE64_URL_SAFE_NO_PAD.encode(SECRET), "alg": "HS256" },
        { "kty": "new", "kid": "new" },
        "no key at all",
    ] })
}

const SECRET: &[u8] = b"a secret of more than 32 bytes, is it";

fn keys() -> KeySet {
    KeySet::from_jwks(jwks().to_string().as_bytes()).expect("some can be used")
}

fn verifier() -> JwtVerifier {
    JwtVerifier::new("https://id.example", "vault", keys()).leeway(Duration::from_secs(60))
}

/// Whether a token is taken at the time of these tests.
fn judge(token: &str) -> Result<Principal, Denial> {
    judged_by(&verifier(), token)
}

fn judged_by(verifier: &JwtVerifier, token: &str) -> Result<Principal, Denial> {
    judged_with(verifier, token, &keys())
}

fn judged_with(verifier: &JwtVerifier, token: &str, keys: &KeySet) -> Result<Principal, Denial> {
    verifier.inner.judge(&Token::read(token)?, keys, now())?.brought_by(
        &Context::new(),
        Presented { token, has_proof: false },
        None,
    )
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example", "sub": "alice", "aud": "vault", "exp": NOW + 300, "nbf": NOW - 10, "iat": NOW - 10,
        "scope": "vault:read vault:write", "roles": ["admin"],
    })
}

/// These claims with others in their place; `null` takes one away.
fn but(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => claims.as_object_mut().expect("an object").remove(name),
            value => claims.as_object_mut().expect("an object").insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn key(algorithm: Algorithm) -> EncodingKey {
    let der = |text: &str| BASE64_STANDARD.decode(text).expect("base64");
    match algorithm {
        Algorithm::EdDSA => EncodingKey::from_ed_der(&der(ED)),
        Algorithm::ES256 => EncodingKey::from_ec_der(&der(EC)),
        Algorithm::HS256 => EncodingKey::from_secret(SECRET),
        _ => EncodingKey::from_rsa_der(&der(RSA)),
    }
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with that head and these claims, signed with EdDSA whatever the head says.
fn signed(head: &Value, claims: &str) -> String {
    signed_with(head, claims.as_bytes())
}

fn signed_bytes(claims: &[u8]) -> String {
    signed_with(&json!({ "alg": "EdDSA", "kid": "ed" }), claims)
}

fn signed_with(head: &Value, claims: &[u8]) -> String {
    super::keys::install();
    let message = format!("{}.{}", part(head), BASE64_URL_SAFE_NO_PAD.encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key(Algorithm::EdDSA), Algorithm::EdDSA);
    format!("{message}.{}", signature.expect("it can be signed"))
}

/// A token of Ed25519 as the issuer makes it.
fn token(claims: &Value) -> String {
    signed(&json!({ "alg": "EdDSA", "kid": "ed", "typ": "at+jwt" }), &claims.to_string())
}

/// A token that is signed with an algorithm's own key, and names another.
fn made_with(algorithm: Algorithm, kid: &str) -> String {
    super::keys::install();
    let head = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
    jsonwebtoken::encode(&head, &claims(), &key(algorithm)).expect("it can be signed")
}

#[test]
fn a_token_of_every_algorithm_is_taken() {
    for (algorithm, kid) in
        [(Algorithm::EdDSA, "ed"), (Algorithm::ES256, "ec"), (Algorithm::RS256, "rsa"), (Algorithm::PS256, "pss")]
    {
        let principal = judge(&made_with(algorithm, kid)).unwrap_or_else(|denial| panic!("{algorithm:?}: {denial}"));
        assert_eq!((principal.subject(), principal.issuer()), ("alice", "https://id.example"));
        assert_eq!(principal.scopes().collect::<Vec<_>>(), ["vault:read", "vault:write"]);
        assert!(principal.has_role("admin") && principal.audiences() == ["vault"]);
        assert_eq!(principal.valid_until(), Some(Duration::from_secs(NOW + 360)));
        assert_eq!(principal.claims()["iat"], NOW - 10);
    }
}

#[test]
fn a_secret_is_for_hs256_alone() {
    let with_secret = keys().and(KeySet::from_secret(Some("shared"), SECRET).unwrap());
    let judge = |token: &str| judged_with(&verifier(), token, &with_secret);
    assert!(judge(&made_with(Algorithm::HS256, "shared")).is_ok());
    assert!(judge(&made_with(Algorithm::EdDSA, "shared")).is_err());
    assert!(KeySet::from_secret(None, &SECRET[..31]).is_err());
}

/// Each with what the log says of it, so that none is refused for another reason than its own.
#[test]
fn attacks_are_refused() {
    let good = token(&claims());
    let (head, rest) = good.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let head_with = |name: &str, value: Value| {
        let mut head = json!({ "alg": "EdDSA", "kid": "ed", "typ": "at+jwt" });
        head[name] = value;
        signed(&head, &claims().to_string())
    };
    let hmac_with = |algorithm: Algorithm, kid: &str, secret: &[u8]| {
        let head = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&head, &claims(), &EncodingKey::from_secret(secret)).unwrap()
    };
    let hs256_with = |secret: &[u8]| hmac_with(Algorithm::HS256, "rsa", secret);
    let bytes = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
    let zero_bytes = |count: usize| BASE64_URL_SAFE_NO_PAD.encode(vec![0; count]);
    let zeros = |alg: &str, kid: &str| format!("{}.{payload}", part(&json!({ "alg": alg, "kid": kid })));
    let unsigned = |alg: &str| format!("{}.{payload}.", part(&json!({ "alg": alg, "kid": "ed" })));
    let public_key = json!({ "kty": "OKP", "crv": "Ed25519", "x": ED_X });
    let other_claims = BASE64_URL_SAFE_NO_PAD.encode(but(&json!({ "sub": "root" })).to_string());
    let mut flipped = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[0] ^= 1;
    let flipped = BASE64_URL_SAFE_NO_PAD.encode(flipped);
    let (no_head, no_key) = ("head cannot be read", "no key of that name is for that algorithm");
    let (own_key, no_claims) = ("brings its own key", "a claim that must be there is not");
    let refused = [
        ("alg none", unsigned("none"), no_head),
        ("alg None in another case", unsigned("nOnE"), no_head),
        ("no signature", format!("{head}.{payload}."), "signature is not"),
        (
            "hs256 with the rsa modulus as its secret",
            hs256_with(&BASE64_URL_SAFE_NO_PAD.decode(RSA_N).unwrap()),
            no_key,
        ),
        ("hs256 with the rsa key's text as its secret", hs256_with(jwks()["keys"][2].to_string().as_bytes()), no_key),
        ("hs256 with a secret of the public set", made_with(Algorithm::HS256, "oct"), no_key),
        ("hs256 with the ec key's x as its secret", hmac_with(Algorithm::HS256, "ec", &bytes(EC_X)), no_key),
        ("hs256 with the ed key as its secret", hmac_with(Algorithm::HS256, "ed", &bytes(ED_X)), no_key),
        ("hs384 with the rsa modulus as its secret", hmac_with(Algorithm::HS384, "rsa", &bytes(RSA_N)), no_key),
        ("hs512 with the rsa modulus as its secret", hmac_with(Algorithm::HS512, "rsa", &bytes(RSA_N)), no_key),
        ("hs256 with no secret", hmac_with(Algorithm::HS256, "rsa", b""), no_key),
        ("a signature of zeros by ecdsa", format!("{}.{}", zeros("ES256", "ec"), zero_bytes(64)), "signature is not"),
        ("a signature of zeros by eddsa", format!("{}.{}", zeros("EdDSA", "ed"), zero_bytes(64)), "signature is not"),
        ("a signature of zeros by rsa", format!("{}.{}", zeros("RS256", "rsa"), zero_bytes(256)), "signature is not"),
        ("a key of which anybody is the owner", made_with(Algorithm::RS256, "one"), no_key),
        ("a key beside its curve", made_with(Algorithm::ES256, "off"), "signature is not"),
        ("a kid that leads elsewhere", head_with("kid", json!("../../../dev/null")), no_key),
        ("a kid that asks a database", head_with("kid", json!("x' UNION SELECT 'a")), no_key),
        ("rs256 with a key for ps256", made_with(Algorithm::RS256, "pss"), no_key),
        ("ps256 with a key for rs256", made_with(Algorithm::PS256, "rsa"), no_key),
        ("es256 with a key for eddsa", made_with(Algorithm::ES256, "ed"), no_key),
        ("a key for encryption", made_with(Algorithm::RS256, "enc"), no_key),
        ("a key that may not verify", made_with(Algorithm::RS256, "wrap"), no_key),
        ("a key of too few bits", made_with(Algorithm::RS256, "short"), no_key),
        ("a key that nobody has", made_with(Algorithm::EdDSA, "nobody"), no_key),
        (
            "another token's signature",
            format!("{}.{signature}", unsigned("EdDSA").trim_end_matches('.')),
            "signature is not",
        ),
        ("changed claims", format!("{head}.{other_claims}.{signature}"), "signature is not"),
        ("a changed signature", format!("{head}.{payload}.{flipped}"), "signature is not"),
        ("a signature behind more", format!("{head}.{payload}.{signature}AA"), "signature is not"),
        ("jwk in the head", head_with("jwk", public_key), own_key),
        ("jku in the head", head_with("jku", json!("https://evil.example/jwks")), own_key),
        ("x5u in the head", head_with("x5u", json!("https://evil.example/cert")), own_key),
        ("x5c in the head", head_with("x5c", json!(["MIIB"])), own_key),
        ("crit that nobody knows", head_with("crit", json!(["exp"])), "wants something understood"),
        ("crit of b64", head_with("crit", json!(["b64"])), "wants something understood"),
        ("an empty crit", head_with("crit", json!([])), "wants something understood"),
        ("zip", head_with("zip", json!("DEF")), "encrypted or compressed"),
        ("enc", head_with("enc", json!("A256GCM")), "encrypted or compressed"),
        ("an encrypted token", format!("{head}.a.b.c.d"), "is encrypted"),
        ("an id token by its type", head_with("typ", json!("id+jwt")), "of another type"),
        ("a logout token", head_with("typ", json!("logout+jwt")), "of another type"),
        ("a type that is no text", head_with("typ", json!(1)), no_head),
        ("a kid that is no text", head_with("kid", json!({ "$ne": "" })), no_head),
        ("alg twice", signed_twice(), no_head),
        ("a token in a token", signed(&json!({ "alg": "EdDSA", "kid": "ed", "cty": "JWT" }), &good), no_claims),
        (
            "a token as json",
            json!({ "protected": head, "payload": payload, "signature": signature }).to_string(),
            "no JSON Web Token",
        ),
        ("two parts", format!("{head}.{payload}"), "no JSON Web Token"),
        ("four parts", format!("{good}.x"), "no JSON Web Token"),
        ("no token", "opaque".to_owned(), "no JSON Web Token"),
        ("padded base64", format!("{head}=.{payload}.{signature}"), no_head),
        ("another issuer", token(&but(&json!({ "iss": "https://evil.example" }))), "another issuer"),
        ("an issuer with a slash more", token(&but(&json!({ "iss": "https://id.example/" }))), "another issuer"),
        ("issuers in a list", token(&but(&json!({ "iss": ["https://id.example"] }))), no_claims),
        ("no issuer", token(&but(&json!({ "iss": null }))), no_claims),
        ("another audience", token(&but(&json!({ "aud": "orders" }))), "another audience"),
        ("audiences without ours", token(&but(&json!({ "aud": ["orders", "vaults"] }))), "another audience"),
        ("no audience", token(&but(&json!({ "aud": null }))), no_claims),
        ("an audience that is no text", token(&but(&json!({ "aud": 1 }))), no_claims),
        ("no subject", token(&but(&json!({ "sub": null }))), no_claims),
        ("an empty subject", token(&but(&json!({ "sub": "" }))), "names nobody"),
        ("no end", token(&but(&json!({ "exp": null }))), no_claims),
        ("an end that is past", token(&but(&json!({ "exp": NOW - 60 }))), "has expired"),
        ("an end as a text", token(&but(&json!({ "exp": (NOW + 300).to_string() }))), no_claims),
        ("an end as a list", token(&but(&json!({ "exp": [NOW + 300] }))), no_claims),
        ("an end as null", token_of(&claims().to_string().replace("\"exp\":1800000300", "\"exp\":null")), no_claims),
        ("an end before all time", token(&but(&json!({ "exp": -1 }))), "beyond all time"),
        ("an end beyond all time", token_of(&claims().to_string().replace("1800000300", "1e300")), "beyond all time"),
        ("an end that is infinite", token_of(&claims().to_string().replace("1800000300", "1e999")), no_claims),
        ("not before later", token(&but(&json!({ "nbf": NOW + 61 }))), "not valid yet"),
        ("not before as a text", token(&but(&json!({ "nbf": "0" }))), no_claims),
        (
            "not before as null",
            token_of(&claims().to_string().replace("\"nbf\":1799999990", "\"nbf\":null")),
            no_claims,
        ),
        ("the subject twice", token_of(&claims().to_string().replacen('{', "{\"sub\":\"root\",", 1)), no_claims),
        ("scopes that are no texts", token(&but(&json!({ "scope": { "vault": true } }))), no_claims),
        ("roles that are no texts", token(&but(&json!({ "roles": [1] }))), "roles are no texts"),
        ("claims that are no UTF-8", signed_bytes(b"{\"iss\":\"https://id.example\",\"sub\":\"\xff\"}"), no_claims),
        ("the end twice", token_of(&claims().to_string().replacen('{', "{\"exp\":9999999999,", 1)), no_claims),
        (
            "bound to a certificate that its caller has not",
            token(&but(&json!({ "cnf": { "x5t#S256": zero_bytes(32) } }))),
            "bound to a certificate",
        ),
        ("bound to a key", token(&but(&json!({ "cnf": { "jkt": "k" } }))), "comes without its proof"),
        ("bound to nothing that is known", token(&but(&json!({ "cnf": {} }))), "not looked at here"),
        ("bound to a key that is null", token(&but(&json!({ "cnf": { "jkt": null } }))), "not looked at here"),
        (
            "bound twice",
            token_of(&claims().to_string().replacen('{', r#"{"cnf":{"jkt":"k"},"cnf":null,"#, 1)),
            no_claims,
        ),
        ("claims that are no object", token_of("[]"), no_claims),
        ("claims that are no JSON", token_of("{"), no_claims),
    ];
    for (attack, token, reason) in refused {
        let denial = judge(&token).map(|it| it.key().to_string()).expect_err(attack);
        assert!(denial.to_string().contains(reason) && !denial.is_outage(), "{attack}: {denial}");
    }
    assert!(judge(&good).is_ok());
}

fn token_of(claims: &str) -> String {
    signed(&json!({ "alg": "EdDSA", "kid": "ed" }), claims)
}

/// A token whose head says its algorithm twice.
fn signed_twice() -> String {
    let head = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","alg":"none","kid":"ed"}"#);
    let good = token(&claims());
    format!("{head}.{}", good.split_once('.').unwrap().1)
}

#[test]
fn clocks_may_be_apart_by_a_minute_at_most() {
    let late = token(&but(&json!({ "exp": NOW - 59, "nbf": NOW + 59 })));
    assert!(judge(&late).is_ok());
    let lax = verifier().leeway(Duration::from_secs(3600));
    let later = token(&but(&json!({ "exp": NOW - 61 })));
    assert!(judged_by(&lax, &later).is_err());
    let strict = verifier().leeway(Duration::ZERO);
    assert!(judged_by(&strict, &late).is_err());
}

#[test]
fn types_are_those_of_access_tokens() {
    let strict = verifier().access_tokens_only();
    let of = |typ: Option<&str>| signed(&json!({ "alg": "EdDSA", "kid": "ed", "typ": typ }), &claims().to_string());
    for (typ, is_access_token) in [
        (Some("at+jwt"), true),
        (Some("application/at+jwt"), true),
        (Some("AT+JWT"), true),
        (Some("JWT"), false),
        (None, false),
    ] {
        assert!(judge(&of(typ)).is_ok(), "{typ:?}");
        assert_eq!(judged_by(&strict, &of(typ)).is_ok(), is_access_token, "{typ:?}");
    }
}

#[test]
fn a_token_without_a_name_of_its_key_is_looked_at_with_those_of_its_algorithm() {
    let unnamed = signed(&json!({ "alg": "EdDSA" }), &claims().to_string());
    assert!(judge(&unnamed).is_ok());
}

/// It is signed: nobody but the issuer has written it, and it is whoever's as without the claim. With a proof beside it, it is nobody's.
#[test]
fn a_binding_that_is_null_is_none() {
    let null = token_of(&claims().to_string().replacen('{', r#"{"cnf":null,"#, 1));
    let bound = verifier().inner.judge(&Token::read(&null).unwrap(), &keys(), now()).unwrap();
    let dpop = crate::auth::Dpop::at(["https://vault.example"]).unwrap();
    let brought =
        |has_proof| bound.clone().brought_by(&Context::new(), Presented { token: &null, has_proof }, Some(&dpop));
    assert_eq!(brought(false).unwrap().subject(), "alice");
    assert!(brought(true).is_err());
}

#[test]
fn roles_may_lie_deeper() {
    let deep = token(&but(&json!({ "realm_access": { "roles": ["clerk"] } })));
    let principal = judged_by(&verifier().roles_claim("realm_access.roles"), &deep).unwrap();
    assert_eq!(principal.roles().collect::<Vec<_>>(), ["clerk"]);
    let none = judged_by(&verifier().roles_claim("realm.x"), &deep).unwrap();
    assert_eq!(none.roles().count(), 0);
}

#[test]
fn a_key_set_has_bounds_and_keys() {
    let many = json!({ "keys": vec![jwks()["keys"][0].clone(); super::keys::KEYS_MAX + 1] }).to_string();
    for set in ["", "[]", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#, &many] {
        assert!(KeySet::from_jwks(set.as_bytes()).is_err(), "{set:.40}");
    }
}

/// The size is looked at before anything is read, and what was found good is remembered.
#[test]
fn a_call_brings_its_token_in_a_header() {
    let verifier = verifier();
    let outcome = |value: Option<&str>| {
        let cx =
            value.map_or_else(Context::new, |value| Context::new().with_metadata("authorization", value)).arrived();
        match verifier.verify(&cx) {
            Verification::Absent => "absent",
            Verification::Known(_) => "known",
            Verification::Refused(_) => "refused",
            Verification::Later(_) => "later",
        }
    };
    let fresh = token(&but(&json!({ "exp": crate::clock::since_epoch().as_secs() + 300, "nbf": null })));
    let long = token(&but(&json!({ "more": "x".repeat(TOKEN_BYTES_MAX) })));
    assert_eq!(outcome(None), "absent");
    assert_eq!(outcome(Some("Basic YTpi")), "absent");
    for _ in 0..2 {
        assert_eq!(outcome(Some(&format!("Bearer {fresh}"))), "known");
    }
    assert_eq!(outcome(Some(&format!("Bearer {long}"))), "refused");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever is not a token that was signed is refused, and nothing breaks.
    #[test]
    fn no_text_is_taken_for_a_token(text in ".{0,200}", parts in proptest::collection::vec("[A-Za-z0-9_-]{0,80}", 0..7)) {
        proptest::prop_assert!(judge(&text).is_err());
        proptest::prop_assert!(judge(&parts.join(".")).is_err());
    }

    /// A token of which one byte is another is refused, wherever it stands.
    #[test]
    fn no_byte_of_a_token_can_be_another(at in 0..1_000_000_usize, byte in "[A-Za-z0-9_.=-]") {
        let good = token(&claims());
        let at = at % good.len();
        let changed = format!("{}{byte}{}", &good[..at], &good[at + 1..]);
        proptest::prop_assert!(changed == good || judge(&changed).is_err());
    }

    /// Claims of any shape, well signed, are read or refused, and what is read is what is expected.
    #[test]
    fn signed_claims_of_any_shape_do_no_harm(name in "(iss|sub|aud|exp|nbf|scope|scp|roles)", value in values()) {
        let mut claims = claims();
        claims[&name] = value;
        if let Ok(principal) = judge(&token(&claims)) {
            proptest::prop_assert_eq!(principal.issuer(), "https://id.example");
            proptest::prop_assert!(!principal.subject().is_empty() && principal.valid_until() > Some(now()));
        }
    }
}

fn values() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..4).prop_map(|it| it.into_iter().collect()),
        ]
    })
}
