//! What a server lets in, as its policies say: rates, doors, priorities. In paused time, through the seam that all wires use.

use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;
use wireloom::admission::{Admission as _, Admitting, End, Gate, Head, Permit, Refusal};
use wireloom::policy::intake::Concurrency;
use wireloom::policy::queue::Priority;
use wireloom::policy::rate;
use wireloom::policy::settings::{Limit, Per};
use wireloom::policy::{Policies, Settings, Word};
use wireloom::{Auth, Context, Effect, OperationFacts, Scheme, ServiceFacts, Shape};

const fn facts(name: &'static str, policy: Settings) -> OperationFacts {
    OperationFacts {
        package: "shop",
        service: "Orders",
        name,
        shape: Shape::Unary,
        effect: Effect::Safe,
        policy,
        auth: Auth::PUBLIC,
    }
}

const fn one_at_once(name: &'static str, priority: Priority) -> OperationFacts {
    let concurrency = Word::On(Concurrency::Fixed(1));
    facts(name, Settings { concurrency, queue: Some(2), priority: Some(priority), ..Settings::UNSAID })
}

static GET: OperationFacts = one_at_once("get", Priority::Normal);
static LIMITED: OperationFacts = facts(
    "limited",
    Settings {
        limit: Word::On(Limit {
            rate: rate::Config { count: 10, period: Duration::from_secs(1), burst: 2 },
            per: Per::All,
        }),
        ..Settings::UNSAID
    },
);
static PER_CALLER: OperationFacts = OperationFacts {
    auth: Auth::any_of(&[Scheme::Jwt]),
    ..facts(
        "per_caller",
        Settings {
            limit: Word::On(Limit {
                rate: rate::Config { count: 10, period: Duration::from_secs(1), burst: 1 },
                per: Per::Principal,
            }),
            ..Settings::UNSAID
        },
    )
};
static FREE: OperationFacts = facts("free", Settings::UNSAID);
static SERVICE: ServiceFacts = ServiceFacts {
    package: "shop",
    name: "Orders",
    auth: Auth::PUBLIC,
    operations: &[&GET, &LIMITED, &FREE],
    handlers: &[],
};

fn admit(gate: &Gate, op: &'static OperationFacts, cx: &Context) -> Admitting {
    gate.admit(&Head { op, cx, attempt: 0 }, Instant::now())
}

fn judged(admitting: Admitting) -> Result<Permit, Refusal> {
    match admitting {
        Admitting::Judged(judged) => judged,
        Admitting::Waits(_) => panic!("it waits"),
    }
}

