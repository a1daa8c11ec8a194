//! What is said of policies in files: read, refused with its place, followed while it changes, judged for whom they are about.

#[macro_use]
#[path = "policies/names.rs"]
mod names;
#[path = "policies/under.rs"]
mod under;

use std::time::Duration;

use wireloom::policy::hedge::{self, After};
use wireloom::policy::settings::{Limit, Per, Retry};
use wireloom::policy::{Policies, Settings, Word, rate};
use wireloom::{Effect, OperationFacts, Shape};

static GET: OperationFacts = OperationFacts {
    package: "shop",
    service: "Orders",
    name: "get",
    shape: Shape::ServerStream,
    effect: Effect::Safe,
    auth: wireloom::Auth::PUBLIC,
    policy: Settings::within(Duration::from_secs(2)),
};

#[test]
fn every_word_is_read() {
    let text = r#"
        deadline = "5s"
        throttle = { k = 2.0 }
        balance = "round_robin"

        ["shop.Orders"]
        retry = { retries = 1, backoff = "10ms..2s", budget = "5%" }
        limit = { rate = "120/m", per = "peer" }
        concurrency = "adaptive"
        queue = 8
        priority = "critical"

        ["shop.Orders/get"]
        deadline = "300ms"
        attempt = "200ms"
        hedge = { after = "p99", extra = "2%" }
        breaker = { share = "20%", volume = 5, over = "10s", open = "1m", probes = 1 }
        first = "1s"
        idle = "2s"
        lifetime = "1d"
    "#;
    let policies = Policies::from_text(text).unwrap();
    let settings = policies.settings(&GET);
    assert_eq!(settings.deadline, Some(Duration::from_millis(300)));
    let Word::On(Retry { retries, budget, backoff, .. }) = settings.retry else { panic!("{settings:?}") };
    assert_eq!((retries, budget, backoff.unwrap().max), (Some(1), Some(0.05), Duration::from_secs(2)));
    assert_eq!(settings.hedge, Word::On(hedge::Config { after: After::Percentile(0.99), extra: 0.02 }));
    let rate = rate::Config { count: 120, period: Duration::from_secs(60), burst: 2 };
    assert_eq!(settings.limit, Word::On(Limit { rate, per: Per::Peer }));
    assert_eq!((settings.queue, settings.lifetime), (Some(8), Some(Duration::from_secs(86_400))));
    let Word::On(breaker) = settings.breaker else { panic!("{settings:?}") };
    assert_eq!((breaker.share, breaker.volume, breaker.open), (0.2, 5, Duration::from_secs(60)));
    let Word::On(throttle) = settings.throttle else { panic!("{settings:?}") };
    assert_eq!(throttle.k, 2.0);
}

#[test]
fn words_are_switched_off_and_on() {
    let text = "retry = false\nthrottle = false\nhedge = true\nlimit = false\n";
    let settings = Policies::from_text(text).unwrap().settings(&GET);
    assert_eq!((settings.retry, settings.throttle, settings.limit), (Word::Off, Word::Off, Word::Off));
    assert_eq!(settings.hedge, Word::On(hedge::Config::default()));
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let wrong = |text: &str| Policies::from_text(text).unwrap_err().to_string();
    let cases = [
        ("deadline = \"0s\"", "`deadline` is zero"),
        ("deadline = 5", "invalid type: integer `5`, expected a string"),
        ("deadline = \"5 s\"", "`5 s` is no time such as `300ms`, `2s` or `5m`"),
        ("hegde = true", "unknown field `hegde`, expected one of `deadline`"),
        ("hegde = true", "; did you mean `hedge`?"),
        ("balance = \"round_robbin\"", "; did you mean `round_robin`?"),
        ("retry = { tries = 3 }", "unknown field `tries`, expected one of `retries`, `backoff`, `budget`"),
        ("retry = { retries = 9 }", "`retry.retries` is above 4"),
        ("retry = { budget = \"200%\" }", "`200%` is no share such as `10%`"),
        ("limit = { rate = \"200\" }", "`200` is no rate such as `200/s`"),
        ("limit = { rate = \"0/s\" }", "`limit.count` is 0: nothing would ever be let in"),
        ("limit = { rate = \"5/s\", burst = 0 }", "`limit.burst` is 0: nothing would ever be let in"),
        ("limit = true", "missing field `rate`"),
        ("retry = 2", "invalid type: integer `2`, expected `{ retries = 2, backoff = "),
        ("concurrency = 0", "`concurrency` is 0: nothing would ever be let in"),
        ("concurrency = \"some\"", "it is neither a number of calls nor `adaptive`"),
        ("balance = \"random\"", "unknown variant `random`"),
        ("attempt = \"5s\"\ndeadline = \"2s\"", "`attempt` is longer than `deadline`"),
        ("x = [", "1:6: "),
        ("[shop.Orders]\nqueue = 1", "`shop` is no word of policies; a name stands in quotes"),
    ];
    for (text, expected) in cases {
        let said = wrong(text);
        assert!(said.contains(expected), "{text}: {said}");
    }
}

