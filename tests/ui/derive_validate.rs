//! Constraints that are none.

extern crate wireloom_tests as wireloom;

use wireloom::Validate;

#[derive(Validate)]
struct Order {
    #[validate(length(1..80))]
    open: String,
    #[validate(length(..))]
    unbound: String,
    #[validate(length = 80)]
    no_range: String,
    #[validate(matches = "[a-")]
    pattern: String,
    #[validate(format = "phone")]
    format: String,
    #[validate(multiple_of = 0)]
    zero: u32,
    #[validate(one_of())]
    none: u32,
    #[validate(even)]
    even: u32,
}

fn main() {}
