//! The values of the language in JSON: what is written is read again, and what breaks the contract is told.

use serde_json::{Value, json};
use wireloom::serde::{Serialize, de::DeserializeOwned};
use wireloom::{Maybe, Validate};
use wireloom_tests::golden::kitchen::kitchen::{
    Chest, Defaults, Empty, Hue, Label, Lid, Presences, Rank, Recipe, RecipePatch, Shade, Shape, Shelf, ShelfPatch,
    Side, Spice, Topping, Tree, Vault,
};

/// Reads a value and writes it again.
fn round<T: Serialize + DeserializeOwned>(value: &Value) -> Result<Value, String> {
    let read: T = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(read).unwrap())
}

/// Each of these is written as it was read.
fn same<T: Serialize + DeserializeOwned>(values: &[Value]) {
    for value in values {
        assert_eq!(round::<T>(value).as_ref(), Ok(value));
    }
}

#[test]
fn unions_have_three_forms() {
    same::<Topping>(&[
        json!({"cheese": {"name": "brie"}}),
        json!({"grams": "18446744073709551615"}),
        json!({"many": ["none", {"grams": "1"}]}),
        json!("none"),
    ]);
    same::<Shape>(&[json!({"kind": "circle", "radius": 1.5}), json!({"kind": "dot"})]);
    assert!(round::<Side>(&json!({"steak": {}})).is_err(), "a closed union refuses what it does not list");
}

#[test]
fn what_is_open_keeps_what_it_does_not_know() {
    same::<Topping>(&[json!({"lava": {"hot": true}}), json!("ash")]);
    same::<Shape>(&[json!({"kind": "hexagon", "side": 2})]);
    same::<Hue>(&[json!("red"), json!("BLUE"), json!("mauve"), json!("unknown")]);
    assert!(round::<Shade>(&json!("dim")).is_err(), "a closed enum refuses what it does not list");
}

#[test]
fn absent_null_and_a_value_are_three_things() {
    let least = json!({"required": "r", "nullable": null, "nullable_wide": null});
    same::<Presences>(std::slice::from_ref(&least));
    let with = |name: &str, value: Value| {
        let mut object = least.clone();
        object[name] = value;
        object
    };
    same::<Presences>(&[with("both", json!(null)), with("both", json!("7")), with("optional_list", json!(["1"]))]);
    assert_eq!(
        round::<Presences>(&with("optional", json!(null))),
        Ok(least.clone()),
        "a null of `T?` counts as absent"
    );
    for name in ["required", "nullable", "nullable_wide"] {
        let mut object = least.clone();
        object.as_object_mut().unwrap().remove(name);
        assert!(round::<Presences>(&object).unwrap_err().contains(name), "{name} must be there");
    }
    let read: Presences = serde_json::from_value(with("both", json!(null))).unwrap();
    assert_eq!(read.both, Maybe::Null);
}

#[test]
fn defaults_stand_in_for_what_is_absent() {
    let defaults: Defaults = serde_json::from_value(json!({})).unwrap();
    assert_eq!(defaults, Defaults::new());
    assert_eq!(defaults.wide, u64::MAX);
    assert_eq!(defaults.page.size, 7);
    assert_eq!(defaults.topping, Topping::None);
    assert_eq!(defaults.hue, Hue::Green);
    assert!(defaults.validate().is_ok());
}

#[test]
fn a_path_leads_to_the_violation() {
    let tree = |value, left: Option<Tree>, label: Option<Label>| Tree {
        value,
        left: left.map(Box::new),
        right: Maybe::Absent,
        label: label.map(Box::new),
    };
    let inner = tree(1, None, Some(Label::Text("x".into())));
    let deep = tree(3, Some(inner), None);
    assert!(deep.validate().is_ok());

    let wrong: Presences =
        serde_json::from_value(json!({"required": "r", "nullable": null, "nullable_wide": null, "optional": ""}))
            .unwrap();
    let found = wrong.validate().unwrap_err();
    assert_eq!(found.to_string(), "optional: length must be in 1..10, not 0");
}

#[test]
fn what_a_patch_lacks_is_told_at_its_place() {
    let shelf = Shelf::new("left", Chest::new());
    let patch = |value: Value| serde_json::from_value::<ShelfPatch>(value).unwrap();

    let mut changed = shelf.clone();
    let found = patch(json!({"name": "right", "chest": {"lid": {"size": 2}}})).apply(&mut changed).unwrap_err();
    assert_eq!(found.to_string(), "chest.lid.hue: missing");
    assert_eq!(changed, shelf, "a patch that fails changes nothing");

    patch(json!({"chest": {"lid": {"size": 2, "hue": "red"}}})).apply(&mut changed).unwrap();
    assert_eq!(changed.chest.lid, Some(Lid::new(2, Hue::Red)));
    patch(json!({"chest": {"lid": {"size": 3}}})).apply(&mut changed).unwrap();
    assert_eq!(changed.chest.lid, Some(Lid::new(3, Hue::Red)), "what is there is patched in turn");
}

#[test]
fn nothing_sensitive_is_seen_in_logs() {
    let vault = Vault::new(Recipe::new("stir twice"), Rank::Master, Spice::Name("saffron".into()));
    assert_eq!(format!("{vault:?}"), "Vault { recipe: Recipe(…), rank: Rank(…), spice: Spice(…) }");
    assert_eq!(format!("{:?}", RecipePatch::new().with_text("stir once")), "RecipePatch(…)");
}

#[test]
fn a_record_without_fields_wants_sound_bytes_too() {
    let decode = |bytes: &'static [u8]| wireloom::wire::decode::<Empty>(&bytes.into(), 64);
    assert_eq!(decode(b""), Ok(Empty {}));
    assert_eq!(decode(b"\x08\x01"), Ok(Empty {}), "a field that only a newer peer knows");
    assert_eq!(decode(b"\x0a\x05x").unwrap_err().to_string(), "malformed protobuf: field 1 ends early");
}
