//! Policies as constants: what a contract says of an operation's calls, word by word.

use std::time::Duration;

use proc_macro2::{Ident, Literal as Token, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use wireloom_idl::contract::{
    Backoff, Balance, Breaker, Concurrency, Hedge, HedgeAfter, Limit, LimitKey, Operation, Policy, Priority, Retry,
    Service,
};

use super::docs;

/// What a service says of all of its operations: a constant that theirs begin from. None where it says hardly anything.
pub(crate) fn common(service: &Service) -> Option<TokenStream> {
    (words(&service.policy).len() > 1).then(|| {
        let docs = docs::text(&format!("The policy of `{}`.", service.name));
        let settings = settings(&service.policy);
        quote! {
            #docs
            pub const POLICY: ::wireloom::policy::Settings = #settings;
        }
    })
}

/// What is said of an operation, as `Settings`: what is its own, over what its service says.
pub(crate) fn of_operation(service: &Service, operation: &Operation, module: &Ident) -> TokenStream {
    let (common, said) = (words(&service.policy), words(&operation.policy));
    let inherits = common.len() > 1 && common.iter().all(|(word, _)| said.iter().any(|(own, _)| own == word));
    if !inherits {
        return settings(&operation.policy);
    }
    let is_common = |(word, said): &(&str, TokenStream)| {
        common.iter().any(|(other, common)| other == word && common.to_string() == said.to_string())
    };
    let own: Vec<_> = said.iter().filter(|it| !is_common(it)).map(field).collect();
    if own.is_empty() {
        return quote!(#module::POLICY);
    }
    quote! {
        ::wireloom::policy::Settings {
            #(#own,)*
            ..#module::POLICY
        }
    }
}

/// What is said, as `Settings`.
pub(crate) fn settings(policy: &Policy) -> TokenStream {
    let words = words(policy);
    if words.is_empty() {
        return quote!(::wireloom::policy::Settings::UNSAID);
    }
    if let (1, Some(deadline)) = (words.len(), policy.deadline) {
        let deadline = time(deadline);
        return quote!(::wireloom::policy::Settings::within(#deadline));
    }
    let words = words.iter().map(field);
    quote! {
        ::wireloom::policy::Settings {
            #(#words,)*
            ..::wireloom::policy::Settings::UNSAID
        }
    }
}

fn field((word, said): &(&str, TokenStream)) -> TokenStream {
    let word = format_ident!("{word}");
    quote!(#word: #said)
}

/// The words that are said, each with its value.
fn words(policy: &Policy) -> Vec<(&'static str, TokenStream)> {
    let words = [
        ("deadline", policy.deadline.map(|it| some(&time(it)))),
        ("first", policy.first.map(|it| some(&time(it)))),
        ("idle", policy.idle.map(|it| some(&time(it)))),
        ("lifetime", policy.lifetime.map(|it| some(&time(it)))),
        ("retry", policy.retry.as_ref().map(|it| on(&retry(it)))),
        ("hedge", policy.hedge.as_ref().map(|it| on(&hedge(it)))),
        ("breaker", policy.breaker.as_ref().map(|it| on(&breaker(it)))),
        ("balance", policy.balance.as_ref().map(|it| some(&balance(it)))),
        ("limit", policy.limit.as_ref().map(|it| on(&limit(it)))),
        ("concurrency", policy.concurrency.map(|it| on(&concurrency(it)))),
        ("queue", policy.queue.map(|it| some(&Token::u32_unsuffixed(it).to_token_stream()))),
        ("priority", policy.priority.map(|it| some(&priority(it)))),
    ];
    words.into_iter().filter_map(|(word, said)| Some((word, said?))).collect()
}

fn some(said: &TokenStream) -> TokenStream {
    quote!(Some(#said))
}

fn on(said: &TokenStream) -> TokenStream {
    quote!(::wireloom::policy::Word::On(#said))
}

fn retry(retry: &Retry) -> TokenStream {
    let retries = Token::u32_unsuffixed(retry.attempts);
    let backoff = retry.backoff.map(|Backoff { min, max }| {
        let (min, max) = (time(min), time(max));
        quote!(backoff: Some(::wireloom::policy::backoff::Backoff { min: #min, max: #max }),)
    });
    let budget = retry.budget_percent.map(|percent| {
        let share = share(percent);
        quote!(budget: Some(#share),)
    });
    let unsaid = quote!(::wireloom::policy::settings::Retry::UNSAID);
    quote!(::wireloom::policy::settings::Retry { retries: Some(#retries), #backoff #budget ..#unsaid })
}

fn hedge(hedge: &Hedge) -> TokenStream {
    let after = match hedge.after {
        HedgeAfter::Percentile(percent) => {
            let share = share(percent);
            quote!(Percentile(#share))
        }
        HedgeAfter::Time(delay) => {
            let delay = time(delay);
            quote!(Time(#delay))
        }
    };
    let extra = hedge
        .extra_percent
        .map(share)
        .map_or_else(|| quote!(::wireloom::policy::hedge::EXTRA_DEFAULT), |it| quote!(#it));
    quote!(::wireloom::policy::hedge::Config { after: ::wireloom::policy::hedge::After::#after, extra: #extra })
}

fn breaker(breaker: &Breaker) -> TokenStream {
    let (failures, volume) = (share(breaker.percent), Token::u32_unsuffixed(breaker.volume));
    let (over, open) = (time(breaker.over), time(breaker.open));
    quote! {
        ::wireloom::policy::breaker::Config {
            share: #failures,
            volume: #volume,
            over: #over,
            open: #open,
            probes: ::wireloom::policy::breaker::PROBES_DEFAULT,
        }
    }
}

fn balance(balance: &Balance) -> TokenStream {
    let case = match balance {
        Balance::P2c => quote!(P2c),
        Balance::RoundRobin => quote!(RoundRobin),
        Balance::Hash(_) => quote!(Hash),
    };
    quote!(::wireloom::policy::settings::Balance::#case)
}

fn limit(limit: &Limit) -> TokenStream {
    let (count, period) = (Token::u32_unsuffixed(limit.count), time(limit.period));
    let rate = match limit.burst.map(Token::u32_unsuffixed) {
        None => quote!(::wireloom::policy::rate::Config::per(#count, #period)),
        Some(burst) => quote!(::wireloom::policy::rate::Config { count: #count, period: #period, burst: #burst }),
    };
    let per = match limit.per {
        None => quote!(All),
        Some(LimitKey::Principal) => quote!(Principal),
        Some(LimitKey::Peer) => quote!(Peer),
        Some(LimitKey::Input(_)) => quote!(Input),
    };
    quote! {
        ::wireloom::policy::settings::Limit {
            rate: #rate,
            per: ::wireloom::policy::settings::Per::#per,
        }
    }
}

fn concurrency(concurrency: Concurrency) -> TokenStream {
    let case = match concurrency {
        Concurrency::Fixed(calls) => {
            let calls = Token::u32_unsuffixed(calls);
            quote!(Fixed(#calls))
        }
        Concurrency::Adaptive => quote!(Adaptive(::wireloom::policy::gradient::Config::DEFAULT)),
    };
    quote!(::wireloom::policy::intake::Concurrency::#case)
}

fn priority(priority: Priority) -> TokenStream {
    let case = match priority {
        Priority::Critical => quote!(Critical),
        Priority::Normal => quote!(Normal),
        Priority::Background => quote!(Background),
    };
    quote!(::wireloom::policy::queue::Priority::#case)
}

/// A share of so many percent.
fn share(percent: f64) -> Token {
    // Rounded, so that 10 % is not 0.1 and some dust.
    Token::f64_unsuffixed((percent * 1e7).round() / 1e9)
}

/// A time as an expression that may stand in a constant.
pub(crate) fn time(time: Duration) -> TokenStream {
    if time.subsec_nanos().is_multiple_of(1_000_000) {
        let millis = Token::u128_unsuffixed(time.as_millis());
        return quote!(::std::time::Duration::from_millis(#millis));
    }
    let (seconds, nanos) = (Token::u64_unsuffixed(time.as_secs()), Token::u32_unsuffixed(time.subsec_nanos()));
    quote!(::std::time::Duration::new(#seconds, #nanos))
}
