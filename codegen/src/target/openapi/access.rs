//! Who may call: the contract's schemes, scopes and roles, for clients and for whatever checks them.
//!
//! This server checks none of them, and the document says so wherever it asks for something.

use std::collections::BTreeMap;

use wireloom_idl::contract::{Access, Auth, AuthScheme, Operation, Service};

use super::document::{Security, SecurityScheme};
use crate::{model, said};

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

/// "For who has the scopes `write`. Not checked by this server: the gateway checks tokens."; nothing of a public one.
pub(super) fn in_words(service: &Service, operation: &Operation) -> Option<String> {
    let who = said::callers(service, operation)?;
    let instead = model::checked_by(service).map(|why| format!(": {}", why.trim_end_matches('.'))).unwrap_or_default();
    Some(format!("For {who}. Not checked by this server{instead}."))
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
            "An API key; the header is the usual one, whoever checks it may want another",
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
    SecurityScheme { description: format!("{what}. Not checked by this server; each operation says who does."), ..kind }
}
