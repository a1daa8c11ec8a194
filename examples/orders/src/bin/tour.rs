//! Runs the tour over REST, then in process: the same calls, the same answers.

use orders::contract::shop::orders::OrdersClient;
use orders::{Shop, tour};
use wireloom::Channel;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080".into());
    say(&format!("over REST, {address}"));
    tour::run(&OrdersClient::new(Channel::rest(&address)?), tell).await?;
    say("in process");
    tour::run(&OrdersClient::local(Shop::default()), tell).await?;
    Ok(())
}

fn tell(call: &str, answer: &str) {
    say(&format!("  {call:<16}{answer}"));
}

#[expect(clippy::print_stdout, reason = "the program's own words")]
fn say(text: &str) {
    println!("{text}");
}
