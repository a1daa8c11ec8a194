//! A number for the shape of an operation's inputs: builds that have the same one write equal inputs alike in JSON.
//!
//! A server knows a repeated keyed call by a digest of that form, which is no use where the other call was made before an update that changed
//! names, types, what may be absent, or defaults. Documentation, conditions and former names change no form, and are no part of it.
//!
//! Stores keep the number longer than a build lasts: what it is made of is written here, word by word, and never changes.

use std::collections::BTreeMap;

use wireloom_idl::Contract;
use wireloom_idl::contract::{Field, Literal, Presence, Type, TypeId, TypeKind};

/// FNV-1a: nobody gains by two shapes with the same number.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The number of inputs.
pub(super) fn of_inputs(contract: &Contract, inputs: &[Field]) -> u64 {
    let mut shape = Shape { contract, named: Vec::new(), places: BTreeMap::new(), hash: BASIS };
    shape.fields(inputs);
    let mut described = 0;
    while let Some(&id) = shape.named.get(described) {
        shape.definition(id);
        described += 1;
    }
    shape.hash
}

struct Shape<'c> {
    contract: &'c Contract,
    /// Types in the order in which they are met; their places stand for them, and each is described once, behind the inputs.
    named: Vec<TypeId>,
    places: BTreeMap<TypeId, usize>,
    hash: u64,
}

