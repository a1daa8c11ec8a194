//! A client of an authorization server: as whom it asks, and how it shows to be that.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::HeaderValue;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pkcs8::der::pem::PemLabel as _;
use pkcs8::{ObjectIdentifier, PrivateKeyInfo, SecretDocument};
use serde::Serialize;
use uuid::Uuid;

use super::{InvalidKeys, jwt};
use crate::clock;

/// What forms leave as it is.
pub(super) const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How many seconds an assertion holds: it is made for one question.
const ASSERTION_SECONDS: u64 = 60;

/// Bytes of what an RSA key signs, at least: 2048 bits.
const RSA_BYTES_MIN: usize = 256;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ELLIPTIC_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A private key by which an authorization server knows a client that has no secret to be stolen there, or on the way (`private_key_jwt`, RFC 7523):
/// with each question goes a statement of a minute, made for that server and signed by the key. Its `Debug` shows nothing of it.
///
/// ```no_run
/// use wireloom::auth::{ClientCredentials, ClientKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = ClientKey::from_pem(&std::fs::read_to_string("billing.pem")?)?;
/// let key = key.named("2026-01").audience("https://id.shop.example");
/// let credentials = ClientCredentials::with_key("https://id.shop.example/token", "billing", key)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientKey {
    key: EncodingKey,
    algorithm: Algorithm,
    name: Option<String>,
    audience: Option<String>,
}

/// What a statement says of a client (RFC 7523, 3).
#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: Uuid,
    iat: u64,
    exp: u64,
}

impl ClientKey {
    /// A key as `openssl genpkey` writes it (PKCS #8): of RSA with 2048 bits at least, for RS256; of the curve P-256 for ES256 or P-384 for ES384; of Ed25519
    /// for EdDSA. A key of RSA may stand as PKCS #1 as well.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn from_pem(pem: &str) -> Result<ClientKey, InvalidKeys> {
        let (label, document) =
            SecretDocument::from_pem(pem).map_err(|_| InvalidKeys::because("is no PEM of a key"))?;
        let (key, algorithm) = match label {
            PrivateKeyInfo::PEM_LABEL => of_pkcs8(document.as_bytes()).ok_or(NO_KEY)?,
            "RSA PRIVATE KEY" => (EncodingKey::from_rsa_der(document.as_bytes()), Algorithm::RS256),
            _ => return Err(NO_KEY),
        };
        jwt::install();
        // Whether it signs at all shows when it does.
        let signature = jsonwebtoken::crypto::sign(b"a trial", &key, algorithm).map_err(|_| NO_KEY)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| NO_KEY)?.len();
        match algorithm == Algorithm::RS256 && bytes < RSA_BYTES_MIN {
            true => Err(InvalidKeys::because("has less than 2048 bits")),
            false => Ok(ClientKey { key, algorithm, name: None, audience: None }),
        }
    }

    /// What the server calls the key (`kid`), where it knows several of this client.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> ClientKey {
        ClientKey { name: Some(name.into()), ..self }
    }

    /// For whom its statements are: the server's issuer, as the server itself writes that. Whoever knows the issuer says it, for then a statement is of no use
    /// to any other server, which could have told its own URL for that one's; many servers take no other (RFC 7523bis, CVE-2025-27370).
    ///
    /// Not said, it is the issuer that introspection is told of; and where none is known, the URL that is asked, to the letter.
    ///
    /// ```no_run
    /// use wireloom::auth::{ClientCredentials, ClientKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let key = ClientKey::from_pem(&std::fs::read_to_string("billing.pem")?)?.audience("https://id.shop.example");
    /// let credentials = ClientCredentials::with_key("https://id.shop.example/token", "billing", key)?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn audience(self, issuer: impl Into<String>) -> ClientKey {
        ClientKey { audience: Some(issuer.into()), ..self }
    }

    /// Says that it is for that, unless it is said already.
    pub(super) fn or_audience(self, audience: &str) -> ClientKey {
        match self.audience {
            Some(_) => self,
            None => self.audience(audience),
        }
    }

    /// A statement that whoever asks that URL is this client.
    fn assertion(&self, id: &str, url: &str) -> String {
        let now = clock::since_epoch().as_secs();
        let aud = self.audience.as_deref().unwrap_or(url);
        let claims = Assertion { iss: id, sub: id, aud, jti: Uuid::new_v4(), iat: now, exp: now + ASSERTION_SECONDS };
        let head = Header { kid: self.name.clone(), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&head, &claims, &self.key).expect("it has signed before")
    }
}

const NO_KEY: InvalidKeys = InvalidKeys::because("is no private key in PKCS #8 of RSA, P-256, P-384 or Ed25519");

