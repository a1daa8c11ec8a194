//! Types of other shapes than the contract states.

extern crate wireloom_tests as wireloom;

use wireloom::{Validate, Wire};

mod contract {
    wireloom::include_contract!("geo.loom", wires = [rpc]);
}

#[derive(Clone, Debug, PartialEq, Wire, Validate)]
#[wire(json)]
struct Geo {
    latitude: f32,
    #[wire(rename = "long")]
    longitude: f64,
    #[wire(number = 4)]
    source: Option<String>,
    more: bool,
}

/// Called otherwise.
#[derive(Clone, Debug, PartialEq, Wire, Validate)]
#[wire(json)]
struct Mark {
    #[wire(json = "lat")]
    latitude: f64,
}

/// Absent where the contract has null.
#[derive(Clone, Debug, PartialEq, Wire, Validate)]
#[wire(json)]
struct Note {
    text: Option<String>,
}

/// Null where the contract has nothing.
#[derive(Clone, Debug, PartialEq, Wire, Validate)]
#[wire(json)]
struct Label {
    #[wire(nullable)]
    text: Option<String>,
}

/// More than is stated.
#[derive(Clone, Debug, PartialEq, Wire, Validate)]
#[wire(json)]
struct Pair {
    one: f64,
    other: f64,
}

/// Without a derive.
struct Plain {
    text: String,
}

/// No record.
#[derive(Clone, Debug, PartialEq, Wire, Validate)]
#[wire(json)]
struct Name(String);

fn main() {}
