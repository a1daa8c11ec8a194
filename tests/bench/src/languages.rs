//! One large contract in three languages, for compilers to be measured beside one another.
//!
//! Each text says the same: so many records of ten fields, so many services of ten operations that take one record and
//! answer with another. Nothing is used that one of the languages lacks, and each is written as its users write it.

use std::fmt::Write as _;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Wireloom's own; services are bound to native RPC.
    Loom,
    /// Protocol buffers, for protoc and tonic.
    Proto,
    /// TypeSpec; its core library alone.
    TypeSpec,
}

/// How much of it there is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Records, each of ten fields.
    pub records: usize,
    /// Services, each of ten operations.
    pub services: usize,
}

impl Size {
    /// What the goals are set for.
    pub const LARGE: Size = Size { records: 1_000, services: 100 };
}

const OPERATIONS: usize = 10;

/// How many records refer one to the next; the first refers to itself.
const CHAIN: usize = 10;

impl Language {
    /// The name of the file that holds the text.
    pub fn file_name(self) -> &'static str {
        match self {
            Language::Loom => "large.loom",
            Language::Proto => "large.proto",
            Language::TypeSpec => "main.tsp",
        }
    }

    /// The contract in this language.
    pub fn text(self, size: Size) -> String {
        let mut text = self.head().to_owned();
        for number in 0..size.records {
            self.record(number, &mut text);
        }
        for number in 0..size.services {
            self.service(number, size, &mut text);
        }
        text
    }

    fn head(self) -> &'static str {
        match self {
            Language::Loom => "package bench.large\n",
            Language::Proto => "syntax = \"proto3\";\n\npackage bench.large.v1;\n",
            Language::TypeSpec => "namespace Bench.Large;\n",
        }
    }

    fn record(self, number: usize, text: &mut String) {
        let docs = format!("{} A thing of kind {number}, as the company sees it.", self.docs());
        let word = match self {
            Language::Loom => "record",
            Language::Proto => "message",
            Language::TypeSpec => "model",
        };
        let _ = writeln!(text, "\n{docs}\n{word} Thing{number} {{");
        for (index, (name, form)) in FIELDS.iter().enumerate() {
            self.field(index + 1, name, form, number, text);
        }
        text.push_str("}\n");
    }

    fn field(self, index: usize, name: &str, form: &Form, record: usize, text: &mut String) {
        let before = format!("Thing{}", if record.is_multiple_of(CHAIN) { record } else { record - 1 });
        let scalar = |scalar: &Scalar| self.scalar(*scalar);
        let _ = match (self, form) {
            (Language::Loom, Form::Plain(of)) => writeln!(text, "    {name}: {}", scalar(of)),
            (Language::Loom, Form::Optional(of)) => writeln!(text, "    {name}: {}?", scalar(of)),
            (Language::Loom, Form::List(of)) => writeln!(text, "    {name}: [{}]", scalar(of)),
            (Language::Loom, Form::Map(of)) => writeln!(text, "    {name}: map<string, {}>", scalar(of)),
            (Language::Loom, Form::Before) => writeln!(text, "    {name}: {before}?"),
            (Language::Proto, Form::Plain(of)) => writeln!(text, "  {} {name} = {index};", scalar(of)),
            (Language::Proto, Form::Optional(of)) => writeln!(text, "  optional {} {name} = {index};", scalar(of)),
            (Language::Proto, Form::List(of)) => writeln!(text, "  repeated {} {name} = {index};", scalar(of)),
            (Language::Proto, Form::Map(of)) => writeln!(text, "  map<string, {}> {name} = {index};", scalar(of)),
            (Language::Proto, Form::Before) => writeln!(text, "  optional {before} {name} = {index};"),
            (Language::TypeSpec, Form::Plain(of)) => writeln!(text, "  {name}: {};", scalar(of)),
            (Language::TypeSpec, Form::Optional(of)) => writeln!(text, "  {name}?: {};", scalar(of)),
            (Language::TypeSpec, Form::List(of)) => writeln!(text, "  {name}: {}[];", scalar(of)),
            (Language::TypeSpec, Form::Map(of)) => writeln!(text, "  {name}: Record<{}>;", scalar(of)),
            (Language::TypeSpec, Form::Before) => writeln!(text, "  {name}?: {before};"),
        };
    }

    fn service(self, number: usize, size: Size, text: &mut String) {
        let docs = format!("{} Keeps things of kind {number}.", self.docs());
        let head = match self {
            Language::Loom => format!("service Store{number} {{\n    public\n"),
            Language::Proto => format!("service Store{number} {{"),
            Language::TypeSpec => format!("interface Store{number} {{"),
        };
        let _ = writeln!(text, "\n{docs}\n{head}");
        for operation in 0..OPERATIONS {
            let takes = (number * OPERATIONS + operation) % size.records;
            let gives = (takes + 1) % size.records;
            let _ = match self {
                Language::Loom => writeln!(text, "    change_{operation}(thing: Thing{takes}) -> Thing{gives}"),
                Language::Proto => writeln!(text, "  rpc Change{operation}(Thing{takes}) returns (Thing{gives});"),
                Language::TypeSpec => writeln!(text, "  change{operation}(thing: Thing{takes}): Thing{gives};"),
            };
        }
        text.push_str("}\n");
        if self == Language::Loom {
            let _ = writeln!(text, "\nbind Store{number} to rpc");
        }
    }

    fn docs(self) -> &'static str {
        match self {
            Language::Loom | Language::TypeSpec => "///",
            Language::Proto => "//",
        }
    }

    fn scalar(self, scalar: Scalar) -> &'static str {
        match (self, scalar) {
            (_, Scalar::Text) => "string",
            (Language::Loom, Scalar::Count) => "u32",
            (Language::Loom, Scalar::Total) => "i64",
            (Language::Loom, Scalar::Ratio) => "f64",
            (Language::Proto, Scalar::Count) => "uint32",
            (Language::Proto, Scalar::Total) => "int64",
            (Language::Proto, Scalar::Ratio) => "double",
            (Language::TypeSpec, Scalar::Count) => "uint32",
            (Language::TypeSpec, Scalar::Total) => "int64",
            (Language::TypeSpec, Scalar::Ratio) => "float64",
            (Language::Loom | Language::Proto, Scalar::Flag) => "bool",
            (Language::TypeSpec, Scalar::Flag) => "boolean",
        }
    }
}

#[derive(Clone, Copy)]
enum Scalar {
    Text,
    Count,
    Total,
    Ratio,
    Flag,
}

enum Form {
    Plain(Scalar),
    Optional(Scalar),
    List(Scalar),
    Map(Scalar),
    /// The record before this one in its chain, optional.
    Before,
}

/// The fields of each record.
const FIELDS: [(&str, Form); 10] = [
    ("id", Form::Plain(Scalar::Text)),
    ("label", Form::Plain(Scalar::Text)),
    ("count", Form::Plain(Scalar::Count)),
    ("total", Form::Plain(Scalar::Total)),
    ("ratio", Form::Plain(Scalar::Ratio)),
    ("active", Form::Plain(Scalar::Flag)),
    ("note", Form::Optional(Scalar::Text)),
    ("tags", Form::List(Scalar::Text)),
    ("names", Form::Map(Scalar::Text)),
    ("before", Form::Before),
];