fn waits(admitting: Admitting) -> impl Future<Output = Result<Permit, Refusal>> + Unpin {
    match admitting {
        Admitting::Waits(turn) => turn,
        Admitting::Judged(judged) => panic!("{judged:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_over_the_rate_is_told_when_to_come_back() {
    let (gate, cx) = (Gate::default(), Context::new());
    assert!(judged(admit(&gate, &LIMITED, &cx)).is_ok());
    assert!(judged(admit(&gate, &LIMITED, &cx)).is_ok());
    let refusal = judged(admit(&gate, &LIMITED, &cx)).unwrap_err();
    assert!(
        matches!(refusal, Refusal::Busy { retry_after } if retry_after == Duration::from_millis(100)),
        "{refusal:?}"
    );
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(judged(admit(&gate, &LIMITED, &cx)).is_ok());
    assert_eq!(gate.in_flight(), 3);
}

/// Each caller has a rate of its own, wherever it calls from; who is not known yet is not counted.
#[tokio::test(start_paused = true)]
async fn a_rate_for_each_caller_goes_by_who_it_is() {
    let (gate, cx) = (Gate::default(), Context::new());
    for _ in 0..3 {
        assert!(judged(admit(&gate, &PER_CALLER, &cx)).is_ok());
    }
    let call = |name: &str| gate.admit_principal(&PER_CALLER, name, Instant::now());
    assert!(call("issuer|alice").is_ok() && call("issuer|bob").is_ok());
    let refusal = call("issuer|alice").unwrap_err();
    assert!(matches!(refusal, Refusal::Busy { retry_after } if retry_after == Duration::from_millis(100)));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(call("issuer|alice").is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_its_turn() {
    let (gate, cx) = (Gate::default(), Context::new());
    let first = judged(admit(&gate, &GET, &cx)).unwrap();
    let mut second = waits(admit(&gate, &GET, &cx));
    let third = waits(admit(&gate, &GET, &cx));
    let fourth = judged(admit(&gate, &GET, &cx)).unwrap_err();
    assert!(matches!(fourth, Refusal::Busy { .. }), "two may wait: {fourth:?}");
    assert!((&mut second).now_or_never().is_none());
    gate.settle(first, End::Answered, Instant::now());
    let second = second.await.unwrap();
    assert_eq!(gate.in_flight(), 1);
    drop(third);
    gate.settle(second, End::Cancelled, Instant::now());
    assert!(judged(admit(&gate, &GET, &cx)).is_ok(), "who went away is not waited for");
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_nobody_takes_is_the_next_ones() {
    let (gate, cx) = (Gate::default(), Context::new());
    let first = judged(admit(&gate, &GET, &cx)).unwrap();
    let (second, third) = (waits(admit(&gate, &GET, &cx)), waits(admit(&gate, &GET, &cx)));
    gate.settle(first, End::Answered, Instant::now());
    // Decided, and dropped before it was asked.
    drop(second);
    assert!(third.now_or_never().unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_would_expire_while_it_waits_is_not_let_wait() {
    let (gate, cx) = (Gate::default(), Context::new());
    for _ in 0..3 {
        let permit = judged(admit(&gate, &GET, &cx)).unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        gate.settle(permit, End::Answered, Instant::now());
    }
    let _running = judged(admit(&gate, &GET, &cx)).unwrap();
    let hurried = Context::new().with_deadline_in(Duration::from_millis(50));
    assert!(matches!(judged(admit(&gate, &GET, &hurried)), Err(Refusal::Expired)), "a call takes 100 ms here");
    let patient = Context::new().with_deadline_in(Duration::from_secs(5));
    drop(waits(admit(&gate, &GET, &patient)));
}

#[tokio::test(start_paused = true)]
async fn limits_change_while_a_server_runs() {
    let policies = Policies::default();
    let (gate, cx) = (Gate::new(policies.clone()), Context::new());
    let _running = judged(admit(&gate, &GET, &cx)).unwrap();
    let waiting = waits(admit(&gate, &GET, &cx));
    policies.set("shop.Orders/get", Settings { concurrency: Word::Off, ..Settings::UNSAID }).unwrap();
    assert!(judged(admit(&gate, &GET, &cx)).is_ok());
    assert!(waiting.now_or_never().is_none(), "whoever waits, waits at the door that he came to");
    policies.set("shop.Orders/free", LIMITED.policy).unwrap();
    let admitted = (0..5).filter(|_| judged(admit(&gate, &FREE, &cx)).is_ok()).count();
    assert_eq!(admitted, 2);
    // Another word changes nothing of a rate: it is not full again.
    let slower = Settings { deadline: Some(Duration::from_secs(9)), ..LIMITED.policy };
    policies.set("shop.Orders/free", slower).unwrap();
    assert!(judged(admit(&gate, &FREE, &cx)).is_err());
}

#[tokio::test(start_paused = true)]
async fn policies_are_checked_against_services() {
    let policies = Policies::default();
    policies.set("shop.Orders/gett", Settings::within(Duration::from_secs(1))).unwrap();
    assert_eq!(
        policies.check(&SERVICE).unwrap_err().to_string(),
        "`shop.Orders/gett` is no operation of `shop.Orders`; did you mean `get`?"
    );
    let policies = Policies::default();
    let attempt = Some(Duration::from_secs(40));
    policies.set("shop.Orders/free", Settings { attempt, ..Settings::UNSAID }).unwrap();
    policies.set("", Settings::within(Duration::from_secs(30))).unwrap();
    let wrong = policies.check(&SERVICE).unwrap_err();
    assert_eq!(wrong.to_string(), "shop.Orders/free: `attempt` is longer than `deadline`");
}

#[tokio::test(start_paused = true)]
async fn policies_must_fit_an_operation_as_long_as_a_gate_has_it() {
    let policies = Policies::default();
    let gate = Gate::new(policies.clone());
    let attempt = Some(Duration::from_secs(40));
    let contradiction = Settings { attempt, deadline: Some(Duration::from_secs(30)), ..Settings::UNSAID };
    let of_service = || policies.set("shop.Orders", Settings { attempt, ..Settings::UNSAID });
    assert!(policies.set("shop.Orders/free", contradiction).is_err(), "whoever has it");
    policies.set("shop.Orders/free", Settings::within(Duration::from_secs(30))).unwrap();
    for _ in 0..2 {
        drop(judged(admit(&gate, &FREE, &Context::new())).unwrap());
        assert_eq!(of_service().unwrap_err().to_string(), "shop.Orders/free: `attempt` is longer than `deadline`");
        // It is judged anew under what has changed.
        policies.set("shop.Orders/free", Settings::within(Duration::from_secs(20))).unwrap();
    }
    drop(gate);
    of_service().unwrap();
}
