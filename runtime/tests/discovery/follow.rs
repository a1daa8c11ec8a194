//! What is believed, on a source whose every word is set.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, advance, sleep};
use wireloom::discovery::{Discovery, DiscoveryError, FollowOptions, Followed, Snapshot, follow};
use wireloom::policy::{Fleet, Moment, backoff::Backoff, roster};

use crate::{instance, now};

type Word = Result<Snapshot, DiscoveryError>;

/// Says what it is told to say; each time that it is watched, by another tongue.
#[derive(Debug, Default)]
struct Said {
    watched: AtomicUsize,
    tongue: Mutex<Option<mpsc::UnboundedSender<Word>>>,
}

impl Said {
    fn ports(&self, ports: &[u16]) {
        self.word(Ok(Snapshot::new(ports.iter().copied().map(instance)).unwrap()));
    }

    fn word(&self, word: Word) {
        self.tongue.lock().unwrap().as_ref().expect("it is watched").send(word).expect("somebody listens");
    }

    fn fails(&self, why: &str) {
        self.word(Err(DiscoveryError::unavailable(why)));
    }

    /// Its stream ends.
    fn falls_silent(&self) {
        self.tongue.lock().unwrap().take();
    }

    fn watched(&self) -> usize {
        self.watched.load(Ordering::Relaxed)
    }
}

impl Discovery for Said {
    fn watch(&self) -> BoxStream<'static, Word> {
        self.watched.fetch_add(1, Ordering::Relaxed);
        let (tongue, ear) = mpsc::unbounded_channel();
        *self.tongue.lock().unwrap() = Some(tongue);
        stream::unfold(ear, |mut ear| async move { Some((ear.recv().await?, ear)) }).boxed()
    }
}

/// A source that has said that, and its follower.
async fn following(ports: &[u16]) -> (Arc<Said>, Followed) {
    let said = Arc::new(Said::default());
    let followed = follow(said.clone(), FollowOptions::default()).unwrap();
    pass(Duration::from_millis(1)).await;
    said.ports(ports);
    pass(Duration::from_millis(1)).await;
    (said, followed)
}

/// Lets time go by, and everything happen that happens meanwhile.
async fn pass(time: Duration) {
    sleep(time).await;
}

const SETTLED: Duration = Duration::from_millis(101);

#[tokio::test(start_paused = true)]
async fn the_first_set_is_in_force_at_once_and_a_burst_when_it_is_over() {
    let (said, followed) = following(&[1, 2]).await;
    assert_eq!(now(&followed), "1 2");
    for third in 3..50 {
        said.ports(&[1, 2, third]);
        pass(Duration::from_millis(1)).await;
    }
    assert_eq!(now(&followed), "1 2");
    pass(SETTLED).await;
    assert_eq!((now(&followed), followed.status().generation), ("1 2 49".to_owned(), 2));
}

#[tokio::test(start_paused = true)]
async fn a_burst_that_never_ends_is_looked_at_nevertheless() {
    let (said, followed) = following(&[1, 2]).await;
    for third in 3..200 {
        said.ports(&[1, 2, third]);
        pass(Duration::from_millis(10)).await;
    }
    let generation = followed.status().generation;
    assert!((15..=25).contains(&generation), "{generation} sets in two seconds");
}

