//! etcd, killed, wiped, compacted and frozen. Wants the programs that `WIRELOOM_ETCD` and `WIRELOOM_ETCDCTL` name.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use wireloom::discovery::{self, Discovery, Etcd, EtcdOptions, FollowOptions, Followed, Registrar, Registry, follow};
use wireloom::policy::{backoff::Backoff, roster};

use crate::peer::{Peer, free_address, program};
use crate::{becomes, instance, now, until};

/// A server, and an outside client of it.
struct Store {
    peer: Peer,
    ctl: PathBuf,
    /// How an outside client reaches it.
    reach: Vec<String>,
}

impl Store {
    fn started() -> Store {
        Store::started_as("http", &[], &[])
    }

    fn started_as(scheme: &str, server: &[(&str, String)], client: &[String]) -> Store {
        let (etcd, ctl) = (program("WIRELOOM_ETCD"), program("WIRELOOM_ETCDCTL"));
        let folder = tempfile::tempdir().unwrap();
        let (address, peers) = (free_address(), format!("http://{}", free_address()));
        let clients = format!("{scheme}://{address}");
        let mut arguments = vec![
            ("--data-dir", folder.path().join("data").display().to_string()),
            ("--listen-client-urls", clients.clone()),
            ("--advertise-client-urls", clients.clone()),
            ("--listen-peer-urls", peers.clone()),
            ("--initial-advertise-peer-urls", peers.clone()),
            ("--initial-cluster", format!("default={peers}")),
        ];
        arguments.extend_from_slice(server);
        let arguments = arguments.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let reach = [&[format!("--endpoints={clients}")], client].concat();
        let mut store = Store { peer: Peer::new(etcd, address, folder, arguments), ctl, reach };
        store.start();
        store
    }

