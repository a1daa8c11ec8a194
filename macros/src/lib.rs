//! Derive macros of Wireloom, for types written by hand.
//!
//! A contract may use a type of one's own (`extern record Geo = rust "crate::Geo"`). Such a type travels and is checked as
//! generated ones are: [`macro@Wire`] writes its form on binary wires and, where it is asked to, in JSON; [`macro@Validate`]
//! what it demands. Used through the feature `macros` of the crate `wireloom`. `include_contract!` brings the whole compiler, so it has a
//! feature of its own: here `contract`, of the runtime `contract-macros`.
//!
//! In reading order: `member` (what is said of a field or case), `wire/` (a file for structs, enums and unions each, and
//! one for newtypes), `json` (the same types in JSON), `validate`.

mod casing;
#[cfg(feature = "contract")]
mod contract;
mod json;
mod member;
mod report;
mod validate;
mod wire;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `wireloom::Wire`, so that a type written by hand is on binary wires what a contract's would be.
///
/// ```
/// use wireloom::wire;
/// use wireloom_macros::Wire;
///
/// #[derive(Debug, PartialEq, Wire)]
/// #[wire(json)]
/// struct Geo {
///     latitude: f64,
///     longitude: f64,
///     #[wire(number = 4)]
///     source: Option<Source>,
/// }
///
/// #[derive(Debug, PartialEq, Wire)]
/// #[wire(json)]
/// enum Source {
///     Satellite(String),
///     Manual,
///     #[wire(unknown)]
///     Unknown(wireloom::UnknownCase),
/// }
///
/// let geo = Geo { latitude: 52.5, longitude: 13.4, source: Some(Source::Manual) };
/// let bytes = wire::encode_to_vec(&geo);
/// assert_eq!(wire::decode::<Geo>(&bytes.into(), wire::DEPTH_MAX).as_ref(), Ok(&geo));
///
/// let json = r#"{"latitude":52.5,"longitude":13.4,"source":"manual"}"#;
/// assert_eq!(wireloom::json::decode::<Geo>(json.as_bytes(), wireloom::json::DEPTH_MAX), Ok(geo));
/// ```
///
/// | type | what it is | what it implements |
/// |---|---|---|
/// | a struct with fields | a record: a message | `wireloom::Wire` |
/// | an enum without data | an enum: a number | `wireloom::wire::Value` |
/// | an enum with data | a union: a message with a `oneof` | `wireloom::Wire` |
/// | a struct of one unnamed field | what that field is | `wireloom::wire::Value` |
///
/// A field's type says how it stands in the message: `Option` may be absent, `Maybe` absent or null; `Vec`, `BTreeSet` and
/// `BTreeMap` are empty when they are absent; protobuf's own scalars are zero, everything else must be there. These types are
/// known by their names, not through aliases.
///
/// # On a type
/// - `#[wire(json)]`: also writes `Serialize` and `Deserialize`, in the JSON forms that a contract has (64-bit integers as
///   text, bytes as base64, `"1.5s"`, unions as `{"case": …}`); of an enum without data `wireloom::Text` as well. Without it
///   JSON is one's own, mostly serde's derives; names are then serde's, with its `rename` and `rename_all`.
/// - `#[wire(oneof)]`: an enum without data is a union all the same.
///
/// # On a field or case
/// - `#[wire(number = 3)]`: its number; unsaid it is one more than that of the member before.
/// - `#[wire(rename = "from")]`: its name in the contract and in JSON, `#[wire(json = "From")]` only in JSON. Unsaid it is the name
///   in Rust, of cases in `snake_case` (but in JSON that is serde's).
/// - `#[wire(default)]`, `#[wire(default = "path")]`: what an absent field is.
/// - `#[wire(nullable)]`: an `Option` that is written as null in JSON, and must be there; where a contract states the shape, its `T or null`.
/// - `#[wire(skip)]`: it does not travel, so it has no number, and is its default when it is read.
/// - `#[wire(unknown)]`: the case for what a newer peer sends, with an `UnknownCase` or, of an enum, an `Unrecognized`.
#[proc_macro_derive(Wire, attributes(wire))]
pub fn wire(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    wire::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Implements `wireloom::Validate`: every field is validated, and a violation's path names it as JSON does.
///
/// ```
/// use wireloom::{Maybe, Url, Validate as _};
/// use wireloom_macros::Validate;
///
/// #[derive(Validate)]
/// struct Geo {
///     #[validate(value(-90.0..=90.0))]
///     latitude: f64,
///     #[validate(value(-180.0..=180.0))]
///     longitude: f64,
///     #[validate(length(1..=80), matches = "^[a-z ]+$")]
///     name: Option<String>,
///     source: Maybe<Url>,
/// }
///
/// let source = Maybe::Value(Url::new("https://example.org/")?);
/// let geo = Geo { latitude: 152.5, longitude: 13.4, name: Some("Berlin".to_owned()), source };
/// let violations = geo.validate().unwrap_err();
/// assert_eq!(violations.to_string(), "latitude: must be in -90..90, not 152.5; name: must match /^[a-z ]+$/");
/// # Ok::<(), wireloom::Violations>(())
/// ```
///
/// It is for structs and enums; a union has no fields that could be looked at one by one. Parameters of a type are asked to be
/// `Validate` as well, and of a field with `#[wire(skip)]` only what it demands is checked. A field says what it demands as
/// a contract does behind `where`, and an optional one only of what is there:
///
/// - `length(1..=80)` counts the characters of a text, `size(..=200)` the entries of a list, set or map and the bytes of
///   `bytes`; both ends are in.
/// - `value(0.0..=1.0)` bounds numbers; decimals, durations, dates and times stand there in their text forms,
///   `value("2020-01-01"..)`.
/// - `matches = "^[A-Z]+$"`, `one_of("a", "b")`, `one_of(1, 2)`, `format = "email"` (or `uri`, `hostname`, `ipv4`, `ipv6`).
/// - `multiple_of = 5`, `0.5`, or `"0.01"` of a decimal; `unique`, of a list.
#[proc_macro_derive(Validate, attributes(validate, wire))]
pub fn validate(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    validate::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Compiles a contract in place: the modules of its packages, as `wireloom::contract!()` has them, without a `build.rs`.
///
/// ```
/// mod contract {
///     wireloom_macros::include_contract!("../examples/orders/contracts", wires = [rest]);
/// }
///
/// assert_eq!(contract::shop::orders::Status::Placed.to_string(), "placed");
/// ```
///
/// Paths are files or folders, from the folder of the package's `Cargo.toml` on. Behind them may stand `wires = [rest, grpc]`
/// (unsaid: `rest`; each needs the runtime's feature of its name) and `includes = ["../common"]`, folders to look in for what is
/// imported. What is wrong with the contract is told as errors of rustc, with file, line and drawing. Cargo builds anew when one of
/// the files changes; of a file that is new in a folder it does not know.
///
/// A `build.rs` is the faster way for a large contract: its code is compiled once and read by tools, and it writes OpenAPI and
/// `.proto` beside it.
#[cfg(feature = "contract")]
#[proc_macro]
pub fn include_contract(input: TokenStream) -> TokenStream {
    let call = parse_macro_input!(input as contract::Call);
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    call.expand(std::path::Path::new(&manifest)).into()
}
