//! A service with an operation left out.

use wireloom_tests::wireloom::Context;
use wireloom_tests::golden::kitchen::kitchen::{Bar, BarLookFault, BarLookRequest};

struct Counter;

impl Bar for Counter {}

fn main() {
    let _ = (Counter, std::any::type_name::<(Context, BarLookRequest, BarLookFault)>());
}
