//! The same spans as OpenTelemetry exports them.

use futures_util::StreamExt as _;
use opentelemetry::trace::{SpanId, SpanKind, Status, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use tracing::Instrument as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use wireloom::messaging::Bus;
use wireloom::{Context, Local, ServerStream, Unary};

use crate::journal::wants_to_be_asked;
use crate::shop::{self, Find, Placed, Shop, Stage, Watch};

/// What is exported, until it is dropped.
struct Exported {
    exporter: InMemorySpanExporter,
    _provider: SdkTracerProvider,
    _guard: tracing::subscriber::DefaultGuard,
}

impl Exported {
    fn start(sampler: Sampler, recorded: fn(&str) -> bool) -> Exported {
        wants_to_be_asked();
        let exporter = InMemorySpanExporter::default();
        let sampler = Sampler::ParentBased(Box::new(sampler));
        let provider =
            SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(exporter.clone()).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("tests"));
        let layer = layer.with_filter(filter_fn(move |metadata| recorded(metadata.name())));
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        Exported { exporter, _provider: provider, _guard: guard }
    }

    fn all() -> Exported {
        Exported::start(Sampler::AlwaysOn, |_| true)
    }

    fn spans(&self) -> Vec<SpanData> {
        self.exporter.get_finished_spans().unwrap()
    }

    /// Spans of a name, as they ended.
    fn named(&self, name: &str) -> Vec<SpanData> {
        self.spans().into_iter().filter(|span| span.name == name).collect()
    }
}

const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn cx(traceparent: &str) -> Context {
    Context::new().with_trace(traceparent.parse().unwrap())
}

#[tokio::test]
async fn parents_come_from_the_context_and_ids_go_on() {
    let exported = Exported::all();
    Unary::<Find>::call(&Stage::failing(1).channel(), &cx(SAMPLED), "it".into()).await.unwrap();
    let calls = exported.named("shop.Shop/Find");
    let of_kind = |kind: SpanKind| calls.iter().find(|span| span.span_kind == kind).unwrap();
    let (client, server) = (of_kind(SpanKind::Client), of_kind(SpanKind::Server));
    let [failed, answered] = exported.named("Attempt.shop.Shop/Find").try_into().unwrap();
    assert_eq!(client.parent_span_id, SpanId::from_hex("00f067aa0ba902b7").unwrap());
    assert_eq!([failed.parent_span_id, answered.parent_span_id], [client.span_context.span_id(); 2]);
    assert_eq!(server.parent_span_id, answered.span_context.span_id());
    assert_eq!((&failed.status, &answered.status), (&Status::error(""), &Status::Unset));
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    assert!(exported.spans().iter().all(|span| span.span_context.trace_id().to_string() == trace));
    assert!(failed.end_time <= answered.start_time && answered.end_time <= client.end_time);
}

#[tokio::test]
async fn a_span_of_the_program_around_a_call_is_its_parent() {
    let exported = Exported::all();
    let work = tracing::info_span!("work");
    let call = async {
        // Started by OpenTelemetry: nothing came from a wire.
        let channel = Stage::failing(0).channel();
        Unary::<Find>::call(&channel, &Context::new(), "it".into()).await.unwrap();
    };
    call.instrument(work).await;
    let [work] = exported.named("work").try_into().unwrap();
    let client = exported.named("shop.Shop/Find").into_iter().find(|span| span.span_kind == SpanKind::Client).unwrap();
    assert_eq!(client.parent_span_id, work.span_context.span_id());
    assert!(exported.spans().iter().all(|span| span.span_context.trace_id() == work.span_context.trace_id()));
}

#[tokio::test]
async fn whoever_decided_not_to_record_is_obeyed() {
    let exported = Exported::all();
    let channel = Stage::failing(0).channel();
    Unary::<Find>::call(&channel, &cx(&SAMPLED.replace("-01", "-00")), "it".into()).await.unwrap();
    assert!(exported.spans().is_empty(), "{:?}", exported.spans());
}

#[tokio::test]
async fn spans_that_are_filtered_leave_no_gap() {
    let exported = Exported::start(Sampler::AlwaysOn, |name| name != "attempt");
    Unary::<Find>::call(&Stage::failing(0).channel(), &cx(SAMPLED), "it".into()).await.unwrap();
    let [server, client] = exported.named("shop.Shop/Find").try_into().unwrap();
    assert_eq!(server.parent_span_id, client.span_context.span_id());
}

#[tokio::test]
async fn a_stream_lasts_to_its_end() {
    let exported = Exported::all();
    let mut items = Box::pin(ServerStream::<Watch>::open(&Local::new(Shop::default()), &cx(SAMPLED), 2).await.unwrap());
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    while items.next().await.is_some() {}
    drop(items);
    let [call] = exported.named("shop.Shop/Watch").try_into().unwrap();
    assert!(call.end_time.duration_since(call.start_time).unwrap().as_millis() >= 20);
    assert_eq!(call.events.len(), 2, "what was logged meanwhile");
}

#[tokio::test]
async fn handling_is_a_child_of_publishing_and_linked_to_it() {
    let exported = Exported::all();
    let bus = Bus::memory();
    let consumers = shop::consumers(&bus).await;
    bus.publisher::<Shop>().publish(&cx(SAMPLED), &Placed { times: 1, secret: String::new() }).await.unwrap();
    while exported.named("process shop.placed").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    consumers.drain().await;
    let [sent] = exported.named("send shop.placed").try_into().unwrap();
    let [process] = exported.named("process shop.placed").try_into().unwrap();
    assert_eq!((&sent.span_kind, &process.span_kind), (&SpanKind::Producer, &SpanKind::Consumer));
    assert_eq!(process.parent_span_id, sent.span_context.span_id());
    assert_eq!(process.links.iter().next().unwrap().span_context.span_id(), sent.span_context.span_id());
}
