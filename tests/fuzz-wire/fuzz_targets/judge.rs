//! Any bytes: prost and our decoder take the same for malformed, refuse the same values, and read the same.
#![no_main]
#![allow(dead_code, reason = "the two targets share the types of the tests")]

#[path = "../../../runtime/tests/wire/kinds.rs"]
mod kinds;
#[path = "../../../runtime/tests/wire/peer.rs"]
mod peer;
#[path = "../../../runtime/tests/wire/shop.rs"]
mod shop;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| peer::judge(&bytes::Bytes::copy_from_slice(bytes)));
