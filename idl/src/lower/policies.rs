//! Policies: each word with its amounts, read and checked; a service's words put below those of its operations.

mod amounts;
mod sound;

use super::Lowering;
use super::clauses::{OperationClauses, ServiceClauses};
use super::services::{Around, has_principals};
use super::suggest;
use crate::contract::{Auth, Balance, Effect, LimitKey, Operation, Policy, SaidWord, Shape};
use crate::diagnostic::{Diagnostic, Edit, codes};
use crate::syntax::tree::{PolicyEntry, Term, TermKind};

/// The words, each as it is written.
pub const WORDS: [(&str, &str); 12] = [
    ("deadline", "deadline 2s"),
    ("first", "first 1s"),
    ("idle", "idle 30s"),
    ("lifetime", "lifetime 1h"),
    ("retry", "retry 3 backoff 50ms..1s budget 10%"),
    ("hedge", "hedge p95 extra 5%"),
    ("limit", "limit 200/s burst 50 per peer"),
    ("concurrency", "concurrency 64` or `concurrency adaptive"),
    ("queue", "queue 100"),
    ("breaker", "breaker 50% of 20 over 10s open 30s"),
    ("priority", "priority background"),
    ("balance", "balance hash(customer)"),
];

/// What the words are called elsewhere.
const SYNONYMS: &suggest::Synonyms = &[
    ("deadline", &["timeout", "timelimit", "ttl"]),
    ("retry", &["retries", "attempts", "maxattempts"]),
    ("limit", &["rate", "ratelimit", "throttle", "quota"]),
    ("concurrency", &["maxconcurrency", "parallelism", "bulkhead"]),
    ("breaker", &["circuitbreaker", "circuit"]),
    ("balance", &["loadbalancing", "loadbalance", "lb"]),
];

impl<'a> Lowering<'a> {
    /// What a service says for all its operations.
    pub(super) fn service_policy(&mut self, said: &ServiceClauses<'a>, auth: Option<&Auth>) -> Policy {
        let Some((_, entries)) = said.policy else { return Policy::default() };
        let mut policy = self.read_policy(entries);
        self.check_principal(entries, &mut policy, has_principals(auth), "the service is public");
        if let Some(wrong) = sound::wrong_alone(&policy) {
            self.report_unsound(entries, &wrong);
            return Policy::default();
        }
        policy
    }

    /// Puts an operation's own policy over its service's.
    pub(super) fn operation_policy(
        &mut self,
        around: &Around<'a>,
        said: &OperationClauses<'a>,
        operation: &mut Operation,
    ) {
        let inherited = admitted(around.policy.clone(), operation);
        let Some((_, entries)) = said.policy else {
            // Of the service's, what no operation can have is told there; the rest fits whatever an operation does.
            operation.policy = inherited;
            return;
        };
        let mut own = self.read_policy(entries);
        let public = matches!(operation.access, crate::contract::Access::Public);
        let why = if public { "the operation is public" } else { "the service is public" };
        self.check_principal(entries, &mut own, !public && has_principals(around.auth.as_ref()), why);
        self.check_fit(entries, &mut own, operation);
        let policy = over(own, inherited);
        if let Some(wrong) = sound::wrong(&policy, operation.effect) {
            self.report_unsound(entries, &wrong);
            return;
        }
        operation.policy = policy;
    }

    /// What is said here cannot be, by itself or with what the service says.
    fn report_unsound(&mut self, entries: &[PolicyEntry], wrong: &wireloom_policy::Invalid) {
        let word = wrong.place().split('.').next().unwrap_or_default();
        // Where the service says it, whatever is said here goes against that.
        let entry = entries.iter().find(|entry| entry.word.text == word).or(entries.first());
        if let Some(entry) = entry {
            let diagnostic = Diagnostic::new(&codes::POLICY_AMOUNT, entry.span, wrong.to_string());
            self.report(match entry.word.text == word {
                true => diagnostic,
                false => diagnostic.help(format!("`{word}` is said by the service, and holds here as well")),
            });
        }
    }

    fn read_policy(&mut self, entries: &'a [PolicyEntry]) -> Policy {
        let mut policy = Policy::default();
        for (position, entry) in entries.iter().enumerate() {
            if let Some(first) = entries[..position].iter().find(|it| it.word.text == entry.word.text) {
                let message = format!("`{}` is said twice", entry.word.text);
                let diagnostic = Diagnostic::new(&codes::DUPLICATE_CLAUSE, entry.span, message);
                let diagnostic = diagnostic.also(first.span, "first said here");
                self.report(self.without_copy(diagnostic, first.span, Some(entry.span)));
                continue;
            }
            let Some((_, usage)) = WORDS.iter().find(|(word, _)| *word == entry.word.text) else {
                let message = format!("no word of a policy is `{}`", entry.word.text);
                let words = WORDS.iter().map(|(word, _)| *word);
                let diagnostic = Diagnostic::new(&codes::UNKNOWN_POLICY_WORD, entry.word.span, message);
                self.report(suggest::word(diagnostic, entry.word.span, &entry.word.text, words, SYNONYMS));
                continue;
            };
            policy.said.push(self.as_written(entry));
            if let Err((place, message)) = amounts::read(entry, &mut policy) {
                let diagnostic = Diagnostic::new(&codes::POLICY_AMOUNT, place, message);
                self.report(diagnostic.help(format!("it is written `{usage}`")));
            }
        }
        policy
    }

