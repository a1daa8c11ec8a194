//! The same bytes as prost writes, and the same answers to what anybody else may write.

use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message as _;
use wireloom::{Bytes, wire};

use crate::dice::Dice;
use crate::{kinds, peer, shop};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_write_the_same_bytes_and_read_them_back(entropy in vec(any::<u8>(), 0..800)) {
        let value = Dice::new(&entropy).kinds();
        let theirs = peer::Kinds::from(value.clone()).encode_to_vec();
        let ours = wire::encode_to_vec(&value);
        prop_assert_eq!(&ours, &theirs);
        let back = wire::decode::<kinds::Kinds>(&Bytes::from(theirs), wire::DEPTH_MAX);
        prop_assert_eq!(back, Ok(value));
    }

    #[test]
    fn what_stands_in_another_order_reads_the_same(entropy in vec(any::<u8>(), 0..800)) {
        let value = Dice::new(&entropy).kinds();
        // A piece of the last field before all others: empty, so that merging it changes nothing.
        let bytes = [b"\x92\x02\x00", &wire::encode_to_vec(&value)[..]].concat();
        let back = wire::decode::<kinds::Kinds>(&Bytes::from(bytes), wire::DEPTH_MAX);
        prop_assert_eq!(back, Ok(value));
    }

    #[test]
    fn both_refuse_the_same_of_damaged_bytes(
        entropy in vec(any::<u8>(), 0..500),
        damages in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4), 1..6),
    ) {
        let mut bytes = wire::encode_to_vec(&Dice::new(&entropy).kinds());
        for (place, byte, kind) in damages {
            let index = place.index(bytes.len());
            match kind {
                0 => bytes[index] = byte,
                1 => bytes[index] ^= 1 << (byte % 8),
                2 => bytes.insert(index, byte),
                _ if bytes.len() > 1 => drop(bytes.remove(index)),
                _ => {}
            }
        }
        peer::judge(&Bytes::from(bytes));
    }

    #[test]
    fn two_messages_in_one_merge_alike(one in vec(any::<u8>(), 0..400), other in vec(any::<u8>(), 0..400)) {
        let mut bytes = wire::encode_to_vec(&Dice::new(&one).kinds());
        wire::encode(&Dice::new(&other).kinds(), &mut bytes);
        peer::judge(&Bytes::from(bytes));
    }

    #[test]
    fn any_bytes_are_judged_alike(bytes in vec(any::<u8>(), 0..40)) {
        peer::judge(&Bytes::from(bytes));
    }
}

#[test]
fn a_message_is_appended_to_what_is_there() {
    let mut out = bytes::BytesMut::from(&b"head"[..]);
    wire::encode(&shop::InvoiceRef { number: "7".into() }, &mut out);
    assert_eq!(out, &b"head\x0a\x017"[..]);
}

#[test]
fn bytes_are_slices_of_the_input() {
    let value = Dice::new(&[]).kinds();
    let input = Bytes::from(wire::encode_to_vec(&kinds::Kinds { blob: Bytes::from_static(b"blob"), ..value }));
    let blob = wire::decode::<kinds::Kinds>(&input, wire::DEPTH_MAX).expect("our own bytes").blob;
    assert!(input.as_ptr_range().contains(&blob.as_ptr()));
}

#[test]
fn an_order_costs_no_more_allocations_than_it_holds() {
    let order = shop::sample();
    let mut out = bytes::BytesMut::with_capacity(1024);
    wire::encode(&order, &mut out);
    let encoding = allocation_counter::measure(|| {
        out.clear();
        wire::encode(&order, &mut out);
    });
    assert_eq!(encoding.count_total, 0, "the thread's buffer is there by now");
    let input = out.freeze();
    let decoding = allocation_counter::measure(|| drop(wire::decode::<shop::Order>(&input, wire::DEPTH_MAX)));
    let clone = allocation_counter::measure(|| drop(order.clone()));
    assert_eq!((decoding.count_total, clone.count_total), (26, 26));
    // A field that a newer contract has costs nothing.
    let newer = Bytes::from([&input, &b"\x50\x01"[..]].concat());
    let decoding = allocation_counter::measure(|| drop(wire::decode::<shop::Order>(&newer, wire::DEPTH_MAX)));
    assert_eq!(decoding.count_total, clone.count_total);
}