/// Of a word that cannot be, and within one; lines and columns from 1, columns in characters.
#[test]
fn the_place_is_that_of_the_word_itself() {
    let wrong = |text: &str| Policies::from_text(text).unwrap_err().to_string();
    let cases = [
        ("# ü\n\n[\"shop.Orders/get\"]\ndeadline = \"1s\"\n  queue = -1", "5:11: `shop.Orders/get`: invalid value"),
        ("[\"shop.Orders/get\"]\nhegde = true", "2:1: `shop.Orders/get`: unknown field `hegde`"),
        (
            "[\"shop.Orders\"]\nretry = { budget = \"10%\", retries = 9 }",
            "2:27: `shop.Orders`: `retry.retries` is above 4",
        ),
        ("retry = { budget = \"10%\",\n  tries = 9 }", "2:3: unknown field `tries`"),
        ("retry = { budget = \"much\" }", "1:20: `much` is no share"),
        ("deadline = \"2s\"\nattempt = \"5s\"", "2:1: `attempt` is longer than `deadline`"),
        (
            "deadline = \"2s\"\n\n  [\"shop.Orders\"]\n  limit = { rate = \"0/s\" }",
            "4:3: `shop.Orders`: `limit.count` is 0",
        ),
        ("[\"shop.Orders\".limit]\nrate = \"5/s\"\nburst = 0", "3:1: `shop.Orders`: `limit.burst` is 0"),
        ("priority = \"ü\"; queue = 1", "1:15: "),
        ("deadline = \"2s\"\ndeadline = \"3s\"", "2:1: "),
    ];
    for (text, expected) in cases {
        let said = wrong(text);
        assert!(said.starts_with(expected), "{text}: {said}");
    }
}

#[test]
fn what_contradicts_the_contract_leaves_it_in_force() {
    // Fine alone; but this operation has two seconds.
    let policies = Policies::from_text("attempt = \"20s\"\nretry = false").unwrap();
    assert_eq!(policies.settings(&GET), GET.policy);
}

#[tokio::test]
async fn a_file_is_followed_and_a_bad_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policies.toml");
    let write = |text: &str| {
        let next = folder.path().join("next.toml");
        std::fs::write(&next, text).unwrap();
        std::fs::rename(&next, &path).unwrap();
    };
    write("deadline = \"5s\"");
    let policies = Policies::from_file(&path).unwrap();
    let deadline = || policies.settings(&GET).deadline.unwrap();
    let becomes = async |time: u64| {
        let changed = async {
            while deadline() != Duration::from_secs(time) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), changed).await.expect("the file is followed");
    };
    assert_eq!(deadline(), Duration::from_secs(5));
    write("deadline = \"6s\"");
    becomes(6).await;
    let generation = policies.generation();
    write("deadline = \"0s\"");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!((deadline(), policies.generation()), (Duration::from_secs(6), generation));
    std::fs::remove_file(&path).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(deadline(), Duration::from_secs(6), "nor does one that is gone");
    write("deadline = \"7s\"");
    becomes(7).await;
    let missing = Policies::from_file(folder.path().join("none.toml")).unwrap_err().to_string();
    assert!(missing.contains("none.toml: it cannot be read"), "{missing}");
}

mod properties {
    //! Every text that says settings says them again; no text makes it panic; the nearest word holds.

    use proptest::prelude::*;
    use wireloom::policy::settings::Balance;

    use super::*;

    fn time() -> impl Strategy<Value = Duration> {
        prop_oneof![(1..5_000_u64).prop_map(Duration::from_millis), (1..100_u64).prop_map(Duration::from_secs)]
    }

    fn maybe<T: std::fmt::Debug + Clone>(some: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
        prop_oneof![1 => Just(None), 1 => some.prop_map(Some)]
    }

    fn word<T: std::fmt::Debug + Clone>(on: impl Strategy<Value = T>) -> impl Strategy<Value = Word<T>> {
        prop_oneof![2 => Just(Word::Unsaid), 1 => Just(Word::Off), 2 => on.prop_map(Word::On)]
    }

    /// A percentage, which a text can say exactly.
    fn share() -> impl Strategy<Value = f64> {
        (1..100_u32).prop_map(|percent| f64::from(percent) / 100.0)
    }

    prop_compose! {
        /// Settings that a text can say, right or wrong.
        fn settings()(
            times in (maybe(time()), maybe(time()), maybe(time()), maybe(time()), maybe(time())),
            retry in word((maybe(0..6_u32), maybe(share())).prop_map(|(retries, budget)| Retry { retries, budget, ..Retry::UNSAID })),
            hedge in word((prop_oneof![share().prop_map(After::Percentile), time().prop_map(After::Time)], share()).prop_map(
                |(after, extra)| hedge::Config { after, extra },
            )),
            balance in maybe(prop_oneof![Just(Balance::P2c), Just(Balance::RoundRobin)]),
            limit in word((0..1_000_u32, 0..50_u32).prop_map(|(count, burst)| {
                Limit { rate: rate::Config { burst, ..rate::Config::per_second(count) }, per: Per::Peer }
            })),
            queue in maybe(0..100_u32),
        ) -> Settings {
            let (deadline, attempt, first, idle, lifetime) = times;
            Settings { deadline, attempt, first, idle, lifetime, retry, hedge, balance, limit, queue, ..Settings::UNSAID }
        }
    }

