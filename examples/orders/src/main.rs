//! Serves the shop over every wire of its contract and says what to try.

use orders::contract::shop::orders::OrdersServer;
use orders::telemetry::Telemetry;
use orders::{Arguments, Shop, places};
use wireloom::Server;
use wireloom::messaging::Bus;
use wireloom::policy::Policies;

const TRY: &str = r#"
Orders are at 127.0.0.1:8080 (REST below /v1/orders, gRPC, WebSocket at /v1/orders/live) and, over native RPC, at 127.0.0.1:8081.
Try, in another terminal:

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

  # gRPC tells what there is by itself
  grpcurl -plaintext 127.0.0.1:8080 describe shop.orders.v1.Orders
  grpcurl -plaintext -d '{"page": {}}' 127.0.0.1:8080 shop.orders.v1.Orders/find

With `--features nats`, `--broker nats://127.0.0.1:4222` emits to NATS, and what is published there on payments.settled
({"order": ID, "amount": "7.00"}) pays an order; with `--idempotency nats://127.0.0.1:4222` an order is placed once, whichever of several
replicas the call comes to.

With `--features tls`, `--cert server.pem --key server.key` secures both ports; `--ca clients-ca.pem` lets in who has a certificate of it. An
address may be a socket, `unix:/run/orders.sock`; `--origin https://shop.example` lets pages of there call.
With `--features otel`, `--otlp http://127.0.0.1:4317` sends spans to a collector of OpenTelemetry.
What the environment says of policies holds above the contract: WIRELOOM_POLICY='limit = false'.

Or let the typed client run the tour over every wire: cargo run -p orders --bin tour
Ctrl-C stops.
"#;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let said = Arguments::read(std::env::args().skip(1)).map_err(std::io::Error::other)?;
    let _telemetry = Telemetry::install("orders", &said.otlp).map_err(std::io::Error::other)?;
    let policies = Policies::from_env().map_err(std::io::Error::other)?;
    let bus = Bus::connect(&said.broker).await.map_err(std::io::Error::other)?;
    let orders = OrdersServer::new(Shop::new(&bus));
    let server = Server::new().serve(orders).policies(&policies).metrics("/metrics").broker(&bus);
    let server = places::replicated(places::furnished(server, &said), &said).await?;
    let server = server.bind(said.http.as_str()).await?;
    say(&TRY.replace("127.0.0.1:8080", &said.http).replace("127.0.0.1:8081", &said.native));
    server.run().await
}

#[expect(clippy::print_stdout, reason = "the program's own words")]
fn say(text: &str) {
    println!("{text}");
}
