//! Runs the tour over every wire of a running server, and in process: the same calls, the same answers, in one table.

use std::sync::Mutex;
use std::time::Duration;

use orders::contract::shop::orders::{Orders, OrdersClient};
use orders::telemetry::Telemetry;
use orders::{Arguments, Shop, places, tour};
use tokio::time::Instant;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let said = Arguments::read(std::env::args().skip(1))?;
    let _telemetry = Telemetry::install("tour", &said.otlp)?;
    say(&table(&[
        run("in process", &OrdersClient::local(Shop::default())).await?,
        run("REST", &OrdersClient::new(places::rest(&said)?)).await?,
        run("gRPC", &OrdersClient::new(places::grpc(&said)?)).await?,
        run("native", &OrdersClient::new(places::native(&said)?)).await?,
        run("ws JSON", &OrdersClient::new(places::ws_json(&said)?)).await?,
        run("ws binary", &OrdersClient::new(places::ws(&said)?)).await?,
    ]));
    Ok(())
}

/// The tour over one wire.
struct Run {
    wire: &'static str,
    /// Each call, what it came to, and how long that took.
    calls: Vec<(String, String, Duration)>,
}

async fn run(wire: &'static str, orders: &impl Orders) -> Result<Run, String> {
    let (calls, since) = (Mutex::new(Vec::new()), Mutex::new(Instant::now()));
    let report = |call: &str, answer: &str| {
        let now = Instant::now();
        let took = now - std::mem::replace(&mut *since.lock().expect("no panic"), now);
        calls.lock().expect("no panic").push((call.to_owned(), answer.to_owned(), took));
    };
    tour::run(orders, report).await.map_err(|what| format!("over {wire}: {what}"))?;
    Ok(Run { wire, calls: calls.into_inner().expect("no panic") })
}

/// A row a call, a column a wire, in milliseconds; what calls came to stands beside, as the first wire told it.
fn table(runs: &[Run]) -> String {
    let mut text = format!("{:16}", "ms");
    runs.iter().for_each(|run| text.push_str(&format!("{:>12}", run.wire)));
    for (row, (call, answer, _)) in runs[0].calls.iter().enumerate() {
        text.push_str(&format!("\n{call:16}"));
        for run in runs {
            let (_, own, took) = &run.calls[row];
            let cell = if own == tour::NOT_CARRIED { own.clone() } else { format!("{:.1}", took.as_secs_f64() * 1e3) };
            text.push_str(&format!("{cell:>12}"));
        }
        text.push_str(&format!("  {}", shortened(answer)));
    }
    text
}

/// A line's worth of an answer.
fn shortened(answer: &str) -> String {
    let short: String = answer.chars().take(48).collect();
    if short.len() < answer.len() { short + "…" } else { short }
}

#[expect(clippy::print_stdout, reason = "the program's own words")]
fn say(text: &str) {
    println!("{text}");
}
