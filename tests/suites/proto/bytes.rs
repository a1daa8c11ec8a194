//! Bytes of messages by their descriptors: at random, and those of a value in the other ways that protobuf allows.

use std::collections::{BTreeMap, BTreeSet};

use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

use super::dice::Dice;

/// Below this, nothing is drawn any more.
const DEPTH_MAX: usize = 12;

/// What the messages of a descriptor set are made of.
pub(crate) struct Shapes<'s> {
    /// By the name that a field has for its type: `.kitchen.v2.Dish`.
    messages: BTreeMap<String, &'s DescriptorProto>,
}

/// A field as it stands in the bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Field {
    number: u32,
    payload: Payload,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Payload {
    Varint(u64),
    Eight([u8; 8]),
    Len(Vec<u8>),
    Four([u8; 4]),
    /// An unknown field of the kind that only ever is skipped.
    Group(Vec<Field>),
}

impl<'s> Shapes<'s> {
    pub(crate) fn of(set: &'s FileDescriptorSet) -> Shapes<'s> {
        let mut messages = BTreeMap::new();
        for file in &set.file {
            for message in &file.message_type {
                let name = format!(".{}.{}", file.package(), message.name());
                messages.extend(message.nested_type.iter().map(|entry| (format!("{name}.{}", entry.name()), entry)));
                messages.insert(name, message);
            }
        }
        Shapes { messages }
    }

    fn message(&self, name: &str) -> &'s DescriptorProto {
        self.messages[name]
    }

    /// Other bytes of the same value. Fields and their parts stand in another order, messages and packed lists come in pieces,
    /// what is replaced later or nobody knows stands between, zeros are written out, and varints are longer than they need be.
    pub(crate) fn written_otherwise(&self, message: &str, bytes: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
        self.otherwise(self.message(&format!(".{message}")), bytes, dice)
    }

    fn otherwise(&self, message: &DescriptorProto, bytes: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
        let mut fields = Vec::new();
        for field in &message.field {
            let own = parse(bytes).into_iter().filter(|it| it.number == number(field)).collect::<Vec<_>>();
            if own.is_empty() && is_plain(field) && dice.once_in(3) {
                fields.push(Field { number: number(field), payload: zero(field) });
            }
            for it in own {
                self.field_otherwise(field, it, dice, &mut fields);
            }
        }
        fields.extend(unknown(message, dice));
        shuffle(message, &mut fields, dice);
        write(&fields, dice)
    }

    fn field_otherwise(&self, field: &FieldDescriptorProto, it: Field, dice: &mut Dice<'_>, out: &mut Vec<Field>) {
        let number = it.number;
        let mut push = |payload| out.push(Field { number, payload });
        match (it.payload, field.r#type()) {
            (Payload::Len(inner), Type::Message) => {
                let inner = self.otherwise(self.message(field.type_name()), &inner, dice);
                if is_list(field) {
                    // An entry of a map may come again; an item of a list would be another one.
                    let again = self.is_map(field) && dice.once_in(4);
                    (0..=usize::from(again)).for_each(|_| push(Payload::Len(inner.clone())));
                    return;
                }
                let mut first = parse(&inner);
                let second = first.split_off(dice.below(first.len() as u64 + 1) as usize);
                if dice.once_in(2) {
                    push(Payload::Len(write(&first, dice)));
                    push(Payload::Len(write(&second, dice)));
                } else {
                    push(Payload::Len(inner));
                }
            }
            (Payload::Len(packed), ty) if is_list(field) && is_number(ty) => {
                let mut items = unpack(&packed, ty);
                while !items.is_empty() {
                    let rest = items.split_off((1 + dice.below(3) as usize).min(items.len()));
                    match items.as_slice() {
                        [one] if dice.once_in(2) => push(one.clone()),
                        // A packed list of nothing is one as well.
                        _ if dice.once_in(4) => {
                            push(Payload::Len(Vec::new()));
                            push(pack(&items, dice));
                        }
                        _ => push(pack(&items, dice)),
                    }
                    items = rest;
                }
            }
            (payload, ty) => {
                if !is_list(field) && dice.once_in(3) {
                    // The last one holds.
                    push(self.payload(field, dice, &[]));
                    debug_assert!(ty != Type::Message, "those are merged");
                }
                push(payload);
            }
        }
    }

