//! Clauses: what a service and an operation may say once, gathered before it is looked at as a whole.

use super::Lowering;
use crate::contract::AuthScheme;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::tree::{self, Clause, ClauseKind, Name, Path, PolicyEntry, Text};

/// The ways to authenticate, by their words.
pub(crate) const SCHEMES: [(&str, AuthScheme); 4] = [
    (AuthScheme::Jwt.as_str(), AuthScheme::Jwt),
    (AuthScheme::Oauth2.as_str(), AuthScheme::Oauth2),
    (AuthScheme::ApiKey.as_str(), AuthScheme::ApiKey),
    (AuthScheme::Mtls.as_str(), AuthScheme::Mtls),
];

/// What they are called elsewhere.
pub(super) const SYNONYMS: &super::suggest::Synonyms = &[
    ("jwt", &["bearer", "bearerauth", "bearertoken"]),
    ("oauth2", &["oauth", "oidc", "openidconnect", "openid"]),
    ("api_key", &["apikey", "xapikey", "apikeyauth"]),
    ("mtls", &["mutualtls", "tls", "clientcertificate"]),
];

/// The scheme of that word.
pub(super) fn scheme(word: &str) -> Option<AuthScheme> {
    SCHEMES.iter().find(|(it, _)| *it == word).map(|(_, scheme)| *scheme)
}

/// What a service says of itself.
#[derive(Default)]
pub(super) struct ServiceClauses<'a> {
    pub(super) public: Option<&'a Clause>,
    pub(super) auth: Option<(&'a Clause, &'a [Name])>,
    pub(super) scopes: Option<(&'a Clause, &'a [Text])>,
    pub(super) emits: Option<(&'a Clause, &'a [Path])>,
    pub(super) policy: Option<(&'a Clause, &'a [PolicyEntry])>,
}

/// What an operation says.
#[derive(Default)]
pub(super) struct OperationClauses<'a> {
    pub(super) fails: Option<(&'a Clause, &'a [Path])>,
    pub(super) emits: Option<(&'a Clause, &'a [Path])>,
    /// `safe`, `idempotent`, `keyed` or `once`.
    pub(super) effect: Option<&'a Clause>,
    pub(super) oneway: Option<&'a Clause>,
    /// `public`, `scope` or `role`.
    pub(super) access: Option<&'a Clause>,
    pub(super) policy: Option<(&'a Clause, &'a [PolicyEntry])>,
    pub(super) deprecated: Option<&'a Clause>,
}

impl<'a> Lowering<'a> {
    /// Gathers an operation's clauses; what is said twice or contradicts itself is reported and the first kept.
    pub(super) fn operation_clauses(&mut self, source: &'a tree::Operation) -> OperationClauses<'a> {
        let mut said = OperationClauses::default();
        for clause in &source.clauses {
            let first = match &clause.kind {
                ClauseKind::Fails(paths) => keep(&mut said.fails, (clause, paths.as_slice())).map(|(first, _)| first),
                ClauseKind::Emits(paths) => keep(&mut said.emits, (clause, paths.as_slice())).map(|(first, _)| first),
                ClauseKind::Policy(entries) => {
                    keep(&mut said.policy, (clause, entries.as_slice())).map(|(first, _)| first)
                }
                ClauseKind::Safe | ClauseKind::Idempotent | ClauseKind::Keyed(_) | ClauseKind::Once => {
                    keep(&mut said.effect, clause)
                }
                ClauseKind::Public | ClauseKind::Scope(_) | ClauseKind::Role(_) => keep(&mut said.access, clause),
                ClauseKind::Oneway => keep(&mut said.oneway, clause),
                ClauseKind::Deprecated { .. } => keep(&mut said.deprecated, clause),
                ClauseKind::Auth(_) | ClauseKind::Scopes(_) => {
                    let message = "this clause belongs to the service";
                    let help = "an operation says `public`, `scope \"…\"` or `role \"…\"`";
                    self.report(Diagnostic::new(&codes::CLAUSE_MISPLACED, clause.span, message).help(help));
                    None
                }
            };
            if let Some(first) = first {
                self.report_second(clause, first);
            }
        }
        said
    }

    fn report_second(&mut self, clause: &Clause, first: &Clause) {
        let (word, other) = (word(&clause.kind), word(&first.kind));
        if word == other {
            return self.report_clause_twice(word, clause, first);
        }
        let message = format!("`{word}` contradicts `{other}`");
        let diagnostic = Diagnostic::new(&codes::CLAUSE_CONFLICT, clause.span, message).also(first.span, "said here");
        self.report(match word {
            "public" | "scope" | "role" => diagnostic.help("an operation is `public`, or wants scopes, or a role"),
            _ => {
                let diagnostic =
                    diagnostic.help("an operation has one effect: `safe`, `idempotent`, `keyed(input)` or `once`");
                // What is safe may be repeated as well.
                match ([&clause.kind, &first.kind], clause.span) {
                    ([ClauseKind::Idempotent, ClauseKind::Safe], place) => self.without_idempotent(diagnostic, place),
                    ([ClauseKind::Safe, ClauseKind::Idempotent], _) => self.without_idempotent(diagnostic, first.span),
                    _ => diagnostic,
                }
            }
        });
    }
}

impl Lowering<'_> {
    fn without_idempotent(&self, diagnostic: Diagnostic, place: Span) -> Diagnostic {
        diagnostic.fix_by("leave `idempotent` out: what is safe may be repeated", vec![self.without(place)])
    }
}

fn keep<T: Copy>(slot: &mut Option<T>, fresh: T) -> Option<T> {
    let first = *slot;
    slot.get_or_insert(fresh);
    first
}

fn word(kind: &ClauseKind) -> &'static str {
    match kind {
        ClauseKind::Fails(_) => "fails",
        ClauseKind::Safe => "safe",
        ClauseKind::Idempotent => "idempotent",
        ClauseKind::Keyed(_) => "keyed",
        ClauseKind::Once => "once",
        ClauseKind::Oneway => "oneway",
        ClauseKind::Emits(_) => "emits",
        ClauseKind::Public => "public",
        ClauseKind::Auth(_) => "auth",
        ClauseKind::Scopes(_) => "scopes",
        ClauseKind::Scope(_) => "scope",
        ClauseKind::Role(_) => "role",
        ClauseKind::Policy(_) => "policy",
        ClauseKind::Deprecated { .. } => "deprecated",
    }
}
