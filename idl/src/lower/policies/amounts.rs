//! Amounts: the terms behind a policy's word.

use std::time::Duration;

use crate::contract::{
    Backoff, Balance, Breaker, Concurrency, Hedge, HedgeAfter, Limit, LimitKey, Policy, Priority, Retry,
};
use crate::lower::values::scalar::nanoseconds;
use crate::source::Span;
use crate::syntax::tree::{PolicyEntry, Term, TermKind, Unit, Value, ValueKind};

/// What is wrong, and where.
type Wrong = (Span, String);

/// Reads what stands behind an entry's word into the policy.
pub(super) fn read(entry: &PolicyEntry, policy: &mut Policy) -> Result<(), Wrong> {
    let mut terms = Terms { word: entry.word.span, terms: &entry.terms };
    match entry.word.text.as_str() {
        "deadline" => policy.deadline = Some(terms.duration()?),
        "first" => policy.first = Some(terms.duration()?),
        "idle" => policy.idle = Some(terms.duration()?),
        "lifetime" => policy.lifetime = Some(terms.duration()?),
        "retry" => policy.retry = Some(retry(&mut terms)?),
        "hedge" => policy.hedge = Some(hedge(&mut terms)?),
        "limit" => policy.limit = Some(limit(&mut terms)?),
        "concurrency" => policy.concurrency = Some(concurrency(&mut terms)?),
        "queue" => policy.queue = Some(terms.count()?),
        "breaker" => policy.breaker = Some(breaker(&mut terms)?),
        "priority" => policy.priority = Some(priority(&mut terms)?),
        _ => policy.balance = Some(balance(&mut terms)?),
    }
    match terms.terms {
        [] => Ok(()),
        [first, ..] => Err((first.span, format!("this is not understood behind `{}`", entry.word.text))),
    }
}

fn retry(terms: &mut Terms<'_>) -> Result<Retry, Wrong> {
    let mut retry = Retry { attempts: terms.count()?, backoff: None, budget_percent: None };
    loop {
        if retry.backoff.is_none() && terms.eat("backoff") {
            retry.backoff = Some(terms.backoff()?);
        } else if retry.budget_percent.is_none() && terms.eat("budget") {
            retry.budget_percent = Some(terms.percent()?);
        } else {
            return Ok(retry);
        }
    }
}

fn hedge(terms: &mut Terms<'_>) -> Result<Hedge, Wrong> {
    let after = match terms.word() {
        Some(word) => {
            let place = terms.place();
            let percentile = word.strip_prefix('p').and_then(|digits| digits.parse::<u32>().ok());
            let Some(percentile) = percentile.filter(|it| (1..=99).contains(it)) else {
                return Err((place, format!("`{word}` is no percentile: they are `p1` to `p99`")));
            };
            terms.next();
            HedgeAfter::Percentile(percentile.into())
        }
        None => HedgeAfter::Time(terms.duration()?),
    };
    let extra_percent = if terms.eat("extra") { Some(terms.percent()?) } else { None };
    Ok(Hedge { after, extra_percent })
}

fn limit(terms: &mut Terms<'_>) -> Result<Limit, Wrong> {
    let (count, period) = terms.rate()?;
    let mut limit = Limit { count, period, burst: None, per: None };
    loop {
        if limit.burst.is_none() && terms.eat("burst") {
            limit.burst = Some(terms.count()?);
        } else if limit.per.is_none() && terms.eat("per") {
            limit.per = Some(limit_key(terms)?);
        } else {
            return Ok(limit);
        }
    }
}

fn limit_key(terms: &mut Terms<'_>) -> Result<LimitKey, Wrong> {
    if let Some(input) = terms.call("key")? {
        return Ok(LimitKey::Input(input));
    }
    terms.choice(&[("principal", LimitKey::Principal), ("peer", LimitKey::Peer)], "`principal`, `peer` or `key(input)`")
}

fn concurrency(terms: &mut Terms<'_>) -> Result<Concurrency, Wrong> {
    match terms.eat("adaptive") {
        true => Ok(Concurrency::Adaptive),
        false => terms.count().map(Concurrency::Fixed),
    }
}

fn breaker(terms: &mut Terms<'_>) -> Result<Breaker, Wrong> {
    let percent = terms.percent()?;
    terms.expect("of")?;
    let volume = terms.count()?;
    terms.expect("over")?;
    let over = terms.duration()?;
    terms.expect("open")?;
    Ok(Breaker { percent, volume, over, open: terms.duration()? })
}

fn priority(terms: &mut Terms<'_>) -> Result<Priority, Wrong> {
    let words = [("critical", Priority::Critical), ("normal", Priority::Normal), ("background", Priority::Background)];
    terms.choice(&words, "`critical`, `normal` or `background`")
}

