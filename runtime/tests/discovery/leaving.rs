//! Servers that come and go under calls: where they say that they are, when they stop saying so, and that no call is lost.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use wireloom::discovery::{
    Discovery, DiscoveryError, FollowOptions, Followed, Instance, Registrar, Registration, Registry, Snapshot, follow,
};
use wireloom::rpc::Rpc;
use wireloom::{Channel, Context, Endpoint, Server, Unary};

use crate::notes::{Add, AddRequest, Notes};
use crate::until;

/// A registry within this process.
#[derive(Clone, Debug, Default)]
struct Book {
    pages: Arc<watch::Sender<BTreeMap<Endpoint, Instance>>>,
    /// Nobody answers there.
    is_away: Arc<AtomicBool>,
}

impl Book {
    fn registry(&self) -> Registry {
        Registry::Known(Arc::new(self.clone()))
    }

    fn followed(&self) -> Followed {
        follow(Arc::new(self.clone()), FollowOptions::default()).unwrap()
    }

    fn count(&self) -> usize {
        self.pages.borrow().len()
    }

    fn first(&self) -> Option<Instance> {
        self.pages.borrow().values().next().cloned()
    }
}

impl Discovery for Book {
    fn watch(&self) -> BoxStream<'static, Result<Snapshot, DiscoveryError>> {
        let mut pages = self.pages.subscribe();
        pages.mark_changed();
        stream::unfold(pages, |mut pages| async move {
            pages.changed().await.ok()?;
            let all: Vec<_> = pages.borrow_and_update().values().cloned().collect();
            Some((Snapshot::new(all), pages))
        })
        .boxed()
    }
}

impl Registrar for Book {
    fn register<'a>(&'a self, instance: &'a Instance) -> BoxFuture<'a, Result<Box<dyn Registration>, DiscoveryError>> {
        async {
            if self.is_away.load(Ordering::Relaxed) {
                return std::future::pending().await;
            }
            let endpoint = instance.endpoint.clone();
            self.pages.send_modify(|pages| drop(pages.insert(endpoint.clone(), instance.clone())));
            Ok(Box::new(Page { book: self.clone(), endpoint }) as Box<dyn Registration>)
        }
        .boxed()
    }
}

struct Page {
    book: Book,
    endpoint: Endpoint,
}

impl Registration for Page {
    fn lost(&mut self) -> BoxFuture<'_, DiscoveryError> {
        std::future::pending().boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, Result<(), DiscoveryError>> {
        async move {
            if self.book.is_away.load(Ordering::Relaxed) {
                return std::future::pending().await;
            }
            self.book.pages.send_modify(|pages| drop(pages.remove(&self.endpoint)));
            Ok(())
        }
        .boxed()
    }
}

/// A server that runs.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn start(registry: Registry, lag: Duration) -> Running {
    let server = Server::new().serve(Notes::default()).native("127.0.0.1:0").discovery_lag(lag);
    let bound = server.register(registry, "rpc://127.0.0.1:0").bind_native().await.unwrap();
    let address = bound.native_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(bound.run_until(async { drop(stopped.await) }));
    Running { address, stop, ended }
}

impl Running {
    async fn stopped(self) {
        self.stop.send(()).unwrap();
        timeout(Duration::from_secs(30), self.ended).await.expect("it ends").unwrap();
    }
}

