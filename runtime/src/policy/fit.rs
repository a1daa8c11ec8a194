//! Which words reach whom: what is said of an operation itself must fit it, what is said of its service or of all reaches those whom
//! it fits.

use crate::facts::{Effect, OperationFacts, Shape};
use crate::policy::settings::{Balance, Limit, Per};
use crate::policy::{Settings, Word};

/// A word that somebody cannot have, and why.
pub(super) type Misfit = (&'static str, &'static str);

/// Whether calls are let in as an operation's, or events as a handler's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Operation,
    Handler,
}

/// The first word that cannot be said of it.
pub(super) fn misfit(op: &OperationFacts, role: Role, said: &Settings) -> Option<Misfit> {
    let mut rest = *said;
    misfits(op, role, &mut rest).into_iter().next()
}

/// What of a service's words, or of those of all, is about it as well.
pub(super) fn reaching(op: &OperationFacts, role: Role, said: &Settings) -> Settings {
    let mut rest = *said;
    misfits(op, role, &mut rest);
    match role {
        Role::Operation => rest,
        // Of its service's policy a handler has in a contract no more either: how events come is said by its binding, or of itself.
        Role::Handler => {
            let by_principal = matches!(rest.limit, Word::On(Limit { per: Per::Principal, .. }) | Word::Off);
            let limit = if by_principal { rest.limit } else { Word::Unsaid };
            Settings { deadline: rest.deadline, limit, ..Settings::UNSAID }
        }
    }
}

/// Takes out what does not fit, and tells it.
fn misfits(op: &OperationFacts, role: Role, said: &mut Settings) -> Vec<Misfit> {
    let mut found = Vec::new();
    match role {
        Role::Operation => of_operation(op, said, &mut found),
        Role::Handler => of_handler(said, &mut found),
    }
    if let Word::On(Limit { per, .. }) = said.limit {
        let why = match per {
            Per::Principal if op.auth.is_public() => Some("is per principal, and everybody may call without being one"),
            Per::Input if !goes_by_input(op) => {
                Some("is per input, and the contract names none (`limit … per key(input)`)")
            }
            Per::Peer if role == Role::Handler => Some("is per peer, and events come from a broker"),
            Per::All | Per::Principal | Per::Peer | Per::Input => None,
        };
        if let Some(why) = why {
            said.limit = Word::Unsaid;
            found.push(("limit", why));
        }
    }
    found
}

fn goes_by_input(op: &OperationFacts) -> bool {
    matches!(op.policy.limit, Word::On(Limit { per: Per::Input, .. }))
}

fn of_operation(op: &OperationFacts, said: &mut Settings, found: &mut Vec<Misfit>) {
    if !matches!(op.effect, Effect::Safe | Effect::Idempotent) {
        drop_word(&mut said.hedge, found, ("hedge", "wants an operation that is `safe` or `idempotent`"));
    }
    if matches!(op.shape, Shape::Unary | Shape::Oneway) {
        let why = "bounds a stream, and the operation has none";
        drop_said(&mut said.first, found, ("first", why));
        drop_said(&mut said.idle, found, ("idle", why));
        drop_said(&mut said.lifetime, found, ("lifetime", why));
    }
    if said.balance == Some(Balance::Hash) && op.policy.balance != Some(Balance::Hash) {
        said.balance = None;
        found.push(("balance", "goes by an input, and the contract names none (`balance hash(input)`)"));
    }
}

fn of_handler(said: &mut Settings, found: &mut Vec<Misfit>) {
    let why = "is a caller's, and a handler is not called";
    drop_said(&mut said.attempt, found, ("attempt", why));
    drop_said(&mut said.first, found, ("first", why));
    drop_said(&mut said.idle, found, ("idle", why));
    drop_said(&mut said.lifetime, found, ("lifetime", why));
    drop_word(&mut said.retry, found, ("retry", "of a handler is said by its binding in the contract"));
    drop_word(&mut said.hedge, found, ("hedge", why));
    drop_word(&mut said.throttle, found, ("throttle", why));
    drop_word(&mut said.breaker, found, ("breaker", why));
    drop_said(&mut said.balance, found, ("balance", why));
}

fn drop_word<T: Copy>(word: &mut Word<T>, found: &mut Vec<Misfit>, misfit: Misfit) {
    if matches!(word, Word::On(_)) {
        *word = Word::Unsaid;
        found.push(misfit);
    }
}

fn drop_said<T>(said: &mut Option<T>, found: &mut Vec<Misfit>, misfit: Misfit) {
    if said.take().is_some() {
        found.push(misfit);
    }
}
