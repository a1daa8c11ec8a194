//! The tables of the reference that the compiler itself can write: from its lists, or read off what it generates.

use std::fmt::Write as _;

use wireloom_codegen::bind::calls::CallWire;
use wireloom_codegen::bind::clauses::{About, Vocabulary};
use wireloom_codegen::bind::messages::{Capability, Product, Support, vocabulary};
use wireloom_codegen::bind::{annotations, http};
use wireloom_codegen::{Options, Wire, load};
use wireloom_idl::contract::{FaultCode, Format, ScalarType};
use wireloom_idl::lower::{POLICY_WORDS, WIRES};
use wireloom_tests::{blessed, root};

#[test]
fn tables_are_fresh() {
    table("scalars", &["written", "Rust", "JSON", "protobuf"], scalars());
    table("codes", &["code", "gRPC", "HTTP", "SOAP"], codes());
    table("policies", &["word", "written"], policies());
    table("wires", &["wire", "what", "generated"], wires());
    table("rest", &["clause", "says", "unsaid", "in `all`"], rest());
    for wire in [CallWire::Ws, CallWire::WebRtc, CallWire::Soap] {
        table(wire.as_str(), CLAUSES, clauses(wire.vocabulary()));
    }
    table("broker", CLAUSES, clauses(vocabulary(None)));
    let products: Vec<&str> = Product::ALL.iter().map(|product| product.wire).collect();
    table("capabilities", &[&["", "what"], products.as_slice()].concat(), capabilities());
    table("settings", &["product", "setting", "takes", "says", "about"], settings());
    table("annotations", &["annotation", "before", "says"], annotations());
}

const CLAUSES: &[&str] = &["clause", "says", "unsaid", "about", "in `all`"];

/// Writes a table, or holds the one in the book against it.
fn table(name: &str, head: &[&str], rows: Vec<Vec<String>>) {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        // Only a bar that is no end of a cell needs telling apart.
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    blessed(&root().join(format!("book/src/reference/tables/{name}.md")), &text);
}

/// Each built-in type as a field, and what comes of it in Rust, in JSON Schema and in the `.proto`.
fn scalars() -> Vec<Vec<String>> {
    ScalarType::ALL.into_iter().map(scalar).collect()
}

fn scalar(scalar: ScalarType) -> Vec<String> {
    let word = scalar.as_str();
    let text = format!(
        "package a\nrecord R {{ x: {word} }}\nservice S {{ public get() -> R safe }}\nbind S to rest\nbind S to grpc\n"
    );
    let (files, report) = load::load_text("a.loom", text.as_bytes()).generate(&Options::default());
    assert!(!report.has_errors(), "{word}");
    let line = |path: &str, start: &str| {
        let text = files.get(path).unwrap_or_else(|| panic!("no {path}"));
        let line = text.lines().map(str::trim).find(|line| line.starts_with(start) || line.contains(" x = 1;"));
        line.unwrap_or_else(|| panic!("{path} has no x")).to_owned()
    };
    let rust = line("a.rs", "pub x: ").trim_start_matches("pub x: ").trim_end_matches(',').to_owned();
    let proto = line("a/v1/a.proto", " x = 1;").split(" x = ").next().unwrap_or_default().to_owned();
    let api: serde_json::Value = serde_json::from_str(files.get("openapi.json").expect("there is one")).unwrap();
    let schema = &api["components"]["schemas"]["R"]["properties"]["x"];
    let ty = match &schema["type"] {
        serde_json::Value::String(ty) => ty.clone(),
        serde_json::Value::Array(types) => types.iter().filter_map(|ty| ty.as_str()).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    };
    let form = schema["format"].as_str().or(schema["contentEncoding"].as_str());
    let json = form.map_or(ty.clone(), |form| format!("{ty}, `{form}`"));
    vec![format!("`{word}`"), format!("`{}`", rust.trim_start_matches("::")), json, format!("`{proto}`")]
}

fn codes() -> Vec<Vec<String>> {
    let code = |(index, code): (usize, FaultCode)| {
        let status = code.http_status();
        let soap = if (400..500).contains(&status) { "Client, Sender" } else { "Server, Receiver" };
        vec![format!("`{}`", code.as_str()), (index + 1).to_string(), status.to_string(), soap.to_owned()]
    };
    FaultCode::ALL.into_iter().enumerate().map(code).collect()
}

fn policies() -> Vec<Vec<String>> {
    POLICY_WORDS.iter().map(|(word, usage)| vec![format!("`{word}`"), format!("`{usage}`")]).collect()
}

