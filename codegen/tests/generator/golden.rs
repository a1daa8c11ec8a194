//! Generated output of the corpus, compared with what is checked in; `BLESS=1` writes it anew. A person reads the diff.

use std::collections::BTreeMap;
use std::path::Path;

use wireloom_codegen::{Files, Layout, Options, Wire, Wires, generate};

use crate::harness::{corpus, lines, read, root};

pub(crate) const SHOP: &[&str] = &["shop/common/common.loom", "payments/payments.loom", "shop/orders/orders.loom"];
const EVENTS: &[&str] = &["payments/payments.loom", "events/events.loom"];
pub(crate) const KITCHEN: &[&str] = &["shop/common/common.loom", "payments/payments.loom", "kitchen/kitchen.loom"];
const VAULT: &[&str] = &["vault/vault.loom"];
const PROBE: &[&str] = &["probe/probe.loom"];
const PROBE_LATER: &[&str] = &["probe_later/probe.loom"];

fn files(paths: &[&str], options: &Options) -> Files {
    let read = corpus(paths);
    let (files, report) = generate(&read.contract, &read.sources, options);
    assert!(!report.has_errors(), "{}", lines(&read.sources, &report));
    files
}

fn golden(name: &str, paths: &[&str], options: &Options) {
    let files = files(paths, options);
    let folder = root().join("tests/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        write(&folder, &files);
    }
    let expected = on_disk(&folder, &folder);
    let made: BTreeMap<String, String> = files.iter().map(|(path, text)| (path.clone(), text.clone())).collect();
    assert_eq!(
        expected.keys().collect::<Vec<_>>(),
        made.keys().collect::<Vec<_>>(),
        "the files differ: BLESS=1 writes them anew"
    );
    for (path, text) in &made {
        assert!(expected[path] == *text, "{name}/{path} differs: BLESS=1 writes it anew");
    }
}

fn write(folder: &Path, files: &Files) {
    let _ = std::fs::remove_dir_all(folder);
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("files lie in the folder")).expect("a folder for goldens");
        std::fs::write(path, text).expect("a golden is written");
    }
}

fn on_disk(folder: &Path, at: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(at).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(on_disk(folder, &path));
        } else {
            let name = path.strip_prefix(folder).expect("below the folder").to_string_lossy().replace('\\', "/");
            found.insert(name, std::fs::read_to_string(&path).expect("a golden is text"));
        }
    }
    found
}

#[test]
fn shop_is_as_checked_in() {
    golden("shop", SHOP, &Options::default());
}

/// Types of which no wire has a JSON form have none, but for faults and what keyed operations take and give.
#[test]
fn shop_on_native_rpc_alone_is_as_checked_in() {
    let mut options = Options::default();
    options.wires = Wires::of([Wire::Rpc]);
    (options.openapi, options.proto) = (false, false);
    golden("shop_rpc", SHOP, &options);
}

#[test]
fn types_have_a_json_form_where_it_is_asked_for() {
    let mut options = Options::default();
    options.wires = Wires::of([Wire::Rpc]);
    let derived = |options: &Options, of: &str| {
        let files = files(SHOP, options);
        files.iter().map(|(_, text)| text.matches(of).count()).sum::<usize>()
    };
    let few = ["serde::Deserialize", "serde::Serialize"].map(|of| (of, derived(&options, of)));
    options.wires.json = true;
    for (of, few) in few {
        assert!(few > 0 && derived(&options, of) > few, "{of}");
    }
}

#[test]
fn shop_on_every_wire_is_as_checked_in() {
    let mut options = Options::default();
    options.wires = Wires::of(Wire::ALL.iter().copied());
    golden("shop_wires", SHOP, &options);
}

#[test]
fn messaging_is_as_checked_in() {
    let mut options = Options::default();
    options.wires = options.wires.and(Wire::Broker);
    options.openapi = false;
    golden("events", EVENTS, &options);
}

#[test]
fn kitchen_is_as_checked_in() {
    let mut options = Options::default();
    options.wires = Wires::of(Wire::ALL.iter().copied().filter(|wire| *wire != Wire::Broker));
    golden("kitchen", KITCHEN, &options);
}

#[test]
fn vault_is_as_checked_in() {
    let mut options = Options::default();
    options.wires = Wires::of(Wire::ALL.iter().copied());
    golden("vault", VAULT, &options);
}

#[test]
fn probe_is_as_checked_in() {
    let mut options = Options::default();
    options.wires = Wires::of(Wire::ALL.iter().copied().filter(|wire| *wire != Wire::Broker));
    options.openapi = false;
    golden("probe", PROBE, &options);
    golden("probe_later", PROBE_LATER, &options);
}

/// What binds nothing to gRPC has its `.proto` where it is asked for by name.
#[test]
fn proto_alone_is_as_checked_in() {
    let mut options = Options::default();
    options.only = vec!["proto".to_owned()];
    golden("events_proto", EVENTS, &options);
}

