//! What calls leave in the metrics: how they ended and what policies decided. In paused time; each test has operations of its own,
//! for the counters are the process'.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::sleep;
use wireloom::admission::Head;
use wireloom::policy::hedge::{self, After};
use wireloom::policy::intake::Concurrency;
use wireloom::policy::settings::{Limit, Per};
use wireloom::policy::{Policies, Settings, Word, breaker, rate};
use wireloom::transport::{Exchange, Failure, Sent, Transport};
use wireloom::{
    Channel, Code, Context, Effect, Endpoint, Fault, Inbound, Local, Operation, OperationFacts, Shape, Unary, Validate,
};

macro_rules! operation {
    ($name:ident, $settings:expr) => {
        struct $name;

        impl Operation for $name {
            type Input = Ask;
            type Output = u32;
            type Fault = Fault;
            const FACTS: &'static OperationFacts = &OperationFacts {
                package: "shop",
                service: "Metered",
                name: stringify!($name),
                shape: Shape::Unary,
                effect: Effect::Safe,
                auth: wireloom::Auth::PUBLIC,
                policy: $settings,
            };
        }
    };
}

/// Answers after that time, or fails with a code.
#[derive(Clone, PartialEq)]
struct Ask(Result<Duration, Code>);

impl Validate for Ask {
    fn check(&self, _: &wireloom::At<'_>, _: &mut wireloom::Violations) {}
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A transport whose first attempts fail, and whose further ones do as they are asked.
#[derive(Default)]
struct Stage {
    fails_first: u32,
    slow_first: Duration,
    attempts: AtomicU32,
}

impl Transport for Stage {
    const NAME: &'static str = "stage";
    const SCHEME: &'static str = "stage";
    type Reply = ();
}

impl<O: Operation<Input = Ask, Output = u32, Fault = Fault>> Exchange<O> for Stage {
    async fn send(&self, _: &Endpoint, _: &Head<'_>, input: &Ask) -> Result<(), Failure> {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        if attempt < self.fails_first {
            return Err(Failure { fault: Fault::new(Code::Unavailable, "away"), sent: Sent::Maybe });
        }
        if attempt == 0 {
            sleep(self.slow_first).await;
        }
        match input.0 {
            Ok(after) => {
                sleep(after).await;
                Ok(())
            }
            Err(code) => Err(Failure { fault: Fault::new(code, "as told"), sent: Sent::Maybe }),
        }
    }

    async fn read(&self, (): ()) -> Result<u32, Fault> {
        Ok(0)
    }

    async fn read_stream(&self, (): ()) -> Result<Inbound<u32>, Fault> {
        unreachable!("no streams here")
    }
}

fn channel(stage: Stage) -> Channel<Stage> {
    Channel::over(stage).endpoints(["stage://a", "stage://b"]).unwrap().seed(7).build()
}

/// The value of the series of that name and operation with these further labels; 0 where there is none.
fn metric(name: &str, method: &str, labels: &str) -> f64 {
    let text = wireloom::metrics::render();
    let method = format!("rpc_method=\"shop.Metered/{method}\"");
    let is_it = |line: &&str| line.starts_with(&format!("{name}{{")) && line.contains(&method) && line.contains(labels);
    text.lines().filter(is_it).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

operation!(Retried, Settings::within(Duration::from_secs(2)));
operation!(Late, Settings::within(Duration::from_secs(1)));
operation!(
    Hedged,
    Settings {
        hedge: Word::On(hedge::Config { after: After::Time(Duration::from_millis(50)), extra: 1.0 }),
        ..Settings::within(Duration::from_secs(2))
    }
);
operation!(
    Broken,
    Settings {
        retry: Word::Off,
        breaker: Word::On(breaker::Config {
            share: 0.5,
            volume: 2,
            over: Duration::from_secs(10),
            open: Duration::from_secs(5),
            probes: 1
        }),
        ..Settings::UNSAID
    }
);

#[tokio::test(start_paused = true)]
async fn a_call_counts_once_and_its_attempts_each() {
    let channel = channel(Stage { fails_first: 1, ..Stage::default() });
    Unary::<Retried>::call(&channel, &Context::new(), Ask(Ok(millis(200)))).await.unwrap();
    Unary::<Retried>::call(&channel, &Context::new(), Ask(Err(Code::NotFound))).await.unwrap_err();
    let of = |name, labels| metric(name, "Retried", labels);
    assert_eq!(of("wireloom_client_attempts_total", "turn=\"first\""), 2.0);
    assert_eq!(of("wireloom_client_attempts_total", "turn=\"retry\""), 1.0);
    assert_eq!(of("rpc_client_call_duration_seconds_count", "rpc_response_status_code=\"OK\""), 1.0);
    assert_eq!(of("rpc_client_call_duration_seconds_count", "rpc_response_status_code=\"NOT_FOUND\""), 1.0);
    let sum = of("rpc_client_call_duration_seconds_sum", "\"OK\"");
    assert!((0.2..0.5).contains(&sum), "{sum}");
    assert_eq!(of("wireloom_client_active_calls", ""), 0.0);
}

#[tokio::test(start_paused = true)]
async fn time_that_is_up_counts_and_so_does_who_goes_away() {
    let channel = channel(Stage::default());
    let error = Unary::<Late>::call(&channel, &Context::new(), Ask(Ok(millis(5_000)))).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    let (cx, ask) = (Context::new(), Ask(Ok(millis(500))));
    let left = tokio::time::timeout(millis(100), Unary::<Late>::call(&channel, &cx, ask));
    assert!(left.await.is_err());
    let of = |name, labels| metric(name, "Late", labels);
    assert!(of("wireloom_client_deadline_exceeded_total", "where=\"attempt\"") >= 1.0);
    assert_eq!(of("rpc_client_call_duration_seconds_count", "\"DEADLINE_EXCEEDED\""), 1.0);
    assert_eq!(of("rpc_client_call_duration_seconds_count", "\"CANCELLED\""), 1.0);
    assert_eq!(of("wireloom_client_active_calls", ""), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_hedge_counts_and_whether_it_won() {
    let channel = channel(Stage { slow_first: millis(900), ..Stage::default() });
    Unary::<Hedged>::call(&channel, &Context::new(), Ask(Ok(millis(1)))).await.unwrap();
    assert_eq!(metric("wireloom_client_attempts_total", "Hedged", "turn=\"hedge\""), 1.0);
    assert_eq!(metric("wireloom_client_hedges_won_total", "Hedged", ""), 1.0);
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_shows_and_what_it_refuses_counts() {
    let channel = channel(Stage::default());
    for _ in 0..3 {
        Unary::<Broken>::call(&channel, &Context::new(), Ask(Err(Code::Unavailable))).await.unwrap_err();
    }
    assert_eq!(metric("wireloom_client_refused_total", "Broken", "reason=\"breaker_open\""), 1.0);
    assert_eq!(metric("wireloom_client_breakers", "Broken", "state=\"open\""), 1.0);
    assert_eq!(metric("wireloom_client_attempts_total", "Broken", ""), 2.0);
    drop(channel);
    assert_eq!(metric("wireloom_client_breakers", "Broken", ""), 0.0, "gone with its channel");
}

operation!(Served, Settings::UNSAID);
operation!(
    Limited,
    Settings {
        limit: Word::On(Limit {
            rate: rate::Config { count: 1, period: Duration::from_secs(1), burst: 1 },
            per: Per::All
        }),
        ..Settings::UNSAID
    }
);
operation!(
    Queued,
    Settings {
        concurrency: Word::On(Concurrency::Fixed(1)),
        queue: Some(1),
        ..Settings::within(Duration::from_secs(9))
    }
);

struct Shop;

impl<O: Operation<Input = Ask, Output = u32, Fault = Fault>> Unary<O> for Shop {
    async fn call(&self, _: &Context, input: Ask) -> Result<u32, Fault> {
        match input.0 {
            Ok(after) => {
                sleep(after).await;
                Ok(0)
            }
            Err(code) => Err(Fault::new(code, "as told")),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_counts_calls_by_how_they_end() {
    let shop = Local::new(Shop);
    Unary::<Served>::call(&shop, &Context::new(), Ask(Ok(millis(30)))).await.unwrap();
    Unary::<Served>::call(&shop, &Context::new(), Ask(Err(Code::Internal))).await.unwrap_err();
    let expired = Context::new().with_deadline_in(Duration::ZERO);
    Unary::<Served>::call(&shop, &expired, Ask(Ok(millis(30)))).await.unwrap_err();
    let of = |name, labels| metric(name, "Served", labels);
    assert_eq!(of("rpc_server_call_duration_seconds_bucket", "\"OK\",le=\"0.025\""), 0.0);
    assert_eq!(of("rpc_server_call_duration_seconds_bucket", "\"OK\",le=\"0.05\""), 1.0);
    assert_eq!(of("rpc_server_call_duration_seconds_count", "\"INTERNAL\""), 1.0);
    assert_eq!(of("rpc_server_call_duration_seconds_count", "\"DEADLINE_EXCEEDED\""), 1.0);
    assert_eq!(of("wireloom_server_refused_total", "reason=\"expired\""), 1.0);
    assert_eq!(of("wireloom_server_active_calls", "rpc_system_name=\"local\""), 0.0);
}

operation!(Repeated, Settings::UNSAID);

#[tokio::test(start_paused = true)]
async fn a_server_counts_attempts_that_are_not_the_first() {
    let shop = Local::new(Shop);
    Unary::<Repeated>::call(&shop, &Context::new(), Ask(Ok(millis(1)))).await.unwrap();
    for before in ["1", "1", "2", "5", "255", "0", "-1", "some"] {
        let cx = Context::new().with_metadata("grpc-previous-rpc-attempts", before);
        // However it ends, also where it is not let in.
        let cx = if before == "2" { cx.with_deadline_in(Duration::ZERO) } else { cx };
        drop(Unary::<Repeated>::call(&shop, &cx, Ask(Ok(millis(1)))).await);
    }
    let of = |labels| metric("wireloom_server_repeated_total", "Repeated", labels);
    assert_eq!(["=\"1\"", "=\"2\"", "=\"more\"", ""].map(of), [2.0, 1.0, 2.0, 5.0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_a_limit_counts_by_which() {
    let shop = Local::new(Shop);
    let (cx, ask) = (Context::new(), || Ask(Ok(millis(100))));
    for _ in 0..3 {
        drop(Unary::<Limited>::call(&shop, &cx, ask()).await);
    }
    assert!(metric("wireloom_server_refused_total", "Limited", "reason=\"rate_limited\"") >= 1.0);
    let call = || Unary::<Queued>::call(&shop, &cx, ask());
    let (first, second, third) = tokio::join!(call(), call(), call());
    assert_eq!([first.is_ok(), second.is_ok(), third.is_ok()], [true, true, false]);
    assert_eq!(metric("wireloom_server_queued_total", "Queued", ""), 1.0);
    assert_eq!(metric("wireloom_server_refused_total", "Queued", "reason=\"full\""), 1.0);
}

#[test]
fn policies_of_a_channel_tell_their_generation() {
    let policies = Policies::default();
    let channel = Channel::over(Stage::default()).endpoints(["stage://a"]).unwrap().policies(&policies).build();
    policies.set("", Settings::within(Duration::from_secs(1))).unwrap();
    let text = wireloom::metrics::render();
    let line = text.lines().find(|line| line.starts_with("wireloom_policy_generation{side=\"client\"}")).unwrap();
    assert!(line.rsplit(' ').next().unwrap().parse::<u64>().unwrap() >= policies.generation(), "{line}");
    drop(channel);
}