    /// Bytes of a message at random, of which most are a value of protobuf's.
    pub(crate) fn random(&self, message: &str, dice: &mut Dice<'_>) -> Vec<u8> {
        let mut bytes = self.drawn(&format!(".{message}"), dice, &[]);
        if dice.once_in(5) {
            damage(&mut bytes, dice);
        }
        bytes
    }

    /// `above` are the messages that it stands in.
    fn drawn(&self, name: &str, dice: &mut Dice<'_>, above: &[&str]) -> Vec<u8> {
        // What is too deep ends as if there were nothing to draw from.
        let mut none = Dice::new(&[]);
        let dice = if above.len() > DEPTH_MAX { &mut none } else { dice };
        let message = self.message(name);
        let above = [above, &[name]].concat();
        let mut fields = Vec::new();
        let cases = message.field.iter().filter(|field| is_case(field)).map(number).collect::<Vec<_>>();
        let chosen = (!cases.is_empty()).then(|| *dice.one_of(&cases));
        for field in &message.field {
            let count = match (is_case(field), is_list(field)) {
                (true, _) if chosen != Some(number(field)) => u64::from(dice.once_in(40)),
                (_, true) => dice.below(4),
                // It comes back to what it stands in, so it may be absent.
                (false, _) if above.contains(&field.type_name()) => dice.below(2),
                // Few are missing, else nothing would ever be whole.
                _ => [1, 1, 1, 1, 1, 1, 1, 2][dice.below(8) as usize] - u64::from(dice.once_in(60)),
            };
            for _ in 0..count {
                let payload = self.payload(field, dice, &above);
                fields.push(Field { number: number(field), payload });
            }
        }
        fields.extend(unknown(message, dice));
        shuffle(message, &mut fields, dice);
        write(&fields, dice)
    }

    fn payload(&self, field: &FieldDescriptorProto, dice: &mut Dice<'_>, above: &[&str]) -> Payload {
        match field.r#type() {
            Type::Message => Payload::Len(self.drawn(field.type_name(), dice, above)),
            ty if is_list(field) && is_number(ty) && dice.once_in(2) => {
                let items = dice.many(|dice| scalar(ty, dice));
                pack(&items, dice)
            }
            ty => scalar(ty, dice),
        }
    }

    /// What tells one value from another: fields and maps sorted, nothing unknown, and no negative zero where prost takes it
    /// for the usual one.
    pub(crate) fn plainest(&self, message: &str, bytes: &[u8]) -> Vec<u8> {
        self.plain(self.message(&format!(".{message}")), bytes)
    }

    fn plain(&self, message: &DescriptorProto, bytes: &[u8]) -> Vec<u8> {
        let mut all = parse(bytes);
        let mut out = Vec::new();
        for field in &message.field {
            let is_message = field.r#type() == Type::Message;
            let mut own = all.extract_if(.., |it| it.number == number(field)).map(|it| it.payload).collect::<Vec<_>>();
            for payload in &mut own {
                if let (Payload::Len(inner), true) = (&mut *payload, is_message) {
                    *inner = self.plain(self.message(field.type_name()), inner);
                }
            }
            if is_message && self.is_map(field) {
                own.sort();
            }
            own.retain(|payload| !(is_plain(field) && payload.is_negative_zero()));
            let own = own.into_iter().map(|payload| Field { number: number(field), payload });
            own.for_each(|it| write_field(&it, &mut Dice::new(&[]), &mut out));
        }
        out
    }

    fn is_map(&self, field: &FieldDescriptorProto) -> bool {
        self.message(field.type_name()).options.as_ref().is_some_and(|options| options.map_entry())
    }
}

/// Changes a byte, adds one or leaves out the rest.
pub(crate) fn damage(bytes: &mut Vec<u8>, dice: &mut Dice<'_>) {
    if bytes.is_empty() {
        return;
    }
    let index = dice.below(bytes.len() as u64) as usize;
    match dice.below(4) {
        0 => bytes[index] = dice.byte(),
        1 => bytes[index] ^= 1 << dice.below(8),
        2 => bytes.insert(index, dice.byte()),
        _ => bytes.truncate(index),
    }
}

