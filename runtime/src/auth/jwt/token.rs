//! A token as it is written: three parts, of which the first says how it was signed (RFC 7515).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::auth::Denial;

/// A token whose head is read. Nothing of it is believed yet.
pub(super) struct Token<'t> {
    pub(super) head: Head,
    /// What was signed: head and payload, as they came.
    pub(super) signed: &'t str,
    pub(super) payload: &'t str,
    pub(super) signature: &'t str,
}

/// What a head says. What it says of where keys are is read to refuse it.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) alg: Algorithm,
    #[serde(default)]
    pub(super) kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
    #[serde(default)]
    enc: Option<IgnoredAny>,
    #[serde(default)]
    zip: Option<IgnoredAny>,
    #[serde(default)]
    jwk: Option<IgnoredAny>,
    #[serde(default)]
    jku: Option<IgnoredAny>,
    #[serde(default)]
    x5u: Option<IgnoredAny>,
    #[serde(default)]
    x5c: Option<IgnoredAny>,
}

impl<'t> Token<'t> {
    pub(super) fn read(text: &'t str) -> Result<Token<'t>, Denial> {
        let parts: Vec<&str> = text.splitn(6, '.').collect();
        let &[head, payload, signature] = parts.as_slice() else {
            let reason = if parts.len() == 5 { "the token is encrypted" } else { "is no JSON Web Token" };
            return Err(Denial::refused(reason));
        };
        let signed = &text[..head.len() + 1 + payload.len()];
        // `none` is no algorithm that is known.
        let head: Head = decode(head).and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(unreadable)?;
        head.check()?;
        Ok(Token { head, signed, payload, signature })
    }
}

fn unreadable() -> Denial {
    Denial::refused("the token's head cannot be read, or names an algorithm that is not taken")
}

impl Head {
    fn check(&self) -> Result<(), Denial> {
        if self.jwk.is_some() || self.jku.is_some() || self.x5u.is_some() || self.x5c.is_some() {
            return Err(Denial::refused("the token brings its own key"));
        }
        if self.crit.is_some() {
            return Err(Denial::refused("the token wants something understood that is not"));
        }
        if self.enc.is_some() || self.zip.is_some() {
            return Err(Denial::refused("the token is encrypted or compressed"));
        }
        let is_known = |typ: &str| ["jwt", "at+jwt"].iter().any(|known| essence(typ).eq_ignore_ascii_case(known));
        match self.typ.as_deref().is_none_or(is_known) {
            true => Ok(()),
            false => Err(Denial::refused("the token is of another type")),
        }
    }

    /// Whether it says to be an access token (RFC 9068).
    pub(super) fn is_access_token(&self) -> bool {
        self.typ.as_deref().is_some_and(|typ| essence(typ).eq_ignore_ascii_case("at+jwt"))
    }
}

/// A media type without the `application/` that may be left out.
fn essence(typ: &str) -> &str {
    match typ.get(..12) {
        Some(prefix) if prefix.eq_ignore_ascii_case("application/") => &typ[12..],
        _ => typ,
    }
}

/// The bytes of a part.
pub(super) fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()
}
