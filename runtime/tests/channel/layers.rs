//! Layers of tower around calls and attempts: tower's own, and such as find out what is done wrong.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context as TaskContext, Poll};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join, join_all};
use tower::retry::Policy;
use tower::{BoxError, Layer, Service, ServiceBuilder, layer::layer_fn};
use wireloom::ChannelBuilder;
use wireloom::layers::{Answered, Onward, Outgoing};

use super::*;

impl Stage {
    fn builder(&self) -> ChannelBuilder<Stage> {
        let count = self.does.lock().unwrap().len();
        let endpoints = (0..count).map(|number| format!("stage://{number}"));
        Channel::over(self.clone()).endpoints(endpoints).unwrap().seed(7)
    }
}

/// Panics when it is called without having said that it is ready. A clone has not, whatever it is of.
struct Probe<S> {
    inner: S,
    is_ready: bool,
}

impl<S: Clone> Clone for Probe<S> {
    fn clone(&self) -> Probe<S> {
        Probe { inner: self.inner.clone(), is_ready: false }
    }
}

impl<S: Service<R>, R> Service<R> for Probe<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        let ready = self.inner.poll_ready(task);
        self.is_ready = ready.is_ready();
        ready
    }

    fn call(&mut self, request: R) -> S::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without being ready");
        self.inner.call(request)
    }
}

#[derive(Clone)]
struct Probing;

impl<S> Layer<S> for Probing {
    type Service = Probe<S>;

