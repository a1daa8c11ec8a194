//! What is refused, in which words; and what is taken though a stricter reader would not.

use wireloom::wire::{Reader, Value, Writer, decode, encode_to_vec};
use wireloom::{Bytes, Json, Timestamp, Unrecognized, Wire};

use crate::dice::Dice;
use crate::kinds::{Kinds, Scalar};
use crate::shop::{Line, Order, Payment, Status};

/// A message of fields given in ascending order, as a peer may write it.
#[derive(Default)]
struct Peer {
    bytes: Vec<u8>,
}

impl Peer {
    fn raw(mut self, bytes: &[u8]) -> Peer {
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn with<T: Value>(self, number: u32, value: &T) -> Peer {
        struct One<'a, T>(u32, &'a T);
        impl<T: Value> Wire for One<'_, T> {
            fn put(&self, out: &mut Writer) {
                out.value(self.0, self.1);
            }
            fn get(_: &mut Reader<'_>) -> Option<Self> {
                None
            }
        }
        self.raw(&encode_to_vec(&One(number, value)))
    }

    fn message(self, number: u32, below: Peer) -> Peer {
        self.with(number, &Bytes::from(below.bytes))
    }

    fn reads<T: Wire>(self) -> Result<T, String> {
        decode(&Bytes::from(self.bytes), 64).map_err(|found| found.to_string())
    }

    fn refused<T: Wire + std::fmt::Debug>(self) -> String {
        self.reads::<T>().unwrap_err()
    }
}

