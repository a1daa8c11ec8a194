//! What a channel does with its policies, over a transport whose endpoints do as a test says, in paused time.

#[cfg(feature = "tower")]
#[path = "channel/layers.rs"]
mod layers;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep};
use wireloom::admission::Head;
use wireloom::auth::{Applied, Credentials};
use wireloom::discovery::{self, Discovery, DiscoveryError, FollowOptions, Instance, Snapshot};
use wireloom::policy::hedge::{self, After};
use wireloom::policy::settings::Retry;
use wireloom::policy::{Policies, Settings, Word, breaker};
use wireloom::transport::{Exchange, Failure, Sent, Transport};
use wireloom::{
    Auth, Channel, ClientStream, Code, Context, Effect, Endpoint, Fault, Inbound, Operation, OperationFacts, Scheme,
    ServerStream, Shape, Trace, Unary,
};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What an endpoint does with an attempt.
#[derive(Clone, Copy)]
enum Does {
    /// Answers with its number after that time.
    Answers(Duration),
    /// Fails with that code after that time.
    Fails(Code, Duration),
    /// Cannot be reached.
    IsAway,
    /// Opens a stream of so many items, one each second, which then breaks off.
    Streams(u32),
}

/// An attempt that arrived, and how.
#[derive(Clone, Debug)]
struct Seen {
    endpoint: usize,
    attempt: u8,
    at: Duration,
    remaining: Duration,
    trace: Option<Trace>,
    cancelled: bool,
}

/// Endpoints that do as they are told, and what they have seen.
#[derive(Clone)]
struct Stage {
    start: Instant,
    does: Arc<Mutex<HashMap<usize, Does>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stage {
    fn new(does: impl IntoIterator<Item = Does>) -> Stage {
        let does = does.into_iter().enumerate().collect();
        Stage { start: Instant::now(), does: Arc::new(Mutex::new(does)), seen: Arc::default() }
    }

    fn channel(&self) -> Channel<Stage> {
        self.channel_under(&Policies::default())
    }

    fn channel_under(&self, policies: &Policies) -> Channel<Stage> {
        let count = self.does.lock().unwrap().len();
        let endpoints = (0..count).map(|number| format!("stage://{number}"));
        Channel::over(self.clone()).endpoints(endpoints).unwrap().policies(policies).seed(7).build()
    }

    fn set(&self, endpoint: usize, does: Does) {
        self.does.lock().unwrap().insert(endpoint, does);
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// An attempt under way at an endpoint; it sees when it is dropped before its end.
struct UnderWay<'s> {
    stage: &'s Stage,
    index: usize,
    ended: bool,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.stage.seen.lock().unwrap()[self.index].cancelled = !self.ended;
    }
}

impl Transport for Stage {
    const NAME: &'static str = "stage";
    const SCHEME: &'static str = "stage";
    type Reply = (usize, Result<u32, Fault>);
}

impl Stage {
    async fn act(&self, to: &Endpoint, head: &Head<'_>) -> Result<(usize, Result<u32, Fault>), Failure> {
        let endpoint: usize = to.uri().host().unwrap().parse().unwrap();
        let does = self.does.lock().unwrap()[&endpoint];
        if let Does::IsAway = does {
            return Err(Failure { fault: Fault::new(Code::Unavailable, "nobody there"), sent: Sent::No });
        }
        let mut under_way = {
            let mut seen = self.seen.lock().unwrap();
            let (at, remaining) = (self.start.elapsed(), head.cx.remaining().unwrap());
            let trace = head.cx.trace();
            seen.push(Seen { endpoint, attempt: head.attempt, at, remaining, trace, cancelled: false });
            UnderWay { stage: self, index: seen.len() - 1, ended: false }
        };
        let reply = match does {
            Does::Answers(after) => {
                sleep(after).await;
                Ok((endpoint, Ok(0)))
            }
            Does::Fails(code, after) => {
                sleep(after).await;
                Err(Failure { fault: Fault::new(code, "as told"), sent: Sent::Maybe })
            }
            Does::Streams(items) => Ok((endpoint, Ok(items))),
            Does::IsAway => unreachable!("handled above"),
        };
        under_way.ended = true;
        reply
    }
}

impl<O: Operation<Input = u32, Output = usize, Fault = Fault>> Exchange<O> for Stage {
    async fn send(&self, to: &Endpoint, head: &Head<'_>, _: &u32) -> Result<Self::Reply, Failure> {
        self.act(to, head).await
    }

