//! What a token claims, and what of it is believed (RFC 7519, RFC 9068). Pure: the time comes in.

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::token;
use crate::auth::binding::{Binding, Bound};
use crate::auth::{Denial, Principal};
use crate::facts::Scheme;

/// What is expected of a token.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    issuer: String,
    audience: String,
    pub(super) leeway: Duration,
    /// The claim that has the roles.
    pub(super) roles: String,
    pub(super) access_tokens_only: bool,
}

/// The claims that are looked at.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Words,
    exp: f64,
    #[serde(default, deserialize_with = "said")]
    nbf: Option<f64>,
    #[serde(default, deserialize_with = "said")]
    scope: Option<Words>,
    #[serde(default, deserialize_with = "said")]
    scp: Option<Words>,
    #[serde(default, deserialize_with = "said")]
    cnf: Option<Value>,
}

/// A text, or a list of texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Many(Vec<String>),
}

impl Expected {
    pub(super) fn new(issuer: String, audience: String) -> Expected {
        let leeway = Duration::from_secs(30);
        Expected { issuer, audience, leeway, roles: "roles".to_owned(), access_tokens_only: false }
    }

    /// Who is meant by a payload that was signed, at a time since 1970.
    pub(super) fn principal(&self, payload: &str, now: Duration) -> Result<Bound, Denial> {
        let bytes = token::decode(payload).ok_or_else(|| Denial::refused("the claims cannot be read"))?;
        let claims: Claims = serde_json::from_slice(&bytes)
            .map_err(|_| Denial::refused("a claim that must be there is not, or one is of another type"))?;
        let valid_until = self.check(&claims, now)?;
        let all: Map<String, Value> =
            serde_json::from_slice(&bytes).map_err(|_| Denial::refused("the claims cannot be read"))?;
        let binding = Binding::of(claims.cnf.as_ref())?;
        let audiences = match claims.aud {
            Words::One(one) => vec![one],
            Words::Many(many) => many,
        };
        let principal = Principal::new(Scheme::Jwt, claims.iss, claims.sub)
            .with_audiences(audiences)
            .with_scopes(claims.scope.into_iter().chain(claims.scp).flat_map(Words::split))
            .with_roles(self.roles_in(&all)?)
            .with_claims(all)
            .with_valid_until(valid_until);
        Ok(Bound { principal, binding })
    }

    /// Until when the claims hold, if they do.
    fn check(&self, claims: &Claims, now: Duration) -> Result<Duration, Denial> {
        let for_us = match &claims.aud {
            Words::One(one) => *one == self.audience,
            Words::Many(many) => many.contains(&self.audience),
        };
        if claims.iss != self.issuer {
            return Err(Denial::refused("the token is of another issuer"));
        }
        if !for_us {
            return Err(Denial::refused("the token was made for another audience"));
        }
        if claims.sub.is_empty() {
            return Err(Denial::refused("the token names nobody"));
        }
        let (exp, nbf) = (seconds(claims.exp)?, claims.nbf.map_or(Ok(Duration::ZERO), seconds)?);
        if now + self.leeway < nbf {
            return Err(Denial::refused("the token is not valid yet"));
        }
        let valid_until = exp.saturating_add(self.leeway);
        match now < valid_until {
            true => Ok(valid_until),
            false => Err(Denial::refused("the token has expired")),
        }
    }

    fn roles_in(&self, claims: &Map<String, Value>) -> Result<Vec<String>, Denial> {
        let mut path = self.roles.split('.');
        let first = path.next().and_then(|name| claims.get(name));
        let Some(value) = path.try_fold(first, |value, name| Some(value?.get(name))).flatten() else {
            return Ok(Vec::new());
        };
        match Words::deserialize(value) {
            Ok(words) => Ok(words.split()),
            Err(_) => Err(Denial::refused("the roles are no texts")),
        }
    }
}

impl Words {
    fn split(self) -> Vec<String> {
        match self {
            Words::One(text) => text.split_ascii_whitespace().map(str::to_owned).collect(),
            Words::Many(many) => many,
        }
    }
}

/// What is there must be of its type: a `null` is not the same as nothing.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A time since 1970.
fn seconds(numeric: f64) -> Result<Duration, Denial> {
    Duration::try_from_secs_f64(numeric).map_err(|_| Denial::refused("a time is beyond all time"))
}
