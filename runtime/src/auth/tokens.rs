//! Credentials that do not change: a token, a key.

use super::api_keys::HEADER;
use super::{Applied, Credentials};
use crate::context::Context;
use crate::facts::{OperationFacts, Scheme};

/// Brings a token that somebody has made: `authorization: Bearer …`.
///
/// ```
/// use wireloom::{Channel, auth::BearerToken};
///
/// # #[cfg(feature = "rest")]
/// # fn main() -> Result<(), wireloom::InvalidEndpoint> {
/// let channel = Channel::rest("http://127.0.0.1:8080")?.with_credentials(BearerToken::new("eyJhbGciOi…"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "rest"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct BearerToken {
    value: String,
}

impl BearerToken {
    /// Brings that token.
    pub fn new(token: impl AsRef<str>) -> BearerToken {
        BearerToken { value: format!("Bearer {}", token.as_ref()) }
    }
}

impl Credentials for BearerToken {
    fn apply<'a>(&'a self, cx: Context, op: &'static OperationFacts) -> Applied<'a> {
        Applied::Now(if takes_tokens(op) { cx.with_metadata("authorization", &self.value) } else { cx })
    }
}

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken")
    }
}

/// Whether an operation takes tokens; who lets an event be followed may do so.
pub(super) fn takes_tokens(op: &OperationFacts) -> bool {
    op.service.is_empty() || [Scheme::Jwt, Scheme::Oauth2].iter().any(|scheme| op.auth.schemes.contains(scheme))
}

/// Passes the caller's own token on, to a service that it was made for as well: one whose audience is among the token's. A call of
/// a caller without such a token goes without.
///
/// Else no token goes further than it was sent. Whoever gets one can use it wherever it is taken, so pass it to those alone who could
/// have been given it.
#[derive(Clone, Debug)]
pub struct ForwardedToken {
    audience: String,
}

impl ForwardedToken {
    /// To the service of that audience.
    pub fn to(audience: impl Into<String>) -> ForwardedToken {
        ForwardedToken { audience: audience.into() }
    }
}

impl Credentials for ForwardedToken {
    fn apply<'a>(&'a self, cx: Context, op: &'static OperationFacts) -> Applied<'a> {
        let is_for_it = cx.principal().is_some_and(|principal| principal.audiences().contains(&self.audience));
        let token = cx.metadata().get("authorization").filter(|_| is_for_it && takes_tokens(op)).map(str::to_owned);
        Applied::Now(match token {
            Some(token) => cx.with_metadata("authorization", &token),
            None => cx,
        })
    }
}

/// Brings an API key: `x-api-key: …`.
#[derive(Clone)]
pub struct ApiKeyCredentials {
    key: String,
}

impl ApiKeyCredentials {
    /// Brings that key.
    pub fn new(key: impl Into<String>) -> ApiKeyCredentials {
        ApiKeyCredentials { key: key.into() }
    }
}

impl Credentials for ApiKeyCredentials {
    fn apply<'a>(&'a self, cx: Context, op: &'static OperationFacts) -> Applied<'a> {
        let is_taken = op.service.is_empty() || op.auth.schemes.contains(&Scheme::ApiKey);
        Applied::Now(if is_taken { cx.with_metadata(HEADER, &self.key) } else { cx })
    }
}

impl std::fmt::Debug for ApiKeyCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKeyCredentials")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Principal;
    use crate::facts::{Auth, Effect, Shape};
    use crate::policy::Settings;

    const TAKE: OperationFacts = OperationFacts {
        package: "shop",
        service: "Orders",
        name: "take",
        shape: Shape::Unary,
        effect: Effect::Once,
        policy: Settings::UNSAID,
        auth: Auth::any_of(&[Scheme::Jwt]),
    };
    const BY_KEY: OperationFacts = OperationFacts { auth: Auth::any_of(&[Scheme::ApiKey]), ..TAKE };

    fn brought(credentials: &dyn Credentials, cx: Context, op: &'static OperationFacts) -> Vec<String> {
        let Applied::Now(cx) = credentials.apply(cx, op) else { panic!("it is known at once") };
        cx.outgoing().iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }

    #[test]
    fn each_goes_where_it_is_asked_for() {
        let (token, key) = (BearerToken::new("t"), ApiKeyCredentials::new("a.b"));
        assert_eq!(brought(&token, Context::new(), &TAKE), ["authorization: Bearer t"]);
        assert_eq!(brought(&key, Context::new(), &BY_KEY), ["x-api-key: a.b"]);
        assert!(brought(&token, Context::new(), &BY_KEY).is_empty() && brought(&key, Context::new(), &TAKE).is_empty());
    }

    /// A handler's context has what its caller brought; that goes nowhere by itself, and nowhere it was not made for.
    #[test]
    fn a_callers_token_goes_no_further_than_it_was_made_for() {
        let received = Context::new().with_metadata("authorization", "Bearer t").arrived();
        let of = |audiences: &[&str]| {
            let principal = Principal::new(Scheme::Jwt, "i", "alice").with_audiences(audiences.iter().copied());
            received.clone().with_caller(principal)
        };
        assert!(received.outgoing().iter().next().is_none());
        let forwarded = ForwardedToken::to("orders");
        assert_eq!(brought(&forwarded, of(&["shop", "orders"]), &TAKE), ["authorization: Bearer t"]);
        assert!(brought(&forwarded, of(&["shop"]), &TAKE).is_empty());
        assert!(brought(&forwarded, received.clone(), &TAKE).is_empty(), "nobody has looked at it");
        assert!(brought(&forwarded, of(&["orders"]), &BY_KEY).is_empty());
    }
}