fn wires() -> Vec<Vec<String>> {
    let row = |word: &&str| {
        let product = Product::named(word);
        let what = match (Wire::named(word), product, *word) {
            (Some(wire), ..) => wire.what().to_owned(),
            (_, Some(product), _) => product.name.to_owned(),
            (_, _, "webrtc") => "Data channels between peers".to_owned(),
            _ => "SOAP 1.1 and 1.2, with WSDL".to_owned(),
        };
        let generated = Wire::named(word).is_some() || product.is_some_and(|product| product.is_spoken);
        vec![format!("`{word}`"), what, if generated { "yes" } else { "not yet: judged and explained" }.to_owned()]
    };
    WIRES.iter().map(row).collect()
}

fn rest() -> Vec<Vec<String>> {
    let row = |clause: &http::RestClause| {
        vec![format!("`{}`", clause.form), clause.what.to_owned(), clause.unsaid.to_owned(), yes(clause.in_all)]
    };
    http::CLAUSES.iter().map(row).collect()
}

fn clauses(vocabulary: &Vocabulary) -> Vec<Vec<String>> {
    let about = |about: &[About]| about.iter().map(|about| about.plural()).collect::<Vec<_>>().join(", ");
    let clauses = vocabulary.clauses.iter();
    let row = clauses.map(|it| {
        vec![
            format!("`{}`", it.form),
            it.what.to_owned(),
            it.unsaid.to_owned(),
            about(it.about),
            if it.about == [About::Service] { "only there".to_owned() } else { yes(it.in_all) },
        ]
    });
    row.collect()
}

fn yes(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_owned()
}

fn capabilities() -> Vec<Vec<String>> {
    let row = |capability: &'static Capability| {
        let products = Product::ALL.into_iter().map(|product| match capability.of(product) {
            Support::Native => "yes".to_owned(),
            Support::Emulated(_) => "made".to_owned(),
            Support::With(name, value) => format!("`{name}: \"{value}\"`"),
            Support::No(_) => "no".to_owned(),
        });
        [format!("`{}`", capability.word), capability.what.to_owned()].into_iter().chain(products).collect()
    };
    Capability::all().iter().map(row).collect()
}

fn settings() -> Vec<Vec<String>> {
    let settings = Product::ALL.into_iter().flat_map(|product| product.settings.iter().map(move |it| (product, it)));
    let row = settings.map(|(product, it)| {
        let about = if it.topic { "events" } else { "handlers" };
        vec![
            format!("`@{}`", product.wire),
            format!("`{}`", it.name),
            it.takes.wanted(),
            it.what.to_owned(),
            about.to_owned(),
        ]
    });
    row.collect()
}

fn annotations() -> Vec<Vec<String>> {
    let row = |schema: &annotations::Schema| {
        let forms: Vec<String> = schema.forms.iter().map(|form| format!("`{form}`")).collect();
        let marks: Vec<&str> = schema.marks.iter().map(|mark| mark.plural()).collect();
        let marks = if marks.is_empty() { "anything".to_owned() } else { marks.join(", ") };
        let later = if schema.generated { "" } else { "; not generated yet" };
        vec![forms.join(", "), marks, format!("{}{later}", schema.what)]
    };
    annotations::schemas().iter().map(row).collect()
}

#[test]
fn every_format_is_in_the_reference() {
    let page = std::fs::read_to_string(root().join("book/src/reference/types.md")).unwrap();
    for format in Format::ALL {
        assert!(page.contains(&format!("`{}`", format.as_str())), "{}", format.as_str());
    }
}

/// What `wireloom explain` says of words that a contract does not say is what the runtime does.
#[test]
fn defaults_of_policies_are_those_of_the_runtime() {
    use wireloom::policy::queue::Priority;
    use wireloom::policy::retry::Repeat;
    use wireloom::policy::settings::Balance;
    use wireloom::policy::{Settings, budget};

    let (settings, none) = (Settings::UNSAID, |is_none: bool| if is_none { "none" } else { "some" }.to_owned());
    let policy = settings.client(Repeat::Freely);
    let (retry, throttle) = (policy.retry.unwrap(), policy.throttle.unwrap());
    let budget = budget::Config::default().ratio * 100.0;
    let priority = if Priority::default() == Priority::Normal { "normal" } else { "another" };
    let balance = if Balance::default() == Balance::P2c { "p2c" } else { "another" };
    let does = [
        ("deadline", format!("{:?}", policy.deadline)),
        (
            "retry",
            format!("{} backoff {:?}..{:?} budget {budget}%", retry.retries, retry.backoff.min, retry.backoff.max),
        ),
        ("hedge", none(policy.hedge.is_none())),
        ("throttle", format!("k {}", throttle.k)),
        ("breaker", none(policy.breaker.is_none())),
        ("balance", balance.to_owned()),
        ("limit", none(matches!(settings.limit, wireloom::policy::Word::Unsaid))),
        ("concurrency", if settings.intake().is_none() { "no bound" } else { "some" }.to_owned()),
        ("priority", priority.to_owned()),
    ];
    let says = wireloom_codegen::mapping::POLICY_DEFAULTS.map(|(word, says)| (word, says.to_owned()));
    assert_eq!(says, does);
}