    fn layer(&self, inner: S) -> Probe<S> {
        Probe { inner, is_ready: false }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_called_was_ready() {
    let stage = Stage::new([Does::Fails(Code::Unavailable, millis(1)), Does::Answers(millis(2))]);
    let calls = ServiceBuilder::new()
        .layer(Probing)
        .timeout(Duration::from_secs(1))
        .layer(Probing)
        .concurrency_limit(3)
        .layer(Probing)
        .buffer(10)
        .layer(Probing);
    let attempts = ServiceBuilder::new().layer(Probing).concurrency_limit(2).layer(Probing).timeout(millis(100));
    let channel = stage.builder().layer_calls(calls).layer_attempts(attempts.layer(Probing)).build();
    for answer in join_all((0..20).map(|_| call::<Get>(&channel))).await {
        assert_eq!(answer.unwrap(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_around_calls_holds_for_all_of_them() {
    let stage = Stage::new([Does::Answers(millis(100)); 3]);
    let channel = stage.builder().layer_calls(ServiceBuilder::new().concurrency_limit(2)).build();
    let clone = channel.clone();
    let answers = join(join_all((0..5).map(|_| call::<Get>(&channel))), join_all((0..5).map(|_| call::<Get>(&clone))));
    let (some, others) = answers.await;
    assert!(some.into_iter().chain(others).all(|answer| answer.is_ok()));
    assert_eq!(stage.start.elapsed(), millis(500), "two at once, ten in all");
}

#[tokio::test(start_paused = true)]
async fn what_a_layer_sheds_is_not_sent_and_not_tried_again() {
    for around_calls in [true, false] {
        let stage = Stage::new([Does::Answers(millis(100)); 3]);
        let shedding = ServiceBuilder::new().load_shed().concurrency_limit(1);
        let channel = match around_calls {
            true => stage.builder().layer_calls(shedding).build(),
            false => stage.builder().layer_attempts(shedding).build(),
        };
        let (first, second) = join(call::<Get>(&channel), call::<Get>(&channel)).await;
        assert!(first.is_ok());
        let fault = second.unwrap_err();
        assert_eq!(fault.to_string(), "resource_exhausted: not sent: a layer lets no more pass");
        assert_eq!((stage.seen().len(), stage.start.elapsed()), (1, millis(100)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_around_attempts_is_a_failed_one_and_another_follows() {
    let stage = Stage::new([Does::Answers(Duration::from_secs(1)), Does::Answers(millis(1))]);
    let channel = stage.builder().layer_attempts(ServiceBuilder::new().timeout(millis(50))).build();
    for _ in 0..10 {
        assert_eq!(call::<Get>(&channel).await.unwrap(), 1);
    }
    let slow: Vec<_> = stage.seen().into_iter().filter(|it| it.endpoint == 0).collect();
    assert!(!slow.is_empty() && slow.iter().all(|it| it.cancelled), "cancelled on the wire: {slow:?}");
    assert!(slow.len() <= 5, "an endpoint that times out is left alone: {slow:?}");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_around_calls_covers_all_attempts() {
    let stage = Stage::new([Does::Answers(Duration::from_secs(1)); 2]);
    let channel = stage.builder().layer_calls(ServiceBuilder::new().timeout(millis(50))).build();
    let fault = call::<Get>(&channel).await.unwrap_err();
    assert_eq!(fault.to_string(), "deadline_exceeded: no answer in the time that a layer gives");
    assert!(stage.seen().len() == 1 && stage.seen()[0].cancelled);
}

#[tokio::test(start_paused = true)]
async fn layers_see_operation_attempt_and_endpoint_and_change_the_context() {
    let stage = Stage::new([Does::Fails(Code::Unavailable, millis(1)); 3]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let looks = move |outgoing: Outgoing| {
        let endpoint = outgoing.endpoint().map(ToString::to_string);
        told.lock().unwrap().push((outgoing.op().name, outgoing.attempt(), endpoint));
        outgoing.map_context(|cx| cx.with_deadline_in(millis(300)))
    };
    let layer = ServiceBuilder::new().map_request(looks);
    let channel = stage.builder().layer_calls(layer.clone()).layer_attempts(layer).build();
    call::<Get>(&channel).await.unwrap_err();
    let attempts: Vec<_> = stage.seen();
    assert!(attempts.iter().all(|it| it.remaining <= millis(300)), "{attempts:?}");
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], ("Get", 0, None));
    for (number, (attempt, told)) in attempts.iter().zip(&seen[1..]).enumerate() {
        assert_eq!(told, &("Get", number as u8, Some(format!("stage://{}/", attempt.endpoint))));
    }
    assert_eq!((attempts.len(), seen.len()), (3, 4));
}

/// Calls what is below it twice at once.
#[derive(Clone)]
struct AtOnce<S>(S);

impl<S> Service<Outgoing> for AtOnce<S>
where
    S: Service<Outgoing, Response = Answered, Error = Fault, Future: std::marker::Send + 'static>,
{
    type Response = Answered;
    type Error = Fault;
    type Future = BoxFuture<'static, Result<Answered, Fault>>;

    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Fault>> {
        self.0.poll_ready(task)
    }

    fn call(&mut self, outgoing: Outgoing) -> Self::Future {
        let (first, second) = (self.0.call(outgoing.clone()), self.0.call(outgoing));
        async { join(first, second).await.1 }.boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_sends_one_at_a_time() {
    let stage = Stage::new([Does::Answers(millis(1)); 2]);
    let channel = stage.builder().layer_calls(layer_fn(AtOnce::<Onward>)).build();
    let fault = call::<Get>(&channel).await.unwrap_err();
    assert_eq!(fault.to_string(), "internal: a layer sends what is on its way already");
}

/// Tries again what failed.
#[derive(Clone)]
struct Twice;

impl Policy<Outgoing, Answered, Fault> for Twice {
    type Future = std::future::Ready<()>;

    fn retry(&mut self, _: &mut Outgoing, ended: &mut Result<Answered, Fault>) -> Option<Self::Future> {
        ended.is_err().then(|| std::future::ready(()))
    }

    fn clone_request(&mut self, outgoing: &Outgoing) -> Option<Outgoing> {
        Some(outgoing.clone())
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_may_send_again_what_has_ended() {
    let stage = Stage::new([Does::Fails(Code::Aborted, millis(10))]);
    let channel = stage.builder().layer_attempts(ServiceBuilder::new().retry(Twice)).build();
    let (answer, ()) = join(call::<Pay>(&channel), async {
        sleep(millis(25)).await;
        stage.set(0, Does::Answers(millis(1)));
    })
    .await;
    assert_eq!((answer.unwrap(), stage.seen().len()), (0, 4));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_sent_once_whatever_layers_want() {
    let stage = Stage::new([Does::Fails(Code::Aborted, millis(10))]);
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let counting = move |outgoing| {
        counted.fetch_add(1, Ordering::Relaxed);
        outgoing
    };
    let layers = ServiceBuilder::new().timeout(Duration::from_secs(1)).map_request(counting);
    let channel = stage.builder().layer_attempts(layers).build();
    let items = Inbound::new(futures_util::stream::iter([Ok(1)]));
    let fault = ClientStream::<Send>::call(&channel, &Context::new(), items).await.unwrap_err();
    assert_eq!((fault.message(), stage.seen().len(), tries.load(Ordering::Relaxed)), ("as told", 1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_layer_says_no_to_is_told_and_blames_nobody() {
    let stage = Stage::new([Does::Answers(millis(1))]);
    let refusing = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let says_no = Arc::clone(&refusing);
    let filter = layer_fn(move |inner: Onward| {
        let says_no = Arc::clone(&says_no);
        tower::service_fn(move |outgoing| {
            let (mut inner, says_no) = (inner, says_no.load(Ordering::Relaxed));
            async move {
                match says_no {
                    true => Err(BoxError::from("not on a Sunday")),
                    false => Ok(inner.call(outgoing).await?),
                }
            }
        })
    });
    let channel = stage.builder().layer_attempts(filter).build();
    for _ in 0..20 {
        let fault = call::<Get>(&channel).await.unwrap_err();
        assert_eq!(fault.to_string(), "unavailable: a layer failed");
        assert_eq!(std::error::Error::source(&fault).unwrap().to_string(), "not on a Sunday");
    }
    refusing.store(false, Ordering::Relaxed);
    assert_eq!(call::<Get>(&channel).await.unwrap(), 0, "nor is its endpoint left alone");
    assert_eq!(stage.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn faults_go_through_layers_as_they_are() {
    let stage = Stage::new([Does::Fails(Code::NotFound, millis(1)), Does::Fails(Code::NotFound, millis(1))]);
    let layers = || ServiceBuilder::new().timeout(Duration::from_secs(1)).buffer(5);
    let channel = stage.builder().layer_calls(layers()).layer_attempts(layers()).build();
    // A buffer tells its errors from behind an `Arc`, but those of the service below it come as they are.
    let fault = call::<Get>(&channel).await.unwrap_err();
    assert_eq!((fault.to_string().as_str(), stage.seen().len()), ("not_found: as told", 1));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_cancelled_below_its_layers() {
    let stage = Stage::new([Does::Answers(Duration::from_secs(1))]);
    let layers = || ServiceBuilder::new().buffer(5).concurrency_limit(5);
    let channel = stage.builder().layer_calls(layers()).layer_attempts(layers()).build();
    let call = tokio::time::timeout(millis(10), call::<Get>(&channel)).await;
    assert!(call.is_err() && stage.seen()[0].cancelled);
}

#[tokio::test(start_paused = true)]
async fn a_stream_out_has_answered_once_it_is_open() {
    let stage = Stage::new([Does::Streams(3)]);
    let limit = ServiceBuilder::new().timeout(millis(500)).concurrency_limit(1);
    let channel = stage.builder().layer_calls(limit).build();
    let stream = ServerStream::<Watch>::open(&channel, &Context::new(), 1).await.unwrap();
    assert_eq!(stream.collect::<Vec<_>>().await.len(), 4, "three items and how it broke off");
}