    async fn send_stream(&self, to: &Endpoint, head: &Head<'_>, _: Inbound<u32>) -> Result<Self::Reply, Failure> {
        self.act(to, head).await
    }

    async fn read(&self, (endpoint, ended): Self::Reply) -> Result<usize, Fault> {
        ended.map(|_| endpoint)
    }

    async fn read_stream(&self, (endpoint, items): Self::Reply) -> Result<Inbound<usize>, Fault> {
        let items = items?;
        let each = futures_util::stream::iter(0..items).then(move |_| async move {
            sleep(Duration::from_secs(1)).await;
            Ok(endpoint)
        });
        let broken = futures_util::stream::once(async { Err(Fault::new(Code::Unavailable, "broke off")) });
        Ok(Inbound::new(Box::pin(each.chain(broken))))
    }
}

macro_rules! operation {
    ($name:ident, $effect:ident, $shape:ident, $settings:expr) => {
        operation!($name, $effect, $shape, $settings, Auth::PUBLIC);
    };
    ($name:ident, $effect:ident, $shape:ident, $settings:expr, $auth:expr) => {
        struct $name;

        impl Operation for $name {
            type Input = u32;
            type Output = usize;
            type Fault = Fault;
            const FACTS: &'static OperationFacts = &OperationFacts {
                package: "stage",
                service: "Stage",
                name: stringify!($name),
                shape: Shape::$shape,
                effect: Effect::$effect,
                auth: $auth,
                policy: $settings,
            };

            fn balance_key(input: &u32) -> u64 {
                wireloom::policy::key(input)
            }
        }
    };
}

operation!(Get, Safe, Unary, Settings::within(Duration::from_secs(2)));
operation!(Pay, Once, Unary, Settings::within(Duration::from_secs(2)));
operation!(Private, Safe, Unary, Settings::within(Duration::from_secs(2)), Auth::any_of(&[Scheme::Jwt]));
operation!(Send, Idempotent, ClientStream, Settings::within(Duration::from_secs(2)));
operation!(
    Watch,
    Safe,
    ServerStream,
    Settings {
        first: Some(Duration::from_millis(1500)),
        lifetime: Some(Duration::from_millis(4500)),
        ..Settings::within(Duration::from_secs(2))
    }
);
operation!(
    Hedged,
    Safe,
    Unary,
    Settings {
        hedge: Word::On(hedge::Config { after: After::Time(Duration::from_millis(50)), extra: 1.0 }),
        ..Settings::within(Duration::from_secs(2))
    }
);
operation!(
    Hashed,
    Safe,
    Unary,
    Settings { balance: Some(wireloom::policy::settings::Balance::Hash), ..Settings::UNSAID }
);

async fn call<O: Operation<Input = u32, Output = usize, Fault = Fault>>(
    channel: &Channel<Stage>,
) -> Result<usize, Fault> {
    Unary::<O>::call(channel, &Context::new(), 1).await
}

