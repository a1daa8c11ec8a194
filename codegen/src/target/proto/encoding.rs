//! protobuf's wire format, as far as descriptors need it: whoever compiles contracts compiles this, and no more.

/// A message that is being written, its fields in the order of the calls.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    bytes: Vec<u8>,
}

/// How a payload is framed: the low bits of a tag.
const VARINT: u64 = 0;
const LEN: u64 = 2;

impl Encoder {
    /// A number or bool.
    pub(super) fn number(&mut self, field: u32, value: u64) {
        self.varint(u64::from(field) << 3 | VARINT);
        self.varint(value);
    }

    /// A flag, where it is set.
    pub(super) fn flag(&mut self, field: u32, value: bool) {
        if value {
            self.number(field, 1);
        }
    }

    /// A text.
    pub(super) fn text(&mut self, field: u32, text: &str) {
        self.payload(field, text.as_bytes());
    }

    /// A message, written by `write`.
    pub(super) fn message(&mut self, field: u32, write: impl FnOnce(&mut Encoder)) {
        let mut inner = Encoder::default();
        write(&mut inner);
        self.payload(field, &inner.bytes);
    }

    /// What is written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn payload(&mut self, field: u32, payload: &[u8]) {
        self.varint(u64::from(field) << 3 | LEN);
        self.varint(payload.len() as u64);
        self.bytes.extend_from_slice(payload);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_framed() {
        let mut out = Encoder::default();
        out.number(1, 300);
        out.flag(2, false);
        out.message(17, |inner| inner.text(2, "x"));
        assert_eq!(out.into_bytes(), b"\x08\xac\x02\x8a\x01\x03\x12\x01x");
    }
}
