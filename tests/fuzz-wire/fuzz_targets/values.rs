//! Any value, written, then damaged at a few places: the bytes are prost's, and the damaged ones are judged alike.
#![no_main]
#![allow(dead_code, reason = "the two targets share the types of the tests")]

#[path = "../../../runtime/tests/wire/dice.rs"]
mod dice;
#[path = "../../../runtime/tests/wire/kinds.rs"]
mod kinds;
#[path = "../../../runtime/tests/wire/peer.rs"]
mod peer;
#[path = "../../../runtime/tests/wire/shop.rs"]
mod shop;

use prost::Message as _;
use wireloom::wire;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let (damages, entropy) = input.split_at(input.len().min(8));
    let value = dice::Dice::new(entropy).kinds();
    let mut bytes = wire::encode_to_vec(&value);
    assert_eq!(bytes, peer::Kinds::from(value).encode_to_vec());
    for damage in damages.chunks_exact(4) {
        let index = usize::from(u16::from_le_bytes([damage[0], damage[1]])) % bytes.len();
        match damage[2] % 3 {
            0 => bytes[index] = damage[3],
            1 => bytes.insert(index, damage[3]),
            _ => bytes[index] ^= damage[3],
        }
    }
    peer::judge(&bytes.into());
});
