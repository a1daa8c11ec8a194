//! Types as other languages call and write them.

use super::Cursor;
use crate::syntax::lexer::TokenKind;

/// What a type of another language is called here; none where its name says nothing.
pub(crate) fn meant(name: &str) -> Option<&'static str> {
    let last = name.strip_prefix("google.protobuf.").unwrap_or(name);
    WORDS.iter().find(|(_, words)| words.contains(&last)).map(|(right, _)| *right)
}

/// Each built-in type with what it is called elsewhere; upper and lower case are told apart by those who ask first.
const WORDS: &[(&str, &[&str])] = &[
    ("bool", &["boolean", "Boolean", "Bool", "BoolValue", "bit"]),
    (
        "i32",
        &[
            "int",
            "Int",
            "integer",
            "Integer",
            "int32",
            "Int32",
            "sint32",
            "sfixed32",
            "i8",
            "i16",
            "int8",
            "int16",
            "short",
            "Short",
            "Int32Value",
        ],
    ),
    ("u32", &["uint", "uint32", "UInt32", "fixed32", "u8", "u16", "uint8", "uint16", "UInt32Value"]),
    ("i64", &["long", "Long", "int64", "Int64", "sint64", "sfixed64", "bigint", "BigInt", "Int64Value", "safeint"]),
    ("u64", &["uint64", "UInt64", "fixed64", "ulong", "usize", "UInt64Value"]),
    ("f32", &["float", "float32", "single", "FloatValue"]),
    ("f64", &["double", "Double", "float64", "Float", "number", "Number", "DoubleValue", "real"]),
    ("string", &["str", "String", "text", "Text", "varchar", "char", "ID", "StringValue"]),
    ("bytes", &["binary", "Binary", "blob", "Blob", "byte", "Bytes", "buffer", "Buffer", "BytesValue"]),
    (
        "timestamp",
        &[
            "datetime",
            "DateTime",
            "dateTime",
            "date_time",
            "Timestamp",
            "instant",
            "Instant",
            "utcDateTime",
            "offsetDateTime",
            "OffsetDateTime",
            "timestamptz",
        ],
    ),
    ("date", &["Date", "plainDate", "LocalDate", "localDate"]),
    ("time", &["Time", "plainTime", "LocalTime", "localTime"]),
    ("duration", &["Duration", "interval", "Interval", "TimeSpan", "timespan"]),
    ("uuid", &["UUID", "Uuid", "guid", "Guid", "GUID"]),
    ("decimal", &["Decimal", "decimal128", "BigDecimal", "bigDecimal", "numeric", "Numeric", "money"]),
    ("url", &["uri", "Uri", "URI", "Url", "URL"]),
    (
        "json",
        &[
            "any", "Any", "object", "Object", "unknown", "Unknown", "Struct", "Value", "JSON", "Json", "document",
            "Document", "dynamic", "mixed",
        ],
    ),
];

/// What says elsewhere that there is nothing.
pub(crate) const NOTHING: &[&str] =
    &["void", "Void", "Empty", "google.protobuf.Empty", "Unit", "unit", "null", "None", "undefined"];

/// A type of another language as it is written here.
pub(super) struct Written {
    pub(super) text: String,
    /// Whether it may be missing.
    pub(super) optional: bool,
    /// Whether it is written otherwise than here.
    pub(super) foreign: bool,
    /// Whether it is a number of eight bits, of which a list is bytes.
    is_byte: bool,
}

impl Written {
    /// As the type of a field.
    pub(super) fn of_field(&self) -> String {
        self.text.clone() + if self.optional { "?" } else { "" }
    }

    /// As it stands inside of a container.
    fn of_element(&self) -> String {
        self.text.clone() + if self.optional { " or null" } else { "" }
    }
}

const LISTS: &[&str] = &[
    "List",
    "list",
    "Array",
    "array",
    "Vec",
    "vec",
    "Seq",
    "seq",
    "Sequence",
    "sequence",
    "slice",
    "repeated",
    "ReadonlyArray",
];
const OPTIONALS: &[&str] = &["Option", "Optional", "optional", "option", "Maybe", "Nullable"];
const MAPS: &[&str] = &["Map", "HashMap", "BTreeMap", "Dict", "dict", "Record", "Dictionary"];
const SETS: &[&str] = &["Set", "HashSet", "BTreeSet"];
const STREAMS: &[&str] =
    &["stream", "Stream", "Flux", "Observable", "AsyncIterable", "AsyncIterator", "AsyncGenerator", "IAsyncEnumerable"];
