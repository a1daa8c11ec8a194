//! The channel: its contract's policy over a transport that carries nothing.

use std::time::Duration;

use wireloom::admission::Head;
use wireloom::policy::settings::Retry;
use wireloom::policy::{Settings, Word, breaker};
use wireloom::transport::{Exchange, Failure, Transport};
use wireloom::{Auth, Channel, Context, Effect, Endpoint, Fault, Inbound, Operation, OperationFacts, Shape, Unary};

use crate::Leaf;

struct Get;

impl Operation for Get {
    type Input = u32;
    type Output = u32;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &OperationFacts {
        package: "bench",
        service: "Bench",
        name: "get",
        shape: Shape::Unary,
        effect: Effect::Safe,
        auth: Auth::PUBLIC,
        policy: Settings {
            deadline: Some(Duration::from_secs(2)),
            attempt: Some(Duration::from_millis(500)),
            retry: Word::On(Retry { retries: Some(2), budget: Some(0.1), ..Retry::UNSAID }),
            breaker: Word::On(breaker::Config {
                share: 0.5,
                volume: 100,
                over: Duration::from_secs(30),
                open: Duration::from_secs(5),
                probes: 3,
            }),
            ..Settings::UNSAID
        },
    };
}

/// Carries nothing.
pub struct Nowhere(Leaf);

impl Transport for Nowhere {
    const NAME: &'static str = "nowhere";
    const SCHEME: &'static str = "nowhere";
    type Reply = u32;
}

impl Exchange<Get> for Nowhere {
    async fn send(&self, _: &Endpoint, _: &Head<'_>, input: &u32) -> Result<u32, Failure> {
        self.0.call().await;
        Ok(*input)
    }

    async fn read(&self, reply: u32) -> Result<u32, Fault> {
        Ok(reply)
    }

    async fn read_stream(&self, _: u32) -> Result<Inbound<u32>, Fault> {
        unreachable!("nothing streams here")
    }
}

pub fn channel(leaf: Leaf) -> Channel<Nowhere> {
    let endpoints = (0..10).map(|number| format!("nowhere://{number}"));
    Channel::over(Nowhere(leaf)).endpoints(endpoints).expect("addresses").build()
}

pub async fn call(channel: &Channel<Nowhere>) {
    Unary::<Get>::call(channel, &Context::new(), 1).await.expect("it answers");
}
