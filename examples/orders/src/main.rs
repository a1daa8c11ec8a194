//! Serves the shop on 127.0.0.1:8080 and says what to try.

use orders::Shop;
use orders::contract::shop::orders::OrdersServer;
use wireloom::Server;
use wireloom::messaging::Bus;

/// Where it serves and emits unless the arguments say otherwise: `127.0.0.1:8081 --broker nats://127.0.0.1:4222`.
const ADDRESS: &str = "127.0.0.1:8080";
const BROKER: &str = "memory://";

const TRY: &str = r#"
Orders at http://127.0.0.1:8080/v1/orders. Try, in another terminal:

  # place an order (run it twice: the key makes it one order)
  curl -i http://127.0.0.1:8080/v1/orders -H 'Idempotency-Key: k-1' -H 'Content-Type: application/json' -d '{
    "customer": "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01",
    "lines": [{"sku": "TEA-1", "quantity": 2, "price": {"amount": "3.50", "currency": "EUR"}}],
    "total": {"amount": "7.00", "currency": "EUR"}, "payment": "cash", "note": "ring twice"}'

  # two mistakes at once
  curl -i http://127.0.0.1:8080/v1/orders -H 'Idempotency-Key: k-2' -H 'Content-Type: application/json' -d '{
    "customer": "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01",
    "lines": [{"sku": "tea", "quantity": 0, "price": {"amount": "3.50", "currency": "EUR"}}],
    "total": {"amount": "7.00", "currency": "EUR"}, "payment": "cash"}'

  curl -i 'http://127.0.0.1:8080/v1/orders?status=placed&size=10'     # find
  curl -i http://127.0.0.1:8080/v1/orders/ID                          # get; ID is a uuid (404 with one nobody has)
  curl -i -X PATCH http://127.0.0.1:8080/v1/orders/ID -H 'Content-Type: application/json' -d '{"note": null}'
  curl -i -X DELETE http://127.0.0.1:8080/v1/orders/ID                # cancel
  curl -N http://127.0.0.1:8080/v1/orders/changes                     # follow changes

With `--features nats`, `--broker nats://127.0.0.1:4222` emits to NATS, and what is published there on payments.settled
({"order": ID, "amount": "7.00"}) pays an order.

Or let the typed client run the tour: cargo run -p orders --bin tour
Ctrl-C stops.
"#;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (address, broker) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--broker", broker] => (ADDRESS, broker),
        [address, "--broker", broker] => (address, broker),
        _ => (arguments.first().map_or(ADDRESS, String::as_str), BROKER),
    };
    let bus = Bus::connect(broker).await.map_err(std::io::Error::other)?;
    let server = Server::new().serve(OrdersServer::new(Shop::new(&bus))).broker(&bus).bind(address).await?;
    say(&TRY.replace(ADDRESS, address));
    server.run().await
}

#[expect(clippy::print_stdout, reason = "the program's own words")]
fn say(text: &str) {
    println!("{text}");
}
