//! The allocation ratchet: what a call allocates may fall, not rise.
//!
//! `ratchet.toml` holds the figures. A change that raises one argues in its commit why, and raises the file; one that
//! lowers it lowers the file, so that the gain is kept.

use std::alloc::System;
use std::collections::BTreeMap;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use wireloom_bench::allocations;
use wireloom_bench::calls::Call;
use wireloom_bench::cases::Case;
use wireloom_bench::lean::{Http2, Native};
use wireloom_bench::peers::Peer;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test, for the count is of all threads.
#[test]
fn allocations_of_a_call_do_not_rise() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ratchet.toml");
    let allowed = read(&std::fs::read_to_string(path).unwrap());
    let measured = measure();
    let names = |figures: &BTreeMap<String, f64>| figures.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&allowed), names(&measured), "tests/ratchet.toml has exactly what is measured");
    let moved: Vec<String> = measured.iter().filter_map(|(name, &now)| told(name, allowed[name], now)).collect();
    assert!(moved.is_empty(), "allocations of a call:\n{}", moved.join("\n"));
}

fn measure() -> BTreeMap<String, f64> {
    let count = || {
        let stats = ALLOCATOR.stats();
        stats.allocations + stats.reallocations
    };
    let mut measured = BTreeMap::new();
    for case in Case::all() {
        let name = format!("rest_{}", case.name);
        measured.insert(name, allocations::of_request(Peer::Wireloom, case, count).unwrap());
    }
    measured.insert("local_echo".to_owned(), allocations::of_local_echo(count).unwrap());
    measured.insert("native_echo".to_owned(), allocations::of_native_echo(count).unwrap());
    for call in Call::all() {
        let (native, grpc) = (format!("native_{}_server", call.name), format!("grpc_{}_server", call.name));
        measured.insert(native, allocations::of_call::<Native>(&call, count).unwrap());
        measured.insert(grpc, allocations::of_call::<Http2>(&call, count).unwrap());
    }
    measured
}

fn told(name: &str, allowed: f64, now: f64) -> Option<String> {
    match now.total_cmp(&allowed) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => {
            Some(format!("{name} rose from {allowed} to {now}: what allocates more, and must it?"))
        }
        std::cmp::Ordering::Less => {
            Some(format!("{name} fell from {allowed} to {now}: write it into tests/ratchet.toml"))
        }
    }
}

/// The lines `name = number`.
fn read(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let figure = |line: &str| {
        let (name, number) = line.split_once('=').expect("a line is `name = number`");
        (name.trim().to_owned(), number.trim().parse().expect("a figure is a number"))
    };
    lines.map(figure).collect()
}
