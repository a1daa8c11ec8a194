//! The spans of calls and events, as a subscriber of `tracing` sees them.

#[path = "spans/journal.rs"]
mod journal;
#[cfg(feature = "otel")]
#[path = "spans/otel.rs"]
mod otel;
#[path = "spans/shop.rs"]
mod shop;

use futures_util::StreamExt as _;
use journal::Journal;
use shop::{Find, Placed, Shop, Stage, Watch};
use wireloom::messaging::Bus;
use wireloom::{Code, Context, Local, ServerStream, Trace, Unary};

#[tokio::test]
async fn a_call_has_a_span_for_each_attempt_and_the_callee_is_a_child_of_one() {
    let journal = Journal::start();
    let own = Trace::start();
    let channel = Stage::failing(1).channel();
    Unary::<Find>::call(&channel, &Context::new().with_trace(own), "a secret".into()).await.unwrap();

    let [client] = journal.named("client").try_into().unwrap();
    assert_eq!(client.fields["rpc.system.name"], "other");
    assert_eq!(client.fields["rpc.method"], "shop.Shop/Find");
    assert_eq!(client.fields["rpc.response.status_code"], "OK");
    let [failed, answered] = journal.named("attempt").try_into().unwrap();
    assert!([&failed, &answered].iter().all(|it| it.parent == Some(client.number)), "{failed:?} {answered:?}");
    assert_eq!(
        (failed.fields["error.type"].as_str(), failed.fields["wireloom.attempt"].as_str()),
        ("UNAVAILABLE", "0")
    );
    assert_eq!((answered.fields.get("error.type"), answered.fields["wireloom.attempt"].as_str()), (None, "1"));
    assert_eq!(
        (answered.fields["server.address"].as_str(), answered.fields["server.port"].as_str()),
        ("10.0.0.1", "80")
    );
    assert_ne!(failed.fields["span_id"], answered.fields["span_id"]);

    let [call] = journal.named("call").try_into().unwrap();
    assert_eq!(call.fields["parent_span_id"], answered.fields["span_id"]);
    for span in [&failed, &answered, &call] {
        assert_eq!(span.fields["trace_id"], own.trace_id().to_string());
    }
    // The handler's log stands in its span, and can be joined with the trace.
    assert_eq!(journal.events(), [("found".to_owned(), Some(call.number))]);
    assert!(!format!("{:?}", journal.all()).contains("secret"));
}

#[tokio::test]
async fn how_a_call_ended_is_an_error_of_whoever_it_is_one_of() {
    let journal = Journal::start();
    let channel = Stage::failing(0).channel();
    let ended = Unary::<Find>::call(&channel, &Context::new(), String::new()).await;
    assert_eq!(ended.unwrap_err().code(), Code::NotFound);
    let error = |name: &str| journal.named(name)[0].fields.get("error.type").cloned();
    assert_eq!(
        (error("client"), error("attempt"), error("call")),
        (Some("NOT_FOUND".into()), Some("NOT_FOUND".into()), None)
    );
    assert_eq!(journal.named("call")[0].fields["rpc.response.status_code"], "NOT_FOUND");
}

#[tokio::test]
async fn who_goes_away_has_cancelled() {
    let journal = Journal::start();
    let channel = Stage::failing(0).channel();
    let call = async { Unary::<Find>::call(&channel, &Context::new(), "slow".into()).await };
    assert!(tokio::time::timeout(std::time::Duration::from_millis(20), call).await.is_err());
    for name in ["client", "attempt", "call"] {
        assert_eq!(journal.named(name)[0].fields["rpc.response.status_code"], "CANCELLED", "{name}");
    }
}

