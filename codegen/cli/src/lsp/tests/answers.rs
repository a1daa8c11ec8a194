//! What an editor asks, over the orders example and small contracts.

use serde_json::{Value, json};

use super::client::{Client, contracts, range};

/// The orders example, opened.
fn orders() -> (Client, String) {
    let files = ["shop/orders/orders.loom", "shop/common/common.loom", "payments/payments.loom"];
    let texts = files.map(|name| std::fs::read_to_string(contracts().join(name)).unwrap());
    let pairs: Vec<(&str, &str)> = files.iter().copied().zip(texts.iter().map(String::as_str)).collect();
    let mut client = Client::new(&pairs);
    client.open(files[0], &texts[0]);
    (client, texts[0].clone())
}

const ORDERS: &str = "shop/orders/orders.loom";

#[test]
fn definitions_lead_to_other_files() {
    let (mut client, text) = orders();
    let found = client.ask("textDocument/definition", client.at(ORDERS, &text, "total: Mon|ey"));
    assert_eq!(found["uri"], client.uri("shop/common/common.loom").as_str());
    let kind = client.ask("textDocument/typeDefinition", client.at(ORDERS, &text, "stat|us: Status ="));
    assert_eq!(kind["uri"], client.uri(ORDERS).as_str());
    let mut params = client.at(ORDERS, &text, "enum Sta|tus {");
    params["context"] = json!({ "includeDeclaration": false });
    let uses = client.ask("textDocument/references", params);
    assert!(uses.as_array().unwrap().len() >= 3, "{uses}");
    let highlights = client.ask("textDocument/documentHighlight", client.at(ORDERS, &text, "enum Sta|tus {"));
    assert_eq!(highlights.as_array().unwrap().iter().filter(|it| it["kind"] == 3).count(), 1);
}

#[test]
fn hover_is_markdown_with_facts() {
    let (mut client, text) = orders();
    let said = client.ask("textDocument/hover", client.at(ORDERS, &text, "fault OutOf|Stock"));
    let value = said["contents"]["value"].as_str().unwrap();
    assert!(value.starts_with("```loom\nfault OutOfStock: failed_precondition {\n    sku: Sku\n"), "{value}");
    assert!(value.contains("Somebody else was faster.") && value.contains("- status 400 on HTTP"), "{value}");
    assert_eq!(client.ask("textDocument/hover", client.at(ORDERS, &text, "// set by| the server")), Value::Null);
}

#[test]
fn a_rename_reaches_all_files_or_says_why_not() {
    let (mut client, text) = orders();
    let mut params = client.at(ORDERS, &text, "no|te: string?");
    let prepared = client.ask("textDocument/prepareRename", params.clone());
    assert_eq!(prepared["placeholder"], "note");
    params["newName"] = json!("remark");
    let edits = client.ask("textDocument/rename", params.clone());
    let texts: Vec<&str> = edits["changes"][client.uri(ORDERS)]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["newText"].as_str().unwrap())
        .collect();
    assert!(texts.contains(&"remark") && texts.contains(&" was note"), "{texts:?}");
    params["newName"] = json!("tags");
    let refused = client.answer("textDocument/rename", params).response_result.unwrap_err();
    assert_eq!(refused.message, "`Order` has a field `tags` already");
    let keyword = client.at(ORDERS, &text, "rec|ord Order {");
    assert!(client.answer("textDocument/prepareRename", keyword).response_result.is_err());
    let mut kind = client.at(ORDERS, &text, "total: Mon|ey");
    kind["newName"] = json!("Amount");
    let edits = client.ask("textDocument/rename", kind);
    assert_eq!(edits["changes"].as_object().unwrap().len(), 2);
}

#[test]
fn a_rename_that_another_project_would_miss_is_refused() {
    let shop = "package shop\n\nrecord Order { id: uuid }\n";
    let uses = "package uses\n\nimport shop.{Order}\n\nrecord A { order: Order }\n";
    let files = [("common/shop/shop.loom", shop), ("b/uses.loom", uses)];
    let options = json!({ "roots": ["common", "b"], "includes": ["common"] });
    let mut client = Client::with(&files, &json!({}), &options);
    client.open("common/shop/shop.loom", shop);
    let mut params = client.at("common/shop/shop.loom", shop, "record Or|der");
    params["newName"] = json!("Purchase");
    let alone = client.ask("textDocument/rename", params.clone());
    assert_eq!(alone["changes"].as_object().unwrap().len(), 1);
    assert_eq!(client.open("b/uses.loom", uses), [""; 0]);
    let refused = client.answer("textDocument/rename", params).response_result.unwrap_err();
    assert!(refused.message.contains("another project"), "{}", refused.message);
}