#[tokio::test]
async fn a_server_is_taken_away_first_and_serves_on_until_that_is_known() {
    let (book, lag) = (Book::default(), Duration::from_millis(600));
    let server = start(book.registry(), lag).await;
    until("it is registered", || book.count() == 1).await;
    assert_eq!(book.first().unwrap().endpoint.to_string(), format!("rpc://{}/", server.address));
    let Running { address, stop, ended } = server;
    let told = Instant::now();
    stop.send(()).unwrap();
    until("it is taken away", || book.count() == 0).await;
    let channel = Channel::rpc(&address.to_string()).unwrap();
    while told.elapsed() < lag / 2 {
        let note = AddRequest { text: "late".into() };
        Unary::<Add>::call(&channel, &Context::new(), note).await.expect("it serves on");
        TcpStream::connect(address).await.expect("and takes connections");
        sleep(Duration::from_millis(20)).await;
    }
    ended.await.unwrap();
    assert!(told.elapsed() >= lag, "{:?}", told.elapsed());
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_server_that_is_registered_nowhere_waits_for_nobody() {
    let bound = Server::new().serve(Notes::default()).native("127.0.0.1:0").bind_native().await.unwrap();
    let begun = Instant::now();
    bound.run_until(std::future::ready(())).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_registry_that_is_away_keeps_nobody_from_serving_and_stopping() {
    let book = Book::default();
    book.is_away.store(true, Ordering::Relaxed);
    let never_there = start(book.registry(), Duration::ZERO).await;
    let channel = Channel::rpc(&never_there.address.to_string()).unwrap();
    Unary::<Add>::call(&channel, &Context::new(), AddRequest { text: "a".into() }).await.unwrap();
    book.is_away.store(false, Ordering::Relaxed);
    let there = start(book.registry(), Duration::ZERO).await;
    until("it is registered", || book.count() == 1).await;
    book.is_away.store(true, Ordering::Relaxed);
    tokio::join!(never_there.stopped(), there.stopped());
}

#[tokio::test]
async fn what_cannot_be_registered_is_told_when_the_server_is_bound() {
    let wrong = async |registry: &str, address: &str| {
        let server = Server::new().native("127.0.0.1:0").register(registry, address);
        server.bind_native().await.unwrap_err().to_string()
    };
    assert_eq!(
        wrong("memory://", "rpc://127.0.0.1:0").await,
        "`memory://`: is no registry such as `etcd://127.0.0.1:2379/services/orders`"
    );
    assert_eq!(
        wrong("etcd://127.0.0.1/orders", "orders").await,
        "`orders` is no address such as http://127.0.0.1:8080"
    );
    let no_port = Server::new().native("127.0.0.1:0").register(Book::default().registry(), "http://127.0.0.1:0");
    assert_eq!(no_port.bind_native().await.unwrap_err().kind(), std::io::ErrorKind::AddrNotAvailable);
}

/// Callers that never pause, and what has become of their calls.
struct Callers {
    over: Arc<AtomicBool>,
    calls: Vec<JoinHandle<usize>>,
    answered: Arc<AtomicUsize>,
}

impl Callers {
    fn of(channel: &Channel<Rpc>) -> Callers {
        let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let calls = (0..8).map(|_| {
            let (channel, over, answered) = (channel.clone(), Arc::clone(&over), Arc::clone(&answered));
            tokio::spawn(async move {
                let mut count = 0;
                while !over.load(Ordering::Relaxed) {
                    let note = AddRequest { text: "x".into() };
                    let added = Unary::<Add>::call(&channel, &Context::new(), note).await;
                    added.unwrap_or_else(|fault| panic!("after {count} calls: {fault:?}"));
                    answered.fetch_add(1, Ordering::Relaxed);
                    count += 1;
                    sleep(Duration::from_millis(1)).await;
                }
                count
            })
        });
        Callers { calls: calls.collect(), over, answered }
    }

    /// So many calls more are answered.
    async fn go_on(&self, more: usize) {
        let before = self.answered.load(Ordering::Relaxed);
        until("calls are answered", || self.answered.load(Ordering::Relaxed) >= before + more).await;
    }

    /// None of them has failed.
    async fn end(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        let mut count = 0;
        for calls in self.calls {
            count += calls.await.unwrap();
        }
        count
    }
}

/// Each of three servers is replaced by another under calls that may not be repeated once they were seen.
pub(crate) async fn restart_one_by_one(registry: impl Fn() -> Registry, followed: Followed, lag: Duration) {
    let mut servers = Vec::new();
    for _ in 0..3 {
        servers.push(start(registry(), lag).await);
    }
    let known = |count: usize| followed.latest().is_some_and(|set| set.instances().len() == count);
    until("all are known", || known(3)).await;
    let callers = Callers::of(&Channel::over(Rpc::default()).follow(followed.clone()).build());
    callers.go_on(100).await;
    for old in servers {
        let address = old.address;
        let new = start(registry(), lag).await;
        until("the new one is known", || known(4)).await;
        old.stopped().await;
        until("the old one is forgotten", || known(3)).await;
        assert!(TcpStream::connect(address).await.is_err());
        callers.go_on(100).await;
        // Dropped at the end of the test, as a process that nobody stops.
        std::mem::forget(new.stop);
    }
    assert!(callers.end().await > 400);
}

#[tokio::test]
async fn no_call_is_lost_while_servers_are_replaced() {
    let book = Book::default();
    restart_one_by_one(|| book.registry(), book.followed(), Duration::from_millis(400)).await;
}