#[tokio::test]
async fn a_stream_is_in_its_span_to_its_end() {
    let journal = Journal::start();
    let local = Local::new(Shop::default());
    let mut items = Box::pin(ServerStream::<Watch>::open(&local, &Context::new(), 2).await.unwrap());
    assert!(!journal.named("call")[0].fields.contains_key("rpc.response.status_code"));
    while let Some(item) = items.next().await {
        item.unwrap();
    }
    let [call] = journal.named("call").try_into().unwrap();
    assert_eq!(call.fields["rpc.response.status_code"], "OK");
    assert!(journal.events().iter().all(|(message, span)| message == "an item" && *span == Some(call.number)));
    assert_eq!(journal.events().len(), 2);
}

#[tokio::test]
async fn an_event_is_published_and_handled_in_the_trace_of_its_publisher() {
    let journal = Journal::start();
    let bus = Bus::memory();
    let consumers = shop::consumers(&bus).await;
    let own = Trace::start();
    let cx = Context::new().with_trace(own);
    bus.publisher::<Shop>().publish(&cx, &Placed { times: 2, secret: "a secret".into() }).await.unwrap();
    let handled = async {
        while journal.named("process").len() < 2 || journal.named("process")[1].is_open {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    let in_time = tokio::time::timeout(std::time::Duration::from_secs(20), handled).await;
    assert!(in_time.is_ok(), "it is not handled twice: {:?}", journal.all());
    consumers.drain().await;

    let [sent] = journal.named("send").try_into().unwrap();
    assert_eq!(
        (sent.fields["messaging.system"].as_str(), sent.fields["messaging.destination.name"].as_str()),
        ("memory", "shop.placed")
    );
    assert_eq!(sent.fields["trace_id"], own.trace_id().to_string());
    let [first, second] = journal.named("process").try_into().unwrap();
    for process in [&first, &second] {
        assert_eq!(process.fields["trace_id"], sent.fields["trace_id"]);
        assert_eq!(process.fields["parent_span_id"], sent.fields["span_id"]);
        assert_eq!(process.fields["messaging.message.id"], sent.fields["messaging.message.id"]);
        assert_eq!(process.fields["messaging.consumer.group.name"], "billing");
    }
    let told = |span: &journal::Told, field: &str| span.fields.get(field).cloned();
    assert_eq!(
        (told(&first, "wireloom.outcome"), told(&first, "error.type")),
        (Some("retry".into()), Some("retry".into()))
    );
    assert_eq!((told(&second, "wireloom.outcome"), told(&second, "error.type")), (Some("done".into()), None));
    assert!(!format!("{:?}", journal.all()).contains("secret"));
}

#[tokio::test]
async fn events_are_counted_by_what_became_of_them() {
    let bus = Bus::memory();
    let consumers = shop::consumers(&bus).await;
    let handler = "messaging_consumer_group_name=\"billing\",handler=\"shop.Shop/bill\"";
    let topic = "messaging_system=\"memory\",messaging_destination_name=\"shop.placed\"";
    let series = [
        format!("wireloom_messaging_send_duration_seconds_count{{{topic},result=\"confirmed\"}}"),
        format!("messaging_process_duration_seconds_count{{{topic},{handler},outcome=\"retry\"}}"),
        format!("wireloom_messaging_delay_seconds_count{{{topic},{handler}}}"),
        format!("wireloom_messaging_passed_total{{{topic},{handler},how=\"dead\"}}"),
    ];
    let read = || {
        let text = wireloom::metrics::render();
        let value =
            |series: &String| text.lines().find_map(|line| line.strip_prefix(series.as_str())?.trim().parse().ok());
        series.each_ref().map(|series| value(series).unwrap_or(0_u64))
    };
    let before = read();
    bus.publisher::<Shop>().publish(&Context::new(), &Placed { times: u32::MAX, secret: String::new() }).await.unwrap();
    while read()[3] == before[3] {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    consumers.drain().await;
    let now = read();
    let more: Vec<u64> = now.iter().zip(before).map(|(now, before)| now - before).collect();
    // Other tests count as well, but none gives an event up.
    assert!(more[0] >= 1 && more[1] >= 4 && more[2] >= 1 && more[3] == 1, "{more:?}");
}