/// A key with its one algorithm.
fn of_pkcs8(document: &[u8]) -> Option<(EncodingKey, Algorithm)> {
    let info = PrivateKeyInfo::try_from(document).ok()?;
    match (info.algorithm.oid, info.algorithm.parameters_oid().ok()) {
        (RSA, _) => Some((EncodingKey::from_rsa_der(info.private_key), Algorithm::RS256)),
        (ELLIPTIC_CURVE, Some(P256)) => Some((EncodingKey::from_ec_der(document), Algorithm::ES256)),
        (ELLIPTIC_CURVE, Some(P384)) => Some((EncodingKey::from_ec_der(document), Algorithm::ES384)),
        (ED25519, _) => Some((EncodingKey::from_ed_der(document), Algorithm::EdDSA)),
        _ => None,
    }
}

impl std::fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientKey")
            .field("algorithm", &self.algorithm)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// As whom a server is asked. Its `Debug` shows no secret.
#[derive(Clone)]
pub(super) enum Client {
    /// By its secret, in a header.
    Secret(HeaderValue),
    /// By its key, in the form.
    Key { id: String, key: Box<ClientKey> },
}

impl Client {
    pub(super) fn new(id: &str, secret: &str) -> Client {
        // Each is encoded as forms are, before base64 (RFC 6749, 2.3.1).
        let pair = format!("{}:{}", utf8_percent_encode(id, FORM), utf8_percent_encode(secret, FORM));
        let mut authorization =
            HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(pair))).expect("base64 is visible ASCII");
        authorization.set_sensitive(true);
        Client::Secret(authorization)
    }

    pub(super) fn of_key(id: &str, key: ClientKey) -> Client {
        Client::Key { id: id.to_owned(), key: Box::new(key) }
    }

    /// The header that says who asks.
    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        match self {
            Client::Secret(authorization) => Some(authorization),
            Client::Key { .. } => None,
        }
    }

    /// What a form to that URL says of who asks. Made anew for each: a statement is taken once.
    pub(super) fn fields(&self, url: &str) -> Vec<(&'static str, String)> {
        match self {
            Client::Secret(_) => Vec::new(),
            Client::Key { id, key } => vec![
                ("client_id", id.clone()),
                ("client_assertion_type", ASSERTION_TYPE.to_owned()),
                ("client_assertion", key.assertion(id, url)),
            ],
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};
    use pkcs8::der::EncodePem as _;
    use pkcs8::spki::AlgorithmIdentifierRef;
    use serde_json::Value;

    use super::*;
    use crate::auth::fake::{Answer, Provider};
    use crate::auth::fetch::Place;
    use crate::auth::jwt::tests::{EC, EC_X, EC_Y, ED, ED_X, RSA_N};

    /// A document as a file has it.
    fn pem(label: &str, base64: &str) -> String {
        let lines: Vec<&str> = (0..base64.len()).step_by(64).map(|at| &base64[at..base64.len().min(at + 64)]).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    /// The same key of RSA as PKCS #8.
    fn rsa() -> String {
        let pkcs1 = BASE64_STANDARD.decode(jwt::tests::RSA).unwrap();
        let algorithm = AlgorithmIdentifierRef { oid: RSA, parameters: Some(pkcs8::der::AnyRef::NULL) };
        PrivateKeyInfo::new(algorithm, &pkcs1).to_pem(pkcs8::LineEnding::LF).unwrap().to_string()
    }

    fn claims(assertion: &str, key: &DecodingKey, algorithm: Algorithm, audience: &str) -> Value {
        let mut expected = Validation::new(algorithm);
        expected.set_audience(&[audience]);
        expected.set_issuer(&["billing"]);
        jsonwebtoken::decode(assertion, key, &expected).unwrap().claims
    }

    #[test]
    fn a_statement_is_signed_by_its_key_for_one_server_and_one_question() {
        let rsa_key = DecodingKey::from_rsa_components(RSA_N, "AQAB").unwrap();
        let at = "https://id.example/token";
        for (pem, public, algorithm) in [
            (pem("PRIVATE KEY", ED), DecodingKey::from_ed_components(ED_X).unwrap(), Algorithm::EdDSA),
            (pem("PRIVATE KEY", EC), DecodingKey::from_ec_components(EC_X, EC_Y).unwrap(), Algorithm::ES256),
            (pem("RSA PRIVATE KEY", jwt::tests::RSA), rsa_key.clone(), Algorithm::RS256),
            (rsa(), rsa_key, Algorithm::RS256),
        ] {
            let key = ClientKey::from_pem(&pem).unwrap().named("k-1");
            let first = key.assertion("billing", at);
            assert_eq!(jsonwebtoken::decode_header(&first).unwrap().kid.as_deref(), Some("k-1"));
            let said = claims(&first, &public, algorithm, at);
            assert_eq!((&said["sub"], &said["aud"]), (&"billing".into(), &at.into()));
            assert_eq!(said["exp"].as_u64().unwrap() - said["iat"].as_u64().unwrap(), ASSERTION_SECONDS);
            let second = claims(&key.assertion("billing", at), &public, algorithm, at);
            assert_ne!(said["jti"], second["jti"]);
            let of_issuer = key.audience("https://id.example").or_audience("https://other.example");
            claims(&of_issuer.assertion("billing", at), &public, algorithm, "https://id.example");
        }
    }

    /// To the letter as the URL was said: servers compare it so.
    #[tokio::test]
    async fn a_statement_for_a_url_is_for_it_as_it_was_said() {
        let provider = Provider::answering(Answer::json(&serde_json::json!({}))).await;
        let key = ClientKey::from_pem(&pem("PRIVATE KEY", ED)).unwrap();
        let issuer = key.clone().audience("https://id.example");
        for (key, path, audience) in [
            (key.clone(), "", provider.at("")),
            (key, "/token?tenant=7", provider.at("/token?tenant=7")),
            (issuer, "/token", "https://id.example".to_owned()),
        ] {
            let place = Place::new(&provider.at(path)).unwrap();
            place.post::<Value>(&Client::of_key("billing", key), &[], None).await.unwrap();
            let asked = provider.asked().pop().unwrap().body;
            let (_, assertion) = asked.split_once("client_assertion=").unwrap();
            claims(assertion, &DecodingKey::from_ed_components(ED_X).unwrap(), Algorithm::EdDSA, &audience);
        }
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        // Of 1024 bits, which nobody else has.
        let short = concat!(
            "MIICdAIBADANBgkqhkiG9w0BAQEFAASCAl4wggJaAgEAAoGBAM0iPeXP5L8raFQTM9Qws0fRgLJCBz4KqmKW8aPrDdK4HyQ8KAcUCKPycjQfjEcObyak",
            "CCj8aX4CSSnbQkwdAZwSHKlmgtqHB0znQlRxbahqgpP/YOxDOdXro8TtBxRD1AlxmgHtsZ1jo+Dq8ldtrlDsujpiaHHRn1Z0oarr3YnLAgMBAAECgYBv",
            "0Ili2kY6uiN9KJZoxD8FF7qJ8BnYhKHJabO/gOGhCcHX036SFSZ8jywXI1coaELIEkNsa+Ho0MAms6BYsrrr6FqPZEs3yD3GkgUA3JLEeB7GWpRFTo4/",
            "sPS8PL0XrqDo1g1e82IcZwrgqTRg0mqWlhRPS9VWNC4tFcPgGyTCuQJBAPO8VwASeb/R9z63Q60cUYS3J5ZgXjjpl/0QgVh+SandrtfNxpZLDHKSTLYz",
            "RyEjykgU+3X3Li9R5+24sHidH0cCQQDXdKeDx8jFgYU3D7/evgtEDPLCsMRBFMR2Zr0aI7rb8eZ8fIAEcZUN0yflDNiRisFYI6uMciq4bAXHP7vf1etd",
            "AkBV9WFVdC6d+OXSp31lquwQ+ysp/JieR7vDkzOaywcdskH8d+UGkjc0nOYTB+iZBm9LlqLMir0uERvTmeQa1Yb3Aj8w0D0jnh/en3mPAAJ4dJYY1NYr",
            "ReEw3YOlT6GISpALRMLzcUGPwCwE9dIUEtT+JHGphmtXZoZHQjIM8mOeUtkCQEffR5Jmvlc7fe0qQAO6bJAaY7tFDnQ/XOXEXSrmXIvDFZVlJJozxRSh",
            "YLLnB6FLy2G6AJAC29OBMGmRnGGmOEI=",
        );
        let refused = [
            (String::new(), "no PEM"),
            ("a secret".to_owned(), "no PEM"),
            (pem("PRIVATE KEY", ED).replace('M', "!"), "no PEM"),
            (pem("PUBLIC KEY", ED), "no private key"),
            (pem("EC PRIVATE KEY", EC), "no private key"),
            (pem("RSA PRIVATE KEY", EC), "no private key"),
            (pem("PRIVATE KEY", &ED[..60]), "no PEM"),
            (pem("PRIVATE KEY", jwt::tests::RSA), "no private key"),
            (pem("PRIVATE KEY", short), "2048 bits"),
        ];
        for (pem, reason) in refused {
            let told = ClientKey::from_pem(&pem).expect_err(&pem).to_string();
            assert!(told.contains(reason), "{told}: {pem}");
        }
        let shown = format!("{:?}", ClientKey::from_pem(&pem("PRIVATE KEY", ED)).unwrap().named("k-1"));
        assert_eq!(shown, r#"ClientKey { algorithm: EdDSA, name: Some("k-1"), .. }"#);
    }

    #[test]
    fn a_client_is_written_as_forms_are() {
        let client = Client::new("a:b", "c d");
        assert_eq!(format!("{client:?} {:?}", client.authorization().unwrap()), "Client Sensitive");
        let pair = BASE64_STANDARD.encode("a%3Ab:c%20d");
        assert_eq!(client.authorization().unwrap(), &format!("Basic {pair}"));
        assert!(client.fields("https://id.example").is_empty());
    }

    #[test]
    fn who_has_a_key_says_so_in_the_form_alone() {
        let client = Client::of_key("billing", ClientKey::from_pem(&pem("PRIVATE KEY", ED)).unwrap());
        assert!(client.authorization().is_none());
        let fields = client.fields("https://id.example/token");
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["client_id", "client_assertion_type", "client_assertion"]);
        assert_eq!(format!("{client:?}"), "Client");
    }
}