#[tokio::test(start_paused = true)]
async fn a_retry_goes_elsewhere() {
    let broken = Does::Fails(Code::Unavailable, millis(1));
    let stage = Stage::new([broken, Does::Answers(millis(1)), broken]);
    assert_eq!(call::<Get>(&stage.channel()).await.unwrap(), 1);
    let seen = stage.seen();
    let tried: Vec<_> = seen.iter().map(|it| it.endpoint).collect();
    assert_eq!(tried.iter().collect::<std::collections::BTreeSet<_>>().len(), tried.len(), "{tried:?}");
    assert!(seen.iter().enumerate().all(|(number, it)| it.attempt as usize == number), "attempts say which they are");
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_a_span_of_its_callers_trace() {
    let stage = Stage::new([Does::Fails(Code::Unavailable, millis(1)); 3]);
    let channel = stage.channel();
    // A program that starts no trace sends none.
    assert!(call::<Get>(&channel).await.is_err());
    assert!(stage.seen().iter().all(|it| it.trace.is_none()));

    let stage = Stage::new([Does::Fails(Code::Unavailable, millis(1)); 3]);
    let own = Trace::start();
    let ended = Unary::<Get>::call(&stage.channel(), &Context::new().with_trace(own), 1).await;
    assert!(ended.is_err());
    let spans: Vec<_> = stage.seen().iter().map(|it| it.trace.unwrap()).collect();
    assert!(spans.len() > 1, "it was tried again");
    assert!(spans.iter().all(|span| span.trace_id() == own.trace_id()));
    let all: std::collections::BTreeSet<_> = spans.iter().chain([&own]).map(|span| span.span_id()).collect();
    assert_eq!(all.len(), spans.len() + 1, "each is another");
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_seen_is_not_sent_twice() {
    let stage = Stage::new([Does::Fails(Code::Unavailable, millis(1)); 3]);
    assert_eq!(call::<Pay>(&stage.channel()).await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(stage.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_surely_not_seen_is_sent_elsewhere_at_once() {
    let stage = Stage::new([Does::IsAway, Does::IsAway, Does::Answers(millis(1))]);
    let channel = stage.channel();
    for _ in 0..10 {
        assert_eq!(call::<Pay>(&channel).await.unwrap(), 2);
    }
    assert_eq!(stage.start.elapsed(), millis(10), "no wait was between");
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_sent_once() {
    let stage = Stage::new([Does::Fails(Code::Unavailable, millis(1)); 3]);
    let items = Inbound::new(futures_util::stream::iter([Ok(1), Ok(2)]));
    let fault = ClientStream::<Send>::call(&stage.channel(), &Context::new(), items).await.unwrap_err();
    assert_eq!((fault.message(), stage.seen().len()), ("as told", 1));
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_call_are_its_answer() {
    let stage = Stage::new([Does::Fails(Code::NotFound, millis(1)); 3]);
    let channel = stage.channel();
    for _ in 0..50 {
        assert_eq!(call::<Get>(&channel).await.unwrap_err().code(), Code::NotFound);
    }
    let all: std::collections::BTreeSet<_> = stage.seen().iter().map(|it| it.endpoint).collect();
    assert_eq!((stage.seen().len(), all.len()), (50, 3), "nothing is tried again, nobody is left alone");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_covers_all_attempts() {
    let stage = Stage::new([Does::Fails(Code::Unavailable, millis(900)); 3]);
    let fault = call::<Get>(&stage.channel()).await.unwrap_err();
    assert_eq!(fault.message(), "no answer before the deadline");
    assert!(stage.start.elapsed() <= Duration::from_secs(2), "three times 900 ms are more");
    let seen = stage.seen();
    assert!(seen.iter().all(|it| it.at + it.remaining < Duration::from_secs(2)), "each has a little less: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_callers_deadline_is_never_made_longer() {
    let stage = Stage::new([Does::Answers(Duration::from_secs(9))]);
    let cx = Context::new().with_deadline_in(millis(100));
    let fault = Unary::<Get>::call(&stage.channel(), &cx, 1).await.unwrap_err();
    assert_eq!((fault.code(), stage.start.elapsed() <= millis(100)), (Code::DeadlineExceeded, true));
    assert!(stage.seen()[0].cancelled, "and the server is told");
    sleep(millis(5)).await;
    let fault = Unary::<Get>::call(&stage.channel(), &cx, 1).await.unwrap_err();
    assert_eq!((fault.message(), stage.seen().len()), ("the deadline has passed", 1), "what has expired is not sent");
}

#[tokio::test(start_paused = true)]
async fn a_hedge_goes_out_beside_a_slow_attempt() {
    let stage = Stage::new([Does::Answers(Duration::from_secs(1)); 2]);
    let channel = stage.channel();
    // Whichever comes first is slow, the other one is not.
    let hedged = call::<Hedged>(&channel);
    let other = async {
        sleep(millis(10)).await;
        let first = stage.seen()[0].endpoint;
        stage.set(1 - first, Does::Answers(millis(5)));
        1 - first
    };
    let (answer, other) = tokio::join!(hedged, other);
    assert_eq!(answer.unwrap(), other);
    assert_eq!(stage.start.elapsed(), millis(55));
    let seen = stage.seen();
    assert_eq!((seen.len(), seen[1].at), (2, millis(50)));
    assert!(seen[0].cancelled && !seen[1].cancelled, "the loser is cancelled on the wire");
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_not_lost_to_a_hedge_that_fails_in_the_same_moment() {
    let stage = Stage::new([Does::Answers(millis(60)); 2]);
    let channel = stage.channel();
    let fails_meanwhile = async {
        sleep(millis(10)).await;
        let first = stage.seen()[0].endpoint;
        stage.set(1 - first, Does::Fails(Code::Unavailable, millis(10)));
        first
    };
    let (answer, first) = tokio::join!(call::<Hedged>(&channel), fails_meanwhile);
    assert_eq!((answer.unwrap(), stage.seen().len()), (first, 2));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_cancelled() {
    let stage = Stage::new([Does::Answers(Duration::from_secs(1))]);
    let channel = stage.channel();
    let call = tokio::time::timeout(millis(10), call::<Get>(&channel)).await;
    assert!(call.is_err() && stage.seen()[0].cancelled);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_fails_at_once_attracts_nothing() {
    let good = Does::Answers(millis(50));
    let stage = Stage::new([Does::Fails(Code::Unavailable, Duration::ZERO), good, good, good]);
    let channel = stage.channel();
    for _ in 0..400 {
        call::<Get>(&channel).await.unwrap();
    }
    let failed = stage.seen().iter().filter(|it| it.endpoint == 0).count();
    assert!((1..=10).contains(&failed), "{failed} of 400");
    // Back again, it gets its share of calls that are many at once.
    stage.set(0, good);
    let caller = || async {
        for _ in 0..4_000 {
            call::<Get>(&channel).await.unwrap();
        }
    };
    tokio::join!(caller(), caller(), caller(), caller());
    let seen = stage.seen();
    let late = &seen[seen.len() - 4_000..];
    let share = late.iter().filter(|it| it.endpoint == 0).count();
    assert!(share > 600, "{share} of {}", late.len());
}

#[tokio::test(start_paused = true)]
async fn without_endpoints_a_call_waits_a_little_and_says_why() {
    let stage = Stage::new([]);
    let channel = stage.channel();
    let fault = call::<Get>(&channel).await.unwrap_err();
    assert_eq!(fault.to_string(), "unavailable: not sent: no endpoint is known");
    assert_eq!(stage.start.elapsed(), Duration::from_secs(1));
    call::<Get>(&channel).await.unwrap_err();
    assert_eq!(stage.start.elapsed(), Duration::from_secs(1), "then calls fail at once");
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_says_when_to_come_back() {
    let stage = Stage::new([Does::Fails(Code::Internal, millis(1)); 2]);
    let policies = Policies::default();
    let config = breaker::Config { volume: 4, ..breaker::Config::default() };
    policies.set("stage.Stage/Get", Settings { breaker: Word::On(config), ..Settings::UNSAID }).unwrap();
    let channel = stage.channel_under(&policies);
    for _ in 0..4 {
        assert_eq!(call::<Get>(&channel).await.unwrap_err().code(), Code::Internal);
    }
    let fault = call::<Get>(&channel).await.unwrap_err();
    assert_eq!(fault.to_string(), "unavailable: not sent: too many calls of the operation failed (breaker)");
    assert!(fault.retry_after().unwrap() <= breaker::OPEN_DEFAULT);
    assert!(fault.retry_never(), "nor are tiers above to try");
    assert_eq!(stage.seen().len(), 4);
    // Said otherwise of something else, it stays open.
    let once = Settings { retry: Word::Off, ..Settings::UNSAID };
    policies.set("", once).unwrap();
    assert!(call::<Get>(&channel).await.unwrap_err().message().contains("breaker"));
}

#[tokio::test(start_paused = true)]
async fn policies_change_while_a_channel_lives() {
    let stage = Stage::new([Does::Fails(Code::Unavailable, millis(1)); 4]);
    let policies = Policies::default();
    let channel = stage.channel_under(&policies);
    call::<Get>(&channel).await.unwrap_err();
    assert_eq!(stage.seen().len(), 3, "the attempt and two retries");
    policies.set("stage.Stage", Settings { retry: Word::Off, ..Settings::UNSAID }).unwrap();
    call::<Get>(&channel).await.unwrap_err();
    assert_eq!(stage.seen().len(), 4);
    let one = Word::On(Retry { retries: Some(1), ..Retry::UNSAID });
    policies.set("stage.Stage/Get", Settings { retry: one, ..Settings::UNSAID }).unwrap();
    call::<Get>(&channel).await.unwrap_err();
    assert_eq!(stage.seen().len(), 6, "the nearest word holds");
}

#[tokio::test(start_paused = true)]
async fn settings_that_cannot_be_are_refused_or_passed_over() {
    let policies = Policies::default();
    let wrong = policies.set("", Settings::within(Duration::ZERO)).unwrap_err();
    assert_eq!(wrong.to_string(), "`deadline` is zero");
    assert_eq!(policies.generation(), 0, "nothing has changed");
    // Fine alone, and against the contract, whose calls have two seconds: the contract holds.
    policies.set("", Settings { attempt: Some(Duration::from_secs(20)), ..Settings::UNSAID }).unwrap();
    let stage = Stage::new([Does::Answers(millis(1))]);
    assert_eq!(call::<Get>(&stage.channel_under(&policies)).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn equal_keys_go_to_the_same_endpoint() {
    let stage = Stage::new([Does::Answers(millis(1)); 5]);
    let channel = stage.channel();
    let mut used = std::collections::BTreeSet::new();
    for key in 0..20 {
        let first = Unary::<Hashed>::call(&channel, &Context::new(), key).await.unwrap();
        let again = Unary::<Hashed>::call(&channel, &Context::new(), key).await.unwrap();
        assert_eq!(first, again);
        used.insert(first);
    }
    assert!(used.len() >= 3, "{used:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_out_is_bounded_beyond_its_opening() {
    let stage = Stage::new([Does::Streams(100)]);
    let channel = stage.channel();
    let items: Vec<_> = ServerStream::<Watch>::open(&channel, &Context::new(), 1).await.unwrap().collect().await;
    let fault = items.last().unwrap().as_ref().unwrap_err();
    assert_eq!((items.len(), fault.message()), (5, "the stream has lived its time"), "four seconds of items");
    stage.set(0, Does::Streams(2));
    let items: Vec<_> = ServerStream::<Watch>::open(&channel, &Context::new(), 1).await.unwrap().collect().await;
    assert_eq!(items.last().unwrap().as_ref().unwrap_err().message(), "broke off");
}

#[tokio::test(start_paused = true)]
async fn streams_that_break_off_are_failures_of_their_endpoint() {
    let stage = Stage::new([Does::Streams(0), Does::Streams(0), Does::Streams(0)]);
    let channel = stage.channel();
    for _ in 0..30 {
        let opened = ServerStream::<Watch>::open(&channel, &Context::new(), 1).await.unwrap();
        let _items: Vec<_> = opened.collect().await;
    }
    // Five in a row leave one alone; the cap keeps the others.
    let mut counts = [0; 3];
    stage.seen().iter().for_each(|it| counts[it.endpoint] += 1);
    assert!(counts.contains(&5), "{counts:?}");
}

/// A source that tells what it is told to.
#[derive(Debug)]
struct Told(tokio::sync::watch::Receiver<Vec<&'static str>>);

impl Discovery for Told {
    fn watch(&self) -> futures_util::stream::BoxStream<'static, Result<Snapshot, DiscoveryError>> {
        let lists = self.0.clone();
        Box::pin(futures_util::stream::unfold((lists, true), |(mut lists, is_first)| async move {
            if !is_first {
                lists.changed().await.ok()?;
            }
            let list: Vec<_> =
                lists.borrow_and_update().iter().map(|it| Instance::new(Endpoint::new(it).unwrap())).collect();
            Some((Ok(Snapshot::new(list).unwrap()), (lists, false)))
        }))
    }
}

#[tokio::test(start_paused = true)]
async fn calls_go_where_discovery_says() {
    let stage = Stage::new([Does::Answers(millis(1)); 3]);
    let (lists, told) = tokio::sync::watch::channel(vec![]);
    let followed = discovery::follow(Arc::new(Told(told)), FollowOptions::default()).unwrap();
    let channel = Channel::over(stage.clone()).follow(followed).build();
    let (answer, ()) = tokio::join!(call::<Get>(&channel), async {
        sleep(millis(300)).await;
        lists.send_replace(vec!["stage://1"]);
    });
    assert_eq!(answer.unwrap(), 1, "a call waits for the first endpoint");
    lists.send_replace(vec!["stage://2", "stage://0"]);
    sleep(Duration::from_secs(31)).await;
    let mut used = std::collections::BTreeSet::new();
    for _ in 0..20 {
        used.insert(call::<Get>(&channel).await.unwrap());
    }
    assert_eq!(used.into_iter().collect::<Vec<_>>(), [0, 2]);
    drop(channel);
    tokio::task::yield_now().await;
    sleep(millis(1)).await;
    assert_eq!(lists.receiver_count(), 0, "nobody follows any more");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waited_for_an_endpoint_goes_out_at_once_and_has_all_its_time() {
    let stage = Stage::new([Does::Answers(millis(40))]);
    let (lists, told) = tokio::sync::watch::channel(vec![]);
    let followed = discovery::follow(Arc::new(Told(told)), FollowOptions::default()).unwrap();
    let policies = Policies::default();
    policies.set("", Settings { attempt: Some(millis(50)), ..Settings::UNSAID }).unwrap();
    let channel = Channel::over(stage.clone()).follow(followed).policies(&policies).build();
    let (answer, ()) = tokio::join!(call::<Get>(&channel), async {
        sleep(millis(300)).await;
        lists.send_replace(vec!["stage://0"]);
    });
    assert_eq!(answer.unwrap(), 0);
    let seen = stage.seen();
    let [attempt] = &seen[..] else { panic!("not one attempt: {seen:?}") };
    // A list that may be the first of a burst is looked at after 100 ms.
    assert!((millis(400)..millis(410)).contains(&attempt.at), "{:?}", attempt.at);
    assert!((millis(49)..=millis(50)).contains(&attempt.remaining), "{:?}", attempt.remaining);
}

/// Knows after that time what to bring.
struct Asks(Duration);

impl Credentials for Asks {
    fn apply<'a>(&'a self, cx: Context, _: &'static OperationFacts) -> Applied<'a> {
        match self.0.is_zero() {
            true => Applied::Now(cx),
            false => Applied::Later(Box::pin(async {
                sleep(self.0).await;
                Ok(cx)
            })),
        }
    }
}

/// A call has as long with credentials as without: the earlier of its caller's deadline and what is said of the operation, be that more
/// or less than the contract says. What it waits for its credentials is a part of that.
#[tokio::test(start_paused = true)]
async fn credentials_take_no_time_that_a_call_has_and_give_it_none() {
    let second = Duration::from_secs;
    let raised = Policies::default();
    raised.set("stage.Stage/Private", Settings::within(second(10))).unwrap();
    let lowered = Policies::default();
    lowered.set("stage.Stage/Private", Settings::within(second(1))).unwrap();
    for (policies, said) in [(Policies::default(), second(2)), (raised, second(10)), (lowered, second(1))] {
        for (callers, has) in [(None, said), (Some(second(30)), said), (Some(millis(500)), millis(500))] {
            for waits in [Duration::ZERO, millis(100)] {
                let stage = Stage::new([Does::Answers(second(60))]);
                let (began, channel) = (Instant::now(), stage.channel_under(&policies).with_credentials(Asks(waits)));
                let cx = Context::new();
                let cx = callers.map_or(cx.clone(), |time| cx.with_deadline_in(time));
                let fault = Unary::<Private>::call(&channel, &cx, 1).await.unwrap_err();
                assert_eq!(fault.code(), Code::DeadlineExceeded);
                let (took, remaining) = (began.elapsed(), stage.seen()[0].remaining);
                let of = format!("{said:?} {callers:?} {waits:?}: {took:?} {remaining:?}");
                assert!(took.abs_diff(has) <= millis(10) && remaining.abs_diff(has - waits) <= millis(20), "{of}");
            }
        }
    }
    let never = Stage::new([Does::Answers(millis(1))]);
    let fault = Unary::<Private>::call(&never.channel().with_credentials(Asks(second(60))), &Context::new(), 1).await;
    assert_eq!(fault.unwrap_err().code(), Code::DeadlineExceeded);
    assert!(never.seen().is_empty(), "what has no credentials in its time is not sent");
}
