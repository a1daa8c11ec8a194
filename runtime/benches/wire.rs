//! Encoding and decoding an order with eight lines: our codec against prost with a conversion to the same types.
//!
//! `cargo bench -p wireloom --bench wire`. Thread CPU time, medians of batches that take turns; allocations are exact.

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
use shop::{Card, Line, Money, Order, OrderId, Payment, Sku, Status};
use wireloom::{Bytes, Uuid, wire};

const BATCHES: usize = 300;
const CALLS: u32 = 100;

/// A way that is measured: its name and one call of it.
type Way<'a> = (&'static str, Box<dyn FnMut() + 'a>);

fn main() {
    let order = order();
    let input = Bytes::from(wire::encode_to_vec(&order));
    let message = peer::Order::from(order.clone());
    assert_eq!(input, message.encode_to_vec());
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
            "decode: prost with conversion",
            Box::new(|| {
                let message = peer::Order::decode(black_box(&input).clone()).expect("an order");
                drop(black_box(Order::try_from(message).expect("an order")));
            }),
        ),
        (
            "decode: prost alone, unchecked",
            Box::new(|| drop(black_box(peer::Order::decode(black_box(&input).clone()).expect("an order")))),
        ),
    ];
    report(ways, input.len());
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
    println!("an order with eight lines, {size} bytes\n{:40} {:>8} {:>8} {:>12}", "", "median", "least", "allocations");
    for ((name, call), mut times) in ways.into_iter().zip(times) {
        times.sort_unstable();
        let allocations = allocation_counter::measure(call).count_total;
        println!("{name:40} {:>5} ns {:>5} ns {allocations:>12}", times[times.len() / 2], times[0]);
    }
}

fn thread_nanos() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

fn order() -> Order {
    let line = |index: u32| Line {
        sku: Sku(format!("TEA-{index}")),
        quantity: index * 3 + 1,
        price: Money { amount: format!("{index}.50").parse().expect("a decimal"), currency: "EUR".into() },
    };
    Order {
        id: OrderId(Uuid::from_u128(0x6f2c_1f8e_3d0f_4f9c_9c37_0d9f_5b1f_9a01)),
        customer: Uuid::from_u128(0x0192_8c1f_8e3d_7f4f_9c9c_370d_9f5b_1f9a),
        lines: (0..8).map(line).collect(),
        total: Money { amount: "128.00".parse().expect("a decimal"), currency: "EUR".into() },
        payment: Payment::Card(Card { token: "tok_8f3a9b2c".into(), last4: "4242".into() }),
        status: Status::Placed,
        note: Some("ring twice".into()),
        tags: [("channel", "web"), ("campaign", "autumn")].map(|(key, value)| (key.into(), value.into())).into(),
        placed_at: "2026-03-01T12:34:56.789Z".parse().expect("a timestamp"),
    }
}