#[test]
fn completion_replaces_the_word_being_typed() {
    let (mut client, text) = orders();
    let offers = client.ask("textDocument/completion", client.at(ORDERS, &text, "total: Mon|ey"));
    let money = offers.as_array().unwrap().iter().find(|it| it["label"] == "Money").unwrap();
    assert_eq!(money["textEdit"]["newText"], "Money");
    let range = &money["textEdit"]["range"];
    assert_eq!(range["end"]["character"].as_u64().unwrap() - range["start"]["character"].as_u64().unwrap(), 5);
    let offers = client.ask("textDocument/completion", client.at(ORDERS, &text, "place: POST \"/\" b|ody draft"));
    assert!(offers.as_array().unwrap().iter().any(|it| it["label"] == "header"), "{offers}");
}

#[test]
fn hints_tell_what_is_derived() {
    let text = "package a\nrecord R {\n    id: uuid\n    note: string @9\n}\nservice S {\n    public\n    get(id: uuid) -> R\n        safe\n}\nbind S to rest\n";
    let lock = "# loom.lock 1\nR.id 4\nR.note 9\nS.get 1\nS.get.id 1\n";
    let mut client = Client::new(&[("a.loom", text), ("loom.lock", lock)]);
    client.open("a.loom", text);
    let everything = range([0, 0, 100, 0]);
    let params = json!({ "textDocument": { "uri": client.uri("a.loom") }, "range": everything });
    let hints = client.ask("textDocument/inlayHint", params);
    let shown: Vec<String> = hints
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            format!("{}:{} {}", it["position"]["line"], it["position"]["character"], it["label"].as_str().unwrap())
        })
        .collect();
    assert_eq!(shown, ["2:12 @4", "7:7 @1", "7:7 GET /s/get", "7:16 @1"]);
}

#[test]
fn fixes_are_offered_where_their_mistake_is() {
    let text = "package a\nservice S {\n    f()\n}\n";
    let mut client = Client::new(&[("a.loom", text)]);
    let found = client.open("a.loom", text);
    assert_eq!(found, ["1:8 auth-unstated"]);
    let ask = |at| json!({ "textDocument": { "uri": "" }, "range": range(at), "context": { "diagnostics": [] } });
    let mut params = ask([1, 9, 1, 9]);
    params["textDocument"]["uri"] = json!(client.uri("a.loom"));
    let actions = client.ask("textDocument/codeAction", params.clone());
    assert_eq!(actions[0]["kind"], "quickfix");
    let edit = actions[0]["edit"]["changes"][client.uri("a.loom")][0].clone();
    params["range"] = range([2, 4, 2, 4]);
    assert_eq!(client.ask("textDocument/codeAction", params), json!([]));
    assert_eq!(client.change("a.loom", &json!([{ "range": edit["range"], "text": edit["newText"] }])), [""; 0]);
}

#[test]
fn a_file_is_laid_out_unless_it_is_broken() {
    let text = "package a\nrecord   A { b:uuid }\n\nrecord B {}\n";
    let mut client = Client::new(&[]);
    client.open("a.loom", text);
    let options = json!({ "tabSize": 4, "insertSpaces": true });
    let params = json!({ "textDocument": { "uri": client.uri("a.loom") }, "options": options });
    let edits = client.ask("textDocument/formatting", params.clone());
    let edit = edits[0].clone();
    assert_eq!(edit["range"]["start"]["line"], 1);
    client.change("a.loom", &json!([{ "range": edit["range"], "text": edit["newText"] }]));
    assert_eq!(client.ask("textDocument/formatting", params.clone()), json!([]));
    client.change("a.loom", &json!([{ "text": "package a\nrecord A { b }\n" }]));
    assert_eq!(client.ask("textDocument/formatting", params), Value::Null);
}

#[test]
fn outlines_searches_folds_and_colours_are_told() {
    let (mut client, _) = orders();
    let document = json!({ "textDocument": { "uri": client.uri(ORDERS) } });
    let outline = client.ask("textDocument/documentSymbol", document.clone());
    let order = outline.as_array().unwrap().iter().find(|it| it["name"] == "Order").unwrap();
    assert_eq!(order["children"][0]["name"], "id");
    assert_eq!(order["children"][0]["detail"], "OrderId");
    let found = client.ask("workspace/symbol", json!({ "query": "paged" }));
    assert_eq!(found[0]["containerName"], "shop.common");
    assert!(client.ask("textDocument/foldingRange", document.clone()).as_array().unwrap().len() > 5);
    let colours = client.ask("textDocument/semanticTokens/full", document);
    assert_eq!(colours["data"].as_array().unwrap().len() % 5, 0);
}