const PATCHES: &[&str] = &["patch", "Patch", "Partial", "DeepPartial"];
const DRAFTS: &[&str] = &["draft", "Draft"];
/// What others put around an answer that is awaited, which every answer is.
const AWAITED: &[&str] = &["Promise", "Future", "Task", "Awaitable", "CompletableFuture", "Mono", "Uni"];
/// What says elsewhere how an operation fails, beside its answer.
const RESULTS: &[&str] = &["Result", "Either", "Fallible"];
/// A number of eight bits, of which elsewhere bytes are made.
const BYTES: &[&str] = &["u8", "uint8", "byte", "Byte", "UInt8", "octet"];

/// What a type with arguments is called here, and whether it may be missing.
pub(crate) fn container(name: &str, arguments: &[String]) -> Option<(String, bool)> {
    match arguments {
        [only] if LISTS.contains(&name) && is_byte(only) => Some(("bytes".to_owned(), false)),
        [only] if STREAMS.contains(&name) => Some((format!("stream {only}"), false)),
        [only] if PATCHES.contains(&name) => Some((format!("patch {only}"), false)),
        [only] if DRAFTS.contains(&name) => Some((format!("draft {only}"), false)),
        [only] if AWAITED.contains(&name) => Some((only.clone(), false)),
        [only] if LISTS.contains(&name) => Some((format!("[{only}]"), false)),
        [only] if OPTIONALS.contains(&name) => Some((only.clone(), true)),
        [only] if SETS.contains(&name) => Some((format!("set<{only}>"), false)),
        [key, value] if MAPS.contains(&name) => Some((format!("map<{key}, {value}>"), false)),
        _ => None,
    }
}

/// Whether a type says elsewhere an answer and how the operation fails.
pub(crate) fn is_result(name: &str) -> bool {
    RESULTS.contains(&name)
}

/// Whether a type is elsewhere a number of eight bits.
pub(crate) fn is_byte(name: &str) -> bool {
    BYTES.contains(&name)
}

/// How deep types are read.
const DEPTH_MAX: usize = 16;

/// The type at the cursor, which then stands behind it.
pub(super) fn read(cursor: &mut Cursor<'_, '_>) -> Option<Written> {
    read_at(cursor, 0)
}

fn read_at(cursor: &mut Cursor<'_, '_>, depth: usize) -> Option<Written> {
    if depth > DEPTH_MAX {
        return None;
    }
    let mut written = if cursor.eat("[") {
        let inner = read_at(cursor, depth + 1)?;
        let (text, foreign) = (list_of(&inner), inner.foreign);
        cursor.eat("]").then_some(Written { text, optional: false, foreign, is_byte: false })?
    } else {
        named(cursor, depth)?
    };
    loop {
        if cursor.str() == "[" && cursor.view.str(cursor.at + 1) == "]" {
            cursor.at += 2;
            written = Written { text: list_of(&written), optional: false, foreign: true, is_byte: false };
        } else if cursor.eat("!") {
            written.foreign = true;
        } else if cursor.eat("?") {
            written.optional = true;
        } else if cursor.str() == "|" && ["null", "undefined"].contains(&cursor.view.str(cursor.at + 1)) {
            cursor.at += 2;
            (written.optional, written.foreign) = (true, true);
        } else {
            return Some(written);
        }
    }
}

fn list_of(inner: &Written) -> String {
    if inner.is_byte { "bytes".to_owned() } else { format!("[{}]", inner.of_element()) }
}

fn named(cursor: &mut Cursor<'_, '_>, depth: usize) -> Option<Written> {
    let first = cursor.at;
    cursor.name()?;
    while cursor.str() == "." && cursor.view.kind(cursor.at + 1) == Some(TokenKind::Word) {
        cursor.at += 2;
    }
    let place = cursor.view.span(first).to(cursor.view.span(cursor.at - 1));
    let name = &cursor.view.text[place.range()];
    if name == "date" && cursor.eat("-") {
        return cursor.eat("time").then(|| Written {
            text: "timestamp".to_owned(),
            optional: false,
            foreign: true,
            is_byte: false,
        });
    }
    // A capital letter may be a declaration's, which only lowering knows.
    let is_plain = name.contains('.') || !name.contains(|letter: char| letter.is_ascii_uppercase());
    if !cursor.eat("<") {
        let right = meant(name).filter(|_| is_plain);
        let text = right.unwrap_or(name).to_owned();
        return Some(Written { text, optional: false, foreign: right.is_some(), is_byte: is_byte(name) });
    }
    let (mut arguments, mut foreign) = (Vec::new(), false);
    loop {
        let argument = read_at(cursor, depth + 1)?;
        foreign |= argument.foreign;
        arguments.push(if argument.is_byte { "u8".to_owned() } else { argument.of_element() });
        if !cursor.eat(",") {
            break;
        }
    }
    if !cursor.eat(">") {
        return None;
    }
    Some(match container(name, &arguments).filter(|_| is_plain) {
        Some((text, optional)) => Written { text, optional, foreign: true, is_byte: false },
        None => Written { text: format!("{name}<{}>", arguments.join(", ")), optional: false, foreign, is_byte: false },
    })
}
