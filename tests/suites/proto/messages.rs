//! Every message of the contracts: our type of it and prost's, by the name that protobuf has for it.

use wireloom::serde::de::DeserializeOwned;
use wireloom::{Bytes, wire};

/// What prost and tonic make of our descriptors.
#[allow(warnings, clippy::all, reason = "it is not ours to style")]
pub(crate) mod theirs {
    include!(concat!(env!("OUT_DIR"), "/protobuf.rs"));
}

/// What we make of the contracts of odd names.
#[allow(clippy::all, dead_code, unreachable_pub, missing_docs, reason = "its types have no other use")]
mod names {
    include!(concat!(env!("OUT_DIR"), "/names.rs"));
}

/// What we make of the contracts of whole systems, on every wire.
#[allow(dead_code, unreachable_pub, reason = "its types have no other use")]
mod world {
    include!(concat!(env!("OUT_DIR"), "/world.rs"));
}

/// Our types, by the packages of the contracts.
mod ours {
    pub(super) use super::names::x;
    pub(super) use super::world::{bank, fleet, market};
    pub(super) use orders::contract::shop;
    pub(super) use wireloom_tests::golden::kitchen::kitchen;
    pub(super) use wireloom_tests::golden::probe::probe;
}

/// Bytes of the value that a JSON text is.
type Encode = fn(&[u8]) -> Vec<u8>;
/// Bytes that are read and written again.
type Again<E> = fn(&[u8]) -> Result<Vec<u8>, E>;

/// One message. Each of its functions is one door to both types of it.
pub(crate) struct Message {
    /// `kitchen.v2.Dish`
    pub(crate) name: &'static str,
    /// Ours, which must read as the same value again; none where the message is no type of the contract.
    pub(crate) encode: Option<Encode>,
    /// What we make of bytes.
    pub(crate) ours: Again<wireloom::Violations>,
    /// What prost makes of them.
    pub(crate) theirs: Again<prost::DecodeError>,
}

/// Deeper than prost goes, which counts in its own way.
const DEPTH_MAX: usize = 1000;

fn encode<T: wire::Value + PartialEq + DeserializeOwned>(json: &[u8]) -> Vec<u8> {
    let value: T = wireloom::json::decode(json, DEPTH_MAX)
        .unwrap_or_else(|found| panic!("{found}: {}", String::from_utf8_lossy(json)));
    let bytes = wire::encode_to_vec(&value);
    let back =
        wire::decode(&Bytes::from(bytes.clone()), DEPTH_MAX).unwrap_or_else(|found| panic!("{found}: {bytes:?}"));
    assert!(value == back, "what is read is not what was written: {}", String::from_utf8_lossy(json));
    bytes
}

fn ours<T: wire::Value>(bytes: &[u8]) -> Result<Vec<u8>, wireloom::Violations> {
    wire::decode::<T>(&Bytes::copy_from_slice(bytes), DEPTH_MAX).map(|value| wire::encode_to_vec(&value))
}

fn theirs<T: prost::Message + Default>(bytes: &[u8]) -> Result<Vec<u8>, prost::DecodeError> {
    T::decode(bytes).map(|message| message.encode_to_vec())
}

/// A message that is a type of ours.
pub(crate) fn message<O, T>(name: &'static str) -> Message
where
    O: wire::Value + PartialEq + DeserializeOwned,
    T: prost::Message + Default,
{
    Message { name, encode: Some(encode::<O>), ours: ours::<O>, theirs: theirs::<T> }
}

macro_rules! messages {
    ($($name:literal $ours:ty, $theirs:ty;)*) => {
        fn types() -> Vec<Message> {
            vec![$(message::<$ours, $theirs>($name)),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/messages.rs"));

macro_rules! alone {
    ($($package:ident::$version:ident { $($name:ident = $ours:ty;)* })*) => {
        /// Messages that no type of the contracts is: what stands alone, and containers.
        fn alone() -> Vec<Message> {
            vec![$($(Message {
                name: concat!(stringify!($package), ".", stringify!($version), ".", stringify!($name)),
                encode: None,
                ours: ours::<$ours>,
                theirs: theirs::<theirs::$package::$version::$name>,
            }),*),*]
        }
    };
}

type ByName<T> = std::collections::BTreeMap<String, T>;

alone! {
    kitchen::v2 {
        U64List = Vec<u64>;
        U64ListByString = ByName<Vec<u64>>;
        OptionalDuration = Option<wireloom::Duration>;
        ScalarsList = Vec<ours::kitchen::Scalars>;
        I64List = Vec<i64>;
        U32List = Vec<u32>;
        I64ByString = ByName<i64>;
        StringSet = std::collections::BTreeSet<String>;
        ToppingList = Vec<ours::kitchen::Topping>;
        StepDraftList = Vec<ours::kitchen::StepDraft>;
        TreesAnswer = Vec<ours::kitchen::Tree>;
        WideAnswer = i64;
        DishList = Vec<ours::kitchen::Dish>;
        FindAnswer = Option<Vec<ours::kitchen::Dish>>;
        BetweenAnswer = u64;
        UploadAnswer = u32;
        ChatRequest = String;
        ChatItem = String;
    }
    probe::v1 {
        ShapeList = Vec<ours::probe::Shape>;
        U64List = Vec<u64>;
        DoubleAnswer = u64;
        NegateAnswer = i64;
        SortAnswer = Vec<String>;
        FindAnswer = Option<ours::probe::Line>;
        LengthsAnswer = ByName<u64>;
        MoodAnswer = ours::probe::Mood;
        ReverseAnswer = Bytes;
        LettersAnswer = String;
        PageAnswer = Vec<String>;
        NotedAnswer = Vec<String>;
        WaitAnswer = String;
        PaidAnswer = u64;
        EvensItem = u64;
        TakeAnswer = u32;
        ShoutRequest = String;
        ShoutItem = String;
    }
}

/// All of them.
pub(crate) fn messages() -> Vec<Message> {
    let mut all = types();
    all.extend(alone());
    all.extend(super::hand::messages());
    all
}