impl Payload {
    fn is_negative_zero(&self) -> bool {
        *self == Payload::Eight((-0.0_f64).to_le_bytes()) || *self == Payload::Four((-0.0_f32).to_le_bytes())
    }
}

fn number(field: &FieldDescriptorProto) -> u32 {
    field.number() as u32
}

fn is_list(field: &FieldDescriptorProto) -> bool {
    field.label() == Label::Repeated
}

fn is_case(field: &FieldDescriptorProto) -> bool {
    field.oneof_index.is_some() && !field.proto3_optional()
}

fn is_number(ty: Type) -> bool {
    !matches!(ty, Type::Message | Type::String | Type::Bytes)
}

/// Whether zero and its absence are the same. No enum of ours is: the zero of protobuf's is no member.
fn is_plain(field: &FieldDescriptorProto) -> bool {
    !is_list(field) && field.oneof_index.is_none() && !matches!(field.r#type(), Type::Message | Type::Enum)
}

fn zero(field: &FieldDescriptorProto) -> Payload {
    match field.r#type() {
        Type::Double => Payload::Eight([0; 8]),
        Type::Float => Payload::Four([0; 4]),
        Type::String | Type::Bytes => Payload::Len(Vec::new()),
        _ => Payload::Varint(0),
    }
}

fn scalar(ty: Type, dice: &mut Dice<'_>) -> Payload {
    match ty {
        Type::Double => Payload::Eight(dice.float().to_le_bytes()),
        Type::Float => Payload::Four((dice.float() as f32).to_le_bytes()),
        Type::String => Payload::Len(text(dice).into_bytes()),
        Type::Bytes if dice.below(2) == 0 => Payload::Len(vec![7; 16]),
        Type::Bytes => Payload::Len(dice.many(Dice::byte)),
        // Mostly one that is listed.
        Type::Enum if dice.below(20) > 0 => Payload::Varint(1 + dice.below(2)),
        _ => Payload::Varint(dice.integer()),
    }
}

/// A text that may be what the contract wants; no descriptor tells.
fn text(dice: &mut Dice<'_>) -> String {
    const FORMS: &[&str] = &[
        "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01",
        "6F2C1F8E3D0F4F9C9C370D9F5B1F9A01",
        "12.50",
        "-0.0",
        "1e3",
        "2026-01-31",
        "13:45:00",
        "both",
        "note",
    ];
    if dice.once_in(4) { dice.text() } else { (*dice.one_of(FORMS)).to_owned() }
}

/// Fields that the message does not have. Low numbers are left to types that the descriptors know nothing of.
fn unknown(message: &DescriptorProto, dice: &mut Dice<'_>) -> Vec<Field> {
    let known: BTreeSet<u32> = message.field.iter().map(number).collect();
    let mut fields = Vec::new();
    while dice.once_in(4) {
        fields.push(Field { number: 100 + dice.integer() as u32 % 1_000_000, payload: any(dice, 2) });
    }
    fields.retain(|field| !known.contains(&field.number));
    fields
}

fn any(dice: &mut Dice<'_>, depth: u32) -> Payload {
    match dice.below(if depth == 0 { 4 } else { 5 }) {
        0 => Payload::Varint(dice.integer()),
        1 => Payload::Eight(dice.integer().to_le_bytes()),
        2 => Payload::Len(dice.many(Dice::byte)),
        3 => Payload::Four((dice.integer() as u32).to_le_bytes()),
        _ => {
            Payload::Group(dice.many(|dice| Field { number: 1 + dice.below(50) as u32, payload: any(dice, depth - 1) }))
        }
    }
}

