//! Types written by hand that say what types of the contract do: the derives against generated code, with prost as the judge.
//!
//! Each is held against the message that the contract's own type of that name is held against.

use std::collections::{BTreeMap, BTreeSet};

use wireloom::{
    Bytes, Date, Decimal, Duration, IdempotencyKey, Json, Maybe, Time, Timestamp, UnknownCase, Unrecognized, Url, Uuid,
    Wire,
};

use super::messages::{Message, message, theirs};

#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
struct Scalars {
    a_bool: bool,
    an_i32: i32,
    a_u32: u32,
    an_i64: i64,
    plain_i64: i64,
    a_u64: u64,
    an_f32: f32,
    an_f64: f64,
    a_string: String,
    some_bytes: Bytes,
    a_uuid: Uuid,
    a_decimal: Decimal,
    a_url: Url,
    a_key: IdempotencyKey,
    a_timestamp: Timestamp,
    a_date: Date,
    a_time: Time,
    a_duration: Duration,
    a_json: Json,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Wire)]
#[wire(json)]
struct Code(String);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Wire)]
#[wire(json)]
enum Hue {
    Red,
    Green,
    #[wire(json = "BLUE")]
    Blue,
    Was,
    #[wire(rename = "unknown")]
    Listed,
    #[wire(unknown)]
    Other(Unrecognized),
}

#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
struct Money {
    amount: Decimal,
    currency: String,
}

#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
struct Containers {
    list: Vec<String>,
    numbers: Vec<i64>,
    deep: Vec<BTreeMap<String, Vec<u64>>>,
    blobs: BTreeMap<String, Bytes>,
    waits: Vec<Option<Duration>>,
    codes: BTreeSet<Code>,
    hues: BTreeSet<Hue>,
    by_id: BTreeMap<Uuid, Money>,
    by_count: BTreeMap<i32, bool>,
    by_flag: BTreeMap<bool, Vec<Scalars>>,
    by_hue: BTreeMap<Hue, u32>,
}

#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
struct Presences {
    required: String,
    optional: Option<String>,
    #[wire(nullable)]
    nullable: Option<String>,
    both: Maybe<i64>,
    optional_wide: Option<u64>,
    #[wire(nullable)]
    nullable_wide: Option<i64>,
    optional_record: Option<Money>,
    both_record: Maybe<Money>,
    optional_list: Option<Vec<i64>>,
}

#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
struct Cheese {
    name: String,
    fat: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
enum Topping {
    Cheese(Cheese),
    Grams(u64),
    Many(Vec<Topping>),
    None,
    #[wire(unknown)]
    Unknown(UnknownCase),
}

/// Generic, and numbered out of order.
#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
struct TreeOf<T> {
    #[wire(number = 4)]
    label: Option<T>,
    #[wire(number = 1)]
    value: i32,
    left: Option<Box<TreeOf<T>>>,
    right: Maybe<Box<TreeOf<T>>>,
}

#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
enum Label {
    Text(String),
    Tree(Box<TreeOf<Label>>),
    #[wire(unknown)]
    Unknown(UnknownCase),
}

/// Closed.
#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
enum Side {
    Salad(Salad),
    Soup(Soup),
}

#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
struct Salad {
    leaves: u32,
}

#[derive(Clone, Debug, PartialEq, Wire)]
#[wire(json)]
struct Soup {
    #[wire(default = "hot")]
    hot: bool,
    /// Nobody hears of it.
    #[wire(skip)]
    #[allow(dead_code, reason = "it does not travel")]
    tasted: u8,
}

fn hot() -> bool {
    true
}

/// All of them.
pub(crate) fn messages() -> Vec<Message> {
    type Theirs = theirs::kitchen::v2::Tree;
    vec![
        message::<Scalars, theirs::kitchen::v2::Scalars>("kitchen.v2.Scalars"),
        message::<Containers, theirs::kitchen::v2::Containers>("kitchen.v2.Containers"),
        message::<Presences, theirs::kitchen::v2::Presences>("kitchen.v2.Presences"),
        message::<Topping, theirs::kitchen::v2::Topping>("kitchen.v2.Topping"),
        message::<TreeOf<Label>, Theirs>("kitchen.v2.Tree"),
        message::<Label, theirs::kitchen::v2::Label>("kitchen.v2.Label"),
        message::<Side, theirs::kitchen::v2::Side>("kitchen.v2.Side"),
        message::<Soup, theirs::kitchen::v2::Soup>("kitchen.v2.Soup"),
    ]
}
