//! Services: who may call, what holds for all operations, and what each promises.

use std::collections::HashSet;

use super::annotations::docs;
use super::clauses::{self, ServiceClauses};
use super::members::Members;
use super::scope::{FileIndex, Found, Kind};
use super::{Lowering, words};
use crate::contract::{Auth, PackageId, Policy, Service, TypeId};
use crate::diagnostic::{Code, Diagnostic, Edit, codes};
use crate::syntax::tree::{self, ClauseKind, ServiceMember};

/// What is known of a service beside its definition.
pub(super) struct ServiceSheet<'a> {
    pub(super) file: FileIndex,
    pub(super) package: PackageId,
    pub(super) source: &'a tree::Service,
    /// Counts into the finished services of its package.
    pub(super) position: usize,
    /// Words of members that could not be read, and names of members that could not be lowered.
    pub(super) broken_words: HashSet<&'a str>,
}

impl<'a> ServiceSheet<'a> {
    pub(super) fn new(file: FileIndex, package: PackageId, source: &'a tree::Service) -> ServiceSheet<'a> {
        ServiceSheet { file, package, source, position: 0, broken_words: HashSet::new() }
    }
}

/// What operations need to know of the service around them.
pub(super) struct Around<'a> {
    pub(super) file: FileIndex,
    pub(super) name: &'a tree::Name,
    /// None where the service does not say, which is reported.
    pub(super) auth: Option<Auth>,
    pub(super) policy: Policy,
}

impl<'a> Lowering<'a> {
    /// Lowers all services, in the order of their declaration.
    pub(super) fn lower_services(&mut self) {
        for index in 0..self.services.len() {
            self.lower_service(index);
        }
        self.settle();
    }

    fn lower_service(&mut self, index: usize) {
        let (file, package, source) =
            (self.services[index].file, self.services[index].package, self.services[index].source);
        let broken = source.members.iter().filter_map(|member| match member {
            ServiceMember::Broken(span) => Some(*span),
            _ => None,
        });
        self.services[index].broken_words = broken.flat_map(|span| words(self.sources, span)).collect();

        let said = self.service_clauses(source);
        let auth = self.auth(index, &said);
        let policy = self.service_policy(&said, auth.as_ref());
        let around = Around { file, name: &source.name, auth, policy };
        let mut service = Service {
            name: source.name.text.clone(),
            was: source.was.as_ref().map(|name| name.text.clone()),
            docs: docs(&source.marks),
            annotations: self.annotations(&source.marks),
            auth: Auth::Public,
            policy: Policy::default(),
            emits: self.named_once(&around, said.emits.map(|(_, paths)| paths), "event"),
            operations: Vec::new(),
            handlers: Vec::new(),
            at: source.name.span,
        };
        let mut members = Members::default();
        for member in &source.members {
            match member {
                ServiceMember::Operation(it)
                    if self.is_new(&mut members, &it.name, (&it.marks, it.span), &source.name) =>
                {
                    let operation = self.operation(&around, it);
                    self.check_pin(&mut members, operation.pin, &source.name);
                    service.operations.push(operation);
                }
                ServiceMember::Handler(it)
                    if self.is_new(&mut members, &it.name, (&it.marks, it.span), &source.name) =>
                {
                    match self.handler(file, it) {
                        Some(handler) => service.handlers.push(handler),
                        None => {
                            self.services[index].broken_words.insert(&it.name.text);
                        }
                    }
                }
                ServiceMember::Operation(_)
                | ServiceMember::Handler(_)
                | ServiceMember::Clause(_)
                | ServiceMember::Broken(_) => {}
            }
        }
        (service.auth, service.policy) = (around.auth.unwrap_or(Auth::Public), around.policy);
        let services = &mut self.finished[package.0 as usize].services;
        self.services[index].position = services.len();
        services.push(service);
    }

    /// Who may call; none where the service does not say or says it wrongly, which is reported.
    fn auth(&mut self, index: usize, said: &ServiceClauses<'a>) -> Option<Auth> {
        let source = self.services[index].source;
        let scopes = said.scopes.map(|(clause, _)| clause);
        match (said.public, said.auth) {
            (Some(public), Some((auth, _))) => {
                let (first, second) = if public.span < auth.span { (public, auth) } else { (auth, public) };
                let message = format!("`{}` is public and has an `auth`", source.name.text);
                let diagnostic = Diagnostic::new(&codes::CLAUSE_CONFLICT, second.span, message);
                self.report(
                    diagnostic.also(first.span, "said here").help("keep one; single operations may be `public`"),
                );
                None
            }
            (Some(_), None) => {
                if let Some(scopes) = scopes {
                    let message = format!("`{}` is public: nobody has scopes in it", source.name.text);
                    self.report(Diagnostic::new(&codes::ACCESS_WITHOUT_AUTH, scopes.span, message));
                }
                Some(Auth::Public)
            }
            (None, Some((clause, names))) => self.any_of(clause, names, said),
            (None, None) => {
                let unread = ["public", "auth"].iter().any(|word| self.services[index].broken_words.contains(word));
                if !unread {
                    let message = format!("`{}` does not say who may call it", source.name.text);
                    let diagnostic = Diagnostic::new(&codes::AUTH_UNSTATED, source.name.span, message);
                    let help = "say `public`, or how callers prove who they are: `auth jwt`";
                    let diagnostic = diagnostic.help(help);
                    // Whoever asks for scopes or a role means no public service; which `auth`, nobody but the author knows.
                    let is_guarded = scopes.is_some() || source.members.iter().any(asks_who_calls);
                    self.report(match is_guarded {
                        true => diagnostic,
                        false => diagnostic.fix("insert `public`", source.inside, "\n    public\n"),
                    });
                }
                None
            }
        }
    }

