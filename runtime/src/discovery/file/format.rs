//! What may stand in a file of endpoints, and what is said of what may not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use toml::Spanned;

use crate::discovery::snapshot::{INSTANCES_MAX, Instance, WEIGHT_MAX};
use crate::discovery::url;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    scheme: Option<String>,
    // Not optional: a file that was cut off is no file that says that there is nobody.
    endpoints: Vec<Spanned<Entry>>,
}

/// An address alone, or with what else is known.
enum Entry {
    Address(String),
    Table(Table),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    address: Spanned<String>,
    weight: Option<Spanned<i64>>,
    host: Option<String>,
    zone: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// What is wrong, and where.
struct Wrong(Range<usize>, String);

/// The instances of a file; else what is wrong, behind `:line:column`.
pub(super) fn parse(text: &str, scheme: &str) -> Result<Vec<Instance>, String> {
    let told = |Wrong(span, what)| format!("{}: {what}", place(text, span.start));
    let written: Written = toml::from_str(text)
        .map_err(|error| told(Wrong(error.span().unwrap_or_default(), error.message().to_owned())))?;
    if written.endpoints.len() > INSTANCES_MAX {
        return Err(format!(": more than {INSTANCES_MAX} endpoints"));
    }
    let scheme = written.scheme.as_deref().unwrap_or(scheme);
    let mut seen = BTreeSet::new();
    let mut instances = Vec::new();
    for entry in written.endpoints {
        let span = entry.span();
        let instance = instance(entry, scheme).map_err(told)?;
        if !seen.insert(instance.endpoint.clone()) {
            return Err(told(Wrong(span, format!("`{}` is said twice", instance.endpoint))));
        }
        instances.push(instance);
    }
    Ok(instances)
}

fn instance(entry: Spanned<Entry>, scheme: &str) -> Result<Instance, Wrong> {
    let span = entry.span();
    let Table { address, weight, host, zone, metadata } = match entry.into_inner() {
        Entry::Address(address) => Table {
            address: Spanned::new(span.clone(), address),
            weight: None,
            host: None,
            zone: None,
            metadata: BTreeMap::new(),
        },
        Entry::Table(table) => table,
    };
    let endpoint = url::endpoint(address.as_ref(), scheme).map_err(|error| Wrong(address.span(), error.to_string()))?;
    let weight = match weight {
        None => 1,
        Some(weight) => match u32::try_from(*weight.as_ref()) {
            Ok(light @ 1..=WEIGHT_MAX) => light,
            _ => return Err(Wrong(weight.span(), format!("a weight is from 1 to {WEIGHT_MAX}"))),
        },
    };
    let known = Instance { host, zone, metadata, ..Instance::new(endpoint).weighing(weight) };
    known.bounded().map_err(|what| Wrong(span, what))
}

/// Line and column, counted from 1, the column in characters.
fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(":{line}:{column}")
}

// Not `untagged`, which would say of everything that it is neither.
impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entry, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address such as \"10.0.0.1:8080\", or a table with one")
            }

            fn visit_str<E>(self, address: &str) -> Result<Entry, E> {
                Ok(Entry::Address(address.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(map)).map(Entry::Table)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match parse(text, "http") {
            Ok(instances) => instances
                .iter()
                .map(|it| format!("{}*{}{}", it.endpoint, it.weight, it.zone.as_deref().unwrap_or_default()))
                .collect::<Vec<_>>()
                .join(" "),
            Err(wrong) => wrong,
        }
    }

    #[test]
    fn addresses_and_tables_may_stand_beside_each_other() {
        let text = r#"endpoints = ["10.0.0.1:80", { address = "rpc://10.0.0.2:81", weight = 3, zone = "a" }]"#;
        assert_eq!(read(text), "http://10.0.0.1:80/*1 rpc://10.0.0.2:81/*3a");
        assert_eq!(
            read("scheme = 'rpc'\n[[endpoints]]\naddress = 'a:1'\n[[endpoints]]\naddress = 'b:2'"),
            "rpc://a:1/*1 rpc://b:2/*1"
        );
        assert_eq!(read("endpoints = []"), "");
        let text = "[[endpoints]]\naddress = 'a:1'\nhost = 'a.internal'\nmetadata = { rack = '7' }";
        let found = parse(text, "http").unwrap().remove(0);
        assert_eq!((found.host.as_deref(), found.metadata["rack"].as_str()), (Some("a.internal"), "7"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, wrong) in [
            ("", ":1:1: missing field `endpoints`"),
            (
                "endpoints = [\n  \"a:1\",\n  \"no address\",\n]",
                ":3:3: `no address` is no address such as 10.0.0.1:8080",
            ),
            ("endpoints = [\n  { address = \"a:1\", weight = 0 },\n]", ":2:31: a weight is from 1 to 65535"),
            (
                "endpoints = [\n  { address = \"a:1\", weight = \"3\" },\n]",
                ":2:31: invalid type: string \"3\", expected i64",
            ),
            (
                "endpoints = [\n  { adress = \"a:1\" },\n]",
                ":2:5: unknown field `adress`, expected one of `address`, `weight`, `host`, `zone`, `metadata`",
            ),
            ("endpoints = [\"a:1\",\n \"a:1\"]", ":2:2: `http://a:1/` is said twice"),
            (
                "endpoints = [7]",
                ":1:14: invalid type: integer `7`, expected an address such as \"10.0.0.1:8080\", or a table with one",
            ),
            ("endpoints = [\"ä:1\", \"a:1\"", ":1:26: unclosed array, expected `]`"),
            ("endpoint = []", ":1:1: unknown field `endpoint`, expected `scheme` or `endpoints`"),
        ] {
            assert_eq!(read(text), wrong, "{text}");
        }
    }

    #[test]
    fn texts_are_bounded() {
        let text = format!("endpoints = [{{ address = \"a:1\", zone = \"{}\" }}]", "z".repeat(2000));
        assert_eq!(read(&text), ":1:14: a text of 2000 bytes, 1024 may be");
    }
}
