//! Whom policies must fit: what is served and called under them, from when it is judged until it ends.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use wireloom::policy::{Policies, Settings};
use wireloom::{Auth, Channel, Client, Effect, Mount, OperationFacts, Served, Server, ServiceFacts, Shape};

use super::names::{Stage, op, write};

/// No operation here has as much time.
const CONTRADICTION: Settings = Settings { attempt: Some(Duration::from_secs(8)), ..Settings::UNSAID };

/// What an error says.
fn said<E: std::fmt::Display>(result: Result<(), E>) -> Result<(), String> {
    result.map_err(|wrong| wrong.to_string())
}

/// How often what happens at once is tried.
const TIMES: usize = 1_000;

#[test]
fn what_is_set_at_once_holds_together() {
    orders!("together");
    for _ in 0..TIMES {
        let (policies, start) = (Policies::default(), Barrier::new(2));
        let set = |whom, settings: Settings| {
            start.wait();
            policies.set(whom, settings).unwrap();
        };
        thread::scope(|scope| {
            scope.spawn(|| set("together.Orders", Settings { queue: Some(7), ..Settings::UNSAID }));
            scope.spawn(|| set("together.Orders/get", Settings::within(Duration::from_secs(1))));
        });
        let settings = policies.settings(&GET);
        assert_eq!((settings.queue, settings.deadline), (Some(7), Some(Duration::from_secs(1))));
        assert_eq!(policies.generation(), 2);
    }
}

#[test]
fn of_a_service_and_what_contradicts_it_the_first_is_there() {
    orders!("first");
    for _ in 0..TIMES {
        let (policies, start) = (Policies::default(), Barrier::new(2));
        let (client, set) = thread::scope(|scope| {
            let client = scope.spawn(|| {
                start.wait();
                Channel::over(Stage).policies(&policies).client::<OrdersClient<_>>()
            });
            start.wait();
            let set = policies.set("first.Orders/get", CONTRADICTION);
            (client.join().unwrap(), set)
        });
        assert_ne!(client.is_ok(), set.is_ok(), "{client:?}, {set:?}");
    }
}

#[test]
fn what_a_program_says_is_judged_for_those_who_are_under_it() {
    orders!("judged");
    let policies = Policies::default();
    let client: OrdersClient<_> = Channel::over(Stage).policies(&policies).client().unwrap();
    let generation = policies.generation();
    assert_eq!(
        said(policies.set("judged.Orders/get", CONTRADICTION)),
        Err("judged.Orders/get: `attempt` is longer than `deadline`".to_owned())
    );
    assert_eq!(
        said(policies.set("judged.Orders/gett", Settings::within(Duration::from_secs(1)))),
        Err("`judged.Orders/gett` is no operation or handler of `judged.Orders`; did you mean `get`?".to_owned())
    );
    let zero = Settings::within(Duration::ZERO);
    assert_eq!(said(policies.set("", zero)), Err("`deadline` is zero".to_owned()));
    assert_eq!((policies.generation(), policies.settings(&GET)), (generation, GET.policy), "nothing has changed");

    drop(client);
    assert_eq!(said(policies.set("judged.Orders/get", CONTRADICTION)), Ok(()), "nobody has the service any more");
}

/// A server of the service that is in scope.
macro_rules! orders_server {
    () => {
        struct OrdersServer;

        impl Served for OrdersServer {
            const FACTS: &'static ServiceFacts = &SERVICE;

            fn mount(_: &mut Mount<Self>) {}
        }
    };
}

/// Waits until a file is in force that says something else.
async fn changed(policies: &Policies, generation: u64) {
    let changed = async {
        while policies.generation() == generation {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), changed).await.expect("the file is in force");
}

#[tokio::test]
async fn a_server_that_could_not_listen_serves_nothing() {
    orders!("taken");
    orders_server!();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policies.toml");
    write(&path, "");
    let policies = Policies::from_file(&path).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let failed = Server::new().policies(&policies).serve(OrdersServer).bind(address.as_str()).await.unwrap_err();
    assert_eq!(failed.kind(), std::io::ErrorKind::AddrInUse);

    // Of a service that nobody has, what a file says may be another program's.
    let generation = policies.generation();
    write(&path, "[\"taken.Orders/get\"]\nattempt = \"8s\"\n[\"taken.Orders/gett\"]\nqueue = 1\n");
    changed(&policies, generation).await;
}

#[tokio::test]
async fn a_server_that_has_stopped_serves_no_longer() {
    orders!("stopped");
    orders_server!();
    let wrong_name = || Policies::from_text("[\"stopped.Orders/gett\"]\nqueue = 1").map(drop);
    let policies = Policies::default();
    let bind = async || Server::new().policies(&policies).serve(OrdersServer).bind("127.0.0.1:0").await.unwrap();
    let (one, other) = (bind().await, bind().await);
    assert!(policies.set("stopped.Orders/get", CONTRADICTION).is_err());
    assert!(wrong_name().is_err());

    one.run_until(std::future::ready(())).await;
    assert!(policies.set("stopped.Orders/get", CONTRADICTION).is_err(), "the other still serves it");
    assert!(wrong_name().is_err());

    drop(other);
    assert_eq!(said(wrong_name()), Ok(()));
    assert_eq!(said(policies.set("stopped.Orders/get", CONTRADICTION)), Ok(()));
}