fn peer() -> Peer {
    Peer::default()
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn money() -> Peer {
    peer().with(1, &text("1.50")).with(2, &text("EUR"))
}

fn line() -> Peer {
    peer().with(1, &text("TEA-1")).message(3, money())
}

#[test]
fn everything_missing_is_told_at_once_with_its_path() {
    let order = peer().message(3, line()).message(3, peer().with(2, &3_u32).message(3, peer())).message(5, peer());
    assert_eq!(
        order.refused::<Order>(),
        "id: missing; customer: missing; lines[1].sku: missing; lines[1].price.amount: missing; total: missing; \
         payment: must have one of card, invoice, cash; placed_at: missing"
    );
}

#[test]
fn what_does_not_fit_is_told_with_its_path() {
    let kinds = Kinds { value: Scalar::Nothing, ..Dice::new(&[]).kinds() };
    let with =
        |number, value: &str| Peer { bytes: encode_to_vec(&kinds) }.with(number, &text(value)).refused::<Kinds>();
    assert_eq!(with(9, "31.1.2026"), "day: must be a date (2026-01-31)");
    assert_eq!(with(10, "noon"), "hour: must be a time (13:45:00)");
    assert_eq!(with(13, "short"), "binary: must be the sixteen bytes of a uuid");
    assert_eq!(with(20, "x"), "keys[0]: must be a uuid");
    let with = |below: Peer| Peer { bytes: encode_to_vec(&kinds) }.raw(&below.bytes).refused::<Kinds>();
    assert_eq!(with(peer().with(12, &7_i32)), "priority: must be one of low, high, not number 7");
    let price = |amount: &str| {
        peer().with(1, &text("6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01")).message(2, peer().with(1, &text(amount)))
    };
    assert_eq!(
        with(peer().message(23, price("1.50")).message(23, price("much"))),
        r#"prices["6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01"].amount: must be a decimal number"#
    );
    assert_eq!(with(peer().message(23, peer())), r#"prices: must be a uuid; prices.amount: missing"#);
    assert_eq!(with(peer().message(34, peer().with(5, &text("x")))), "value.id: must be a uuid");
    let nanos = peer().with(2, &1_000_000_000_i32);
    assert_eq!(with(peer().message(8, nanos)), "until: must be a duration whose seconds and nanoseconds have one sign");
    let null = |names: &[&str]| names.iter().fold(peer(), |mask, name| mask.with(1, &text(name)));
    assert_eq!(
        with(peer().message(18_999, null(&["memo", "flag", "later", "order"]))),
        "flag: must not be null; order: must not be null"
    );
    let seconds = peer().with(1, &i64::MAX);
    assert_eq!(
        with(peer().message(24, peer().message(2, seconds))),
        r#"moments["false"]: must be a timestamp between the years -9999 and 9999"#
    );
    assert_eq!(with(peer().message(11, peer().with(2, &f64::NAN))), "content: must be a finite number");
}

#[test]
fn malformed_bytes_are_one_violation_with_its_path() {
    let order = |below: Peer| peer().message(3, line()).message(3, below).refused::<Order>();
    assert_eq!(order(peer().raw(b"\x0a\x05TEA")), "lines[1]: malformed protobuf: field 1 ends early");
    assert_eq!(order(peer().raw(b"\x0a\x01\xff")), "lines[1].sku: malformed protobuf: text that is not UTF-8");
    assert_eq!(
        order(peer().raw(b"\x12\x01\x01")),
        "lines[1].quantity: malformed protobuf: must be a varint, not a length-delimited field"
    );
    assert_eq!(order(peer().raw(b"\x00")), "lines[1]: malformed protobuf: the message has an invalid tag");
    assert_eq!(
        order(peer().raw(b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")),
        "lines[1]: malformed protobuf: field 2 has a varint of more than 64 bits"
    );
    assert_eq!(
        peer().with(15, &Bytes::from_static(b"\x01\xff")).refused::<Kinds>(),
        "counts: malformed protobuf: a packed list ends early"
    );
}

#[test]
fn a_hostile_length_reserves_nothing() {
    let bytes = peer().raw(b"\x1a\xff\xff\xff\xff\x0f").refused::<Order>();
    assert_eq!(bytes, "malformed protobuf: field 3 ends early");
    assert_eq!(
        peer().raw(b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").refused::<Order>(),
        "malformed protobuf: field 3 ends early"
    );
    let empties = Bytes::from([0x1a, 0x00].repeat(500_000));
    let mut found = String::new();
    let used = allocation_counter::measure(|| found = decode::<Order>(&empties, 64).unwrap_err().to_string());
    assert!(
        found.starts_with("id: missing; customer: missing; lines[0].sku: missing; lines[0].price: missing"),
        "{found}"
    );
    assert!(used.bytes_max < 256 * 1024, "{used:?}");
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| {
        let inner = Kinds { value: Scalar::Nothing, ..Dice::new(&[]).kinds() };
        (0..levels).fold(inner, |below, _| Kinds { below: Some(Box::new(below)), ..Dice::new(&[]).kinds() })
    };
    let read = |levels| decode::<Kinds>(&Bytes::from(encode_to_vec(&nested(levels))), 64);
    assert!(read(62).is_ok(), "the deepest holds a union with an empty message, 64 levels down");
    let found = read(63).unwrap_err().to_string();
    assert!(found.ends_with("below.value.nothing: is nested too deep"), "{found}");

    let json = |levels| {
        (0..levels).fold(Json::Null, |below, level| {
            if level % 2 == 0 { Json::Array(vec![below]) } else { serde_json::json!({ "a": below }) }
        })
    };
    let read = |levels| decode::<Json>(&Bytes::from(encode_to_vec(&json(levels))), 64);
    assert_eq!(read(63), Ok(json(63)));
    assert!(read(65).unwrap_err().to_string().ends_with("is nested too deep"));
    let groups = peer().raw(&[0x0b; 1_000_000]).refused::<Order>();
    assert_eq!(groups, "malformed protobuf: field 1 has groups nested too deep");
}

#[test]
fn unknown_fields_are_skipped_whatever_their_type() {
    let unknown = b"\x90\x03\x01\x99\x03abcdefgh\xa2\x03\x03abc\xad\x03abcd\xb3\x03\x08\x01\xbb\x03\xbc\x03\xb4\x03";
    let line: Line = peer().raw(unknown).raw(&line().bytes).raw(unknown).reads().expect("a line");
    assert_eq!(line.sku.0, "TEA-1");
}

#[test]
fn the_highest_number_there_is_may_be_absent() {
    #[derive(Debug, PartialEq)]
    struct Far(Option<u32>, Vec<u32>);
    impl Wire for Far {
        fn put(&self, out: &mut Writer) {
            out.list(536_870_911, &self.1);
            out.optional(536_870_910, self.0.as_ref());
        }
        fn get(from: &mut Reader<'_>) -> Option<Far> {
            from.fields(&[536_870_910, 536_870_911]);
            let (value, list) = (from.optional(536_870_910, "value"), from.list(536_870_911, "list"));
            Some(Far(value?, list?))
        }
    }
    for far in [Far(None, vec![]), Far(Some(7), vec![]), Far(None, vec![1, 300]), Far(Some(7), vec![1])] {
        assert_eq!(Peer { bytes: encode_to_vec(&far) }.reads(), Ok(far));
    }
}

#[test]
fn a_message_that_comes_twice_is_merged() {
    let line: Line = peer()
        .message(3, peer().with(1, &text("1.50")).with(2, &text("USD")))
        .with(1, &text("OLD"))
        .message(3, peer())
        .with(1, &text("TEA-1"))
        .message(3, peer().with(2, &text("EUR")))
        .reads()
        .expect("a line");
    assert_eq!((line.sku.0.as_str(), line.price.amount.to_string().as_str()), ("TEA-1", "1.50"));
    assert_eq!(line.price.currency, "EUR");
    // A field may not begin in one piece and end in the next.
    let torn = peer().with(1, &text("TEA-1")).message(3, peer().raw(b"\x0a\x04")).message(3, peer().raw(b"1.50"));
    assert_eq!(torn.refused::<Line>(), "price: malformed protobuf: field 1 ends early");
}

#[test]
fn the_last_case_of_a_union_holds_and_merges_only_with_itself() {
    let card = |number, value: &str| peer().with(number, &text(value));
    let merged: Payment = peer().message(1, card(1, "t")).message(1, card(2, "4242")).reads().expect("a payment");
    assert!(matches!(&merged, Payment::Card(it) if it.token == "t" && it.last4 == "4242"), "{merged:?}");
    let anew: Payment =
        peer().message(1, card(1, "t")).message(3, peer()).message(1, card(2, "4242")).reads().expect("a payment");
    assert!(matches!(&anew, Payment::Card(it) if it.token.is_empty() && it.last4 == "4242"), "{anew:?}");
    let replaced = peer().message(3, line().raw(b"\x0a")).with(2, &5_i64);
    assert_eq!(replaced.refused::<Scalar>(), "line: malformed protobuf: field 1 ends early");
    let replaced: Scalar = peer().message(3, peer()).with(5, &text("x")).with(2, &5_i64).reads().expect("a scalar");
    assert_eq!(replaced, Scalar::Number(5), "what was replaced need only be well-formed");
}

#[test]
fn what_a_newer_peer_sends_is_kept_and_sent_on() {
    let case = peer().message(9, peer().with(1, &text("iban"))).bytes;
    let payment: Payment = Peer { bytes: case.clone() }.reads().expect("an open union");
    assert!(matches!(&payment, Payment::Unknown(it) if it.name() == "9"), "{payment:?}");
    assert_eq!(encode_to_vec(&payment), case);
    assert_eq!(peer().message(9, peer()).refused::<Scalar>(), "must have one of text, number, line, list, id, nothing");
    let list: Vec<Status> = peer().with(1, &Bytes::from_static(b"\x07\x01")).with(1, &-1_i32).reads().expect("open");
    let unknown = |number| Status::Unknown(Unrecognized::Number(number));
    assert_eq!(list, [unknown(7), Status::Placed, unknown(-1)], "packed and not, in one list");
}

#[test]
fn instants_before_1970_count_their_nanoseconds_forward() {
    let moment: Timestamp = "1969-12-31T23:59:58.75Z".parse().expect("a timestamp");
    let bytes = encode_to_vec(&moment);
    assert_eq!(bytes, peer().with(1, &-2_i64).with(2, &750_000_000_i32).bytes);
    assert_eq!(decode(&Bytes::from(bytes), 64), Ok(moment));
}
