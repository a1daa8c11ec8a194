//! DNS as dnsmasq serves it. Wants the program that `WIRELOOM_DNSMASQ` names.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use wireloom::discovery::{Discovery, Dns, DnsOptions, FollowOptions, Followed, follow};
use wireloom::policy::{backoff::Backoff, roster};

use crate::peer::{Peer, free_address, program};
use crate::{now, until};

/// How long dnsmasq's answers live.
const TTL: Duration = Duration::from_secs(1);

/// A server of the zone `test`.
struct Zone {
    peer: Peer,
}

impl Zone {
    /// With these lines of dnsmasq's own configuration; `orders.test` and the like are in `hosts`.
    fn serving(records: &[&str]) -> Zone {
        let program = program("WIRELOOM_DNSMASQ");
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let arguments = [
            "--keep-in-foreground".to_owned(),
            format!("--conf-file={}", folder.path().join("conf").display()),
            format!("--port={}", address.port()),
            "--log-facility=-".to_owned(),
        ];
        let mut zone = Zone { peer: Peer::new(program, address, folder, arguments.into()) };
        zone.now(records);
        zone
    }

    /// Starts it anew with these records.
    fn now(&mut self, records: &[&str]) {
        self.peer.kill();
        let (hosts, lines): (Vec<&str>, Vec<&str>) =
            records.iter().partition(|record| record.starts_with(|first: char| first.is_ascii_digit() || first == ':'));
        let path = self.peer.folder().join("hosts");
        std::fs::write(&path, hosts.join("\n") + "\n").unwrap();
        let conf = format!(
            "listen-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nlocal=/test/\nlog-queries\npid-file=\nuser=\n\
             local-ttl={}\naddn-hosts={}\n{}\n",
            TTL.as_secs(),
            path.display(),
            lines.join("\n"),
        );
        std::fs::write(self.peer.folder().join("conf"), conf).unwrap();
        self.peer.start();
    }

    fn options(&self) -> DnsOptions {
        let server: Option<SocketAddr> = Some(self.peer.address());
        let short = Duration::from_millis(50);
        DnsOptions { server, ttl_min: short, ttl_max: TTL, answer_time_max: Duration::from_secs(1) }
    }

    fn addresses(&self, name: &str) -> Followed {
        followed(Dns::addresses(name, 80, "http", self.options()))
    }
}

fn followed(dns: impl Discovery) -> Followed {
    let backoff = Backoff { min: Duration::from_millis(10), max: Duration::from_millis(100) };
    let hold = Duration::from_secs(3600);
    let roster = roster::Config { hold, ..roster::Config::default() };
    follow(Arc::new(dns), FollowOptions { roster, settle: Duration::from_millis(1), backoff }).unwrap()
}