    /// Starts it, or starts it again with what it has stored; ready when it has a leader.
    fn start(&mut self) {
        self.peer.start();
        for _ in 0..200 {
            if self.try_ctl(&["get", "/ready"]).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("etcd finds no leader: {}", self.peer.log());
    }

    /// What it has stored is lost.
    fn wipe(&mut self) {
        self.peer.kill();
        std::fs::remove_dir_all(self.peer.folder().join("data")).unwrap();
    }

    fn try_ctl(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.ctl);
        command.env("ETCDCTL_API", "3").args(&self.reach).arg("--command-timeout=5s");
        let output = command.args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// What somebody else does.
    fn ctl(&self, arguments: &[&str]) -> String {
        self.try_ctl(arguments).unwrap_or_else(|error| panic!("etcdctl {arguments:?}: {error}"))
    }

    fn put(&self, port: u16) {
        self.put_as(&port.to_string(), &format!(r#"{{"address": "127.0.0.1:{port}"}}"#));
    }

    fn put_as(&self, name: &str, value: &str) {
        self.ctl(&["put", &format!("/services/orders/{name}"), value]);
    }

    fn delete(&self, name: &str) {
        assert_eq!(self.ctl(&["del", &format!("/services/orders/{name}")]), "1");
    }

    /// The keys of the service.
    fn keys(&self) -> String {
        self.ctl(&["get", "--prefix", "--keys-only", "/services/orders/"])
            .replace("/services/orders/", "")
            .replace("\n\n", " ")
    }

    /// The revision that it is at.
    fn revision(&self) -> u64 {
        let json = self.ctl(&["get", "/none", "-w", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        json["header"]["revision"].as_u64().unwrap()
    }

    fn etcd(&self) -> Etcd {
        let member = self.peer.address().to_string();
        Etcd::new([member.as_str()], "/services/orders", "http", options()).unwrap()
    }

    fn followed(&self) -> Followed {
        followed(Arc::new(self.etcd()))
    }
}

fn options() -> EtcdOptions {
    EtcdOptions {
        ttl: Duration::from_secs(2),
        check: Duration::from_millis(500),
        value_bytes_max: 1000,
        answer_time_max: Duration::from_secs(2),
    }
}

/// Followed by somebody who believes nothing twice, so that what is held is seen.
fn followed(source: Arc<dyn Discovery>) -> Followed {
    let backoff = Backoff { min: Duration::from_millis(10), max: Duration::from_millis(100) };
    let hold = Duration::from_secs(3600);
    let roster = roster::Config { hold, ..roster::Config::default() };
    follow(source, FollowOptions { roster, settle: Duration::from_millis(1), backoff }).unwrap()
}

/// A server that registers itself.
struct Registered {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Registered {
    fn at(registrar: impl Registrar, port: u16) -> Registered {
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            discovery::registered(&registrar, &instance(port), stopped).await;
        });
        Registered { stop, task }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn what_comes_and_goes_and_changes_is_followed() {
    let store = Store::started();
    store.put(1);
    store.put(2);
    // A neighbour, and a key of the same beginning.
    store.ctl(&["put", "/services/orders2/7", r#"{"address": "127.0.0.1:7"}"#]);
    let followed = store.followed();
    becomes(&followed, "1 2").await;
    store.put(3);
    becomes(&followed, "1 2 3").await;
    store.put_as("3", r#"{"address": "http://127.0.0.1:3", "weight": 5, "zone": "a", "metadata": {"rack": "7"}}"#);
    becomes(&followed, "1 2 3*5").await;
    let third = followed.latest().unwrap().instances()[2].clone();
    assert_eq!((third.zone.as_deref(), third.metadata["rack"].as_str()), (Some("a"), "7"));
    store.delete("1");
    becomes(&followed, "2 3*5").await;
    store.ctl(&["del", "--prefix", "/services/orders/"]);
    until("the empty list is held", || followed.status().is_held).await;
    assert_eq!(now(&followed), "2 3*5");
    followed.confirm();
    becomes(&followed, "").await;
    assert_eq!(followed.status().errors, 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn a_value_that_is_none_is_told_and_what_was_known_of_it_stays() {
    let store = Store::started();
    store.put(1);
    store.put(2);
    let followed = store.followed();
    becomes(&followed, "1 2").await;
    let told = |what: &str| followed.status().errors > 0 && !what.is_empty();
    store.put_as("2", "{}");
    until("it is told", || told("missing field")).await;
    store.put_as("huge", &format!(r#"{{"address": "127.0.0.1:9", "zone": "{}"}}"#, "z".repeat(2000)));
    store.put(3);
    becomes(&followed, "1 2 3").await;
    until("both are told", || followed.status().errors >= 2).await;
    // They are passed over in a list as well.
    let later = store.followed();
    becomes(&later, "1 3").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn nobody_is_lost_while_etcd_is_killed_and_started_again() {
    let mut store = Store::started();
    for port in 1..=4 {
        store.put(port);
    }
    let followed = store.followed();
    becomes(&followed, "1 2 3 4").await;
    let watching = watch_for_losses(&followed, "1 2 3 4");
    for round in 0..3 {
        store.peer.kill();
        until("it is told", || followed.status().is_failing).await;
        sleep(Duration::from_millis(300)).await;
        store.start();
        // What is new is heard by the watch that was made anew.
        store.put(5 + round);
        let all: Vec<_> = (1..=5 + round).map(|port| port.to_string()).collect();
        becomes(&followed, &all.join(" ")).await;
    }
    watching.nobody_was_lost().await;
}

/// Looks at every set in force.
struct Losses {
    seen: JoinHandle<()>,
    over: Arc<AtomicBool>,
}

fn watch_for_losses(followed: &Followed, always: &str) -> Losses {
    let (followed, always) = (followed.clone(), always.to_owned());
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    let seen = tokio::spawn(async move {
        while !is_over.load(Ordering::Relaxed) {
            assert!(now(&followed).starts_with(&always), "lost: {}", now(&followed));
            sleep(Duration::from_millis(2)).await;
        }
    });
    Losses { seen, over }
}

impl Losses {
    async fn nobody_was_lost(self) {
        self.over.store(true, Ordering::Relaxed);
        self.seen.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn compaction_under_a_watch_loses_nobody() {
    let mut store = Store::started();
    for port in 1..=3 {
        store.put(port);
    }
    let followed = store.followed();
    becomes(&followed, "1 2 3").await;
    let watching = watch_for_losses(&followed, "1 2 3");
    for port in 4..=6 {
        store.put(port);
        store.ctl(&["compaction", "--physical", &store.revision().to_string()]);
    }
    becomes(&followed, "1 2 3 4 5 6").await;
    // Also of what was compacted while nobody watched.
    store.peer.kill();
    until("it is told", || followed.status().is_failing).await;
    store.start();
    store.delete("6");
    store.put(7);
    store.ctl(&["compaction", "--physical", &store.revision().to_string()]);
    becomes(&followed, "1 2 3 4 5 7").await;
    watching.nobody_was_lost().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn an_etcd_that_is_frozen_is_noticed_and_another_is_asked() {
    let (frozen, other) = (Store::started(), Store::started());
    for store in [&frozen, &other] {
        store.put(1);
        store.put(2);
    }
    let members = [frozen.peer.address().to_string(), other.peer.address().to_string()];
    let options = EtcdOptions { answer_time_max: Duration::from_millis(300), ..options() };
    let etcd = Etcd::new(members.iter().map(String::as_str), "/services/orders", "http", options).unwrap();
    let followed = followed(Arc::new(etcd));
    becomes(&followed, "1 2").await;
    frozen.peer.signal("STOP");
    other.put(3);
    becomes(&followed, "1 2 3").await;
    frozen.peer.signal("CONT");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn a_server_is_there_while_it_says_so() {
    let store = Store::started();
    let followed = store.followed();
    let first = Registered::at(store.etcd(), 1);
    let second = Registered::at(store.etcd(), 2);
    becomes(&followed, "1 2").await;
    assert_eq!(store.keys(), "http://127.0.0.1:1 http://127.0.0.1:2");
    assert_eq!(
        store.ctl(&["get", "--print-value-only", "/services/orders/http://127.0.0.1:1"]),
        r#"{"address":"http://127.0.0.1:1","weight":1}"#
    );
    // Longer than the lease lives by itself.
    sleep(Duration::from_secs(5)).await;
    assert_eq!((now(&followed), store.keys().as_str()), ("1 2".to_owned(), "http://127.0.0.1:1 http://127.0.0.1:2"));
    first.stop().await;
    assert_eq!(store.keys(), "http://127.0.0.1:2", "it is gone when it says so");
    becomes(&followed, "2").await;
    // One that dies says nothing.
    second.task.abort();
    until("the lease ends", || store.keys().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn registrations_come_back_after_etcd_was_killed_wiped_or_has_dropped_them() {
    let mut store = Store::started();
    let followed = store.followed();
    let servers: Vec<_> = (1..=3).map(|port| Registered::at(store.etcd(), port)).collect();
    becomes(&followed, "1 2 3").await;
    let all = "http://127.0.0.1:1 http://127.0.0.1:2 http://127.0.0.1:3";
    let watching = watch_for_losses(&followed, "1 2 3");
    // With what it has stored.
    store.peer.kill();
    sleep(Duration::from_secs(3)).await;
    store.start();
    until("they are there", || store.keys() == all).await;
    // Without.
    store.wipe();
    store.start();
    until("they are there again", || store.keys() == all).await;
    watching.nobody_was_lost().await;
    // Somebody takes a lease away.
    let leases = store.ctl(&["lease", "list"]);
    for lease in leases.lines().skip(1) {
        store.ctl(&["lease", "revoke", lease]);
    }
    until("they are there once more", || store.keys() == all).await;
    for server in servers {
        server.stop().await;
    }
    assert_eq!(store.keys(), "");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn who_registers_while_etcd_is_away_is_there_when_it_is_back_and_may_stop_before() {
    let mut store = Store::started();
    store.peer.kill();
    let stays = Registered::at(store.etcd(), 1);
    let stops = Registered::at(store.etcd(), 2);
    sleep(Duration::from_millis(500)).await;
    stops.stop().await;
    store.start();
    until("it is there", || store.keys() == "http://127.0.0.1:1").await;
    stays.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn a_server_that_starts_again_takes_its_place_over() {
    let store = Store::started();
    let old = Registered::at(store.etcd(), 1);
    until("it is there", || !store.keys().is_empty()).await;
    old.task.abort();
    let new = Registered::at(store.etcd(), 1);
    // The old lease ends meanwhile, and takes nothing with it.
    for _ in 0..50 {
        assert_eq!(store.keys(), "http://127.0.0.1:1");
        sleep(Duration::from_millis(100)).await;
    }
    new.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn names_and_passwords_open_an_etcd_that_asks_for_them() {
    let mut store = Store::started();
    store.put(1);
    store.ctl(&["user", "add", "root:s3cr@t"]);
    store.ctl(&["user", "grant-role", "root", "root"]);
    store.ctl(&["auth", "enable"]);
    let address = store.peer.address();
    let url = format!("etcd://root:s3cr%40t@{address}/services/orders?ttl=2");
    let source = discovery::of(&url, "http").unwrap();
    assert!(!format!("{source:?}").contains("s3cr"), "{source:?}");
    let known = followed(source);
    becomes(&known, "1").await;
    // Tokens are forgotten with the process that gave them.
    store.peer.kill();
    store.peer.start();
    let registrar = discovery::registrar(&url).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let registering = tokio::spawn(async move {
        discovery::registered(&*registrar, &instance(2), async { drop(stopped.await) }).await;
    });
    becomes(&known, "1 2").await;
    stop.send(()).unwrap();
    registering.await.unwrap();
    becomes(&known, "1").await;
    let wrong = discovery::of(&format!("etcd://root:wrong@{address}/services/orders"), "http").unwrap();
    let unknown = followed(wrong);
    until("it is refused", || unknown.status().is_failing).await;
    let told = unknown.status().last_error.unwrap().to_string();
    assert!(told.contains("authentication failed") && !told.contains("wrong@"), "{told}");
}

#[cfg(feature = "rpc")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn no_call_is_lost_while_servers_are_replaced() {
    let store = Store::started();
    let registry = || Registry::from(format!("etcd://{}/services/orders", store.peer.address()));
    let followed = follow(Arc::new(store.etcd()), FollowOptions::default()).unwrap();
    crate::leaving::restart_one_by_one(registry, followed, Duration::from_secs(1)).await;
}

#[cfg(feature = "tls")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants a server, WIRELOOM_ETCD"]
async fn etcd_is_reached_over_tls_if_it_proves_to_be_who_it_should() {
    let (ours, others) = (crate::authority::Authority::new(), crate::authority::Authority::new());
    let files = ours.server("etcd");
    let server =
        [("--cert-file", files.certificate.display().to_string()), ("--key-file", files.key.display().to_string())];
    let client = [format!("--cacert={}", ours.roots().display())];
    let store = Store::started_as("https", &server, &client);
    let url =
        |roots: &std::path::Path| format!("etcds://{}/services/orders?ca={}", store.peer.address(), roots.display());
    let known = followed(discovery::of(&url(&ours.roots()), "http").unwrap());
    store.put(1);
    becomes(&known, "1").await;
    let registrar = discovery::registrar(&url(&ours.roots())).unwrap();
    let registration = registrar.register(&instance(2)).await.unwrap();
    becomes(&known, "1 2").await;
    registration.end().await.unwrap();
    becomes(&known, "1").await;
    let deceived = followed(discovery::of(&url(&others.roots()), "http").unwrap());
    until("it is refused", || deceived.status().is_failing).await;
    let told = deceived.status().last_error.unwrap().to_string();
    assert!(told.contains("certificate"), "{told}");
    assert_eq!(now(&deceived), "nothing");
}
