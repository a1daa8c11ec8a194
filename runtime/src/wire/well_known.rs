//! Values for which protobuf has messages of its own: `google.protobuf.Timestamp`, `Duration`, `Value`.

use std::collections::BTreeMap;

use serde_json::{Number, Value as Json};

use super::Wire;
use super::reader::Reader;
use super::union::Case;
use super::writer::Writer;

const NANOS: i32 = 1_000_000_000;

impl Wire for jiff::Timestamp {
    fn put(&self, out: &mut Writer) {
        // jiff counts both parts towards zero, protobuf the nanoseconds always forward.
        let (seconds, nanos) = (self.as_second(), self.subsec_nanosecond());
        let (seconds, nanos) = if nanos < 0 { (seconds - 1, nanos + NANOS) } else { (seconds, nanos) };
        out.plain(2, &nanos);
        out.plain(1, &seconds);
    }

    fn get(from: &mut Reader<'_>) -> Option<jiff::Timestamp> {
        let (seconds, nanos) = seconds_and_nanos(from)?;
        let timestamp = (0..NANOS).contains(&nanos).then(|| jiff::Timestamp::new(seconds, nanos).ok());
        timestamp.flatten().or_else(|| from.wrong("must be a timestamp between the years -9999 and 9999"))
    }
}

impl Wire for jiff::SignedDuration {
    fn put(&self, out: &mut Writer) {
        out.plain(2, &self.subsec_nanos());
        out.plain(1, &self.as_secs());
    }

    fn get(from: &mut Reader<'_>) -> Option<jiff::SignedDuration> {
        let (seconds, nanos) = seconds_and_nanos(from)?;
        let one_sign = seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0);
        if !one_sign || nanos <= -NANOS || nanos >= NANOS {
            return from.wrong("must be a duration whose seconds and nanoseconds have one sign");
        }
        Some(jiff::SignedDuration::new(seconds, nanos))
    }
}

fn seconds_and_nanos(from: &mut Reader<'_>) -> Option<(i64, i32)> {
    from.fields(&[1, 2]);
    let seconds = from.plain(1, "seconds");
    let nanos = from.plain(2, "nanos");
    Some((seconds?, nanos?))
}

const NULL: u32 = 1;
const NUMBER: u32 = 2;
const TEXT: u32 = 3;
const BOOL: u32 = 4;
const OBJECT: u32 = 5;
const ARRAY: u32 = 6;

/// `google.protobuf.Value`, whose `Struct` is a map and whose `ListValue` is a list as values of their own. Its numbers are doubles: integers beyond 2^53 lose digits, and a whole number reads as an integer.
impl Wire for Json {
    fn put(&self, out: &mut Writer) {
        match self {
            Json::Null => out.value(NULL, &0_i32),
            Json::Number(number) => out.value(NUMBER, &number.as_f64().unwrap_or_default()),
            Json::String(text) => out.value(TEXT, text),
            Json::Bool(value) => out.value(BOOL, value),
            Json::Object(members) => {
                let end = out.mark();
                members.iter().rev().for_each(|(key, value)| out.entry(1, key, value));
                out.close(OBJECT, end);
            }
            Json::Array(items) => out.value(ARRAY, items),
        }
    }

    fn get(from: &mut Reader<'_>) -> Option<Json> {
        const CASES: &[(u32, &str)] = &[
            (NULL, "null_value"),
            (NUMBER, "number_value"),
            (TEXT, "string_value"),
            (BOOL, "bool_value"),
            (OBJECT, "struct_value"),
            (ARRAY, "list_value"),
        ];
        from.union(CASES, |case| match case.number() {
            NULL => case.value::<i32>().map(|_| Json::Null),
            NUMBER => case.value().and_then(|number| json_number(number, &case)),
            TEXT => case.value().map(Json::String),
            BOOL => case.value().map(Json::Bool),
            OBJECT => case.value().map(|members: BTreeMap<String, Json>| members.into_iter().collect()),
            ARRAY => case.value().map(Json::Array),
            _ => case.none(),
        })
    }
}

fn json_number(number: f64, case: &Case<'_>) -> Option<Json> {
    const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= WHOLE_MAX {
        return Some(Json::from(number as i64));
    }
    match Number::from_f64(number) {
        Some(number) => Some(Json::Number(number)),
        None => case.wrong("must be a finite number"),
    }
}
