//! The shape of a record written by hand: what rustc holds against the fields that a contract states of it.
//!
//! `#[derive(Wire)]` says the shape of a struct, generated code asks for the one of the contract. All of it happens while
//! compiling; nothing of it is left in a program.

use super::Value;

/// A record written by hand, of which every field is known. Derived with [`Wire`](super::Wire).
#[diagnostic::on_unimplemented(
    message = "the contract states the shape of `{Self}`, which does not say its own",
    label = "a shape is stated of this type",
    note = "derive it: #[derive(wireloom::Wire)], with the feature `macros` of wireloom"
)]
pub trait Shape {
    /// How many fields it has.
    const FIELDS: usize;
}

/// A field of such a record, by its number and the type of its value. Derived with [`Wire`](super::Wire).
#[diagnostic::on_unimplemented(
    message = "the shape of `{Self}` is not what its contract says: it has no field {NUMBER} of the type `{T}`",
    label = "the contract states this field",
    note = "a field's number is its place in the struct, or what #[wire(number = …)] says"
)]
pub trait HasField<const NUMBER: u32, T>: Shape {
    /// Its name in the contract.
    const NAME: &'static str;
    /// Its name in JSON.
    const JSON: &'static str;
    /// Whether it is there even without a value, as null in JSON: `T or null`, which has the type of `T?`.
    const NULLABLE: bool;
}

/// Refuses to compile, with this message, where the field is not called so in the contract and in JSON, or may be absent where the
/// contract has it null, or the other way round.
///
/// ```
/// use wireloom::wire::{HasField, Shape, assert_field};
///
/// struct Geo(f64);
///
/// impl Shape for Geo {
///     const FIELDS: usize = 1;
/// }
///
/// impl HasField<1, f64> for Geo {
///     const NAME: &'static str = "latitude";
///     const JSON: &'static str = "lat";
///     const NULLABLE: bool = false;
/// }
///
/// const _: () = assert_field::<Geo, 1, f64>("latitude", "lat", false, "field 1 is `latitude`");
/// ```
pub const fn assert_field<R: HasField<NUMBER, T>, const NUMBER: u32, T>(
    name: &str,
    json: &str,
    nullable: bool,
    message: &str,
) {
    if !is_same(R::NAME, name) || !is_same(R::JSON, json) || R::NULLABLE != nullable {
        panic!("{}", message);
    }
}

/// Refuses to compile where the record has fewer or more fields.
pub const fn assert_fields<R: Shape>(count: usize, message: &str) {
    if R::FIELDS != count {
        panic!("{}", message);
    }
}

/// Refuses to compile where a value is no message by itself on binary wires, as every record must be.
pub const fn assert_message<T: Value>(message: &str) {
    if T::MERGE.is_none() {
        panic!("{}", message);
    }
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}
