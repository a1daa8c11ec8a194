//! Who may publish what a service handles, and who may follow what it publishes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use wireloom::auth::{BearerToken, Denial, Principal, Verification, Verifier};
use wireloom::messaging::{Bus, Consumers, Emits, Interest};
use wireloom::policy::rate::Config;
use wireloom::policy::settings::{Limit, Per};
use wireloom::policy::{Policies, Settings, Word};
use wireloom::{Channel, Code, Context, Scheme};
use wireloom_tests::golden::vault::vault::*;

use crate::{tokens, vault};

/// Who rings, of whom the vault's contract knows nothing.
enum Door {}

impl Emits<Alarm> for Door {
    const TOPIC: &'static str = "vault.alarm";
    const SOURCE: &'static str = "/door";
}

fn bearing(token: &str) -> Context {
    Context::new().with_metadata("authorization", &format!("Bearer {token}"))
}

async fn dead_letters(bus: &Bus) -> Box<dyn wireloom::messaging::Subscription> {
    let (topic, group) = ("vault.alarm.dead".to_owned(), "test".to_owned());
    bus.broker().subscribe(&Interest { topic, group, prefetch: 9, ordered: false, lasting: true }).await.unwrap()
}

#[tokio::test]
async fn an_event_is_by_who_its_token_says() {
    let mut served = vault::serve().await;
    let publisher = served.bus.publisher::<Door>();
    publisher.publish(&bearing(&tokens::token("door-1", "", 60)), &Alarm::new("1")).await.unwrap();
    assert_eq!(served.heard.recv().await, Some(Some("door-1".to_owned())));
}

/// One attempt, then the dead topic: trying again would not make it known.
#[tokio::test]
async fn a_refused_event_is_buried_at_once() {
    let mut served = vault::serve().await;
    let mut dead = dead_letters(&served.bus).await;
    let publisher = served.bus.publisher::<Door>();
    for cx in [Context::new(), bearing("opaque"), bearing(&tokens::for_another())] {
        publisher.publish(&cx, &Alarm::new("1")).await.unwrap();
        let letter = tokio::time::timeout(Duration::from_secs(20), dead.next()).await.expect("it is buried").unwrap();
        let told: Vec<_> = letter.message.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert!(told.iter().any(|line| line.contains("unauthenticated")), "{told:?}");
        assert!(told.iter().any(|line| line.contains("attempts: 1")), "{told:?}");
    }
    assert!(served.heard.try_recv().is_err(), "nothing of it was handled");
}

/// One that publishes too much waits, and keeps nobody else waiting; nothing of it is lost, and none of its tries is spent.
#[tokio::test]
async fn events_of_each_publisher_are_within_its_rate() {
    let policies = Policies::default();
    let rate = Config { count: 5, period: Duration::from_secs(1), burst: 2 };
    let limit = Word::On(Limit { rate, per: Per::Principal });
    policies.set("vault.Vault", Settings { limit, ..Settings::UNSAID }).unwrap();
    let mut served = vault::serve_with(|server| server.policies(&policies)).await;
    let publisher = served.bus.publisher::<Door>();
    let [one, two] = ["door-1", "door-2"].map(|door| bearing(&tokens::token(door, "", 60)));
    let began = Instant::now();
    for _ in 0..4 {
        publisher.publish(&one, &Alarm::new("1")).await.unwrap();
    }
    publisher.publish(&two, &Alarm::new("2")).await.unwrap();
    let mut heard = Vec::new();
    for _ in 0..5 {
        let next = tokio::time::timeout(Duration::from_secs(20), served.heard.recv()).await.expect("it is handled");
        heard.push(next.flatten().expect("its publisher is known"));
    }
    assert!(began.elapsed() >= Duration::from_millis(400), "two of the first door's wait 200 ms each");
    let second = heard.iter().position(|door| door == "door-2");
    assert!(second.is_some_and(|place| place <= 2), "{heard:?}");
    assert_eq!(heard.iter().filter(|door| *door == "door-1").count(), 4);
}

/// Who cannot tell at first, and then knows everybody.
struct Sleepy(AtomicU32);

impl Verifier for Sleepy {
    fn verify<'a>(&'a self, _: &'a Context) -> Verification<'a> {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0 => Verification::Refused(Denial::unavailable("asleep")),
            _ => Verification::Known(Principal::new(Scheme::Jwt, "sleepy", "door-1")),
        }
    }
}

/// While nobody can tell who has published it an event waits: it has not failed, and none of its tries is spent.
#[tokio::test]
async fn an_event_waits_while_nobody_can_tell() {
    let ((keeper, mut heard), bus) = (vault::keeper(), Bus::memory());
    let consumers =
        Consumers::on(&bus).serve(VaultServer::new(keeper)).verifier(Scheme::Jwt, Sleepy(AtomicU32::new(0)));
    let consumers = consumers.verifier(Scheme::ApiKey, Sleepy(AtomicU32::new(0))).join().await.unwrap();
    let consuming = tokio::spawn(consumers.run_until(std::future::pending()));
    bus.publisher::<Door>().publish(&Context::new(), &Alarm::new("1")).await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(20), heard.recv()).await.expect("it is handled");
    assert_eq!(heard, Some(Some("door-1".to_owned())));
    consuming.abort();
}

#[tokio::test]
async fn a_server_may_leave_it_to_the_broker() {
    let mut served = vault::serve_with(|server| server.trust_broker()).await;
    served.bus.publisher::<Door>().publish(&Context::new(), &Alarm::new("1")).await.unwrap();
    assert_eq!(served.heard.recv().await, Some(None));
}

#[tokio::test]
async fn consumers_that_could_not_know_who_publishes_do_not_start() {
    let consumers = || Consumers::on(Bus::memory()).serve(VaultServer::new(vault::keeper().0));
    let told = consumers().join().await.unwrap_err().to_string();
    assert!(told.starts_with("vault.Vault wants `auth jwt`"), "{told}");
    assert!(consumers().trust_broker().join().await.is_ok());
    let known = consumers().verifier(Scheme::Jwt, tokens::verifier()).verifier(Scheme::ApiKey, tokens::verifier());
    assert!(known.join().await.is_ok());
}

/// Who is known to the service may follow its events, and nobody else.
#[tokio::test]
async fn events_are_followed_by_the_known() {
    let served = vault::serve().await;
    let channel = Channel::ws_json(&format!("ws://{}/ws/vault", served.http)).unwrap();
    let refused = channel.subscribe::<Opened>(&Context::new()).await;
    assert_eq!(refused.map(drop).unwrap_err().code(), Code::Unauthenticated);
    let known = channel.with_credentials(BearerToken::new(tokens::token("alice", "", 60)));
    let mut followed = known.subscribe::<Opened>(&Context::new()).await.unwrap();
    let opened = Opened::new("a", "alice");
    served.bus.publisher::<VaultEvents>().publish(&Context::new(), &opened).await.unwrap();
    assert_eq!(followed.next().await.unwrap().unwrap(), opened);
}
