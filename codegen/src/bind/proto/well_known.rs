//! The files of protobuf's own that messages name types of, described like those of a contract.
//!
//! A descriptor set has to hold them, and this way it needs neither protoc nor a copy of its output. Only the types that the
//! codec writes are in them; those are whole.

use super::{Declared, Enum, EnumValue, Field, File, Kind, Label, Message, Scalar};

pub(super) const TIMESTAMP: WellKnown = WellKnown { file: "timestamp", name: "Timestamp" };
pub(super) const DURATION: WellKnown = WellKnown { file: "duration", name: "Duration" };
pub(super) const VALUE: WellKnown = WellKnown { file: "struct", name: "Value" };
pub(super) const EMPTY: WellKnown = WellKnown { file: "empty", name: "Empty" };
pub(super) const FIELD_MASK: WellKnown = WellKnown { file: "field_mask", name: "FieldMask" };

/// A message of protobuf's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct WellKnown {
    file: &'static str,
    name: &'static str,
}

impl WellKnown {
    /// The path of its file.
    pub(super) fn path(self) -> String {
        path(self.file)
    }

    /// `google.protobuf.Timestamp`
    pub(super) fn full_name(self) -> String {
        full_name(self.name)
    }
}

/// The files, by path.
pub fn well_known() -> Vec<File> {
    vec![
        file("duration", vec![seconds_and_nanos("Duration")]),
        file("empty", vec![message("Empty", Vec::new())]),
        file("field_mask", vec![field_mask()]),
        file("struct", json()),
        file("timestamp", vec![seconds_and_nanos("Timestamp")]),
    ]
}

fn path(file: &str) -> String {
    format!("google/protobuf/{file}.proto")
}

fn full_name(name: &str) -> String {
    format!("google.protobuf.{name}")
}

fn file(name: &str, declared: Vec<Declared>) -> File {
    File {
        path: path(name),
        package: "google.protobuf".to_owned(),
        docs: None,
        sources: Vec::new(),
        imports: Vec::new(),
        declared,
        services: Vec::new(),
    }
}

fn seconds_and_nanos(name: &str) -> Declared {
    let field = |name, number, scalar| field(name, number, Label::Plain, Kind::Scalar(scalar));
    message(name, vec![field("seconds", 1, Scalar::Int64), field("nanos", 2, Scalar::Int32)])
}

fn field_mask() -> Declared {
    message("FieldMask", vec![field("paths", 1, Label::Repeated, Kind::Scalar(Scalar::String))])
}

fn json() -> Vec<Declared> {
    let of = |name| Kind::Message(full_name(name));
    let case = |name, number, kind| field(name, number, Label::Plain, kind);
    let cases = vec![
        case("null_value", 1, Kind::Enum(full_name("NullValue"))),
        case("number_value", 2, Kind::Scalar(Scalar::Double)),
        case("string_value", 3, Kind::Scalar(Scalar::String)),
        case("bool_value", 4, Kind::Scalar(Scalar::Bool)),
        case("struct_value", 5, of("Struct")),
        case("list_value", 6, of("ListValue")),
    ];
    let null = EnumValue { name: "NULL_VALUE".to_owned(), docs: None, number: 0 };
    vec![
        message("Struct", vec![field("fields", 1, Label::Map(Scalar::String), of("Value"))]),
        Declared::Message(Message {
            name: "Value".to_owned(),
            docs: None,
            fields: cases,
            oneof: Some("kind".to_owned()),
        }),
        message("ListValue", vec![field("values", 1, Label::Repeated, of("Value"))]),
        Declared::Enum(Enum { name: "NullValue".to_owned(), docs: None, values: vec![null] }),
    ]
}

fn message(name: &str, fields: Vec<Field>) -> Declared {
    Declared::Message(Message { name: name.to_owned(), docs: None, fields, oneof: None })
}

fn field(name: &str, number: u32, label: Label, kind: Kind) -> Field {
    Field { name: name.to_owned(), docs: None, number, label, kind }
}