#[test]
fn schemas_alone_are_as_checked_in() {
    let mut options = Options::default();
    options.only = vec!["jsonschema".to_owned()];
    golden("kitchen_schema", KITCHEN, &options);
    golden("shop_schema", SHOP, &options);
}

#[test]
fn a_former_name_that_is_taken_is_not_read() {
    let text = "package a\nrecord A { x: u32 was y, y: u32, z: u32 was w }\nunion U { b was c, c, d was e }\nservice S { public get() -> U safe put(a: A) }\n";
    let read = read(&[("a.loom", text)]);
    let (files, _) = generate(&read.contract, &read.sources, &Options::default());
    let made = files.get("a.rs").expect("the package has a file");
    assert!(made.contains("alias = \"w\"") && !made.contains("alias = \"y\""), "{made}");
    assert!(made.contains("\"d\" | \"e\" => Some(U::D)") && made.contains("\"b\" => Some(U::B)"), "{made}");
}

#[test]
fn the_same_contract_gives_the_same_bytes() {
    let single = |paths| {
        files(paths, &{
            let mut options = Options::default();
            options.layout = Layout::Single;
            options
        })
    };
    let reversed: Vec<&str> = KITCHEN.iter().rev().copied().collect();
    assert_eq!(files(KITCHEN, &Options::default()), files(&reversed, &Options::default()));
    assert_eq!(single(SHOP), single(SHOP));
    assert!(single(SHOP).get("contract.rs").is_some_and(|text| text.contains("pub mod shop {")));
}

#[test]
fn what_is_not_wanted_costs_no_line() {
    let mut options = Options::default();
    options.openapi = false;
    options.wires = Wires::of([]);
    let without_rest = files(SHOP, &options);
    assert!(without_rest.iter().all(|(_, text)| !text.contains("wireloom::messaging")), "nothing of brokers");
    assert!(without_rest.get("openapi.json").is_none());
    assert!(without_rest.iter().all(|(_, text)| !text.contains("wireloom::rest")), "nothing of REST");
    options.wires.client = false;
    assert!(files(SHOP, &options).iter().all(|(_, text)| !text.contains("OrdersClient")), "nothing of the client");
}

/// Members, cases and tags have other names on JSON, and decimals no exponent there.
#[test]
fn examples_are_written_as_json_has_them() {
    let text = r#"package shop
enum Hue { @json("dark-red") dark_red }
record Circle { radius: decimal }
union Shape tagged by "kind" { @json("round") circle: Circle, @json("dot") point }
union Way { @json("on-foot") foot, @json("by-car") car: i64 }
service S {
    public
    put(shapes: [Shape], ways: [Way], hues: map<Hue, decimal>)
}
bind S to rest
example S.put "all" {
    given {
        shapes: [{ kind: "circle", radius: 2.50 }, { kind: "circle", radius: 25e3 }, { kind: "point" }]
        ways: [foot, { car: 9007199254740993 }]
        hues: { "dark_red": 1e-3 }
    }
}
"#;
    let read = read(&[("a.loom", text)]);
    assert!(!read.report.has_errors(), "{}", lines(&read.sources, &read.report));
    let (files, _) = generate(&read.contract, &read.sources, &Options::default());
    let document: serde_json::Value = serde_json::from_str(files.get("openapi.json").expect("REST is bound")).unwrap();
    let body = &document["paths"]["/s/put"]["post"]["requestBody"]["content"]["application/json"];
    let value =
        body["examples"].as_object().and_then(|all| all.values().next()).map(|example| example["value"].clone());
    insta::assert_snapshot!(value.expect("the example is complete").to_string(), @r#"{"hues":{"dark-red":"0.001"},"shapes":[{"kind":"round","radius":"2.50"},{"kind":"round","radius":"25000"},{"kind":"dot"}],"ways":["on-foot",{"by-car":"9007199254740993"}]}"#);
}

/// Faults are compared as far as what is in them is: a float is not equal to itself.
#[test]
fn faults_of_an_operation_are_compared_as_their_fields_are() {
    let text = "package a
        fault Hot: aborted { degrees: f64 }
        fault Gone: not_found { name: string }
        service S { public heat() fails Hot, Gone find() fails Gone ping() }
        bind S to rest";
    let read = crate::harness::read(&[("a.loom", text)]);
    let (files, _) = wireloom_codegen::generate(&read.contract, &read.sources, &wireloom_codegen::Options::default());
    let code: String = files.iter().filter(|(path, _)| path.ends_with(".rs")).map(|(_, text)| text.as_str()).collect();
    let derives = |name: &str| {
        let (before, _) = code.split_once(&format!("pub enum {name} {{")).expect("it is generated");
        before.rsplit_once("#[derive(").and_then(|(_, rest)| rest.split_once(')')).expect("it derives").0.to_owned()
    };
    assert_eq!(derives("HeatFault"), "Clone, Debug, PartialEq");
    assert_eq!(derives("FindFault"), "Clone, Debug, PartialEq, Eq");
    assert_eq!(derives("PingFault"), "Clone, Debug, PartialEq, Eq");
}
