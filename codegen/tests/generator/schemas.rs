//! Schemas take what the server takes, and tell in words what they cannot say.

use insta::assert_snapshot;
use serde_json::Value;
use wireloom_codegen::{Options, generate};

use crate::harness::{lines, read};

fn document(text: &str) -> Value {
    let read = read(&[("a.loom", text)]);
    assert!(!read.report.has_errors(), "{}", lines(&read.sources, &read.report));
    let (files, report) = generate(&read.contract, &read.sources, &Options::default());
    assert!(!report.has_errors(), "{}", lines(&read.sources, &report));
    serde_json::from_str(files.get("openapi.json").expect("REST is bound")).expect("it is JSON")
}

/// The schema of the only field of a record.
fn field(types: &str, field: &str) -> Value {
    let text =
        format!("package a\n{types}\nrecord R {{ {field} }}\nservice S {{ public get() -> R safe }}\nbind S to rest\n");
    document(&text)["components"]["schemas"]["R"]["properties"]["x"].clone()
}

#[test]
fn keys_have_the_conditions_of_their_type() {
    let names = |scalar: &str| field(scalar, "x: map<Key, u32>")["propertyNames"].to_string();
    assert_snapshot!(names("scalar Key: i64 where value in 1..10"), @r#"{"pattern":"^([1-9]|10)$","type":"string"}"#);
    assert_snapshot!(names("scalar Key: i32 where value in -1..12"), @r#"{"pattern":"^(-(1)|[0-9]|1[0-2])$","type":"string"}"#);
    assert_snapshot!(names("scalar Key: u32 where one_of [1, 20] and value <= 20"), @r#"{"enum":["1","20"],"pattern":"^([0-9]|1[0-9]|20)$","type":"string"}"#);
    assert_snapshot!(names("scalar Key: u64 where multiple_of 6 and value <= 12"), @r#"{"description":"Where multiple_of 6.","pattern":"^([0-9]|1[0-2])$","type":"string"}"#);
    assert_snapshot!(names("scalar Base: u32 where value >= 5 scalar Key: Base where value <= 7"), @r#"{"pattern":"^([5-7])$","type":"string"}"#);
    assert_snapshot!(names("scalar Base: u32 where value >= 5 scalar Key: Base where value <= 3"), @r#"{"not":{},"type":"string"}"#);
    assert_snapshot!(names("scalar Key: string where length <= 3"), @r##"{"$ref":"#/components/schemas/Key"}"##);
}

/// Conditions add up: a scalar made of another has those of both.
#[test]
fn bounds_add_up() {
    let id = |types: &str| {
        let text = format!(
            "package a\n{types}\nrecord R {{ x: Id }}\nservice S {{ public get() -> R safe }}\nbind S to rest\n"
        );
        let id = &document(&text)["components"]["schemas"]["Id"];
        format!("{}..{} {}", id["minimum"], id["maximum"], id["pattern"])
    };
    assert_snapshot!(id("scalar Base: i64 where value >= 5 scalar Id: Base where value <= 7"), @r#"5..7 "^([5-7])$""#);
    assert_snapshot!(id("scalar Base: i32 where value in 5..7 scalar Id: Base where value in 0..9"), @"5..7 null");
    assert_snapshot!(id("scalar Base: f64 where value in 0.5..7 scalar Id: Base where value in 0..1e3"), @"0.5..7 null");
}

#[test]
fn former_names_are_told() {
    assert_snapshot!(field("", "x: string was name")["description"].to_string(), @r#""Read from `name` as well.""#);
    assert_snapshot!(field("", "/// What it is called.\n @json(\"x\") title: string? was name")["description"].to_string(), @r#""What it is called.\n\nRead from `name` as well.""#);
    // Another has that name now: it means that one.
    assert_snapshot!(field("", "x: string was name, name: string")["description"].to_string(), @"null");
}

#[test]
fn parameters_and_bodies_tell_as_much_as_fields() {
    let put = |inputs: &str, block: &str| {
        let text = format!(
            "package a\nrecord R {{ a: u32 }}\nservice S {{ public put({inputs}) idempotent }}\nbind S to rest {{ put: {block} }}\n"
        );
        document(&text)["paths"]["/s/{id}"]["put"].clone()
    };
    let price = put(
        "id: u32, price: decimal where value >= 0, @sensitive pin: string",
        "PUT \"/{id}\" query \"price\" = price header \"X-Pin\" = pin",
    );
    assert_snapshot!(price["parameters"][1].to_string(), @r#"{"description":"Where value >= 0.","in":"query","name":"price","required":true,"schema":{"pattern":"^-?([0-9]{1,28}|[1-6][0-9]{28}|7[0-8][0-9]{27})(\\.[0-9]{1,28})?$","type":"string"}}"#);
    assert_snapshot!(price["parameters"][2].to_string(), @r#"{"in":"header","name":"X-Pin","required":true,"schema":{"allOf":[{"type":"string"},{"pattern":"^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$","type":"string"}],"x-sensitive":true}}"#);
    let day = put("id: u32, /// The day.\n day: date where value >= \"2020-01-01\"", "PUT \"/{id}\" body day");
    assert_snapshot!(day["requestBody"]["description"].to_string(), @r#""The day.\n\nWhere value >= \"2020-01-01\".""#);
    let renamed = put("id: u32, title: string was name", "PUT \"/{id}\"");
    let title = &renamed["requestBody"]["content"]["application/json"]["schema"]["properties"]["title"];
    assert_eq!(title.to_string(), r#"{"type":"string"}"#);
    let secret = put("id: u32, @sensitive secret: R", "PUT \"/{id}\" body secret");
    assert_snapshot!(secret["requestBody"]["content"]["application/json"]["schema"].to_string(), @r##"{"$ref":"#/components/schemas/R","x-sensitive":true}"##);
}