#[tokio::test(start_paused = true)]
async fn a_list_without_half_of_them_is_held_until_it_is_sure() {
    let (said, followed) = following(&[1, 2, 3, 4]).await;
    said.ports(&[4, 5]);
    pass(SETTLED).await;
    assert_eq!((now(&followed), followed.status().is_held), ("1 2 3 4 5".to_owned(), true));
    // The source says no more: that is how it is.
    pass(Duration::from_secs(29)).await;
    assert_eq!(now(&followed), "1 2 3 4 5");
    pass(Duration::from_secs(1)).await;
    assert_eq!((now(&followed), followed.status().is_held), ("4 5".to_owned(), false));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_held_is_believed_when_somebody_says_so() {
    let (said, followed) = following(&[1, 2, 3, 4]).await;
    said.ports(&[4]);
    pass(SETTLED).await;
    assert_eq!(now(&followed), "1 2 3 4");
    followed.confirm();
    pass(Duration::from_millis(1)).await;
    assert_eq!((now(&followed), followed.status().is_held), ("4".to_owned(), false));
}

#[tokio::test(start_paused = true)]
async fn that_there_is_nobody_is_not_believed() {
    let (said, followed) = following(&[1, 2]).await;
    said.ports(&[]);
    pass(SETTLED).await;
    assert_eq!(now(&followed), "1 2");
    said.ports(&[1, 2]);
    pass(Duration::from_secs(60)).await;
    assert_eq!((now(&followed), followed.status().is_held, followed.status().generation), ("1 2".to_owned(), false, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_not_believed_by_time_while_the_source_fails() {
    let (said, followed) = following(&[1, 2, 3]).await;
    said.ports(&[3]);
    pass(SETTLED).await;
    said.fails("gone");
    pass(Duration::from_secs(3600)).await;
    let status = followed.status();
    assert_eq!((now(&followed), status.is_held, status.errors), ("1 2 3".to_owned(), true, 1));
    assert_eq!(status.last_error.unwrap().to_string(), "gone");
    // Once it says so again after all that time, it is so.
    said.ports(&[3]);
    pass(SETTLED).await;
    assert_eq!((now(&followed), !followed.status().is_failing), ("3".to_owned(), true));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_takes_itself_back_before_it_is_looked_at_takes_nothing_away() {
    let (said, followed) = following(&[1, 2, 3]).await;
    said.ports(&[3]);
    pass(SETTLED).await;
    pass(Duration::from_millis(29_950)).await;
    said.ports(&[1, 2, 3]);
    pass(Duration::from_secs(1)).await;
    assert_eq!((now(&followed), followed.status().generation), ("1 2 3".to_owned(), 1));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_lost_is_watched_anew_and_ever_more_slowly() {
    let (said, followed) = following(&[1, 2]).await;
    let begun = Instant::now();
    while said.watched() < 20 {
        said.falls_silent();
        let before = said.watched();
        while said.watched() == before {
            advance(Duration::from_millis(10)).await;
        }
    }
    assert_eq!((now(&followed), followed.status().errors), ("1 2".to_owned(), 19), "one at each end");
    // Full jitter: half of the bounds 0.1, 0.2, 0.4 up to 10 s, on average.
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(25) && took < Duration::from_secs(125), "{took:?}");
    said.ports(&[1, 2, 3]);
    pass(SETTLED).await;
    assert_eq!(now(&followed), "1 2 3");
}

#[tokio::test(start_paused = true)]
async fn another_weight_is_news_and_the_endpoint_stays_the_same() {
    let (said, followed) = following(&[1, 2]).await;
    let fleet = Fleet::new([], &Default::default(), Moment::ZERO).unwrap();
    let before = fleet.updated(followed.latest().unwrap().weights(), Moment::ZERO);
    said.word(Ok(Snapshot::new([instance(1), instance(2).weighing(5)]).unwrap()));
    pass(SETTLED).await;
    assert_eq!(now(&followed), "1 2*5");
    let after = before.updated(followed.latest().unwrap().weights(), Moment::ZERO);
    assert!(Arc::ptr_eq(&before.endpoints()[1], &after.endpoints()[1]));
    assert_eq!(after.endpoints()[1].weight(), 5);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_first_set_hears_why_there_is_none() {
    let said = Arc::new(Said::default());
    let followed = follow(said.clone(), FollowOptions::default()).unwrap();
    let soon = || Instant::now() + Duration::from_secs(1);
    assert_eq!(followed.first(soon()).await.unwrap_err().to_string(), "the source has not answered yet");
    said.fails("no such host");
    assert_eq!(followed.first(soon()).await.unwrap_err().to_string(), "no such host");
    said.ports(&[]);
    assert_eq!(followed.first(soon()).await.unwrap_err().to_string(), "the source says that there is nobody");
    let (first, ()) = tokio::join!(followed.first(soon()), async {
        pass(Duration::from_millis(500)).await;
        said.ports(&[7]);
    });
    assert_eq!(crate::shown(&first.unwrap()), "7");
}

#[tokio::test(start_paused = true)]
async fn following_ends_with_the_last_who_wants_to_know() {
    let (said, followed) = following(&[1]).await;
    let other = followed.clone();
    drop(followed);
    pass(Duration::from_secs(1)).await;
    assert_eq!(Arc::strong_count(&said), 2);
    drop(other);
    pass(Duration::from_secs(1)).await;
    assert_eq!(Arc::strong_count(&said), 1);
}

#[tokio::test]
async fn options_that_cannot_be_are_refused() {
    let hold = roster::Config { hold: Duration::ZERO, ..roster::Config::default() };
    let options = FollowOptions { roster: hold, ..FollowOptions::default() };
    let refused = follow(Arc::new(Said::default()), options).unwrap_err();
    assert_eq!(refused.to_string(), "`roster.hold` is zero: nothing would be held");
    let backoff = Backoff { min: Duration::from_secs(2), max: Duration::from_secs(1) };
    let options = FollowOptions { backoff, ..FollowOptions::default() };
    let refused = follow(Arc::new(Said::default()), options).unwrap_err();
    assert_eq!(refused.to_string(), "`backoff.max` is below `min`");
}

#[test]
fn a_source_that_tells_too_much_is_not_believed() {
    let many = (0..=10_000_u32).map(|number| {
        let address = format!("http://10.0.{}.{}", number / 256, number % 256);
        wireloom::discovery::Instance::new(wireloom::Endpoint::new(&address).unwrap())
    });
    assert_eq!(Snapshot::new(many).unwrap_err().to_string(), "more than 10000 instances are told");
}

/// A source of another kind: what metrics tell of it is this test's alone.
#[derive(Debug)]
struct Counted(Arc<Said>);

impl Discovery for Counted {
    fn watch(&self) -> BoxStream<'static, Word> {
        self.0.watch()
    }

    fn kind(&self) -> &'static str {
        "counted"
    }
}

#[tokio::test(start_paused = true)]
async fn metrics_tell_how_it_goes() {
    let said = Arc::new(Said::default());
    let followed = follow(Arc::new(Counted(Arc::clone(&said))), FollowOptions::default()).unwrap();
    pass(Duration::from_millis(1)).await;
    said.ports(&[1, 2, 3, 4]);
    pass(Duration::from_secs(90)).await;
    said.fails("it is away");
    pass(Duration::from_millis(1)).await;
    let told = |series: &str| {
        let text = wireloom::metrics::render();
        text.lines().find_map(|line| line.strip_prefix(&format!("wireloom_discovery_{series} ")).map(str::to_owned))
    };
    for (series, value) in [
        ("sources{source=\"counted\",state=\"followed\"}", "1"),
        ("sources{source=\"counted\",state=\"failing\"}", "1"),
        ("sources{source=\"counted\",state=\"doubted\"}", "0"),
        ("instances{source=\"counted\"}", "4"),
        ("sets_total{source=\"counted\"}", "1"),
        ("errors_total{source=\"counted\"}", "1"),
        ("age_seconds{source=\"counted\"}", "90"),
    ] {
        assert_eq!(told(series).as_deref(), Some(value), "{series}");
    }
    // Whoever follows no more is not told of.
    drop(followed);
    pass(Duration::from_millis(1)).await;
    assert_eq!(told("sources{source=\"counted\",state=\"followed\"}"), None);
}
