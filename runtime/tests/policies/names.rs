//! Whom policies name: what is a mistake is refused with its place, what may be another program's is doubted.
//!
//! Which services a program has is known to all of it, so each test has a package of its own.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::Once;
use std::time::Duration;

use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use wireloom::policy::{Policies, Settings};
use wireloom::transport::Transport;
use wireloom::{Auth, Channel, Client, Effect, OperationFacts, ServiceFacts, Shape};

pub(super) const fn op(package: &'static str, name: &'static str, shape: Shape, effect: Effect) -> OperationFacts {
    let policy = Settings::within(Duration::from_secs(2));
    OperationFacts { package, service: "Orders", name, shape, effect, policy, auth: Auth::PUBLIC }
}

/// A service `Orders` of a package, with its client.
macro_rules! orders {
    ($package:literal) => {
        static GET: OperationFacts = op($package, "get", Shape::Unary, Effect::Safe);
        static PLACE: OperationFacts = op($package, "place", Shape::Unary, Effect::Once);
        static WATCH: OperationFacts = op($package, "watch", Shape::ServerStream, Effect::Safe);
        static SERVICE: ServiceFacts = ServiceFacts {
            package: $package,
            name: "Orders",
            auth: Auth::PUBLIC,
            operations: &[&GET, &PLACE, &WATCH],
            handlers: &["settle"],
        };
        static CALLED: wireloom::Called = wireloom::Called::new(&SERVICE);

        /// As generated ones are.
        #[allow(dead_code, reason = "not all tests call")]
        #[derive(Debug)]
        struct OrdersClient<C>(C);

        impl<C> Client for OrdersClient<C> {
            type Over = C;
            const FACTS: &'static ServiceFacts = &SERVICE;

            fn over(channel: C) -> OrdersClient<C> {
                CALLED.note();
                OrdersClient(channel)
            }
        }
    };
}

/// Goes nowhere.
pub(super) struct Stage;

impl Transport for Stage {
    const NAME: &'static str = "stage";
    const SCHEME: &'static str = "stage";
    type Reply = ();
}

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What is logged on a test's thread, a line each. The subscriber is that of the process: of one that is a thread's own, `tracing` may
/// remember for another that nobody listens.
#[derive(Clone, Copy)]
struct Log;

impl Log {
    fn start() -> Log {
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| {
            tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Log)).unwrap();
        });
        Log
    }

    fn lines(self) -> Vec<String> {
        LINES.with_borrow(Clone::clone)
    }

    /// Waits for a line.
    async fn wait_for(self, part: &str) -> String {
        let found = async {
            loop {
                if let Some(line) = self.lines().into_iter().find(|line| line.contains(part)) {
                    return line;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), found)
            .await
            .unwrap_or_else(|_| panic!("{part}: {:?}", self.lines()))
    }
}

impl<S: tracing::Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Line(String);
        impl tracing::field::Visit for Line {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                write!(self.0, " {field}={value:?}").unwrap();
            }
        }
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        LINES.with_borrow_mut(|lines| lines.push(line.0));
    }
}

#[test]
fn an_operation_that_a_known_service_has_not_is_refused_with_its_place() {
    orders!("refused");
    let text = "deadline = \"5s\"\n\n[\"refused.Orders/gett\"]\ndeadline = \"1s\"\n";
    // Nobody knows the service yet: it may be that of another program.
    let policies = Policies::from_text(text).unwrap();
    let wrong = Channel::over(Stage).policies(&policies).client::<OrdersClient<_>>().unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "3:2: `refused.Orders/gett` is no operation or handler of `refused.Orders`; did you mean `get`?"
    );
    let place = wrong.place().unwrap();
    assert_eq!((place.source(), place.line(), place.column()), (None, 3, 2));

    CALLED.note();
    let said = |text: &str| Policies::from_text(text).map(drop).map_err(|wrong| wrong.to_string());
    assert_eq!(said(text), Err(wrong.to_string()), "once the service is known, what names it wrongly is not read");
    assert_eq!(
        said("[\"refused.Orders.get\"]\nqueue = 1"),
        Err("1:2: `refused.Orders.get` is no service; an operation stands behind a slash, `refused.Orders/get`"
            .to_owned())
    );
    assert_eq!(said("[\"refused.Orders/settle\"]\nqueue = 1\n[\"refused.Orders\"]\nqueue = 2"), Ok(()));
    assert_eq!(said("[\"refused.Stock/take\"]\nqueue = 1"), Ok(()), "another service may be another program's");
}

#[test]
fn a_client_that_is_made_of_a_channel_tells_the_log() {
    orders!("told");
    let log = Log::start();
    let policies = Policies::from_text("[\"told.Orders/plac\"]\ndeadline = \"1s\"").unwrap();
    let channel = Channel::over(Stage).policies(&policies).build();
    assert_eq!(log.lines(), Vec::<String>::new());
    let _client = OrdersClient::over(channel.clone());
    let _another = OrdersClient::over(channel);
    let [line] = log.lines().try_into().unwrap();
    assert!(line.starts_with("ERROR"), "{line}");
    assert!(
        line.contains("1:2: `told.Orders/plac` is no operation or handler of `told.Orders`; did you mean `place`?"),
        "{line}"
    );
    let metrics = wireloom::metrics::render();
    assert!(metrics.contains("wireloom_policy_refusals_total{why=\"name\"}"), "{metrics}");
}