    /// The settings as a text says them.
    fn said_by(settings: &Settings) -> String {
        let mut lines = Vec::new();
        let millis = |time: Duration| format!("\"{}ms\"", time.as_millis());
        let percent = |share: f64| format!("\"{}%\"", (share * 100.0).round());
        for (word, time) in [
            ("deadline", settings.deadline),
            ("attempt", settings.attempt),
            ("first", settings.first),
            ("idle", settings.idle),
            ("lifetime", settings.lifetime),
        ] {
            lines.extend(time.map(|time| format!("{word} = {}", millis(time))));
        }
        let mut switch = |word: &str, said: Word<Vec<String>>| match said {
            Word::Unsaid => {}
            Word::Off => lines.push(format!("{word} = false")),
            Word::On(parts) => lines.push(format!("{word} = {{ {} }}", parts.join(", "))),
        };
        switch(
            "retry",
            said(settings.retry, |it| {
                let retries = it.retries.map(|count| format!("retries = {count}"));
                let budget = it.budget.map(|share| format!("budget = {}", percent(share)));
                retries.into_iter().chain(budget).collect()
            }),
        );
        switch(
            "hedge",
            said(settings.hedge, |it| {
                let after = match it.after {
                    After::Percentile(share) => format!("\"p{}\"", (share * 100.0).round()),
                    After::Time(time) => millis(time),
                };
                vec![format!("after = {after}"), format!("extra = {}", percent(it.extra))]
            }),
        );
        switch(
            "limit",
            said(settings.limit, |it| {
                let rate::Config { count, burst, .. } = it.rate;
                vec![format!("rate = \"{count}/s\""), format!("burst = {burst}"), "per = \"peer\"".to_owned()]
            }),
        );
        let balance = settings.balance.map(|balance| match balance {
            Balance::P2c => "balance = \"p2c\"".to_owned(),
            Balance::RoundRobin => "balance = \"round_robin\"".to_owned(),
            Balance::Hash => unreachable!("it wants an input that the contract names"),
        });
        lines.extend(balance);
        lines.extend(settings.queue.map(|queue| format!("queue = {queue}")));
        lines.join("\n")
    }

    fn said<T>(word: Word<T>, parts: impl FnOnce(T) -> Vec<String>) -> Word<Vec<String>> {
        match word {
            Word::Unsaid => Word::Unsaid,
            Word::Off => Word::Off,
            Word::On(it) => Word::On(parts(it)),
        }
    }

    /// What holds for the operation where these are said beside its contract.
    fn holds(said: &Settings) -> Settings {
        let all = said.over(&GET.policy);
        if all.check(Effect::Safe.into()).is_ok() { all } else { GET.policy }
    }

    proptest! {
        #[test]
        fn a_text_says_what_it_was_made_of(settings in settings()) {
            let text = said_by(&settings);
            match (Policies::from_text(&text), settings.check_alone()) {
                (Ok(policies), Ok(())) => prop_assert_eq!(policies.settings(&GET), holds(&settings), "{}", text),
                // It is told with the word, as it is where no text is between, and with its place.
                (Err(wrong), Err(expected)) => {
                    let (wrong, word) = (wrong.to_string(), expected.place().split('.').next().unwrap());
                    prop_assert!(wrong.ends_with(&format!(": {expected}")), "{}", wrong);
                    let line = text.lines().position(|line| line.starts_with(word)).unwrap() + 1;
                    prop_assert!(wrong.starts_with(&format!("{line}:")), "{} in\n{}", wrong, text);
                }
                (read, expected) => prop_assert!(false, "{text}: {:?} and not {expected:?}", read.err()),
            }
        }

        /// Of all, the service and the operation, each said or not, in the order in which they stand.
        #[test]
        fn the_nearest_word_holds(of_all in settings(), of_service in settings(), of_one in settings()) {
            let policies = Policies::default();
            let names = ["", "shop.Orders", "shop.Orders/get"];
            let mut nearest = Settings::UNSAID;
            for (name, settings) in names.into_iter().zip([of_all, of_service, of_one]) {
                if policies.set(name, settings).is_ok() {
                    nearest = settings.over(&nearest);
                }
            }
            prop_assert_eq!(policies.settings(&GET), holds(&nearest));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", settings in settings(), at in any::<prop::sample::Index>(), with in any::<char>()) {
            let _ = Policies::from_text(&text);
            // One that is nearly right.
            let mut near: Vec<char> = format!("{}\n[\"shop.Orders/get\"]\n{}", said_by(&settings), said_by(&settings)).chars().collect();
            let at = at.index(near.len());
            near[at] = with;
            let _ = Policies::from_text(&near.into_iter().collect::<String>());
        }
    }
}
