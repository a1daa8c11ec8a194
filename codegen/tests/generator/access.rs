//! What the documents say of a service that asks who calls, which nothing generated enforces.

use insta::assert_snapshot;
use serde_json::{Value, json};
use wireloom_codegen::{Options, Wires, bind, generate, load, mapping};

use crate::harness::{Read, lines, read};

const SERVICE: &str = r#"
service Pay {
    auth any of jwt, api_key
    scopes ["pay:read", "pay:write"]

    /// Moves money.
    pay(amount: u32)
        scope "pay:read", "pay:write"
    close()
        role "clerk"
    look() -> u32
        safe
    ping()
        public
        safe
}
bind Pay to rest
"#;

fn pay(package_line: &str, before: &str) -> Read {
    let read = read(&[("pay.loom", &format!("{package_line}\n{before}{SERVICE}"))]);
    assert!(!read.report.has_errors(), "{}", lines(&read.sources, &read.report));
    read
}

const ALLOW: &str = "@allow(\"auth-not-generated\", \"the gateway checks tokens\")";

fn document(read: &Read) -> Value {
    let (files, report) = generate(&read.contract, &read.sources, &Options::default());
    assert!(!report.has_errors(), "{}", lines(&read.sources, &report));
    serde_json::from_str(files.get("openapi.json").expect("REST is bound")).expect("it is JSON")
}

#[test]
fn openapi_asks_for_what_the_contract_asks_for() {
    let document = document(&pay("package pay", ALLOW));
    let of = |path: &str, verb: &str| document["paths"][path][verb].clone();
    let pay = of("/pay/pay", "post");
    let both = json!(["pay:read", "pay:write"]);
    assert_eq!(pay["security"], json!([{ "jwt": both }, { "api_key": both }]));
    assert_snapshot!(pay["description"].as_str().unwrap_or_default(), @r"
    Moves money.

    For who has the scopes `pay:read`, `pay:write`. Not checked by this server: the gateway checks tokens.
    ");
    let close = of("/pay/close", "post");
    assert_eq!(close["security"], json!([{ "jwt": ["clerk"] }, { "api_key": ["clerk"] }]));
    assert_snapshot!(close["description"].as_str().unwrap_or_default(), @"For who has the role `clerk`. Not checked by this server: the gateway checks tokens.");
    assert_eq!(of("/pay/look", "get")["security"], json!([{ "jwt": [] }, { "api_key": [] }]));
    let ping = of("/pay/ping", "get");
    assert!(ping.is_object() && ping.get("security").is_none() && ping.get("description").is_none(), "{ping}");
    assert_eq!(document["security"], json!([]));
    let schemes = document["components"]["securitySchemes"].as_object().expect("two are asked for");
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["api_key", "jwt"]);
    for scheme in schemes.values() {
        assert!(scheme["description"].as_str().is_some_and(|text| text.contains("Not checked by this server")));
    }
}

#[test]
fn what_is_public_asks_for_nothing() {
    let text = "package a\nservice A { public ping() safe }\nbind A to rest\n";
    let document = document(&read(&[("a.loom", text)]));
    assert!(document["components"].get("securitySchemes").is_none());
    assert_eq!(document["security"], json!([]));
}

#[test]
fn explain_says_that_nothing_is_enforced() {
    let access = |read: &Read, name: &str| {
        let (views, _) = bind::bind(&read.contract, Wires::default());
        let found = mapping::named(&read.contract, &views, name);
        let row = found[0].facts.iter().find(|row| row.what == "access").expect("it says who may call");
        row.says.clone()
    };
    let allowed = pay("package pay", ALLOW);
    assert_snapshot!(access(&allowed, "Pay.pay"), @"who has the scopes `pay:read`, `pay:write` (not enforced here: the gateway checks tokens)");
    assert_snapshot!(access(&allowed, "Pay.close"), @"who has the role `clerk` (not enforced here: the gateway checks tokens)");
    assert_snapshot!(access(&allowed, "Pay.look"), @"who is authenticated (not enforced here: the gateway checks tokens)");
    assert_snapshot!(access(&allowed, "Pay.ping"), @"public");
    assert_snapshot!(access(&pay("package pay", ""), "Pay.look"), @"who is authenticated (not enforced here)");
}

/// Each service says itself that it stands open: not the file, whatever is added to it later.
#[test]
fn a_file_cannot_open_its_services() {
    let said = |package_line: &str, before: &str| {
        let loaded = load::load_text("pay.loom", format!("{package_line}\n{before}{SERVICE}").as_bytes());
        let report = loaded.check();
        lines(&loaded.sources, &report)
    };
    assert_snapshot!(said("package pay", ALLOW), @"");
    assert_snapshot!(said(&format!("{ALLOW} package pay"), ""), @r#"4:5 auth-not-generated `Pay` asks for authentication, which is not generated yet (where something before every port checks who calls, say so before the service itself: `@allow("auth-not-generated", "the gateway checks tokens")`)"#);
    assert_snapshot!(said(&format!("{ALLOW} package pay"), ALLOW), @"1:1 allow-unused `auth-not-generated` is an error, and none here is allowed");
}