fn balance(terms: &mut Terms<'_>) -> Result<Balance, Wrong> {
    if let Some(input) = terms.call("hash")? {
        return Ok(Balance::Hash(input));
    }
    let words = [("p2c", Balance::P2c), ("round_robin", Balance::RoundRobin)];
    terms.choice(&words, "`p2c`, `round_robin` or `hash(input)`")
}

/// The terms that are left.
struct Terms<'t> {
    word: Span,
    terms: &'t [Term],
}

impl<'t> Terms<'t> {
    /// Where the next term stands, or where it is missing.
    fn place(&self) -> Span {
        self.terms.first().map_or(self.word, |term| term.span)
    }

    fn next(&mut self) -> Option<&'t Term> {
        let (first, rest) = self.terms.split_first()?;
        (self.terms, self.word) = (rest, first.span);
        Some(first)
    }

    /// The next term, if it is a bare word.
    fn word(&self) -> Option<&'t str> {
        match &self.terms.first()?.kind {
            TermKind::Path(path) => match path.segments.as_slice() {
                [name] => Some(&name.text),
                _ => None,
            },
            TermKind::Value(Value { kind: ValueKind::Word(word), .. }) => Some(word),
            _ => None,
        }
    }

    fn eat(&mut self, word: &str) -> bool {
        let there = self.word() == Some(word);
        if there {
            self.next();
        }
        there
    }

    fn expect(&mut self, word: &str) -> Result<(), Wrong> {
        let place = self.place();
        if self.eat(word) { Ok(()) } else { Err((place, format!("`{word}` is wanted here"))) }
    }

    fn choice<T: Clone>(&mut self, words: &[(&str, T)], wanted: &str) -> Result<T, Wrong> {
        let place = self.place();
        let found = self.word().and_then(|word| words.iter().find(|(it, _)| *it == word));
        let Some((_, choice)) = found else { return Err((place, format!("{wanted} is wanted here"))) };
        self.next();
        Ok(choice.clone())
    }

    /// `key(input)`, if that is the next term.
    fn call(&mut self, word: &str) -> Result<Option<String>, Wrong> {
        let Some(Term { kind: TermKind::Call(name, path), .. }) = self.terms.first() else { return Ok(None) };
        if name.text != word {
            return Ok(None);
        }
        let [input] = path.segments.as_slice() else { return Err((path.span, "an input is wanted here".to_owned())) };
        self.next();
        Ok(Some(input.text.clone()))
    }

    fn value<T>(&mut self, wanted: &str, read: impl FnOnce(&Value) -> Option<T>) -> Result<T, Wrong> {
        let place = self.place();
        let read = match self.next().map(|term| &term.kind) {
            Some(TermKind::Value(value)) => read(value),
            _ => None,
        };
        read.ok_or_else(|| (place, format!("{wanted} is wanted here")))
    }

    fn count(&mut self) -> Result<u32, Wrong> {
        self.value("a whole number from 1", |value| match &value.kind {
            ValueKind::Number(digits) => whole(digits),
            _ => None,
        })
    }

    fn duration(&mut self) -> Result<Duration, Wrong> {
        self.value("a time above zero", duration)
    }

    fn percent(&mut self) -> Result<f64, Wrong> {
        self.value("a share like `10%`, above zero and not above `100%`,", |value| match &value.kind {
            ValueKind::Quantity(amount, Unit::Percent) => {
                amount.replace('_', "").parse().ok().filter(|it| *it > 0.0 && *it <= 100.0)
            }
            _ => None,
        })
    }

    fn rate(&mut self) -> Result<(u32, Duration), Wrong> {
        self.value("a rate like `200/s`, above zero,", |value| {
            let ValueKind::Quantity(amount, unit) = &value.kind else { return None };
            let seconds = match unit {
                Unit::PerSecond => 1,
                Unit::PerMinute => 60,
                Unit::PerHour => 3_600,
                _ => return None,
            };
            Some((whole(amount)?, Duration::from_secs(seconds)))
        })
    }

    fn backoff(&mut self) -> Result<Backoff, Wrong> {
        let place = self.place();
        let range = match self.next().map(|term| &term.kind) {
            Some(TermKind::Range(min, max)) => duration(min).zip(duration(max)),
            _ => None,
        };
        let backoff = range.filter(|(min, max)| min <= max).map(|(min, max)| Backoff { min, max });
        backoff.ok_or_else(|| (place, "a range of times like `50ms..1s` is wanted here".to_owned()))
    }
}

fn whole(digits: &str) -> Option<u32> {
    digits.replace('_', "").parse().ok().filter(|it| *it > 0)
}

fn duration(value: &Value) -> Option<Duration> {
    let ValueKind::Quantity(amount, unit) = &value.kind else { return None };
    let nanoseconds = u64::try_from(nanoseconds(amount, *unit)?).ok().filter(|it| *it > 0)?;
    Some(Duration::from_nanos(nanoseconds))
}
