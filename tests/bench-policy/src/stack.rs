//! The same of tower: timeout, retry with its budget, tower-resilience's breaker, timeout, and P2C over peak EWMA, which wants a
//! buffer before it to be shared.

use std::future::Ready;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tower::balance::p2c::Balance;
use tower::buffer::Buffer;
use tower::discover::ServiceList;
use tower::load::{CompleteOnResponse, PeakEwma};
use tower::retry::budget::{Budget as _, TpsBudget};
use tower::retry::{Policy, Retry};
use tower::timeout::Timeout;
use tower::util::BoxCloneService;
use tower::{BoxError, Layer as _, Service, ServiceExt as _};
use tower_resilience::circuitbreaker::CircuitBreakerLayer;

use crate::Leaf;

/// Answers, at once or not.
#[derive(Clone)]
struct Replica(Leaf);

impl Service<u32> for Replica {
    type Response = u32;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<u32, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, input: u32) -> Self::Future {
        let leaf = self.0;
        Box::pin(async move {
            leaf.call().await;
            Ok(input)
        })
    }
}

/// Retries what failed, while the budget lasts.
#[derive(Clone)]
struct Budgeted(Arc<TpsBudget>);

impl<E> Policy<u32, u32, E> for Budgeted {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut u32, result: &mut Result<u32, E>) -> Option<Ready<()>> {
        match result {
            Ok(_) => {
                self.0.deposit();
                None
            }
            Err(_) => self.0.withdraw().then(|| std::future::ready(())),
        }
    }

    fn clone_request(&mut self, request: &u32) -> Option<u32> {
        Some(*request)
    }
}

pub type Stack = BoxCloneService<u32, u32, BoxError>;

pub fn stack(leaf: Leaf) -> Stack {
    let rtt = Duration::from_millis(10);
    let replica = || PeakEwma::new(Replica(leaf), rtt, Duration::from_secs(10).as_nanos() as f64, CompleteOnResponse::default());
    let balance = Balance::new(ServiceList::new((0..10).map(|_| replica()).collect::<Vec<_>>()));
    let buffered = Buffer::new(balance, 1024);
    let attempt = Timeout::new(buffered, Duration::from_millis(500));
    let breaker = CircuitBreakerLayer::builder()
        .failure_rate_threshold(0.5)
        .sliding_window_size(100)
        .wait_duration_in_open(Duration::from_secs(5))
        .permitted_calls_in_half_open(3)
        .build()
        .expect("the configuration is right");
    let budget = Arc::new(TpsBudget::new(Duration::from_secs(10), 3, 0.1));
    let retried = Retry::new(Budgeted(budget), breaker.layer(attempt));
    let whole = Timeout::new(retried, Duration::from_secs(2));
    BoxCloneService::new(whole)
}

pub async fn call(stack: &Stack) {
    stack.clone().oneshot(1).await.expect("it answers");
}
