//! Calls the replicas of a running service for a while, and says what became of it in one line of JSON.

use std::str::FromStr;
use std::time::Duration;

use orders::contract::shop::orders::OrdersClient;
use orders::load::Load;
use orders::telemetry::Telemetry;
use wireloom::Channel;
use wireloom::discovery::DiscoveryError;
use wireloom::grpc::Grpc;
use wireloom::policy::Policies;
use wireloom::rest::Rest;
use wireloom::rpc::Rpc;
use wireloom::transport::Transport;
use wireloom::ws::Ws;

const USAGE: &str = "--wire rest|grpc|native|websocket --to ADDRESSES-OR-URL [--seconds N] [--callers N] [--pause MS] [--slow MS] [--otlp URL]";

/// Callers at once; the shop's warehouse takes few more.
const CALLERS_MAX: usize = 1000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let said = Said::read(std::env::args().skip(1))?;
    let _telemetry = Telemetry::install("load", &said.otlp)?;
    let policies = Policies::from_env()?;
    let to = &said.to;
    let report = match said.wire.as_str() {
        "rest" => said.load.run(&OrdersClient::new(channel(Rest::default(), to, &policies)?)).await,
        "grpc" => said.load.run(&OrdersClient::new(channel(Grpc::default(), to, &policies)?)).await,
        "native" => said.load.run(&OrdersClient::new(channel(Rpc::default(), to, &policies)?)).await,
        "websocket" => said.load.run(&OrdersClient::new(channel(<Ws>::default(), to, &policies)?)).await,
        other => return Err(format!("there is no wire `{other}`: {USAGE}").into()),
    };
    say(&serde_json::to_string(&report)?);
    Ok(())
}

/// A channel to where the service is: addresses, or a URL that says where it is.
fn channel<T: Transport>(wire: T, to: &str, policies: &Policies) -> Result<Channel<T>, DiscoveryError> {
    Ok(Channel::over(wire).discover(to)?.policies(policies).build())
}

/// What is said on the command line.
struct Said {
    wire: String,
    to: String,
    /// The collector that spans are sent to; none where it is empty.
    otlp: String,
    load: Load,
}

impl Said {
    fn read(arguments: impl IntoIterator<Item = String>) -> Result<Said, String> {
        let ms = Duration::from_millis;
        let load = Load { time: ms(10_000), callers: 16, pause: ms(10), slow: ms(250) };
        let mut said = Said { wire: "rest".to_owned(), to: "127.0.0.1:8080".to_owned(), otlp: String::new(), load };
        let mut arguments = arguments.into_iter();
        while let Some(option) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("`{option}` lacks its value: {USAGE}"))?;
            let number = || u64::from_str(&value).map_err(|_| format!("`{value}` is no number: {USAGE}"));
            match option.as_str() {
                "--wire" => said.wire = value,
                "--to" => said.to = value,
                "--otlp" => said.otlp = value,
                "--seconds" => said.load.time = ms(1000).saturating_mul(u32::try_from(number()?).unwrap_or(u32::MAX)),
                "--callers" => {
                    said.load.callers = usize::try_from(number()?).unwrap_or(usize::MAX).clamp(1, CALLERS_MAX)
                }
                "--pause" => said.load.pause = ms(number()?),
                "--slow" => said.load.slow = ms(number()?),
                _ => return Err(format!("`{option}` is unknown: {USAGE}")),
            }
        }
        Ok(said)
    }
}

#[expect(clippy::print_stdout, reason = "the program's own words")]
fn say(text: &str) {
    println!("{text}");
}
