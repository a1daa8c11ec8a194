//! Any message of the contracts: our type of it and prost's read bytes alike, be they any or made by its descriptor.
#![no_main]
#![allow(dead_code, reason = "the target shares the modules of a test suite")]

#[path = "../../suites/proto/bytes.rs"]
mod bytes;
#[path = "../../suites/proto/dice.rs"]
mod dice;
#[path = "../../suites/proto/hand.rs"]
mod hand;
#[path = "../../suites/proto/judge.rs"]
mod judge;
#[path = "../../suites/proto/messages.rs"]
mod messages;

use std::sync::LazyLock;

use bytes::Shapes;
use dice::Dice;
use messages::Message;
use prost::Message as _;
use prost_types::FileDescriptorSet;

static SET: LazyLock<FileDescriptorSet> = LazyLock::new(|| {
    let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    FileDescriptorSet::decode(&bytes[..]).expect("it is protobuf")
});
static SHAPES: LazyLock<Shapes<'static>> = LazyLock::new(|| Shapes::of(&SET));
static MESSAGES: LazyLock<Vec<Message>> = LazyLock::new(messages::messages);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let [message, by_descriptor, input @ ..] = input else { return };
    let message = &MESSAGES[usize::from(*message) % MESSAGES.len()];
    let drawn = (by_descriptor % 2 == 1).then(|| SHAPES.random(message.name, &mut Dice::new(input)));
    judge::judge(&SHAPES, message, drawn.as_deref().unwrap_or(input));
});
