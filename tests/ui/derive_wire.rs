//! Types that cannot travel, each for a reason of its own.

extern crate wireloom_tests as wireloom;

use std::collections::HashMap;

use wireloom::Wire;
use wireloom::serde::Deserialize;

#[derive(Wire)]
union Either {
    left: u32,
    right: f32,
}

#[derive(Wire)]
struct Numbers {
    #[wire(number = 0)]
    zero: u32,
    #[wire(number = 19000)]
    reserved: u32,
    #[wire(number = 3)]
    three: u32,
    #[wire(number = 3)]
    again: u32,
    #[wire(number = 536870912)]
    large: u32,
}

#[derive(Wire)]
struct Borrowed<'a> {
    text: &'a str,
}

#[derive(Wire)]
struct Unordered {
    by_name: HashMap<String, u32>,
    #[wire(nummer = 2)]
    typo: u32,
    #[wire(default)]
    optional: Option<u32>,
    #[wire(nullable)]
    required: u32,
    #[wire(unknown)]
    field: u32,
    #[wire(rename = "required")]
    twice: u32,
    #[wire(rename = "first", json = "last")]
    second: u32,
    first: u32,
}

#[derive(Wire)]
struct Tuple(u32, u32);

#[derive(Wire)]
struct Unit;

#[derive(Wire)]
enum Nothing {}

#[derive(Wire)]
enum Cases {
    Two(u32, u32),
    Named { a: u32 },
    #[wire(number = 20, skip)]
    Skipped(u32),
    #[wire(unknown)]
    Unknown(String),
}

#[derive(Wire)]
#[wire(xml)]
struct Form {
    a: u32,
}

#[derive(Wire)]
struct Newtype(#[wire(skip, default, numbr = 3)] i32);

#[derive(Wire)]
#[wire(oneof)]
struct Record {
    a: u32,
}

#[derive(Wire)]
enum Carrying {
    One(#[wire(number = 3)] u32),
}

#[derive(Wire)]
struct Kept {
    a: u32,
    #[wire(skip, number = 3)]
    b: u32,
}

/// Names that serde has once for writing and once for reading.
#[derive(Wire, Deserialize)]
#[serde(crate = "wireloom::serde", rename_all(serialize = "camelCase"))]
struct Split {
    #[serde(rename(serialize = "one", deserialize = "other"))]
    a: u32,
}

fn main() {}
