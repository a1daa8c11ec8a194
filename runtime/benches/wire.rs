//! Encoding and decoding an order with eight lines: our codec against prost with a conversion to the same types.
//!
//! `cargo bench -p wireloom --bench wire [-- 'decode: wireloom']`: thread CPU time, medians of batches that take turns.

#[path = "../tests/wire/kinds.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod kinds;
#[path = "../tests/wire/peer.rs"]
#[allow(dead_code, reason = "the judge is for the tests")]
mod peer;
#[path = "../tests/wire/shop.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod shop;

use std::hint::black_box;

use bytes::BytesMut;
use prost::Message as _;
use rustix::time::{ClockId, clock_gettime};
use shop::Order;
use wireloom::{Bytes, wire};

const BATCHES: usize = 300;
const CALLS: u32 = 100;

/// A way that is measured: its name and one call of it.
type Way<'a> = (&'static str, Box<dyn FnMut() + 'a>);

fn main() {
    let order = shop::sample();
    let input = Bytes::from(wire::encode_to_vec(&order));
    let message = peer::Order::from(order.clone());
    assert_eq!(input, message.encode_to_vec());
    // A piece of the last field before all others: empty, so that it is the same order.
    let another_order = Bytes::from([&b"\x4a\x00"[..], &input].concat());
    let (mut ours, mut theirs, mut bare) = (BytesMut::new(), BytesMut::new(), BytesMut::new());
    let ways: Vec<Way<'_>> = vec![
        ("encode: wireloom", {
            let order = &order;
            Box::new(move || {
                ours.clear();
                wire::encode(black_box(order), &mut ours);
            })
        }),
        ("encode: prost with conversion", {
            let order = &order;
            Box::new(move || {
                theirs.clear();
                // What is sent is still needed afterwards, hence the clone; its cost is told apart below.
                peer::Order::from(black_box(order).clone()).encode(&mut theirs).expect("room");
            })
        }),
        ("  of which the clone", Box::new(|| drop(black_box(black_box(&order).clone())))),
        ("encode: prost alone, of its own types", {
            let message = &message;
            Box::new(move || {
                bare.clear();
                black_box(message).encode(&mut bare).expect("room");
            })
        }),
        (
            "decode: wireloom",
            Box::new(|| drop(black_box(wire::decode::<Order>(black_box(&input), wire::DEPTH_MAX).expect("an order")))),
        ),
        (
            "decode: wireloom, in another order",
            Box::new(|| {
                drop(black_box(wire::decode::<Order>(black_box(&another_order), wire::DEPTH_MAX).expect("an order")));
            }),
        ),
        (
            "decode: prost with conversion",
            Box::new(|| {
                // An order has no `bytes`, which would be slices of `Bytes`: prost reads a plain slice a little faster.
                let message = peer::Order::decode(&black_box(&input)[..]).expect("an order");
                drop(black_box(Order::try_from(message).expect("an order")));
            }),
        ),
        (
            "decode: prost alone, unchecked",
            Box::new(|| drop(black_box(peer::Order::decode(&black_box(&input)[..]).expect("an order")))),
        ),
    ];
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    report(ways.into_iter().filter(|(name, _)| name.contains(&wanted)).collect(), input.len());
}

#[allow(clippy::print_stdout, reason = "the figures are what it is for")]
fn report(mut ways: Vec<Way<'_>>, size: usize) {
    let mut times = vec![Vec::with_capacity(BATCHES); ways.len()];
    for _ in 0..BATCHES {
        for ((_, call), times) in ways.iter_mut().zip(&mut times) {
            let start = thread_nanos();
            (0..CALLS).for_each(|_| call());
            times.push((thread_nanos() - start) / i64::from(CALLS));
        }
    }
    println!("an order with eight lines, {size} bytes\n{:40} {:>8} {:>8}", "", "median", "least");
    for ((name, _), mut times) in ways.into_iter().zip(times) {
        times.sort_unstable();
        println!("{name:40} {:>5} ns {:>5} ns", times[times.len() / 2], times[0]);
    }
}

fn thread_nanos() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
