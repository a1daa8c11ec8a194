//! What is said of policies in files: read, refused with its place, followed while it changes.

use std::time::Duration;

use wireloom::policy::hedge::{self, After};
use wireloom::policy::settings::{Limit, Per, Retry};
use wireloom::policy::{Policies, Settings, Word, rate};
use wireloom::{Effect, OperationFacts, Shape};

static GET: OperationFacts = OperationFacts {
    package: "shop",
    service: "Orders",
    name: "get",
    shape: Shape::Unary,
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
    let Word::On(Retry { retries, budget, backoff }) = settings.retry else { panic!("{settings:?}") };
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
        ("x = [", "line 1: "),
        ("\n\n[\"shop.Orders/get\"]\nqueue = -1", "line 3: `shop.Orders/get`: invalid value: integer `-1`"),
    ];
    for (text, expected) in cases {
        let said = wrong(text);
        assert!(said.contains(expected), "{text}: {said}");
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
