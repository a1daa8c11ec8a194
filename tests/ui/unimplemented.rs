//! A service that is served but not implemented.

use wireloom_tests::golden::shop::shop::orders::OrdersServer;

struct Shop;

fn main() {
    let _ = wireloom_tests::wireloom::Server::new().serve(OrdersServer::new(Shop));
}