/// Waits until these are the endpoints: authorities, weights other than 1, and hosts.
async fn becomes(followed: &Followed, expected: &str) {
    let shown = || match followed.latest() {
        None => String::new(),
        Some(set) => {
            let shown = set.instances().iter().map(|it| {
                let authority = it.endpoint.uri().authority().map(ToString::to_string).unwrap_or_default();
                format!("{authority}*{}@{}", it.weight, it.host.as_deref().unwrap_or_default())
            });
            shown.collect::<Vec<_>>().join(" ").replace("*1@", "@")
        }
    };
    let begun = Instant::now();
    while shown() != expected {
        let late = begun.elapsed() > Duration::from_secs(20);
        assert!(!late, "`{}` in force, not `{expected}`: {:?}", shown(), followed.status());
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_DNSMASQ"]
async fn addresses_are_followed_as_long_as_they_live() {
    let mut zone = Zone::serving(&["127.0.0.2 orders.test", "127.0.0.3 orders.test"]);
    let orders = zone.addresses("orders.test");
    becomes(&orders, "127.0.0.2:80@orders.test 127.0.0.3:80@orders.test").await;
    zone.now(&["127.0.0.3 orders.test", "127.0.0.4 orders.test"]);
    becomes(&orders, "127.0.0.3:80@orders.test 127.0.0.4:80@orders.test").await;
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_DNSMASQ"]
async fn it_is_asked_again_when_the_time_to_live_is_over_and_not_before() {
    let zone = Zone::serving(&["127.0.0.2 orders.test"]);
    let orders = zone.addresses("orders.test");
    becomes(&orders, "127.0.0.2:80@orders.test").await;
    let asked = || zone.peer.log().matches("query[A] orders.test").count();
    let (begun, before) = (Instant::now(), asked());
    until("it is asked five times more", || asked() >= before + 5).await;
    let took = begun.elapsed();
    assert!(took >= TTL * 4, "five times in {took:?}");
    assert!(took <= TTL * 7, "five times in {took:?}");
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_DNSMASQ"]
async fn that_there_is_no_such_name_changes_nothing() {
    let mut zone = Zone::serving(&["127.0.0.2 orders.test", "127.0.0.3 orders.test"]);
    let orders = zone.addresses("orders.test");
    becomes(&orders, "127.0.0.2:80@orders.test 127.0.0.3:80@orders.test").await;
    zone.now(&["127.0.0.9 others.test"]);
    let nobody = "DNS knows nobody of the name `orders.test`";
    until(nobody, || orders.status().last_error.is_some_and(|error| error.to_string() == nobody)).await;
    let asked = || zone.peer.log().matches("query[A] orders.test").count();
    let before = asked();
    until("it is asked again", || asked() > before + 2).await;
    assert_eq!(now(&orders), "80 80");
    zone.now(&["127.0.0.2 orders.test", "127.0.0.4 orders.test"]);
    becomes(&orders, "127.0.0.2:80@orders.test 127.0.0.4:80@orders.test").await;
    assert!(!orders.status().is_failing);
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_DNSMASQ"]
async fn a_server_that_is_gone_changes_nothing() {
    let mut zone = Zone::serving(&["127.0.0.2 orders.test"]);
    let orders = zone.addresses("orders.test");
    becomes(&orders, "127.0.0.2:80@orders.test").await;
    zone.peer.kill();
    until("it is told", || orders.status().errors >= 3).await;
    let told = orders.status().last_error.unwrap().to_string();
    assert!(told.starts_with("DNS does not answer: orders.test"), "{told}");
    assert_eq!(now(&orders), "80");
    zone.now(&["127.0.0.2 orders.test", "127.0.0.3 orders.test"]);
    becomes(&orders, "127.0.0.2:80@orders.test 127.0.0.3:80@orders.test").await;
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_DNSMASQ"]
async fn addresses_of_ipv6_are_used_where_there_are_no_others() {
    let mut zone = Zone::serving(&["::1 orders.test", "::2 orders.test"]);
    let orders = zone.addresses("orders.test.");
    becomes(&orders, "[::1]:80@orders.test [::2]:80@orders.test").await;
    zone.now(&["::1 orders.test", "::2 orders.test", "127.0.0.2 orders.test"]);
    // All of the old ones are gone at once, which is doubted.
    becomes(&orders, "127.0.0.2:80@orders.test [::1]:80@orders.test [::2]:80@orders.test").await;
    orders.confirm();
    becomes(&orders, "127.0.0.2:80@orders.test").await;
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_DNSMASQ"]
async fn a_name_that_is_another_is_followed() {
    let zone = Zone::serving(&["127.0.0.2 real.test", "cname=orders.test,real.test"]);
    becomes(&zone.addresses("orders.test"), "127.0.0.2:80@orders.test").await;
}

const HOSTS: [&str; 3] = ["127.0.0.2 a.test", "127.0.0.3 b.test", "127.0.0.4 c.test"];

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_DNSMASQ"]
async fn services_are_those_of_the_best_priority_with_their_weights() {
    let best = ["srv-host=_orders._tcp.test,a.test,81,10,3", "srv-host=_orders._tcp.test,b.test,82,10,0"];
    let second = "srv-host=_orders._tcp.test,c.test,83,20,1";
    let mut zone = Zone::serving(&[&HOSTS[..], &best, &[second]].concat());
    let orders = followed(Dns::services("_orders._tcp.test", "http", zone.options()));
    becomes(&orders, "127.0.0.2:81*3@test 127.0.0.3:82@test").await;
    zone.now(&[&HOSTS[..], &[best[0], second, "srv-host=_orders._tcp.test,b.test,82,10,7"]].concat());
    becomes(&orders, "127.0.0.2:81*3@test 127.0.0.3:82*7@test").await;
    // Targets that nobody has heard of are nobody: then the second best is used, and none of the best is taken away yet.
    zone.now(&[HOSTS[2], best[0], best[1], second]);
    becomes(&orders, "127.0.0.2:81*3@test 127.0.0.3:82*7@test 127.0.0.4:83@test").await;
    orders.confirm();
    becomes(&orders, "127.0.0.4:83@test").await;
}

#[tokio::test]
#[ignore = "wants a server, WIRELOOM_DNSMASQ"]
async fn a_url_names_server_and_scheme() {
    let zone = Zone::serving(&[HOSTS[0], "srv-host=_orders._tcp.test,a.test,81,10,3"]);
    let server = zone.peer.address();
    for (url, endpoint) in [
        (format!("dns://a.test:8080?server={server}"), "rpc://127.0.0.2:8080/"),
        (format!("dns://a.test:8080?server={server}&scheme=https"), "https://127.0.0.2:8080/"),
        (format!("dns+srv://_orders._tcp.test?server={server}"), "rpc://127.0.0.2:81/"),
    ] {
        let followed = follow(wireloom::discovery::of(&url, "rpc").unwrap(), FollowOptions::default()).unwrap();
        let set = followed.first(Instant::now() + Duration::from_secs(10)).await.unwrap();
        assert_eq!(set.instances()[0].endpoint.to_string(), endpoint, "{url}");
    }
}