    fn any_of(&mut self, clause: &tree::Clause, names: &[tree::Name], said: &ServiceClauses<'a>) -> Option<Auth> {
        let mut schemes = Vec::new();
        for name in names {
            match clauses::scheme(&name.text) {
                Some(scheme) if schemes.contains(&scheme) => self.report_twice(name),
                Some(scheme) => schemes.push(scheme),
                None => {
                    let message = format!("no way to authenticate is called `{}`", name.text);
                    let words = clauses::SCHEMES.map(|(word, _)| word);
                    let diagnostic = Diagnostic::new(&codes::UNKNOWN_AUTH_SCHEME, name.span, message);
                    self.report(super::suggest::word(diagnostic, name.span, &name.text, words, clauses::SYNONYMS));
                }
            }
        }
        let mut scopes: Vec<String> = Vec::new();
        for text in said.scopes.map_or(&[][..], |(_, texts)| texts) {
            match scopes.contains(&text.value) {
                true => self.report_twice(&tree::Name { text: text.value.clone(), span: text.span }),
                false => scopes.push(text.value.clone()),
            }
        }
        (!schemes.is_empty()).then_some(Auth::AnyOf { schemes, scopes, at: clause.span })
    }

    /// Reports a second entry of a list that says everything once.
    pub(super) fn report_twice(&mut self, name: &tree::Name) {
        let message = format!("`{}` is named twice", name.text);
        let out = vec![self.without_entry(name.span)];
        let diagnostic = Diagnostic::new(&codes::DUPLICATE_MEMBER, name.span, message);
        self.report(diagnostic.fix_by("take the second one out", out));
    }

    fn service_clauses(&mut self, source: &'a tree::Service) -> ServiceClauses<'a> {
        let mut said = ServiceClauses::default();
        for member in &source.members {
            let ServiceMember::Clause(clause) = member else { continue };
            let again = match &clause.kind {
                ClauseKind::Public => said.public.replace(clause).map(|first| ("public", first)),
                ClauseKind::Auth(names) => said.auth.replace((clause, names)).map(|(first, _)| ("auth", first)),
                ClauseKind::Scopes(texts) => said.scopes.replace((clause, texts)).map(|(first, _)| ("scopes", first)),
                ClauseKind::Emits(paths) => said.emits.replace((clause, paths)).map(|(first, _)| ("emits", first)),
                ClauseKind::Policy(entries) => {
                    said.policy.replace((clause, entries)).map(|(first, _)| ("policy", first))
                }
                _ => {
                    let message = "this clause belongs behind an operation";
                    let help = "a service says `public` or `auth …`, `scopes […]`, `emits …` and `policy {…}`";
                    self.report(Diagnostic::new(&codes::CLAUSE_MISPLACED, clause.span, message).help(help));
                    None
                }
            };
            if let Some((word, first)) = again {
                self.report_clause_twice(word, clause, first);
            }
        }
        said
    }

    pub(super) fn report_clause_twice(&mut self, word: &str, clause: &tree::Clause, first: &tree::Clause) {
        let diagnostic = Diagnostic::new(&codes::DUPLICATE_CLAUSE, clause.span, format!("`{word}` is said twice"));
        let diagnostic = diagnostic.also(first.span, "first said here");
        let out = self.without(clause.span);
        self.report(match &clause.kind {
            _ if self.sources.text(clause.span) == self.sources.text(first.span) => {
                diagnostic.fix_by("take the second one out", vec![out])
            }
            ClauseKind::Fails(paths) | ClauseKind::Emits(paths) => {
                let more: String = paths.iter().map(|path| format!(", {}", path.text())).collect();
                diagnostic.fix_by("join them", vec![Edit::insert(first.span.after(), more), out])
            }
            _ => diagnostic,
        });
    }

    /// The fault or event that a path names; none where it names none, which is reported.
    pub(super) fn of_kind(
        &mut self,
        file: FileIndex,
        path: &'a tree::Path,
        code: &'static Code,
        what: &str,
        wanted: fn(Kind) -> bool,
    ) -> Option<TypeId> {
        match self.find(file, path) {
            Found::Broken => None,
            Found::Missing => {
                self.report_missing(code, what, file, path, wanted);
                None
            }
            Found::Declared(declaration) if wanted(declaration.kind) => declaration.kind.type_id(),
            Found::Declared(declaration) => {
                let message = format!("`{}` is not declared as `{what}`", path.text());
                let diagnostic =
                    Diagnostic::new(&codes::WRONG_KIND, path.span, message).also(declaration.at, "declared here");
                let diagnostic = self.suggest_kind(diagnostic, file, path, wanted);
                self.report(diagnostic);
                None
            }
        }
    }
}

/// Whether a policy's words about principals can hold.
pub(super) fn has_principals(auth: Option<&Auth>) -> bool {
    // Unknown is taken for yes: it has been reported.
    !matches!(auth, Some(Auth::Public))
}

/// Whether an operation wants scopes or a role of its callers.
fn asks_who_calls(member: &ServiceMember) -> bool {
    let ServiceMember::Operation(operation) = member else { return false };
    operation.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Scope(_) | ClauseKind::Role(_)))
}
