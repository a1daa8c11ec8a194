//! Our types and prost's of our descriptors, held against each other.

use std::cell::RefCell;
use std::collections::BTreeSet;

use prost::Message as _;
use prost_types::FileDescriptorSet;
use wireloom_codegen::load;
use wireloom_idl::Contract;
use wireloom_tests::root;

use super::bytes::{Shapes, damage};
use super::dice::{Dice, entropy};
use super::judge::judge;
use super::messages::{Message, messages};
use super::values::Values;

/// How many values of each message.
const ROUNDS: u64 = 100;

fn set() -> FileDescriptorSet {
    let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    FileDescriptorSet::decode(&bytes[..]).expect("it is protobuf")
}

fn contract() -> Contract {
    let folders: Vec<_> = env!("CONTRACTS").split(' ').map(|folder| root().join(folder)).collect();
    load::load(&folders, &[]).expect("they are there").lower().0
}

/// Runs a judge over many values of every type: given are the message, our bytes of the value, and dice.
fn over_values(judge: impl Fn(&Message, &[u8], &mut Dice<'_>)) {
    let (contract, set) = (contract(), set());
    let values = Values::new(&contract, &set);
    for message in messages() {
        let Some(encode) = message.encode else { continue };
        for seed in 0..ROUNDS {
            let entropy = entropy(seed);
            let mut dice = Dice::new(&entropy);
            let json = values.of_message(message.name, &mut dice).to_string();
            let bytes = encode(json.as_bytes());
            judge(&message, &bytes, &mut dice);
        }
    }
}

#[test]
fn every_message_is_judged() {
    let judged: BTreeSet<String> = messages().iter().map(|message| message.name.to_owned()).collect();
    for file in set().file.iter().filter(|file| ["kitchen.v2", "probe.v1"].contains(&file.package())) {
        for message in &file.message_type {
            let name = format!("{}.{}", file.package(), message.name());
            assert!(judged.contains(&name), "{name} is not judged");
        }
    }
}

#[test]
fn prost_writes_the_same_bytes_of_every_value() {
    over_values(|message, ours, _| {
        let theirs = (message.theirs)(ours).unwrap_or_else(|error| panic!("{}: {error}", message.name));
        assert_eq!(ours, theirs, "{}", message.name);
    });
}

#[test]
fn however_a_peer_may_write_a_value_it_is_read_as_the_same() {
    let set = set();
    let shapes = Shapes::of(&set);
    over_values(|message, canonical, dice| {
        let written = shapes.written_otherwise(message.name, canonical, dice);
        let theirs = (message.theirs)(&written).unwrap_or_else(|error| panic!("{}: {error}", message.name));
        assert_eq!(canonical, theirs, "{}: prost reads another value of {written:02x?}", message.name);
        let ours = (message.ours)(&written).unwrap_or_else(|found| panic!("{}: {found}: {written:02x?}", message.name));
        assert_eq!(canonical, ours, "{}: we read another value of {written:02x?}", message.name);
    });
}

#[test]
fn damaged_values_are_judged_alike() {
    let set = set();
    let shapes = Shapes::of(&set);
    let outcomes = RefCell::new([0; 3]);
    over_values(|message, canonical, dice| {
        let mut bytes = shapes.written_otherwise(message.name, canonical, dice);
        damage(&mut bytes, dice);
        outcomes.borrow_mut()[judge(&shapes, message, &bytes) as usize] += 1;
    });
    each_comes_about(outcomes.into_inner());
}

#[test]
fn bytes_made_by_descriptors_are_judged_alike() {
    let set = set();
    let shapes = Shapes::of(&set);
    let mut outcomes = [0; 3];
    for message in messages() {
        for seed in 0..ROUNDS {
            let entropy = entropy(seed);
            let bytes = shapes.random(message.name, &mut Dice::new(&entropy));
            outcomes[judge(&shapes, &message, &bytes) as usize] += 1;
        }
    }
    each_comes_about(outcomes);
}

/// Else the dice are of no use. The counts are by [`Outcome`](super::judge::Outcome).
fn each_comes_about(outcomes: [u64; 3]) {
    let all: u64 = outcomes.iter().sum();
    assert!(outcomes.iter().all(|count| *count > all / 50), "read, refused, malformed: {outcomes:?}");
}
