//! The view as a `FileDescriptorSet`: what protoc makes of the `.proto`, but for comments.
//!
//! The numbers are those of the fields in `google/protobuf/descriptor.proto`.

use std::collections::BTreeSet;

use super::encoding::Encoder;
use crate::bind::proto::{
    Declared, Enum, Field, File, Flow, Idempotency, Kind, Label, Message, Method, Scalar, Service,
};

/// The set of these files.
pub(super) fn set<'f>(files: impl Iterator<Item = &'f File>) -> Vec<u8> {
    let mut out = Encoder::default();
    files.for_each(|it| out.message(1, |out| file(it, out)));
    out.into_bytes()
}

fn file(it: &File, out: &mut Encoder) {
    out.text(1, &it.path);
    out.text(2, &it.package);
    it.imports.iter().for_each(|path| out.text(3, path));
    for declared in &it.declared {
        match declared {
            Declared::Message(declared) => out.message(4, |out| message(declared, &it.package, out)),
            Declared::Enum(declared) => out.message(5, |out| enumeration(declared, out)),
        }
    }
    it.services.iter().for_each(|it| out.message(6, |out| service(it, out)));
    out.text(12, "proto3");
}

fn message(it: &Message, package: &str, out: &mut Encoder) {
    out.text(1, &it.name);
    let mut oneofs = Oneofs::of(it);
    for field in &it.fields {
        let oneof = oneofs.index(it, field);
        let entry =
            matches!(field.label, Label::Map(_)).then(|| format!(".{package}.{}.{}", it.name, field.entry_name()));
        out.message(2, |out| describe(field, entry, oneof, out));
    }
    for field in &it.fields {
        if let Label::Map(key) = field.label {
            out.message(3, |out| map_entry(field, key, out));
        }
    }
    oneofs.names.iter().for_each(|name| out.message(8, |out| out.text(1, name)));
}

/// The `oneof` of a union, or those that protobuf makes, one for each optional field.
struct Oneofs {
    names: Vec<String>,
    taken: BTreeSet<String>,
}

impl Oneofs {
    fn of(it: &Message) -> Oneofs {
        let taken = it.fields.iter().map(|field| field.name.clone()).chain(it.oneof.clone());
        Oneofs { names: it.oneof.iter().cloned().collect(), taken: taken.collect() }
    }

    /// Which of them the field belongs to.
    fn index(&mut self, it: &Message, field: &Field) -> Option<usize> {
        if it.oneof.is_some() {
            return Some(0);
        }
        if field.label != Label::Optional {
            return None;
        }
        // As protoc names them.
        let mut name = if field.name.starts_with('_') { field.name.clone() } else { format!("_{}", field.name) };
        while !self.taken.insert(name.clone()) {
            name.insert(0, 'X');
        }
        self.names.push(name);
        Some(self.names.len() - 1)
    }
}

const LABEL_OPTIONAL: u64 = 1;
const LABEL_REPEATED: u64 = 3;

fn describe(field: &Field, entry: Option<String>, oneof: Option<usize>, out: &mut Encoder) {
    let label = match field.label {
        Label::Plain | Label::Optional => LABEL_OPTIONAL,
        Label::Repeated | Label::Map(_) => LABEL_REPEATED,
    };
    out.text(1, &field.name);
    out.number(3, field.number.into());
    out.number(4, label);
    match entry {
        Some(entry) => named(TYPE_MESSAGE, &entry, out),
        None => kind(&field.kind, out),
    }
    if let Some(index) = oneof {
        out.number(9, index as u64);
    }
    out.text(10, &field.json_name());
    out.flag(17, field.label == Label::Optional);
}

fn map_entry(field: &Field, key: Scalar, out: &mut Encoder) {
    let part =
        |name: &str, number, kind: Kind| Field { name: name.to_owned(), docs: None, number, label: Label::Plain, kind };
    out.text(1, &field.entry_name());
    out.message(2, |out| describe(&part("key", 1, Kind::Scalar(key)), None, None, out));
    out.message(2, |out| describe(&part("value", 2, field.kind.clone()), None, None, out));
    // Its option `map_entry`.
    out.message(7, |out| out.flag(7, true));
}

const TYPE_MESSAGE: u64 = 11;
const TYPE_ENUM: u64 = 14;

fn kind(kind: &Kind, out: &mut Encoder) {
    match kind {
        Kind::Scalar(scalar) => out.number(5, scalar_type(*scalar)),
        Kind::Message(name) => named(TYPE_MESSAGE, &format!(".{name}"), out),
        Kind::Enum(name) => named(TYPE_ENUM, &format!(".{name}"), out),
    }
}

fn named(ty: u64, name: &str, out: &mut Encoder) {
    out.number(5, ty);
    out.text(6, name);
}

fn scalar_type(scalar: Scalar) -> u64 {
    match scalar {
        Scalar::Double => 1,
        Scalar::Float => 2,
        Scalar::Int64 => 3,
        Scalar::Uint64 => 4,
        Scalar::Int32 => 5,
        Scalar::Bool => 8,
        Scalar::String => 9,
        Scalar::Bytes => 12,
        Scalar::Uint32 => 13,
    }
}

fn enumeration(it: &Enum, out: &mut Encoder) {
    out.text(1, &it.name);
    for value in &it.values {
        out.message(2, |out| {
            out.text(1, &value.name);
            out.number(2, value.number.into());
        });
    }
}

fn service(it: &Service, out: &mut Encoder) {
    out.text(1, &it.name);
    it.methods.iter().for_each(|it| out.message(2, |out| method(it, out)));
}

fn method(it: &Method, out: &mut Encoder) {
    let message = |flow: &Flow| format!(".{}", flow.message);
    out.text(1, &it.name);
    out.text(2, &message(&it.input));
    out.text(3, &message(&it.output));
    if it.deprecated || it.idempotency.is_some() {
        out.message(4, |out| {
            out.flag(33, it.deprecated);
            match it.idempotency {
                Some(Idempotency::NoSideEffects) => out.number(34, 1),
                Some(Idempotency::Idempotent) => out.number(34, 2),
                None => {}
            }
        });
    }
    out.flag(5, it.input.streams);
    out.flag(6, it.output.streams);
}
