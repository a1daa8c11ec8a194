//! Who may call: the contract's schemes, scopes and roles, as the server asks for them.

use std::collections::BTreeMap;

use wireloom_idl::contract::{Access, Auth, AuthScheme, Operation, Service};

use super::document::{Security, SecurityScheme};
use crate::said;

/// The schemes that any of these services asks for, by their words in the contract.
pub(super) fn schemes<'c>(services: impl Iterator<Item = &'c Service>) -> BTreeMap<&'static str, SecurityScheme> {
    services.flat_map(asked).map(|scheme| (scheme.as_str(), described(*scheme))).collect()
}

/// What a caller of an operation shows: one of these; nothing of a public one.
pub(super) fn security(service: &Service, operation: &Operation) -> Vec<Security> {
    let wanted = match &operation.access {
        Access::Public => return Vec::new(),
        Access::Service => Vec::new(),
        Access::Scopes(scopes) => scopes.clone(),
        Access::Role(role) => vec![role.clone()],
    };
    asked(service).iter().map(|scheme| Security::from([(scheme.as_str(), wanted.clone())])).collect()
}

/// "For who has the scope `write`, known by jwt."; nothing of a public one.
pub(super) fn in_words(service: &Service, operation: &Operation) -> Option<String> {
    said::callers(service, operation).map(|who| format!("For {who}."))
}

/// How callers are refused: who is not known, and who is and lacks something.
pub(super) fn refusals(service: &Service, operation: &Operation) -> &'static [u16] {
    match (&operation.access, &service.auth) {
        (Access::Public, _) | (_, Auth::Public) => &[],
        (Access::Service, _) => &[401],
        (Access::Scopes(_) | Access::Role(_), _) => &[401, 403],
    }
}

fn asked(service: &Service) -> &[AuthScheme] {
    match &service.auth {
        Auth::Public => &[],
        Auth::AnyOf { schemes, .. } => schemes,
    }
}

fn described(scheme: AuthScheme) -> SecurityScheme {
    let bearer = |format| SecurityScheme {
        ty: "http",
        scheme: Some("bearer"),
        bearer_format: Some(format),
        ..SecurityScheme::default()
    };
    let (what, kind) = match scheme {
        AuthScheme::Jwt => ("A JSON Web Token", bearer("JWT")),
        // Where tokens are had, which a scheme of the type `oauth2` must say, the contract does not know.
        AuthScheme::Oauth2 => ("An access token of OAuth 2.0", bearer("OAuth 2.0")),
        AuthScheme::ApiKey => (
            "An API key",
            SecurityScheme {
                ty: "apiKey",
                place: Some("header"),
                name: Some("X-API-Key"),
                ..SecurityScheme::default()
            },
        ),
        AuthScheme::Mtls => {
            ("A certificate of the client", SecurityScheme { ty: "mutualTLS", ..SecurityScheme::default() })
        }
    };
    SecurityScheme { description: what.to_owned(), ..kind }
}
