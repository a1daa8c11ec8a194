//! What the documents say of a service that asks who calls.

use insta::assert_snapshot;
use serde_json::{Value, json};
use wireloom_codegen::{Options, Wires, bind, generate, mapping};

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

fn pay() -> Read {
    let read = read(&[("pay.loom", &format!("package pay\n{SERVICE}"))]);
    assert!(!read.report.has_errors(), "{}", lines(&read.sources, &read.report));
    read
}

fn document(read: &Read) -> Value {
    let (files, report) = generate(&read.contract, &read.sources, &Options::default());
    assert!(!report.has_errors(), "{}", lines(&read.sources, &report));
    serde_json::from_str(files.get("openapi.json").expect("REST is bound")).expect("it is JSON")
}

#[test]
fn openapi_asks_for_what_the_contract_asks_for() {
    let document = document(&pay());
    let of = |path: &str, verb: &str| document["paths"][path][verb].clone();
    let pay = of("/pay/pay", "post");
    let both = json!(["pay:read", "pay:write"]);
    assert_eq!(pay["security"], json!([{ "jwt": both }, { "api_key": both }]));
    assert_snapshot!(pay["description"].as_str().unwrap_or_default(), @r"
    Moves money.

    For who has the scopes `pay:read`, `pay:write`, known by jwt or api_key.
    ");
    let close = of("/pay/close", "post");
    assert_eq!(close["security"], json!([{ "jwt": ["clerk"] }, { "api_key": ["clerk"] }]));
    assert_snapshot!(close["description"].as_str().unwrap_or_default(), @"For who has the role `clerk`, known by jwt or api_key.");
    assert_eq!(of("/pay/look", "get")["security"], json!([{ "jwt": [] }, { "api_key": [] }]));
    let ping = of("/pay/ping", "get");
    assert!(ping.is_object() && ping.get("security").is_none() && ping.get("description").is_none(), "{ping}");
    assert_eq!(document["security"], json!([]));
    let schemes = document["components"]["securitySchemes"].as_object().expect("two are asked for");
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["api_key", "jwt"]);
    let refusals = |operation: &Value| ["401", "403"].map(|status| operation["responses"].get(status).is_some());
    assert_eq!([&pay, &of("/pay/look", "get"), &ping].map(refusals), [[true, true], [true, false], [false, false]]);
}

#[test]
fn what_is_public_asks_for_nothing() {
    let text = "package a\nservice A { public ping() safe }\nbind A to rest\n";
    let document = document(&read(&[("a.loom", text)]));
    assert!(document["components"].get("securitySchemes").is_none());
    assert_eq!(document["security"], json!([]));
}

#[test]
fn explain_says_who_may_call() {
    let access = |read: &Read, name: &str| {
        let (views, _) = bind::bind(&read.contract, Wires::default());
        let found = mapping::named(&read.contract, &views, name);
        let row = found[0].facts.iter().find(|row| row.what == "access").expect("it says who may call");
        row.says.clone()
    };
    let pay = pay();
    assert_snapshot!(access(&pay, "Pay.pay"), @"who has the scopes `pay:read`, `pay:write`, known by jwt or api_key");
    assert_snapshot!(access(&pay, "Pay.close"), @"who has the role `clerk`, known by jwt or api_key");
    assert_snapshot!(access(&pay, "Pay.look"), @"who is known by jwt or api_key");
    assert_snapshot!(access(&pay, "Pay.ping"), @"public");
}

#[test]
fn facts_say_who_may_call() {
    let pay = pay();
    let (files, _) = generate(&pay.contract, &pay.sources, &Options::default());
    let code: String = files.iter().filter(|(path, _)| path.ends_with(".rs")).map(|(_, text)| text.as_str()).collect();
    let code: String = code.split_whitespace().collect();
    let said: Vec<String> =
        code.split("auth:").skip(1).filter_map(|rest| Some(rest.split_once(",}")?.0.to_owned())).collect();
    assert_eq!(
        said.iter()
            .map(|it| it.split(",operations").next().unwrap_or_default().replace("::wireloom::", "").replace(",)", ")"))
            .collect::<Vec<_>>(),
        [
            // The service's own, for what says nothing.
            "Auth::any_of(&[Scheme::Jwt,Scheme::ApiKey])",
            "Auth::any_of(&[Scheme::Jwt,Scheme::ApiKey]).with_scopes(&[\"pay:read\",\"pay:write\"])",
            "Auth::any_of(&[Scheme::Jwt,Scheme::ApiKey]).with_role(\"clerk\")",
            "Auth::any_of(&[Scheme::Jwt,Scheme::ApiKey])",
            "Auth::PUBLIC",
        ]
    );
}