    fn as_written(&self, entry: &PolicyEntry) -> SaidWord {
        let source = &self.sources[entry.span.file];
        let place = format!("{}:{}", source.name(), source.line_of(entry.span.start));
        let words: Vec<&str> = self.sources.text(entry.span).split_whitespace().skip(1).collect();
        SaidWord { word: entry.word.text.clone(), text: words.join(" "), place }
    }

    /// `per principal` wants principals.
    fn check_principal(&mut self, entries: &[PolicyEntry], policy: &mut Policy, has_principals: bool, why: &str) {
        let by_principal = policy.limit.as_ref().is_some_and(|limit| limit.per == Some(LimitKey::Principal));
        if by_principal && !has_principals {
            self.report_misfit(
                entries,
                "limit",
                format!("a limit per principal wants to know who calls: {why}"),
                "say `per peer`",
                |_, entry| {
                    let is_principal =
                        |term: &&Term| matches!(&term.kind, TermKind::Path(path) if path.text() == "principal");
                    let place = entry.terms.iter().find(is_principal)?.span;
                    Some(("write `peer`", Edit::replace(place, "peer")))
                },
            );
            policy.limit = None;
        }
    }

    /// On an operation each word must fit it.
    fn check_fit(&mut self, entries: &'a [PolicyEntry], own: &mut Policy, operation: &Operation) {
        if own.hedge.is_some() && !may_hedge(operation.effect) {
            let message =
                format!("`hedge` calls twice, and calling `{}` twice is not known to be harmless", operation.name);
            let help = "say `safe` or `idempotent`, if it is, or take `hedge` away";
            self.report_misfit(entries, "hedge", message, help, |lowering, entry| {
                Some(("take `hedge` away", lowering.without_entry(entry.span)))
            });
            own.hedge = None;
        }
        let streams = matches!(operation.shape(), Shape::ServerStream | Shape::ClientStream | Shape::Duplex);
        for (word, said) in [("first", own.first), ("idle", own.idle), ("lifetime", own.lifetime)] {
            if said.is_some() && !streams {
                let message = format!("`{word}` is about streams, and `{}` has none", operation.name);
                let has_deadline = entries.iter().any(|entry| entry.word.text == "deadline");
                self.report_misfit(entries, word, message, "`deadline` bounds a call", |_, entry| {
                    (!has_deadline).then(|| ("write `deadline`", Edit::replace(entry.word.span, "deadline")))
                });
            }
        }
        for entry in entries {
            for term in &entry.terms {
                let TermKind::Call(_, path) = &term.kind else { continue };
                let [name] = path.segments.as_slice() else { continue };
                if matches!(entry.word.text.as_str(), "limit" | "balance")
                    && self.scalar_input(&operation.inputs, name).is_none()
                {
                    match entry.word.text.as_str() {
                        "limit" => own.limit = None,
                        _ => own.balance = None,
                    }
                }
            }
        }
    }

    fn report_misfit(
        &mut self,
        entries: &[PolicyEntry],
        word: &str,
        message: String,
        help: &str,
        fix: impl FnOnce(&Self, &PolicyEntry) -> Option<(&'static str, Edit)>,
    ) {
        if let Some(entry) = entries.iter().find(|entry| entry.word.text == word) {
            let diagnostic = Diagnostic::new(&codes::POLICY_MISFIT, entry.span, message).help(help);
            self.report(match fix(self, entry) {
                Some((title, edit)) => diagnostic.fix_by(title, vec![edit]),
                None => diagnostic,
            });
        }
    }
}

fn may_hedge(effect: Effect) -> bool {
    matches!(effect, Effect::Safe | Effect::Idempotent)
}

/// What of a service's policy reaches an operation: not what it does not admit.
fn admitted(mut policy: Policy, operation: &Operation) -> Policy {
    let has_input = |name: &String| operation.inputs.fields().iter().any(|field| field.name == *name);
    let streams = matches!(operation.shape(), Shape::ServerStream | Shape::ClientStream | Shape::Duplex);
    policy.hedge = policy.hedge.filter(|_| may_hedge(operation.effect));
    policy.limit = policy.limit.filter(|limit| !matches!(&limit.per, Some(LimitKey::Input(name)) if !has_input(name)));
    policy.balance = policy.balance.filter(|balance| !matches!(balance, Balance::Hash(name) if !has_input(name)));
    if !streams {
        (policy.first, policy.idle, policy.lifetime) = (None, None, None);
    }
    policy
}

/// Word by word: what the upper says, else what the lower says.
fn over(upper: Policy, lower: Policy) -> Policy {
    Policy {
        deadline: upper.deadline.or(lower.deadline),
        first: upper.first.or(lower.first),
        idle: upper.idle.or(lower.idle),
        lifetime: upper.lifetime.or(lower.lifetime),
        retry: upper.retry.or(lower.retry),
        hedge: upper.hedge.or(lower.hedge),
        limit: upper.limit.or(lower.limit),
        concurrency: upper.concurrency.or(lower.concurrency),
        queue: upper.queue.or(lower.queue),
        breaker: upper.breaker.or(lower.breaker),
        priority: upper.priority.or(lower.priority),
        balance: upper.balance.or(lower.balance),
        said: upper.said.over(lower.said),
    }
}