#[test]
fn words_of_an_operation_must_fit_it_and_those_of_its_service_reach_whom_they_fit() {
    orders!("fit");
    let wrong = |text: &str| {
        let policies = Policies::from_text(text).unwrap();
        policies.check(&SERVICE).map_err(|wrong| wrong.to_string())
    };
    let cases = [
        ("place", "hedge = true", "2:1: fit.Orders/place: `hedge` wants an operation that is `safe` or `idempotent`"),
        ("get", "idle = \"1s\"", "2:1: fit.Orders/get: `idle` bounds a stream, and the operation has none"),
        (
            "get",
            "balance = \"hash\"",
            "2:1: fit.Orders/get: `balance` goes by an input, and the contract names none (`balance hash(input)`)",
        ),
        (
            "get",
            "limit = { rate = \"5/s\", per = \"input\" }",
            "2:1: fit.Orders/get: `limit` is per input, and the contract names none (`limit … per key(input)`)",
        ),
        (
            "get",
            "limit = { rate = \"5/s\", per = \"principal\" }",
            "2:1: fit.Orders/get: `limit` is per principal, and everybody may call without being one",
        ),
        ("get", "attempt = \"3s\"", "2:1: fit.Orders/get: `attempt` is longer than `deadline`"),
    ];
    for (whom, said, expected) in cases {
        assert_eq!(wrong(&format!("[\"fit.Orders/{whom}\"]\n{said}")), Err(expected.to_owned()));
        if !said.contains("attempt") {
            assert_eq!(wrong(&format!("[\"fit.Orders\"]\n{said}")), Ok(()), "{said}");
        }
    }
    let policies = Policies::from_text("[\"fit.Orders\"]\nhedge = true\nidle = \"1s\"").unwrap();
    assert_eq!(policies.settings(&PLACE), PLACE.policy);
    assert_eq!(policies.settings(&WATCH).idle, Some(Duration::from_secs(1)));
    assert_ne!(policies.settings(&GET), GET.policy, "it may be hedged");
}

/// What the metric says.
fn files_refused() -> u32 {
    let metrics = wireloom::metrics::render();
    let line = metrics.lines().find_map(|line| line.strip_prefix("wireloom_policy_files{state=\"refused\"} "));
    line.map_or(0, |count| count.parse().unwrap())
}

/// Writes as a careful program does.
pub(super) fn write(path: &std::path::Path, text: &str) {
    let next = path.with_extension("next");
    std::fs::write(&next, text).unwrap();
    std::fs::rename(&next, path).unwrap();
}

#[tokio::test]
async fn a_file_that_names_nobody_while_it_is_followed_changes_nothing_and_is_told() {
    orders!("followed");
    let log = Log::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policies.toml");
    write(&path, "[\"followed.Orders/get\"]\ndeadline = \"1s\"\n");
    let policies = Policies::from_file(&path).unwrap();
    let _client: OrdersClient<_> = Channel::over(Stage).policies(&policies).client().unwrap();
    let said = path.display().to_string();

    write(&path, "[\"followed.Orders/get\"]\ndeadline = \"9s\"\n\n[\"followed.Orders/watcg\"]\nidle = \"5s\"\n");
    let line = log.wait_for("ERROR").await;
    assert!(line.contains(&format!("{said}:4:2: `followed.Orders/watcg` is no operation or handler of")), "{line}");
    assert!(line.contains("did you mean `watch`?"), "{line}");
    assert_eq!(policies.settings(&GET).deadline, Some(Duration::from_secs(1)), "nothing of it holds");
    assert!(files_refused() > 0);

    // A contradiction to a contract is as well.
    write(&path, "deadline = \"9s\"\n[\"followed.Orders/get\"]\ndeadline = \"1s\"\nattempt = \"8s\"\n");
    log.wait_for(&format!("{said}:4:1: `followed.Orders/get`: `attempt` is longer than `deadline`")).await;
    write(&path, "[\"followed.Orders\"]\nattempt = \"8s\"\n");
    log.wait_for(&format!("{said}:2:1: followed.Orders/get: `attempt` is longer than `deadline`")).await;

    write(&path, "[\"followed.Orders/get\"]\ndeadline = \"7s\"\n");
    log.wait_for("INFO").await;
    assert_eq!(policies.settings(&GET).deadline, Some(Duration::from_secs(7)));
    // Files of other tests may be refused just now.
    let none = async {
        while files_refused() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), none).await.expect("no file is refused any more");
}

#[tokio::test(start_paused = true)]
async fn what_changes_nothing_in_this_program_is_doubted() {
    orders!("doubted");
    let log = Log::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policies.toml");
    let text = "[\"doubted.Order/get\"]\ndeadline = \"1s\"\n\n[\"doubted.Orders/get\"]\nretry = false\n\n\
                [\"doubted.Orders\"]\nlimit = false\nqueue = 5\nattempt = \"1s\"\n\n[\"elsewhere.Stock\"]\nretry = false\n";
    write(&path, text);
    let policies = Policies::from_file(&path).unwrap();
    let _client: OrdersClient<_> = Channel::over(Stage).policies(&policies).client().unwrap();
    log.wait_for("elsewhere").await;
    let (lines, path) = (log.lines(), path.display());
    let doubts = [
        format!(
            "{path}:1:2: `doubted.Order/get` names nobody whom this program serves or calls; did you mean `doubted.Orders/get`?"
        ),
        format!(
            "{path}:7:2: `doubted.Orders` says `limit`, `queue`, which only a server of it keeps to, and this program only calls it"
        ),
        format!("{path}:12:2: `elsewhere.Stock` names nobody whom this program serves or calls"),
    ];
    assert_eq!(lines.len(), doubts.len(), "{lines:#?}");
    for (line, doubt) in lines.iter().zip(&doubts) {
        assert!(line.starts_with("WARN") && line.contains(doubt), "{line} and not {doubt}");
    }
}
