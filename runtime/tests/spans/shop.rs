//! A service that logs what it does, what calls it in process, and a handler that fails once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_core::Stream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wireloom::admission::Head;
use wireloom::messaging::{Bus, Consumers, Emits, Event, EventFacts, Handler, HandlerFacts, Handles, Outcome, Retry};
use wireloom::policy::Settings;
use wireloom::serde::{Deserialize, Serialize};
use wireloom::transport::{Exchange, Failure, Sent, Transport};
use wireloom::{
    At, Auth, Channel, Code, Context, Effect, Endpoint, Fault, Inbound, Local, Mount, Operation, OperationFacts,
    Served, ServerStream, ServiceFacts, Shape, Unary, Validate, Violations,
};

const fn facts(name: &'static str, shape: Shape, effect: Effect) -> OperationFacts {
    let policy = Settings::within(Duration::from_secs(5));
    OperationFacts { package: "shop", service: "Shop", name, shape, effect, policy, auth: Auth::PUBLIC }
}

macro_rules! operation {
    ($name:ident: $input:ty, $shape:ident) => {
        pub(crate) struct $name;

        impl Operation for $name {
            type Input = $input;
            type Output = u32;
            type Fault = Fault;
            const FACTS: &'static OperationFacts = &facts(stringify!($name), Shape::$shape, Effect::Safe);
        }
    };
}

operation!(Find: String, Unary);
operation!(Watch: u32, ServerStream);

/// Finds what it is asked for, unless that is nothing.
#[derive(Clone, Default)]
pub(crate) struct Shop {
    handled: Arc<AtomicU32>,
}

impl Unary<Find> for Shop {
    async fn call(&self, _: &Context, input: String) -> Result<u32, Fault> {
        match input.as_str() {
            "" => return Err(Fault::new(Code::NotFound, "nothing is not to be found")),
            "slow" => std::future::pending().await,
            _ => {}
        }
        tracing::info!("found");
        Ok(1)
    }
}

impl ServerStream<Watch> for Shop {
    async fn open(
        &self,
        _: &Context,
        items: u32,
    ) -> Result<impl Stream<Item = Result<u32, Fault>> + Send + 'static, Fault> {
        let each = |item| {
            tracing::info!("an item");
            Ok(item)
        };
        Ok(futures_util::stream::iter((0..items).map(each)))
    }
}

/// Calls the shop in process, as over a wire; its first attempts fail.
pub(crate) struct Stage {
    shop: Local<Shop>,
    fail: AtomicU32,
}

impl Stage {
    pub(crate) fn failing(times: u32) -> Stage {
        Stage { shop: Local::new(Shop::default()), fail: AtomicU32::new(times) }
    }

    pub(crate) fn channel(self) -> Channel<Stage> {
        Channel::new(self, Endpoint::new("stage://10.0.0.1:80").unwrap())
    }
}

impl Transport for Stage {
    const NAME: &'static str = "stage";
    const SCHEME: &'static str = "stage";
    type Reply = Result<u32, Fault>;
}

impl Exchange<Find> for Stage {
    async fn send(&self, _: &Endpoint, head: &Head<'_>, input: &String) -> Result<Self::Reply, Failure> {
        let fails = self.fail.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if fails.is_ok() {
            return Err(Failure { fault: Fault::new(Code::Unavailable, "as told"), sent: Sent::No });
        }
        Ok(Unary::<Find>::call(&self.shop, head.cx, input.clone()).await)
    }

    async fn send_stream(&self, _: &Endpoint, _: &Head<'_>, _: Inbound<String>) -> Result<Self::Reply, Failure> {
        unreachable!("no operation takes a stream")
    }

    async fn read(&self, reply: Self::Reply) -> Result<u32, Fault> {
        reply
    }

    async fn read_stream(&self, _: Self::Reply) -> Result<Inbound<u32>, Fault> {
        unreachable!("no operation answers with a stream")
    }
}

/// An event that is handled at the last of so many times.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(crate = "wireloom::serde")]
pub(crate) struct Placed {
    pub(crate) times: u32,
    pub(crate) secret: String,
}

impl Validate for Placed {
    fn check(&self, _: &At<'_>, _: &mut Violations) {}
}

impl Event for Placed {
    const FACTS: &'static EventFacts = &EventFacts { kind: "shop.Placed", version: 1, keyed: true };
}

impl Emits<Placed> for Shop {
    const TOPIC: &'static str = "shop.placed";
    const SOURCE: &'static str = "/shop/Shop";
}

pub(crate) struct Bill;

impl Handler for Bill {
    type Event = Placed;
    const FACTS: &'static HandlerFacts = &HandlerFacts {
        op: facts("bill", Shape::Oneway, Effect::Idempotent),
        topic: "shop.placed",
        group: "billing",
        keyed: true,
        retry: Retry { times: 3, backoff_min: Duration::from_millis(1), backoff_max: Duration::from_millis(2) },
        dead: None,
        prefetch: 8,
    };
}

impl Handles<Bill> for Shop {
    async fn handle(&self, _: &Context, event: Placed) -> Outcome {
        match self.handled.fetch_add(1, Ordering::SeqCst) + 1 < event.times {
            true => Outcome::RetryNow,
            false => Outcome::Done,
        }
    }
}

impl Served for Shop {
    const FACTS: &'static ServiceFacts =
        &ServiceFacts { package: "shop", name: "Shop", auth: Auth::PUBLIC, operations: &[], handlers: &[] };

    fn mount(mount: &mut Mount<Shop>) {
        mount.broker().handler::<Bill>();
    }
}

/// Consumers at work.
pub(crate) struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn drain(self) {
        drop(self.stop);
        self.ended.await.unwrap();
    }
}

/// Handles the shop's own events.
pub(crate) async fn consumers(bus: &Bus) -> Running {
    let consumers = Consumers::on(bus).serve(Shop::default()).join().await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    Running { stop, ended: tokio::spawn(consumers.run_until(async { drop(stopped.await) })) }
}
