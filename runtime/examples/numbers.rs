//! Numbered events through a broker: `tests/messaging/kill` breaks things around it, `tests/judges/nats.py` looks at it from
//! outside.
//!
//! ```text
//! numbers publish URL COUNT   publishes COUNT events, fifty keys in turn
//! numbers consume URL FILE    appends a line `key number attempt` for each event that it handles
//! numbers echo URL            answers each event with another
//! ```

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use wireloom::messaging::{
    Bus, Consumers, Emits, Event, EventFacts, Handler, HandlerFacts, Handles, Outcome, Publisher, Retry, WINDOW_DEFAULT,
};
use wireloom::policy::Settings;
use wireloom::serde::{Deserialize, Serialize};
use wireloom::{
    At, Auth, Context, Effect, Mount, OperationFacts, Served, ServiceFacts, Shape, Validate, Violations, check,
};

/// Events in turn have one of so many keys.
const KEYS: u32 = 50;

/// Long enough for a broker to be killed and started again.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Numbered {
    key: String,
    number: u32,
}

impl Validate for Numbered {
    fn check(&self, at: &At<'_>, found: &mut Violations) {
        check::length(&self.key, Some(1), Some(80), &at.field("key"), found);
    }
}

impl Event for Numbered {
    const FACTS: &'static EventFacts = &EventFacts { kind: "demo.numbers.Numbered", version: 1, keyed: true };

    fn key(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.key))
    }
}

/// Says that an event was handled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Echoed {
    number: u32,
    id: String,
}

impl Validate for Echoed {
    fn check(&self, _: &At<'_>, _: &mut Violations) {}
}

impl Event for Echoed {
    const FACTS: &'static EventFacts = &EventFacts { kind: "demo.numbers.Echoed", version: 1, keyed: false };
}

enum NumbersEvents {}

impl Emits<Numbered> for NumbersEvents {
    const TOPIC: &'static str = "demo.numbers.numbered";
    const SOURCE: &'static str = "/demo.numbers/Numbers";
}

impl Emits<Echoed> for NumbersEvents {
    const TOPIC: &'static str = "demo.numbers.echoed";
    const SOURCE: &'static str = "/demo.numbers/Numbers";
}

struct Note;

impl Handler for Note {
    type Event = Numbered;
    const FACTS: &'static HandlerFacts = &HandlerFacts {
        op: OperationFacts {
            package: "demo.numbers",
            service: "Numbers",
            name: "note",
            shape: Shape::Oneway,
            effect: Effect::Idempotent,
            policy: Settings::within(Duration::from_secs(10)),
            auth: Auth::PUBLIC,
        },
        topic: "demo.numbers.numbered",
        group: "numbers",
        keyed: true,
        retry: Retry::DEFAULT,
        dead: None,
        prefetch: HandlerFacts::PREFETCH_DEFAULT,
    };
}

/// What it does with a number.
enum Numbers {
    Write(Mutex<std::fs::File>),
    Echo(Publisher<NumbersEvents>),
}

impl Handles<Note> for Numbers {
    async fn handle(&self, cx: &Context, event: Numbered) -> Outcome {
        let Some(info) = cx.event() else { return Outcome::Reject("comes from no broker".to_owned()) };
        match self {
            Numbers::Write(file) => {
                // So that many are in hand when something breaks.
                tokio::time::sleep(Duration::from_millis(2)).await;
                let line = format!("{} {} {}\n", event.key, event.number, info.attempt);
                let written = file.lock().map(|mut file| file.write_all(line.as_bytes()));
                if matches!(written, Ok(Ok(()))) { Outcome::Done } else { Outcome::RetryNow }
            }
            Numbers::Echo(publisher) => {
                publisher.publish(cx, &Echoed { number: event.number, id: info.id.clone() }).await.into()
            }
        }
    }
}

impl Served for Numbers {
    const FACTS: &'static ServiceFacts =
        &ServiceFacts { package: "demo.numbers", name: "Numbers", auth: Auth::PUBLIC, operations: &[], handlers: &[] };

    fn mount(mount: &mut Mount<Numbers>) {
        mount.broker().handler::<Note>();
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["publish", url, count] => publish(url, count.parse()?).await,
        ["consume", url, file] => {
            let file = std::fs::OpenOptions::new().append(true).create(true).open(file)?;
            let bus = Bus::connect(url).await?;
            consume(&bus, Numbers::Write(Mutex::new(file))).await
        }
        ["echo", url] => {
            let bus = Bus::connect(url).await?;
            consume(&bus, Numbers::Echo(bus.publisher())).await
        }
        _ => Err("numbers publish URL COUNT | consume URL FILE | echo URL".into()),
    }
}

async fn publish(url: &str, count: u32) -> Result<(), Box<dyn std::error::Error>> {
    let publisher: Publisher<NumbersEvents> = Bus::connect(url).await?.publisher();
    let events = (0..count).map(|number| Numbered { key: format!("k{}", number % KEYS), number });
    publisher.publish_all(&Context::new().with_deadline_in(PATIENCE), events, WINDOW_DEFAULT).await?;
    Ok(())
}

async fn consume(bus: &Bus, numbers: Numbers) -> Result<(), Box<dyn std::error::Error>> {
    let consumers = Consumers::on(bus).serve(numbers).join().await?;
    say("joined");
    let mut stop = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    consumers
        .run_until(async move {
            stop.recv().await;
        })
        .await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the program's own words")]
fn say(text: &str) {
    println!("{text}");
}
