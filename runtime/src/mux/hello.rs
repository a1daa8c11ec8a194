//! The hello: what each side takes, and the server's operations with their numbers.

use std::sync::Arc;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use super::close::Close;
use super::limits::MuxLimits;
use crate::facts::{OperationFacts, Shape};

/// What stands in a hello where other frames have an operation: `LW`.
pub(super) const MAGIC: u16 = u16::from_le_bytes(*b"LW");

/// The version of the protocol.
pub(super) const VERSION: u32 = 1;

/// The operations that a server serves, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    entries: Vec<TableEntry>,
    hash: u64,
}

/// One operation of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableEntry {
    /// `shop.orders.Orders/place`
    pub name: String,
    /// How many messages go each way.
    pub shape: Shape,
}

impl Table {
    /// The table of these operations; what is beyond 65,535 has no number and is left out.
    pub fn new<'f>(operations: impl IntoIterator<Item = &'f OperationFacts>) -> Table {
        let of = |facts: &OperationFacts| TableEntry { name: facts.to_string(), shape: facts.shape };
        Table::of_entries(operations.into_iter().take(usize::from(u16::MAX)).map(of).collect())
    }

    /// The table of these entries.
    pub fn of_entries(entries: Vec<TableEntry>) -> Table {
        let mut table = Table { entries, hash: 0 };
        let mut list = BytesMut::new();
        table.put_list(&mut list);
        table.hash = fnv1a(&list);
        table
    }

    /// The operation of that number.
    pub fn get(&self, number: u16) -> Option<&TableEntry> {
        self.entries.get(usize::from(number))
    }

    /// The number of the operation with that name.
    pub fn number(&self, name: &str) -> Option<u16> {
        u16::try_from(self.entries.iter().position(|entry| entry.name == name)?).ok()
    }

    /// A number that is another one when the table is.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    fn put_list(&self, out: &mut BytesMut) {
        for entry in &self.entries {
            let name = &entry.name.as_bytes()[..entry.name.len().min(usize::from(u16::MAX))];
            out.put_u8(shape_number(entry.shape));
            out.put_u16_le(name.len() as u16);
            out.extend_from_slice(name);
        }
    }

    /// Its operations, in the order of their numbers.
    pub fn entries(&self) -> &[TableEntry] {
        &self.entries
    }

    /// The part of a hello that only servers have.
    fn put(&self, out: &mut BytesMut) {
        out.put_u64_le(self.hash);
        out.put_u16_le(self.entries.len() as u16);
        self.put_list(out);
    }

    fn take(body: &mut Bytes) -> Result<Table, Close> {
        let hash = body.try_get_u64_le().map_err(|_| Close::Malformed)?;
        let count = body.try_get_u16_le().map_err(|_| Close::Malformed)?;
        let entries = (0..count).map(|_| take_entry(body)).collect::<Result<Vec<_>, Close>>()?;
        let table = Table::of_entries(entries);
        // A list that is not the one that was hashed has been damaged on the way.
        if table.hash == hash { Ok(table) } else { Err(Close::Malformed) }
    }
}

fn take_entry(body: &mut Bytes) -> Result<TableEntry, Close> {
    let shape = body.try_get_u8().ok().and_then(shape_numbered).ok_or(Close::Malformed)?;
    let bytes = usize::from(body.try_get_u16_le().map_err(|_| Close::Malformed)?);
    if body.len() < bytes {
        return Err(Close::Malformed);
    }
    let name = String::from_utf8(body.split_to(bytes).to_vec()).map_err(|_| Close::Malformed)?;
    Ok(TableEntry { name, shape })
}

/// What a hello says.
#[derive(Clone, Debug)]
pub struct Hello {
    /// What its sender takes.
    pub limits: PeerLimits,
    /// The operations of a server.
    pub table: Option<Arc<Table>>,
}

impl Hello {
    /// Writes it in the binary form.
    pub(super) fn put(&self, out: &mut BytesMut) {
        self.limits.put(out);
        if let Some(table) = &self.table {
            table.put(out);
        }
    }

    /// Reads it in the binary form.
    pub(super) fn take(mut body: Bytes, from_server: bool) -> Result<Hello, Close> {
        let limits = PeerLimits::take(&mut body)?;
        let table = if from_server { Some(Table::take(&mut body)?.into()) } else { None };
        Ok(Hello { limits, table })
    }
}

/// What a peer takes, as its hello says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerLimits {
    /// Bytes of one message.
    pub message_bytes_max: u32,
    /// Bytes of a call's metadata.
    pub metadata_bytes_max: u32,
    /// Calls at once.
    pub streams_max: u32,
    /// Items of a stream before it gives more credit.
    pub window: u32,
}

impl PeerLimits {
    /// What these limits let a peer do.
    pub(super) fn of(limits: &MuxLimits) -> PeerLimits {
        PeerLimits {
            message_bytes_max: limits.message_bytes_max,
            metadata_bytes_max: limits.metadata_bytes_max,
            streams_max: limits.streams_max,
            window: limits.window,
        }
    }

    fn put(&self, out: &mut BytesMut) {
        out.put_u32_le(self.message_bytes_max);
        out.put_u32_le(self.metadata_bytes_max);
        out.put_u32_le(self.streams_max);
        out.put_u32_le(self.window);
    }

    fn take(body: &mut Bytes) -> Result<PeerLimits, Close> {
        let mut next = || body.try_get_u32_le().map_err(|_| Close::Malformed);
        Ok(PeerLimits {
            message_bytes_max: next()?,
            metadata_bytes_max: next()?,
            streams_max: next()?,
            window: next()?,
        })
    }
}

const SHAPES: [Shape; 5] = [Shape::Unary, Shape::Oneway, Shape::ServerStream, Shape::ClientStream, Shape::Duplex];

fn shape_number(shape: Shape) -> u8 {
    match shape {
        Shape::Unary => 0,
        Shape::Oneway => 1,
        Shape::ServerStream => 2,
        Shape::ClientStream => 3,
        Shape::Duplex => 4,
    }
}

fn shape_numbered(number: u8) -> Option<Shape> {
    SHAPES.get(usize::from(number)).copied()
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