impl Shape<'_> {
    fn word(&mut self, word: &str) {
        // Behind each word stands what no text has, so that no two lists look alike.
        for byte in word.bytes().chain([0xff]) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }

    fn words<const N: usize>(&mut self, words: [&str; N]) {
        words.into_iter().for_each(|word| self.word(word));
    }

    fn fields(&mut self, fields: &[Field]) {
        self.word("{");
        for Field { name, ty, presence, default, .. } in fields {
            self.word(name);
            self.presence(*presence);
            default.iter().for_each(|default| self.literal(default));
            self.ty(ty);
        }
        self.word("}");
    }

    fn presence(&mut self, presence: Presence) {
        self.word(match presence {
            Presence::Required => "required",
            Presence::Optional => "optional",
            Presence::Nullable => "nullable",
            Presence::OptionalNullable => "optional or nullable",
        });
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Null => self.word("= null"),
            Literal::Bool(false) => self.word("= false"),
            Literal::Bool(true) => self.word("= true"),
            Literal::Number(digits) => self.words(["= number", digits]),
            Literal::Text(text) => self.words(["= text", text]),
            Literal::List(items) => {
                self.word("= [");
                items.iter().for_each(|item| self.literal(item));
                self.word("]");
            }
            Literal::Object(fields) => {
                self.word("= {");
                for (name, value) in fields {
                    self.word(name);
                    self.literal(value);
                }
                self.word("}");
            }
        }
    }

    fn ty(&mut self, ty: &Type) {
        match ty {
            Type::Scalar(scalar) => self.word(scalar.as_str()),
            Type::Named(id) => self.named(*id),
            Type::List(item) => self.of("list", [item]),
            Type::Set(item) => self.of("set", [item]),
            Type::Map(key, value) => self.of("map", [key, value]),
            Type::Nullable(inner) => self.of("nullable", [inner]),
        }
    }

    fn of<const N: usize>(&mut self, container: &str, parts: [&Type; N]) {
        self.word(container);
        parts.into_iter().for_each(|part| self.ty(part));
    }

    fn named(&mut self, id: TypeId) {
        let next = self.named.len();
        let place = *self.places.entry(id).or_insert(next);
        if place == next {
            self.named.push(id);
        }
        self.word(&format!("#{place}"));
    }

    fn definition(&mut self, id: TypeId) {
        let def = self.contract.type_def(id);
        match &def.kind {
            TypeKind::Scalar(scalar) => self.word(scalar.base.as_str()),
            TypeKind::Enum(it) => {
                self.word("enum");
                it.members.iter().for_each(|member| self.word(&member.name));
                self.word("}");
            }
            TypeKind::Union(it) => {
                self.word("union");
                self.word(it.tag.as_deref().unwrap_or_default());
                for case in &it.cases {
                    self.word(&case.name);
                    case.ty.iter().for_each(|ty| self.ty(ty));
                }
                self.word("}");
            }
            // What stands in it is for its own code to say, if not here.
            TypeKind::Extern(it) => {
                self.word(&it.target);
                it.fields.iter().for_each(|fields| self.fields(fields));
            }
            TypeKind::Record(_) | TypeKind::Fault(_) | TypeKind::Event(_) => {
                self.fields(def.fields().unwrap_or_default());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wireloom_idl::lower::{LowerOptions, SourceTree, lower};
    use wireloom_idl::{SourceMap, syntax};

    use super::*;

    fn shape(types: &str, inputs: &str) -> u64 {
        let text = format!("package a\n{types}\nservice S {{\n    public\n    do({inputs}) -> u32\n        once\n}}\n");
        let mut sources = SourceMap::new();
        let (tree, said) = syntax::parse(sources.add("a.loom", text.as_str()), &text);
        assert!(!said.has_errors(), "{text}");
        let trees = [SourceTree { tree: &tree, folder: "a", imported: false }];
        let (contract, said) = lower(&sources, &trees, &LowerOptions::default());
        assert!(!said.has_errors(), "{text}");
        let (_, service) = contract.services().next().unwrap();
        of_inputs(&contract, service.operations[0].inputs.fields())
    }

    #[test]
    fn what_changes_the_form_changes_the_number() {
        let order = "record Order { id: uuid, lines: [Line] }\nrecord Line { sku: string, count: u32 = 1, next: Line? }\nenum Mood { merry, sad }";
        let same = shape(order, "order: Order, mood: Mood?");
        for (types, inputs, is_same) in [
            (order.to_owned(), "order: Order, mood: Mood?", true),
            (format!("{order}\nrecord Other {{ id: uuid }}"), "order: Order, mood: Mood?", true),
            (order.replace("record Line", "/// A line.\nrecord Line"), "order: Order, mood: Mood?", true),
            (order.replace("Order", "Purchase"), "order: Purchase, mood: Mood?", true),
            (order.replace("sku: string", "sku: string where length <= 9"), "order: Order, mood: Mood?", true),
            (order.replace("sku: string", "sku: string?"), "order: Order, mood: Mood?", false),
            (order.replace("sku", "article"), "order: Order, mood: Mood?", false),
            (order.replace("= 1", "= 2"), "order: Order, mood: Mood?", false),
            (order.replace("u32", "u64"), "order: Order, mood: Mood?", false),
            (order.replace("[Line]", "set<string>"), "order: Order, mood: Mood?", false),
            (order.replace("next: Line?", "next: Line?, note: string?"), "order: Order, mood: Mood?", false),
            (order.replace("sad", "sad, odd"), "order: Order, mood: Mood?", false),
            (order.to_owned(), "order: Order", false),
            (order.to_owned(), "mood: Mood?, order: Order", false),
        ] {
            assert_eq!(shape(&types, inputs) == same, is_same, "{types} {inputs}");
        }
    }

    /// Other than this one, numbers in stores would say of equal shapes that they differ.
    #[test]
    fn the_number_of_a_shape_never_changes() {
        let types = [
            "record All { id: uuid, mood: Mood = merry, price: decimal = 1.50, tags: set<string> = [\"a\", \"b\"], page: Page = { size: 7 }",
            "names: map<string, u32>, sure: bool = true, unsure: bool = false, none: string or null = null, text: string = \"x\"",
            "left: string?, right: string? or null, next: All?, way: Way }",
            "record Page { size: u32 }",
            "enum Mood { merry, sad }",
            "union Way tagged by \"by\" { ship: Page, foot }",
        ];
        let types = types.join("\n");
        assert_eq!(format!("{:016x}", shape(&types, "all: All, others: [All]")), "b6b5ef71e4eb34a5");
    }
}