/// Another order, in which those of one field keep theirs. Of cases the last holds, so they keep it among each other.
fn shuffle(message: &DescriptorProto, fields: &mut [Field], dice: &mut Dice<'_>) {
    let cases: BTreeSet<u32> = message.field.iter().filter(|field| is_case(field)).map(number).collect();
    for _ in 0..fields.len() {
        let at = dice.below(fields.len() as u64) as usize;
        if let Some([one, other]) = fields.get_mut(at..at + 2) {
            let both_cases = cases.contains(&one.number) && cases.contains(&other.number);
            if one.number != other.number && !both_cases {
                std::mem::swap(one, other);
            }
        }
    }
}

fn parse(mut bytes: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (number, wire_type) = decode_key(&mut bytes).expect("our own bytes");
        fields.push(Field { number, payload: read(&mut bytes, number, wire_type) });
    }
    fields
}

fn read(bytes: &mut &[u8], number: u32, wire_type: WireType) -> Payload {
    match wire_type {
        WireType::Varint => Payload::Varint(decode_varint(bytes).expect("our own bytes")),
        WireType::SixtyFourBit => Payload::Eight(take(bytes, 8).try_into().expect("so many")),
        WireType::LengthDelimited => {
            let length = decode_varint(bytes).expect("our own bytes");
            Payload::Len(take(bytes, length as usize).to_vec())
        }
        WireType::ThirtyTwoBit => Payload::Four(take(bytes, 4).try_into().expect("so many")),
        WireType::StartGroup => {
            let mut fields = Vec::new();
            loop {
                match decode_key(bytes).expect("our own bytes") {
                    (end, WireType::EndGroup) if end == number => return Payload::Group(fields),
                    (number, wire_type) => fields.push(Field { number, payload: read(bytes, number, wire_type) }),
                }
            }
        }
        WireType::EndGroup => panic!("a group of our own has a start"),
    }
}

fn take<'b>(bytes: &mut &'b [u8], count: usize) -> &'b [u8] {
    bytes.split_off(..count).expect("our own bytes")
}

fn unpack(mut packed: &[u8], ty: Type) -> Vec<Payload> {
    let wire_type = match ty {
        Type::Double => WireType::SixtyFourBit,
        Type::Float => WireType::ThirtyTwoBit,
        _ => WireType::Varint,
    };
    let mut items = Vec::new();
    while !packed.is_empty() {
        items.push(read(&mut packed, 0, wire_type));
    }
    items
}

fn pack(items: &[Payload], dice: &mut Dice<'_>) -> Payload {
    let mut packed = Vec::new();
    items.iter().for_each(|item| write_payload(0, item, dice, &mut packed));
    Payload::Len(packed)
}

fn write(fields: &[Field], dice: &mut Dice<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    fields.iter().for_each(|field| write_field(field, dice, &mut out));
    out
}

fn write_field(field: &Field, dice: &mut Dice<'_>, out: &mut Vec<u8>) {
    let wire_type = match &field.payload {
        Payload::Varint(_) => WireType::Varint,
        Payload::Eight(_) => WireType::SixtyFourBit,
        Payload::Len(_) => WireType::LengthDelimited,
        Payload::Four(_) => WireType::ThirtyTwoBit,
        Payload::Group(_) => WireType::StartGroup,
    };
    encode_key(field.number, wire_type, out);
    write_payload(field.number, &field.payload, dice, out);
}

fn write_payload(number: u32, payload: &Payload, dice: &mut Dice<'_>, out: &mut Vec<u8>) {
    match payload {
        Payload::Varint(value) => varint(*value, dice, out),
        Payload::Eight(bytes) => out.extend_from_slice(bytes),
        Payload::Four(bytes) => out.extend_from_slice(bytes),
        Payload::Len(bytes) => {
            varint(bytes.len() as u64, dice, out);
            out.extend_from_slice(bytes);
        }
        Payload::Group(fields) => {
            fields.iter().for_each(|field| write_field(field, dice, out));
            encode_key(number, WireType::EndGroup, out);
        }
    }
}

/// A varint, now and then a byte longer than it need be.
fn varint(value: u64, dice: &mut Dice<'_>, out: &mut Vec<u8>) {
    encode_varint(value, out);
    let is_short = value < 1 << 56;
    if is_short && dice.once_in(20) {
        *out.last_mut().expect("a varint has a byte") |= 0x80;
        out.push(0);
    }
}
