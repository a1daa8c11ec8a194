//! Parts that are no values on the wire: rustc names the field.

extern crate wireloom_tests as wireloom;

use std::collections::BTreeMap;

use wireloom::Wire;

struct Opaque;

#[derive(Wire)]
struct Order {
    id: u32,
    opaque: Opaque,
}

#[derive(Wire)]
struct ByKey<K> {
    values: BTreeMap<K, u32>,
}

fn main() {}
